"""Booking, changing and cancelling a visit, for people and for those who act for an enterprise."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils import timezone

from hall.services import events
from hall.services.appointments import finding, offering, rules, seats
from hall.services.appointments.finding import Visitor
from hall.services.appointments.models import Appointment, Standing
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rules import FREEING_STATES, Held, SlotFacts, State
from hall.services.appointments.shares import Channel, Priority, shares_for
from hall.services.cases import finding as cases
from hall.services.catalogue.bookable import BookableItem
from hall.support.access.actors import Actor, Role
from hall.support.audit import trail
from hall.support.commits import early_release
from hall.support.identity.rules import account_of
from hall.support.jobs.queue import publish

# Without letters and digits that look alike; 12 of 32 signs cannot be guessed.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_SIGNS = 12


@dataclass(frozen=True, slots=True)
class Booking:
    """A seat taken. `code` names the booking everywhere; `is_new` is False when the request was answered before."""

    appointment_id: int
    code: str
    starts_at: datetime
    ends_at: datetime
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to book, under which key."""

    item_code: str
    channel: Channel
    priority: Priority | None
    case_serial: str
    request_key: str
    digest: str


def book_appointment(
    *, actor: Actor, slot_id: int, item_code: str, request_key: str, channel: Channel = Channel.WEB, priority: Priority | None = None,
    case_serial: str = "", now: datetime,
) -> Booking:  # fmt: skip
    """Take one seat in a slot for the actor, or for the enterprise acted for; the same key asked again gets the same booking.

    `case_serial` is one of the actor's own cases that the visit belongs to; its item is then the one to book. Thirteen SQL statements, the
    transaction's own among them; one when the slot is full.

    Raises: SignInNeeded, NotAllowed, SlotMissing, AppointmentMissing (no such case), ItemNotBookable, ItemNotHere, SlotClosed,
    NotYetOpen, SlotOver, SlotDrawn, SlotFull, AlreadyBooked, TooManyOpen, TooManyThatDay, SameTime, LevelTooLow, Barred, NotElderly,
    BadKey, KeyReused. Source: §5.3.1 分类别、分时间段、分数量的预约; §5.8.2 必须是注册用户.
    """
    account_id = account_of(actor, Role.CITIZEN)
    digest = rules.digest_of(slot_id, item_code, actor.enterprise_id, priority, case_serial)
    wish = Wish(item_code, channel, priority, case_serial, rules.check_key(request_key), digest)
    shares = shares_for(channel, has_priority=priority is not None)
    if seats.is_hopeless(slot_id=slot_id, shares=shares, request_key=request_key):
        raise rules.SlotFull
    with early_release():
        standing = lock_standing(rules.holder_of(account_id, actor.enterprise_id))
        slot, policy = finding.slot_and_policy(slot_id)
        item, venue = finding.item_for(item_code, slot)
        visitor = finding.visitor_of(account_id)
        booking, held = write_appointment(actor, slot, item, wish, visitor, now)
        if not booking.is_new:
            return booking
        check_wish(actor, slot, item, wish, visitor, standing, policy, held, now)
        trail.record(actor, "appointment.booked", booking.code, at=now)
        publish(finding.booked_fact(booking.appointment_id, booking.code, account_id, item.name, venue, slot, policy))
        # Counted last, by one conditional UPDATE: a crowd cannot overfill the slot, and a repeat is never told "full".
        seats.take_seat(slot_id=slot_id, shares=shares, appointment_id=booking.appointment_id)
    return booking


@early_release()
def change_appointment(*, actor: Actor, code: str, slot_id: int, request_key: str, now: datetime) -> Booking:
    """Move a booking into another slot for the same item, once. Its old seat is free for others; the new booking has its own code.

    Either both happen or neither: who finds the new slot full keeps the old one. The same key again gets the same booking.

    Raises: SignInNeeded, NotAllowed, AppointmentMissing, AlreadyEnded, ChangedOnce, TooLateToCancel, SameSlot and, for the new slot,
    what book_appointment raises.
    """
    account_id = account_of(actor, Role.CITIZEN)
    rules.check_key(request_key)
    standing = lock_standing(rules.holder_of(account_id, actor.enterprise_id))
    old = _own(actor, code)
    earlier = _changed_before(old, account_id, request_key, slot_id)
    if earlier is not None:
        return earlier
    _check_changeable(old, slot_id, now)
    slot, policy = finding.slot_and_policy(slot_id)
    item, venue = finding.item_for(old.item_code, slot)
    Appointment.objects.filter(pk=old.pk).update(state=State.RESCHEDULED, ended_at=now)
    priority = Priority(old.priority) if old.priority else None
    digest = rules.digest_of(slot_id, old.code)
    wish = Wish(old.item_code, Channel(old.channel), priority, old.case_serial, request_key, digest)
    visitor = finding.visitor_of(account_id)
    booking, held = write_appointment(actor, slot, item, wish, visitor, now, changed_from=old.pk)
    check_wish(actor, slot, item, wish, visitor, standing, policy, held, now)
    trail.record(actor, "appointment.changed", booking.code, detail=f"from {old.code}", at=now)
    was, becomes = old.slot.starts_at.isoformat(), slot.starts_at.isoformat()
    publish(events.AppointmentChanged(booking.appointment_id, booking.code, account_id, item.name, venue, becomes, was))
    # Seats in the order of their slots, so that two people who change places do not wait for one another.
    shares = shares_for(wish.channel, has_priority=priority is not None)
    if old.slot_id < slot_id:
        offering.give_back(slot_id=old.slot_id, share=old.share, now=now)
        seats.take_seat(slot_id=slot_id, shares=shares, appointment_id=booking.appointment_id)
    else:
        seats.take_seat(slot_id=slot_id, shares=shares, appointment_id=booking.appointment_id)
        offering.give_back(slot_id=old.slot_id, share=old.share, now=now)
    return booking


@early_release()
def cancel_appointment(*, actor: Actor, code: str, reason: str = "", now: datetime) -> None:
    """Give a booking up; its seat goes to who waits for it, else to anybody. Cancelling again changes nothing.

    Raises: SignInNeeded, NotAllowed, AppointmentMissing, AlreadyEnded, TooLateToCancel, ReasonNeeded (too long).
    """
    account_id = account_of(actor, Role.CITIZEN)
    reason = rules.check_reason(reason)
    lock_standing(rules.holder_of(account_id, actor.enterprise_id))
    appointment = _own(actor, code)
    if appointment.state == State.CANCELLED:
        return
    if appointment.state != State.BOOKED:
        raise rules.AlreadyEnded
    if now >= appointment.slot.cancel_until:
        raise rules.TooLateToCancel
    end_appointment(actor, appointment, State.CANCELLED, reason=reason, is_by_hall=False, now=now)


def end_appointment(actor: Actor, appointment: Appointment, state: State, *, reason: str, is_by_hall: bool, now: datetime) -> None:
    """For this module: end a booking that is locked and live; a seat given up goes on. Three to six SQL statements."""
    if state not in rules.STEPS[State(appointment.state)]:
        raise rules.AlreadyEnded
    Appointment.objects.filter(pk=appointment.pk).update(state=state, ended_at=now, reason=reason, is_ended_by_hall=is_by_hall)
    trail.record(actor, f"appointment.{state.value}", appointment.code, at=now)
    fact = finding.ended_fact(appointment, state, reason=reason, is_by_hall=is_by_hall)
    if fact is not None:
        publish(fact)
    if state in FREEING_STATES:
        offering.give_back(slot_id=appointment.slot_id, share=appointment.share, now=now)


_LOCK = """
INSERT INTO appointments_standing (holder, times_barred) VALUES (%s, 0)
ON CONFLICT (holder) DO UPDATE SET times_barred = appointments_standing.times_barred
RETURNING holder, barred_until, times_barred, counted_from
"""


def lock_standing(holder: str) -> Standing:
    """For this module: the holder's row, made if need be and locked until the transaction ends, so that limits are counted one booking
    at a time. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [holder])
        name, barred_until, times_barred, counted_from = cursor.fetchone()
    return Standing(holder=name, barred_until=barred_until, times_barred=times_barred, counted_from=counted_from)


def own(actor: Actor) -> Q:
    """The bookings that are the actor's own; default none."""
    if actor.account_id is None or not actor.has(Role.CITIZEN):
        return Q(pk__in=[])
    return Q(holder=rules.holder_of(actor.account_id, actor.enterprise_id))


def _own(actor: Actor, code: str) -> Appointment:
    found = Appointment.objects.select_for_update(of=("self",)).select_related("slot").filter(own(actor), code=code).first()
    if found is None:
        raise rules.AppointmentMissing
    return found


def _check_changeable(old: Appointment, slot_id: int, now: datetime) -> None:
    if old.state != State.BOOKED:
        raise rules.AlreadyEnded
    if old.changed_from_id is not None:
        raise rules.ChangedOnce
    if now >= old.slot.cancel_until:
        raise rules.TooLateToCancel
    if slot_id == old.slot_id:
        raise rules.SameSlot


def _changed_before(old: Appointment, account_id: int, request_key: str, slot_id: int) -> Booking | None:
    """The booking that this very request made before. Raises: KeyReused."""
    new = Appointment.objects.select_related("slot").filter(booked_by=account_id, request_key=request_key).first()
    if new is None:
        return None
    if new.request_digest != rules.digest_of(slot_id, old.code):
        raise rules.KeyReused
    return Booking(new.pk, new.code, new.slot.starts_at, new.slot.ends_at, is_new=False)


def check_wish(
    actor: Actor, slot: SlotFacts, item: BookableItem, wish: Wish, visitor: Visitor, standing: Standing, policy: PolicyRow, held: Held,
    now: datetime, *, is_draw: bool = False,
) -> None:  # fmt: skip
    """For this module: everything that may stand against a booking; a refusal takes it back. No SQL statement, one for a case."""
    check_item(slot, item)
    rules.check_bookable(replace(slot, is_drawn=slot.is_drawn and not is_draw), now=now)
    rules.check_level(slot, actor.auth_level)
    rules.check_not_barred(standing.barred_until, now)
    rules.check_priority(wish.priority, born_on=visitor.born_on, today=timezone.localdate(now))
    if wish.case_serial and cases.own_case_item(actor, wish.case_serial) != wish.item_code:
        raise rules.AppointmentMissing("没有找到这个办件，或者它办的是别的事项。")
    rules.check_limits(held, policy, is_enterprise=actor.enterprise_id is not None)


def check_item(slot: SlotFacts, item: BookableItem) -> None:
    """For this module. Raises: ItemNotBookable, ItemNotHere."""
    if not item.is_bookable:
        raise rules.ItemNotBookable
    if slot.subject not in rules.subjects_of(item_code=item.code, department_code=item.department_code, themes=item.themes):
        raise rules.ItemNotHere


# An enterprise's people may stand at two counters at once.
_HELD = """
SELECT count(*) FILTER (WHERE a.state IN ('booked', 'checked_in')),
       count(*) FILTER (WHERE a.day = %(day)s),
       count(*) FILTER (WHERE a.state IN ('booked', 'checked_in') AND s.starts_at < %(ends)s AND s.ends_at > %(starts)s AND a.holder LIKE 'p:%%')
FROM appointments_appointment a JOIN appointments_slot s ON s.id = a.slot_id
WHERE a.holder = %(holder)s AND (a.state IN ('booked', 'checked_in')
  OR (a.day = %(day)s AND a.state NOT IN ('cancelled', 'rescheduled')))
"""


def held_by(holder: str, slot: SlotFacts) -> Held:
    """For this module: what the holder has booked, as far as it counts for a booking of the slot. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"holder": holder, "day": slot.day, "starts": slot.starts_at, "ends": slot.ends_at})
        return Held(*cursor.fetchone())


def write_appointment(
    actor: Actor, slot: SlotFacts, item: BookableItem, wish: Wish, visitor: Visitor, now: datetime, *, changed_from: int | None = None
) -> tuple[Booking, Held]:
    """For this module: the row of a booking, or the one that the same request made before, and what its holder had booked without it; no
    seat is counted yet. One SQL statement.

    Raises: KeyReused, AlreadyBooked.
    """
    assert actor.account_id is not None
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_SIGNS))
    values: dict[str, Any] = {
        "code": code,
        "booked_by": actor.account_id,
        "request_key": wish.request_key,
        "request_digest": wish.digest,
        "slot_id": slot.slot_id,
        "share": "open",
        "venue_code": slot.venue_code,
        "day": slot.day,
        "account_id": visitor.account_id,
        "enterprise_id": actor.enterprise_id,
        "holder": visitor.holder or rules.holder_of(actor.account_id, actor.enterprise_id),
        "visitor_sealed": visitor.sealed(),
        "phone_digest": visitor.phone_digest,
        "item_code": item.code,
        "item_name": item.name,
        "case_serial": wish.case_serial,
        "channel": wish.channel,
        "priority": wish.priority or "",
        "state": State.BOOKED,
        "booked_at": now,
        "changed_from_id": changed_from,
    }
    marks = ", ".join(f"%({name})s" for name in values)
    # The count does not see the new row: a statement looks at what was there when it began.
    sql = (
        f"WITH made AS (INSERT INTO appointments_appointment ({', '.join(values)}, is_ended_by_hall, reason, ticket, called_to, reminded)"  # noqa: S608  (our names)
        f" VALUES ({marks}, false, '', '', '', '{{}}') ON CONFLICT (booked_by, request_key) DO NOTHING RETURNING id)"
        f" SELECT (SELECT id FROM made), held.* FROM ({_HELD}) held"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values | {"starts": slot.starts_at, "ends": slot.ends_at})
            new_id, *held = cursor.fetchone()
    except IntegrityError as fault:
        if "appointment_one_for_item" not in str(fault):
            raise
        raise rules.AlreadyBooked from fault
    if new_id is not None:
        return Booking(new_id, code, slot.starts_at, slot.ends_at), Held(*held)
    earlier = Appointment.objects.select_related("slot").get(booked_by=actor.account_id, request_key=wish.request_key)
    if earlier.request_digest != wish.digest:
        raise rules.KeyReused
    return Booking(earlier.pk, earlier.code, earlier.slot.starts_at, earlier.slot.ends_at, is_new=False), Held(*held)
