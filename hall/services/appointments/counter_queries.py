"""Reading for staff: who comes today, how schedules stand, how they are used. Always within one's own department, or all for those who watch."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from hall.services.appointments import finding, making, rules
from hall.services.appointments.models import Appointment, Schedule, Slot, SlotShare
from hall.services.appointments.rows import (
    DayFigures,
    ScheduledSlotRow,
    ScheduleFile,
    ScheduleRow,
    ShareRow,
    SpecialDayRow,
    VisitRow,
)
from hall.services.appointments.rules import State
from hall.services.appointments.shares import Channel, Priority, Share
from hall.services.catalogue import bookable
from hall.services.catalogue.bookable import VenueRow
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.formrules import rules as formrules
from hall.support.identity import masking, protection

READERS = (*sorted(DEPARTMENT_ROLES), Role.SYS_ADMIN, Role.SUPERVISOR)


def scope(actor: Actor, field: str = "department_code") -> Q:
    """What the actor may see: a department's own, everything for administrator and supervisor; default none."""
    if actor.has(Role.SYS_ADMIN, Role.SUPERVISOR):
        return Q()
    if actor.has(*DEPARTMENT_ROLES) and actor.department_code:
        return Q(**{field: actor.department_code})
    return Q(pk__in=[])


def venues_on(actor: Actor, day: date) -> list[VenueRow]:
    """The halls in which the actor's department has slots on a day, by code. Two SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, *READERS)
    codes = Slot.objects.filter(scope(actor), day=day).order_by("venue_code").values_list("venue_code", flat=True).distinct()
    return sorted(bookable.venues(codes).values(), key=lambda venue: venue.code)


def visits(
    actor: Actor, *, venue_code: str, day: date, states: Sequence[State] = (), after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[VisitRow]:
    """Who comes to a hall on a day, by time, behind a row's (starts_at, booking_id) (keyset). One SQL query.

    Only for the department that serves them: who watches or keeps the settings sees figures. Raises: SignInNeeded, NotAllowed.
    """
    require(actor, *DEPARTMENT_ROLES)
    found = Appointment.objects.filter(_own(actor), venue_code=venue_code, day=day)
    if states:
        found = found.filter(state__in=states)
    else:
        found = found.exclude(state__in=rules.FREEING_STATES)
    if after is not None:
        found = found.filter(Q(slot__starts_at__gt=after[0]) | Q(slot__starts_at=after[0], pk__gt=after[1]))
    return _visits(found.order_by("slot__starts_at", "pk")[:limit])


def waiting(actor: Actor, *, venue_code: str, day: date) -> list[VisitRow]:
    """Who has checked in and waits or stands at a counter, in the order of calling. One SQL query. Raises: SignInNeeded, NotAllowed."""
    require(actor, *DEPARTMENT_ROLES)
    found = Appointment.objects.filter(_own(actor), venue_code=venue_code, day=day, state=State.CHECKED_IN)
    return _visits(found.order_by("slot__starts_at", "-priority", "checked_in_at", "pk")[:200])


def visit(actor: Actor, code: str) -> VisitRow | None:
    """A booking by the code on its ticket; None outside of the department. One SQL query. Raises: SignInNeeded, NotAllowed."""
    require(actor, *DEPARTMENT_ROLES)
    return next(iter(_visits(Appointment.objects.filter(_own(actor), code=code.strip().upper()))), None)


def visits_by_phone(actor: Actor, *, phone: str, day: date) -> list[VisitRow]:
    """The bookings of a phone on a day; empty for what is no phone. One SQL query. Raises: SignInNeeded, NotAllowed."""
    require(actor, *DEPARTMENT_ROLES)
    try:
        digest = finding.phone_digest(formrules.check_mobile(phone))
    except formrules.RuleBroken:
        return []
    return _visits(Appointment.objects.filter(_own(actor), phone_digest=digest, day=day).order_by("slot__starts_at", "pk"))


def day_figures(actor: Actor, *, venue_code: str, day: date) -> DayFigures:
    """A day of a hall in numbers. Two SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, *READERS)
    shares = SlotShare.objects.filter(scope(actor, "slot__department_code"), slot__venue_code=venue_code, slot__day=day)
    # What is closed offers nothing more than the seats that were taken.
    offered = Sum("quota", filter=Q(slot__is_closed=False), default=0) + Sum("taken", filter=Q(slot__is_closed=True), default=0)
    seats = shares.aggregate(quota=offered, taken=Sum("taken", default=0))
    of_day = Appointment.objects.filter(scope(actor, "slot__department_code"), venue_code=venue_code, day=day)
    counts = of_day.aggregate(
        booked=Count("pk", filter=Q(state=State.BOOKED)),
        waiting=Count("pk", filter=Q(state=State.CHECKED_IN)),
        served=Count("pk", filter=Q(state=State.SERVED)),
        missed=Count("pk", filter=Q(state=State.NO_SHOW)),
        cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
        walked_in=Count("pk", filter=Q(channel=Channel.ONSITE)),
    )
    return DayFigures(**seats, **counts)


def schedules(actor: Actor, *, with_ended: bool = False, after: int = 0, limit: int = 50) -> list[ScheduleRow]:
    """The schedules of one's department, or all, by id, behind an id (keyset). Three SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, *READERS)
    found = Schedule.objects.filter(scope(actor, "department_id"), pk__gt=after).select_related("desk")
    if not with_ended:
        found = found.filter(is_ended=False)
    return _schedule_rows(list(found.order_by("pk")[:limit]))


def schedule(actor: Actor, schedule_id: int) -> ScheduleFile | None:
    """One schedule with its hours; None outside of one's scope. Five SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, *READERS)
    found = Schedule.objects.filter(scope(actor, "department_id"), pk=schedule_id).select_related("desk")
    row = found.prefetch_related("windows", "special_days").first()
    if row is None:
        return None
    special = sorted(row.special_days.all(), key=lambda special: special.day)
    return ScheduleFile(
        row=_schedule_rows([row])[0],
        pattern=making.pattern_of(row),
        auth_level=row.auth_level,
        draw_hours=row.draw_hours,
        special_days=tuple(SpecialDayRow(one.day, one.reason) for one in special),
    )


def schedule_slots(actor: Actor, schedule_id: int, *, from_day: date, to_day: date) -> list[ScheduledSlotRow]:
    """The slots of a schedule between two days, both included, with their seats. Two SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, *READERS)
    found = Slot.objects.filter(scope(actor), schedule_id=schedule_id, day__gte=from_day, day__lte=to_day)
    return [
        ScheduledSlotRow(
            slot_id=slot.pk,
            day=slot.day,
            starts_at=timezone.localtime(slot.starts_at),
            ends_at=timezone.localtime(slot.ends_at),
            is_closed=slot.is_closed,
            close_reason=slot.close_reason,
            shares=tuple(ShareRow(s.share, Share(s.share).label, s.quota, s.taken) for s in slot.shares.all() if s.quota),
        )
        for slot in found.order_by("starts_at").prefetch_related("shares")
    ]


def walk_in_slots(actor: Actor, *, venue_code: str, now: datetime) -> list[ScheduledSlotRow]:
    """The slots of today that are not over, of one's department in a hall, for people who walk in. Two SQL queries."""
    require(actor, *DEPARTMENT_ROLES)
    found = Slot.objects.filter(scope(actor), venue_code=venue_code, day=timezone.localdate(now), ends_at__gt=now, is_closed=False)
    ids = list(found.order_by("starts_at", "pk").values_list("pk", "schedule_id", "day", "starts_at", "ends_at"))
    shares: dict[int, list[ShareRow]] = {row[0]: [] for row in ids}
    for share in SlotShare.objects.filter(slot_id__in=shares, share__in=[Share.OPEN, Share.ONSITE, Share.PRIORITY]):
        shares[share.slot_id].append(ShareRow(share.share, Share(share.share).label, share.quota, share.taken))
    return [
        ScheduledSlotRow(pk, day, timezone.localtime(starts), timezone.localtime(ends), False, "", tuple(shares[pk]))
        for pk, _, day, starts, ends in ids
    ]


def _own(actor: Actor) -> Q:
    return Q(slot__department_code=actor.department_code) if actor.department_code else Q(pk__in=[])


def _visits(found: QuerySet[Appointment]) -> list[VisitRow]:
    return [_visit(row) for row in found.select_related("slot", "slot__desk")]


def _visit(row: Appointment) -> VisitRow:
    visitor = protection.decrypt_json(row.visitor_sealed, purpose=finding.VISITOR)
    return VisitRow(
        booking_id=row.pk,
        code=row.code,
        state=State(row.state),
        ticket=row.ticket,
        visitor=masking.mask_name(visitor["name"]),
        phone=masking.mask_phone(visitor["phone"]) if visitor["phone"] else "",
        is_enterprise=row.enterprise_id is not None,
        item_name=row.item_name,
        case_serial=row.case_serial,
        counter=row.slot.desk.counter,
        starts_at=timezone.localtime(row.slot.starts_at),
        ends_at=timezone.localtime(row.slot.ends_at),
        channel=Channel(row.channel),
        priority=Priority(row.priority) if row.priority else None,
        checked_in_at=row.checked_in_at,
        called_to=row.called_to,
    )


def _schedule_rows(rows: Iterable[Schedule]) -> list[ScheduleRow]:
    rows = list(rows)
    halls = bookable.venues(row.desk.venue_id for row in rows)
    names = bookable.subject_names(row.subject for row in rows)
    return [
        ScheduleRow(
            schedule_id=row.pk,
            name=row.name,
            venue_code=row.desk.venue_id,
            venue_name=halls[row.desk.venue_id].name,
            counter=row.desk.counter,
            kind=row.subject.partition(":")[0],
            code=row.subject.partition(":")[2],
            subject_name=names.get(row.subject, row.subject),
            department_code=row.department_id,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            is_ended=row.is_ended,
            is_drawn=row.is_drawn,
            revision=row.revision,
        )
        for row in rows
    ]
