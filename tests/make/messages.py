"""The outside world of messages: a mail server and a text message gateway on real sockets, and channels to send through."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SMS_KEY = "a-shared-key-of-the-gateway"


@dataclass
class Answer:
    """How a simulator answers; changed by tests between calls. `wait` lets it hang until released."""

    reply: str = ""
    status: int = 200
    is_hanging: bool = False
    release: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Received:
    """One message as it arrived at the other side; `key` is what a repeat can be told by."""

    to: str
    text: str
    key: str
    subject: str = ""
    is_private: bool = False


class _SmsHandler(BaseHTTPRequestHandler):
    server: "SmsGateway"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.visits += 1
        stamp = self.headers["X-Hall-Timestamp"]
        expected = hmac.new(SMS_KEY.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        answer = self.server.answer
        if answer.is_hanging:
            answer.release.wait(10)
            return None
        if self.headers["X-Hall-Signature"] != f"sha256={expected}" or abs(time.time() - int(stamp)) > 300:
            return self._answer(401)
        if answer.status == 200:
            sent: dict[str, str] = json.loads(body)
            # A repeat of a key is answered like the first time and delivered no second time.
            if self.headers["Idempotency-Key"] not in self.server.keys:
                self.server.keys.add(self.headers["Idempotency-Key"])
                self.server.received.append(Received(to=sent["to"], text=sent["text"], key=sent["key"]))
        return self._answer(answer.status)

    def do_GET(self) -> None:
        self.server.visits += 100  # a redirect was followed

    def _answer(self, status: int) -> None:
        self.send_response(status)
        if status in {301, 302, 307, 308}:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


class SmsGateway(ThreadingHTTPServer):
    """A gateway as docs describe it: checks the signature, delivers each key once."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SmsHandler)
        self.answer = Answer()
        self.received: list[Received] = []
        self.keys: set[str] = set()
        self.visits = 0

    def handle_error(self, *_arguments: Any) -> None:
        pass


@contextmanager
def sms_gateway() -> Iterator[SmsGateway]:
    gateway = SmsGateway()
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.answer.release.set()
        gateway.shutdown()
        gateway.server_close()


class MailServer:
    """aiosmtpd's handler: keeps what arrived; `answer.reply` refuses the recipient, `data_reply` the content."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.raw: list[bytes] = []
        self.answer = Answer()
        self.data_reply = ""
        self.port = 0
        self.signed_in: list[bytes] = []

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.answer.reply:
            return self.answer.reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data_reply:
            return self.data_reply
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body()
        assert body is not None
        self.raw.append(content)
        self.received.append(
            Received(
                to=envelope.rcpt_tos[0],
                text=body.get_content().replace("\r\n", "\n").removesuffix("\n"),
                key=str(mail["Message-ID"]),
                subject=str(mail["Subject"]),
                is_private=session.ssl is not None,
            )
        )
        return "250 OK"


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """A mail server on a free port; options as of aiosmtpd's SMTP (tls_context, authenticator …)."""
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    handler.port = controller.port
    try:
        yield handler
    finally:
        controller.stop()


@contextmanager
def silent_server(*, drip: bytes = b"") -> Iterator[int]:
    """Something that takes connections and says nothing, or one byte of `drip` now and then. Yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    open_sockets: list[socket.socket] = []

    def talk(line: socket.socket) -> None:
        try:
            for letter in drip:
                line.sendall(bytes([letter]))
                if stop.wait(0.05):
                    return
        except OSError:
            return

    def accept() -> None:
        while not stop.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            open_sockets.append(line)
            threading.Thread(target=talk, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        listener.close()
        for line in open_sockets:
            line.close()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
