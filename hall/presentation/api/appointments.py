"""Visits for machines and the mobile hall: free slots for everybody, one's own bookings for who has signed in (§5.8.2 预约服务接口)."""

import re
from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Status
from pydantic import BeforeValidator

from hall.presentation.api.appointment_shapes import (
    Booked,
    BookRequest,
    CancelRequest,
    ChangeRequest,
    Day,
    DrawRecord,
    Hall,
    OwnList,
    OwnVisit,
    PlaceList,
    Slot,
    SlotList,
    booked,
    draw_record,
)
from hall.presentation.api.door import NO, OWN, Key, actor_of, api, saying_no, storable
from hall.presentation.api.shapes import Refused
from hall.services.appointments import commands, drawing, queries, rules, rush
from hall.services.appointments.rows import AppointmentRow
from hall.services.appointments.shares import Channel, Priority
from hall.services.catalogue.bookable import VenueRow

# Free seats change quickly; two seconds spare the database a crowd that reloads.
KEPT_SECONDS = 2
# What may stand against a booking.
_WISHES = (
    rules.SlotMissing, rules.SlotFull, rules.AlreadyBooked, rules.SlotClosed, rules.NotYetOpen, rules.SlotOver, rules.SlotDrawn,
    rules.ItemNotBookable, rules.ItemNotHere, rules.LevelTooLow, rules.Barred, rules.NotElderly, rules.TooManyOpen, rules.TooManyThatDay,
    rules.SameTime, rules.AppointmentMissing, rules.KeyReused, rules.BadKey,
)  # fmt: skip


def _only_a_day(text: object) -> object:
    # Pydantic takes moments and Unix time for a day too, by the day that they have in UTC.
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("not a day")
    return text


@api.api_operation(
    ["GET", "HEAD"],
    "appointments/items/{code}/places",
    response={200: PlaceList},
    operation_id="appointment_places",
    url_name="appointment_places",
    summary="事项可以预约的大厅和日期",
)
def places(
    request: HttpRequest, code: str, priority: Annotated[bool, Query(description="按优先人群（老年人、残疾人、退役军人）计算余号")] = False
) -> PlaceList:
    """Halls and days with free seats for the mobile channel; empty when the item cannot be booked. Three SQL statements."""
    request.kept_seconds = KEPT_SECONDS  # type: ignore[attr-defined]
    found = queries.places(item_code=storable(code), now=timezone.now(), channel=Channel.MOBILE, has_priority=priority)
    return PlaceList(places=[Hall(**_hall(place.venue), days=[Day(day=row.day, free=row.free) for row in place.days]) for place in found])


@api.api_operation(
    ["GET", "HEAD"],
    "appointments/items/{code}/slots",
    response={200: SlotList, 422: Refused},
    operation_id="appointment_slots",
    url_name="appointment_slots",
    summary="事项某一天的时段",
)
def slots(
    request: HttpRequest,
    code: str,
    day: Annotated[date, BeforeValidator(_only_a_day), Query(description="北京时间的日期，如 2026-12-03")],
    venue: Annotated[str, Query(description="大厅编码；为空时列出各大厅")] = "",
    priority: Annotated[bool, Query(description="按优先人群计算余号")] = False,
) -> SlotList:
    """The slots of a day, full ones included. Two SQL statements."""
    request.kept_seconds = KEPT_SECONDS  # type: ignore[attr-defined]
    found = queries.slots_on(
        item_code=storable(code),
        day=day,
        now=timezone.now(),
        venue_code=storable(venue),
        channel=Channel.MOBILE,
        has_priority=priority,
    )
    return SlotList(
        slots=[
            Slot(
                slot_id=row.slot_id,
                venue=row.venue_code,
                counter=row.counter,
                starts_at=timezone.localtime(row.starts_at),
                ends_at=timezone.localtime(row.ends_at),
                opens_at=timezone.localtime(row.opens_at),
                free=row.free,
                state=row.state,
            )
            for row in found
        ]
    )


@api.api_operation(
    ["GET", "HEAD"],
    "appointments/draws/{code}",
    response={200: DrawRecord, 404: Refused},
    operation_id="appointment_draw",
    url_name="appointment_draw",
    summary="一次摇号的公开记录",
)
def draw(request: HttpRequest, code: str) -> DrawRecord:
    """What was promised before, and everything needed to recompute it afterwards. Three or four SQL statements."""
    request.kept_seconds = KEPT_SECONDS  # type: ignore[attr-defined]
    return draw_record(drawing.draw(storable(code)))


@api.post(
    "appointments", response={201: Booked, **NO}, operation_id="book_appointment", url_name="appointments", summary="预约", auth=OWN,
    openapi_extra=saying_no(*_WISHES),
)  # fmt: skip
def book(request: HttpRequest, key: Key, wish: BookRequest) -> Status[Booked]:
    """Take a seat; the same key and body get the same answer, another body 422."""
    actor = actor_of(request)
    rush.count_booking_try(actor, now=timezone.now())
    booking = commands.book_appointment(
        actor=actor,
        slot_id=wish.slot_id,
        item_code=storable(wish.item),
        request_key=key,
        channel=Channel.MOBILE,
        priority=Priority(wish.priority) if wish.priority else None,
        case_serial=storable(wish.case),
        now=timezone.now(),
    )
    return Status(201, booked(booking))


@api.get(
    "appointments", response={200: OwnList, **NO}, operation_id="appointments", url_name="appointments", summary="本人的预约", auth=OWN
)
def mine(
    request: HttpRequest,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="上一段的 next")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="一段的条数")] = 20,
) -> OwnList:
    """One's own bookings, or the enterprise's that one acts for now, newest first. Two SQL statements."""
    rows = queries.my_appointments(actor_of(request), now=timezone.now(), before=before, limit=limit)
    return OwnList(appointments=[_own(row) for row in rows], next=rows[-1].booking_id if len(rows) == limit else None)


@api.get(
    "appointments/{code}",
    response={200: OwnVisit, **NO},
    operation_id="appointment",
    url_name="appointment",
    summary="一个预约",
    auth=OWN,
    openapi_extra=saying_no(rules.AppointmentMissing),
)
def one(request: HttpRequest, code: str) -> OwnVisit:
    """One's own booking. Two SQL statements."""
    row = queries.appointment(actor_of(request), storable(code), now=timezone.now())
    if row is None:
        raise rules.AppointmentMissing
    return _own(row)


@api.post(
    "appointments/{code}/change",
    response={201: Booked, **NO},
    operation_id="change_appointment",
    url_name="change_appointment",
    summary="改约（一次）",
    auth=OWN,
    openapi_extra=saying_no(rules.AlreadyEnded, rules.ChangedOnce, rules.TooLateToCancel, rules.SameSlot, *_WISHES),
)
def change(request: HttpRequest, code: str, key: Key, wish: ChangeRequest) -> Status[Booked]:
    """Move into another slot; the new booking has its own code."""
    actor = actor_of(request)
    rush.count_booking_try(actor, now=timezone.now())
    booking = commands.change_appointment(actor=actor, code=storable(code), slot_id=wish.slot_id, request_key=key, now=timezone.now())
    return Status(201, booked(booking))


@api.post(
    "appointments/{code}/cancel",
    response={200: OwnVisit, **NO},
    operation_id="cancel_appointment",
    url_name="cancel_appointment",
    summary="取消预约",
    auth=OWN,
    openapi_extra=saying_no(rules.AppointmentMissing, rules.AlreadyEnded, rules.TooLateToCancel),
)
def cancel(request: HttpRequest, code: str, wish: CancelRequest) -> OwnVisit:
    """Give the seat back. Again changes nothing."""
    commands.cancel_appointment(actor=actor_of(request), code=storable(code), reason=wish.reason, now=timezone.now())
    return one(request, code)


def _own(row: AppointmentRow) -> OwnVisit:
    return OwnVisit(
        code=row.code,
        state=row.state,
        state_name=row.state.label,
        item=row.item_code,
        item_name=row.item_name,
        case=row.case_serial,
        hall=Hall(**_hall(row.venue), days=[]),
        counter=row.counter,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cancel_until=row.cancel_until,
        ticket=row.ticket,
        called_to=row.called_to,
        reason=row.reason,
        changed_to=row.changed_to,
        can_change=row.can_change,
        can_cancel=row.can_cancel,
    )


def _hall(venue: VenueRow) -> dict[str, str]:
    return {name: getattr(venue, name) for name in ("code", "name", "address", "hours", "phone", "longitude", "latitude", "transport")}
