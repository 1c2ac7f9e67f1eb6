"""请求回电: the conversation handed over to a person. A visitor leaves a number and a question, the department rings up and notes it (§5.4)."""

import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from hall.services.catalogue import queries as catalogue
from hall.services.guidance import ask_rules as rules
from hall.services.guidance.talk_models import AskRequest
from hall.support.access import throttles
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.identity import queries as identity
from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import Deadline, Lamp, Unit, china_day, deadline, lamp_on

_SEALED_FOR, _NOTE_SEALED_FOR = "ask", "ask-note"
_REFERENCE_LENGTH = 8
# One number is not rung up about more than so many questions a day, whoever leaves them.
CALLS, CALLS_WINDOW_SECONDS = 3, 24 * 3600
# An office where people are helped sends more than one person does.
FROM_ONE_ADDRESS, ADDRESS_WINDOW_SECONDS = 20, 3600
MOST_HISTORY = 20_000
EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that stands; `reference` and `call_before` are told to the person, `ask_id` is for the department."""

    ask_id: int
    reference: str
    department_name: str
    department_phone: str
    due_on: date

    @property
    def call_before(self) -> datetime:
        return Deadline(self.due_on).display_at


@dataclass(frozen=True, slots=True)
class AskRow:
    """A request in the department's list."""

    ask_id: int
    reference: str
    item_code: str
    item_name: str
    name: str
    excerpt: str
    created_at: datetime
    due_on: date
    lamp: Lamp
    tries: int
    outcome: str
    closed_at: datetime | None
    closed_by_name: str

    @property
    def outcome_name(self) -> str:
        return rules.Outcome(self.outcome).label if self.outcome else ""


@dataclass(frozen=True, slots=True)
class AskFile:
    """One request with everything that the person wrote; texts are empty once it was emptied."""

    row: AskRow
    phone: str
    question: str
    history: str
    note: str
    passed_on: int
    is_emptied: bool


@transaction.atomic
def ask_for_call(
    *,
    actor: Actor,
    request_key: UUID,
    department_code: str,
    item_code: str,
    name: str,
    phone: str,
    question: str,
    history: str,
    is_agreed: bool,
    now: datetime,
) -> Asked:
    """Leave a question and a number with a department; the same key sent again gets the same request.

    The department rings up within one working day. No account is bound to it. `history` is the conversation as text, "" for none.
    Raises: AskRefused (everything that is wrong), TooMany.
    Source: §5.4; domain §16 (consent, as little as is needed).
    """
    department = identity.department(department_code) if _is_code(department_code) else None
    wanted = rules.check_request(name=name, phone=phone, question=question, is_agreed=is_agreed, is_department=department is not None)
    assert department is not None  # else refused
    due_on = deadline(china_day(now), rules.CALL_WITHIN_DAYS, Unit.WORKING, workdays.calendar()).due_on
    earlier = AskRequest.objects.filter(request_key=request_key).first()
    if earlier is None:
        throttles.count_try(f"ask-from:{actor.address}", limit=FROM_ONE_ADDRESS, window_seconds=ADDRESS_WINDOW_SECONDS, now=now)
        digest = protection.lookup_digest(wanted.phone, purpose="ask-phone")
        throttles.count_try(f"ask-phone:{digest}", limit=CALLS, window_seconds=CALLS_WINDOW_SECONDS, now=now)
        try:
            with transaction.atomic():
                made = AskRequest.objects.create(
                    reference=_reference(),
                    request_key=request_key,
                    department_code=department.code,
                    item_code=item_code if _is_code(item_code) and catalogue.item_cards([item_code]) else "",
                    content=protection.encrypt_json({**asdict(wanted), "history": history[:MOST_HISTORY]}, purpose=_SEALED_FOR),
                    created_at=now,
                    due_on=due_on,
                )
            trail.record(actor, "ask.made", made.reference, at=now)
        except IntegrityError:
            # Two at once with one key: the unique key decided for the other one.
            made = AskRequest.objects.get(request_key=request_key)
    else:
        made = earlier
    return Asked(made.pk, made.reference, department.short_name, department.phone, made.due_on)


def _is_code(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= 12


def _reference() -> str:
    return "".join(secrets.choice(rules.ALPHABET) for _ in range(_REFERENCE_LENGTH))


def asked(reference: str) -> Asked | None:
    """What a person who left a request is told again: department and date, nothing of its content. Two SQL queries."""
    row = AskRequest.objects.filter(reference=reference).first() if _is_code(reference) else None
    department = identity.department(row.department_code) if row else None
    return Asked(row.pk, row.reference, department.short_name, department.phone, row.due_on) if row and department else None


# --- for the department -----------------------------------------------------------------------------------------------------------


def _own(actor: Actor) -> QuerySet[AskRequest]:
    require(actor, *DEPARTMENT_ROLES)
    return AskRequest.objects.filter(department_code=actor.department_code or "-")


def waiting(actor: Actor) -> int:
    """Open requests of the department, counted up to 100. One SQL query."""
    return len(_own(actor).filter(closed_at__isnull=True).values_list("pk")[:100])


def desk_asks(actor: Actor, *, is_closed: bool = False, after: str = "", limit: int = 30, now: datetime) -> tuple[list[AskRow], str]:
    """The department's requests: open ones by the day on which to call, closed ones newest first; and the mark behind them, "" at the end.

    Two SQL queries. Raises: SignInNeeded, NotAllowed.
    """
    found = _own(actor).filter(closed_at__isnull=not is_closed)
    place = _place(after)
    if is_closed:
        rows = found.order_by("-pk")
        rows = rows.filter(pk__lt=place[1]) if place else rows
    else:
        rows = found.order_by("due_on", "pk")
        rows = rows.filter(Q(due_on__gt=place[0]) | Q(due_on=place[0], pk__gt=place[1])) if place else rows
    held = list(rows[: limit + 1])
    shown = held[:limit]
    names = {card.code: card.name for card in catalogue.item_cards(row.item_code for row in shown if row.item_code)}
    mark = f"{shown[-1].due_on.isoformat()}_{shown[-1].pk}" if len(held) > limit else ""
    return [_row(row, names.get(row.item_code, ""), _content(row), now) for row in shown], mark


def _place(after: str) -> tuple[date, int] | None:
    day, _, number = after[:40].partition("_")
    try:
        place = date.fromisoformat(day), int(number)
    except ValueError:
        return None
    return place if 0 <= place[1] < 2**63 else None


def _content(row: AskRequest) -> dict[str, Any]:
    if row.is_emptied:
        return {"name": "", "phone": "", "question": "", "history": ""}
    return protection.decrypt_json(row.content, purpose=_SEALED_FOR)


def _row(row: AskRequest, item_name: str, content: dict[str, Any], now: datetime) -> AskRow:
    lamp = lamp_on(row.due_on, workdays.calendar(), china_day(now)) if row.closed_at is None else Lamp.NONE
    return AskRow(
        ask_id=row.pk,
        reference=row.reference,
        item_code=row.item_code,
        item_name=item_name,
        name=content["name"],
        excerpt=" ".join(content["question"].split())[:EXCERPT],
        created_at=row.created_at,
        due_on=row.due_on,
        lamp=lamp,
        tries=row.tries,
        outcome=row.outcome,
        closed_at=row.closed_at,
        closed_by_name=row.closed_by_name,
    )


@transaction.atomic
def read_ask(actor: Actor, ask_id: int, *, now: datetime) -> AskFile:
    """One request with number, question and history; that it was read goes on record. Three SQL statements.

    Raises: SignInNeeded, NotAllowed, AskMissing (also for another department's).
    """
    row = _own(actor).filter(pk=ask_id).first() if ask_id < 2**63 else None
    if row is None:
        raise rules.AskMissing
    trail.record(actor, "ask.read", row.reference, at=now)
    content = _content(row)
    names = {card.code: card.name for card in catalogue.item_cards([row.item_code])} if row.item_code else {}
    note = protection.decrypt(row.note, purpose=_NOTE_SEALED_FOR) if row.note else ""
    return AskFile(
        row=_row(row, names.get(row.item_code, ""), content, now),
        phone=content["phone"],
        question=content["question"],
        history=content["history"],
        note=note,
        passed_on=row.passed_on,
        is_emptied=row.is_emptied,
    )


def _locked(actor: Actor, ask_id: int) -> AskRequest:
    """The open request, held until the command is done. Raises: AskMissing, AskClosed."""
    row = _own(actor).select_for_update().filter(pk=ask_id).first() if ask_id < 2**63 else None
    if row is None:
        raise rules.AskMissing
    if row.closed_at is not None:
        raise rules.AskClosed
    return row


@transaction.atomic
def close_ask(*, actor: Actor, ask_id: int, outcome: str, note: str, now: datetime) -> None:
    """Note how the call went and close the request, once.

    Raises: SignInNeeded, NotAllowed, AskMissing, AskClosed, OutcomeMissing, NoteMissing, NoteTooLong.
    """
    row = _locked(actor, ask_id)
    ended, written = rules.check_outcome(outcome), rules.check_note(note)
    row.outcome, row.closed_at, row.closed_by_name = ended.value, now, actor.name
    row.note = protection.encrypt(written, purpose=_NOTE_SEALED_FOR)
    row.save(update_fields=["outcome", "closed_at", "closed_by_name", "note"])
    trail.record(actor, "ask.closed", row.reference, detail=ended.value, at=now)


@transaction.atomic
def note_try(*, actor: Actor, ask_id: int, now: datetime) -> None:
    """Note that nobody answered the telephone; the request stays open. Raises: SignInNeeded, NotAllowed, AskMissing, AskClosed."""
    row = _locked(actor, ask_id)
    AskRequest.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
    trail.record(actor, "ask.tried", row.reference, at=now)


@transaction.atomic
def pass_ask_on(*, actor: Actor, ask_id: int, department_code: str, now: datetime) -> str:
    """Hand a request to the department that it belongs to; its date stays. Returns that department's short name.

    Raises: SignInNeeded, NotAllowed, AskMissing, AskClosed, NoSuchDepartment, SameDepartment, PassedTooOften.
    """
    row = _locked(actor, ask_id)
    department = identity.department(department_code) if _is_code(department_code) else None
    if department is None:
        raise rules.NoSuchDepartment("请选择要转给哪个部门。")
    if department.code == row.department_code:
        raise rules.SameDepartment
    if row.passed_on >= rules.MOST_PASSED:
        raise rules.PassedTooOften
    row.department_code, row.passed_on = department.code, row.passed_on + 1
    row.save(update_fields=["department_code", "passed_on"])
    trail.record(actor, "ask.passed", row.reference, detail=department.code, at=now)
    return department.short_name


def empty_old(*, now: datetime) -> int:
    """Empty requests that were closed a month ago: who asked and what is gone, when and how it ended stays. Returns how many."""
    old = AskRequest.objects.filter(closed_at__lt=now - timedelta(days=rules.KEPT_DAYS), is_emptied=False)
    return old.update(content=b"", note=b"", is_emptied=True)
