"""What the department does with a case: claim, correct, accept, review, decide, deliver (§7.1 委局业务处理, domain.md §4.2).

Each command takes the revision that the person saw; when somebody was faster it is refused and changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services.cases import clock, keeping, papering, rules
from hall.services.cases.models import Case, CaseStep, CorrectionPoint
from hall.services.cases.moves import Moved, check, locked_case, move, scope, terms_of, version_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.flow_rules import FlowKind, FlowRole
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import Refusal
from hall.support.workdays import queries as workdays

CORRECTION_DAYS = 10
MOST_POINTS = 30


@dataclass(frozen=True, slots=True)
class Point:
    """One fault to correct: `kind` is "field" or "material", `target` its name in the form or the material's key."""

    kind: str
    target: str
    target_name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """How one claim of several went; `refused` is empty when it went well."""

    serial: str
    refused: str = ""


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise rules.ReasonMissing
    return text[:500]


def claim_cases(*, actor: Actor, serials: Sequence[str], now: datetime) -> list[Claimed]:
    """Take cases onto the actor's desk, each in a transaction of its own; one refusal does not stop the others.

    A submitted case goes into pre-review with it, an accepted one into review. Raises: NotAllowed for other roles.
    """
    require(actor, *DEPARTMENT_ROLES)
    results = []
    for serial in serials:
        try:
            claim_case(actor=actor, serial=serial, now=now)
        except Refusal as refusal:
            results.append(Claimed(serial, refusal.shown))
        else:
            results.append(Claimed(serial))
    return results


@transaction.atomic
def claim_case(*, actor: Actor, serial: str, now: datetime) -> Moved:
    """Take one case onto the actor's desk; taking one's own again changes nothing.

    Raises: NotFound, HandledByAnother, StepNotAllowed at an end.
    """
    require(actor, *DEPARTMENT_ROLES)
    case = locked_case(actor, serial, revision=None)
    if case.state in rules.END_STATES:
        raise rules.StepNotAllowed
    if case.handler_id is not None and case.handler_id != actor.account_id:
        raise rules.HandledByAnother(f"{case.handler_name}已经领取了这个办件。")
    if case.handler_id == actor.account_id:
        return Moved(serial, CaseState(case.state), case.revision)
    case.handler_id, case.handler_name = actor.account_id, actor.name
    version = version_of(case)
    if case.state == CaseState.SUBMITTED and actor.has(Role.CLERK):
        sentence = "部门已领取您的申请，正在预审。5 个工作日内告诉您是否受理。"
        return move(case, actor=actor, action=Action.PRE_REVIEW, target=CaseState.PRE_REVIEW, sentence=sentence, now=now, version=version)
    if case.state == CaseState.ACCEPTED and actor.has(Role.REVIEWER) and version.flow.has(FlowKind.REVIEW):
        check(case, version, Action.START_REVIEW, actor, now)
        return move(
            case, actor=actor, action=Action.START_REVIEW, target=CaseState.REVIEWING, sentence="部门开始审查。", now=now, version=version
        )
    case.revision += 1
    case.save(update_fields=["handler_id", "handler_name", "revision"])
    trail.record(actor, "case.claimed", serial, at=now)
    return Moved(serial, CaseState(case.state), case.revision)


@transaction.atomic
def claim_next(*, actor: Actor, now: datetime) -> Moved | None:
    """Take the unclaimed case with the nearest deadline that the actor's role can go on with; none left → None."""
    require(actor, *DEPARTMENT_ROLES)
    states: list[CaseState] = []
    if actor.has(Role.CLERK):
        states += [
            CaseState.SUBMITTED,
            CaseState.PRE_REVIEW,
            CaseState.RECEIVED,
            CaseState.DECIDED,
            CaseState.PRINTING,
            CaseState.DELIVERING,
        ]
    if actor.has(Role.REVIEWER):
        states += [CaseState.ACCEPTED, CaseState.REVIEWING]
    if actor.has(Role.LEADER):
        states += [CaseState.REVIEWING]
    waiting = Case.objects.filter(scope(actor), closed_at__isnull=True, handler_id__isnull=True, state__in=states)
    if actor.has(Role.REVIEWER):
        waiting = waiting.exclude(state=CaseState.ACCEPTED, accepted_by=actor.account_id)
    # Two people asking at once get two different cases.
    case = waiting.order_by("queue_on", "pk").select_for_update(skip_locked=True).first()
    if case is None:
        return None
    assert case.serial is not None
    return claim_case(actor=actor, serial=case.serial, now=now)


@transaction.atomic
def put_back(*, actor: Actor, serial: str, revision: int, now: datetime) -> Moved:
    """Give a claimed case back to the department's queue. Raises: NotFound, CaseChanged, HandledByAnother."""
    require(actor, *DEPARTMENT_ROLES)
    case = locked_case(actor, serial, revision=revision)
    if case.handler_id != actor.account_id and not actor.has(Role.LEADER):
        raise rules.HandledByAnother
    case.handler_id, case.handler_name = None, ""
    case.revision += 1
    case.save(update_fields=["handler_id", "handler_name", "revision"])
    trail.record(actor, "case.put_back", serial, at=now)
    return Moved(serial, CaseState(case.state), case.revision)


@transaction.atomic
def request_correction(
    *, actor: Actor, serial: str, revision: int, points: Sequence[Point], days: int = CORRECTION_DAYS, note: str = "", now: datetime
) -> Moved:
    """Tell the applicant all faults at once, each tied to a field or a material; the clock pauses.

    Raises: PointsMissing, CorrectionUsed (a second time), and the refusals of `moves.check`. Source: 许可法 32, domain.md §4.2.
    """
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.CORRECT, actor, now)
    wanted = {(p.kind, p.target): p for p in points if p.sentence.strip() and p.kind in {"field", "material"}}
    if not wanted:
        raise rules.PointsMissing
    days = min(max(days, 3), 30)
    due_on = workdays.calendar().add(timezone.localdate(now), days)
    chosen = list(wanted.values())[:MOST_POINTS]
    CorrectionPoint.objects.bulk_create(
        CorrectionPoint(case=case, kind=p.kind, target=p.target[:60], target_name=p.target_name[:200], sentence=p.sentence.strip()[:300])
        for p in chosen
    )
    papering.correction(case, points=[f"{p.target_name}：{p.sentence.strip()}" for p in chosen], due_on=due_on, now=now)
    case.correction_due_on = due_on
    clock.pause(case, "correction", now, what="补正", days=days)
    sentence = f"请在 {due_on.month} 月 {due_on.day} 日 17:00 前补正 {len(chosen)} 处内容。补正期间不计入办理时限。"
    return move(
        case, actor=actor, action=Action.CORRECT, target=CaseState.CORRECTION, sentence=sentence, note=note, now=now, version=version
    )


@transaction.atomic
def receive_originals(*, actor: Actor, serial: str, revision: int, checked: Collection[str] = (), note: str = "", now: datetime) -> Moved:
    """Record that the paper originals were presented and checked; issues 收件凭证.

    `checked` are the keys of the materials whose files were found the same as the original: they become grade B (domain.md §10).
    """
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.RECEIVE, actor, now)
    papering.intake(case, version, now=now)
    keeping.note_checked(case, set(checked), now=now)
    sentence = "窗口已核对您的材料原件，正在决定是否受理。"
    return move(case, actor=actor, action=Action.RECEIVE, target=CaseState.RECEIVED, sentence=sentence, note=note, now=now, version=version)


@transaction.atomic
def accept_case(*, actor: Actor, serial: str, revision: int | None, note: str = "", basis: str = "", now: datetime) -> Moved:
    """Accept the application; the promised clock starts. The system does it when the department stays silent (许可法 32).

    `basis` says why in other words than usual; with it the system is not filling a silence.
    """
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.ACCEPT, actor, now)
    is_silent = actor.has(Role.SYSTEM) and not basis
    # Silence accepts from the day on which the papers came, not from the day on which it was noticed.
    case.accepted_at, case.accepted_by = _received_at(case) if is_silent else now, actor.account_id
    due = clock.promised_due(terms_of(version).promised, case.accepted_at)
    promised = f"{version.promised_days} 个{version.day_unit_name}" if version.promised_days else "当日办结"
    until = f"{due:%Y 年 %m 月 %d 日}"
    basis = basis or (
        "自收到申请之日起五个工作日内未告知补正，依法视为受理。"
        if is_silent
        else "经审核，申请事项属于本部门职权范围，材料齐全、符合法定形式，决定予以受理。"
    )
    papering.acceptance(case, version, basis=basis, promised=promised, due_on=due, now=now)
    sentence = f"{'部门逾期未答复，依法视为受理' if is_silent else '申请已受理'}，承诺 {promised}，预计 {until} 前办结。"
    is_instant = version.flow.decider is FlowRole.CLERK
    return move(
        case,
        actor=actor,
        action=Action.ACCEPT,
        target=CaseState.ACCEPTED,
        sentence=sentence,
        note=note,
        now=now,
        version=version,
        is_handed_on=not is_instant,
    )


def _received_at(case: Case) -> datetime:
    """When the papers came: with the application, or with what corrected it."""
    corrected = CaseStep.objects.filter(case=case, action=Action.RESUBMIT).order_by("-pk").values_list("at", flat=True).first()
    return corrected or case.submitted_at


@transaction.atomic
def refuse_case(*, actor: Actor, serial: str, revision: int, reason: str, now: datetime) -> Moved:
    """Do not accept the application (不予受理), with reason and remedies; the case ends."""
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.NOT_ACCEPT, actor, now)
    reason = _reason(reason)
    papering.refusal(case, version, reason=reason, now=now)
    sentence = f"不予受理。理由：{reason}"
    return move(case, actor=actor, action=Action.NOT_ACCEPT, target=CaseState.NOT_ACCEPTED, sentence=sentence, now=now, version=version)


@transaction.atomic
def return_case(*, actor: Actor, serial: str, revision: int, reason: str, now: datetime) -> Moved:
    """Send the application back (退件): wrong place, duplicate or unreadable files; the case ends."""
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.RETURN, actor, now)
    reason = _reason(reason)
    papering.return_notice(case, reason=reason, now=now)
    sentence = f"已退件。原因：{reason}"
    return move(case, actor=actor, action=Action.RETURN, target=CaseState.RETURNED, sentence=sentence, now=now, version=version)
