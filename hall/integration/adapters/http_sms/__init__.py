"""Text messages through a gateway that takes JSON over HTTPS.

HALL_SMS_URL is the gateway's address, HALL_SMS_KEY the key shared with it (16 characters at least). One POST for each message:

    {"to": "13812340000", "text": "…", "key": "…"}
    Idempotency-Key: <key>
    X-Hall-Timestamp: <seconds since 1970>
    X-Hall-Signature: sha256=<hex of HMAC-SHA256(HALL_SMS_KEY, timestamp + "." + body)>

2xx: taken. 400, 413, 422: never, for this message. Anything else: later. A private certificate authority is named by SSL_CERT_FILE.
"""

import contextlib
import hashlib
import hmac
import http.client
import json
import re
import socket
import ssl
import threading
import time
from typing import Self
from urllib.parse import urlsplit

from hall.integration.ports.message import ChannelKind, Message, MessageChannel, MessageRejected
from hall.integration.ports.plugin import ReadSetting

STEP_SECONDS = 8.0
WHOLE_SECONDS = 20.0
_NEVER = {400, 413, 422}
_PHONE = re.compile(r"\+?[0-9]{5,15}", re.ASCII)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class HttpSms(MessageChannel):
    """One signed POST for each message; redirects are not followed, a signed text goes nowhere else."""

    name = "http_sms"
    kind = ChannelKind.SMS

    def __init__(self, *, url: str, key: str, step_seconds: float = STEP_SECONDS, whole_seconds: float = WHOLE_SECONDS) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ValueError("HALL_SMS_URL must start with https:// and name a host")
        if len(key) < 16:
            raise ValueError("HALL_SMS_KEY is missing or too short: at least 16 characters")
        self._host, self._port = parts.hostname, parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._key = key.encode()
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._step_seconds, self._whole_seconds = step_seconds, whole_seconds

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made from HALL_SMS_URL and HALL_SMS_KEY; None without an address. Raises: ValueError."""
        url = read("HALL_SMS_URL")
        return cls(url=url, key=read("HALL_SMS_KEY") or "") if url else None

    def send(self, message: Message) -> None:
        """Hand one text over. Raises: OSError, MessageRejected."""
        if not _PHONE.fullmatch(message.to):
            raise MessageRejected("sms: not a phone number")
        body = json.dumps({"to": message.to, "text": message.text, "key": message.key}, ensure_ascii=False).encode()
        status = self._post(body, self._headers(body, message.key))
        if 200 <= status < 300:
            return
        if status in _NEVER:
            raise MessageRejected(f"sms: the gateway refused it, {status}")
        raise OSError(f"sms: the gateway answered {status}")

    def _headers(self, body: bytes, key: str) -> dict[str, str]:
        stamp = str(int(time.time()))
        signature = hmac.new(self._key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key,
            "X-Hall-Timestamp": stamp,
            "X-Hall-Signature": f"sha256={signature}",
        }

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=self._step_seconds, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=self._step_seconds)
        )

        is_too_late = threading.Event()

        def hang_up() -> None:
            is_too_late.set()
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

        # A gateway that sends one byte now and then outlives every timeout of a single step.
        watchdog = threading.Timer(self._whole_seconds, hang_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            connection.request("POST", self._path, body=body, headers=headers)
            status = connection.getresponse().status
        except http.client.HTTPException as garbled:
            raise OSError(f"sms: {type(garbled).__name__}") from None
        finally:
            watchdog.cancel()
            connection.close()
        # http.client takes half a status line, cut off by us, for a whole one.
        if is_too_late.is_set():
            raise TimeoutError("sms: no whole answer in time")
        return status
