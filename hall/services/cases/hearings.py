"""听证: the applicant is told, may ask for it or waive it; asked for, it is arranged and held in time (许可法 46-48). The clock stands still."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services.cases import clock, clock_rules, papering, rules
from hall.services.cases.models import Case, CaseHearing
from hall.services.cases.moves import Moved, check, locked_case, move, version_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role, require
from hall.support.workdays import queries as workdays


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise rules.ReasonMissing
    return text[:500]


def _open(actor: Actor, serial: str, revision: int | None, action: Action, now: datetime) -> tuple[Case, ItemVersionRow]:
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, action, actor, now)
    return case, version


@transaction.atomic
def give_hearing_notice(*, actor: Actor, serial: str, revision: int, reason: str, now: datetime) -> Moved:
    """Tell the applicant of the right to a hearing, to be asked for within 5 working days (许可法 47); the clock pauses.

    Raises: HearingUsed, ReasonMissing, and the refusals of `moves.check`.
    """
    case, version = _open(actor, serial, revision, Action.HEARING, now)
    reason = _reason(reason)
    days = clock_rules.HEARING_ASK_DAYS
    until = workdays.calendar().add(timezone.localdate(now), days)
    papering.hearing(case, reason=reason, until=until, now=now)
    CaseHearing.objects.create(case=case, told_at=now, ask_until=until)
    clock.pause(case, "hearing", now, what="听证", days=days)
    sentence = f"您有权要求听证，请在 {until.month} 月 {until.day} 日前提出。期间不计入办理时限。"
    return move(case, actor=actor, action=Action.HEARING, target=CaseState.HEARING, sentence=sentence, now=now, version=version)


@transaction.atomic
def ask_hearing(*, actor: Actor, serial: str, reason: str = "", now: datetime) -> Moved:
    """The applicant asks for the hearing; it is held within 20 working days. Raises: TooLateToAsk, StepNotAllowed, NotFound."""
    require(actor, Role.CITIZEN)
    case, version = _open(actor, serial, None, Action.ASK_HEARING, now)
    until = workdays.calendar().add(timezone.localdate(now), clock_rules.HEARING_HOLD_DAYS)
    CaseHearing.objects.filter(case=case).update(asked_at=now, hold_until=until)
    sentence = f"您已要求听证，部门将在 {until.month} 月 {until.day} 日前组织，并提前 7 日告诉您时间和地点。"
    return move(
        case,
        actor=actor,
        action=Action.ASK_HEARING,
        target=CaseState.HEARING,
        sentence=sentence,
        note=reason.strip()[:500],
        now=now,
        version=version,
    )


@transaction.atomic
def waive_hearing(*, actor: Actor, serial: str, now: datetime) -> Moved:
    """The applicant needs no hearing; the clock runs again from the next working day. Raises: TooLateToAsk, StepNotAllowed, NotFound."""
    require(actor, Role.CITIZEN)
    case, version = _open(actor, serial, None, Action.WAIVE_HEARING, now)
    CaseHearing.objects.filter(case=case).update(waived_at=now, ended_at=now)
    clock.resume(case, now)
    sentence = "您已放弃听证，部门继续审查。"
    return move(case, actor=actor, action=Action.WAIVE_HEARING, target=CaseState.REVIEWING, sentence=sentence, now=now, version=version)


@transaction.atomic
def arrange_hearing(*, actor: Actor, serial: str, revision: int, arranged_for: datetime | None, place: str, now: datetime) -> Moved:
    """Set time and place and tell the applicant, 7 days ahead (许可法 48); may be set anew as long as it was not held.

    Raises: BadHearingTime, PlaceMissing, and the refusals of `moves.check`.
    """
    case, version = _open(actor, serial, revision, Action.ARRANGE_HEARING, now)
    hearing = CaseHearing.objects.get(case=case)
    assert hearing.hold_until is not None
    calendar = workdays.calendar()
    days = clock_rules.hearing_days(today=timezone.localdate(now), hold_until=hearing.hold_until, calendar=calendar)
    if arranged_for is None:
        raise clock_rules.BadHearingTime("请选择听证的日期和时间。")
    local = timezone.localtime(arranged_for)
    clock_rules.check_hearing_time(local.date(), days, calendar)
    place = place.strip()[:100]
    if not place:
        raise clock_rules.PlaceMissing
    hearing.arranged_for, hearing.place = arranged_for, place
    hearing.save(update_fields=["arranged_for", "place"])
    sentence = f"听证定于 {local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M} 在{place}举行，请带身份证件按时参加。"
    return move(
        case,
        actor=actor,
        action=Action.ARRANGE_HEARING,
        target=CaseState.HEARING,
        sentence=sentence,
        now=now,
        version=version,
        is_told=True,
    )


@transaction.atomic
def end_hearing(*, actor: Actor, serial: str, revision: int | None, outcome: str, now: datetime) -> Moved:
    """The hearing was held, or nobody asked for it in time; the clock runs again from the next working day.

    Raises: HearingMayBeAsked, HearingNotHeld, ReasonMissing, and the refusals of `moves.check`.
    """
    case, version = _open(actor, serial, revision, Action.END_HEARING, now)
    outcome = _reason(outcome)
    hearing = CaseHearing.objects.filter(case=case).first()
    is_held = hearing is not None and hearing.asked_at is not None
    CaseHearing.objects.filter(case=case).update(ended_at=now)
    clock.resume(case, now)
    return move(
        case,
        actor=actor,
        action=Action.END_HEARING,
        target=CaseState.REVIEWING,
        sentence="听证已举行，继续审查。" if is_held else "您没有在期限内要求听证，部门继续审查。",
        note=outcome,
        now=now,
        version=version,
    )
