"""What the pages read of cases, always within the viewer's scope; lists by keyset."""

import hmac
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case as Choice
from django.db.models import Q, Subquery, When
from django.utils import timezone

from hall.services.cases import clock, rules
from hall.services.cases.models import (
    Case,
    CaseDocument,
    CaseMaterial,
    CorrectionFile,
    ItemTally,
    JointCase,
)
from hall.services.cases.moves import scope
from hall.services.cases.rows import (
    COLUMNS,
    CaseRow,
    CaseStanding,
    FinishedCase,
    Page,
    PastAnswers,
    PublicCase,
    QueueCounts,
    QueueFilter,
    VerifiedDocument,
    made_row,
    row_of,
)
from hall.services.cases.rules import CaseState
from hall.services.cases.whole_case import case_file, steps_of
from hall.support.access.actors import Actor, Role
from hall.support.access.scopes import Scope, require_scope
from hall.support.identity import protection
from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import Calendar

__all__ = ["case_file"]  # and everything below; this one stands in a file of its own
WAITS_FOR_HEAD = "extension"  # stands among the queue's states: an extension was asked for and is not decided
CAP = 100  # counts stop here: "99+" costs the same with a million cases


def _rows(cases: Any, limit: int, now: datetime) -> list[CaseRow]:
    calendar, today = workdays.calendar(), timezone.localdate(now)
    return [made_row(values, calendar, today) for values in cases.values_list(*COLUMNS)[:limit]]


def _lamp_filter(lamp: str, today: date, calendar: Calendar) -> Q:
    soon = calendar.add(today, 2)
    return {
        "overdue": Q(queue_on__lt=today),
        "today": Q(queue_on=today),
        "soon": Q(queue_on__gt=today, queue_on__lte=soon),
        "normal": Q(queue_on__gt=soon, queue_on__lt=clock.FAR_DAY),
        "paused": Q(queue_on=clock.FAR_DAY),
    }.get(lamp, Q())


def _search(q: str) -> Q:
    text = q.strip()[:60]
    digits = "".join(c for c in text if c.isalnum()).upper()
    if not text:
        return Q()
    if len(digits) == 18:
        return Q(applicant_digest=protection.lookup_digest(digits))
    if digits.isdigit() and len(digits) >= 6:
        return Q(serial__startswith=digits)
    return Q(applicant_name__startswith=text)


def queue(actor: Actor, *, wanted: QueueFilter, after: str | None, limit: int, now: datetime) -> Page:
    """Open cases in the actor's scope, nearest deadline first, paused ones last; keyset. One SQL query and the calendar.

    A search by serial number, applicant's name (from its beginning) or whole identity number looks at ended cases too.
    """
    today = timezone.localdate(now)
    calendar = workdays.calendar()
    cases = Case.objects.filter(scope(actor), serial__isnull=False).filter(_search(wanted.q))
    if not wanted.q.strip():
        cases = cases.filter(closed_at__isnull=True)
    cases = cases.filter(_lamp_filter(wanted.lamp, today, calendar))
    if wanted.state in set(CaseState):
        cases = cases.filter(state=wanted.state)
    elif wanted.state == WAITS_FOR_HEAD:
        cases = cases.filter(extension__isnull=False, extension__is_approved__isnull=True, decided_at__isnull=True)
    if wanted.item_code:
        cases = cases.filter(item_code=wanted.item_code)
    if wanted.mine == "mine":
        cases = cases.filter(handler_id=actor.account_id)
    elif wanted.mine == "free":
        cases = cases.filter(handler_id__isnull=True)
    key = _read_key(after)
    if key is not None:
        cases = cases.filter(Q(queue_on__gt=key[0]) | Q(queue_on=key[0], pk__gt=key[1]))
    rows = _rows(cases.order_by("queue_on", "pk"), limit + 1, now)
    return _page(rows, limit, lambda row: f"{row.queue_on:%Y%m%d}.{row.case_id}")


def _read_key(text: str | None) -> tuple[date, int] | None:
    day, _, number = (text or "").partition(".")
    try:
        return datetime.strptime(day, "%Y%m%d").date(), int(number[:15])
    except ValueError:
        return None


def _page(rows: list[CaseRow], limit: int, key: Any) -> Page:
    return Page(tuple(rows[:limit]), key(rows[limit - 1]) if len(rows) > limit else None)


def queue_counts(actor: Actor, *, now: datetime) -> QueueCounts:
    """How many open cases under each lamp, counted to 100 at most. One SQL query and the calendar."""
    today, calendar = timezone.localdate(now), workdays.calendar()
    open_cases = Case.objects.filter(scope(actor), closed_at__isnull=True, serial__isnull=False)
    parts: list[str] = []
    values: list[Any] = []
    for lamp in ("", "overdue", "today", "soon", "normal", "paused"):
        sql, arguments = open_cases.filter(_lamp_filter(lamp, today, calendar)).values("pk")[:CAP].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS capped)")  # noqa: S608  (our own compiled query, with its arguments)
        values.extend(arguments)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        return QueueCounts(*cursor.fetchone())


# The tabs of 我的办件. "mine" is the applicant's turn. What was handed in together stands under "all" and "running" as one: see joint_queries.
_ALONE = Q(joint__isnull=True)
_YOUR_TURN = (CaseState.CORRECTION, CaseState.PAYMENT)
TABS: dict[str, tuple[str, Q]] = {
    "all": ("全部", _ALONE),
    "mine": ("待您处理", Q(state__in=_YOUR_TURN)),
    "running": ("办理中", Q(closed_at__isnull=True) & ~Q(state__in=_YOUR_TURN) & _ALONE),
    "closed": ("已办结", Q(closed_at__isnull=False)),
}


def my_cases(actor: Actor, *, tab: str, before: str | None, limit: int, now: datetime) -> Page:
    """The applicant's own cases, or those of the enterprise acted for; newest first, keyset. One SQL query and the calendar."""
    if not actor.has(Role.CITIZEN):
        return Page((), None)
    cases = Case.objects.filter(scope(actor), TABS.get(tab, TABS["all"])[1], serial__isnull=False)
    if before and before.isdigit() and len(before) < 16:
        cases = cases.filter(pk__lt=int(before))
    rows = _rows(cases.order_by("-pk"), limit + 1, now)
    return _page(rows, limit, lambda row: str(row.case_id))


def my_open_cases(actor: Actor, *, limit: int, now: datetime) -> tuple[tuple[CaseRow, ...], tuple[CaseRow, ...]]:
    """The applicant's own cases that wait for him, and those that run by themselves, newest first, so many of each. One SQL query.

    Of people whose turn it is in very many, fewer running ones are named.
    """
    if not actor.has(Role.CITIZEN):
        return (), ()
    wanted = TABS["mine"][1]
    cases = Case.objects.filter(scope(actor), wanted | TABS["running"][1], serial__isnull=False)
    rows = _rows(cases.order_by(Choice(When(wanted, then=0), default=1), "-pk"), 4 * limit, now)
    due, running = (tuple(row for row in rows if (row.state in _YOUR_TURN) is is_turn) for is_turn in (True, False))
    return due[:limit], running[:limit]


def my_counts(actor: Actor) -> dict[str, int]:
    """How many cases under each tab, counted to 100 at most; a whole (一件事) under "all" and "running" is one. One SQL query."""
    mine = Case.objects.filter(scope(actor), serial__isnull=False)
    wholes = JointCase.objects.filter(scope(actor), serial__isnull=False)
    counted: list[Any] = [mine.filter(condition) for _, condition in TABS.values()] + [wholes, wholes.filter(closed_at__isnull=True)]
    parts: list[str] = []
    values: list[Any] = []
    for rows in counted:
        sql, arguments = rows.values("pk")[:CAP].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS capped)")  # noqa: S608  (our own compiled query, with its arguments)
        values.extend(arguments)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        *alone, all_wholes, running_wholes = cursor.fetchone()
    counts = dict(zip(TABS, alone, strict=True))
    return counts | {"all": min(counts["all"] + all_wholes, CAP), "running": min(counts["running"] + running_wholes, CAP)}


def public_case(*, serial: str, query_code: str, now: datetime) -> PublicCase | None:
    """The public timeline by serial number and query code; a wrong code and an unknown number look the same. Three SQL queries."""
    case = Case.objects.filter(serial=serial).first()
    # Compared also when there is no such case, so that a hit and a miss take the same time.
    stored = protection.decrypt(bytes(case.query_code)) if case is not None else protection.decrypt(protection.encrypt("no case"))
    if not hmac.compare_digest(stored.encode(), query_code.encode()) or case is None:
        return None
    state = CaseState(case.state)
    calendar, today = workdays.calendar(), timezone.localdate(now)
    row = row_of(case, calendar, today)
    names = [(step.at, rules.STATE_NAMES[step.to_state]) for step in steps_of(case) if step.to_state != step.from_state]
    return PublicCase(
        serial=serial,
        item_code=case.item_code,
        item_name=case.item_name,
        department_code=case.department_code,
        state=state,
        state_name=row.state_name,
        submitted_at=case.submitted_at,
        lamp=row.lamp,
        steps=tuple(names),
    )


def standing(actor: Actor, serial: str) -> CaseStanding | None:
    """How far a case is, for a system of its own department; None for any other. One SQL query. Raises: SignInNeeded, ScopeMissing."""
    require_scope(actor, Scope.SERIALS_READ)
    cases = Case.objects.filter(serial=serial, department_code=actor.department_code or "-")
    row = cases.values_list("item_code", "state", "moved_at").first()
    if row is None:
        return None
    item_code, state, moved_at = row
    return CaseStanding(item_code, CaseState(state), rules.STATE_NAMES[CaseState(state)], timezone.localtime(moved_at))


def verified_document(*, code: str = "", number: str = "") -> VerifiedDocument | None:
    """A genuine document by its verification code or its number; the code is needed to open anything. Two SQL queries."""
    if not code and not number:
        return None
    condition = Q(verify_code=code.strip().upper()) if code else Q(number=number.strip())
    document = CaseDocument.objects.select_related("case").filter(condition).first()
    if document is None:
        return None
    is_later = CaseDocument.objects.filter(case_id=document.case_id, kind=document.kind, version__gt=document.version).exists()
    return VerifiedDocument(
        title=document.title,
        kind=document.kind,
        number=document.number,
        verify_code=document.verify_code,
        holder=document.case.applicant_name,
        is_organisation=document.case.enterprise_id is not None,
        item_name=document.case.item_name,
        department_code=document.case.department_code,
        issued_at=document.issued_at,
        valid_until=document.valid_until,
        version=document.version,
        is_latest=not is_later,
        is_revoked=document.is_revoked,
        sha256=document.sha256,
        revoked_at=document.revoked_at,
        signed_at=document.signed_at,
        key_id=document.key_id,
    )


def document_file(actor: Actor, serial: str, document_id: int) -> UUID | None:
    """The stored file of one document of a case in the actor's scope. One SQL query."""
    cases = Case.objects.filter(scope(actor), serial=serial)
    return CaseDocument.objects.filter(case__in=cases, pk=document_id).values_list("file_id", flat=True).first()


def material_file(actor: Actor, serial: str, file_id: UUID) -> UUID | None:
    """The stored file of one handed-in material, or of a correction in the making, in the actor's scope. Two SQL queries."""
    cases = Case.objects.filter(scope(actor), serial=serial)
    found = CaseMaterial.objects.filter(case__in=cases, file_id=file_id).values_list("file_id", flat=True).first()
    if found is None and actor.has(Role.CITIZEN):
        found = CorrectionFile.objects.filter(point__case__in=cases, file_id=file_id).values_list("file_id", flat=True).first()
    return found


def has_open_case(item_code: str, applicant_key: str) -> bool:
    """Whether this applicant (identity number or credit code) has a case of the item that is not at an end. One SQL query."""
    digest = protection.lookup_digest(applicant_key)
    return Case.objects.filter(item_code=item_code, applicant_digest=digest, closed_at__isnull=True).exists()


def past_answers(actor: Actor, *, item_codes: Sequence[str], department_codes: Sequence[str], limit: int = 4) -> list[PastAnswers]:
    """What the actor wrote before, as a person or for the enterprise acted for: in the last case of each item and in the last of these departments.

    Newest first. One SQL query.
    """
    if not actor.has(Role.CITIZEN):
        return []
    mine = Case.objects.filter(scope(actor), serial__isnull=False)
    same = mine.filter(item_code__in=item_codes).order_by("item_code", "-pk").distinct("item_code").values("pk")
    near = mine.filter(department_code__in=department_codes).order_by("-pk").values("pk")[:limit]
    cases = Case.objects.filter(Q(pk__in=Subquery(same)) | Q(pk__in=Subquery(near))).order_by("-pk")
    rows = cases.values_list("item_code", "item_name", "item_version_id", "submitted_at", "answers")
    return [PastAnswers(code, name, version, at, protection.decrypt_json(bytes(sealed))) for code, name, version, at, sealed in rows]


def finished_case(actor: Actor, serial: str) -> FinishedCase | None:
    """A case that ended, in the actor's scope; None otherwise. One SQL query."""
    case = Case.objects.filter(scope(actor), serial=serial, closed_at__isnull=False).first()
    if case is None:
        return None
    assert case.serial is not None and case.closed_at is not None
    return FinishedCase(
        case_id=case.pk,
        serial=case.serial,
        item_code=case.item_code,
        item_name=case.item_name,
        department_code=case.department_code,
        account_id=case.account_id,
        enterprise_id=case.enterprise_id,
        applicant_name=case.applicant_name,
        closed_at=case.closed_at,
        close_kind=case.close_kind,
    )


def item_tallies(codes: Sequence[str]) -> dict[str, int]:
    """How many cases each item has had finished. One SQL query."""
    return dict(ItemTally.objects.filter(item_code__in=codes).values_list("item_code", "finished"))


def busiest_items(limit: int) -> list[str]:
    """Codes of the items with the most finished cases. One SQL query."""
    return list(ItemTally.objects.order_by("-finished", "item_code").values_list("item_code", flat=True)[:limit])


def recently_finished(limit: int, *, now: datetime) -> list[CaseRow]:
    """办件公示: the cases that ended last; the page masks the applicants. One SQL query and the calendar."""
    cases = Case.objects.filter(closed_at__isnull=False, close_kind__in=("granted", "denied")).order_by("-closed_at", "-pk")
    return _rows(cases, limit, now)
