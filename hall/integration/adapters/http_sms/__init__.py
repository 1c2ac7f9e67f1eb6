"""Text messages through a gateway that takes JSON over HTTPS.

HALL_SMS_URL is the gateway's address, HALL_SMS_KEY the key shared with it (16 characters at least). One POST for each message:

    {"to": "13812340000", "text": "…", "key": "…"}
    Idempotency-Key: <key>
    X-Hall-Timestamp: <seconds since 1970>
    X-Hall-Signature: sha256=<hex of HMAC-SHA256(HALL_SMS_KEY, timestamp + "." + body)>

2xx: taken. 400, 413, 422: never, for this message. Anything else: later. A private certificate authority is named by SSL_CERT_FILE.
"""

import hashlib
import hmac
import http.client
import json
import re
import time
from typing import Self

from hall.integration.ports.message import ChannelKind, Message, MessageChannel, MessageRejected
from hall.integration.ports.plugin import ReadSetting, Setting, SettingKind
from hall.integration.ports.wire import Wire

STEP_SECONDS = 8.0
WHOLE_SECONDS = 20.0
_NEVER = {400, 413, 422}
_PHONE = re.compile(r"\+?[0-9]{5,15}", re.ASCII)


class HttpSms(MessageChannel):
    """One signed POST for each message; redirects are not followed, a signed text goes nowhere else."""

    name = "http_sms"
    title = "短信网关"
    kind = ChannelKind.SMS
    settings = (
        Setting("HALL_SMS_URL", "网关地址", SettingKind.URL, "以 https:// 开头，短信只发到这个地址", is_required=True),
        Setting("HALL_SMS_KEY", "签名密钥", SettingKind.SECRET, "和网关约定的密钥，至少 16 位", is_required=True),
    )

    def __init__(self, *, url: str, key: str, step_seconds: float = STEP_SECONDS, whole_seconds: float = WHOLE_SECONDS) -> None:
        self._wire = Wire(url, setting="HALL_SMS_URL", name="sms")
        if len(key) < 16:
            raise ValueError("HALL_SMS_KEY is missing or too short: at least 16 characters")
        self._key = key.encode()
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
        try:
            reply = self._wire.post(
                body, self._headers(body, message.key), seconds=self._whole_seconds, step_seconds=self._step_seconds, most_bytes=0
            )
        except http.client.HTTPException as garbled:
            raise OSError(f"sms: {type(garbled).__name__}") from None
        status = reply.status
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

    def probe(self) -> str:
        """Connects and checks the certificate; no message is sent. Raises: OSError."""
        return self._wire.probe()
