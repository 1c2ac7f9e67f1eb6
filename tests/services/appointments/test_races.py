"""The last seat, the last limit, changing places: at one moment, many tiny rounds; each guard has a control that must fail (trust.md §5, 14-16)."""

from functools import partial

import pytest
from django.db.models import F

from hall.services.appointments import commands, counter, rules, seats
from hall.services.appointments.commands import Booking
from hall.services.appointments.models import Appointment, Slot, SlotShare, Standing
from hall.services.appointments.scheduling import close_slot
from hall.support.access.actors import Role
from tests.make.appointments import book, make_bookable_item, make_slot, other_slot, taken, visitor
from tests.make.crowds import at_once
from tests.make.people import NOW, staff_actor
from tests.make.regions import LIXIA

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS, PEOPLE = 8, 8


def _slots(count: int, *, seats_each: int = 1) -> list[Slot]:
    """Slots of schedules of their own."""
    item = make_bookable_item()
    first = make_slot(seats=seats_each, item=item)
    return list(Slot.objects.filter(schedule_id=first.schedule_id, starts_at__gte=first.starts_at).order_by("starts_at")[:count])


def _last_seats() -> int:
    """Rounds in which more than one of eight people got the one seat."""
    oversold = 0
    for slot in _slots(ROUNDS):
        people = [visitor() for _ in range(PEOPLE)]
        outcomes = at_once([partial(book, person, slot) for person in people])
        won = sum(isinstance(outcome, Booking) for outcome in outcomes)
        assert won >= 1 and all(isinstance(outcome, Booking | rules.SlotFull) for outcome in outcomes), outcomes
        assert Appointment.objects.filter(slot=slot).count() == won
        oversold += won > 1
    return oversold


def test_of_eight_people_at_once_one_gets_the_last_seat() -> None:
    assert _last_seats() == 0
    assert SlotShare.objects.filter(taken=1).count() == ROUNDS


def test_control_a_seat_that_is_looked_at_and_then_written_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_then_write(*, slot_id: int, shares: object, appointment_id: int) -> None:
        share = SlotShare.objects.get(slot_id=slot_id)
        if share.taken >= share.quota:
            raise rules.SlotFull
        SlotShare.objects.filter(pk=share.pk).update(taken=share.taken + 1)

    monkeypatch.setattr(seats, "take_seat", look_then_write)
    assert _last_seats() > 0


def test_even_a_wrong_count_cannot_pass_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def count_blindly(*, slot_id: int, shares: object, appointment_id: int) -> None:
        SlotShare.objects.filter(slot_id=slot_id).update(taken=F("taken") + 1)

    monkeypatch.setattr(seats, "take_seat", count_blindly)
    slot = make_slot(seats=1)
    outcomes = at_once([partial(book, visitor(), slot) for _ in range(4)])
    assert sum(isinstance(outcome, Booking) for outcome in outcomes) == 1 and taken(slot) == 1


def test_one_request_sent_eight_times_at_once_is_one_booking() -> None:
    for slot in _slots(ROUNDS):
        zhang = visitor()
        outcomes = at_once([partial(book, zhang, slot, key="once")] * PEOPLE)
        assert all(isinstance(outcome, Booking) for outcome in outcomes), outcomes
        assert len({outcome.code for outcome in outcomes if isinstance(outcome, Booking)}) == 1
        assert taken(slot) == 1


def _limits() -> int:
    """Rounds in which one person came to more than two open bookings, asking for four at once."""
    places = [make_slot(seats=50) for _ in range(4)]
    apart = [other_slot(slot, places=2 * number + 2) for number, slot in enumerate(places)]
    beyond = 0
    for _ in range(ROUNDS):
        zhang = visitor()
        at_once([partial(book, zhang, slot) for slot in apart])
        beyond += Appointment.objects.filter(account_id=zhang.account_id).count() > 2
    return beyond


def test_limits_hold_for_bookings_of_one_person_at_once() -> None:
    assert _limits() == 0


def test_control_limits_counted_without_the_persons_lock_are_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "lock_standing", lambda holder: Standing(holder=holder))
    assert _limits() > 0


def test_two_people_who_change_places_both_succeed_or_keep_what_they_had() -> None:
    for here in _slots(8):
        other = other_slot(here)
        SlotShare.objects.filter(slot__in=[here, other]).update(quota=2)
        zhang, li = visitor(), visitor()
        mine, yours = book(zhang, here), book(li, other)
        outcomes = at_once(
            [
                partial(commands.change_appointment, actor=zhang, code=mine.code, slot_id=other.pk, request_key="c", now=NOW),
                partial(commands.change_appointment, actor=li, code=yours.code, slot_id=here.pk, request_key="c", now=NOW),
            ]
        )
        assert all(isinstance(outcome, Booking) for outcome in outcomes), outcomes
        assert (taken(here), taken(other)) == (1, 1)
        commands.cancel_appointment(actor=zhang, code=outcomes[0].code, now=NOW)  # type: ignore[union-attr]
        commands.cancel_appointment(actor=li, code=outcomes[1].code, now=NOW)  # type: ignore[union-attr]


def test_cancelling_at_once_frees_one_seat() -> None:
    for slot in _slots(ROUNDS, seats_each=3):
        zhang = visitor()
        booking = book(zhang, slot)
        book(visitor(), slot)
        outcomes = at_once([partial(commands.cancel_appointment, actor=zhang, code=booking.code, now=NOW)] * 4)
        assert outcomes == [None] * 4 and taken(slot) == 1


def test_counters_that_call_at_once_call_different_people_and_numbers_are_given_once() -> None:
    slot, clerk = make_slot(seats=40), staff_actor(Role.CLERK)
    codes = [book(visitor(), slot).code for _ in range(PEOPLE)]
    tickets = at_once([partial(counter.check_in, actor=clerk, code=code, now=slot.starts_at) for code in codes])
    assert {ticket.ticket for ticket in tickets} == {f"A{n:03d}" for n in range(1, PEOPLE + 1)}  # type: ignore[union-attr]
    called = at_once(
        [partial(counter.call_next, actor=clerk, venue_code=LIXIA, counter=f"{n} 号窗口", now=slot.starts_at) for n in range(PEOPLE)]
    )
    assert {ticket.code for ticket in called if isinstance(ticket, counter.Ticket)} == set(codes)


def test_a_slot_that_closes_while_people_book_ends_with_seats_and_bookings_alike() -> None:
    leader = staff_actor(Role.LEADER)
    for slot in _slots(ROUNDS, seats_each=8):
        at_once(
            [*(partial(book, visitor(), slot) for _ in range(4)), partial(close_slot, actor=leader, slot_id=slot.pk, reason="x", now=NOW)]
        )  # type: ignore[list-item]
        assert taken(slot) == Appointment.objects.filter(slot=slot).count()
        with pytest.raises(rules.SlotClosed):
            book(visitor(), slot)
