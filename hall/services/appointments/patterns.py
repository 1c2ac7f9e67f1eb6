"""From a schedule's weekly hours to the slots of a day: holidays, make-up days, special days, release and cut-off times. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import combinations

from hall.services.appointments.shares import Share, split
from hall.support.refusals import Refusal
from hall.support.workdays.rules import CHINA, Calendar

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
MOST_WINDOWS = 60


class BadSchedule(Refusal):
    sentence = "排班填写不完整。"


class SchedulesOverlap(Refusal):
    sentence = "同一窗口的排班时间重叠。"
    field = "windows"


@dataclass(frozen=True, slots=True)
class Window:
    """Hours with seats, on an ISO weekday (1 to 7) or on one special day; times are China's, without a zone."""

    starts: time
    ends: time
    quota: int
    weekday: int | None = None
    day: date | None = None
    reserved: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        when = WEEKDAYS[self.weekday - 1] if self.weekday else f"{self.day:%m-%d}"
        return f"{when} {self.starts:%H:%M}-{self.ends:%H:%M}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """When a schedule has slots, and when they open and close. `special_days` without a window of their own are closed days."""

    valid_from: date
    valid_until: date | None
    slot_minutes: int
    windows: tuple[Window, ...]
    horizon_days: int = 14
    release_at: time = time(8)
    book_cutoff_minutes: int = 30
    cancel_cutoff_minutes: int = 60
    on_holidays: bool = False
    special_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """A slot as the schedule wants it."""

    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    book_until: datetime
    cancel_until: datetime
    shares: Mapping[Share, int]


def check_pattern(pattern: Pattern, *, today: date) -> None:
    """Raises: BadSchedule, BadQuota, SchedulesOverlap, each with the field it belongs to."""
    if pattern.valid_until is not None and pattern.valid_until < max(pattern.valid_from, today):
        raise BadSchedule("结束日期不能早于开始日期和今天。", field="valid_until")
    for name, least, most, what in (
        ("slot_minutes", 5, 480, "每个时段的分钟数"),
        ("horizon_days", 1, 90, "提前开放的天数"),
        ("book_cutoff_minutes", 0, 10080, "截止预约的分钟数"),
        ("cancel_cutoff_minutes", 0, 10080, "截止取消的分钟数"),
    ):
        if not least <= getattr(pattern, name) <= most:
            raise BadSchedule(f"{what}应是 {least} 至 {most} 的整数。", field=name)
    if pattern.release_at.tzinfo is not None:
        raise BadSchedule("时间按北京时间填写，不带时区。", field="release_at")
    if not pattern.windows or len(pattern.windows) > MOST_WINDOWS:
        raise BadSchedule(f"请填写 1 至 {MOST_WINDOWS} 段办理时间。", field="windows")
    for window in pattern.windows:
        _check_window(window, pattern)
    for one, other in combinations(pattern.windows, 2):
        if (one.weekday, one.day) == (other.weekday, other.day) and _meet(one, other):
            raise SchedulesOverlap(f"办理时间 {one.title} 与 {other.title} 重叠。")


def _check_window(window: Window, pattern: Pattern) -> None:
    if (window.weekday is None) == (window.day is None) or window.weekday not in {None, *range(1, 8)}:
        raise BadSchedule("办理时间要属于某个星期几或某一天。", field="windows")
    if window.starts.tzinfo is not None or window.ends.tzinfo is not None:
        raise BadSchedule("时间按北京时间填写，不带时区。", field="windows")
    length = _minutes(window.ends) - _minutes(window.starts)
    if length <= 0 or window.starts.second or window.ends.second:
        raise BadSchedule(f"{window.title} 的结束时间应晚于开始时间，精确到分钟。", field="windows")
    if length % pattern.slot_minutes:
        raise BadSchedule(f"{window.title} 共 {length} 分钟，不能分成整数个 {pattern.slot_minutes} 分钟的时段。", field="windows")
    split(window.quota, window.reserved)
    any_day = date(2026, 1, 1)
    starts_at = datetime.combine(any_day, window.starts, CHINA)
    if _opening(any_day, pattern) >= starts_at - timedelta(minutes=pattern.book_cutoff_minutes):
        raise BadSchedule("开放预约的时间应早于截止预约的时间。", field="book_cutoff_minutes")


def check_apart(pattern: Pattern, others: Iterable[tuple[str, Pattern]]) -> None:
    """Whether the pattern leaves the other schedules of its desk alone; each other comes with its name. Raises: SchedulesOverlap."""
    for name, other in others:
        if _end(pattern) < other.valid_from or _end(other) < pattern.valid_from:
            continue
        for one in pattern.windows:
            for two in other.windows:
                if _same_day(one, two) and _meet(one, two):
                    raise SchedulesOverlap(f"{one.title} 与同一窗口的排班“{name}”（{two.title}）重叠。")


def _same_day(one: Window, two: Window) -> bool:
    return (one.weekday or _iso(one.day)) == (two.weekday or _iso(two.day)) and (one.day is None or two.day is None or one.day == two.day)


def _iso(day: date | None) -> int | None:
    return day.isoweekday() if day else None


def _end(pattern: Pattern) -> date:
    return pattern.valid_until or date.max


def _meet(one: Window, other: Window) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def windows_on(pattern: Pattern, day: date, calendar: Calendar) -> list[Window]:
    """The hours of a day. A special day has its own; a holiday has none unless the schedule works on holidays.

    A weekend day that is worked instead (调休上班) follows the first weekday, Monday to Friday, that has hours.
    """
    if not pattern.valid_from <= day <= _end(pattern):
        return []
    if day in pattern.special_days:
        return _sorted(window for window in pattern.windows if window.day == day)
    weekday = day.isoweekday()
    if not calendar.is_outside_table(day):
        if day in calendar.work_days and weekday > 5:
            weekday = min((window.weekday for window in pattern.windows if window.weekday and window.weekday < 6), default=weekday)
        elif day in calendar.off_days and not pattern.on_holidays:
            return []
    return _sorted(window for window in pattern.windows if window.weekday == weekday)


def _sorted(windows: Iterable[Window]) -> list[Window]:
    return sorted(windows, key=lambda window: window.starts)


def slots_on(pattern: Pattern, day: date, calendar: Calendar) -> list[PlannedSlot]:
    """The slots of a day, earliest first."""
    found = []
    length = timedelta(minutes=pattern.slot_minutes)
    opens_at = _opening(day, pattern)
    for window in windows_on(pattern, day, calendar):
        shares = split(window.quota, window.reserved)
        starts_at, ends = datetime.combine(day, window.starts, CHINA), datetime.combine(day, window.ends, CHINA)
        while starts_at + length <= ends:
            found.append(
                PlannedSlot(
                    day=day,
                    starts_at=starts_at,
                    ends_at=starts_at + length,
                    opens_at=opens_at,
                    book_until=starts_at - timedelta(minutes=pattern.book_cutoff_minutes),
                    cancel_until=starts_at - timedelta(minutes=pattern.cancel_cutoff_minutes),
                    shares=shares,
                )
            )
            starts_at += length
    return found


def _opening(day: date, pattern: Pattern) -> datetime:
    return datetime.combine(day - timedelta(days=pattern.horizon_days), pattern.release_at, CHINA)


def days_ahead(pattern: Pattern, today: date) -> Sequence[date]:
    """The days whose slots should stand today: those that are open and the one that opens next."""
    return [today + timedelta(days=days) for days in range(pattern.horizon_days + 2)]
