"""The frozen rows that the queries of cases return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from hall.services.cases import rules
from hall.services.cases.clock_rows import ClocksRow, LampRow, lamp_row
from hall.services.cases.fee_rules import FeeTime
from hall.services.cases.flow_stand import FlowStand
from hall.services.cases.instant_queries import InstantRow
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.elements import Fee
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.licences.rows import Looked
from hall.services.materials.rules import Grade
from hall.support.workdays.rules import Calendar, Lamp


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the timeline."""

    step_id: int
    at: datetime
    action: str
    from_state: CaseState | None
    to_state: CaseState
    actor_name: str
    sentence: str
    note: str
    # What it did to the deadlines, and why; see clock_rows.
    due_from: date | None = None
    due_to: date | None = None
    statutory_from: date | None = None
    statutory_to: date | None = None
    clock_reason: str = ""


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One handed-in file of one material; the newest round is what counts now."""

    material_id: int
    key: str
    name: str
    round: int
    position: int
    file_id: UUID
    file_name: str
    media_type: str
    size_bytes: int
    handed_in_at: datetime
    grade: str = ""  # 可信等级 that it had in the applicant's library, "" for an upload
    checked_at: datetime | None = None  # when a clerk found it the same as the original

    @property
    def trust(self) -> str:
        """可信等级 in letter and words, "" for a plain upload (domain.md §10)."""
        known = Grade.CHECKED if self.checked_at is not None else self.grade
        return f"{known} {Grade(known).label}" if known else ""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One fault of the correction notice, with what the applicant has done about it so far."""

    point_id: int
    kind: str
    target: str
    target_name: str
    sentence: str
    new_value: str | None
    corrected_at: datetime | None
    files: tuple[tuple[UUID, str, int], ...]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One issued document of a case."""

    document_id: int
    kind: str
    title: str
    number: str
    verify_code: str
    version: int
    issued_at: datetime
    valid_until: date | None
    is_revoked: bool
    signed_at: datetime | None = None
    revoked_at: datetime | None = None
    revoke_reason: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list: the desk's queue or the applicant's orders. `applicant_name` is full; mask it where the viewer should not see it."""

    case_id: int
    serial: str
    item_code: str
    item_name: str
    department_code: str
    applicant_name: str
    state: CaseState
    close_kind: str
    revision: int
    handler_id: int | None
    handler_name: str
    submitted_at: datetime
    moved_at: datetime
    closed_at: datetime | None
    correction_due_on: date | None
    queue_on: date
    lamp: LampRow

    @property
    def state_name(self) -> str:
        return rules.CLOSE_NAMES.get(self.close_kind, "") if self.close_kind == "denied" else rules.STATE_NAMES[self.state]

    @property
    def desk_state_name(self) -> str:
        return rules.DESK_STATE_NAMES[self.state]


COLUMNS = (
    "pk", "serial", "item_code", "item_name", "department_code", "applicant_name", "state", "close_kind", "revision", "handler_id",
    "handler_name", "submitted_at", "moved_at", "closed_at", "correction_due_on", "queue_on", "due_on",
)  # fmt: skip


def _lamp(state: CaseState, due_on: date | None, calendar: Calendar, today: date) -> LampRow:
    if state in rules.END_STATES:
        return LampRow(Lamp.NONE, None, None)
    return lamp_row(None if state in rules.PAUSED_STATES else due_on, calendar, today)


def made_row(values: Sequence[Any], calendar: Calendar, today: date) -> CaseRow:
    """The line of a case from its `COLUMNS`."""
    *fields, due_on = values
    fields[6] = CaseState(fields[6])
    fields.append(_lamp(fields[6], due_on, calendar, today))
    return CaseRow(*fields)


def row_of(case: object, calendar: Calendar, today: date) -> CaseRow:
    """The line of one case that is at hand. No SQL."""
    return made_row([getattr(case, name) for name in COLUMNS], calendar, today)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything about one case, as the desk and the applicant's own page show it. `answers` are the form's values in clear."""

    row: CaseRow
    version: ItemVersionRow
    enterprise_id: int | None
    account_id: int
    answers: dict[str, Any]
    steps: tuple[StepRow, ...]
    materials: tuple[MaterialRow, ...]
    points: tuple[PointRow, ...]
    documents: tuple[DocumentRow, ...]
    actions: tuple[Action, ...]
    opinion: str
    is_grant_advised: bool | None
    is_granted: bool | None
    accepted_at: datetime | None
    decided_at: datetime | None
    query_code: str
    clocks: ClocksRow
    flow: FlowStand
    instant: InstantRow | None
    second_opinion: str
    is_second_grant_advised: bool | None
    variant: str = ""
    joint: "JointBrief | None" = None
    licences: "tuple[LicenceRow, ...]" = ()
    applicant_digest: str = ""
    unverified: tuple[str, ...] = ()
    # The fee that the case waits for, as long as no bill is open.
    fee_due: FeeTime | None = None

    @property
    def fees(self) -> tuple[Fee, ...]:
        """The item's fees for the case's 业务办理项."""
        return tuple(fee for fee in self.version.fees if fee.belongs_to(self.variant)) if self.version.charged else ()

    @property
    def variant_name(self) -> str:
        """The 业务办理项 in words, empty where the item has none."""
        return variant_name(self.version, self.variant)

    @property
    def latest_materials(self) -> tuple[MaterialRow, ...]:
        """The files that count now: of each material those of its last round."""
        last = {m.key: m.round for m in sorted(self.materials, key=lambda m: m.round)}
        return tuple(m for m in self.materials if m.round == last[m.key])


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence that stands for a material: as it was handed in, and as the department last found it (None: not looked again)."""

    licence_id: int
    material_key: str
    material_name: str
    given: Looked
    rechecked: Looked | None

    @property
    def latest(self) -> Looked:
        return self.rechecked or self.given


@dataclass(frozen=True, slots=True)
class JointBrief:
    """The whole (一件事) that a case was handed in with."""

    serial: str
    name: str


def variant_name(version: ItemVersionRow, key: str) -> str:
    """The name of one of the version's variants, empty for none."""
    return next((variant.name for variant in version.variants if variant.key == key), "")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """How the desk narrows its queue. `lamp` is one of overdue, today, soon, normal, paused; `q` a serial, name or identity number."""

    lamp: str = ""
    state: str = ""
    item_code: str = ""
    mine: str = ""  # "" everything, "mine", "free" unclaimed
    q: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `after` is the key to go on from, None at the end."""

    rows: tuple[CaseRow, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """Open cases by lamp, each counted to 100 at most."""

    all: int
    overdue: int
    today: int
    soon: int
    normal: int
    paused: int


@dataclass(frozen=True, slots=True)
class PublicCase:
    """What anybody with serial number and query code may know: states and times, no names, no contents."""

    serial: str
    item_code: str
    item_name: str
    department_code: str
    state: CaseState
    state_name: str
    submitted_at: datetime
    lamp: LampRow
    steps: tuple[tuple[datetime, str], ...]


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """What the department's own system may know of a case by its number."""

    item_code: str
    state: CaseState
    state_name: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """What the public verification page says about a genuine document. `holder` is full; the page masks it."""

    title: str
    kind: str
    number: str
    verify_code: str
    holder: str
    is_organisation: bool
    item_name: str
    department_code: str
    issued_at: datetime
    valid_until: date | None
    version: int
    is_latest: bool
    is_revoked: bool
    sha256: str
    revoked_at: datetime | None = None
    signed_at: datetime | None = None
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class PastAnswers:
    """What an applicant wrote in an earlier case: checked values by field name of the form of that version."""

    item_code: str
    item_name: str
    version_id: int
    submitted_at: datetime
    answers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FinishedCase:
    """What rating needs to know of a case that has ended."""

    case_id: int
    serial: str
    item_code: str
    item_name: str
    department_code: str
    account_id: int
    enterprise_id: int | None
    applicant_name: str
    closed_at: datetime
    close_kind: str
