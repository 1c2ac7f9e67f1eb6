"""How seats were used, for those who plan them: by day, by weekday and hour, by schedule. Within one's own scope; figures, nobody's name."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from hall.services.appointments.counter_queries import READERS, scope
from hall.services.appointments.models import Appointment, Schedule, SlotShare
from hall.services.appointments.rows import UsageRow, Used
from hall.services.appointments.rules import State
from hall.services.catalogue import bookable
from hall.support.access.actors import Actor, require
from hall.support.workdays.rules import CHINA

# What is closed offers nothing more than the seats that were taken.
_SEATS = {"offered": Sum(Case(When(slot__is_closed=True, then=F("taken")), default=F("quota"))), "seats": Sum("taken")}
_ENDS = {
    name: Count("pk", filter=Q(state=state))
    for name, state in (("served", State.SERVED), ("missed", State.NO_SHOW), ("cancelled", State.CANCELLED))
}


def by_day(actor: Actor, *, from_day: date, to_day: date, department_code: str = "") -> dict[date, Used]:
    """Each day that had seats, both ends included, earliest first. Two SQL queries. Raises: SignInNeeded, NotAllowed."""
    shares, bookings = _between(actor, from_day, to_day, department_code)
    seats = shares.values_list("slot__day").annotate(**_SEATS).order_by("slot__day")
    ends = {day: counts for day, *counts in bookings.values_list("day").annotate(**_ENDS).order_by("day")}
    return {day: Used(quota, taken, *ends.get(day, ())) for day, quota, taken in seats if quota}


def by_hour(actor: Actor, *, from_day: date, to_day: date, department_code: str = "") -> Mapping[tuple[int, int], Used]:
    """By weekday (1 Monday to 7) and the hour in which slots began. One SQL query. Raises: SignInNeeded, NotAllowed."""
    shares, _ = _between(actor, from_day, to_day, department_code)
    cells = shares.annotate(weekday=ExtractIsoWeekDay("slot__day"), hour=ExtractHour("slot__starts_at", tzinfo=CHINA))
    rows = cells.values_list("weekday", "hour").annotate(**_SEATS).order_by("weekday", "hour")
    return {(weekday, hour): Used(quota, taken) for weekday, hour, quota, taken in rows if quota}


def by_schedule(actor: Actor, *, from_day: date, to_day: date, department_code: str = "") -> list[UsageRow]:
    """Each schedule that had seats, the fullest first. Four SQL queries. Raises: SignInNeeded, NotAllowed."""
    shares, bookings = _between(actor, from_day, to_day, department_code)
    seats = {key: (quota, taken) for key, quota, taken in shares.values_list("slot__schedule").annotate(**_SEATS) if quota}
    ends = {key: counts for key, *counts in bookings.values_list("slot__schedule").annotate(**_ENDS)}
    found = list(Schedule.objects.filter(pk__in=seats).values_list("pk", "name", "desk__venue_id", "department_id"))
    halls = bookable.venues(row[2] for row in found)
    rows = [UsageRow(pk, name, halls[venue].name, code, Used(*seats[pk], *ends.get(pk, ()))) for pk, name, venue, code in found]
    return sorted(rows, key=lambda row: (-(row.used.percent or 0), row.schedule_id))


def _between(actor: Actor, from_day: date, to_day: date, department_code: str) -> tuple[QuerySet[SlotShare], QuerySet[Appointment]]:
    require(actor, *READERS)
    mine = scope(actor, "slot__department_code")
    chosen: dict[str, Any] = {"slot__department_code": department_code} if department_code else {}
    shares = SlotShare.objects.filter(mine, slot__day__gte=from_day, slot__day__lte=to_day, **chosen)
    return shares, Appointment.objects.filter(mine, day__gte=from_day, day__lte=to_day, **chosen)
