"""The charts of how seats were used: bars from nought, words for the fullest and the emptiest hour."""

from datetime import date, timedelta

import pytest

from hall.presentation.design.usage import HEIGHT, by_week, cell, columns, ends_of
from hall.services.appointments.rows import Used

MONDAY = date(2026, 11, 23)


def test_bars_begin_at_nought_and_the_most_offered_fills_the_drawing() -> None:
    drawn = columns({MONDAY: Used(10, 5), MONDAY + timedelta(days=1): Used(20, 20)})
    assert [(one.offered, one.taken) for one in drawn] == [(HEIGHT // 2, HEIGHT // 4), (HEIGHT, HEIGHT)]
    assert [(one.label, one.note, one.used.percent) for one in drawn] == [("11-23", "周一", 50), ("11-24", "周二", 100)]
    assert drawn[0].x < drawn[1].x and columns({}) == []


def test_weeks_sum_their_days_up() -> None:
    days = {MONDAY: Used(4, 1, missed=1), MONDAY + timedelta(days=6): Used(6, 2), MONDAY + timedelta(days=7): Used(1, 1)}
    assert by_week(days) == {MONDAY: Used(10, 3, missed=1), MONDAY + timedelta(days=7): Used(1, 1)}


def test_the_fullest_and_the_emptiest_hour_are_named_where_they_differ() -> None:
    assert ends_of({(1, 9): Used(10, 9), (5, 16): Used(10, 2), (3, 10): Used(10, 5)}) == [("周一 9 点", 90), ("周五 16 点", 20)]
    assert ends_of({(1, 9): Used(10, 5), (2, 9): Used(4, 2)}) == [] == ends_of({})


@pytest.mark.parametrize(("taken", "step"), [(0, 0), (29, 0), (30, 1), (50, 2), (70, 3), (90, 4), (100, 4)])
def test_a_fuller_hour_is_darker_and_says_its_figure(taken: int, step: int) -> None:
    assert (cell(Used(100, taken)).percent, cell(Used(100, taken)).step) == (taken, step)
