"""Reading for people: where and when an item can be booked, and one's own bookings."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from hall.services.appointments import commands, policies, rules
from hall.services.appointments.models import Appointment, Slot
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rows import AppointmentRow, DayRow, PlaceRow, SlotRow
from hall.services.appointments.rules import LIVE_STATES, State
from hall.services.appointments.shares import Channel, Priority, shares_for
from hall.services.catalogue import bookable
from hall.services.catalogue.bookable import BookableItem, VenueRow
from hall.support.access.actors import Actor

__all__ = ["appointment", "booking_policy", "my_appointments", "places", "slots_on"]


def booking_policy() -> PolicyRow:
    """The limits that hold for every booking. One SQL query."""
    return policies.current()


def places(*, item_code: str, now: datetime, channel: Channel = Channel.WEB, has_priority: bool = False) -> list[PlaceRow]:
    """The halls in which an item can be booked now, with their days; empty when it cannot be booked. Three SQL queries."""
    item = bookable.bookable_item(item_code)
    if item is None or not item.is_bookable:
        return []
    held: dict[str, list[DayRow]] = {}
    for venue_code, day, free, slots in _open_days(item, now, channel, has_priority):
        held.setdefault(venue_code, []).append(DayRow(day, free, slots))
    halls = bookable.venues(held)
    return [PlaceRow(halls[code], tuple(days)) for code, days in held.items()]


def _open_days(item: BookableItem, now: datetime, channel: Channel, has_priority: bool) -> Iterable[tuple[str, date, int, int]]:
    slots = _of_item(item).filter(is_closed=False, is_drawn=False, opens_at__lte=now, book_until__gt=now)
    seats = Q(shares__share__in=shares_for(channel, has_priority=has_priority))
    rows = slots.values("venue_code", "day").annotate(
        free=Coalesce(Sum(F("shares__quota") - F("shares__taken"), filter=seats), 0), slots=Count("pk", distinct=True)
    )
    return rows.order_by("venue_code", "day").values_list("venue_code", "day", "free", "slots")


def slots_on(
    *, item_code: str, day: date, now: datetime, venue_code: str = "", channel: Channel = Channel.WEB, has_priority: bool = False
) -> list[SlotRow]:
    """The slots of an item on one day, earliest first, full and closed ones included. Two SQL queries."""
    item = bookable.bookable_item(item_code)
    if item is None or not item.is_bookable:
        return []
    slots = _of_item(item).filter(day=day, ends_at__gt=now)
    if venue_code:
        slots = slots.filter(venue_code=venue_code)
    seats = Q(shares__share__in=shares_for(channel, has_priority=has_priority))
    rows = slots.annotate(
        free=Coalesce(Sum(F("shares__quota") - F("shares__taken"), filter=seats), 0), quota=Coalesce(Sum("shares__quota"), 0)
    ).order_by("starts_at", "venue_code", "pk")
    return [_slot_row(slot, now) for slot in rows.select_related("desk")]


def _of_item(item: BookableItem) -> QuerySet[Slot]:
    subjects = rules.subjects_of(item_code=item.code, department_code=item.department_code, themes=item.themes)
    return Slot.objects.filter(subject__in=subjects)


def _slot_row(slot: Any, now: datetime) -> SlotRow:
    if slot.is_closed:
        state = "closed"
    elif now >= slot.book_until:
        state = "over"
    elif now < slot.opens_at:
        state = "soon"
    elif slot.is_drawn:
        state = "drawn"
    else:
        state = "open" if slot.free > 0 else "full"
    return SlotRow(
        slot_id=slot.pk,
        venue_code=slot.venue_code,
        counter=slot.desk.counter,
        day=slot.day,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        opens_at=slot.opens_at,
        free=slot.free,
        quota=slot.quota,
        state=state,
    )


def my_appointments(
    actor: Actor, *, now: datetime, only_live: bool = False, before: int | None = None, limit: int = 20
) -> list[AppointmentRow]:
    """One's own bookings, or the enterprise's that one acts for, newest first, before a row's `booking_id` (keyset). Two SQL queries."""
    found = _rows().filter(commands.own(actor))
    if only_live:
        found = found.filter(state__in=LIVE_STATES)
    if before is not None:
        found = found.filter(pk__lt=before)
    return _as_rows(found.order_by("-pk")[:limit], now)


def next_visit(actor: Actor, *, now: datetime) -> AppointmentRow | None:
    """One's own booking that comes next and is not over yet, today's included; None without one. Two SQL queries, one without one."""
    found = _rows().filter(commands.own(actor), state__in=LIVE_STATES, slot__ends_at__gt=now)
    rows = _as_rows(found.order_by("slot__starts_at", "pk")[:1], now)
    return rows[0] if rows else None


def appointment(actor: Actor, code: str, *, now: datetime) -> AppointmentRow | None:
    """One's own booking; None for any other. Two SQL queries."""
    rows = _as_rows(_rows().filter(commands.own(actor), code=code), now)
    return rows[0] if rows else None


def appointments_of_case(actor: Actor, case_serial: str, *, now: datetime) -> list[AppointmentRow]:
    """One's own bookings that belong to a case, newest first. Two SQL queries."""
    return _as_rows(_rows().filter(commands.own(actor), case_serial=case_serial).exclude(case_serial="").order_by("-pk")[:20], now)


def _rows() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("slot", "slot__desk", "changed_from", "changed_to")


def _as_rows(found: Iterable[Appointment], now: datetime) -> list[AppointmentRow]:
    rows = list(found)
    halls = bookable.venues(row.venue_code for row in rows) if rows else {}
    return [_as_row(row, halls[row.venue_code], now) for row in rows]


def _as_row(row: Appointment, venue: VenueRow, now: datetime) -> AppointmentRow:
    changed_to = getattr(row, "changed_to", None)
    can_cancel = row.state == State.BOOKED and now < row.slot.cancel_until
    return AppointmentRow(
        booking_id=row.pk,
        code=row.code,
        state=State(row.state),
        item_code=row.item_code,
        item_name=row.item_name,
        case_serial=row.case_serial,
        venue=venue,
        counter=row.slot.desk.counter,
        starts_at=timezone.localtime(row.slot.starts_at),
        ends_at=timezone.localtime(row.slot.ends_at),
        cancel_until=timezone.localtime(row.slot.cancel_until),
        booked_at=row.booked_at,
        channel=Channel(row.channel),
        priority=Priority(row.priority) if row.priority else None,
        ticket=row.ticket,
        called_to=row.called_to,
        reason=row.reason,
        is_ended_by_hall=row.is_ended_by_hall,
        enterprise_id=row.enterprise_id,
        changed_to=changed_to.code if changed_to else "",
        changed_from=row.changed_from.code if row.changed_from else "",
        can_change=can_cancel and row.changed_from_id is None,
        can_cancel=can_cancel,
    )
