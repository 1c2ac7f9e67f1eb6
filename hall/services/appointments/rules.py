"""What a booking may become, when one may book, change, cancel and check in, and every way the hall says no to it. Pure."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.shares import Priority
from hall.support.refusals import Conflict, NotFound, Refusal
from hall.support.workdays.rules import CHINA

REASON_LIMIT = 200
KEY_LIMIT = 80
ELDERLY_FROM = 60  # 老年人权益保障法 2


class State(StrEnum):
    """domain §7.1. `rescheduled`: its seat was given up for another one; `expired`: the person came but was not served that day."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    SERVED = "served"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"
    RESCHEDULED = "rescheduled"

    @property
    def label(self) -> str:
        return _STATE_NAMES[self]


_STATE_NAMES = {
    State.BOOKED: "已预约",
    State.CHECKED_IN: "已签到",
    State.SERVED: "已办理",
    State.CANCELLED: "已取消",
    State.NO_SHOW: "未到场",
    State.EXPIRED: "当日未办理",
    State.RESCHEDULED: "已改约",
}
LIVE_STATES = (State.BOOKED, State.CHECKED_IN)
# Whose seat is free again. Every other booking keeps its seat for good.
FREEING_STATES = (State.CANCELLED, State.RESCHEDULED)
STEPS: dict[State, frozenset[State]] = {
    State.BOOKED: frozenset({State.CHECKED_IN, State.CANCELLED, State.NO_SHOW, State.RESCHEDULED}),
    State.CHECKED_IN: frozenset({State.SERVED, State.NO_SHOW, State.EXPIRED}),
}


class WaitState(StrEnum):
    """候补: in line; offered a freed seat for a time; that taken, lapsed, or left by the person."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    LAPSED = "lapsed"
    LEFT = "left"

    @property
    def label(self) -> str:
        return {"waiting": "候补中", "offered": "号已留", "taken": "已约上", "lapsed": "留号已过时", "left": "已退出"}[self.value]


class BarReason(StrEnum):
    """Why somebody may not book for a time."""

    NO_SHOW = "no_show"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        return "约了没来次数多" if self is BarReason.NO_SHOW else "取消次数多"


class EntryState(StrEnum):
    """摇号: entered; won; lost; barred or booked elsewhere when it was drawn (void); left before."""

    ENTERED = "entered"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    LEFT = "left"

    @property
    def label(self) -> str:
        return {"entered": "已登记，等摇号", "won": "摇中", "lost": "没摇中", "void": "没参加摇号", "left": "已取消登记"}[self.value]


class SlotMissing(NotFound):
    sentence = "没有找到这个预约时段，请重新选择。"


class AppointmentMissing(NotFound):
    sentence = "没有找到这个预约，请核对后再试。"


class ItemNotBookable(Refusal):
    sentence = "这个事项目前不能预约。"


class ItemNotHere(Refusal):
    sentence = "这个时段不办理所选事项，请重新选择时段。"


class NotYetOpen(Refusal):
    sentence = "这个时段还没有开放预约。"


class SlotOver(Refusal):
    sentence = "这个时段已停止预约，请选择其他时段。"


class SlotClosed(Refusal):
    sentence = "这个时段已停用，请选择其他时段。"


class SlotDrawn(Refusal):
    sentence = "这个时段的名额用摇号分配，请在登记时间内登记。"


class SlotFull(Conflict):
    sentence = "该时段已约满，请选择其他时段。"


class AlreadyBooked(Conflict):
    sentence = "您已预约过这个事项，办理或取消后才能再约。"


class TooManyOpen(Refusal):
    sentence = "您未办理的预约已达上限，办理或取消后才能再约。"


class TooManyThatDay(Refusal):
    sentence = "您当天的预约已达上限，请选择其他日期。"


class SameTime(Refusal):
    sentence = "您在这个时间已有别的预约，请选择其他时段。"


class LevelTooLow(Refusal):
    sentence = "预约这个事项要先完成实名认证。"


class Barred(Refusal):
    sentence = "您的预约资格暂停中，可以到现场取号办理。"


class NotElderly(Refusal):
    sentence = f"年满 {ELDERLY_FROM} 周岁可以选择老年人优先。"
    field = "priority"


class KeyReused(Refusal):
    sentence = "这次请求与之前的请求编号相同而内容不同，请刷新页面后再试。"


class BadKey(Refusal):
    sentence = "请求编号应为 1 至 80 位字母、数字或符号。"


class AlreadyEnded(Conflict):
    sentence = "这个预约已经结束，不能再修改。"


class TooLateToCancel(Refusal):
    sentence = "已超过取消和改约的时间。不能到场请拨打大厅电话。"


class ChangedOnce(Refusal):
    sentence = "预约只能改一次。可以取消后重新预约。"


class SameSlot(Refusal):
    sentence = "您选择的就是现在的时段，请选择其他时段。"


class TooEarly(Refusal):
    sentence = "还没有到签到时间。"


class TooLate(Refusal):
    sentence = "已超过签到时间，请现场取号。"


class NotCheckedIn(Conflict):
    sentence = "这位群众还没有签到。"


class NobodyWaits(NotFound):
    sentence = "现在没有等候的人。"


class TicketsUsedUp(Refusal):
    sentence = "今天的号已经发完。"


class ReasonNeeded(Refusal):
    sentence = f"请填写原因，最多 {REASON_LIMIT} 字。"
    field = "reason"


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What a decision about a slot needs. Moments are aware."""

    slot_id: int
    subject: str
    department_code: str
    venue_code: str
    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    book_until: datetime
    cancel_until: datetime
    auth_level: int
    is_drawn: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What the holder has booked already, the new booking left out: live ones, those on the same day, those at the same time."""

    open: int
    that_day: int
    same_time: int


def holder_of(account_id: int, enterprise_id: int | None) -> str:
    """Whose limits a booking counts for: the enterprise's while one acts for it."""
    return f"p:{account_id}" if enterprise_id is None else f"e:{enterprise_id}"


def subjects_of(*, item_code: str, department_code: str, themes: Collection[str]) -> list[str]:
    """The subjects of schedules under which an item can be booked: its own, its department's, its themes' (分类别)."""
    return [f"item:{item_code}", f"department:{department_code}", *(f"theme:{theme}" for theme in sorted(themes))]


def digest_of(*parts: object) -> str:
    """What was wished for, to tell a repeated request from another one under the same key."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def check_key(key: str) -> str:
    """A request key as it is stored. Raises: BadKey."""
    if not key or len(key) > KEY_LIMIT or not all("!" <= sign <= "~" for sign in key):
        raise BadKey
    return key


def check_bookable(slot: SlotFacts, *, now: datetime) -> None:
    """Whether the slot takes bookings now. Raises: SlotClosed, NotYetOpen, SlotOver, SlotDrawn."""
    if slot.is_closed:
        raise SlotClosed
    if now >= slot.book_until:
        raise SlotOver
    if now < slot.opens_at:
        raise NotYetOpen(f"这个时段 {moment_words(slot.opens_at)} 开放预约。")
    if slot.is_drawn:
        raise SlotDrawn


def check_limits(held: Held, policy: PolicyRow, *, is_enterprise: bool) -> None:
    """Raises: TooManyOpen, TooManyThatDay, SameTime."""
    most = policy.max_open_per_org if is_enterprise else policy.max_open_per_person
    if held.open >= most:
        raise TooManyOpen(f"{'企业' if is_enterprise else '您'}最多有 {most} 个未办理的预约，办理或取消后才能再约。")
    if not is_enterprise and held.that_day >= policy.max_per_day:
        raise TooManyThatDay(f"一天最多预约 {policy.max_per_day} 次，请选择其他日期。")
    if held.same_time:
        raise SameTime


def check_level(slot: SlotFacts, auth_level: int) -> None:
    """Whether the person is known well enough. Raises: LevelTooLow. Source: §5.8.2 必须是注册用户; domain §18 实名认证等级."""
    if auth_level < slot.auth_level:
        raise LevelTooLow


def check_not_barred(barred_until: datetime | None, now: datetime) -> None:
    """Raises: Barred."""
    if barred_until is not None and now < barred_until:
        raise Barred(f"您的预约资格暂停到 {moment_words(barred_until)}，期间可以到现场取号办理，也可以申诉。")


def check_priority(priority: Priority | None, *, born_on: date | None, today: date) -> None:
    """The hall knows the age; other papers are shown at the counter. Raises: NotElderly."""
    if priority is Priority.ELDERLY and (born_on is None or not is_elderly(born_on, today)):
        raise NotElderly


def is_elderly(born_on: date, today: date) -> bool:
    """Whether the person is sixty or older."""
    birthday_passed = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not birthday_passed) >= ELDERLY_FROM


def check_reason(reason: str, *, is_needed: bool = False) -> str:
    """Raises: ReasonNeeded."""
    reason = "".join(sign if sign.isprintable() else " " for sign in reason).strip()
    if len(reason) > REASON_LIMIT or (is_needed and not reason):
        raise ReasonNeeded
    return reason


def check_checkin(slot: SlotFacts, policy: PolicyRow, *, now: datetime) -> None:
    """Whether one may check in now (domain §7.1: from 30 minutes before to 15 after). Raises: TooEarly, TooLate."""
    opens = slot.starts_at - timedelta(minutes=policy.checkin_early_minutes)
    if now < opens:
        raise TooEarly(f"{moment_words(opens)} 起可以签到。")
    if now > missed_at(slot.starts_at, policy):
        raise TooLate


def missed_at(starts_at: datetime, policy: PolicyRow) -> datetime:
    """The last moment to check in; after it the booking is missed."""
    return starts_at + timedelta(minutes=policy.checkin_late_minutes)


def moment_words(moment: datetime) -> str:
    """A moment in a sentence: 12 月 3 日 09:00."""
    local = moment.astimezone(CHINA)
    return f"{local.month} 月 {local.day} 日 {local:%H:%M}"
