"""A browser without JavaScript: cookies, redirects, links and forms exactly as the pages say, nothing else."""

import mimetypes
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html

Files = Mapping[str, tuple[str, bytes]]


class PlainBrowser:
    """One person's browser. `page` is the parsed page, `status` its HTTP status, `address` where it stands after redirects."""

    has_scripts = False

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.address = site
        self.status = 0
        self.body = b""
        self.page: Any = None

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def text(self) -> str:
        """What a person reads on the page, spaces folded."""
        return " ".join(self.page.text_content().split())

    def open(self, address: str) -> None:
        """Go to an address, or to a path of the site."""
        self._send(urllib.request.Request(urljoin(self.address, address)))

    def _send(self, request: urllib.request.Request) -> None:
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.address, self.status, self.body = answer.geturl(), answer.status, answer.read()
        is_page = "html" in answer.headers.get("Content-Type", "")
        self.page = html.fromstring(self.body.decode("utf-8"), base_url=self.address) if is_page else None

    def take_cookies_of(self, other: "PlainBrowser") -> None:
        """Be another window of the same browser."""
        self.cookies = other.cookies
        self._opener = other._opener

    def fetch(self, address: str) -> bytes:
        """A file of the site, with this person's cookies; the page stays."""
        with self._opener.open(urljoin(self.address, address), timeout=30) as answer:
            return bytes(answer.read())

    def href(self, words: str) -> str:
        """Where the first link leads whose text, or spoken name, holds the words; the page's own content comes first."""
        main = self.page.find(".//main")
        for link in [*(main.iter("a") if main is not None else ()), *self.page.iter("a")]:
            if words in link.text_content() or words in link.get("aria-label", ""):
                return str(link.get("href"))
        raise AssertionError(f"no link “{words}” on {self.address}: {self.text[:400]}")

    def follow(self, words: str) -> None:
        """Click the link."""
        self.open(self.href(words))

    def form(self, button: str) -> Any:
        """The form that has a button with these words; one that has these and no others goes before."""
        found = [(one, form) for form in self.page.forms for one in form.iter("button") if self._says(one, button)]
        if found:
            return min(found, key=lambda row: "".join(row[0].text_content().split()) != button)[1]
        raise AssertionError(f"no button “{button}” on {self.address}: {self.text[:400]}")

    @staticmethod
    def _says(button: Any, words: str) -> bool:
        return words in button.text_content() or words in button.get("aria-label", "")

    def hand_in(self, title: str, files: Files) -> None:
        """Choose a file for the material and press its button."""
        self.press(f"上传：{title}", files=files)

    def take_out(self, title: str) -> None:
        """Take the material that the library offers under this title."""
        self.press(f"用这一份：{title}")

    def press(self, button: str, answers: Mapping[str, Any] | None = None, *, files: Files | None = None, twice: bool = False) -> None:
        """Fill in the button's form and send it, with everything that the form holds already; only fields it really has can be filled."""
        form = self.form(button)
        pressed = next(one for one in form.iter("button") if self._says(one, button))
        names = {field.get("name") for field in form.iter("input", "select", "textarea") if field.get("name")}
        unknown = set(answers or ()) - names | set(files or ()) - names
        assert not unknown, f"the form “{button}” has no {sorted(unknown)}"
        sent = [(name, value) for name, value in form.form_values() if name not in (answers or {})]
        for name, value in (answers or {}).items():
            sent += [(name, one) for one in (value if isinstance(value, list) else [value])]
        if pressed.get("name"):
            sent.append((pressed.get("name"), pressed.get("value", "")))
        for _ in range(2 if twice else 1):
            self._submit(form, sent, files, pressed.get("formaction") or form.get("action"))

    def _submit(self, form: Any, sent: list[tuple[str, str]], files: Files | None, action: str | None) -> None:
        target = urljoin(self.site, action or self.address)
        if (form.get("method") or "get").lower() == "get":
            self._send(urllib.request.Request(f"{target}?{urlencode(sent)}"))
            return
        if form.get("enctype") == "multipart/form-data":
            kind, body = _multipart([(name, value) for name, value in sent if name not in (files or {})], files or {})
        else:
            kind, body = "application/x-www-form-urlencoded", urlencode(sent).encode()
        # As browsers do: the answer to a form token rests on where the form came from.
        own = {"Content-Type": kind, "Origin": self.site, "Referer": self.address}
        self._send(urllib.request.Request(target, data=body, headers=own, method="POST"))


def _multipart(values: list[tuple[str, str]], files: Files) -> tuple[str, bytes]:
    border = secrets.token_hex(16)
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in values]
    for name, (file_name, content) in files.items():
        kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={border}", b"".join(parts) + f"--{border}--\r\n".encode()
