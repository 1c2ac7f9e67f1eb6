"""How a case's clocks stand, as its pages show them: the promise, the law's own, and every change of them with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from hall.services.cases.clock_rules import ExtensionState, HearingState
from hall.support.workdays.rules import Calendar, Lamp, Unit, lamp_on

if TYPE_CHECKING:
    from hall.services.cases.rows import StepRow

UNIT_NAMES = {Unit.WORKING: "工作日", Unit.NATURAL: "自然日", Unit.MONTH: "月"}


@dataclass(frozen=True, slots=True)
class LampRow:
    """The deadline lamp of one case: `days_left` in working days, negative when overdue, None while paused or ended."""

    lamp: Lamp
    days_left: int | None
    due_on: date | None


def lamp_row(due_on: date | None, calendar: Calendar, today: date) -> LampRow:
    """The lamp of a deadline that runs until `due_on`; paused without one."""
    if due_on is None:
        return LampRow(Lamp.PAUSED, None, None)
    days_left = calendar.between(today, due_on)
    return LampRow(lamp_on(due_on, calendar, today), min(days_left, -1) if due_on < today else days_left, due_on)


@dataclass(frozen=True, slots=True)
class ClockChangeRow:
    """One change of the running deadline. `from_on` is the last one known before it; `to_on` None: stopped."""

    at: datetime
    actor_name: str
    reason: str
    from_on: date | None
    to_on: date | None
    statutory_from: date | None
    statutory_to: date | None


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """The extension that was asked for."""

    state: ExtensionState
    days: int
    reason: str
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str
    answer: str


@dataclass(frozen=True, slots=True)
class HearingRow:
    """The hearing, how far it got, and between which days it may be held when it is arranged today."""

    state: HearingState
    ask_until: date
    asked_at: datetime | None
    hold_until: date | None
    arranged_for: datetime | None
    place: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class PauseRow:
    """The pause that runs: since when, for what, and until when it was expected to take (None: nothing was said)."""

    what: str
    from_on: date
    expected_on: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class ClocksRow:
    """Both clocks of a case. `used` and `allowed` count the running one's days, natural ones unless its unit is working days."""

    used: int | None
    allowed: int | None
    unit: Unit
    statutory: LampRow | None
    statutory_days: int
    changes: tuple[ClockChangeRow, ...]
    extension: ExtensionRow | None = None
    hearing: HearingRow | None = None
    pause: PauseRow | None = None

    @property
    def unit_name(self) -> str:
        """What `used` and `allowed` count."""
        return "工作日" if self.unit is Unit.WORKING else "自然日"

    @property
    def law_unit_name(self) -> str:
        """What `statutory_days` count."""
        return UNIT_NAMES[self.unit]


def changes_of(steps: Sequence["StepRow"]) -> tuple[ClockChangeRow, ...]:
    """The steps that moved a deadline, oldest first; a clock that goes on again shows the deadline from before it stopped."""
    found: list[ClockChangeRow] = []
    due: date | None = None
    statutory: date | None = None
    for step in steps:
        due, statutory = step.due_from or due, step.statutory_from or statutory
        if step.clock_reason:
            found.append(ClockChangeRow(step.at, step.actor_name, step.clock_reason, due, step.due_to, statutory, step.statutory_to))
    return tuple(found)
