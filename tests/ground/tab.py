"""The same hands as `plain.PlainBrowser`, in a real Chromium with its scripts."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.ground.plain import Files


class TabBrowser:
    """One person's window. What a person cannot see or reach, this cannot press."""

    has_scripts = True

    def __init__(self, site: str, page: Page) -> None:
        self.site, self.tab = site, page

    @property
    def path(self) -> str:
        return urlsplit(self.tab.url).path

    @property
    def text(self) -> str:
        """What a person reads on the page, spaces folded; closed parts too."""
        return " ".join((self.tab.text_content("body") or "").split())

    def open(self, address: str) -> None:
        """Go to an address, or to a path of the site."""
        self.tab.goto(urljoin(self.site, address))

    def fetch(self, address: str) -> bytes:
        """A file of the site, with this person's cookies."""
        answer = self.tab.request.get(urljoin(self.site, address))
        assert answer.ok, f"{address}: {answer.status}"
        return answer.body()

    def href(self, words: str) -> str:
        """Where the link with these words leads."""
        return self._link(words).get_attribute("href") or ""

    def _link(self, words: str) -> Locator:
        inside = self.tab.locator("main").get_by_role("link", name=words)
        return (inside if inside.count() else self.tab.get_by_role("link", name=words)).first

    def follow(self, words: str) -> None:
        """Click the link."""
        self._link(words).click()
        self.tab.wait_for_load_state()

    def _button(self, words: str) -> Locator:
        button = self.tab.locator("main, header").locator("button").filter(has_text=words).first
        closed = self.tab.locator("details:not([open])").filter(has=self.tab.locator("button").filter(has_text=words))
        if not button.is_visible() and closed.count():
            closed.first.locator("summary").click()
        return button

    def press(self, button: str, answers: Mapping[str, Any] | None = None, *, twice: bool = False) -> None:
        """Fill in the button's form as a person does, and press."""
        found = self._button(button)
        form = found.locator("xpath=ancestor::form")
        for name, value in (answers or {}).items():
            _fill(form.locator(f'[name="{name}"]'), value)
        with self.tab.expect_navigation():
            found.dblclick() if twice else found.click()

    def hand_in(self, title: str, files: Files) -> None:
        """Choose a file for the material: the page sends it by itself."""
        name, content = files["file"]
        row = self.tab.locator("[data-upload-row]").filter(has=self.tab.get_by_role("heading", name=title)).first
        row.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        expect(self.tab.locator("[data-upload-row]").filter(has_text=name).first).to_be_visible()

    def take_out(self, title: str) -> None:
        """Take the material that the library offers under this title: the page puts it in by itself."""
        row = self.tab.locator("[data-upload-row]").filter(has=self.tab.get_by_role("heading", name=title)).first
        row.locator("button").filter(has_text=f"用这一份：{title}").first.click()
        expect(row.get_by_text("从材料库取用")).to_be_visible()


def _fill(field: Locator, value: Any) -> None:
    first = field.first
    kind = first.evaluate("e => e.tagName === 'INPUT' ? e.type : e.tagName.toLowerCase()")
    if kind == "select":
        first.select_option(value)
    elif kind in {"radio", "checkbox"}:
        wanted = value if isinstance(value, list) else [value]
        for place in range(field.count()):
            if field.nth(place).get_attribute("value") in wanted:
                field.nth(place).check()
    else:
        first.fill(value)
