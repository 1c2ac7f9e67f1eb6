"""Which days work, and counting them (domain §4.3 rules 1 and 9)."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.workdays.rows import HolidayRow
from hall.support.workdays.rules import ONE_DAY, Calendar

with (Path(__file__).parents[3] / "data" / "holidays_cn.csv").open(encoding="utf-8") as shipped:
    ROWS = [HolidayRow(date.fromisoformat(row["date"]), row["kind"], row["name"]) for row in csv.DictReader(shipped)]
CHINA_2020_2026 = Calendar(
    off_days=frozenset(row.day for row in ROWS if row.kind == "off"),
    work_days=frozenset(row.day for row in ROWS if row.kind == "work"),
    first_day=date(2020, 1, 1),
    last_day=date(2026, 12, 31),
)
DAYS = st.dates(date(2019, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),  # an ordinary Monday
        (date(2026, 11, 22), False),  # an ordinary Sunday
        (date(2026, 10, 1), False),  # 国庆节, a Thursday
        (date(2026, 10, 10), True),  # 调休 Saturday
        (date(2026, 10, 11), False),  # the Sunday after it
        (date(2026, 2, 14), True),  # 调休 Saturday before 春节
        (date(2026, 2, 17), False),  # 春节
        (date(2020, 1, 19), True),  # 调休 Sunday
        (date(2027, 10, 1), True),  # outside the table: a plain Friday
        (date(2027, 10, 2), False),
    ],
)
def test_a_day_works_as_the_state_council_arranged(day: date, works: bool) -> None:
    assert CHINA_2020_2026.is_working(day) is works


def test_days_outside_the_table_are_told_apart() -> None:
    assert not CHINA_2020_2026.is_outside_table(date(2026, 12, 31))
    assert CHINA_2020_2026.is_outside_table(date(2027, 1, 1))
    assert CHINA_2020_2026.is_outside_table(date(2019, 12, 31))
    assert Calendar().is_outside_table(date(2026, 11, 23))


def test_a_holiday_beyond_the_bounds_of_the_table_is_not_used() -> None:
    calendar = Calendar(off_days=frozenset({date(2027, 1, 1)}), first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
    assert calendar.is_working(date(2027, 1, 1))
    assert calendar.between(date(2026, 12, 31), date(2027, 1, 1)) == 1


@given(DAYS, st.integers(0, 300))
def test_between_undoes_add(day: date, days: int) -> None:
    assert CHINA_2020_2026.between(day, CHINA_2020_2026.add(day, days)) == days


@given(DAYS, st.integers(1, 300))
def test_add_ends_on_a_working_day_and_back_again_is_no_later(day: date, days: int) -> None:
    there = CHINA_2020_2026.add(day, days)
    assert CHINA_2020_2026.is_working(there)
    back = CHINA_2020_2026.add(there, -days)
    assert back <= day and CHINA_2020_2026.between(back, day) == 0


@given(DAYS, DAYS)
def test_between_counts_what_walking_counts(start: date, end: date) -> None:
    first, last = sorted((start, end))
    walked = sum(CHINA_2020_2026.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
    assert CHINA_2020_2026.between(first, last) == walked
    assert CHINA_2020_2026.between(last, first) == -walked


@given(DAYS, st.integers(-100, 100))
def test_add_is_monotone(day: date, days: int) -> None:
    assert CHINA_2020_2026.add(day, days) <= CHINA_2020_2026.add(day + ONE_DAY, days)


@given(st.dates(date(2027, 1, 1), date(2099, 12, 31)))
def test_outside_the_table_monday_to_friday_work(day: date) -> None:
    assert CHINA_2020_2026.is_working(day) is (day.weekday() < 5)
