"""What the answers of a licence service mean, how long they hold, and when an answer is none. Pure. Source: domain.md §10."""

import dataclasses
import unicodedata
from datetime import date, datetime, timedelta
from enum import StrEnum

from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceReply
from hall.support.refusals import Refusal

CODES = [code.value for code in LicenceCode]
INVALID = frozenset({LicenceCode.NOT_FOUND, LicenceCode.MISMATCH, LicenceCode.EXPIRED, LicenceCode.REVOKED, LicenceCode.SUSPENDED})
VALID_FOR, INVALID_FOR = timedelta(hours=24), timedelta(minutes=10)


class Asker(StrEnum):
    """Who looked."""

    SELF = "self"  # the holder, applying
    DESK = "desk"  # a department, examining a case
    PUBLIC = "public"  # anybody, on the verification page


class Ground(StrEnum):
    """Why one may look."""

    ONCE = "once"  # the holder agreed for this application
    STANDING = "standing"  # the holder agreed once for all own applications
    DUTY = "duty"  # examining a case that the licence was handed in for
    HELD = "held"  # whoever asks names number and holder, so has the licence in hand


class Standing(StrEnum):
    """What is to be made of a look-up now. UNKNOWN is never INVALID."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class WrongNumber(Refusal):
    sentence = "请填写证照编号，照证照上的样子，最多 60 个字。"
    field = "number"


class WrongHolder(Refusal):
    sentence = "请填写持证人姓名或单位名称，最多 100 个字。"
    field = "holder"


class WrongType(Refusal):
    sentence = "请选择证照类型。"
    field = "cert_type"


def plain(text: str) -> str:
    """A name or number for comparing: one width, no spaces, capital letters."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def standing(code: str, valid_to: date | None, today: date) -> Standing:
    """What a look-up is worth on a day: a licence found valid yesterday may have run out since."""
    if code == LicenceCode.MATCH:
        return Standing.INVALID if valid_to is not None and valid_to < today else Standing.VALID
    return Standing.INVALID if code in INVALID else Standing.UNKNOWN


def code_on(code: str, valid_to: date | None, today: date) -> LicenceCode:
    """The code as it stands on a day; UNAVAILABLE while there is no answer."""
    if code == LicenceCode.MATCH and valid_to is not None and valid_to < today:
        return LicenceCode.EXPIRED
    return LicenceCode(code) if code else LicenceCode.UNAVAILABLE


def is_fresh(code: str, answered_at: datetime, now: datetime) -> bool:
    """Whether an answer may be taken again: found valid for 24 hours, "not valid" for 10 minutes, "not known" never."""
    if code == LicenceCode.MATCH:
        return now - answered_at < VALID_FOR
    return code in INVALID and now - answered_at < INVALID_FOR


def checked(reply: LicenceReply, question: LicenceQuestion, today: date) -> LicenceReply:
    """The reply as far as it can be believed: a licence of somebody else is a mismatch, a match without its licence is no answer.

    Whatever the service says, nobody reads here about a licence whose holder the question did not name.
    """
    licence = reply.licence
    if licence is None:
        code = LicenceCode.UNAVAILABLE if reply.code is LicenceCode.MATCH else reply.code
        return LicenceReply(code, question.request_id)
    is_named = plain(licence.holder_name) == plain(question.holder_name)
    is_keyed = not question.holder_key or plain(licence.holder_key) == plain(question.holder_key)
    is_numbered = not question.number or plain(licence.number) == plain(question.number)
    if not (is_named and is_keyed and is_numbered):
        return LicenceReply(LicenceCode.MISMATCH, question.request_id)
    if reply.code not in {LicenceCode.MATCH, LicenceCode.EXPIRED, LicenceCode.REVOKED, LicenceCode.SUSPENDED}:
        return LicenceReply(reply.code, question.request_id)
    return dataclasses.replace(reply, code=code_on(reply.code, licence.valid_to, today))
