"""The calendar and the times of a day, as pages show them that let people book a visit. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hall.services.appointments.rows import DayRow, PlaceRow, SlotRow
from hall.services.appointments.shares import Priority
from hall.support.workdays.rules import CHINA, Calendar

WEEKDAYS = "一二三四五六日"
FEW = 5
LEAST_WEEKS, MOST_WEEKS = 2, 6
NOON = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar. `kind` (free, few, full, off, past, none) is told in `words` too; only a day with slots is a link."""

    day: date
    kind: str
    words: str
    is_chosen: bool = False

    @property
    def is_link(self) -> bool:
        return self.kind in {"free", "few", "full"}

    @property
    def weekday(self) -> str:
        return f"周{WEEKDAYS[self.day.weekday()]}"


def weeks(days: Iterable[DayRow], *, today: date, chosen: date | None, calendar: Calendar) -> list[list[Cell]]:
    """Whole weeks from today's on, Monday first: as many as have slots, two at least."""
    known = {row.day: row for row in days}
    monday = today - timedelta(days=today.weekday())
    last = max(known, default=today)
    count = min(max((last - monday).days // 7 + 1, LEAST_WEEKS), MOST_WEEKS)
    every = [monday + timedelta(days=number) for number in range(7 * count)]
    cells = [_cell(day, known.get(day), today, day == chosen, calendar) for day in every]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _cell(day: date, row: DayRow | None, today: date, is_chosen: bool, calendar: Calendar) -> Cell:
    if row is not None and row.free:
        return Cell(day, "few" if row.free <= FEW else "free", f"余 {row.free}", is_chosen)
    if row is not None:
        return Cell(day, "full", "约满", is_chosen)
    if day < today:
        return Cell(day, "past", "已过")
    if day == today:
        return Cell(day, "past", "截止")
    return Cell(day, "none", "无号") if calendar.is_working(day) else Cell(day, "off", "休")


def day_names(day: date) -> str:
    """11 月 25 日 周三"""
    return f"{day.month} 月 {day.day} 日 周{WEEKDAYS[day.weekday()]}"


def halves(slots: Iterable[SlotRow]) -> list[tuple[str, list[SlotRow]]]:
    """The slots of a day, in the morning and in the afternoon; a half without slots is left out."""
    morning: list[SlotRow] = []
    afternoon: list[SlotRow] = []
    for slot in slots:
        (morning if slot.starts_at.astimezone(CHINA).hour < NOON else afternoon).append(slot)
    return [(name, half) for name, half in (("上午", morning), ("下午", afternoon)) if half]


def place_at(places: Sequence[PlaceRow], wanted: str, division_code: str) -> PlaceRow | None:
    """The hall to show: the wanted one, else the one of the visitor's region, else the first that has a free seat; None without any."""
    chosen = next((place for place in places if place.venue.code == wanted), None)
    here = [place for place in places if division_code and place.venue.division_code == division_code]
    near = [place for place in places if division_code and place.venue.division_code[:4] == division_code[:4]]
    free = [place for place in places if place.next_day]
    return next(iter([*([chosen] if chosen else []), *here, *near, *free, *places]), None)


def priority_of(text: str) -> Priority | None:
    """The priority that a page names; None for anything else."""
    return Priority(text) if text in set(Priority) else None


def day_of(text: str) -> date | None:
    """A day as an address names it; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
