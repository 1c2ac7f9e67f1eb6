"""The line to one configured address, for adapters that speak HTTP: TLS verified, no redirects, an end to waiting and to reading."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MOST_BYTES = 64 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_here = threading.local()


@dataclass
class Trace:
    """What is noted of one call of a plugin: never what was said. Sizes are bytes; None where the line is not ours."""

    host: str = ""
    status: int | None = None
    sent_bytes: int | None = None
    got_bytes: int | None = None
    is_abandoned: bool = False  # nobody waits for it any more; whoever gave up has noted it


@contextlib.contextmanager
def traced(trace: Trace) -> Iterator[None]:
    """Within it, what this thread sends over a Wire is noted."""
    before = getattr(_here, "trace", None)
    _here.trace = trace
    try:
        yield
    finally:
        _here.trace = before


def current_trace() -> Trace | None:
    """What is noted of the call that this thread makes now."""
    return getattr(_here, "trace", None)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status; header names in small letters."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class Wire:
    """HTTPS to one host, or HTTP within this machine. Redirects are not followed: what is signed goes nowhere else.

    A private certificate authority is named by SSL_CERT_FILE.
    """

    def __init__(self, url: str, *, setting: str, name: str) -> None:
        """`setting` is named where the address is wrong, `name` in front of every fault. Raises: ValueError."""
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ValueError(f"{setting} must start with https:// and name a host")
        self.host, self.port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._name = name

    def post(
        self, body: bytes, headers: Mapping[str, str], *, seconds: float, step_seconds: float | None = None, most_bytes: int = MOST_BYTES
    ) -> Reply:
        """One POST, done with within `seconds`, each step of it within `step_seconds`; nothing is read but the status with `most_bytes` 0.

        Raises: TimeoutError, ConnectionError, http.client.HTTPException (garbled), OSError. No text of theirs holds anything that was said.
        """
        trace = current_trace()
        if trace is not None:
            trace.host, trace.sent_bytes = self.host, len(body)
        with self._line(seconds, step_seconds) as connection:
            connection.request("POST", self._path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            content = answer.read(most_bytes + 1) if most_bytes else b""
        if trace is not None:
            trace.status, trace.got_bytes = answer.status, len(content)
        if most_bytes and len(content) > most_bytes:
            raise OSError(f"{self._name}: the answer is too large")
        return Reply(answer.status, content, {key.lower(): value for key, value in answer.getheaders()})

    def probe(self, *, seconds: float = 3) -> str:
        """Connect, check the certificate, say nothing. Raises: OSError."""
        trace = current_trace()
        if trace is not None:
            trace.host = self.host
        with self._line(seconds, None):
            return "连得上，证书有效" if self._tls else "连得上"

    @contextlib.contextmanager
    def _line(self, seconds: float, step_seconds: float | None) -> Iterator[http.client.HTTPConnection]:
        """A connection that is cut when the time is over, also under a system that sends one byte now and then."""
        ends_at = time.monotonic() + seconds
        step = min(seconds, step_seconds or seconds)
        wire = socket.create_connection((self.host, self.port), timeout=step)
        is_too_late = threading.Event()

        def hang_up() -> None:
            is_too_late.set()
            with contextlib.suppress(OSError):
                socket.socket.shutdown(wire, socket.SHUT_RDWR)

        watchdog = threading.Timer(max(0.01, ends_at - time.monotonic()), hang_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            line = self._tls.wrap_socket(wire, server_hostname=self.host, do_handshake_on_connect=False) if self._tls else wire
            # What was wrapped has given its handle away; the watchdog must cut the one that is open.
            wire = line
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
            connection = kind(self.host, self.port)
            connection.sock = line
            yield connection
        except (ConnectionError, ssl.SSLError, http.client.HTTPException):
            if is_too_late.is_set():
                raise TimeoutError(f"{self._name}: no whole answer in time") from None
            raise
        finally:
            watchdog.cancel()
            wire.close()
        # http.client takes half an answer, cut off by us, for a whole one.
        if is_too_late.is_set():
            raise TimeoutError(f"{self._name}: no whole answer in time")
