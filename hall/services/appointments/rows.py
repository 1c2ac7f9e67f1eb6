"""Frozen rows of appointments, as pages and machines read them."""

from dataclasses import dataclass, fields
from datetime import date, datetime

from hall.services.appointments.patterns import Pattern
from hall.services.appointments.rules import State
from hall.services.appointments.shares import Channel, Priority
from hall.services.catalogue.bookable import VenueRow


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot as somebody may book it: `free` seats for that channel (and priority) of `quota` in all.

    `state`: open, full, soon (opens at `opens_at`), over, closed, drawn.
    """

    slot_id: int
    venue_code: str
    counter: str
    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    free: int
    quota: int
    state: str

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day with slots: how many seats are free on it, and how many slots it has that may still be booked."""

    day: date
    free: int
    slots: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A hall in which an item can be booked, with its days."""

    venue: VenueRow
    days: tuple[DayRow, ...]

    @property
    def next_day(self) -> date | None:
        """The first day with a free seat."""
        return next((row.day for row in self.days if row.free), None)


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """One's own booking; `booking_id` is the key of lists. `can_change` and `can_cancel`: now. `changed_to` and `changed_from` are codes of the other booking, or ""."""

    booking_id: int
    code: str
    state: State
    item_code: str
    item_name: str
    case_serial: str
    venue: VenueRow
    counter: str
    starts_at: datetime
    ends_at: datetime
    cancel_until: datetime
    booked_at: datetime
    channel: Channel
    priority: Priority | None
    ticket: str
    called_to: str
    reason: str
    is_ended_by_hall: bool
    enterprise_id: int | None
    changed_to: str
    changed_from: str
    can_change: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A booking at the hall's counter. `visitor` and `phone` are masked."""

    booking_id: int
    code: str
    state: State
    ticket: str
    visitor: str
    phone: str
    is_enterprise: bool
    item_name: str
    case_serial: str
    counter: str
    starts_at: datetime
    ends_at: datetime
    channel: Channel
    priority: Priority | None
    checked_in_at: datetime | None
    called_to: str


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day of a hall in numbers, of one department: seats offered and taken, and what became of those who booked."""

    quota: int
    taken: int
    booked: int
    waiting: int
    served: int
    missed: int
    cancelled: int
    walked_in: int

    @property
    def used_percent(self) -> int | None:
        """Taken seats of those offered; None without seats."""
        return round(100 * self.taken / self.quota) if self.quota else None


@dataclass(frozen=True, slots=True)
class Used:
    """Seats that were offered and taken over some time, and what became of the bookings. A closed slot offered what was taken of it."""

    quota: int
    taken: int
    served: int = 0
    missed: int = 0
    cancelled: int = 0

    @property
    def percent(self) -> int | None:
        """Taken seats of those offered; None without seats."""
        return round(100 * self.taken / self.quota) if self.quota else None

    def __add__(self, other: "Used") -> "Used":
        sums = (getattr(self, field.name) + getattr(other, field.name) for field in fields(Used))
        return Used(*sums)


@dataclass(frozen=True, slots=True)
class UsageRow:
    """How one schedule was used."""

    schedule_id: int
    name: str
    venue_name: str
    department_code: str
    used: Used


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule in a list. `subject_name` is what is booked, in words."""

    schedule_id: int
    name: str
    venue_code: str
    venue_name: str
    counter: str
    kind: str
    code: str
    subject_name: str
    department_code: str
    valid_from: date
    valid_until: date | None
    is_ended: bool
    is_drawn: bool
    revision: int


@dataclass(frozen=True, slots=True)
class SpecialDayRow:
    """A day on which a schedule differs; closed unless `pattern.windows` has hours for it."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class ScheduleFile:
    """A schedule with everything that can be edited."""

    row: ScheduleRow
    pattern: Pattern
    auth_level: int
    draw_hours: int
    special_days: tuple[SpecialDayRow, ...]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Seats of one share of a slot."""

    share: str
    share_name: str
    quota: int
    taken: int


@dataclass(frozen=True, slots=True)
class ScheduledSlotRow:
    """A slot for those who manage it, with its seats by share."""

    slot_id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    is_closed: bool
    close_reason: str
    shares: tuple[ShareRow, ...]

    @property
    def quota(self) -> int:
        return sum(share.quota for share in self.shares)

    @property
    def taken(self) -> int:
        return sum(share.taken for share in self.shares)
