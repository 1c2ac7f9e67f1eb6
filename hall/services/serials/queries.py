"""What machines, counters and the public read of serial numbers."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from hall.services.serials import rules
from hall.services.serials.models import IssuedSerial, OutsideSerial, SerialState
from hall.services.serials.outside import APPLICANT, QUERY_CODE
from hall.services.serials.progress import opened
from hall.services.serials.rules import Channel, State, Status, Step
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.access.scopes import Scope, require_scope
from hall.support.identity import protection


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """A number of a counter or a department's system, with its steps as they happened; nothing personal in it."""

    row_id: int
    serial: str
    channel: Channel
    department_code: str
    item_code: str
    item_name: str
    status: Status
    issued_at: datetime
    handed_out_at: datetime | None
    steps: tuple[Step, ...]

    @property
    def is_void(self) -> bool:
        return self.status in {Status.RETURNED, Status.LAPSED}

    @property
    def state(self) -> State | None:
        """What stands; None for what was not handed out, as far as we were told."""
        if self.status is not Status.ISSUED:
            return None
        return self.steps[-1].state if self.steps else State.ACCEPTED

    @property
    def state_at(self) -> datetime | None:
        """Since when it stands so, by the department's clock."""
        return self.steps[-1].at if self.steps and self.status is Status.ISSUED else self.handed_out_at

    @property
    def state_name(self) -> str:
        return rules.STATE_NAMES[self.state] if self.state else rules.STATUS_NAMES[self.status]


@dataclass(frozen=True, slots=True)
class DeskSerial:
    """One of a department's own numbers as its staff sees it: with the code, and the name where one was given."""

    row: OutsideRow
    query_code: str = field(repr=False)
    applicant: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SerialFacts:
    """What a machine learns of any number: `fault` says why it is none; `outside` is set for its own department's alone."""

    serial: str
    fault: str
    is_issued: bool
    issued_at: datetime | None
    channel: Channel | None
    department_number: int
    is_void: bool
    outside: OutsideRow | None


def look_up(actor: Actor, text: str) -> SerialFacts:
    """Whether a text is a serial number and was issued, for machine clients. Two SQL statements. Raises: SignInNeeded, ScopeMissing."""
    require_scope(actor, Scope.SERIALS_READ)
    serial, fault = rules.normalised(text), rules.fault_of(text)
    parts = rules.parts_of(serial)
    if fault or parts is None:
        return SerialFacts(serial, fault, False, None, None, 0, False, None)
    issued = IssuedSerial.objects.select_related("outside").filter(serial=serial).first()
    outside: OutsideSerial | None = getattr(issued, "outside", None)
    is_void = outside is not None and outside.status in {Status.RETURNED, Status.LAPSED}
    is_own = outside is not None and outside.department_code == actor.department_code
    return SerialFacts(
        serial=serial,
        fault="",
        is_issued=issued is not None,
        issued_at=issued.issued_at if issued else None,
        channel=parts.channel,
        department_number=parts.department_number,
        is_void=is_void,
        outside=_rows([outside])[0] if outside and is_own else None,
    )


def public_serial(*, serial: str, query_code: str) -> OutsideRow | None:
    """A number of a counter or a department's system by its query code; a wrong code and an unknown number look the same.

    Two SQL statements, one for no hit.
    """
    row = opened(serial, query_code)
    return _rows([row])[0] if row else None


def serials_of_day(actor: Actor, *, day: date, before: int | None, limit: int) -> list[OutsideRow]:
    """The numbers of the actor's department with this day in them, newest first, keyset. Two SQL statements.

    Raises: SignInNeeded, NotAllowed.
    """
    require(actor, *DEPARTMENT_ROLES)
    found = OutsideSerial.objects.select_related("issued").filter(department_code=actor.department_code or "-", issued_on=day)
    if before:
        found = found.filter(pk__lt=before)
    return _rows(list(found.order_by("-pk")[:limit]))


def desk_serial(actor: Actor, serial: str) -> DeskSerial | None:
    """One of the department's own numbers; None outside of it. Two SQL statements. Raises: SignInNeeded, NotAllowed."""
    require(actor, *DEPARTMENT_ROLES)
    own = OutsideSerial.objects.select_related("issued").filter(department_code=actor.department_code or "-")
    row = own.filter(issued__serial=serial).first()
    if row is None:
        return None
    name = protection.decrypt(row.applicant_sealed, purpose=APPLICANT) if row.applicant_sealed else ""
    return DeskSerial(_rows([row])[0], protection.decrypt(row.query_code, purpose=QUERY_CODE), name)


def followed_serials(actor: Actor, *, limit: int) -> list[OutsideRow]:
    """The numbers in the actor's personal space, newest first. Two SQL statements. Raises: SignInNeeded, NotAllowed."""
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None, "a citizen has an account"
    mine = OutsideSerial.objects.select_related("issued").filter(followedserial__account_id=actor.account_id)
    return _rows(list(mine.order_by("-followedserial__pk")[:limit]))


def _rows(numbers: list[OutsideSerial]) -> list[OutsideRow]:
    """The rows of numbers loaded together with what they were issued as. One SQL statement."""
    steps: dict[int, list[Step]] = {row.pk: [] for row in numbers}
    if numbers:
        told = SerialState.objects.filter(serial__in=list(steps)).values_list("serial_id", "at", "state", "event_id")
        for row_id, at, state, event_id in told:
            steps[row_id].append(Step(timezone.localtime(at), State(state), event_id))
    return [
        OutsideRow(
            row_id=row.pk,
            serial=str(row.issued.serial),
            channel=Channel(row.channel),
            department_code=row.department_code,
            item_code=row.item_code,
            item_name=row.item_name,
            status=Status(row.status),
            issued_at=timezone.localtime(row.issued.issued_at),
            handed_out_at=timezone.localtime(row.handed_out_at) if row.handed_out_at else None,
            steps=tuple(rules.in_order(steps[row.pk])),
        )
        for row in numbers
    ]
