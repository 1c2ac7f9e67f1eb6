"""What happens to cases by themselves: silent acceptance, overdue corrections, the first receipt."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from hall.services import events
from hall.services.cases import deciding, handling, hearings, joint, recalculating, receipts, results
from hall.services.cases.models import Case
from hall.services.cases.rules import BEFORE_ACCEPTANCE, CaseState
from hall.support.access.actors import system_actor
from hall.support.jobs.queue import every
from hall.support.refusals import Refusal
from hall.support.workdays import queries as workdays

log = logging.getLogger("hall.cases")
BATCH = 200


def make_first_receipt(fact: events.ApplicationSubmitted) -> None:
    """Have the receipt ready before anybody asks for it. Twice gives the same document."""
    receipts.issue_receipt(case_id=fact.case_id)


def sign_result(fact: events.ResultIssued) -> None:
    """Put the hall's signature into the result's file. Twice gives one signature."""
    results.sign_result(document_id=fact.document_id, now=timezone.now())


def go_on_with_joint(fact: events.JointPartSettled) -> None:
    """Open what waited for this part, or leave it. Twice does nothing more."""
    joint.go_on(joint_id=fact.joint_id, now=timezone.now())


def recalculate_deadlines(fact: events.HolidaysChanged) -> None:
    """Open deadlines follow a new table of holidays. Twice moves nothing more."""
    # Another process loaded the table; this one may still know the old one.
    workdays.forget_calendar()
    recalculating.recalculate_open_cases(now=timezone.now())


@every("7 * * * *")
def accept_silently(*, now: datetime) -> int:
    """Accept what a department left unanswered for five working days, as the law says; returns how many (许可法 32)."""
    today = timezone.localdate(now)
    overdue = Case.objects.filter(closed_at__isnull=True, state__in=BEFORE_ACCEPTANCE, due_on__lt=today, serial__isnull=False)
    return _each(overdue, lambda serial: handling.accept_case(actor=system_actor("系统"), serial=serial, revision=None, now=now))


@every("17 * * * *")
def void_overdue_corrections(*, now: datetime) -> int:
    """End the cases whose applicants let the correction period pass; returns how many (domain.md §4.2)."""
    today = timezone.localdate(now)
    overdue = Case.objects.filter(closed_at__isnull=True, state=CaseState.CORRECTION, correction_due_on__lt=today)
    reason = "补正期限内没有收到补正内容。您可以重新申办。"
    return _each(
        overdue, lambda serial: deciding.void_case(actor=system_actor("系统"), serial=serial, revision=None, reason=reason, now=now)
    )


@every("27 * * * *")
def end_unasked_hearings(*, now: datetime) -> int:
    """Let the clock run again where nobody asked for a hearing in time; returns how many (许可法 47)."""
    today = timezone.localdate(now)
    over = Case.objects.filter(
        closed_at__isnull=True,
        state=CaseState.HEARING,
        hearing__asked_at__isnull=True,
        hearing__ended_at__isnull=True,
        hearing__ask_until__lt=today,
    )
    outcome = "申请人逾期未要求听证，视为放弃。"
    return _each(
        over, lambda serial: hearings.end_hearing(actor=system_actor("系统"), serial=serial, revision=None, outcome=outcome, now=now)
    )


def _each(cases: QuerySet[Case], call: Callable[[str], object]) -> int:
    done = 0
    for serial in list(cases.order_by("pk").values_list("serial", flat=True)[:BATCH]):
        assert serial is not None
        try:
            call(serial)
        except Refusal as refusal:
            # Somebody was faster; the next round looks again.
            log.info("event=case.left_alone serial=%s reason=%s", serial, type(refusal).__name__)
        else:
            done += 1
    return done
