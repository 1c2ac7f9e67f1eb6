"""Review, decision and delivery: the steps after acceptance (domain.md §4.2, 许可法 38, 42, 44, 45, 47)."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from hall.services.cases import clock, papering, paperwork, rules
from hall.services.cases.models import Case
from hall.services.cases.moves import Moved, check, locked_case, move, version_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.flow_rules import FlowKind, FlowRole
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role, system_actor
from hall.support.refusals import Refusal


class DeliveryMethod(StrEnum):
    """送达方式, domain.md §4.4."""

    ELECTRONIC = "electronic"
    COUNTER = "counter"
    MAIL = "mail"


METHOD_NAMES = {DeliveryMethod.ELECTRONIC: "电子送达", DeliveryMethod.COUNTER: "窗口领取", DeliveryMethod.MAIL: "邮寄"}
# What stands where the receiver signs.
_SIGNATURES = {
    DeliveryMethod.ELECTRONIC: "电子送达，存入申请人空间即为送达，不另签名",
    DeliveryMethod.COUNTER: "＿＿＿＿＿＿＿＿＿＿＿＿",
    DeliveryMethod.MAIL: "以寄递签收记录为准",
}


class WrongValidity(Refusal):
    sentence = "有效期应晚于今天；长期有效请留空。"
    field = "valid_until"


def _open(actor: Actor, serial: str, revision: int | None, action: Action, now: datetime) -> tuple[Case, ItemVersionRow]:
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, action, actor, now)
    return case, version


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise rules.ReasonMissing
    return text[:500]


@transaction.atomic
def start_review(*, actor: Actor, serial: str, revision: int, now: datetime) -> Moved:
    """Begin the review; not by the person who accepted. Raises: SamePerson and the refusals of `moves.check`."""
    case, version = _open(actor, serial, revision, Action.START_REVIEW, now)
    case.handler_id, case.handler_name = actor.account_id, actor.name
    return move(
        case, actor=actor, action=Action.START_REVIEW, target=CaseState.REVIEWING, sentence="部门开始审查。", now=now, version=version
    )


@transaction.atomic
def give_opinion(*, actor: Actor, serial: str, revision: int, is_grant_advised: bool, opinion: str, now: datetime) -> Moved:
    """Write the review opinion, which the decision needs; the text stays inside the department."""
    case, version = _open(actor, serial, revision, Action.GIVE_OPINION, now)
    case.opinion, case.is_grant_advised, case.reviewed_by = _reason(opinion), is_grant_advised, actor.account_id
    return move(
        case,
        actor=actor,
        action=Action.GIVE_OPINION,
        target=CaseState.REVIEWING,
        sentence=f"审查意见已提交，等待{'复审' if version.flow.has(FlowKind.SECOND_REVIEW) else '作出决定'}。",
        note=f"{'建议准予' if is_grant_advised else '建议不予'}：{case.opinion}",
        now=now,
        version=version,
        is_handed_on=version.flow.decider is FlowRole.LEADER or version.flow.has(FlowKind.SECOND_REVIEW),
    )


@transaction.atomic
def give_second_opinion(*, actor: Actor, serial: str, revision: int, is_grant_advised: bool, opinion: str, now: datetime) -> Moved:
    """Write the opinion of a second reviewer, where the item's flow asks for one; the first one's then stands. Raises: SamePerson."""
    case, version = _open(actor, serial, revision, Action.SECOND_OPINION, now)
    case.second_opinion, case.is_second_grant_advised, case.second_reviewed_by = _reason(opinion), is_grant_advised, actor.account_id
    return move(
        case,
        actor=actor,
        action=Action.SECOND_OPINION,
        target=CaseState.REVIEWING,
        sentence="复审意见已提交，等待作出决定。",
        note=f"{'建议准予' if is_grant_advised else '建议不予'}：{case.second_opinion}",
        now=now,
        version=version,
        is_handed_on=True,
    )


@transaction.atomic
def start_special_procedure(
    *, actor: Actor, serial: str, revision: int, procedure: str, institution: str, expected_days: int, now: datetime
) -> Moved:
    """Pause the clock for a hearing of experts, a test, an inspection…; the applicant is told in writing (许可法 45)."""
    case, version = _open(actor, serial, revision, Action.SPECIAL, now)
    procedure, expected_days = _reason(procedure)[:100], min(max(expected_days, 1), 180)
    papering.special(case, procedure=procedure, institution=institution.strip()[:100] or "本部门", days=expected_days, now=now)
    clock.pause(case, "special", now, what=procedure, days=expected_days)
    sentence = f"需要进行{procedure}，预计 {expected_days} 个工作日，期间不计入办理时限。"
    return move(
        case,
        actor=actor,
        action=Action.SPECIAL,
        target=CaseState.SPECIAL,
        sentence=sentence,
        now=now,
        version=version,
        clock_reason=f"特别程序（{procedure}），暂停计时",
    )


@transaction.atomic
def end_special_procedure(*, actor: Actor, serial: str, revision: int, outcome: str, now: datetime) -> Moved:
    """The special procedure is over; the clock runs again from the next working day."""
    case, version = _open(actor, serial, revision, Action.END_SPECIAL, now)
    outcome = _reason(outcome)
    clock.resume(case, now)
    return move(
        case,
        actor=actor,
        action=Action.END_SPECIAL,
        target=CaseState.REVIEWING,
        sentence="特别程序已结束，继续审查。",
        note=outcome,
        now=now,
        version=version,
    )


@transaction.atomic
def decide_case(*, actor: Actor, serial: str, revision: int | None, is_granted: bool, reason: str, now: datetime) -> Moved:
    """Grant or deny, signed by the decider; a denial says why and names the remedies (许可法 38).

    Raises: OpinionMissing, LeaderNeeded, SamePerson, ReasonMissing for a denial, and the refusals of `moves.check`.
    """
    case, version = _open(actor, serial, revision, Action.DECIDE, now)
    reason = reason.strip()[:500] if is_granted else _reason(reason)
    case.is_granted, case.decided_at = is_granted, now
    papering.decision(case, version, reason=reason, now=now)
    sentence = (
        f"已作出准予决定，{'正在制作结果' if version.flow.has(FlowKind.MAKE) else '即将送达'}。"
        if is_granted
        else f"已作出不予{'许可' if version.item_type == 'license' else '办理'}的决定。理由：{reason}"
    )
    if actor.has(Role.SYSTEM):
        sentence = f"{reason}：{sentence}"
    is_instant = version.flow.decider is FlowRole.CLERK
    return move(
        case,
        actor=actor,
        action=Action.DECIDE,
        target=CaseState.DECIDED,
        sentence=sentence,
        now=now,
        version=version,
        is_handed_on=not is_instant,
    )


@transaction.atomic
def make_result(
    *, actor: Actor, serial: str, revision: int | None, facts: Sequence[tuple[str, str]] = (), valid_until: date | None, now: datetime
) -> Moved:
    """Make the result (证照、批文、证明) and put it into the applicant's space. Raises: WrongValidity and `moves.check`."""
    case, version = _open(actor, serial, revision, Action.MAKE_RESULT, now)
    if valid_until is not None and valid_until <= now.date():
        raise WrongValidity
    shown = tuple((label.strip()[:30], value.strip()[:200]) for label, value in facts if label.strip() and value.strip())
    document = paperwork.issue_result(case, result_name=version.result_name, facts=shown, valid_until=valid_until, now=now)
    sentence = f"{version.result_name}已制作，编号 {document.number}。"
    return move(case, actor=actor, action=Action.MAKE_RESULT, target=CaseState.PRINTING, sentence=sentence, now=now, version=version)


@transaction.atomic
def deliver_case(*, actor: Actor, serial: str, revision: int | None, method: DeliveryMethod, now: datetime) -> Moved:
    """Hand over the result. Electronic delivery arrives at once and closes the case; otherwise the signature does."""
    case, version = _open(actor, serial, revision, Action.DELIVER, now)
    sentences = {
        DeliveryMethod.ELECTRONIC: "文书和结果已存入您的空间，可以随时下载。",
        DeliveryMethod.COUNTER: "结果已可领取，请带身份证件到窗口领取；电子件已存入您的空间。",
        DeliveryMethod.MAIL: "结果已交寄，请留意查收；电子件已存入您的空间。",
    }
    moved = move(
        case,
        actor=actor,
        action=Action.DELIVER,
        target=CaseState.DELIVERING,
        sentence=sentences[method],
        note=METHOD_NAMES[method],
        now=now,
        version=version,
    )
    if method is DeliveryMethod.ELECTRONIC:
        return _close(case, version, system_actor(), method, case.applicant_name, now)
    return moved


@transaction.atomic
def close_case(*, actor: Actor, serial: str, revision: int, method: DeliveryMethod, receiver: str, now: datetime) -> Moved:
    """Record who signed for the result (送达回证); the case ends and may be rated."""
    case, version = _open(actor, serial, revision, Action.CLOSE, now)
    return _close(case, version, actor, method, receiver.strip()[:60] or case.applicant_name, now)


def _close(case: Case, version: ItemVersionRow, actor: Actor, method: DeliveryMethod, receiver: str, now: datetime) -> Moved:
    papering.delivery(case, method=METHOD_NAMES[method], receiver=receiver, signature=_SIGNATURES[method], now=now)
    papering.closure(case, method=METHOD_NAMES[method], now=now)
    sentence = "已办结。请为这次服务评价，您的评价会公开显示。"
    return move(case, actor=actor, action=Action.CLOSE, target=CaseState.CLOSED, sentence=sentence, now=now, version=version)


@transaction.atomic
def ask_void(*, actor: Actor, serial: str, revision: int, reason: str, now: datetime) -> Moved:
    """A department leader proposes to end the case (终止); a supervisor must agree."""
    case, version = _open(actor, serial, revision, Action.ASK_VOID, now)
    case.void_asked_by = actor.account_id
    note = _reason(reason)
    state = CaseState(case.state)
    return move(
        case,
        actor=actor,
        action=Action.ASK_VOID,
        target=state,
        sentence="部门提请终止本次办理，等待监督部门审核。",
        note=note,
        now=now,
        version=version,
    )


@transaction.atomic
def void_case(*, actor: Actor, serial: str, revision: int | None, reason: str, now: datetime) -> Moved:
    """End the case (作废/终止) with a reason: a supervisor on a leader's proposal, or the system on an overdue correction."""
    case, version = _open(actor, serial, revision, Action.VOID, now)
    reason = _reason(reason)
    papering.termination(case, reason=reason, now=now)
    clock.resume(case, now)
    return move(case, actor=actor, action=Action.VOID, target=CaseState.VOID, sentence=f"已终止。理由：{reason}", now=now, version=version)
