"""The table of allowed steps (domain.md §4.2): what it allows, and that it refuses everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.cases import rules
from hall.services.cases.fee_rules import FeeTime, PaymentMissing
from hall.services.cases.rules import Action, CaseState, Facts
from hall.support.access.actors import Role
from hall.support.refusals import Refusal

ZHANG, LIU, CHEN = 1, 2, 3  # clerk, reviewer, leader
CLERK, REVIEWER, LEADER = frozenset({Role.CLERK}), frozenset({Role.REVIEWER}), frozenset({Role.LEADER})


def facts(state: CaseState, **changes: object) -> Facts:
    usual: dict[str, object] = {
        "is_instant": False,
        "needs_leader": False,
        "needs_originals": False,
        "is_corrected_before": False,
        "has_opinion": False,
        "is_granted": None,
        "is_void_asked": False,
        "accepted_by": None,
        "reviewed_by": None,
    }
    return Facts(state=state, **(usual | changes))  # type: ignore[arg-type]


# Written down a second time on purpose, state by state, from domain.md §4.2; who may do what from each state.
ALLOWED = {
    CaseState.SUBMITTED: {"pre_review", "correct", "accept", "not_accept", "return", "withdraw", "ask_void", "void"},
    CaseState.PRE_REVIEW: {"correct", "receive", "accept", "not_accept", "return", "withdraw", "ask_void", "void"},
    CaseState.RECEIVED: {"correct", "accept", "not_accept", "return", "withdraw", "ask_void", "void"},
    CaseState.CORRECTION: {"resubmit", "withdraw", "ask_void", "void"},
    CaseState.ACCEPTED: {"start_review", "decide", "withdraw", "ask_void", "void"},
    CaseState.REVIEWING: {"give_opinion", "special", "hearing", "decide", "withdraw", "ask_void", "void"},
    CaseState.SPECIAL: {"end_special", "withdraw", "ask_void", "void"},
    CaseState.HEARING: {"end_hearing", "withdraw", "ask_void", "void"},
    CaseState.PAYMENT: {"paid", "withdraw", "ask_void", "void"},
    CaseState.DECIDED: {"make_result", "deliver"},
    CaseState.PRINTING: {"deliver"},
    CaseState.DELIVERING: {"close"},
}
# What moves deadlines only (§4.2 guard rules, 许可法 42, 47), and the waiver that ends a hearing.
for _state in (CaseState.ACCEPTED, CaseState.REVIEWING):
    ALLOWED[_state] |= {"ask_extension", "extend"}
ALLOWED[CaseState.REVIEWING] |= {"second_opinion"}
ALLOWED[CaseState.HEARING] |= {"ask_hearing", "waive_hearing", "arrange_hearing"}
# The hall stops the case for its fee (§13 case effect), before the decision or after it.
for _state in (CaseState.ACCEPTED, CaseState.REVIEWING, CaseState.DECIDED):
    ALLOWED[_state] |= {"await_payment"}
for _state in rules.OPEN_STATES:
    ALLOWED[_state] |= {"recalculate"}


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("action", list(Action))
def test_the_table_allows_exactly_the_steps_of_the_norm(state: CaseState, action: Action) -> None:
    allowed = state in rules.STEPS[action].sources
    assert allowed == (action in ALLOWED.get(state, set()))


@given(st.sampled_from(CaseState), st.sampled_from(Action), st.frozensets(st.sampled_from(Role), max_size=3))
def test_whoever_lacks_the_role_is_refused_in_every_state(state: CaseState, action: Action, roles: frozenset[Role]) -> None:
    if rules.STEPS[action].roles.isdisjoint(roles):
        with pytest.raises(rules.RoleNotAllowed):
            rules.step_for(action, state, roles)


@given(st.sampled_from(sorted(rules.END_STATES)), st.sampled_from(Action))
def test_nothing_moves_a_case_that_has_ended(state: CaseState, action: Action) -> None:
    with pytest.raises(Refusal):
        rules.step_for(action, state, frozenset(Role))


def test_a_second_correction_notice_is_refused() -> None:
    with pytest.raises(rules.CorrectionUsed):
        rules.check_guard(Action.CORRECT, facts(CaseState.PRE_REVIEW, is_corrected_before=True), CLERK, ZHANG)


def test_an_item_with_paper_originals_is_accepted_only_after_they_were_seen() -> None:
    with pytest.raises(rules.OriginalsNeeded):
        rules.check_guard(Action.ACCEPT, facts(CaseState.PRE_REVIEW, needs_originals=True), CLERK, ZHANG)
    rules.check_guard(Action.ACCEPT, facts(CaseState.RECEIVED, needs_originals=True), CLERK, ZHANG)


def test_a_decision_needs_an_opinion() -> None:
    with pytest.raises(rules.OpinionMissing):
        rules.check_guard(Action.DECIDE, facts(CaseState.REVIEWING), LEADER, CHEN)


def test_the_reviewer_does_not_sign_his_own_opinion_where_a_leader_decides() -> None:
    reviewed = facts(CaseState.REVIEWING, has_opinion=True, needs_leader=True, reviewed_by=LIU, accepted_by=ZHANG)
    with pytest.raises(rules.LeaderNeeded):
        rules.check_guard(Action.DECIDE, reviewed, REVIEWER, LIU)
    with pytest.raises(rules.SamePerson):
        rules.check_guard(Action.DECIDE, reviewed, REVIEWER | LEADER, LIU)
    rules.check_guard(Action.DECIDE, reviewed, LEADER, CHEN)


def test_who_accepted_neither_reviews_nor_decides() -> None:
    with pytest.raises(rules.SamePerson):
        rules.check_guard(Action.START_REVIEW, facts(CaseState.ACCEPTED, accepted_by=ZHANG), CLERK | REVIEWER, ZHANG)
    reviewed = facts(CaseState.REVIEWING, has_opinion=True, reviewed_by=LIU, accepted_by=ZHANG)
    with pytest.raises(rules.SamePerson):
        rules.check_guard(Action.DECIDE, reviewed, CLERK | REVIEWER, ZHANG)


def test_the_window_decides_an_instant_item_on_the_spot() -> None:
    rules.check_guard(Action.DECIDE, facts(CaseState.ACCEPTED, is_instant=True, accepted_by=ZHANG), CLERK, ZHANG)


def test_a_plain_clerk_never_decides_a_promised_item() -> None:
    reviewed = facts(CaseState.REVIEWING, has_opinion=True, reviewed_by=LIU, accepted_by=CHEN)
    with pytest.raises(rules.RoleNotAllowed):
        rules.check_guard(Action.DECIDE, reviewed, CLERK, ZHANG)


def test_a_granted_case_is_delivered_only_with_its_result() -> None:
    with pytest.raises(rules.ResultMissing):
        rules.check_guard(Action.DELIVER, facts(CaseState.DECIDED, is_granted=True), CLERK, ZHANG)
    rules.check_guard(Action.DELIVER, facts(CaseState.DECIDED, is_granted=False), CLERK, ZHANG)
    rules.check_guard(Action.DELIVER, facts(CaseState.PRINTING, is_granted=True), CLERK, ZHANG)


def test_a_fee_is_due_when_everything_before_it_is_done_and_stops_what_comes_after() -> None:
    owing = {"owes_first": True, "owes_then": True}
    assert facts(CaseState.REVIEWING, **owing).fee_due is None
    reviewed = facts(CaseState.REVIEWING, has_opinion=True, **owing)
    assert reviewed.fee_due is FeeTime.FIRST and facts(CaseState.PAYMENT, has_opinion=True, **owing).fee_due is None
    assert facts(CaseState.REVIEWING, has_opinion=True, needs_second_review=True, **owing).fee_due is None
    with pytest.raises(PaymentMissing):
        rules.check_guard(Action.DECIDE, reviewed, LEADER, CHEN)
    granted = facts(CaseState.DECIDED, is_granted=True, **owing)
    assert granted.fee_due is FeeTime.THEN and facts(CaseState.DECIDED, is_granted=False, **owing).fee_due is None
    for action in (Action.MAKE_RESULT, Action.DELIVER):
        with pytest.raises(PaymentMissing):
            rules.check_guard(action, granted, CLERK, ZHANG)
    rules.check_guard(Action.DELIVER, facts(CaseState.DECIDED, is_granted=False, **owing), CLERK, ZHANG)
    rules.check_guard(Action.WITHDRAW, facts(CaseState.PAYMENT), frozenset({Role.CITIZEN}), 9)
    with pytest.raises(rules.TooLateToWithdraw):
        rules.check_guard(Action.WITHDRAW, facts(CaseState.PAYMENT, is_granted=True), frozenset({Role.CITIZEN}), 9)


def test_ending_a_case_by_order_takes_a_leader_and_a_supervisor() -> None:
    supervisor = frozenset({Role.SUPERVISOR})
    with pytest.raises(rules.StepNotAllowed):
        rules.check_guard(Action.VOID, facts(CaseState.REVIEWING), supervisor, 9)
    rules.check_guard(Action.VOID, facts(CaseState.REVIEWING, is_void_asked=True), supervisor, 9)


@given(st.sampled_from(CaseState), st.booleans(), st.booleans(), st.booleans(), st.frozensets(st.sampled_from(Role), max_size=3))
def test_every_button_shown_is_a_step_that_would_be_allowed(
    state: CaseState, is_instant: bool, needs_leader: bool, has_opinion: bool, roles: frozenset[Role]
) -> None:
    given_facts = facts(state, is_instant=is_instant, needs_leader=needs_leader, has_opinion=has_opinion, accepted_by=ZHANG)
    for action in rules.actions_for(given_facts, roles, LIU):
        rules.step_for(action, state, roles)
        rules.check_guard(action, given_facts, roles, LIU)
