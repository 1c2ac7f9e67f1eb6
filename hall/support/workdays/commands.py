from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from hall.support.workdays import queries
from hall.support.workdays.models import Holiday
from hall.support.workdays.rows import HolidayRow


@dataclass(frozen=True, slots=True)
class HolidaysLoaded:
    """What a load changed."""

    added: int
    changed: int
    removed: int


@transaction.atomic
def load_holidays(rows: Iterable[HolidayRow]) -> HolidaysLoaded:
    """Make the table say what the rows say, for every year that occurs in them; other years stay. A repeat changes nothing.

    Whoever keeps deadlines in rows of its own is told by the caller, who publishes the fact.
    """
    wanted = {row.day: row for row in rows}
    years = {day.year for day in wanted}
    held = {holiday.day: holiday for holiday in Holiday.objects.select_for_update().filter(day__year__in=years)}
    gone = held.keys() - wanted.keys()
    fresh = [row for day, row in wanted.items() if day not in held]
    changed = [row for day, row in wanted.items() if day in held and (held[day].kind, held[day].name) != (row.kind, row.name)]
    Holiday.objects.filter(day__in=gone).delete()
    Holiday.objects.bulk_create(
        [Holiday(day=row.day, kind=row.kind, name=row.name) for row in fresh + changed],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["kind", "name"],
    )
    queries.forget_calendar()
    transaction.on_commit(queries.forget_calendar)
    return HolidaysLoaded(added=len(fresh), changed=len(changed), removed=len(gone))
