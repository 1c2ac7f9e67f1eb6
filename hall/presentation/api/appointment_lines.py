"""What stands between a wish and a visit, for machines and the mobile hall: waiting lists (候补), draws (摇号), times without booking and
appeals, the limits and reminders (§5.3.1, §5.8.2). The same commands as the pages."""

from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Status

from hall.presentation.api.appointment_line_shapes import (
    AppealRequest,
    Bar,
    BarList,
    Entry,
    EntryList,
    Limits,
    LineRequest,
    Waiting,
    WaitingList,
)
from hall.presentation.api.appointment_shapes import Booked, DrawRecord, booked, draw_record
from hall.presentation.api.door import NO, OWN, Key, actor_of, api, saying_no, storable
from hall.presentation.api.shapes import Refused
from hall.services.appointments import drawing, queries, rules, rush, scheduling, standing, waiting
from hall.services.appointments.drawing import MyEntry
from hall.services.appointments.policy import BadPolicy, PolicyRow
from hall.services.appointments.shares import Channel, Priority
from hall.services.appointments.standing import BarRow
from hall.services.appointments.waiting import WaitingRow

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1, description="上一段的 next")]
Limit = Annotated[int, Query(ge=1, le=100, description="一段的条数")]
# What may stand against any wish for a seat.
_WISHES = (
    rules.SlotMissing, rules.ItemNotBookable, rules.ItemNotHere, rules.SlotClosed, rules.NotYetOpen, rules.SlotOver, rules.LevelTooLow,
    rules.Barred, rules.NotElderly, rules.TooManyOpen, rules.TooManyThatDay, rules.SameTime, rules.AppointmentMissing,
)  # fmt: skip


@api.get(
    "appointments/waiting", response={200: WaitingList, **NO}, operation_id="waiting", url_name="waiting", summary="本人的候补",
    auth=OWN,
)  # fmt: skip
def waiting_list(request: HttpRequest, before: Before = None, limit: Limit = 20) -> WaitingList:
    """One's own places in line and what came of them, newest first. One SQL statement."""
    rows = waiting.my_waiting(actor_of(request), before=before, limit=limit)
    return WaitingList(places=[_place(row) for row in rows], next=rows[-1].entry_id if len(rows) == limit else None)


@api.post(
    "appointments/waiting", response={201: Waiting, **NO}, operation_id="join_waiting", url_name="waiting", summary="排候补", auth=OWN,
    openapi_extra=saying_no(
        waiting.StillFree, waiting.AlreadyWaiting, waiting.TooManyWaiting, rules.AlreadyBooked, rules.SlotDrawn, rules.KeyReused, rules.BadKey,
        *_WISHES,
    ),
)  # fmt: skip
def join_waiting(request: HttpRequest, key: Key, wish: LineRequest) -> Status[Waiting]:
    """Wait for a seat of a full slot; the same key and body get the same place, another body 422. A freed seat is held for
    `hold_minutes` for the first in line, who is told."""
    actor, now = actor_of(request), timezone.now()
    rush.count_booking_try(actor, now=now)
    place = waiting.join_waiting(
        actor=actor, slot_id=wish.slot_id, item_code=storable(wish.item), request_key=key, channel=Channel.MOBILE,
        priority=Priority(wish.priority) if wish.priority else None, case_serial=storable(wish.case), now=now,
    )  # fmt: skip
    return Status(201, _own_place(request, place.entry_id))


@api.post(
    "appointments/waiting/{entry}/take", response={201: Booked, **NO}, operation_id="take_offer", url_name="take_offer",
    summary="确认留给自己的号", auth=OWN,
    openapi_extra=saying_no(waiting.EntryMissing, waiting.OfferOver, rules.AlreadyBooked, *_WISHES),
)  # fmt: skip
def take_offer(request: HttpRequest, entry: Number) -> Status[Booked]:
    """Turn the seat that is held for one into a booking. Again gets the same booking."""
    return Status(201, booked(waiting.take_offer(actor=actor_of(request), entry_id=entry, now=timezone.now())))


@api.post(
    "appointments/waiting/{entry}/leave", response={200: Waiting, **NO}, operation_id="leave_waiting", url_name="leave_waiting",
    summary="退出候补", auth=OWN, openapi_extra=saying_no(waiting.EntryMissing),
)  # fmt: skip
def leave_waiting(request: HttpRequest, entry: Number) -> Waiting:
    """Wait no longer; a seat that was held goes to the next. Again changes nothing."""
    waiting.leave_waiting(actor=actor_of(request), entry_id=entry, now=timezone.now())
    return _own_place(request, entry)


@api.api_operation(
    ["GET", "HEAD"],
    "appointments/slots/{slot_id}/draw",
    response={200: DrawRecord, 404: Refused},
    operation_id="draw_of_slot",
    url_name="draw_of_slot",
    summary="一个摇号时段的摇号",
)
def draw_of_slot(request: HttpRequest, slot_id: Number) -> DrawRecord:
    """The draw by which the seats of a slot are given out. Three to five SQL statements."""
    return draw_record(drawing.draw_of_slot(slot_id))


@api.get(
    "appointments/entries", response={200: EntryList, **NO}, operation_id="entries", url_name="entries", summary="本人的摇号登记", auth=OWN
)
def entries(request: HttpRequest, before: Before = None, limit: Limit = 20) -> EntryList:
    """One's own entries in draws and their outcome, newest first. One SQL statement."""
    rows = drawing.my_entries(actor_of(request), before=before, limit=limit)
    return EntryList(entries=[_entry(row) for row in rows], next=rows[-1].entry_id if len(rows) == limit else None)


@api.post(
    "appointments/entries", response={201: Entry, **NO}, operation_id="enter_draw", url_name="entries", summary="登记摇号", auth=OWN,
    openapi_extra=saying_no(drawing.NotDrawn, drawing.DrawClosed, drawing.AlreadyEntered, *_WISHES),
)  # fmt: skip
def enter_draw(request: HttpRequest, wish: LineRequest) -> Status[Entry]:
    """Enter the draw of a slot, once for a person: again gets the same entry, so no key is needed."""
    actor, now = actor_of(request), timezone.now()
    rush.count_booking_try(actor, now=now)
    made = drawing.enter_draw(
        actor=actor, slot_id=wish.slot_id, item_code=storable(wish.item), channel=Channel.MOBILE,
        priority=Priority(wish.priority) if wish.priority else None, case_serial=storable(wish.case), now=now,
    )  # fmt: skip
    return Status(201, _own_entry(request, made.entry_id))


@api.get(
    "appointments/entries/{entry}", response={200: Entry, **NO}, operation_id="entry", url_name="entry", summary="一次摇号登记和结果",
    auth=OWN, openapi_extra=saying_no(drawing.DrawMissing),
)  # fmt: skip
def entry_of(request: HttpRequest, entry: Number) -> Entry:
    """One's own entry and its outcome. One SQL statement."""
    return _own_entry(request, entry)


@api.post(
    "appointments/entries/{entry}/leave", response={200: Entry, **NO}, operation_id="leave_draw", url_name="leave_draw",
    summary="取消摇号登记", auth=OWN, openapi_extra=saying_no(drawing.DrawMissing, drawing.DrawClosed),
)  # fmt: skip
def leave_draw(request: HttpRequest, entry: Number) -> Entry:
    """Take the entry back before the draw closes. Again changes nothing."""
    drawing.leave_draw(actor=actor_of(request), entry_id=entry, now=timezone.now())
    return _own_entry(request, entry)


@api.get("appointments/bars", response={200: BarList, **NO}, operation_id="bars", url_name="bars", summary="本人的暂停预约", auth=OWN)
def bars(request: HttpRequest) -> BarList:
    """One's own times without booking, newest first. One SQL statement."""
    return BarList(bars=[_bar(row) for row in standing.own_bars(actor_of(request), now=timezone.now())])


@api.post(
    "appointments/bars/{bar}/appeal", response={200: Bar, **NO}, operation_id="appeal_bar", url_name="appeal_bar",
    summary="对暂停预约申诉（一次）", auth=OWN,
    openapi_extra=saying_no(standing.BarMissing, standing.AlreadyAppealed, standing.TextNeeded),
)  # fmt: skip
def appeal(request: HttpRequest, bar: Number, words: AppealRequest) -> Bar:
    """Say why it should end. The same words again change nothing."""
    actor, now = actor_of(request), timezone.now()
    standing.appeal_bar(actor=actor, bar_id=bar, text=words.text, now=now)
    row = standing.own_bar(actor, bar, now=now)
    if row is None:
        raise standing.BarMissing
    return _bar(row)


@api.api_operation(
    ["GET", "HEAD"],
    "appointments/policy",
    response={200: Limits},
    operation_id="booking_policy",
    url_name="booking_policy",
    summary="预约的限额、时间和提醒",
)
def policy(request: HttpRequest) -> Limits:
    """The limits, times and reminders that hold for every booking. One SQL statement."""
    return _limits(queries.booking_policy())


@api.post(
    "appointments/policy", response={200: Limits, **NO}, operation_id="set_booking_policy", url_name="booking_policy",
    summary="设置限额、时间和提醒（系统管理员）", auth=OWN, openapi_extra=saying_no(BadPolicy),
)  # fmt: skip
def set_policy(request: HttpRequest, limits: Limits) -> Limits:
    """Set them all, as the console does."""
    values = limits.model_dump() | {"remind_minutes": tuple(limits.remind_minutes)}
    scheduling.set_policy(actor=actor_of(request), policy=PolicyRow(**values), now=timezone.now())
    return _limits(queries.booking_policy())


def _own_place(request: HttpRequest, entry_id: int) -> Waiting:
    row = waiting.my_place(actor_of(request), entry_id)
    if row is None:
        raise waiting.EntryMissing
    return _place(row)


def _place(row: WaitingRow) -> Waiting:
    return Waiting(
        entry=row.entry_id, state=row.state, state_name=row.state.label, item=row.item_code, item_name=row.item_name, venue=row.venue_code,
        starts_at=row.starts_at, ends_at=row.ends_at, joined_at=timezone.localtime(row.joined_at), ahead=row.ahead, hold_until=row.hold_until,
        booking=row.booking,
    )  # fmt: skip


def _own_entry(request: HttpRequest, entry_id: int) -> Entry:
    row = drawing.my_entry(actor_of(request), entry_id)
    if row is None:
        raise drawing.DrawMissing
    return _entry(row)


def _entry(row: MyEntry) -> Entry:
    return Entry(
        entry=row.entry_id, code=row.code, draw=row.draw_code, state=row.state, state_name=row.state.label, item_name=row.item_name,
        starts_at=row.starts_at, closes_at=row.closes_at, place=row.place, booking=row.booking,
    )  # fmt: skip


def _bar(row: BarRow) -> Bar:
    return Bar(
        bar=row.bar_id, reason=row.reason, reason_name=row.reason.label, started_at=row.started_at, ends_at=row.ends_at,
        is_running=row.is_running, can_appeal=row.can_appeal, appeal=row.appeal, appealed_at=row.appealed_at, answer=row.answer,
        answered_at=row.answered_at, is_lifted=row.is_lifted,
    )  # fmt: skip


def _limits(row: PolicyRow) -> Limits:
    return Limits(**asdict(row) | {"remind_minutes": list(row.remind_minutes)})
