"""A new table of holidays came: open deadlines follow it, each change recorded in its case (domain.md §4.3 rules 1, 9)."""

import logging
from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from hall.services.cases import clock
from hall.services.cases.clock_rules import CLOCK_REASONS, HEARING_HOLD_DAYS, RECALCULATED
from hall.services.cases.models import Case, CaseHearing, CasePause
from hall.services.cases.moves import move, terms_of, version_of
from hall.services.cases.rules import Action, CaseState
from hall.support.access.actors import system_actor
from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import Calendar

log = logging.getLogger("hall.cases")
BATCH = 200


def recalculate_open_cases(*, now: datetime) -> int:
    """Bring the deadlines of all open cases in line with the table; returns how many moved. A repeat moves none.

    Each case is a transaction of its own: stopped half way, the next run does the rest.
    """
    calendar = workdays.calendar()
    moved = sum(_recalculate(case_id, calendar, now) for case_id in _open_cases())
    log.info("event=case.recalculated moved=%d", moved)
    return moved


def _open_cases() -> Iterator[int]:
    last = 0
    while batch := list(
        Case.objects.filter(pk__gt=last, closed_at__isnull=True, serial__isnull=False).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield from batch
        last = batch[-1]


@transaction.atomic
def _recalculate(case_id: int, calendar: Calendar, now: datetime) -> bool:
    case = Case.objects.select_for_update().filter(pk=case_id, closed_at__isnull=True).first()
    if case is None:
        return False
    before = (case.due_on, case.statutory_due_on, case.correction_due_on)
    version = version_of(case)
    is_longer = _applicants_days(case, calendar)
    clock.set_due(case, terms_of(version), now, calendar)
    # Cases from before the law's own clock was kept get it with the next change.
    after = (case.due_on, case.statutory_due_on if before[1] else None, case.correction_due_on)
    if before == after and not is_longer:
        return False
    case.due_on, case.statutory_due_on, _ = before  # the step records from which day to which
    sentence = _sentence(before[0], after[0], case.correction_due_on if is_longer else None)
    move(
        case,
        actor=system_actor(),
        action=Action.RECALCULATE,
        target=CaseState(case.state),
        sentence=sentence,
        now=now,
        version=version,
        clock_reason=CLOCK_REASONS[Action.RECALCULATE],
    )
    return True


def _sentence(before: date | None, after: date | None, correction: date | None) -> str:
    if before is not None and after is not None and before != after:
        return f"{RECALCULATED}，办理期限由 {before:%Y 年 %m 月 %d 日}调整为 {after:%Y 年 %m 月 %d 日}。"
    if correction is not None:
        return f"{RECALCULATED}，补正期限延到 {correction:%Y 年 %m 月 %d 日}。"
    return f"{RECALCULATED}，有关期限已相应调整。"


def _applicants_days(case: Case, calendar: Calendar) -> bool:
    """Lengthen what runs for the applicant, or for the hearing that the applicant asked for; it is never shortened."""
    is_longer = False
    pause = CasePause.objects.filter(case=case, to_on__isnull=True, days__isnull=False).first()
    if pause is not None and case.correction_due_on is not None and pause.days is not None:
        due_on = calendar.add(pause.from_on, pause.days)
        is_longer, case.correction_due_on = due_on > case.correction_due_on, max(due_on, case.correction_due_on)
    hearing = CaseHearing.objects.filter(case=case, ended_at__isnull=True).first()
    if hearing is None:
        return is_longer
    ask_until = max(hearing.ask_until, calendar.add(timezone.localdate(hearing.told_at), (pause.days if pause and pause.days else 0)))
    hold_until = hearing.hold_until
    if hearing.asked_at is not None and hold_until is not None:
        hold_until = max(hold_until, calendar.add(timezone.localdate(hearing.asked_at), HEARING_HOLD_DAYS))
    if (ask_until, hold_until) == (hearing.ask_until, hearing.hold_until):
        return is_longer
    CaseHearing.objects.filter(pk=hearing.pk).update(ask_until=ask_until, hold_until=hold_until)
    return True
