"""Which clocks run in which state, and until when (domain.md §4.3): the promised one, and the law's own beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from hall.services.cases.models import FAR, Case, CaseExtension, CasePause
from hall.services.cases.rules import END_STATES, PAUSED_STATES, CaseState
from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import Calendar, Clock, Pause, Unit

# 许可法 32: reply about acceptance within 5 working days, or it counts as accepted. 许可法 44: deliver within 10.
ACCEPTANCE_DAYS = 5
DELIVERY_DAYS = 10
FAR_DAY = date.fromisoformat(FAR)


@dataclass(frozen=True, slots=True)
class Term:
    """A period: days and their unit."""

    days: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Terms:
    """The periods of the item version: what it promises, and what the law sets (None: nothing)."""

    promised: Term
    statutory: Term | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that run in the case's state: none at an end; the law's own only between acceptance and decision."""

    running: Clock | None = None
    statutory: Clock | None = None


def clocks_of(case: Case, terms: Terms, pauses: Sequence[CasePause], extension_days: int) -> Clocks:
    """The clocks of the case's state. `extension_days` are those granted, 0 without."""
    state = CaseState(case.state)
    if state in END_STATES:
        return Clocks()
    phase = (case.accepted_at is not None, case.decided_at is not None)
    own = tuple(Pause(from_on=p.from_on, to_on=p.to_on) for p in pauses if (p.is_after_acceptance, p.is_after_decision) == phase)
    if case.decided_at is not None:
        return Clocks(Clock(started_on=timezone.localdate(case.decided_at), days=DELIVERY_DAYS, pauses=own))
    if case.accepted_at is None:
        return Clocks(Clock(started_on=timezone.localdate(case.submitted_at), days=ACCEPTANCE_DAYS, pauses=own))
    started_on = timezone.localdate(case.accepted_at)

    def runs(term: Term) -> Clock:
        return Clock(started_on=started_on, days=term.days, unit=term.unit, pauses=own, extra_days=extension_days)

    return Clocks(runs(terms.promised), runs(terms.statutory) if terms.statutory else None)


def granted_days(case: Case) -> int:
    """The working days by which the case was extended. One SQL query."""
    return CaseExtension.objects.filter(case=case, is_approved=True).values_list("days", flat=True).first() or 0


def set_due(case: Case, terms: Terms, now: datetime, calendar: Calendar | None = None) -> None:
    """Put the running deadlines on the case row, where queue and lamps read them. Three SQL queries at most."""
    state = CaseState(case.state)
    if state in END_STATES or state in PAUSED_STATES:
        case.due_on, case.statutory_due_on, case.queue_on = None, None, FAR_DAY
        return
    pauses = list(CasePause.objects.filter(case=case).order_by("pk"))
    clocks = clocks_of(case, terms, pauses, granted_days(case) if case.accepted_at and not case.decided_at else 0)
    assert clocks.running is not None
    known, today = calendar or workdays.calendar(), timezone.localdate(now)
    case.due_on = clocks.running.due_on(known, today)
    case.statutory_due_on = clocks.statutory.due_on(known, today) if clocks.statutory else None
    case.queue_on = case.due_on or FAR_DAY


def pause(case: Case, reason: str, now: datetime, *, what: str = "", days: int | None = None) -> None:
    """Stop the running clocks from today on, for `what`; `days` (working days) are what the applicant was told it takes."""
    CasePause.objects.create(
        case=case,
        reason=reason,
        what=what[:100],
        days=days,
        from_on=timezone.localdate(now),
        is_after_acceptance=case.accepted_at is not None,
        is_after_decision=case.decided_at is not None,
    )


def resume(case: Case, now: datetime) -> None:
    """Let the clocks run again; they count from the next working day."""
    CasePause.objects.filter(case=case, to_on__isnull=True).update(to_on=timezone.localdate(now))


def promised_due(term: Term, now: datetime) -> date:
    """The last day of the promise when the case is accepted now."""
    promised = Clock(started_on=timezone.localdate(now), days=term.days, unit=term.unit)
    due_on = promised.due_on(workdays.calendar(), timezone.localdate(now))
    assert due_on is not None
    return due_on


def acceptance_due(now: datetime) -> date:
    """The last day to say whether an application submitted now is accepted."""
    return promised_due(Term(days=ACCEPTANCE_DAYS, unit=Unit.WORKING), now)
