"""Licences from a licence service that takes JSON over HTTPS, signed both ways; `simulator` is the other side, for trying it.

HALL_LICENCE_URL is the service's address, HALL_LICENCE_KEY the key shared with it (16 characters at least). One POST a look-up:

    {"request_id": "…", "cert_type": "BUSINESS_LICENSE", "holder_name": "…", "holder_key": "…", "number": "", "purpose": "…", "authority": "consent"}
    X-Hall-Timestamp: <seconds since 1970>
    X-Hall-Signature: sha256=<hex of HMAC-SHA256(key, timestamp + "." + body)>

    {"request_id": "…", "code": "0000", "licence": {"title": "…", "number": "…", "holder_name": "…", "holder_key": "…", "issuer": "…",
     "issued_on": "2021-05-06", "valid_from": "2021-05-06", "valid_to": null}}
    X-Licence-Signature: sha256=<hex of HMAC-SHA256(key, request_id + "." + body)>

An answer that is not 200, larger than 64 kB, unsigned, or to another question is no answer at all. Redirects are not followed: what
we ask about people goes to the configured host and nowhere else.
"""

import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from datetime import date
from typing import Any, Self
from urllib.parse import urlsplit

from hall.integration.ports.licence import Licence, LicenceCode, LicenceQuestion, LicenceReply, LicenceSource
from hall.integration.ports.plugin import ReadSetting

WHOLE_SECONDS = 1.4
MOST_BYTES = 64 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class HttpLicences(LicenceSource):
    """One signed POST for each look-up, and one more at once when the connection broke before an answer came."""

    name = "http_licences"

    def __init__(self, *, url: str, key: str, whole_seconds: float = WHOLE_SECONDS) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ValueError("HALL_LICENCE_URL must start with https:// and name a host")
        if len(key) < 16:
            raise ValueError("HALL_LICENCE_KEY is missing or too short: at least 16 characters")
        self._host, self._port = parts.hostname, parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._key = key.encode()
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._whole_seconds = whole_seconds

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made from HALL_LICENCE_URL and HALL_LICENCE_KEY; None without an address. Raises: ValueError."""
        url = read("HALL_LICENCE_URL")
        return cls(url=url, key=read("HALL_LICENCE_KEY") or "") if url else None

    def find(self, question: LicenceQuestion) -> LicenceReply:
        """Look one licence up within 1.4 seconds. Raises: OSError, TimeoutError among it."""
        body = json.dumps({name: getattr(question, name) for name in LicenceQuestion.__slots__}, ensure_ascii=False).encode()
        ends_at = time.monotonic() + self._whole_seconds
        try:
            answer, signature = self._post(body, ends_at)
        except (ConnectionError, http.client.HTTPException):
            # A service that restarts breaks connections for a moment; asking again is harmless, the request id is the same.
            time.sleep(0.1)
            answer, signature = self._post_again(body, ends_at)
        return self._read(question, answer, signature)

    def _post_again(self, body: bytes, ends_at: float) -> tuple[bytes, str]:
        try:
            return self._post(body, ends_at)
        except http.client.HTTPException as garbled:
            raise OSError(f"licences: {type(garbled).__name__}") from None

    def _post(self, body: bytes, ends_at: float) -> tuple[bytes, str]:
        seconds = ends_at - time.monotonic()
        if seconds <= 0.05:
            raise TimeoutError("licences: no time left")
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        )
        is_too_late = threading.Event()
        try:
            connection.connect()
            # Kept apart: http.client lets go of the socket once it knows that the answer ends with the connection.
            wire = connection.sock
            # A service that sends one byte now and then outlives every timeout of a single step.
            watchdog = threading.Timer(max(0.05, ends_at - time.monotonic()), _hang_up, (wire, is_too_late))
            watchdog.daemon = True
            watchdog.start()
            try:
                connection.request("POST", self._path, body=body, headers=self._headers(body))
                answer = connection.getresponse()
                content, status = answer.read(MOST_BYTES + 1), answer.status
                signature = answer.getheader("X-Licence-Signature") or ""
            finally:
                watchdog.cancel()
        except (ConnectionError, http.client.HTTPException):
            if is_too_late.is_set():
                raise TimeoutError("licences: no whole answer in time") from None
            raise
        finally:
            connection.close()
        if is_too_late.is_set():
            raise TimeoutError("licences: no whole answer in time")
        if status != 200:
            raise OSError(f"licences: the service answered {status}")
        if len(content) > MOST_BYTES:
            raise OSError("licences: the answer is too large")
        return content, signature

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Hall-Timestamp": stamp,
            "X-Hall-Signature": f"sha256={hmac.new(self._key, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}",
        }

    def _read(self, question: LicenceQuestion, body: bytes, signature: str) -> LicenceReply:
        expected = f"sha256={hmac.new(self._key, question.request_id.encode() + b'.' + body, hashlib.sha256).hexdigest()}"
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise OSError("licences: the answer is not signed with our key")
        try:
            given = json.loads(body)
            if given["request_id"] != question.request_id:
                raise OSError("licences: the answer belongs to another question")
            return LicenceReply(LicenceCode(given["code"]), question.request_id, _licence(question.cert_type, given.get("licence")))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise OSError("licences: the answer cannot be read") from None


def _hang_up(wire: socket.socket, is_too_late: threading.Event) -> None:
    is_too_late.set()
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _licence(cert_type: str, given: Any) -> Licence | None:
    if given is None:
        return None
    return Licence(
        cert_type=cert_type,
        title=_text(given, "title"),
        number=_text(given, "number"),
        holder_name=_text(given, "holder_name"),
        holder_key=_text(given, "holder_key"),
        issuer=_text(given, "issuer"),
        issued_on=_day(given, "issued_on"),
        valid_from=_day(given, "valid_from"),
        valid_to=_day(given, "valid_to"),
    )


def _text(given: Any, name: str) -> str:
    return str(given[name])[:200]


def _day(given: Any, name: str) -> date | None:
    return date.fromisoformat(given[name]) if given.get(name) else None
