"""The arithmetic of legal periods (domain §4.3), pure: which days work, when N days end, how a pause moves the end.

The day something starts is never counted: day 1 is the next counted day, and the end is the end of day N (§4.3 rules 2, 5).
All judging is by the calendar of China; a moment is an aware datetime, a day a date in Asia/Shanghai.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
CLOSING_TIME = time(18, 0)
ONE_DAY = timedelta(days=1)
# The lamp turns yellow with this many working days left (design: 临期).
YELLOW_FROM_DAYS = 2
# 许可法 32: reply about acceptance within 5 working days.
ACCEPTANCE_DAYS = 5


class Unit(StrEnum):
    """What a period counts. Months end on the day of the same number, or on the month's last where it has none."""

    WORKING = "working"
    NATURAL = "natural"
    MONTH = "month"


class Lamp(StrEnum):
    """The deadline lamp: ● green, ▲ yellow, ■ red, ‖ paused, and none where no clock runs."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"
    NONE = "none"


def china_day(moment: datetime) -> date:
    """The day in China at a moment. Raises: ValueError for a time without zone, which would be a fault of ours."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(CHINA).date()


@dataclass(frozen=True)
class Calendar:
    """Working days of China. `off_days`: free days of the table; `work_days`: weekend days worked instead (调休).

    `first_day` and `last_day` bound the table; outside, or with an empty table (both None), Monday to Friday work.
    """

    off_days: frozenset[date] = frozenset()
    work_days: frozenset[date] = frozenset()
    first_day: date | None = None
    last_day: date | None = None
    # Days on which the table differs from Monday to Friday, sorted, so that long spans are counted without walking.
    _free_weekdays: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _worked_weekends: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        free = sorted(day for day in self.off_days - self.work_days if day.weekday() < 5 and not self.is_outside_table(day))
        worked = sorted(day for day in self.work_days if day.weekday() >= 5 and not self.is_outside_table(day))
        object.__setattr__(self, "_free_weekdays", tuple(free))
        object.__setattr__(self, "_worked_weekends", tuple(worked))

    def is_outside_table(self, day: date) -> bool:
        """Whether the holidays of this day are not known; §4.3 rule 9 asks for a warning then."""
        return self.first_day is None or self.last_day is None or not self.first_day <= day <= self.last_day

    def is_working(self, day: date) -> bool:
        """Whether offices work on the day."""
        if not self.is_outside_table(day):
            if day in self.work_days:
                return True
            if day in self.off_days:
                return False
        return day.weekday() < 5

    def add(self, day: date, days: int) -> date:
        """The `days`-th working day after `day` (before it, when negative); `day` itself for 0."""
        step = ONE_DAY if days > 0 else -ONE_DAY
        left = abs(days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative when `end` lies before `start`."""
        return self._working_up_to(end) - self._working_up_to(start)

    def _working_up_to(self, day: date) -> int:
        weeks, rest = divmod(day.toordinal(), 7)  # ordinal 1 was a Monday
        plain = weeks * 5 + min(rest, 5)
        return plain - bisect_right(self._free_weekdays, day) + bisect_right(self._worked_weekends, day)


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """The end of a period: kept until the end of the day `due_on`, shown as its closing time."""

    due_on: date

    @property
    def ends_at(self) -> datetime:
        """24:00 of the day, as the first moment that is too late."""
        return datetime.combine(self.due_on + ONE_DAY, time(), CHINA)

    @property
    def display_at(self) -> datetime:
        """18:00 of the day, the hour to tell people."""
        return datetime.combine(self.due_on, CLOSING_TIME, CHINA)

    def is_past(self, now: datetime) -> bool:
        """Whether `now` is too late."""
        return now >= self.ends_at


def deadline(start: date, days: int, unit: Unit, calendar: Calendar) -> Deadline:
    """The end of a period of `days` that something on the day `start` set off; 0 days end the same (working) day."""
    return Deadline(Clock(started_on=start, days=days, unit=unit)._due_on(calendar, ()))


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of the clock: the day it began still counts, the day it ended (material or result came) does not.

    So a pause that begins and ends on one day moves nothing. `to_on` None: it still runs.
    """

    from_on: date
    to_on: date | None = None

    def __post_init__(self) -> None:
        if self.to_on is not None and self.to_on < self.from_on:
            raise ValueError("a pause ends before it begins")


@dataclass(frozen=True, slots=True)
class Clock:
    """A running period. The 5 days to decide on acceptance, the promise, the law and the delivery all are one of these.

    `days` count in `unit`; `extra_days` are working days granted beyond them (许可法 42), whatever the unit.
    """

    started_on: date
    days: int
    unit: Unit = Unit.WORKING
    pauses: tuple[Pause, ...] = ()
    extra_days: int = 0

    def __post_init__(self) -> None:
        if self.days < 0 or self.extra_days < 0:
            raise ValueError("a period has no negative days")

    @property
    def is_paused(self) -> bool:
        """Whether a pause still runs."""
        return any(pause.to_on is None for pause in self.pauses)

    def due_on(self, calendar: Calendar, today: date) -> date | None:
        """The last day in time; None while a pause runs on `today`, for nobody knows its end."""
        if any(pause.to_on is None and pause.from_on <= today for pause in self.pauses):
            return None
        return self._due_on(calendar, self._stops(today))

    def deadline(self, calendar: Calendar, now: datetime) -> Deadline | None:
        """The end of the period; None while it is paused."""
        due_on = self.due_on(calendar, china_day(now))
        return None if due_on is None else Deadline(due_on)

    def allowed(self, calendar: Calendar) -> int:
        """All days of the period as `used` counts them: working days, or natural ones for the other units."""
        if self.unit is Unit.WORKING:
            return self.days + self.extra_days
        return (self._due_on(calendar, ()) - self.started_on).days

    def used(self, calendar: Calendar, now: datetime) -> int:
        """Counted days gone, today included when it counts; never negative."""
        today = china_day(now)
        if today <= self.started_on:
            return 0
        return self._counted(calendar, self.started_on, today, self._stops(today))

    def days_left(self, calendar: Calendar, now: datetime) -> int:
        """Counted days still to come after today: 0 on the last day, negative when it is past; while paused, what will be left."""
        today = china_day(now)
        due_on = self.due_on(calendar, today)
        if due_on is None:
            return self.allowed(calendar) - self.used(calendar, now)
        if due_on < today:
            return self._span(calendar, today, due_on)
        return self._counted(calendar, today, due_on, self._stops(today))

    def _stops(self, today: date) -> tuple[tuple[date, date], ...]:
        """The pauses as spans (begin, end], sorted and without overlap, so that no day is taken out twice."""
        merged: list[tuple[date, date]] = []
        for begin, end in sorted((p.from_on, p.to_on or max(p.from_on, today)) for p in self.pauses):
            start = max(begin, self.started_on, merged[-1][1] if merged else begin)
            if end > start:
                merged.append((start, end))
        return tuple(merged)

    def _span(self, calendar: Calendar, start: date, end: date) -> int:
        return calendar.between(start, end) if self.unit is Unit.WORKING else (end - start).days

    def _counted(self, calendar: Calendar, start: date, end: date, stops: tuple[tuple[date, date], ...]) -> int:
        stopped = sum(
            self._span(calendar, max(begin, start), min(stop_end, end)) for begin, stop_end in stops if begin < end and stop_end > start
        )
        return self._span(calendar, start, end) - stopped

    def _due_on(self, calendar: Calendar, stops: tuple[tuple[date, date], ...]) -> date:
        promised = self._months_on(stops) if self.unit is Unit.MONTH and self.days else self._days_on(calendar, stops)
        left = tuple(stop for stop in stops if stop[0] >= promised)
        return _walked(promised, self.extra_days, left, calendar.add, calendar.between)

    def _months_on(self, stops: tuple[tuple[date, date], ...]) -> date:
        reached = add_months(self.started_on, self.days)
        for begin, end in stops:
            if reached <= begin:
                break
            reached += end - begin
        return reached

    def _days_on(self, calendar: Calendar, stops: tuple[tuple[date, date], ...]) -> date:
        is_working = self.unit is Unit.WORKING
        day, left = self.started_on, self.days
        if not left:
            # Decided on the spot; on a free day the next working day is the spot.
            is_spot = not is_working or calendar.is_working(day)
            left = 0 if is_spot and not any(begin == day for begin, _ in stops) else 1
        if is_working:
            return _walked(day, left, stops, calendar.add, calendar.between)
        return _walked(day, left, stops, lambda one, days: one + timedelta(days=days), lambda start, end: (end - start).days)


def _walked(
    day: date,
    left: int,
    stops: tuple[tuple[date, date], ...],
    after: Callable[[date, int], date],
    between: Callable[[date, date], int],
) -> date:
    """The `left`-th counted day after `day` that lies in none of the stops, which begin no earlier than `day`."""
    for begin, end in stops:
        reached = after(day, left)
        if reached <= begin:
            return reached
        left -= between(day, begin)
        day = end
    return after(day, left)


def add_months(day: date, months: int) -> date:
    """The day of the same number so many months later; the month's last where it has none (31 January + 1 = 28 or 29 February)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def lamp_on(due_on: date | None, calendar: Calendar, today: date) -> Lamp:
    """The lamp of a running clock that ends on `due_on`: red after it, yellow from 2 working days left; none without.

    For lists, which keep the end of each clock in their rows.
    """
    if due_on is None:
        return Lamp.NONE
    if today > due_on:
        return Lamp.RED
    return Lamp.YELLOW if calendar.between(today, due_on) <= YELLOW_FROM_DAYS else Lamp.GREEN


def lamp(clock: Clock | None, calendar: Calendar, now: datetime, *, user_due_on: date | None = None) -> Lamp:
    """The lamp at a moment. While the applicant has to act (`user_due_on`) it is yellow, and red after that day."""
    today = china_day(now)
    if user_due_on is not None:
        return Lamp.RED if today > user_due_on else Lamp.YELLOW
    if clock is None:
        return Lamp.NONE
    due_on = clock.due_on(calendar, today)
    return Lamp.PAUSED if due_on is None else lamp_on(due_on, calendar, today)
