"""What may move a deadline, by how much, and why (domain.md §4.2, §4.3; 许可法 42, 45, 47, 48). Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hall.support.refusals import Refusal
from hall.support.workdays.rules import Calendar

# 许可法 42: ten days more, once, with the approval of the department's head, and the applicant is told why.
MOST_EXTENSION_DAYS = 10
# 许可法 47: asked for within 5 days, held within 20; 48: place and time are told 7 days before.
HEARING_ASK_DAYS = 5
HEARING_HOLD_DAYS = 20
HEARING_NOTICE_DAYS = 7
RECALCULATED = "节假日安排公布"

# Why the running deadline changed, where the command says nothing more exact; by the step's action.
CLOCK_REASONS: dict[str, str] = {
    "submit": "收到申请，5 个工作日内答复是否受理",
    "correct": "一次性告知补正，暂停计时",
    "resubmit": "已补正，恢复计时",
    "accept": "已受理，办理时限起算",
    "special": "特别程序，暂停计时",
    "end_special": "特别程序结束，恢复计时",
    "hearing": "告知听证，暂停计时",
    "end_hearing": "听证结束，恢复计时",
    "waive_hearing": "申请人放弃听证，恢复计时",
    "decide": "已作决定，10 个工作日的送达时限起算",
    "await_payment": "等待缴费，暂停计时",
    "paid": "缴费完成，恢复计时",
    "recalculate": RECALCULATED,
}
ENDED = "办件结束，停止计时"


class ExtensionState(StrEnum):
    """How far the one extension of a case got."""

    NONE = ""
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class HearingState(StrEnum):
    """How far the hearing of a case got."""

    NONE = ""
    TOLD = "told"  # the applicant may ask for it
    EXPIRED = "expired"  # the days to ask are over
    ASKED = "asked"
    ARRANGED = "arranged"
    HELD = "held"  # its time has come
    ENDED = "ended"


class ExtensionUsed(Refusal):
    sentence = "延期只能有一次，这个办件已经提请过延期。"


class TooLateToExtend(Refusal):
    sentence = "办理时限已过，不能再延期。请尽快办结，并向申请人说明原因。"


class BadExtensionDays(Refusal):
    sentence = f"延期应为 1 至 {MOST_EXTENSION_DAYS} 个工作日。"
    field = "extension_days"


class HearingUsed(Refusal):
    sentence = "这个办件已经告知过听证。"


class HearingMayBeAsked(Refusal):
    sentence = "申请人要求听证的期限还没有过，现在不能结束听证程序。"


class HearingNotHeld(Refusal):
    sentence = "申请人已要求听证，请先安排并组织听证。"


class TooLateToAsk(Refusal):
    sentence = "要求听证的期限已过。"
    status = 409


class BadHearingTime(Refusal):
    """When a hearing cannot be held at this time; the sentence says when it can."""

    field = "arranged_for"


class PlaceMissing(Refusal):
    sentence = "请写明听证地点。"
    field = "place"


def check_extension_days(days: int | None) -> int:
    """The days as given. Raises: BadExtensionDays."""
    if days is None or not 1 <= days <= MOST_EXTENSION_DAYS:
        raise BadExtensionDays
    return days


def hearing_state(
    *, ask_until: date, asked_at: datetime | None, arranged_for: datetime | None, ended_at: datetime | None, now: datetime, today: date
) -> HearingState:
    """How far a hearing got at a moment; `today` is the day of `now` in China."""
    if ended_at is not None:
        return HearingState.ENDED
    if asked_at is None:
        return HearingState.TOLD if today <= ask_until else HearingState.EXPIRED
    if arranged_for is None:
        return HearingState.ASKED
    return HearingState.HELD if arranged_for <= now else HearingState.ARRANGED


@dataclass(frozen=True, slots=True)
class HearingDays:
    """From which day to which a hearing may be held, both included."""

    first: date
    last: date


def hearing_days(*, today: date, hold_until: date, calendar: Calendar) -> HearingDays:
    """When a hearing arranged today may be held: told a week before, and within the law's 20 days as long as that is possible."""
    first = calendar.add(date.fromordinal(today.toordinal() + HEARING_NOTICE_DAYS - 1), 1)
    return HearingDays(first, max(first, hold_until))


def check_hearing_time(day: date, days: HearingDays, calendar: Calendar) -> None:
    """Raises: BadHearingTime."""
    if not days.first <= day <= days.last:
        raise BadHearingTime(
            f"听证应在 {_words(days.first)}至 {_words(days.last)}之间举行：须提前 7 日告知，并在要求听证后 20 个工作日内举行。"
        )
    if not calendar.is_working(day):
        raise BadHearingTime("听证应在工作日举行。")


def _words(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
