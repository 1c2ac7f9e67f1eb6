"""Schedules, slots and bookings for tests, made by the real commands. The day is Monday, 23 November 2026, 9:00 in Jinan."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from hall.services.appointments import commands, counter_queries, scheduling
from hall.services.appointments.commands import Booking
from hall.services.appointments.models import Slot, SlotShare
from hall.services.appointments.patterns import Pattern, Window
from hall.services.appointments.scheduling import Scheduled, ScheduleForm
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from tests.make.catalogue import make_item
from tests.make.people import NOW, citizen_actor, staff_actor
from tests.make.regions import LIXIA, make_regions

_numbers = count(1)
TUESDAY = date(2026, 11, 24)


def make_bookable_item(**changes: Any) -> ItemVersionRow:
    """A published item that is handled in the hall and can be booked."""
    return make_item(**({"online_depth": "prelim", "bookable": True, "name": "社会保障卡申领"} | changes))


def weekdays(
    *, starts: time = time(9), ends: time = time(11), quota: int = 2, reserved: dict[str, int] | None = None
) -> tuple[Window, ...]:
    """The same hours from Monday to Friday."""
    return tuple(Window(starts, ends, quota, weekday=day, reserved=reserved or {}) for day in range(1, 6))


def make_form(item: ItemVersionRow, *, windows: Sequence[Window] = (), **changes: Any) -> ScheduleForm:
    """A schedule's form: one item at the hall of 历下区, from today, slots of an hour with two seats, weekdays from 9 to 11."""
    own = {name: changes.pop(name) for name in list(changes) if name in Pattern.__dataclass_fields__}
    pattern = Pattern(
        **({"valid_from": NOW.date(), "valid_until": None, "slot_minutes": 60, "windows": tuple(windows) or weekdays()} | own)
    )
    values = {"name": "社保卡窗口", "venue_code": LIXIA, "kind": "item", "code": item.code, "department_code": item.department_code}
    return ScheduleForm(**(values | {"pattern": pattern} | changes))


def make_schedule(item: ItemVersionRow, *, actor: Actor | None = None, now: datetime = NOW, **changes: Any) -> Scheduled:
    """A schedule with its first slots, written by the department's leader."""
    make_regions()
    actor = actor or staff_actor(Role.LEADER, department_code=item.department_code)
    return scheduling.create_schedule(actor=actor, form=make_form(item, **changes), request_key=f"schedule-{next(_numbers)}", now=now)


def make_slot(*, seats: int = 1, item: ItemVersionRow | None = None, now: datetime = NOW, **changes: Any) -> Slot:
    """The first slot of tomorrow, of a schedule of its own; `slot.item` is what it is for."""
    item = item or make_bookable_item()
    windows = weekdays(quota=seats, reserved=changes.pop("reserved", None))
    scheduled = make_schedule(item, now=now, windows=windows, counter=f"{next(_numbers)} 号窗口", **changes)
    slot = Slot.objects.filter(schedule_id=scheduled.schedule_id, day=(now + timedelta(days=1)).date()).earliest("starts_at")
    slot.item = item  # type: ignore[attr-defined]
    return slot


def book(actor: Actor, slot: Slot, *, key: str = "", item_code: str = "", now: datetime = NOW, **more: Any) -> Booking:
    """A booking, under a new request key unless one is given."""
    return commands.book_appointment(
        actor=actor,
        slot_id=slot.pk,
        item_code=item_code or slot.subject.partition(":")[2],
        request_key=key or f"key-{next(_numbers)}",
        now=now,
        **more,
    )


def taken(slot: Slot) -> int:
    """Seats that the slot counts as taken, over its shares."""
    return sum(SlotShare.objects.filter(slot=slot).values_list("taken", flat=True))


def revision_of(actor: Actor, schedule_id: int) -> int:
    """The schedule's present revision."""
    found = counter_queries.schedule(actor, schedule_id)
    assert found is not None
    return found.row.revision


def other_slot(slot: Slot, *, places: int = 1) -> Slot:
    """A later slot of the same schedule."""
    return Slot.objects.filter(schedule_id=slot.schedule_id, starts_at__gt=slot.starts_at).order_by("starts_at")[places - 1]


def visitor() -> Actor:
    """A new citizen."""
    return citizen_actor()


def make_coming_slot(*, seats: int = 2, item: ItemVersionRow | None = None, **changes: Any) -> Slot:
    """A slot three days from the real present, whatever day that is, with a later one that day: for pages, which take the clock's time."""
    now, item = timezone.now(), item or make_bookable_item()
    every_day = tuple(Window(time(9), time(11), seats, weekday=day) for day in range(1, 8))
    scheduled = make_schedule(item, now=now, windows=every_day, on_holidays=True, valid_from=timezone.localdate(now), **changes)
    return Slot.objects.filter(schedule_id=scheduled.schedule_id, day=timezone.localdate(now) + timedelta(days=3)).earliest("starts_at")


def make_running_slot(*, item: ItemVersionRow, seats: int = 3, minutes_later: int = 0) -> Slot:
    """A slot of the real today that began a moment ago (or begins later), moved there whatever the hour: for pages of the hall's day."""
    now = timezone.now().replace(second=0, microsecond=0)
    slot = make_coming_slot(seats=seats, item=item)
    starts_at = now + timedelta(minutes=minutes_later) - timedelta(minutes=1)
    moved = {
        "day": timezone.localdate(now),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=60),
        "book_until": starts_at - timedelta(minutes=30),
        "cancel_until": starts_at - timedelta(minutes=60),
        "opens_at": starts_at - timedelta(days=14),
    }
    Slot.objects.filter(pk=slot.pk).update(**moved)
    return Slot.objects.get(pk=slot.pk)
