"""Making slots ahead from a schedule, again and again with the same outcome; what people have booked is never touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from hall.services.appointments import drawing
from hall.services.appointments.models import Schedule, Slot, SlotShare
from hall.services.appointments.patterns import Pattern, PlannedSlot, SchedulesOverlap, Window, days_ahead, slots_on
from hall.services.appointments.rules import moment_words
from hall.services.appointments.shares import BadQuota, Share
from hall.support.workdays import queries as workdays

_Shares = dict[int, dict[Share, SlotShare]]
NO_LONGER_OFFERED = "这个时段已不再安排"


@dataclass(frozen=True, slots=True)
class Made:
    """What making came to. `kept`: booked slots that the schedule does not offer any more; they stay as they are, closed to others."""

    added: int = 0
    changed: int = 0
    closed: int = 0
    kept: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(self.added + other.added, self.changed + other.changed, self.closed + other.closed, self.kept + other.kept)


def pattern_of(schedule: Schedule) -> Pattern:
    """The schedule's pattern. Two SQL queries, none where windows and special days were fetched along."""
    windows = [
        Window(window.starts, window.ends, window.quota, window.weekday, window.day, window.reserved) for window in schedule.windows.all()
    ]
    return Pattern(
        valid_from=schedule.valid_from,
        valid_until=schedule.valid_until,
        slot_minutes=schedule.slot_minutes,
        windows=tuple(windows),
        horizon_days=schedule.horizon_days,
        release_at=schedule.release_at,
        book_cutoff_minutes=schedule.book_cutoff_minutes,
        cancel_cutoff_minutes=schedule.cancel_cutoff_minutes,
        on_holidays=schedule.on_holidays,
        special_days=frozenset(special.day for special in schedule.special_days.all()),
    )


@transaction.atomic
def make_slots_of(schedule: Schedule, *, now: datetime) -> Made:
    """Let the slots from now to the schedule's horizon be as it says. The caller holds the schedule's lock.

    New ones are added; those that nobody booked follow a change; those that somebody booked keep their times, and their seats
    never become fewer than the booked ones. Raises: BadQuota, SchedulesOverlap.
    """
    calendar, pattern = workdays.calendar(), pattern_of(schedule)
    wanted: dict[datetime, PlannedSlot] = {}
    if not schedule.is_ended:
        for day in days_ahead(pattern, timezone.localdate(now)):
            wanted |= {slot.starts_at: slot for slot in slots_on(pattern, day, calendar) if slot.starts_at > now}
    # The lock that a booking's foreign key waits for: whoever books meanwhile sees the slot as it then is.
    held = list(Slot.objects.select_for_update().filter(schedule=schedule, starts_at__gt=now).order_by("pk"))
    shares = _shares(held)
    try:
        with transaction.atomic():
            return _fit(schedule, held, shares, wanted, now)
    except IntegrityError as fault:
        if "slot_desk_serves_one" not in str(fault):
            raise
        raise SchedulesOverlap("同一窗口在这些时间已有别的时段，请错开后再保存。") from fault


def _fit(schedule: Schedule, held: list[Slot], shares: _Shares, wanted: dict[datetime, PlannedSlot], now: datetime) -> Made:
    made, staying = Made(), []
    for slot in held:
        plan, is_booked = wanted.pop(slot.starts_at, None), _is_booked(shares[slot.pk])
        if plan is None or (is_booked and plan.ends_at != slot.ends_at):
            made += _close(slot, is_booked=is_booked)
        else:
            staying.append((slot, plan))
    # Nothing is offered across a booked slot that is itself not offered any more: somebody is served there then.
    busy = _booked_but_closed(schedule, now)
    for slot, plan in staying:
        is_booked = _is_booked(shares[slot.pk])
        made += _follow(schedule, slot, plan, shares[slot.pk]) if is_booked or _is_free(plan, busy) else _close(slot, is_booked=False)
    return made + _add(schedule, [plan for plan in wanted.values() if _is_free(plan, busy)])


def _shares(slots: Iterable[Slot]) -> _Shares:
    found: _Shares = {slot.pk: {} for slot in slots}
    for share in SlotShare.objects.filter(slot_id__in=found):
        found[share.slot_id][Share(share.share)] = share
    return found


def _is_booked(shares: dict[Share, SlotShare]) -> bool:
    return any(share.taken for share in shares.values())


def _booked_but_closed(schedule: Schedule, now: datetime) -> list[tuple[datetime, datetime]]:
    closed = Slot.objects.filter(desk_id=schedule.desk_id, is_closed=True, close_reason=NO_LONGER_OFFERED, ends_at__gt=now)
    return list(closed.annotate(seats=Sum("shares__taken")).filter(seats__gt=0).values_list("starts_at", "ends_at"))


def _is_free(plan: PlannedSlot, busy: list[tuple[datetime, datetime]]) -> bool:
    return not any(plan.starts_at < ends and starts < plan.ends_at for starts, ends in busy)


def _close(slot: Slot, *, is_booked: bool) -> Made:
    if not slot.is_closed:
        Slot.objects.filter(pk=slot.pk).update(is_closed=True, close_reason=NO_LONGER_OFFERED)
    return Made(closed=int(not is_booked and not slot.is_closed), kept=int(is_booked))


def _follow(schedule: Schedule, slot: Slot, plan: PlannedSlot, shares: dict[Share, SlotShare]) -> Made:
    if slot.is_closed and slot.close_reason != NO_LONGER_OFFERED:
        return Made()  # closed by a person, who alone opens it again
    changed = _fit_shares(slot, plan, shares)
    values = {
        "ends_at": plan.ends_at,
        "opens_at": plan.opens_at,
        "book_until": plan.book_until,
        "cancel_until": plan.cancel_until,
        "auth_level": schedule.auth_level,
        "is_closed": False,
        "close_reason": "",
    }
    if any(getattr(slot, name) != value for name, value in values.items()):
        Slot.objects.filter(pk=slot.pk).update(**values)
        changed = True
    return Made(changed=int(changed))


def _fit_shares(slot: Slot, plan: PlannedSlot, shares: dict[Share, SlotShare]) -> bool:
    changed = False
    for name in Share:
        quota, row = plan.shares.get(name, 0), shares.get(name)
        if row is None:
            if quota:
                SlotShare.objects.create(slot=slot, share=name, quota=quota)
                changed = True
        elif row.quota != quota:
            if not SlotShare.objects.filter(pk=row.pk, taken__lte=quota).update(quota=quota):
                taken = SlotShare.objects.filter(pk=row.pk).values_list("taken", flat=True).get()
                raise BadQuota(f"{moment_words(slot.starts_at)} 已约 {taken} 个（{name.label}），名额不能少于 {taken} 个。")
            changed = True
    return changed


def _add(schedule: Schedule, plans: list[PlannedSlot]) -> Made:
    slots = Slot.objects.bulk_create(
        Slot(
            schedule=schedule,
            desk_id=schedule.desk_id,
            department_code=schedule.department_id,
            venue_code=schedule.desk.venue_id,
            subject=schedule.subject,
            day=plan.day,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            opens_at=plan.opens_at,
            book_until=plan.book_until,
            cancel_until=plan.cancel_until,
            auth_level=schedule.auth_level,
            is_drawn=schedule.is_drawn,
        )
        for plan in plans
    )
    for slot in slots:
        if slot.is_drawn:
            drawing.prepare(slot, draw_hours=schedule.draw_hours)
    SlotShare.objects.bulk_create(
        SlotShare(slot=slot, share=share, quota=quota)
        for slot, plan in zip(slots, plans, strict=True)
        for share, quota in plan.shares.items()
        if quota
    )
    return Made(added=len(slots))
