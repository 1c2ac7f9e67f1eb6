"""Deadlines, pauses and lamps (domain §4.3 rules 2, 3, 5, 8)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.workdays.rules import (
    ACCEPTANCE_DAYS,
    CHINA,
    ONE_DAY,
    Calendar,
    Clock,
    Deadline,
    Lamp,
    Pause,
    Unit,
    china_day,
    deadline,
    lamp,
    lamp_on,
)
from tests.support.workdays.test_calendar import CHINA_2020_2026 as TABLE
from tests.support.workdays.test_calendar import DAYS

PERIODS = st.integers(0, 120)
UNITS = st.sampled_from(Unit)
DAY_UNITS = st.sampled_from([Unit.WORKING, Unit.NATURAL])


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


@st.composite
def pauses(draw: st.DrawFn, start: date) -> tuple[Pause, ...]:
    begins = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=4))
    return tuple(Pause(start + timedelta(days=b), start + timedelta(days=b + length)) for b, length in begins)


@st.composite
def clocks(draw: st.DrawFn, units: st.SearchStrategy[Unit] = UNITS) -> Clock:
    start, unit = draw(DAYS), draw(units)
    return Clock(start, draw(st.integers(0, 12) if unit is Unit.MONTH else PERIODS), unit, draw(pauses(start)))


# Worked examples


def test_day_one_is_the_next_working_day() -> None:
    monday = date(2026, 11, 23)
    assert deadline(monday, 1, Unit.WORKING, TABLE).due_on == date(2026, 11, 24)
    assert deadline(monday, 5, Unit.WORKING, TABLE).due_on == date(2026, 11, 30)
    assert deadline(date(2026, 11, 27), 1, Unit.WORKING, TABLE).due_on == date(2026, 11, 30)


def test_a_make_up_saturday_counts() -> None:
    # Accepted on Wednesday 2026-09-30; free until 7 October; 8, 9 and Saturday 10 October are worked.
    assert deadline(date(2026, 9, 30), 3, Unit.WORKING, TABLE).due_on == date(2026, 10, 10)
    assert deadline(date(2026, 9, 30), 4, Unit.WORKING, TABLE).due_on == date(2026, 10, 12)


def test_twenty_working_days_over_spring_festival() -> None:
    # 14 February is a worked Saturday, 15 to 23 February are free, 28 February is a worked Saturday.
    assert deadline(date(2026, 2, 10), 20, Unit.WORKING, TABLE).due_on == date(2026, 3, 16)


def test_natural_days_run_through_holidays() -> None:
    assert deadline(date(2026, 9, 20), 30, Unit.NATURAL, TABLE).due_on == date(2026, 10, 20)


def test_what_is_done_on_the_spot_ends_the_same_working_day() -> None:
    assert deadline(date(2026, 11, 23), 0, Unit.WORKING, TABLE).due_on == date(2026, 11, 23)
    assert deadline(date(2026, 11, 22), 0, Unit.WORKING, TABLE).due_on == date(2026, 11, 23)
    assert deadline(date(2026, 11, 22), 0, Unit.NATURAL, TABLE).due_on == date(2026, 11, 22)


def test_a_deadline_is_shown_as_18_and_judged_at_24() -> None:
    end = Deadline(date(2026, 11, 24))
    assert end.display_at.isoformat() == "2026-11-24T18:00:00+08:00"
    assert end.ends_at.isoformat() == "2026-11-25T00:00:00+08:00"
    assert not end.is_past(datetime(2026, 11, 24, 23, 59, 59, tzinfo=CHINA))
    assert end.is_past(datetime(2026, 11, 24, 16, 0, tzinfo=UTC))


def test_the_day_is_chinas_whatever_the_servers_zone() -> None:
    assert china_day(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)) == date(2026, 11, 24)
    with pytest.raises(ValueError, match="time zone"):
        china_day(datetime(2026, 11, 23))


def test_the_clock_goes_on_the_next_working_day_after_a_pause() -> None:
    # 10 days from Monday 2 November: due 16 November. Stopped on the 4th (two days used), the material comes on Friday the 13th.
    clock = Clock(date(2026, 11, 2), 10, pauses=(Pause(date(2026, 11, 4), date(2026, 11, 13)),))
    assert Clock(date(2026, 11, 2), 10).due_on(TABLE, date(2026, 11, 2)) == date(2026, 11, 16)
    assert clock.used(TABLE, at(date(2026, 11, 13))) == 2
    assert clock.used(TABLE, at(date(2026, 11, 16))) == 3
    assert clock.due_on(TABLE, date(2026, 11, 13)) == date(2026, 11, 25)


def test_a_running_pause_leaves_no_deadline_and_freezes_what_is_left() -> None:
    clock = Clock(date(2026, 11, 2), 10, pauses=(Pause(date(2026, 11, 4)),))
    for today in (date(2026, 11, 4), date(2026, 11, 30), date(2027, 3, 1)):
        assert clock.is_paused
        assert clock.deadline(TABLE, at(today)) is None
        assert clock.days_left(TABLE, at(today)) == 8
        assert clock.used(TABLE, at(today)) == 2
        assert lamp(clock, TABLE, at(today)) is Lamp.PAUSED


def test_a_pause_of_one_day_moves_nothing() -> None:
    same_day = (Pause(date(2026, 11, 4), date(2026, 11, 4)),)
    assert Clock(date(2026, 11, 2), 10, pauses=same_day).due_on(TABLE, date(2026, 11, 5)) == date(2026, 11, 16)


def test_what_is_decided_on_the_spot_can_be_paused_too() -> None:
    day = date(2026, 11, 23)
    assert Clock(day, 0, pauses=(Pause(day, date(2026, 11, 25)),)).due_on(TABLE, date(2026, 11, 25)) == date(2026, 11, 26)
    assert Clock(day, 0, pauses=(Pause(day, day),)).due_on(TABLE, day) == day


@pytest.mark.parametrize(
    ("today", "colour"),
    [
        (date(2026, 11, 2), Lamp.GREEN),
        (date(2026, 11, 11), Lamp.GREEN),  # 3 working days left
        (date(2026, 11, 12), Lamp.YELLOW),  # 2 left
        (date(2026, 11, 14), Lamp.YELLOW),  # Saturday
        (date(2026, 11, 16), Lamp.YELLOW),  # the last day
        (date(2026, 11, 17), Lamp.RED),
    ],
)
def test_the_lamp_turns_two_working_days_before_the_end_and_the_day_after(today: date, colour: Lamp) -> None:
    clock = Clock(date(2026, 11, 2), 10)
    assert lamp(clock, TABLE, at(today, 0)) is colour
    assert lamp(clock, TABLE, at(today, 23)) is colour
    assert lamp_on(date(2026, 11, 16), TABLE, today) is colour


def test_the_acceptance_clock_is_the_same_clock() -> None:
    clock = Clock(date(2026, 9, 30), ACCEPTANCE_DAYS)
    assert clock.due_on(TABLE, date(2026, 9, 30)) == date(2026, 10, 13)
    # Natural holidays leave few working days: the lamp warns by working days.
    assert lamp(clock, TABLE, at(date(2026, 10, 7))) is Lamp.GREEN
    assert lamp(clock, TABLE, at(date(2026, 10, 10))) is Lamp.YELLOW


def test_the_lamp_is_yellow_while_the_applicant_has_to_act() -> None:
    paused = Clock(date(2026, 11, 2), 10, pauses=(Pause(date(2026, 11, 4)),))
    assert lamp(paused, TABLE, at(date(2026, 11, 5)), user_due_on=date(2026, 11, 18)) is Lamp.YELLOW
    assert lamp(paused, TABLE, at(date(2026, 11, 19)), user_due_on=date(2026, 11, 18)) is Lamp.RED
    assert lamp(None, TABLE, at(date(2026, 11, 5))) is Lamp.NONE
    assert lamp_on(None, TABLE, date(2026, 11, 5)) is Lamp.NONE


def test_impossible_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Clock(date(2026, 11, 2), -1)
    with pytest.raises(ValueError, match="before it begins"):
        Pause(date(2026, 11, 2), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 11, 23), 3, date(2027, 2, 23)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 9, 1), 1, date(2026, 10, 1)),  # a holiday does not move it
    ],
)
def test_months_end_on_the_day_of_the_same_number(start: date, months: int, end: date) -> None:
    assert deadline(start, months, Unit.MONTH, TABLE).due_on == end
    # Ten days stopped are ten days later.
    stopped = Clock(start, months, Unit.MONTH, (Pause(start + ONE_DAY, start + 11 * ONE_DAY),))
    assert stopped.due_on(TABLE, start) == end + 10 * ONE_DAY


# Properties


@given(clocks(), st.integers(1, 10))
def test_an_extension_is_exactly_its_working_days(clock: Clock, days: int) -> None:
    """N working days after the day that would have been the last, whatever the unit; pauses in them do not count."""
    before = clock.due_on(TABLE, clock.started_on)
    longer = Clock(clock.started_on, clock.days, clock.unit, clock.pauses, extra_days=days)
    after = longer.due_on(TABLE, clock.started_on)
    assert before is not None and after is not None
    stopped = {p.from_on + timedelta(days=n) for p in clock.pauses for n in range(1, ((p.to_on or p.from_on) - p.from_on).days + 1)}
    between = [before + timedelta(days=n) for n in range(1, (after - before).days + 1)]
    assert sum(TABLE.is_working(day) and day not in stopped for day in between) == days
    assert TABLE.is_working(after) and after not in stopped


@given(clocks(), st.integers(0, 60), st.integers(0, 40))
def test_stopping_and_going_on_later_never_shortens_even_when_extended(clock: Clock, begin: int, length: int) -> None:
    begun = clock.started_on + timedelta(days=begin)
    plain = Clock(clock.started_on, clock.days, clock.unit, clock.pauses, extra_days=10)
    more = Clock(clock.started_on, clock.days, clock.unit, (*clock.pauses, Pause(begun, begun + timedelta(days=length))), extra_days=10)
    before, after = plain.due_on(TABLE, begun), more.due_on(TABLE, begun)
    assert before is not None and after is not None and before <= after


@given(clocks(), DAYS)
def test_a_pause_never_shortens(clock: Clock, today: date) -> None:
    plain = Clock(clock.started_on, clock.days, clock.unit).due_on(TABLE, today)
    paused = clock.due_on(TABLE, today)
    assert plain is not None and paused is not None
    assert paused >= plain


@given(clocks(), st.integers(0, 30), st.integers(0, 30))
def test_one_more_pause_never_shortens(clock: Clock, begin: int, length: int) -> None:
    begun = clock.started_on + timedelta(days=begin)
    more = Clock(clock.started_on, clock.days, clock.unit, (*clock.pauses, Pause(begun, begun + timedelta(days=length))))
    before, after = clock.due_on(TABLE, begun), more.due_on(TABLE, begun)
    assert before is not None and after is not None and before <= after


@given(clocks(), st.integers(0, 20))
def test_more_days_never_end_earlier(clock: Clock, more: int) -> None:
    longer = Clock(clock.started_on, clock.days + more, clock.unit, clock.pauses)
    shorter_end, longer_end = clock.due_on(TABLE, clock.started_on), longer.due_on(TABLE, clock.started_on)
    assert shorter_end is not None and longer_end is not None and shorter_end <= longer_end


@given(DAYS, st.integers(0, 36), UNITS)
def test_a_later_start_never_ends_earlier(start: date, days: int, unit: Unit) -> None:
    assert deadline(start, days, unit, TABLE) <= deadline(start + ONE_DAY, days, unit, TABLE)


@given(clocks(DAY_UNITS))
def test_the_last_day_is_the_nth_counted_day(clock: Clock) -> None:
    """Walk day by day, in the plainest way, and compare."""
    due_on = clock.due_on(TABLE, clock.started_on)
    assert due_on is not None
    day, counted = clock.started_on, 0
    stopped = {p.from_on + timedelta(days=n) for p in clock.pauses for n in range(1, ((p.to_on or p.from_on) - p.from_on).days + 1)}
    while day < due_on:
        day += ONE_DAY
        counted += day not in stopped and (clock.unit is Unit.NATURAL or TABLE.is_working(day))
    assert counted == clock.days or (clock.days == 0 and counted == 1)
    assert clock.days == 0 or (due_on not in stopped and (clock.unit is Unit.NATURAL or TABLE.is_working(due_on)))


@given(clocks(), st.integers(0, 200))
def test_used_and_left_add_up_until_the_end(clock: Clock, later: int) -> None:
    now = at(clock.started_on + timedelta(days=later))
    due_on = clock.due_on(TABLE, china_day(now))
    assert due_on is not None
    if china_day(now) <= due_on and clock.days:
        assert clock.used(TABLE, now) + clock.days_left(TABLE, now) == clock.allowed(TABLE)
    elif china_day(now) > due_on:
        assert clock.days_left(TABLE, now) <= 0


@given(DAYS, PERIODS, st.frozensets(DAYS, max_size=20), st.frozensets(DAYS, max_size=20))
def test_holidays_do_not_move_natural_days(start: date, days: int, off: frozenset[date], work: frozenset[date]) -> None:
    other = Calendar(off, work, date(2019, 1, 1), date(2028, 12, 31))
    assert deadline(start, days, Unit.NATURAL, other).due_on == start + timedelta(days=days)


@given(clocks(), st.integers(-5, 400))
def test_the_lamp_only_gets_worse_without_a_new_pause(clock: Clock, later: int) -> None:
    order = [Lamp.GREEN, Lamp.YELLOW, Lamp.RED]
    today = at(clock.started_on + timedelta(days=later))
    assert order.index(lamp(clock, TABLE, today)) <= order.index(lamp(clock, TABLE, today + ONE_DAY))
