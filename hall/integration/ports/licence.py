"""证照库 · §5.3.3 证照查询和验真: is there a licence, whose is it, does it still hold (domain.md §10, GB/T 36906)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from hall.integration.ports.plugin import Plugin


class LicenceCode(StrEnum):
    """What a licence service answers (VerifyResult, domain.md §10). Only 1001-1005 mean "not valid"; 3xxx mean "not known now"."""

    MATCH = "0000"
    NOT_FOUND = "1001"
    MISMATCH = "1002"  # the number is somebody else's, or the name is another
    EXPIRED = "1003"
    REVOKED = "1004"  # revoked or cancelled (吊销、注销)
    SUSPENDED = "1005"  # suspended or reported lost (暂扣、挂失)
    NOT_AUTHORISED = "2001"  # the holder did not agree
    TIMEOUT = "3001"
    UNAVAILABLE = "3002"
    QUOTA = "3003"
    BAD_REQUEST = "9001"


@dataclass(frozen=True, slots=True)
class LicenceQuestion:
    """One look-up, by holder or by number. `request_id` (32 hex digits) names it on both sides, also when it is asked again.

    By holder: `holder_key` (identity number or unified credit code) and `holder_name`, `number` empty. By number: `number` and
    `holder_name`, `holder_key` only when the asker gave it. `purpose` is a few plain words; `authority` says why we may ask:
    "consent" (the holder agreed), "duty" (a department examines a case) or "public" (anybody holding the licence in his hands).
    """

    request_id: str
    cert_type: str
    purpose: str
    authority: str
    holder_name: str = field(default="", repr=False)
    holder_key: str = field(default="", repr=False)
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as its source describes it. `valid_to` None: long-term."""

    cert_type: str
    title: str
    number: str = field(repr=False)
    holder_name: str = field(repr=False)
    holder_key: str = field(repr=False)
    issuer: str
    issued_on: date | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class LicenceReply:
    """The answer. `licence` comes with 0000, 1003, 1004 and 1005, and only when holder and number match the question."""

    code: LicenceCode
    request_id: str
    licence: Licence | None = None


class LicenceSource(Plugin, Protocol):
    """证照查询接口. OSError means "cannot say now" (the hall takes it for 3002, TimeoutError for 3001).

    `find` answers within 1.5 seconds, whatever the other side does, and may be called from several threads. No exception's text
    holds a name, a number or an answer: it goes into the log.
    """

    group: str = "hall.licence"  # entry-point group
    is_by_department: bool = True
    promised_seconds: float = 1.5

    def find(self, question: LicenceQuestion) -> LicenceReply:
        """Look one licence up. Raises: OSError."""
        ...
