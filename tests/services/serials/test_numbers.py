"""The 24 digits of a serial number (domain.md §9.7)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.serials import rules
from hall.services.serials.rules import Channel

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2099, 12, 31))


@st.composite
def serials(draw: st.DrawFn) -> str:
    return rules.compose(
        division_code=draw(st.sampled_from(["370000", "370100", "371700"])),
        department_number=draw(st.integers(0, 999)),
        issued_on=draw(DAYS),
        channel=draw(st.sampled_from(Channel)),
        sequence=draw(st.integers(1, rules.MOST_A_DAY)),
    )


@pytest.mark.parametrize(
    ("serial", "shown"),
    [
        ("370000013202611231000018", "370000-013-20261123-1-00001-8"),
        ("370000013202611231000026", "370000-013-20261123-1-00002-6"),
        ("370000026202611234999990", "370000-026-20261123-4-99999-0"),
        ("370100007202611242001375", "370100-007-20261124-2-00137-5"),
    ],
)
def test_the_worked_examples_hold(serial: str, shown: str) -> None:
    assert rules.is_valid(serial)
    assert rules.grouped(serial) == shown


@given(serials())
def test_a_number_survives_being_written_in_groups(serial: str) -> None:
    assert rules.is_valid(serial)
    assert rules.normalised(rules.grouped(serial)) == serial
    parts = rules.parts_of(serial)
    assert parts is not None and rules.fault_of(serial) == ""
    assert serial == rules.compose(
        division_code=parts.division_code,
        department_number=parts.department_number,
        issued_on=parts.issued_on,
        channel=parts.channel,
        sequence=parts.sequence,
    )


@given(serials(), st.integers(0, 23), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(serial: str, place: int, change: int) -> None:
    wrong = serial[:place] + str((int(serial[place]) + change) % 10) + serial[place + 1 :]
    assert not rules.is_valid(wrong)


@given(st.text(max_size=40))
def test_any_text_is_judged_without_a_fault(text: str) -> None:
    rules.is_valid(text)
    rules.normalised(text)
    rules.grouped(text)
    assert bool(rules.fault_of(text)) == (rules.parts_of(rules.normalised(text)) is None)


def test_full_width_digits_are_read() -> None:
    assert rules.normalised("３７００００－013 20261123 1 00001 8") == "370000013202611231000018"


def test_the_hundred_thousandth_application_of_a_day_is_refused() -> None:
    with pytest.raises(rules.SerialsUsedUp):
        rules.compose(division_code="370000", department_number=13, issued_on=date(2026, 11, 23), channel=Channel.WEB, sequence=100_000)
