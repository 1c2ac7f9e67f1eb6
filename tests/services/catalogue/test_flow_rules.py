"""办理流程: what may be configured, what it comes to, and that it is checked before it is published."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue import draft_flow
from hall.services.catalogue.elements import FlowStep
from hall.services.catalogue.flow_rules import ORDER, ROLES, FlowKind, FlowRole, check_flow, flow_of, usual_flow

USUAL = [("accept", "clerk"), ("review", "reviewer"), ("decide", "reviewer"), ("deliver", "clerk")]


def steps(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"name": kind or "环节", "days": 1, "kind": kind, "role": role} for kind, role in pairs]


def faults(*pairs: tuple[str, str], handling_type: str = "promise", leader_approval: bool = False) -> str:
    found = check_flow(steps(*pairs), handling_type=handling_type, leader_approval=leader_approval)
    return "；".join(f"{place} {reason}" for place, reason in found)


def test_a_whole_flow_has_no_faults_and_one_that_says_nothing_neither() -> None:
    assert faults(*USUAL) == ""
    assert faults(("", ""), ("", "")) == ""
    assert faults(("accept", "clerk"), ("decide", "clerk"), ("deliver", "clerk"), handling_type="instant") == ""
    with_second = [*USUAL[:2], ("second_review", "reviewer"), ("decide", "leader"), ("make", "clerk"), ("deliver", "clerk")]
    assert faults(*with_second, leader_approval=True) == ""


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([*USUAL[:2], ("decide", "reviewer")], "缺少送达环节"),
        ([*USUAL[:2], ("deliver", "clerk")], "缺少决定环节"),
        (USUAL[1:], "缺少受理环节"),
        ([("accept", ""), *USUAL[1:]], "flow_steps[0].role 请选择由哪个岗位办理"),
        ([("", "clerk"), *USUAL[1:]], "flow_steps[0].kind 请选择环节类型"),
        ([("accept", "leader"), *USUAL[1:]], "受理环节应由窗口经办办理"),
        ([USUAL[0], USUAL[2], USUAL[1], USUAL[3]], "审查应在决定之前"),
        ([*USUAL[:2], USUAL[1], *USUAL[2:]], "审查环节出现了两次"),
        ([USUAL[0], ("second_review", "reviewer"), *USUAL[2:]], "有复审就要先有审查"),
        ([*USUAL[:2], ("decide", "clerk"), USUAL[3]], "只有即办件可以由窗口经办当场决定"),
        ([*USUAL[:2], ("decide", "leader"), USUAL[3]], "领导签批选为“是”"),
        ([("hack", "root"), *USUAL[1:]], "请选择环节类型"),
    ],
)
def test_each_fault_names_its_place(pairs: list[tuple[str, str]], said: str) -> None:
    assert said in faults(*pairs)


def test_where_a_leader_must_sign_nobody_else_decides() -> None:
    assert "决定环节应由部门领导办理" in faults(*USUAL, leader_approval=True)


@given(st.sampled_from(["instant", "promise"]), st.integers(0, 90), st.booleans())
def test_the_usual_flow_is_sound_and_spends_no_more_than_the_promise(handling: str, days: int, approval: bool) -> None:
    found = usual_flow(handling_type=handling, promised_days=days, leader_approval=approval)
    plain = [{"kind": step.kind, "role": step.role} for step in found]
    assert check_flow(plain, handling_type=handling, leader_approval=approval) == []
    assert sum(step.days for step in found) <= days or handling == "instant"


@given(st.lists(st.tuples(st.sampled_from(FlowKind), st.sampled_from(FlowRole)), max_size=8), st.booleans())
def test_whatever_passes_has_acceptance_decision_and_delivery_in_their_order(
    pairs: list[tuple[FlowKind, FlowRole]], approval: bool
) -> None:
    if not pairs or check_flow(steps(*((k.value, r.value) for k, r in pairs)), handling_type="promise", leader_approval=approval):
        return
    kinds = [kind for kind, _ in pairs]
    assert kinds == sorted(kinds, key=ORDER.index) and {FlowKind.ACCEPT, FlowKind.DECIDE}.issubset(kinds) and kinds[-1] is FlowKind.DELIVER
    assert all(role in ROLES[kind] for kind, role in pairs)


def test_an_item_that_configures_nothing_keeps_its_own_days_and_words() -> None:
    own = (FlowStep("受理", 1), FlowStep("审查", 6, "看材料"), FlowStep("决定", 2), FlowStep("送达", 0))
    flow = flow_of(handling_type="promise", promised_days=9, leader_approval=True, steps=own)
    review = flow.step(FlowKind.REVIEW)
    assert review is not None and (review.days, review.note) == (6, "看材料")
    assert flow.decider is FlowRole.LEADER and not flow.has(FlowKind.SECOND_REVIEW)


def test_a_draft_of_anything_is_drawn_or_not_but_never_breaks() -> None:
    line = {"flow_steps": [{"name": 5, "days": "x", "kind": ["a"]}, "nonsense", None], "handling_type": [], "promised_days": "1"}
    assert draft_flow.drawn(line) is None
    usual = draft_flow.usual_steps({"handling_type": "promise", "promised_days": 10, "leader_approval": False})
    assert draft_flow.drawn({"flow_steps": usual, "handling_type": "promise", "promised_days": 10, "leader_approval": False}) is not None
