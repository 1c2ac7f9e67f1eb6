"""Blocks for a counter without a network: in a row, told about later, never given to anybody else (§6.2 (2))."""

from datetime import timedelta

import pytest

from hall.services.serials import blocks, jobs, outside, queries, rules
from hall.services.serials.blocks import Block, Use
from hall.services.serials.models import OutsideSerial, SerialBlock
from hall.services.serials.outside import Order
from hall.services.serials.rules import Channel, Status
from hall.support.access.actors import Actor
from hall.support.refusals import NotFound, Refusal
from tests.make.machines import machine_actor
from tests.make.people import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def reserve(actor: Actor, *, request_id: str = "b1", size: int = 4, hours: int = 24) -> Block:
    return blocks.reserve_block(
        actor=actor, channel=Channel.WINDOW, request_id=request_id, size=size, counter="3 号窗口", lasts=timedelta(hours=hours), now=NOW
    )


def report(actor: Actor, block: Block, *, used: tuple[Use, ...] = (), returned: tuple[str, ...] = (), is_final: bool = False, later: timedelta = 2 * HOUR) -> dict[Status, int]:  # fmt: skip
    tally = blocks.report_block(actor=actor, block_id=block.block_id, used=used, returned=returned, is_final=is_final, now=NOW + later)
    return {status: count for status, count in tally.counts.items() if count}


def issue(actor: Actor, request_id: str) -> int:
    (taken,) = outside.issue_outside(actor=actor, channel=Channel.WINDOW, orders=[Order(request_id)], now=NOW)
    return int(taken.serial[18:23])


def test_a_block_is_in_a_row_and_the_same_request_gets_it_again() -> None:
    actor = machine_actor()
    assert issue(actor, "before") == 1
    block = reserve(actor)
    assert [int(one.serial[18:23]) for one in block.numbers] == [2, 3, 4, 5]
    assert reserve(actor) == block
    with pytest.raises(rules.RequestReused):
        reserve(actor, size=5)
    assert issue(actor, "after") == 6


def test_what_was_used_is_issued_and_what_was_not_is_void_for_good() -> None:
    actor = machine_actor()
    block = reserve(actor)
    first, second, third, fourth = (one.serial for one in block.numbers)
    told = Use(first, NOW + HOUR)
    assert report(actor, block, used=(told,), returned=(second,)) == {Status.ISSUED: 1, Status.RETURNED: 1, Status.RESERVED: 2}
    assert report(actor, block, used=(told,), returned=(second,)) == {Status.ISSUED: 1, Status.RETURNED: 1, Status.RESERVED: 2}
    assert report(actor, block, used=(Use(third, NOW + HOUR),), is_final=True) == {Status.ISSUED: 2, Status.RETURNED: 2}
    used = queries.public_serial(serial=first, query_code=block.numbers[0].query_code)
    assert used is not None and (used.handed_out_at, used.state_name, used.is_void) == (NOW + HOUR, "已受理", False)
    void = queries.look_up(actor, fourth)
    assert void.is_issued and void.is_void
    assert issue(actor, "next") == 5, "a returned number never comes back"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda numbers: {"used": (Use(numbers[0], NOW + 3 * HOUR),)},  # ahead of our clock
        lambda numbers: {"used": (Use(numbers[0], NOW + 25 * HOUR),), "later": 30 * HOUR},  # after the block's end
        lambda numbers: {"used": (Use(numbers[0], NOW - HOUR),)},  # before it began
        lambda numbers: {"used": (Use(numbers[0], (NOW + HOUR).replace(tzinfo=None)),)},
        lambda numbers: {"used": (Use(numbers[0], NOW.replace(year=1)),)},
        lambda numbers: {"used": (Use(numbers[0], NOW + HOUR, "999999999999"),)},
        lambda numbers: {"used": (Use(numbers[0], NOW + HOUR),), "returned": (numbers[0],)},
        lambda numbers: {"used": (Use(numbers[0], NOW + HOUR), Use(numbers[0], NOW + HOUR))},
        lambda numbers: {"returned": (numbers[1], "370000002202611234000990")},
    ],
)
def test_a_report_with_one_mistake_changes_nothing(wrong: object) -> None:
    actor = machine_actor()
    block = reserve(actor)
    with pytest.raises(Refusal):
        report(actor, block, **wrong([one.serial for one in block.numbers]))  # type: ignore[operator]
    assert set(OutsideSerial.objects.values_list("status", flat=True)) == {Status.RESERVED}


def test_contradictions_are_refused() -> None:
    actor = machine_actor()
    block = reserve(actor)
    first, second, *_ = (one.serial for one in block.numbers)
    report(actor, block, used=(Use(first, NOW + HOUR),), returned=(second,))
    with pytest.raises(rules.NumberVoid):
        report(actor, block, used=(Use(second, NOW + HOUR),))
    for again in ({"returned": (first,)}, {"used": (Use(first, NOW + 2 * HOUR),)}):
        with pytest.raises(rules.RequestReused):
            report(actor, block, **again)  # type: ignore[arg-type]


def test_an_ended_block_is_void_but_a_late_word_of_what_was_handed_out_in_time_counts() -> None:
    actor = machine_actor()
    block = reserve(actor, hours=2)
    assert jobs.lapse_blocks(now=NOW + HOUR) == 0
    assert jobs.lapse_blocks(now=NOW + 3 * HOUR) == 4
    assert jobs.lapse_blocks(now=NOW + 3 * HOUR) == 0
    first = block.numbers[0]
    lapsed = queries.public_serial(serial=first.serial, query_code=first.query_code)
    assert lapsed is not None and lapsed.is_void
    late = report(actor, block, used=(Use(first.serial, NOW + HOUR),), later=72 * HOUR)
    assert late == {Status.ISSUED: 1, Status.LAPSED: 3}


def test_a_block_of_another_department_is_not_there() -> None:
    block = reserve(machine_actor())
    with pytest.raises(NotFound):
        report(machine_actor(department_code="SD33"), block, is_final=True)


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 501}, {"hours": 0}, {"hours": 169}, {"request_id": "有 空格"}])
def test_what_is_no_block_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(rules.WrongOrder):
        reserve(machine_actor(), **wrong)  # type: ignore[arg-type]
    assert not SerialBlock.objects.exists()
