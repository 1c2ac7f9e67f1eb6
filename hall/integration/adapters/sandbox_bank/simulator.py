"""The bank as a process of its own, with a page to watch it, buttons to push, and faults on demand.

    hall sim bank --listen 127.0.0.1:8031 --keys var/bank

It listens on this machine only, makes both key pairs into the folder when they are not there, and says how to set the hall up.
"""

import argparse
import contextlib
import functools
import http.client
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from hall.integration.adapters.sandbox_bank import is_signed, pages, read_form, sign
from hall.integration.adapters.sandbox_bank.bank import FAULTS, Bank, Notice

MERCHANT = "370000000000001"
NOTIFY_SECONDS = 5.0
_LOOPBACK = {"127.0.0.1", "localhost"}


class BankService(ThreadingHTTPServer):
    """The bank's server. `keys` are its own private and the hall's public one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], *, bank: Bank, keys: tuple[rsa.RSAPrivateKey, rsa.RSAPublicKey]) -> None:
        super().__init__(address, _Handler)
        self.bank, (self.key, self.hall_key) = bank, keys
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is none of our faults."""

    def deliver_due(self) -> int:
        """Send every notification that is due, once; returns how many."""
        due = self.bank.due()
        for notice in due:
            self.bank.answered(notice, self.deliver(notice))
        return len(due)

    def deliver(self, notice: Notice) -> str:
        """Send one notification, signed now, and return what the hall answered."""
        stamp = int(time.time()) - (600 if self.bank.fault == "stale" else 0)
        key = strange_key() if self.bank.fault == "wrong_signature" else self.key
        fields = {**notice.fields, "kind": "notify", "nonce": secrets.token_hex(16), "time": str(stamp)}
        return self.post(notice.url, sign(fields, key))

    def post(self, url: str, fields: Mapping[str, str]) -> str:
        """Post a form to the hall; the answer's text, or what went wrong. Only this machine is ever called."""
        parts = urlsplit(url)
        if parts.hostname not in _LOOPBACK:
            return "not on this machine"
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=NOTIFY_SECONDS)
        try:
            connection.request("POST", parts.path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            return answer.read(200).decode("utf-8", "replace") if answer.status == 200 else str(answer.status)
        except (OSError, http.client.HTTPException) as fault:
            return type(fault).__name__
        finally:
            connection.close()

    def keep_delivering(self) -> None:
        """Send what is due until the server ends."""
        while not self.ending.wait(0.3):
            self.deliver_due()


class _Handler(BaseHTTPRequestHandler):
    server: BankService

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        bank = self.server.bank
        if not self._is_local():
            self._html(pages.nothing(), 404)
            return
        if self.path == "/":
            self._html(pages.overview(bank))
            return
        order = bank.by_token(self.path.removeprefix("/pay/")) if self.path.startswith("/pay/") else None
        self._html(pages.checkout(order, bank.clock()) if order else pages.nothing(), 200 if order else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65536))
        parts = self.path.strip("/").split("/")
        if parts[0] in {"faults", "do", "pay"} and not self._is_own_page():
            self._send(403, b"", "text/plain")
        elif parts[0] == "faults" and len(parts) == 2:
            self.server.bank.fault = parts[1] if parts[1] in FAULTS else self.server.bank.fault
            self._back("/", 303 if parts[1] in FAULTS else 404)
        elif parts[0] == "do" and len(parts) == 2:
            {"release": self.server.bank.release, "refunds": self.server.bank.finish_refunds}.get(parts[1], lambda: None)()
            self._back("/")
        elif parts[0] == "pay" and len(parts) == 3:
            self._pay(parts[1], parts[2])
        else:
            self._answer(body)

    def _pay(self, token: str, deed: str) -> None:
        order = self.server.bank.by_token(token)
        if order is None:
            self._html(pages.nothing(), 404)
            return
        if deed == "pay":
            self.server.bank.pay(order.number)
        elif deed == "fail":
            self.server.bank.fail(order.number)
        self._back(order.return_url)

    def _answer(self, body: bytes) -> None:
        bank = self.server.bank
        if bank.fault == "down":
            self.connection.close()
            return
        if bank.fault == "error":
            self._send(500, b"oops", "text/plain")
            return
        if bank.fault == "slow":
            self.server.ending.wait(3)
        asked = {
            "/orders": bank.create,
            "/query": bank.query,
            "/refunds": bank.refund,
            "/refunds/query": bank.query_refund,
            "/statement": bank.day,
        }.get(self.path)
        question = self._question(body)
        if asked is None or question is None:
            self._send(403 if question is None else 404, b"", "text/plain")
            return
        said = asked(question)
        if bank.fault == "lost":
            self.connection.close()
            return
        said |= {"kind": "answer", "nonce": question["nonce"], "time": str(int(time.time()))}
        said.setdefault("merchant", bank.merchant)
        key = strange_key() if bank.fault == "unsigned" else self.server.key
        self._send(200, urlencode(sign(said, key)).encode(), "application/x-www-form-urlencoded")

    def _question(self, body: bytes) -> dict[str, str] | None:
        """The question, when the hall signed it a moment ago and it is for our merchant."""
        try:
            fields = read_form(body)
            is_fresh = abs(time.time() - int(fields["time"])) <= 300
        except (ValueError, KeyError):
            return None
        return (
            fields if is_fresh and fields.get("merchant") == self.server.bank.merchant and is_signed(fields, self.server.hall_key) else None
        )

    def _is_local(self) -> bool:
        return self.headers.get("Host", "").rpartition(":")[0] in _LOOPBACK

    def _is_own_page(self) -> bool:
        # A page of somebody else, open in the same browser, may not push the buttons.
        return self._is_local() and self.headers.get("Origin") in {None, "null", f"http://{self.headers.get('Host')}"}

    def _html(self, text: str, status: int = 200) -> None:
        self._send(status, text.encode(), "text/html; charset=utf-8")

    def _back(self, address: str, status: int = 303) -> None:
        self._send(status, b"", "text/plain", {"Location": address})

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@functools.cache
def strange_key() -> rsa.RSAPrivateKey:
    """For signatures that are real ones, only not the bank's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_keys(folder: Path) -> None:
    """Two key pairs, the hall's and the bank's, unless they are there: hall.pem, hall.pub.pem, bank.pem, bank.pub.pem."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for owner in ("hall", "bank"):
        if (folder / f"{owner}.pub.pem").exists():
            continue
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = folder / f"{owner}.pem"
        private.touch(mode=0o600)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / f"{owner}.pub.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def read_keys(folder: Path) -> tuple[rsa.RSAPrivateKey, rsa.RSAPublicKey]:
    """The bank's private and the hall's public key."""
    own = load_pem_private_key((folder / "bank.pem").read_bytes(), password=None)
    halls = load_pem_public_key((folder / "hall.pub.pem").read_bytes())
    assert isinstance(own, rsa.RSAPrivateKey) and isinstance(halls, rsa.RSAPublicKey)
    return own, halls


def run(arguments: Sequence[str]) -> int:
    """`hall sim bank`: be the bank until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="hall sim bank", description="A bank for trying payments out.")
    parser.add_argument("--listen", default="127.0.0.1:8031", help="port on this machine, as 127.0.0.1:8013")
    parser.add_argument("--keys", type=Path, default=Path("var/bank"), help="folder of the keys; made when they are not there")
    parser.add_argument("--fault", choices=tuple(FAULTS), default="none", help="misbehave from the start")
    options = parser.parse_args(arguments)
    host, _, port = options.listen.rpartition(":")
    if host not in _LOOPBACK or not port.isdecimal():
        parser.error("it listens on this machine only: --listen 127.0.0.1:PORT")
    make_keys(options.keys)
    bank = Bank(merchant=MERCHANT)
    bank.fault = options.fault
    service = BankService(("127.0.0.1", int(port)), bank=bank, keys=read_keys(options.keys))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=service.shutdown, daemon=True).start())
    threading.Thread(target=service.keep_delivering, daemon=True).start()
    print(f"bank: {service.url}\n{settings_for(service.url, options.keys)}", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        service.serve_forever(poll_interval=0.2)
    service.ending.set()
    return 0


def settings_for(url: str, keys: Path) -> str:
    """What the hall's environment must say to use this bank."""
    folder = keys.resolve()
    return (
        f"  HALL_BANK_URL={url}\n  HALL_BANK_MERCHANT={MERCHANT}\n"
        f"  HALL_BANK_KEY_FILE={folder / 'hall.pem'}\n  HALL_BANK_PUBLIC_KEY_FILE={folder / 'bank.pub.pem'}"
    )
