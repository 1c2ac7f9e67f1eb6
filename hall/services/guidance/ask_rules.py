"""What a request for a call must hold, and how the hall says no to one. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hall.services.catalogue.rules import Word
from hall.support.formrules import rules as formrules
from hall.support.refusals import Conflict, NotFound, Refusal

MOST_QUESTION = 1000
LEAST_QUESTION = 4
MOST_NAME = 30
MOST_NOTE = 500
MOST_PASSED = 3
CALL_WITHIN_DAYS = 1
KEPT_DAYS = 30
# No letters and digits that are mistaken for one another on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Outcome(Word):
    """How a request ended"""

    ANSWERED = "answered", "已答复"
    UNREACHABLE = "unreachable", "联系不上"


class AskRefused(Refusal):
    """Everything that is wrong with a request at once, so that nobody mends it piece by piece."""

    sentence = "还有几处要改。"

    def __init__(self, faults: Sequence[Refusal]) -> None:
        super().__init__(faults[0].shown if len(faults) == 1 else None)
        self.faults = tuple(faults)


class QuestionMissing(Refusal):
    sentence = f"请写明想问什么，至少 {LEAST_QUESTION} 个字。"
    field = "question"


class QuestionTooLong(Refusal):
    sentence = f"问题最多 {MOST_QUESTION} 个字，请精简一些。"
    field = "question"


class NameTooLong(Refusal):
    sentence = f"称呼最多 {MOST_NAME} 个字。"
    field = "name"


class NoSuchDepartment(Refusal):
    sentence = "请选择要问哪个部门；拿不准的话，请直接拨打热线。"
    field = "department"


class ConsentMissing(Refusal):
    sentence = "请勾选同意，部门才能用这个号码给您回电话。"
    field = "consent"


class AskMissing(NotFound):
    sentence = "没有找到这条回电请求。"


class AskClosed(Conflict):
    sentence = "这条回电请求已经有人办完了，请刷新页面。"


class NoteMissing(Refusal):
    sentence = "请写明怎样答复的，或者联系的情况。"
    field = "note"


class NoteTooLong(Refusal):
    sentence = f"记录最多 {MOST_NOTE} 个字。"
    field = "note"


class OutcomeMissing(Refusal):
    sentence = "请选择结果：已答复，或者联系不上。"
    field = "outcome"


class SameDepartment(Refusal):
    sentence = "请选择另一个部门。"
    field = "department"


class PassedTooOften(Refusal):
    sentence = f"这条请求已转过 {MOST_PASSED} 次，请直接给办事人回电话说清楚。"
    field = "department"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sound request, as it is kept."""

    name: str
    phone: str
    question: str


def check_request(*, name: str, phone: str, question: str, is_agreed: bool, is_department: bool) -> Wanted:
    """The request in clean values. Raises: AskRefused, with every fault in the order of the form."""
    faults: list[Refusal] = [] if is_department else [NoSuchDepartment()]

    def clean(check: Callable[[str], str], text: str) -> str:
        try:
            return check(text)
        except Refusal as fault:
            faults.append(fault)
            return ""

    wanted = Wanted(question=clean(check_question, question), phone=clean(check_phone, phone), name=clean(check_name, name))
    if not is_agreed:
        faults.append(ConsentMissing())
    if faults:
        raise AskRefused(faults)
    return wanted


def check_question(text: str) -> str:
    """The question, line breaks kept. Raises: QuestionMissing, QuestionTooLong."""
    cleaned = _cleaned(text)
    if len(cleaned) < LEAST_QUESTION:
        raise QuestionMissing
    if len(cleaned) > MOST_QUESTION:
        raise QuestionTooLong
    return cleaned


def check_name(text: str) -> str:
    """How to address the person, or nothing. Raises: NameTooLong."""
    cleaned = " ".join(_cleaned(text).split())
    if len(cleaned) > MOST_NAME:
        raise NameTooLong
    return cleaned


def check_phone(text: str) -> str:
    """The number to ring up. Raises: RuleBroken at the field `phone`."""
    try:
        return formrules.check_phone(text)
    except formrules.RuleBroken as broken:
        raise formrules.RuleBroken(broken.shown, field="phone") from None


def check_note(text: str) -> str:
    """What staff noted. Raises: NoteMissing, NoteTooLong."""
    cleaned = _cleaned(text)
    if not cleaned:
        raise NoteMissing
    if len(cleaned) > MOST_NOTE:
        raise NoteTooLong
    return cleaned


def check_outcome(text: str) -> Outcome:
    """How it ended. Raises: OutcomeMissing."""
    if text not in set(Outcome):
        raise OutcomeMissing
    return Outcome(text)


def _cleaned(text: str) -> str:
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text.replace("\r\n", "\n"))
    return re.sub(r"\n{3,}", "\n\n", plain).strip()
