"""Seats by lot: the seed promised before, everybody able to recompute, each winner with a seat (trust.md §4, 17 fair draw)."""

import json
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.appointments import drawing, jobs, lots, queries, rules
from hall.services.appointments.models import Appointment, Draw, DrawEntry, Slot, WaitingEntry
from hall.services.appointments.rules import EntryState
from hall.services.appointments.shares import Priority
from hall.services.notices.queries import notices_of
from hall.support.access.actors import Actor
from hall.support.jobs.queue import run_due_now
from tests.make.appointments import book, make_slot, other_slot, taken, visitor
from tests.make.crowds import at_once
from tests.make.people import NOW

database = pytest.mark.django_db


def _drawn(seats: int, **more: object) -> Slot:
    """A slot of the day after tomorrow at nine whose draw closes a day before it."""
    slot = make_slot(seats=seats, is_drawn=True, **more)  # type: ignore[arg-type]
    return other_slot(slot, places=2)


def _enter(actor: Actor, slot: Slot, **more: object) -> drawing.Entered:
    return drawing.enter_draw(**({"actor": actor, "slot_id": slot.pk, "item_code": slot.subject[5:], "now": NOW} | more))  # type: ignore[arg-type]


@database
def test_a_draw_gives_each_seat_to_one_and_can_be_recomputed_by_anybody(tmp_path: Path) -> None:
    slot = _drawn(3, reserved={"priority": 1})
    promised = drawing.draw_of_slot(slot.pk)
    assert promised is not None and promised.entries == 0
    people = [visitor() for _ in range(6)]
    for number, person in enumerate(people):
        _enter(person, slot, priority=Priority.VETERAN if number == 0 else None)
    assert drawing.draw_record(promised.code) is None, "nothing is told before it is made"
    assert jobs.make_draws(now=promised.closes_at - timedelta(seconds=1)) == 0
    assert [jobs.make_draws(now=promised.closes_at) for _ in range(2)] == [3, 0]
    record = drawing.draw_record(promised.code)
    assert record is not None and record["commitment"] == promised.commitment
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    # The very file, alone, with nothing but Python.
    check = [sys.executable, "-I", lots.__file__, str(file), promised.commitment]
    told = subprocess.run(check, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (told.returncode, told.stdout.strip()) == (0, "摇号结果与规则一致。")
    assert taken(slot) == 3 == Appointment.objects.filter(slot=slot).count()
    assert DrawEntry.objects.get(account_id=people[0].account_id).share == "priority", "the only one for the seat of priority"
    assert WaitingEntry.objects.filter(slot=slot).count() == 3, "who lost stands in line by place"
    run_due_now()
    for person in people:
        assert person.account_id is not None
        entry = drawing.my_entries(person)[0]
        title = notices_of(person.account_id)[0].title
        assert ("已中签" if entry.booking else "未中签") in title
        assert entry.code in record["entries"]  # type: ignore[operator]


@database
def test_a_drawn_slot_is_not_booked_and_what_the_draw_left_goes_to_all() -> None:
    slot = _drawn(2)
    with pytest.raises(rules.SlotDrawn):
        book(visitor(), slot)
    assert queries.slots_on(item_code=slot.subject[5:], day=slot.day, now=NOW)[0].state == "drawn"
    assert all(day.day != slot.day for place in queries.places(item_code=slot.subject[5:], now=NOW) for day in place.days)
    _enter(visitor(), slot)
    draw = Draw.objects.get(slot=slot)
    jobs.make_draws(now=draw.closes_at)
    book(visitor(), slot, now=draw.closes_at)
    assert taken(slot) == 2
    with pytest.raises(drawing.DrawClosed):
        _enter(visitor(), slot, now=draw.closes_at)
    with pytest.raises(drawing.NotDrawn):
        _enter(visitor(), make_slot())


@database
def test_one_enters_once_may_leave_and_is_passed_over_after_booking_elsewhere() -> None:
    slot = _drawn(2)
    zhang, li, gone = visitor(), visitor(), visitor()
    first, again = _enter(zhang, slot), _enter(zhang, slot)
    assert (first.code, first.is_new, again.is_new) == (again.code, True, False)
    with pytest.raises(drawing.DrawMissing):
        drawing.leave_draw(actor=li, entry_id=first.entry_id, now=NOW)
    left = _enter(gone, slot)
    for _ in range(2):
        drawing.leave_draw(actor=gone, entry_id=left.entry_id, now=NOW)
    _enter(li, slot)
    elsewhere = make_slot()
    Slot.objects.filter(pk=elsewhere.pk).update(subject=slot.subject)
    book(zhang, elsewhere, item_code=slot.subject[5:])
    draw = Draw.objects.get(slot=slot)
    assert drawing.make_draw(draw_id=draw.pk, now=draw.closes_at) == 1
    states = dict(DrawEntry.objects.filter(draw=draw).values_list("account_id", "state"))
    assert states == {zhang.account_id: EntryState.VOID, li.account_id: EntryState.WON, gone.account_id: EntryState.LEFT}
    record = drawing.draw_record(draw.code)
    assert record is not None and lots.faults(json.dumps(record), commitment=draw.commitment) == []
    assert left.code not in record["entries"]  # type: ignore[operator]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_draw_made_twice_at_once_while_people_still_enter_gives_each_seat_once() -> None:
    slot = _drawn(2)
    for _ in range(4):
        _enter(visitor(), slot)
    draw = Draw.objects.get(slot=slot)
    late = [partial(_enter, visitor(), slot, now=draw.closes_at - timedelta(seconds=1)) for _ in range(4)]
    outcomes = at_once([*[partial(drawing.make_draw, draw_id=draw.pk, now=draw.closes_at)] * 2, *late])  # type: ignore[list-item]
    assert sorted(outcome for outcome in outcomes[:2] if isinstance(outcome, int)) == [0, 2], outcomes
    assert all(isinstance(outcome, drawing.Entered | drawing.DrawClosed) for outcome in outcomes[2:]), outcomes
    assert taken(slot) == 2 == Appointment.objects.filter(slot=slot).count()
    assert not DrawEntry.objects.filter(state=EntryState.ENTERED).exists()


CODES = st.lists(st.text("ABCDEFGH23456789", min_size=4, max_size=8), unique=True, max_size=12)


@given(
    codes=CODES,
    seats=st.fixed_dictionaries({"open": st.integers(0, 5), "priority": st.integers(0, 2)}),
    seed=st.text(min_size=1, max_size=20),
    data=st.data(),
)
def test_any_draw_fills_every_seat_it_can_and_every_change_to_its_record_is_found(
    codes: list[str], seats: dict[str, int], seed: str, data: st.DataObject
) -> None:
    entries = {code: ["priority", "open"] if data.draw(st.booleans()) else ["open"] for code in codes}
    void = [code for code in codes if data.draw(st.integers(0, 4)) == 0]
    won = lots.winners(seed, entries, seats, void)
    assert not set(won) & set(void)
    assert all(list(won.values()).count(share) <= number for share, number in seats.items())
    could = len(codes) - len(void)
    assert len(won) >= min(could, seats["open"])
    record = lots.record(
        draw="D", slot="S", commitment=lots.commitment_of(seed), seed=seed, seats=seats, entries=entries, void=void, won=won
    )
    assert lots.faults(json.dumps(record)) == []
    assert lots.faults(json.dumps(record | {"seed": seed + "x"}))
    assert lots.faults(json.dumps(record), commitment="0" * 64)
    if won:
        assert lots.faults(json.dumps(record | {"won": dict(list(won.items())[1:])}))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"seed": 1}', "null", '{"seed":1,"entries":{},"seats":{},"void":[],"won":{},"commitment":""}']
)
def test_what_is_no_record_is_told_so(text: str) -> None:
    assert lots.faults(text)
