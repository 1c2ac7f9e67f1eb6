"""Which clock runs in which state, and until when (domain.md §4.3)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from hall.services.cases.models import FAR, Case, CasePause
from hall.services.cases.rules import AFTER_DECISION, END_STATES, PAUSED_STATES, CaseState
from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import Calendar, Clock, Pause, Unit

# 许可法 32: reply about acceptance within 5 working days, or it counts as accepted. 许可法 44: deliver within 10.
ACCEPTANCE_DAYS = 5
DELIVERY_DAYS = 10
FAR_DAY = date.fromisoformat(FAR)


@dataclass(frozen=True, slots=True)
class Term:
    """The promise of the item version: days and their unit."""

    days: int
    unit: Unit


def clock_of(case: Case, term: Term, pauses: list[CasePause]) -> Clock | None:
    """The clock that runs in the case's state; none at an end."""
    state = CaseState(case.state)
    if state in END_STATES:
        return None
    if state in AFTER_DECISION:
        assert case.decided_at is not None
        return Clock(started_on=timezone.localdate(case.decided_at), days=DELIVERY_DAYS, unit=Unit.WORKING, pauses=())
    is_accepted = case.accepted_at is not None
    own = tuple(Pause(from_on=p.from_on, to_on=p.to_on) for p in pauses if p.is_after_acceptance == is_accepted)
    if case.accepted_at is not None:
        return Clock(started_on=timezone.localdate(case.accepted_at), days=term.days, unit=term.unit, pauses=own)
    return Clock(started_on=timezone.localdate(case.submitted_at), days=ACCEPTANCE_DAYS, unit=Unit.WORKING, pauses=own)


def set_due(case: Case, term: Term, now: datetime, calendar: Calendar | None = None) -> None:
    """Put the running deadline on the case row, where queue and lamps read it. Two SQL queries at most."""
    state = CaseState(case.state)
    if state in END_STATES or state in PAUSED_STATES:
        case.due_on, case.queue_on = None, FAR_DAY
        return
    pauses = list(CasePause.objects.filter(case=case).order_by("pk"))
    clock = clock_of(case, term, pauses)
    assert clock is not None
    case.due_on = clock.due_on(calendar or workdays.calendar(), timezone.localdate(now))
    case.queue_on = case.due_on or FAR_DAY


def pause(case: Case, reason: str, now: datetime) -> None:
    """Stop the running clock from today on."""
    CasePause.objects.create(case=case, reason=reason, from_on=timezone.localdate(now), is_after_acceptance=case.accepted_at is not None)


def resume(case: Case, now: datetime) -> None:
    """Let the clock run again; it counts from the next working day."""
    CasePause.objects.filter(case=case, to_on__isnull=True).update(to_on=timezone.localdate(now))


def promised_due(term: Term, now: datetime) -> date:
    """The last day of the promise when the case is accepted now."""
    promised = Clock(started_on=timezone.localdate(now), days=term.days, unit=term.unit, pauses=())
    due_on = promised.due_on(workdays.calendar(), timezone.localdate(now))
    assert due_on is not None
    return due_on


def acceptance_due(now: datetime) -> date:
    """The last day to say whether an application submitted now is accepted."""
    return promised_due(Term(days=ACCEPTANCE_DAYS, unit=Unit.WORKING), now)
