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

import hashlib
import hmac
import http.client
import json
import time
from datetime import date
from typing import Any, Self
from uuid import uuid4

from hall.integration.ports.licence import Licence, LicenceCode, LicenceQuestion, LicenceReply, LicenceSource
from hall.integration.ports.plugin import ReadSetting, Setting, SettingKind
from hall.integration.ports.wire import Reply, Wire

WHOLE_SECONDS = 1.4


class HttpLicences(LicenceSource):
    """One signed POST for each look-up, and one more at once when the connection broke before an answer came."""

    name = "http_licences"
    title = "电子证照库"
    settings = (
        Setting("HALL_LICENCE_URL", "证照库地址", SettingKind.URL, "以 https:// 开头，要查的内容只发到这个地址", is_required=True),
        Setting("HALL_LICENCE_KEY", "签名密钥", SettingKind.SECRET, "和证照库约定的密钥，至少 16 位", is_required=True),
    )

    def __init__(self, *, url: str, key: str, whole_seconds: float = WHOLE_SECONDS) -> None:
        self._wire = Wire(url, setting="HALL_LICENCE_URL", name="licences")
        if len(key) < 16:
            raise ValueError("HALL_LICENCE_KEY is missing or too short: at least 16 characters")
        self._key = key.encode()
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
            reply = self._post(body, ends_at)
        except (ConnectionError, http.client.HTTPException):
            # A service that restarts breaks connections for a moment; asking again is harmless, the request id is the same.
            time.sleep(0.1)
            reply = self._post_again(body, ends_at)
        return self._read(question, reply.body, reply.headers.get("x-licence-signature", ""))

    def probe(self) -> str:
        """Looks up a licence that nobody holds. Raises: OSError."""
        asked = LicenceQuestion(
            request_id=uuid4().hex, cert_type="ID_CARD", purpose="接口检查", authority="duty", number="0", holder_name="无"
        )
        return f"有应答，代码 {self.find(asked).code.value}"

    def _post_again(self, body: bytes, ends_at: float) -> Reply:
        try:
            return self._post(body, ends_at)
        except http.client.HTTPException as garbled:
            raise OSError(f"licences: {type(garbled).__name__}") from None

    def _post(self, body: bytes, ends_at: float) -> Reply:
        seconds = ends_at - time.monotonic()
        if seconds <= 0.05:
            raise TimeoutError("licences: no time left")
        reply = self._wire.post(body, self._headers(body), seconds=seconds)
        if reply.status != 200:
            raise OSError(f"licences: the service answered {reply.status}")
        return reply

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
