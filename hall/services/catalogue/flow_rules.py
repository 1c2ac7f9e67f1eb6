"""The way that the cases of an item go: which steps, by whom, in how many days, with what result (domain.md §3 办理流程, §4.2). Pure.

What a department configures narrows the table of allowed steps; it never adds to it. An item that configures nothing goes the usual way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hall.services.catalogue.elements import FlowStep
from hall.services.catalogue.rules import HandlingType, Word


class FlowKind(Word):
    """环节类型, in the order in which they follow one another."""

    SUBMIT = "submit", "申报"
    ACCEPT = "accept", "受理"
    REVIEW = "review", "审查"
    SECOND_REVIEW = "second_review", "复审"
    PAY_FIRST = "pay_first", "缴费（决定前）"
    DECIDE = "decide", "决定"
    PAY_THEN = "pay_then", "缴费（领证前）"
    MAKE = "make", "制证"
    DELIVER = "deliver", "送达"


class FlowRole(Word):
    """办理岗位"""

    APPLICANT = "applicant", "申请人"
    CLERK = "clerk", "窗口经办"
    REVIEWER = "reviewer", "审查人员"
    LEADER = "leader", "部门领导"


ORDER = tuple(FlowKind)
# Where an item takes its fees: before the decision, or after a grant and before its result.
PAYS = (FlowKind.PAY_FIRST, FlowKind.PAY_THEN)
# Whose step each may be, the usual one first; and what each leaves behind.
ROLES: dict[FlowKind, tuple[FlowRole, ...]] = {
    FlowKind.SUBMIT: (FlowRole.APPLICANT,),
    FlowKind.ACCEPT: (FlowRole.CLERK,),
    FlowKind.REVIEW: (FlowRole.REVIEWER,),
    FlowKind.SECOND_REVIEW: (FlowRole.REVIEWER,),
    FlowKind.PAY_FIRST: (FlowRole.APPLICANT,),
    FlowKind.DECIDE: (FlowRole.REVIEWER, FlowRole.LEADER, FlowRole.CLERK),
    FlowKind.PAY_THEN: (FlowRole.APPLICANT,),
    FlowKind.MAKE: (FlowRole.CLERK,),
    FlowKind.DELIVER: (FlowRole.CLERK,),
}
PRODUCES: dict[FlowKind, str] = {
    FlowKind.SUBMIT: "申办回执",
    FlowKind.ACCEPT: "受理通知书",
    FlowKind.REVIEW: "审查意见",
    FlowKind.SECOND_REVIEW: "复审意见",
    FlowKind.PAY_FIRST: "缴费通知单",
    FlowKind.DECIDE: "决定书",
    FlowKind.PAY_THEN: "缴费通知单",
    FlowKind.MAKE: "办理结果",
    FlowKind.DELIVER: "送达回证",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of an item's cases, in order; each has a kind and a role."""

    steps: tuple[FlowStep, ...]

    def step(self, kind: FlowKind) -> FlowStep | None:
        """The step of this kind, None where the item has none."""
        return next((step for step in self.steps if step.kind == kind), None)

    def has(self, kind: FlowKind) -> bool:
        return self.step(kind) is not None

    @property
    def decider(self) -> FlowRole:
        """Whose the decision is."""
        step = self.step(FlowKind.DECIDE)
        return FlowRole(step.role) if step is not None else FlowRole.REVIEWER


def is_configured(steps: Sequence[FlowStep]) -> bool:
    """Whether the department said of its steps what they are."""
    return any(step.kind for step in steps)


def usual_kinds(*, is_instant: bool) -> tuple[FlowKind, ...]:
    """The steps that most items have; what is decided on the spot has no review."""
    left_out = {FlowKind.SECOND_REVIEW, *PAYS} | ({FlowKind.REVIEW} if is_instant else set())
    return tuple(kind for kind in ORDER if kind not in left_out)


def usual_flow(*, handling_type: str, promised_days: int, leader_approval: bool, steps: Sequence[FlowStep] = ()) -> tuple[FlowStep, ...]:
    """The usual way of an item: its own days and words where its steps are called as usual, else the promise over review and decision."""
    is_instant = handling_type == HandlingType.INSTANT
    named = {step.name: step for step in steps}
    deciding = -(-promised_days // 10) if promised_days >= 2 and not is_instant else 0
    spread = {FlowKind.REVIEW: promised_days - deciding, FlowKind.DECIDE: deciding}
    decider = FlowRole.LEADER if leader_approval else (FlowRole.CLERK if is_instant else FlowRole.REVIEWER)
    found = []
    for kind in usual_kinds(is_instant=is_instant):
        own = named.get(kind.label)
        role = decider if kind is FlowKind.DECIDE else ROLES[kind][0]
        days = own.days if own is not None else (spread.get(kind, 0) if not named else 0)
        found.append(FlowStep(kind.label, days, own.note if own is not None else "", kind.value, role.value, PRODUCES[kind]))
    return tuple(found)


def flow_of(handling_type: str, promised_days: int, leader_approval: bool, steps: Sequence[FlowStep]) -> Flow:
    """The way that cases go: as configured, else the usual one."""
    if not is_configured(steps):
        return Flow(usual_flow(handling_type=handling_type, promised_days=promised_days, leader_approval=leader_approval, steps=steps))
    return Flow(tuple(replace(step, produces=step.produces or PRODUCES[FlowKind(step.kind)]) for step in steps))


def check_flow(steps: Sequence[Mapping[str, Any]], *, handling_type: str, leader_approval: bool) -> list[tuple[str, str]]:
    """What is wrong with a configured flow, as (place, reason); nothing of one that configures nothing. Days are counted elsewhere."""
    if not any(step.get("kind") or step.get("role") for step in steps):
        return []
    faults = [fault for place, step in enumerate(steps) for fault in _step_faults(place, step)]
    if faults:
        return faults
    kinds = [FlowKind(step["kind"]) for step in steps]
    faults += _order_faults(kinds)
    roles = {kind: FlowRole(step["role"]) for kind, step in zip(kinds, steps, strict=True)}
    decider = roles.get(FlowKind.DECIDE)
    at = kinds.index(FlowKind.DECIDE) if decider is not None else 0
    if leader_approval and decider is not None and decider is not FlowRole.LEADER:
        faults.append((f"flow_steps[{at}].role", "这个事项须领导签批，决定环节应由部门领导办理"))
    if not leader_approval and decider is FlowRole.LEADER:
        faults.append((f"flow_steps[{at}].role", "由部门领导决定的，请在“时限与方式”里把领导签批选为“是”"))
    if decider is FlowRole.CLERK and handling_type != HandlingType.INSTANT:
        faults.append((f"flow_steps[{at}].role", "只有即办件可以由窗口经办当场决定"))
    return faults


def _step_faults(place: int, step: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind, role = step.get("kind"), step.get("role")
    if kind not in {one.value for one in FlowKind}:
        return [(f"flow_steps[{place}].kind", "请选择环节类型；有一个环节选了类型，其他环节也要选")]
    if not role:
        return [(f"flow_steps[{place}].role", "请选择由哪个岗位办理")]
    allowed = ROLES[FlowKind(kind)]
    if role not in {one.value for one in allowed}:
        return [(f"flow_steps[{place}].role", f"{FlowKind(kind).label}环节应由{'或'.join(one.label for one in allowed)}办理")]
    return []


def _order_faults(kinds: Sequence[FlowKind]) -> list[tuple[str, str]]:
    faults = []
    for place, kind in enumerate(kinds):
        if kind in kinds[:place]:
            faults.append((f"flow_steps[{place}].kind", f"{kind.label}环节出现了两次"))
        elif place and ORDER.index(kind) < ORDER.index(kinds[place - 1]):
            faults.append((f"flow_steps[{place}].kind", f"{kind.label}应在{kinds[place - 1].label}之前"))
    for kind in (FlowKind.ACCEPT, FlowKind.DECIDE, FlowKind.DELIVER):
        if kind not in kinds:
            faults.append(("flow_steps", f"缺少{kind.label}环节：流程要有受理，最后要有决定和送达"))
    if FlowKind.SECOND_REVIEW in kinds and FlowKind.REVIEW not in kinds:
        faults.append((f"flow_steps[{kinds.index(FlowKind.SECOND_REVIEW)}].kind", "有复审就要先有审查"))
    return faults
