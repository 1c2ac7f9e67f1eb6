"""The one way a case takes a step: found in the actor's scope, locked, checked, moved, written down, told."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from hall.services import events
from hall.services.cases import clock, clock_rules, rules
from hall.services.cases.clock_rules import ExtensionState, HearingState
from hall.services.cases.models import Case, CaseExtension, CaseHearing, CaseStep
from hall.services.cases.rules import Action, CaseState, CloseKind, Facts
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.flow_rules import FlowKind, FlowRole, is_configured
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role
from hall.support.audit import trail
from hall.support.jobs.queue import publish
from hall.support.refusals import NotFound
from hall.support.workdays.rules import Unit

CLOSE_KINDS: dict[CaseState, CloseKind] = {
    CaseState.NOT_ACCEPTED: CloseKind.NOT_ACCEPTED,
    CaseState.RETURNED: CloseKind.RETURNED,
    CaseState.WITHDRAWN: CloseKind.WITHDRAWN,
    CaseState.VOID: CloseKind.VOID,
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What a step came to. `handler_name` is empty when the case waits for somebody to claim it."""

    serial: str
    state: CaseState
    revision: int


def scope(actor: Actor) -> Q:
    """The cases that the actor may see at all; default none. Source: §7.1 相应的角色只能看到自己使用范围内的东西."""
    if actor.has(Role.SYSTEM, Role.SUPERVISOR):
        return Q()
    if actor.has(*DEPARTMENT_ROLES):
        return Q(department_code=actor.department_code)
    if actor.has(Role.CITIZEN):
        if actor.enterprise_id is not None:
            return Q(enterprise_id=actor.enterprise_id)
        return Q(account_id=actor.account_id, enterprise_id__isnull=True)
    return Q(pk__in=[])


def locked_case(actor: Actor, serial: str, *, revision: int | None) -> Case:
    """The case, locked until the transaction ends. One SQL query.

    Raises: NotFound outside the actor's scope, CaseChanged when its revision is no longer the one the actor saw.
    """
    case = Case.objects.select_for_update().filter(scope(actor), serial=serial).first()
    if case is None:
        raise NotFound
    if revision is not None and case.revision != revision:
        raise rules.CaseChanged
    return case


def version_of(case: Case) -> ItemVersionRow:
    """The item version that the case was filed under, however the item changed since."""
    version = catalogue.item_version(case.item_version_id)
    assert version is not None, "an item version is never deleted"
    return version


def terms_of(version: ItemVersionRow) -> clock.Terms:
    """The promise of the item version, and the law's own period where there is one."""
    unit = Unit(version.day_unit)
    statutory = clock.Term(days=version.statutory_days, unit=unit) if version.statutory_days else None
    return clock.Terms(clock.Term(days=version.promised_days, unit=unit), statutory)


def extension_state(extension: CaseExtension | None) -> ExtensionState:
    """How far the extension got."""
    if extension is None:
        return ExtensionState.NONE
    if extension.is_approved is None:
        return ExtensionState.ASKED
    return ExtensionState.APPROVED if extension.is_approved else ExtensionState.REFUSED


def hearing_state(hearing: CaseHearing | None, now: datetime) -> HearingState:
    """How far the hearing got."""
    if hearing is None:
        return HearingState.NONE
    return clock_rules.hearing_state(
        ask_until=hearing.ask_until,
        asked_at=hearing.asked_at,
        arranged_for=hearing.arranged_for,
        ended_at=hearing.ended_at,
        now=now,
        today=timezone.localdate(now),
    )


def facts_of(
    case: Case,
    version: ItemVersionRow,
    *,
    is_corrected_before: bool,
    now: datetime,
    extension: CaseExtension | None = None,
    hearing: CaseHearing | None = None,
) -> Facts:
    """What the guards of the table look at."""
    flow = version.flow
    return Facts(
        state=CaseState(case.state),
        is_instant=flow.decider is FlowRole.CLERK,
        needs_leader=flow.decider is FlowRole.LEADER,
        needs_review=flow.has(FlowKind.REVIEW),
        may_review=flow.has(FlowKind.REVIEW) or not is_configured(version.flow_steps),
        needs_second_review=flow.has(FlowKind.SECOND_REVIEW),
        has_second_opinion=case.is_second_grant_advised is not None,
        second_reviewed_by=case.second_reviewed_by,
        makes_result=flow.has(FlowKind.MAKE),
        needs_originals=version.online_depth != "full",
        is_corrected_before=is_corrected_before,
        has_opinion=case.is_grant_advised is not None,
        is_granted=case.is_granted,
        is_void_asked=case.void_asked_by is not None,
        accepted_by=case.accepted_by,
        reviewed_by=case.reviewed_by,
        is_overdue=case.due_on is not None and timezone.localdate(now) > case.due_on,
        extension=extension_state(extension),
        extension_asked_by=extension.asked_by if extension else None,
        hearing=hearing_state(hearing, now),
        owes_first=flow.has(FlowKind.PAY_FIRST) and case.first_fee_at is None,
        owes_then=flow.has(FlowKind.PAY_THEN) and case.then_fee_at is None,
    )


def check(case: Case, version: ItemVersionRow, action: Action, actor: Actor, now: datetime) -> None:
    """Whether the table and its guards let the actor take this action now. Three SQL queries.

    Raises: StepNotAllowed, RoleNotAllowed, a guard's refusal, HandledByAnother.
    """
    rules.step_for(action, CaseState(case.state), actor.roles)
    facts = facts_of(
        case,
        version,
        is_corrected_before=CaseStep.objects.filter(case=case, action=Action.CORRECT).exists(),
        now=now,
        extension=CaseExtension.objects.filter(case=case).first(),
        hearing=CaseHearing.objects.filter(case=case).first(),
    )
    rules.check_guard(action, facts, actor.roles, actor.account_id)
    is_mine = case.handler_id in {None, actor.account_id}
    if not is_mine and actor.has(Role.CLERK, Role.REVIEWER) and not actor.has(Role.LEADER):
        raise rules.HandledByAnother(f"这个办件由{case.handler_name}办理，请先请他交回。")


def move(
    case: Case,
    *,
    actor: Actor,
    action: Action,
    target: CaseState,
    sentence: str,
    now: datetime,
    version: ItemVersionRow,
    note: str = "",
    is_handed_on: bool = False,
    clock_reason: str = "",
    is_told: bool = False,
) -> Moved:
    """Write the step: row, clock, timeline, trail, event, and the ending when there is one.

    `sentence` is what the applicant reads; `is_handed_on` puts the case back for the next person to claim. `clock_reason` says why
    the deadline moved, where the action alone does not. `is_told`: worth a message though the state stays.
    """
    before = case.state, case.due_on, case.statutory_due_on
    case.state = target
    case.revision += 1
    case.moved_at = now
    if is_handed_on:
        case.handler_id, case.handler_name = None, ""
    if target in rules.END_STATES:
        case.closed_at = now
        granted = CloseKind.GRANTED if case.is_granted else CloseKind.DENIED
        case.close_kind = CLOSE_KINDS.get(target, granted)
        case.handler_id, case.handler_name = None, ""
    clock.set_due(case, terms_of(version), now)
    case.save()
    _record(case, _write_step(case, actor, action, before, sentence[:600], note[:1000], clock_reason, now), actor, now, is_told=is_told)
    if case.joint_id is not None and (target is CaseState.PRINTING or target in rules.END_STATES):
        publish(events.JointPartSettled(joint_id=case.joint_id, case_id=case.pk))
    if target in rules.END_STATES:
        _finish(case)
    assert case.serial is not None
    return Moved(serial=case.serial, state=target, revision=case.revision)


def tell_and_write(case: Case, *, actor: Actor, action: Action, sentence: str, now: datetime) -> None:
    """A line in the timeline of a case that ended, its trail and a message; the state stays. For `instant` only."""
    step = _write_step(case, actor, action, (case.state, case.due_on, case.statutory_due_on), sentence[:600], "", "", now)
    _record(case, step, actor, now, is_told=True)


def _record(case: Case, step: CaseStep, actor: Actor, now: datetime, *, is_told: bool) -> None:
    assert case.serial is not None
    trail.record(actor, f"case.{step.action}", case.serial, detail=f"{step.from_state}>{step.to_state}", at=now)
    publish(
        events.CaseMoved(
            case_id=case.pk,
            serial=case.serial,
            step_id=step.pk,
            account_id=case.account_id,
            item_name=case.item_name,
            from_state=step.from_state,
            to_state=step.to_state,
            sentence=step.sentence,
            is_told=is_told,
        )
    )


def _write_step(
    case: Case,
    actor: Actor,
    action: Action,
    before: tuple[str, date | None, date | None],
    sentence: str,
    note: str,
    clock_reason: str,
    now: datetime,
) -> CaseStep:
    """The line of the timeline, with what the step did to the deadlines."""
    came_from, due_from, statutory_from = before
    is_clock_moved = (due_from, statutory_from) != (case.due_on, case.statutory_due_on)
    usual = clock_rules.ENDED if case.closed_at else clock_rules.CLOCK_REASONS.get(action, rules.ACTION_NAMES[action])
    return CaseStep.objects.create(
        case=case,
        at=now,
        action=action,
        from_state=came_from,
        to_state=case.state,
        actor_id=actor.account_id,
        actor_name=actor.name,
        sentence=sentence,
        note=note,
        due_from=due_from,
        due_to=case.due_on,
        statutory_from=statutory_from,
        statutory_to=case.statutory_due_on,
        clock_reason=(clock_reason or usual)[:300] if is_clock_moved else "",
    )


def _finish(case: Case) -> None:
    assert case.serial is not None
    publish(
        events.CaseFinished(
            case_id=case.pk,
            serial=case.serial,
            account_id=case.account_id,
            item_code=case.item_code,
            item_name=case.item_name,
            department_code=case.department_code,
            close_kind=case.close_kind,
        )
    )
    if case.state != CaseState.CLOSED:
        return
    # Last: the item's row stays locked until the transaction ends.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_item_tally (item_code, department_code, finished) VALUES (%s, %s, 1)"
            " ON CONFLICT (item_code) DO UPDATE SET finished = cases_item_tally.finished + 1",
            [case.item_code, case.department_code],
        )
