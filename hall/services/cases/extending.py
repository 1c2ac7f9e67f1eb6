"""延期: asked for by the handler, granted by the department's head, once; the applicant is told why (许可法 42)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services.cases import clock, clock_rules, papering, rules
from hall.services.cases.models import CaseExtension
from hall.services.cases.moves import Moved, check, locked_case, move, terms_of, version_of
from hall.services.cases.rules import Action, CaseState
from hall.support.access.actors import Actor


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise rules.ReasonMissing
    return text[:300]


@transaction.atomic
def ask_extension(*, actor: Actor, serial: str, revision: int, days: int | None, reason: str, now: datetime) -> Moved:
    """Ask the department's head for 1 to 10 working days more. The deadline stays until they are granted.

    Raises: ExtensionUsed, TooLateToExtend, BadExtensionDays, ReasonMissing, and the refusals of `moves.check`.
    """
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.ASK_EXTENSION, actor, now)
    assert actor.account_id is not None
    days, reason = clock_rules.check_extension_days(days), _reason(reason)
    # After a refusal it may be asked again; what was refused stays in the timeline.
    CaseExtension.objects.update_or_create(
        case=case,
        defaults={
            "days": days,
            "reason": reason,
            "asked_by": actor.account_id,
            "asked_by_name": actor.name,
            "asked_at": now,
            "is_approved": None,
            "decided_by": None,
            "decided_by_name": "",
            "decided_at": None,
            "answer": "",
        },
    )
    return move(
        case,
        actor=actor,
        action=Action.ASK_EXTENSION,
        target=CaseState(case.state),
        sentence="部门提请延长办理时限，等待部门负责人批准。",
        note=f"提请延期 {days} 个工作日：{reason}",
        now=now,
        version=version,
    )


@transaction.atomic
def decide_extension(*, actor: Actor, serial: str, revision: int, is_approved: bool, answer: str = "", now: datetime) -> Moved:
    """Grant or refuse the extension that was asked for. Granted, both deadlines move by exactly its days and the applicant gets a notice.

    Raises: SamePerson, TooLateToExtend when the deadline has passed meanwhile, ReasonMissing for a refusal, and those of `moves.check`.
    """
    case = locked_case(actor, serial, revision=revision)
    version = version_of(case)
    check(case, version, Action.EXTEND, actor, now)
    extension = CaseExtension.objects.get(case=case)
    if is_approved and case.due_on is not None and timezone.localdate(now) > case.due_on:
        raise clock_rules.TooLateToExtend
    extension.is_approved, extension.decided_by, extension.decided_by_name, extension.decided_at = (
        is_approved,
        actor.account_id,
        actor.name,
        now,
    )
    extension.answer = answer.strip()[:300] if is_approved else _reason(answer)
    extension.save()
    if not is_approved:
        sentence = "延长办理时限的申请没有批准，办理时限不变。"
        note = f"不同意延期：{extension.answer}"
        return move(
            case, actor=actor, action=Action.EXTEND, target=CaseState(case.state), sentence=sentence, note=note, now=now, version=version
        )
    before, law_before = case.due_on, case.statutory_due_on
    clock.set_due(case, terms_of(version), now)
    assert before is not None and case.due_on is not None
    until, days = f"{case.due_on:%Y 年 %m 月 %d 日}", f"{extension.days} 个工作日"
    papering.extension(case, reason=extension.reason, days=days, before=before, until=case.due_on, now=now)
    case.due_on, case.statutory_due_on = before, law_before  # the step records from which day to which
    return move(
        case,
        actor=actor,
        action=Action.EXTEND,
        target=CaseState(case.state),
        sentence=f"经部门负责人批准，办理时限延长 {days}，到 {until}。原因：{extension.reason}",
        note=f"批准延期 {days}",
        now=now,
        version=version,
        clock_reason=f"批准延期 {days}：{extension.reason}",
        is_told=True,
    )
