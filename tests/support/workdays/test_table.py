"""The stored holiday table."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from hall.support.workdays import commands, queries
from hall.support.workdays.models import Holiday
from hall.support.workdays.rows import HolidayRow
from tests.support.workdays.test_calendar import ROWS as SHIPPED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_calendar() -> Iterator[None]:
    Holiday.objects.all().delete()
    queries.forget_calendar()
    yield
    queries.forget_calendar()


def test_the_shipped_table_loads_once_and_a_repeat_changes_nothing() -> None:
    assert commands.load_holidays(SHIPPED) == commands.HolidaysLoaded(added=256, changed=0, removed=0)
    assert commands.load_holidays(SHIPPED) == commands.HolidaysLoaded(added=0, changed=0, removed=0)
    calendar = queries.calendar()
    assert (calendar.first_day, calendar.last_day) == (date(2020, 1, 1), date(2026, 12, 31))
    assert calendar.is_working(date(2026, 10, 10)) and not calendar.is_working(date(2026, 10, 1))


def test_a_corrected_year_replaces_that_year_only() -> None:
    commands.load_holidays(
        [
            HolidayRow(date(2025, 1, 1), "off", "元旦"),
            HolidayRow(date(2026, 1, 1), "off", "元旦"),
            HolidayRow(date(2026, 1, 3), "work", "元旦"),
        ]
    )
    loaded = commands.load_holidays([HolidayRow(date(2026, 1, 1), "work", "元旦"), HolidayRow(date(2026, 1, 2), "off", "元旦")])
    assert loaded == commands.HolidaysLoaded(added=1, changed=1, removed=1)
    assert list(Holiday.objects.order_by("day").values_list("day", "kind")) == [
        (date(2025, 1, 1), "off"),
        (date(2026, 1, 1), "work"),
        (date(2026, 1, 2), "off"),
    ]


def test_the_calendar_costs_one_query_and_then_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    commands.load_holidays(SHIPPED)
    with django_assert_num_queries(1):
        queries.calendar()
        queries.calendar()


def test_a_new_table_is_used_at_once() -> None:
    assert queries.calendar().is_working(date(2026, 10, 1))
    commands.load_holidays(SHIPPED)
    assert not queries.calendar().is_working(date(2026, 10, 1))


def test_operators_are_told_before_the_table_ends() -> None:
    assert "还没有导入" in str(queries.coverage_warning(date(2026, 11, 23)))
    commands.load_holidays(SHIPPED)
    assert queries.coverage_warning(date(2026, 6, 1)) is None
    assert "还有 38 天" in str(queries.coverage_warning(date(2026, 11, 23)))
    assert "周一至周五" in str(queries.coverage_warning(date(2027, 1, 1)))


def test_the_table_refuses_an_unknown_kind() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(day=date(2026, 1, 1), kind="frei", name="元旦")
