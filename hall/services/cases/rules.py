"""The states of a case, the table of allowed steps and who may take them (domain.md §4). Pure."""

from dataclasses import dataclass
from enum import StrEnum

from hall.services.cases import clock_rules, fee_rules
from hall.services.cases.clock_rules import ExtensionState, HearingState
from hall.services.cases.fee_rules import FeeTime
from hall.services.cases.states import (
    AFTER_DECISION,
    BEFORE_ACCEPTANCE,
    CLOSE_NAMES,
    DESK_STATE_NAMES,
    END_STATES,
    OPEN_STATES,
    PAUSED_STATES,
    STATE_NAMES,
    CaseState,
    CloseKind,
)
from hall.support.access.actors import Role
from hall.support.refusals import Conflict, Refusal

# The states belong to the rules; they stand in a file of their own.
__all__ = [
    "AFTER_DECISION",
    "BEFORE_ACCEPTANCE",
    "CLOSE_NAMES",
    "DESK_STATE_NAMES",
    "END_STATES",
    "OPEN_STATES",
    "PAUSED_STATES",
    "STATE_NAMES",
    "CaseState",
    "CloseKind",
]
S = CaseState


class Action(StrEnum):
    """What one can do to a case; the desk's buttons."""

    PRE_REVIEW = "pre_review"
    CORRECT = "correct"
    RECEIVE = "receive"
    ACCEPT = "accept"
    NOT_ACCEPT = "not_accept"
    RETURN = "return"
    START_REVIEW = "start_review"
    GIVE_OPINION = "give_opinion"
    SPECIAL = "special"
    END_SPECIAL = "end_special"
    HEARING = "hearing"
    END_HEARING = "end_hearing"
    DECIDE = "decide"
    MAKE_RESULT = "make_result"
    DELIVER = "deliver"
    CLOSE = "close"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    ASK_VOID = "ask_void"
    VOID = "void"
    SECOND_OPINION = "second_opinion"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    ASK_HEARING = "ask_hearing"
    WAIVE_HEARING = "waive_hearing"
    ARRANGE_HEARING = "arrange_hearing"
    RECALCULATE = "recalculate"
    REVOKE = "revoke"
    AWAIT_PAYMENT = "await_payment"
    PAID = "paid"


ACTION_NAMES: dict[Action, str] = {
    Action.PRE_REVIEW: "开始预审",
    Action.CORRECT: "一次性补正",
    Action.RECEIVE: "收取原件",
    Action.ACCEPT: "受理",
    Action.NOT_ACCEPT: "不予受理",
    Action.RETURN: "退件",
    Action.START_REVIEW: "开始审查",
    Action.GIVE_OPINION: "提交审查意见",
    Action.SPECIAL: "启动特别程序",
    Action.END_SPECIAL: "特别程序结束",
    Action.HEARING: "告知听证",
    Action.END_HEARING: "听证结束",
    Action.DECIDE: "作出决定",
    Action.MAKE_RESULT: "制证",
    Action.DELIVER: "送达",
    Action.CLOSE: "签收办结",
    Action.RESUBMIT: "提交补正",
    Action.WITHDRAW: "撤回申请",
    Action.ASK_VOID: "提请终止",
    Action.VOID: "批准终止",
    Action.SECOND_OPINION: "提交复审意见",
    Action.ASK_EXTENSION: "提请延期",
    Action.EXTEND: "审批延期",
    Action.ASK_HEARING: "要求听证",
    Action.WAIVE_HEARING: "放弃听证",
    Action.ARRANGE_HEARING: "安排听证",
    Action.RECALCULATE: "重算时限",
    Action.REVOKE: "撤销决定",
    Action.AWAIT_PAYMENT: "通知缴费",
    Action.PAID: "缴费完成",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One allowed step: from which states, to which (None: the command decides), by which roles."""

    action: Action
    sources: frozenset[CaseState]
    target: CaseState | None
    roles: frozenset[Role]


def _step(action: Action, sources: set[CaseState] | frozenset[CaseState], target: CaseState | None, *roles: Role) -> Step:
    return Step(action, frozenset(sources), target, frozenset(roles))


_BEFORE_DECISION = BEFORE_ACCEPTANCE | {S.CORRECTION, S.ACCEPTED, S.REVIEWING, S.SPECIAL, S.HEARING, S.PAYMENT}
CLERK, REVIEWER, LEADER, SYSTEM, CITIZEN = Role.CLERK, Role.REVIEWER, Role.LEADER, Role.SYSTEM, Role.CITIZEN

# The whole of domain.md §4.2; everything else is refused.
STEPS: dict[Action, Step] = {
    step.action: step
    for step in (
        _step(Action.PRE_REVIEW, {S.SUBMITTED}, S.PRE_REVIEW, CLERK),
        _step(Action.CORRECT, BEFORE_ACCEPTANCE, S.CORRECTION, CLERK),
        _step(Action.NOT_ACCEPT, BEFORE_ACCEPTANCE, S.NOT_ACCEPTED, CLERK),
        _step(Action.RETURN, BEFORE_ACCEPTANCE, S.RETURNED, CLERK),
        _step(Action.RECEIVE, {S.PRE_REVIEW}, S.RECEIVED, CLERK),
        _step(Action.ACCEPT, BEFORE_ACCEPTANCE, S.ACCEPTED, CLERK, SYSTEM),
        _step(Action.RESUBMIT, {S.CORRECTION}, None, CITIZEN),
        _step(Action.START_REVIEW, {S.ACCEPTED}, S.REVIEWING, REVIEWER),
        _step(Action.GIVE_OPINION, {S.REVIEWING}, S.REVIEWING, REVIEWER),
        _step(Action.SECOND_OPINION, {S.REVIEWING}, S.REVIEWING, REVIEWER),
        _step(Action.SPECIAL, {S.REVIEWING}, S.SPECIAL, REVIEWER),
        _step(Action.END_SPECIAL, {S.SPECIAL}, S.REVIEWING, REVIEWER),
        _step(Action.HEARING, {S.REVIEWING}, S.HEARING, LEADER),
        _step(Action.END_HEARING, {S.HEARING}, S.REVIEWING, LEADER, SYSTEM),
        _step(Action.DECIDE, {S.ACCEPTED, S.REVIEWING}, S.DECIDED, CLERK, REVIEWER, LEADER, SYSTEM),
        _step(Action.MAKE_RESULT, {S.DECIDED}, S.PRINTING, CLERK, SYSTEM),
        _step(Action.DELIVER, {S.DECIDED, S.PRINTING}, S.DELIVERING, CLERK, SYSTEM),
        _step(Action.CLOSE, {S.DELIVERING}, S.CLOSED, CLERK, SYSTEM),
        _step(Action.WITHDRAW, _BEFORE_DECISION, S.WITHDRAWN, CITIZEN),
        _step(Action.ASK_VOID, _BEFORE_DECISION, None, LEADER),
        _step(Action.VOID, _BEFORE_DECISION, S.VOID, Role.SUPERVISOR, SYSTEM),
        # These move deadlines, never the state (§4.2 guard rules), save the waiver, which ends the hearing.
        _step(Action.ASK_EXTENSION, {S.ACCEPTED, S.REVIEWING}, None, CLERK, REVIEWER),
        _step(Action.EXTEND, {S.ACCEPTED, S.REVIEWING}, None, LEADER),
        _step(Action.ASK_HEARING, {S.HEARING}, S.HEARING, CITIZEN),
        _step(Action.WAIVE_HEARING, {S.HEARING}, S.REVIEWING, CITIZEN),
        _step(Action.ARRANGE_HEARING, {S.HEARING}, S.HEARING, LEADER),
        _step(Action.RECALCULATE, OPEN_STATES, None, SYSTEM),
        # The hall opens the bill when its time has come, and goes on when it is settled; back to the state from before.
        _step(Action.AWAIT_PAYMENT, {S.ACCEPTED, S.REVIEWING, S.DECIDED}, S.PAYMENT, SYSTEM),
        _step(Action.PAID, {S.PAYMENT}, None, SYSTEM),
        # From no state: an ended case stays ended; `instant` writes the step beside the table.
        _step(Action.REVOKE, set(), None, LEADER),
    )
}


class StepNotAllowed(Refusal):
    sentence = "这个办件现在的环节不能这样操作，请刷新页面看最新状态。"
    status = 409


class RoleNotAllowed(Refusal):
    sentence = "这一步由其他岗位办理，您的岗位不能操作。"
    status = 403


class CaseChanged(Conflict):
    sentence = "这个办件刚刚有人处理过，您的操作没有生效。请看过最新情况再继续。"


class HandledByAnother(Conflict):
    sentence = "这个办件由同事办理，请先请他交回。"


class SamePerson(Refusal):
    sentence = "受理、审查、决定不能由同一个人完成，请换一位同事办理。"
    status = 403


class OpinionMissing(Refusal):
    sentence = "还没有审查意见，不能作出决定。请先由审查人员提交意见。"


class SecondOpinionMissing(Refusal):
    sentence = "这个事项须经复审，还没有复审意见，不能作出决定。"


class LeaderNeeded(Refusal):
    sentence = "这个事项须由部门领导决定，请转部门领导办理。"
    status = 403


class CorrectionUsed(Refusal):
    sentence = "补正通知只能发一次，须一次性列全。请根据现有材料受理或不予受理。"


class PointsMissing(Refusal):
    sentence = "请至少写明一处需要补正的内容。"


class ReasonMissing(Refusal):
    sentence = "请写明理由，申请人会原样看到。"
    field = "reason"


class OriginalsNeeded(Refusal):
    sentence = "这个事项须先核对纸质原件，请先收件再受理。"


class ResultMissing(Refusal):
    sentence = "准予的办件须先制作结果，再送达。"


class NotCorrectedYet(Refusal):
    sentence = "还有需要补正的内容没有改，请逐条补正后再提交。"


class CorrectionOverdue(Refusal):
    sentence = "补正期限已过，这次申请不能再补正。您可以重新申办。"


class TooLateToWithdraw(Refusal):
    sentence = "已经作出决定，不能再撤回。"
    status = 409


def step_for(action: Action, state: CaseState, roles: frozenset[Role]) -> Step:
    """The table's line for this action, state and actor. Raises: StepNotAllowed, RoleNotAllowed."""
    step = STEPS[action]
    if step.roles.isdisjoint(roles):
        raise RoleNotAllowed
    if state not in step.sources:
        if action is Action.WITHDRAW and state in AFTER_DECISION:
            raise TooLateToWithdraw
        raise StepNotAllowed
    return step


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at, beside the state."""

    state: CaseState
    is_instant: bool
    needs_leader: bool
    needs_originals: bool
    is_corrected_before: bool
    has_opinion: bool
    is_granted: bool | None
    is_void_asked: bool
    accepted_by: int | None = None
    reviewed_by: int | None = None
    second_reviewed_by: int | None = None
    # What the item's flow asks for, beside who decides: `may_review` also where a review is not needed but usual.
    needs_review: bool = True
    may_review: bool = True
    needs_second_review: bool = False
    has_second_opinion: bool = False
    makes_result: bool = True
    is_overdue: bool = False
    extension: ExtensionState = ExtensionState.NONE
    extension_asked_by: int | None = None
    hearing: HearingState = HearingState.NONE
    # The fees that its flow takes, until they are settled: before the decision, and before the result of a grant.
    owes_first: bool = False
    owes_then: bool = False

    @property
    def fee_due(self) -> FeeTime | None:
        """The fee that the case waits for now; see `fee_rules`."""
        reviewed = (not self.needs_review or self.has_opinion) and (not self.needs_second_review or self.has_second_opinion)
        owed = {"owes_first": self.owes_first, "owes_then": self.owes_then}
        return fee_rules.fee_due(state=self.state, is_granted=self.is_granted, is_reviewed=reviewed, **owed)


# What has a page of its own, or is done by jobs.
_NO_BUTTONS = frozenset({Action.RESUBMIT, Action.WITHDRAW, Action.RECALCULATE, Action.REVOKE, Action.AWAIT_PAYMENT, Action.PAID})


def actions_for(facts: Facts, roles: frozenset[Role], account_id: int | None) -> tuple[Action, ...]:
    """The actions that this person can take now, in the order of the table. The desk shows exactly these."""
    open_actions = []
    for action, step in STEPS.items():
        if facts.state not in step.sources or step.roles.isdisjoint(roles) or action in _NO_BUTTONS:
            continue
        try:
            check_guard(action, facts, roles, account_id)
        except Refusal:
            continue
        open_actions.append(action)
    return tuple(open_actions)


def check_guard(action: Action, facts: Facts, roles: frozenset[Role], account_id: int | None) -> None:
    """The guard column of domain.md §4.2. Raises: the refusal that names what is missing."""
    if action is Action.CORRECT and facts.is_corrected_before:
        raise CorrectionUsed
    if action is Action.ACCEPT and facts.needs_originals and facts.state is not S.RECEIVED and Role.SYSTEM not in roles:
        raise OriginalsNeeded
    if action is Action.RECEIVE and not facts.needs_originals:
        raise StepNotAllowed
    _check_payment(action, facts)
    if action in {Action.START_REVIEW, Action.GIVE_OPINION, Action.SECOND_OPINION}:
        _check_review(action, facts, account_id)
    if action is Action.DECIDE:
        _check_decider(facts, roles, account_id)
    if action is Action.MAKE_RESULT and not (facts.is_granted and facts.makes_result):
        raise StepNotAllowed
    if action is Action.DELIVER and facts.is_granted and facts.makes_result and facts.state is S.DECIDED:
        raise ResultMissing
    if action is Action.VOID and not facts.is_void_asked and Role.SYSTEM not in roles:
        raise StepNotAllowed
    if action is Action.ASK_VOID and facts.is_void_asked:
        raise StepNotAllowed
    if action in {Action.ASK_EXTENSION, Action.EXTEND}:
        _check_extension(action, facts, account_id)
    if action in {Action.HEARING, Action.ASK_HEARING, Action.WAIVE_HEARING, Action.ARRANGE_HEARING, Action.END_HEARING}:
        _check_hearing(action, facts)


def _check_payment(action: Action, facts: Facts) -> None:
    if action in {Action.WITHDRAW, Action.ASK_VOID, Action.VOID} and facts.state is S.PAYMENT and facts.is_granted is not None:
        raise TooLateToWithdraw("已经作出决定，不能再撤回或者终止。")
    if action is Action.AWAIT_PAYMENT and facts.fee_due is None:
        raise StepNotAllowed
    if action is Action.DECIDE and facts.owes_first:
        raise fee_rules.PaymentMissing
    if action in {Action.MAKE_RESULT, Action.DELIVER} and facts.owes_then and facts.is_granted:
        raise fee_rules.PaymentMissing


def _check_review(action: Action, facts: Facts, account_id: int | None) -> None:
    if action is Action.START_REVIEW:
        if not facts.may_review:
            raise StepNotAllowed
        if account_id == facts.accepted_by:
            raise SamePerson
    if facts.has_second_opinion:
        # What was reviewed a second time stands.
        raise StepNotAllowed
    if action is Action.SECOND_OPINION:
        if not (facts.needs_second_review and facts.has_opinion):
            raise StepNotAllowed
        if account_id in {facts.reviewed_by, facts.accepted_by}:
            raise SamePerson


def _check_extension(action: Action, facts: Facts, account_id: int | None) -> None:
    if action is Action.EXTEND:
        if facts.extension is not ExtensionState.ASKED:
            raise StepNotAllowed
        if account_id == facts.extension_asked_by:
            raise SamePerson("提请和批准延期不能由同一个人完成。")
        return
    if facts.extension not in {ExtensionState.NONE, ExtensionState.REFUSED}:
        raise clock_rules.ExtensionUsed
    if facts.is_overdue:
        raise clock_rules.TooLateToExtend


def _check_hearing(action: Action, facts: Facts) -> None:
    stands = facts.hearing
    if action is Action.HEARING and stands is not HearingState.NONE:
        raise clock_rules.HearingUsed
    if action in {Action.ASK_HEARING, Action.WAIVE_HEARING} and stands is not HearingState.TOLD:
        raise clock_rules.TooLateToAsk if stands is HearingState.EXPIRED else StepNotAllowed
    if action is Action.ARRANGE_HEARING and stands not in {HearingState.ASKED, HearingState.ARRANGED}:
        raise StepNotAllowed
    if action is Action.END_HEARING and stands is HearingState.TOLD:
        raise clock_rules.HearingMayBeAsked
    if action is Action.END_HEARING and stands in {HearingState.ASKED, HearingState.ARRANGED}:
        raise clock_rules.HearingNotHeld


def _check_decider(facts: Facts, roles: frozenset[Role], account_id: int | None) -> None:
    if facts.is_instant and not facts.needs_leader:
        # 即办件: the window decides on the spot, or the published rules do.
        return
    if Role.SYSTEM in roles:
        raise RoleNotAllowed
    if facts.needs_review and (facts.state is not S.REVIEWING or not facts.has_opinion):
        raise OpinionMissing
    if facts.needs_second_review and not facts.has_second_opinion:
        raise SecondOpinionMissing
    if facts.needs_leader and Role.LEADER not in roles:
        raise LeaderNeeded
    if Role.CLERK in roles and roles.isdisjoint({Role.REVIEWER, Role.LEADER}):
        raise RoleNotAllowed
    if facts.accepted_by == account_id or (facts.needs_leader and account_id in {facts.reviewed_by, facts.second_reviewed_by}):
        raise SamePerson
