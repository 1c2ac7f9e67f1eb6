"""Waiting for a seat, and who may not book for a time (§5.3.1, domain §7.1 blacklist)."""

from datetime import datetime, timedelta

import pytest

from hall.services.appointments import commands, counter, jobs, rules, scheduling, standing, waiting
from hall.services.appointments.models import Appointment, Bar, Slot, SlotShare, WaitingEntry
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rules import BarReason, WaitState
from hall.services.appointments.shares import Channel
from hall.services.notices.queries import notices_of
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.jobs.queue import run_due_now
from tests.make.appointments import book, make_slot, other_slot, taken, visitor
from tests.make.people import NOW, staff_actor

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def _wait(actor: Actor, slot: Slot, *, key: str = "w", **more: object) -> waiting.Waiting:
    values = {"actor": actor, "slot_id": slot.pk, "item_code": slot.subject[5:], "request_key": key, "now": NOW}
    return waiting.join_waiting(**(values | more))  # type: ignore[arg-type]


def _state(entry: waiting.Waiting) -> str:
    return WaitingEntry.objects.get(pk=entry.entry_id).state


def test_a_given_up_seat_is_held_for_the_first_in_line_and_for_nobody_else() -> None:
    slot, zhang, li, wang = make_slot(seats=1), visitor(), visitor(), visitor()
    assert li.account_id is not None
    booking = book(zhang, slot)
    first, again, second = _wait(li, slot), _wait(li, slot), _wait(wang, slot)
    assert (first.ahead, again.entry_id, again.is_new, second.ahead) == (0, first.entry_id, False, 1)
    commands.cancel_appointment(actor=zhang, code=booking.code, now=NOW)
    assert (_state(first), _state(second), taken(slot)) == (WaitState.OFFERED, WaitState.WAITING, 1)
    with pytest.raises(rules.SlotFull):
        book(visitor(), slot)
    for stranger in (wang, zhang):
        with pytest.raises((waiting.EntryMissing, waiting.OfferOver)):
            waiting.take_offer(actor=stranger, entry_id=first.entry_id, now=NOW)
    taken_up, once_more = (waiting.take_offer(actor=li, entry_id=first.entry_id, now=NOW + 29 * MINUTE) for _ in range(2))
    assert (once_more.code, once_more.is_new, taken(slot)) == (taken_up.code, False, 1)
    run_due_now()
    assert "为您保留到 11 月 23 日 09:30" in notices_of(li.account_id)[-1].body
    row = waiting.my_waiting(li)[0]
    assert (row.state, row.booking, row.hold_until) == (WaitState.TAKEN, taken_up.code, None)


def test_an_offer_that_nobody_takes_goes_to_the_next_and_at_last_to_all() -> None:
    slot, zhang, li, wang = make_slot(seats=1), visitor(), visitor(), visitor()
    booking = book(zhang, slot)
    first, second = _wait(li, slot), _wait(wang, slot)
    commands.cancel_appointment(actor=zhang, code=booking.code, now=NOW)
    late = NOW + 30 * MINUTE
    with pytest.raises(waiting.OfferOver):
        waiting.take_offer(actor=li, entry_id=first.entry_id, now=late)
    assert jobs.pass_offers_on(now=late - MINUTE) == 0
    assert [jobs.pass_offers_on(now=late) for _ in range(2)] == [1, 0]
    assert (_state(first), _state(second), taken(slot)) == (WaitState.LAPSED, WaitState.OFFERED, 1)
    waiting.leave_waiting(actor=wang, entry_id=second.entry_id, now=late)
    waiting.leave_waiting(actor=wang, entry_id=second.entry_id, now=late)
    assert (_state(second), taken(slot)) == (WaitState.LEFT, 0)
    book(visitor(), slot, now=late)


def test_one_waits_only_where_it_is_full_once_and_in_few_lines() -> None:
    slots = [make_slot(seats=1) for _ in range(4)]
    zhang, li = visitor(), visitor()
    with pytest.raises(waiting.StillFree):
        _wait(li, slots[0])
    for slot in slots:
        book(visitor(), slot)
    with pytest.raises(waiting.AlreadyWaiting):
        for key in "ab":
            _wait(zhang, slots[0], key=key)
    with pytest.raises(rules.KeyReused):
        _wait(zhang, slots[1], key="a")
    for number, slot in enumerate(slots[1:3]):
        _wait(zhang, slot, key=f"more{number}")
    with pytest.raises(waiting.TooManyWaiting):
        _wait(zhang, slots[3], key="last")
    book(li, other_slot(slots[0]))
    with pytest.raises(rules.AlreadyBooked):
        _wait(li, slots[0])
    with pytest.raises(rules.SlotOver):
        _wait(visitor(), slots[0], now=slots[0].book_until)


def test_a_seat_of_a_channel_goes_to_who_may_have_it() -> None:
    slot, zhang, web, wechat = make_slot(seats=2, reserved={"wechat": 1}), visitor(), visitor(), visitor()
    booking = book(zhang, slot, channel=Channel.WECHAT)
    book(visitor(), slot)
    first, second = _wait(web, slot), _wait(wechat, slot, channel=Channel.WECHAT)
    commands.cancel_appointment(actor=zhang, code=booking.code, now=NOW)
    assert (_state(first), _state(second)) == (WaitState.WAITING, WaitState.OFFERED)


def test_more_seats_are_offered_to_who_waits_and_the_line_ends_with_the_slot() -> None:
    slot, li, wang = make_slot(seats=1), visitor(), visitor()
    book(visitor(), slot)
    first, second = _wait(li, slot), _wait(wang, slot)
    SlotShare.objects.filter(slot=slot).update(quota=2)
    assert jobs.pass_offers_on(now=NOW) == 1
    assert (_state(first), _state(second), taken(slot)) == (WaitState.OFFERED, WaitState.WAITING, 2)
    jobs.pass_offers_on(now=slot.book_until)
    assert (_state(first), _state(second), taken(slot)) == (WaitState.LAPSED, WaitState.LAPSED, 1)


# --- not booking for a time -------------------------------------------------------------------------------------------------------


def _miss(actor: Actor, slot: Slot, now: datetime | None = None) -> str:
    code = book(actor, slot, now=now or NOW).code
    counter.mark_no_show(actor=staff_actor(Role.CLERK), code=code, now=slot.ends_at)
    return code


def _count(code: str, now: datetime) -> int | None:
    return standing.count_against(appointment_id=Appointment.objects.get(code=code).pk, now=now)


def test_two_missed_visits_bar_for_thirty_days_once_and_walking_in_stays() -> None:
    slot, zhang = make_slot(seats=9), visitor()
    first = _miss(zhang, slot)
    assert _count(first, slot.ends_at) is None
    later = other_slot(slot, places=3)
    second = _miss(zhang, later)
    assert _count(second, later.ends_at) is not None
    assert _count(second, later.ends_at) is None, "the same deed does not bar twice"
    with pytest.raises(rules.Barred, match="暂停到 12 月 25 日"):
        book(zhang, other_slot(slot, places=8), now=later.ends_at)
    bar = standing.own_bars(zhang, now=later.ends_at)[0]
    assert (bar.reason, bar.is_running, bar.can_appeal) == (BarReason.NO_SHOW, True, True)
    assert standing.own_bars(visitor(), now=NOW) == []


def test_five_cancellations_bar_and_what_the_hall_cancelled_counts_nothing() -> None:
    slot, zhang, clerk = make_slot(seats=9), visitor(), staff_actor(Role.CLERK)
    for _ in range(5):
        code = book(zhang, slot).code
        counter.cancel_for_hall(actor=clerk, code=code, reason="停电", now=NOW)
        assert _count(code, NOW) is None
    for number in range(5):
        code = book(zhang, slot).code
        commands.cancel_appointment(actor=zhang, code=code, now=NOW)
        assert (_count(code, NOW) is not None) == (number == 4)
    assert Bar.objects.get().reason == BarReason.CANCEL
    run_due_now()
    assert zhang.account_id is not None
    assert "预约资格暂停" in [notice.title for notice in notices_of(zhang.account_id)]


def test_the_third_time_bars_longer() -> None:
    slot, zhang, lasted = make_slot(seats=9), visitor(), []
    code = _miss(zhang, slot)
    for number in range(3):
        now = slot.ends_at + timedelta(days=100 * number)
        # As if another visit had been missed since.
        Appointment.objects.filter(code=code).update(ended_at=now)
        scheduling.set_policy(actor=staff_actor(Role.SYS_ADMIN), policy=PolicyRow(no_show_limit=1), now=NOW)
        assert _count(code, now) is not None
        bar = Bar.objects.latest("pk")
        lasted.append((bar.ends_at - bar.started_at).days)
    assert lasted == [30, 30, 90]


def test_an_appeal_is_made_once_and_answered_once_and_lifts_the_bar() -> None:
    slot, zhang, judge = make_slot(seats=9), visitor(), staff_actor(Role.MEDIATOR)
    assert zhang.account_id is not None
    _miss(zhang, slot)
    last = other_slot(slot, places=3)
    now = last.ends_at
    bar_id = _count(_miss(zhang, last), now)
    assert bar_id is not None
    with pytest.raises(standing.BarMissing):
        standing.answer_appeal(actor=judge, bar_id=bar_id, is_lifted=True, text="同意", now=now)
    for text in ("", "字" * 301):
        with pytest.raises(standing.TextNeeded):
            standing.appeal_bar(actor=zhang, bar_id=bar_id, text=text, now=now)
    with pytest.raises(standing.BarMissing):
        standing.appeal_bar(actor=visitor(), bar_id=bar_id, text="我来", now=now)
    for _ in range(2):
        standing.appeal_bar(actor=zhang, bar_id=bar_id, text="住院了", now=now)
    with pytest.raises(standing.AlreadyAppealed):
        standing.appeal_bar(actor=zhang, bar_id=bar_id, text="还有话说", now=now)
    assert "住院了".encode() not in bytes(Bar.objects.get(pk=bar_id).appeal_sealed or b"")
    with pytest.raises(NotAllowed):
        standing.appeals(staff_actor(Role.CLERK), now=now)
    assert [row.appeal for row in standing.appeals(judge, now=now)] == ["住院了"]
    standing.answer_appeal(actor=judge, bar_id=bar_id, is_lifted=True, text="情况属实", now=now)
    with pytest.raises(standing.AlreadyAnswered):
        standing.answer_appeal(actor=judge, bar_id=bar_id, is_lifted=False, text="再想想", now=now)
    book(zhang, other_slot(slot, places=8), now=now)
    run_due_now()
    assert any("预约资格已恢复。答复：情况属实" in notice.body for notice in notices_of(zhang.account_id))
