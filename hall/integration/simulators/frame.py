"""What every simulator shares: an HTTP server on this machine, faults on demand, signatures, and a page to watch and push buttons on.

    hall sim NAME --listen 127.0.0.1:8012 --fault hang

A simulator is a subclass with `answer`; `GET /` shows it, `POST /faults/<name>` makes it misbehave from then on, `POST /faults/none`
mend itself. Standard library alone: it may run where the hall is not set up.
"""

import argparse
import contextlib
import hashlib
import hmac
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from hall.integration.simulators import page

# Known to everybody: what a simulator keeps belongs to nobody.
KEY = "a-key-for-trying-things-out"
MOST_BYTES = 8 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost"}
# Names and the words of their buttons. A subclass adds its own, and handles them in `answer`.
FAULTS: Mapping[str, str] = {
    "none": "正常",
    "slow": "变慢：每次等 0.8 秒",
    "hang": "不答：收下后一直不回",
    "drip": "滴答：一次只回一个字节",
    "error": "出错：回 500",
    "down": "断线：还没收下就断开",
    "close": "断开：收下了，没有办，也没有回",
    "lost": "丢回执：办成了，没有回",
    "garbage": "乱答：签名对，内容读不懂",
    "huge": "超大：回 10 MB",
    "redirect": "转走：让对方去别的地址",
    "unsigned": "错签：用别的密钥签名",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the simulator."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What it answers; `note` is what the page says of it."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of the page: when, what was asked, under which fault, what became of it."""

    at: float
    what: str
    fault: str
    outcome: str


class Simulator(ThreadingHTTPServer):
    """One outside system. `fault` is one of `faults`; `asked` counts the requests that reached it; `ending` wakes whoever hangs."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    default_port: ClassVar[int] = 8012
    path: ClassVar[str] = "/"
    # Takes the key that the hall's adapter takes, so that both sides agree without arguments.
    key_setting: ClassVar[str] = ""
    faults: ClassVar[Mapping[str, str]] = FAULTS

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    fault = "none"
    asked = 0

    def __init__(self, address: tuple[str, int] = ("127.0.0.1", 0), *, key: str = KEY) -> None:
        super().__init__(address, _Handler)
        self.key = key.encode()
        self.ending = threading.Event()
        self.seen: deque[Seen] = deque(maxlen=50)

    def answer(self, asked: Asked, fault: str) -> Answer:
        """What a sound system answers, or one with a fault of the subclass's own. May be called from several threads."""
        raise NotImplementedError

    def is_ours(self, asked: Asked) -> bool:
        """Whether the request is signed as the hall signs: HMAC-SHA256 over time stamp, "." and body, at most five minutes old."""
        stamp = asked.headers.get("X-Hall-Timestamp", "")
        given = asked.headers.get("X-Hall-Signature", "")
        is_signed = hmac.compare_digest(hmac_of(self.key, stamp.encode() + b"." + asked.body).encode(), given.encode("utf-8", "replace"))
        return is_signed and stamp.isdecimal() and abs(time.time() - int(stamp)) <= 300

    def sign(self, asked: Asked, body: bytes, key: bytes) -> Mapping[str, str]:
        """Headers that sign an answer; none where the protocol has none."""
        return {}

    def words(self, asked: Asked) -> str:
        """What the page says of a request."""
        return f"{asked.method} {asked.path}"

    def shelf(self) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
        """One more table for the page: its heading, columns and rows; no rows, no table."""
        return "", (), []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is none of our faults."""

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """More arguments of the command line."""

    @classmethod
    def made(cls, address: tuple[str, int], key: str, options: argparse.Namespace) -> Self:
        """The simulator for a command line."""
        return cls(address, key=key)

    @classmethod
    def run(cls, arguments: Sequence[str]) -> int:
        """`hall sim NAME`: answer until SIGTERM or SIGINT."""
        parser = argparse.ArgumentParser(prog=f"hall sim {cls.name}", description=f"{cls.title}: an outside system for trying things out.")
        parser.add_argument("--listen", default=f"127.0.0.1:{cls.default_port}", help="port on this machine, as 127.0.0.1:8012")
        parser.add_argument("--fault", choices=tuple(cls.faults), default="none", help="misbehave from the start")
        cls.add_arguments(parser)
        options = parser.parse_args(arguments)
        host, _, port = options.listen.rpartition(":")
        if host not in _LOOPBACK or not port.isdecimal() or int(port) > 65535:
            parser.error("it listens on this machine only: --listen 127.0.0.1:PORT")
        service = cls.made(("127.0.0.1", int(port)), os.environ.get(cls.key_setting) or KEY, options)
        service.fault = options.fault
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=service.shutdown, daemon=True).start())
        here = f"http://127.0.0.1:{service.server_address[1]}/"
        print(f"{cls.name}: {service.url}, watch it on {here} (POST /faults/<{'|'.join(cls.faults)}>)", file=sys.stderr, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            service.serve_forever(poll_interval=0.2)
        return 0


def hmac_of(key: bytes, message: bytes) -> str:
    """A signature as both sides write it into a header: `sha256=<hex>`."""
    return f"sha256={hmac.new(key, message, hashlib.sha256).hexdigest()}"


class _Handler(BaseHTTPRequestHandler):
    server: Simulator

    def log_message(self, format: str, *args: Any) -> None:
        """Requests hold what people told us: nothing is written down."""

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/" or not self._is_local():
            self._send(Answer(status=404))
            return
        shown = page.html(self.server.title, self.server.fault, self.server.faults, list(self.server.seen), self.server.shelf())
        self._send(Answer(shown.encode(), headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": page.POLICY}))

    def do_POST(self) -> None:
        if self.path.startswith("/faults/"):
            self._set_fault(self.path.rpartition("/")[2])
        elif self.server.fault == "down":
            self._note(Asked("POST", self.path, {}, b""), "断线")
            self._hang_up()
        else:
            length = self.headers.get("Content-Length") or "0"
            body = self.rfile.read(min(int(length) if length.isdecimal() else 0, MOST_BYTES))
            self._handle(Asked("POST", self.path, dict(self.headers.items()), body))

    def _handle(self, asked: Asked) -> None:
        self.server.asked += 1
        if not self.server.is_ours(asked):
            self._note(asked, "401：签名不对或已过期")
            self._send(Answer(status=401))
            return
        misbehave = getattr(self, f"_be_{self.server.fault}", None)
        if misbehave is not None:
            misbehave(asked)
        else:
            self._reply(asked, self._answered(asked, self.server.fault))

    def _set_fault(self, kind: str) -> None:
        # A page of somebody else, open in the same browser, may not push the buttons.
        if not self._is_local() or self.headers.get("Origin") not in {None, "null", f"http://{self.headers.get('Host')}"}:
            self._send(Answer(status=403))
        elif kind not in self.server.faults:
            self._send(Answer(status=404))
        else:
            self.server.fault = kind
            is_browser = "text/html" in self.headers.get("Accept", "")
            self._send(Answer(status=303, headers={"Location": "/"}) if is_browser else Answer())

    def _is_local(self) -> bool:
        return self.headers.get("Host", "").rpartition(":")[0] in _LOOPBACK

    def _answered(self, asked: Asked, fault: str = "none") -> Answer:
        try:
            return self.server.answer(asked, fault)
        except (ValueError, KeyError, TypeError):
            return Answer(status=400, note="400：看不懂的请求")

    def _note(self, asked: Asked, outcome: str) -> None:
        try:
            words = self.server.words(asked)
        except (ValueError, KeyError, TypeError):
            words = f"{asked.method} {asked.path}"
        self.server.seen.appendleft(Seen(time.time(), words[:200], self.server.fault, outcome[:200]))

    def _reply(self, asked: Asked, answer: Answer, *, key: bytes | None = None) -> None:
        self._note(asked, answer.note or str(answer.status))
        signed = self.server.sign(asked, answer.body, key or self.server.key) if answer.status == 200 else {}
        self._send(Answer(answer.body, answer.status, {**signed, **answer.headers}))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _hang_up(self) -> None:
        # With a reset: the other side learns of it at once, as it does of a machine that is off.
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _be_slow(self, asked: Asked) -> None:
        self.server.ending.wait(0.8)
        self._reply(asked, self._answered(asked))

    def _be_hang(self, asked: Asked) -> None:
        self._note(asked, "收下了，不回")
        self.server.ending.wait(20)

    def _be_drip(self, asked: Asked) -> None:
        self._note(asked, "一次一个字节")
        # From the status line on: a caller that reads the status alone is kept waiting too.
        for byte in b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 200:
            self.wfile.write(bytes([byte]))
            if self.server.ending.wait(0.1):
                return

    def _be_error(self, asked: Asked) -> None:
        self._note(asked, "500")
        self._send(Answer(b"oops", status=500))

    def _be_close(self, asked: Asked) -> None:
        self._note(asked, "断开")
        self.connection.close()

    def _be_lost(self, asked: Asked) -> None:
        self._note(asked, f"办成了（{self._answered(asked).status}），没有回")
        self.connection.close()

    def _be_garbage(self, asked: Asked) -> None:
        self._reply(asked, Answer(b"\xff\x00 no json at all", note="读不懂的内容"))

    def _be_huge(self, asked: Asked) -> None:
        self._reply(asked, Answer(b"[" + b"0," * 5_000_000 + b"0]", note="10 MB"))

    def _be_redirect(self, asked: Asked) -> None:
        self._note(asked, "302")
        self._send(Answer(b"", 302, {"Location": "http://169.254.169.254/latest/meta-data/"}))

    def _be_unsigned(self, asked: Asked) -> None:
        self._reply(asked, self._answered(asked), key=b"somebody else's key")
