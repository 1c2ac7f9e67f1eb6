"""The hall's side of the day: check in, call, serve, note who did not come, take people who walk in. For staff of the slot's department."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from hall.services.appointments import commands, finding, policies, rules, seats
from hall.services.appointments.commands import Wish
from hall.services.appointments.finding import Visitor
from hall.services.appointments.models import Appointment, Slot
from hall.services.appointments.rules import SlotFacts, State
from hall.services.appointments.shares import Channel, Priority, shares_for
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.identity import rules as identity
from hall.support.refusals import Refusal

BOOKED_LETTER, WALK_IN_LETTER = "A", "B"
_MOST_TICKETS = 999


class BadCounter(Refusal):
    sentence = "请填写窗口名称，最多 60 字。"
    field = "counter"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number to wait with. `is_new` is False when it had been given before."""

    code: str
    ticket: str
    is_new: bool = True


@transaction.atomic
def check_in(*, actor: Actor, code: str, now: datetime) -> Ticket:
    """Note that somebody has come, and give a number (A001) of the hall and day. Again gives the same number.

    `code` is what the ticket's QR code or the person says. From 30 minutes before the slot to 15 after, unless the policy says else.

    Raises: SignInNeeded, NotAllowed, AppointmentMissing (also of another department), AlreadyEnded, TooEarly, TooLate, TicketsUsedUp.
    Source: domain §7.1 sign-in window.
    """
    appointment = _locked(actor, code)
    if appointment.state in {State.CHECKED_IN, State.SERVED}:
        return Ticket(appointment.code, appointment.ticket, is_new=False)
    if appointment.state != State.BOOKED:
        raise rules.AlreadyEnded
    slot, policy = finding.slot_and_policy(appointment.slot_id)
    rules.check_checkin(slot, policy, now=now)
    ticket = _next_ticket(appointment.venue_code, appointment.slot, BOOKED_LETTER)
    Appointment.objects.filter(pk=appointment.pk).update(state=State.CHECKED_IN, checked_in_at=now, ticket=ticket)
    trail.record(actor, "appointment.checked_in", appointment.code, detail=ticket, at=now)
    return Ticket(appointment.code, ticket)


@transaction.atomic
def walk_in(
    *, actor: Actor, slot_id: int, item_code: str, name: str, phone: str, request_key: str, priority: Priority | None = None, now: datetime
) -> Ticket:
    """Take somebody who came without a booking into a slot of today that is not over, from the same seats; they wait with a number B001.

    The same key again gives the same number.

    Raises: SignInNeeded, NotAllowed, SlotMissing, ItemNotBookable, ItemNotHere, SlotClosed, SlotOver, SlotFull, AlreadyBooked, BadKey,
    KeyReused, Refusal for a wrong name or phone, TicketsUsedUp. Source: domain §7.1 walk-in always possible.
    """
    require(actor, *DEPARTMENT_ROLES)
    name, phone = identity.check_person_name(name), identity.check_mobile(phone) if phone else ""
    slot, _ = finding.slot_and_policy(slot_id)
    if slot.department_code != actor.department_code:
        raise rules.SlotMissing
    item, _ = finding.item_for(item_code, slot)
    holder = f"w:{finding.phone_digest(phone)[:20]}" if phone else f"w:{secrets.token_hex(10)}"
    digest = rules.digest_of("walk-in", slot_id, item_code, finding.phone_digest(phone + name), priority)
    wish = Wish(item_code, Channel.ONSITE, priority, "", rules.check_key(request_key), digest)
    booking, _ = commands.write_appointment(actor, slot, item, wish, Visitor(None, name, phone, holder=holder), now)
    if not booking.is_new:
        ticket = Appointment.objects.values_list("ticket", flat=True).get(pk=booking.appointment_id)
        return Ticket(booking.code, ticket, is_new=False)
    commands.check_item(slot, item)
    _check_walk_in(slot, now)
    ticket = _next_ticket(slot.venue_code, slot, WALK_IN_LETTER)
    Appointment.objects.filter(pk=booking.appointment_id).update(state=State.CHECKED_IN, checked_in_at=now, ticket=ticket)
    trail.record(actor, "appointment.walk_in", booking.code, detail=ticket, at=now)
    shares = shares_for(Channel.ONSITE, has_priority=priority is not None)
    seats.take_seat(slot_id=slot_id, shares=shares, appointment_id=booking.appointment_id)
    return Ticket(booking.code, ticket)


@transaction.atomic
def call_next(*, actor: Actor, venue_code: str, counter: str, now: datetime) -> Ticket:
    """Call who waits longest to a counter: by the slot booked, people with priority first within one. Calling again before that
    person is served or missed calls the same one.

    Raises: SignInNeeded, NotAllowed, NobodyWaits, BadCounter.
    """
    require(actor, *DEPARTMENT_ROLES)
    counter = counter.strip()
    if not counter or len(counter) > 60 or not counter.isprintable():
        raise BadCounter
    waiting = Appointment.objects.filter(
        _scope(actor), venue_code=venue_code, day=timezone.localdate(now), state=State.CHECKED_IN
    ).select_related("slot")
    called = waiting.filter(called_to=counter).order_by("called_at").first()
    if called is not None:
        return Ticket(called.code, called.ticket, is_new=False)
    # Two counters that call at once take different people.
    found = (
        waiting.filter(called_at__isnull=True)
        .order_by("slot__starts_at", "-priority", "checked_in_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if found is None:
        raise rules.NobodyWaits
    Appointment.objects.filter(pk=found.pk).update(called_at=now, called_to=counter)
    trail.record(actor, "appointment.called", found.code, detail=counter, at=now)
    return Ticket(found.code, found.ticket)


@transaction.atomic
def serve(*, actor: Actor, code: str, now: datetime) -> None:
    """Note that the person's business is done. Again changes nothing. Raises: SignInNeeded, NotAllowed, AppointmentMissing, NotCheckedIn."""
    appointment = _locked(actor, code)
    if appointment.state == State.SERVED:
        return
    if appointment.state != State.CHECKED_IN:
        raise rules.NotCheckedIn
    commands.end_appointment(actor, appointment, State.SERVED, reason="", is_by_hall=True, now=now)


@transaction.atomic
def mark_no_show(*, actor: Actor, code: str, now: datetime) -> None:
    """Note that the person did not come in time, or not when called. Again changes nothing.

    Raises: SignInNeeded, NotAllowed, AppointmentMissing, AlreadyEnded, TooEarly.
    """
    appointment = _locked(actor, code)
    if appointment.state == State.NO_SHOW:
        return
    missed_at = rules.missed_at(appointment.slot.starts_at, policies.current())
    if appointment.state == State.BOOKED and now <= missed_at:
        raise rules.TooEarly(f"{rules.moment_words(missed_at)} 之前还可以签到。")
    if appointment.state == State.CHECKED_IN and appointment.called_at is None:
        raise rules.AlreadyEnded("请先叫号，叫号后没有到窗口再登记未到场。")
    commands.end_appointment(actor, appointment, State.NO_SHOW, reason="", is_by_hall=True, now=now)


@transaction.atomic
def cancel_for_hall(*, actor: Actor, code: str, reason: str, now: datetime) -> None:
    """End a booking because the hall cannot keep it; the person is told why, and it never counts against them. Twice is once.

    Raises: SignInNeeded, NotAllowed, AppointmentMissing, AlreadyEnded, ReasonNeeded.
    """
    reason = rules.check_reason(reason, is_needed=True)
    appointment = _locked(actor, code)
    if appointment.state == State.CANCELLED:
        return
    commands.end_appointment(actor, appointment, State.CANCELLED, reason=reason, is_by_hall=True, now=now)


@transaction.atomic
def cancel_slot(*, actor: Actor, slot_id: int, reason: str, now: datetime) -> int:
    """Close a slot and end all its bookings that still wait, telling everybody why; how many. Twice is once.

    Raises: SignInNeeded, NotAllowed, SlotMissing, ReasonNeeded.
    """
    require(actor, Role.LEADER, Role.SYS_ADMIN)
    reason = rules.check_reason(reason, is_needed=True)
    slot = Slot.objects.select_for_update().filter(pk=slot_id).first()
    if slot is None or not (actor.has(Role.SYS_ADMIN) or slot.department_code == actor.department_code):
        raise rules.SlotMissing
    Slot.objects.filter(pk=slot.pk).update(is_closed=True, close_reason=reason[:80])
    booked = Appointment.objects.select_for_update(of=("self",)).select_related("slot").filter(slot=slot, state=State.BOOKED)
    ended = list(booked.order_by("pk"))
    for appointment in ended:
        commands.end_appointment(actor, appointment, State.CANCELLED, reason=reason, is_by_hall=True, now=now)
    trail.record(actor, "slot.cancelled", f"slot {slot.pk}", detail=f"{len(ended)} bookings", at=now)
    return len(ended)


def _scope(actor: Actor) -> Q:
    return Q(slot__department_code=actor.department_code) if actor.department_code else Q(pk__in=[])


def _locked(actor: Actor, code: str) -> Appointment:
    require(actor, *DEPARTMENT_ROLES)
    found = (
        Appointment.objects.select_for_update(of=("self",)).select_related("slot").filter(_scope(actor), code=code.strip().upper()).first()
    )
    if found is None:
        raise rules.AppointmentMissing
    return found


def _check_walk_in(slot: SlotFacts, now: datetime) -> None:
    if slot.is_closed:
        raise rules.SlotClosed
    if now >= slot.ends_at:
        raise rules.SlotOver
    if timezone.localdate(now) != slot.day:
        raise rules.NotYetOpen("现场取号只能取当天的时段。")


def _next_ticket(venue_code: str, slot: SlotFacts | Slot, letter: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO appointments_ticket_counter (venue_code, day, letter, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (venue_code, day, letter) DO UPDATE SET last = appointments_ticket_counter.last + 1"
            " WHERE appointments_ticket_counter.last < %s RETURNING last",
            [venue_code, slot.day, letter, _MOST_TICKETS],
        )
        row = cursor.fetchone()
    if row is None:
        raise rules.TicketsUsedUp
    return f"{letter}{row[0]:03d}"
