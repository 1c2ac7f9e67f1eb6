"""Everything that can happen, on one page: frozen facts of plain values, published by commands in their transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemsPublished:
    """Items of the catalogue became visible, changed or disappeared."""

    codes: list[str]


@dataclass(frozen=True, slots=True)
class HolidaysChanged:
    """The table of holidays and make-up days says something new; open deadlines follow it."""


@dataclass(frozen=True, slots=True)
class ApplicationSubmitted:
    """An application became a case; it has its serial number."""

    case_id: int
    serial: str
    account_id: int
    item_code: str
    item_name: str
    department_code: str
    # Of the whole (一件事) that it was handed in with: the applicant is told once for all of it.
    joint_serial: str = ""


@dataclass(frozen=True, slots=True)
class ResultIssued:
    """A result (证照、批文、证明) was made; its file is not signed yet."""

    document_id: int


@dataclass(frozen=True, slots=True)
class ResultRevoked:
    """The department took a result back."""

    document_id: int
    serial: str
    account_id: int
    title: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResultReplaced:
    """A new version of a result stands in an earlier one's place (变更、补证)."""

    document_id: int
    serial: str
    account_id: int
    title: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoneyGivenBack:
    """Money that was paid for a case went back to the payer; `amount` in yuan, as people read it."""

    refund_id: int
    serial: str
    account_id: int
    item_name: str
    amount: str
    reason: str


@dataclass(frozen=True, slots=True)
class JointSubmitted:
    """Several applications were handed in together, under one number; each became or will become a case of its own."""

    joint_id: int
    serial: str
    account_id: int
    name: str
    items: int
    waiting: int


@dataclass(frozen=True, slots=True)
class JointPartSettled:
    """A case that is part of a whole came so far that others may start, or ended."""

    joint_id: int
    case_id: int


@dataclass(frozen=True, slots=True)
class JointPartLeft:
    """A part of a whole will not be handled; `sentence` tells the applicant why, and how to go on."""

    part_id: int
    serial: str
    account_id: int
    name: str
    item_name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """A case took a step along the table of transitions. `sentence` tells the applicant what happened and what comes next.

    `is_told`: worth a message of its own though the state stays (an extension, a hearing's place and time).
    """

    case_id: int
    serial: str
    step_id: int
    account_id: int
    item_name: str
    from_state: str
    to_state: str
    sentence: str
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """A case reached an end state; `close_kind` says how."""

    case_id: int
    serial: str
    account_id: int
    item_code: str
    item_name: str
    department_code: str
    close_kind: str


@dataclass(frozen=True, slots=True)
class CaseRated:
    """An applicant rated a finished case, grade 1 to 5."""

    rating_id: int
    case_id: int
    item_code: str
    department_code: str
    grade: int


@dataclass(frozen=True, slots=True)
class RatingAnswered:
    """The department answered a rating."""

    rating_id: int
    serial: str
    account_id: int
    item_name: str


@dataclass(frozen=True, slots=True)
class SerialMoved:
    """A department told a newer step of a number of channel 4 or 5 (here in groups), which these people keep in view."""

    state_id: int
    serial: str
    item_name: str
    state_name: str
    account_ids: list[int]


@dataclass(frozen=True, slots=True)
class AppointmentBooked:
    """A person has a seat. Times are ISO texts; `is_told`: the hall confirms by a notice, as its policy says."""

    appointment_id: int
    code: str
    account_id: int
    item_name: str
    venue_name: str
    starts_at: str
    is_told: bool


@dataclass(frozen=True, slots=True)
class AppointmentChanged:
    """A booking moved into another slot; `code` names the new one."""

    appointment_id: int
    code: str
    account_id: int
    item_name: str
    venue_name: str
    starts_at: str
    from_at: str


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """A booking was given up by the person or, with a reason, by the hall."""

    appointment_id: int
    code: str
    account_id: int
    item_name: str
    starts_at: str
    is_by_hall: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AppointmentMissed:
    """The person did not come."""

    appointment_id: int
    code: str
    account_id: int
    item_name: str
    starts_at: str


@dataclass(frozen=True, slots=True)
class SeatOffered:
    """A freed seat is held until `hold_until` for somebody who waited for it."""

    entry_id: int
    account_id: int
    item_name: str
    venue_name: str
    starts_at: str
    hold_until: str


@dataclass(frozen=True, slots=True)
class BookingBarred:
    """Somebody missed or cancelled too often (`reason` no_show or cancel) and may not book until `ends_at`."""

    bar_id: int
    account_id: int
    reason: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class BarAnswered:
    """The appeal against a bar was answered."""

    bar_id: int
    account_id: int
    is_lifted: bool
    answer: str


@dataclass(frozen=True, slots=True)
class DrawEnded:
    """Somebody's entry in a draw won a booking, `code`, or did not (`code` is "")."""

    entry_id: int
    account_id: int
    code: str
    item_name: str
    venue_name: str
    starts_at: str


@dataclass(frozen=True, slots=True)
class KeepingAgreed:
    """A person, or somebody acting for an enterprise, agreed that files handed in are kept in the library for the next time."""

    account_id: int
    enterprise_id: int | None


@dataclass(frozen=True, slots=True)
class MaterialEnding:
    """A material of a library is good for `days_left` more days; told once for each of a few numbers of days (`stage`)."""

    account_id: int
    material_id: int
    version_id: int
    name: str
    valid_until: str  # ISO date
    days_left: int
    stage: int
    is_result: bool
    enterprise_name: str
