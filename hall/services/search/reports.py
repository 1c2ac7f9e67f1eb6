"""What the console reads of the counts: queries that led to nothing, and queries whose answer people found too far down (§5.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Sum
from django.utils import timezone

from hall.services.search import rules, shelf
from hall.services.search.models import SearchClick, SearchMiss

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class MissRow:
    """A query that led to nothing, how often, and the day it was last typed (ISO)."""

    query: str
    uses: int
    last_day: str


@dataclass(frozen=True, slots=True)
class ClickRow:
    """An item opened from the results of a query: how often, and at which place it stood on average."""

    query: str
    code: str
    name: str
    clicks: int
    place: float


def misses(*, now: datetime, days: int = 28) -> list[MissRow]:
    """Queries of the last days that led to nothing, most typed first; never one that fewer than three visits typed. One SQL statement."""
    first = timezone.localdate(now) - timedelta(days=days - 1)
    rows = SearchMiss.objects.filter(day__gte=first).values("query").annotate(sum=Sum("uses"), last=Max("day"))
    rows = rows.filter(sum__gte=rules.LEAST_SHOWN_MISSES).order_by("-sum", "query")
    return [MissRow(row["query"], row["sum"], row["last"].isoformat()) for row in rows[:MOST_ROWS]]


def clicks(*, now: datetime, days: int = 28, is_low_only: bool = False) -> list[ClickRow]:
    """Items opened from results in the last days, the lowest places first, then the most opened; never one opened fewer than three
    times. `is_low_only` leaves out what stands among the first three. Two SQL statements."""
    first = timezone.localdate(now) - timedelta(days=days - 1)
    rows = SearchClick.objects.filter(day__gte=first).values("query", "item_code").annotate(sum=Sum("clicks"), places=Sum("places"))
    entries = shelf.current().entries
    found = [
        ClickRow(row["query"], row["item_code"], entries[row["item_code"]].name, row["sum"], round(row["places"] / row["sum"], 1))
        for row in rows.filter(sum__gte=rules.LEAST_SHOWN_MISSES).order_by("-sum", "query", "item_code")[: 10 * MOST_ROWS]
        if row["item_code"] in entries
    ]
    if is_low_only:
        found = [row for row in found if row.place > rules.FIRST_PLACES]
    return sorted(found, key=lambda row: (-row.place, -row.clicks, row.query, row.code))[:MOST_ROWS]
