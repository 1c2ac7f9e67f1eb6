from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """One day of the table. `kind`: "off" (free) or "work" (a weekend day worked instead)."""

    day: date
    kind: str
    name: str
