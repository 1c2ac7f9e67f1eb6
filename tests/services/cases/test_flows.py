"""A case goes the way that its item configures, within the table of domain §4.2, and each step has its own days."""

from datetime import date, timedelta

import pytest

from hall.services.cases import deciding, handling, rules
from hall.services.cases.deciding import DeliveryMethod
from hall.services.cases.models import Case
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Role
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item
from tests.make.people import staff_actor

pytestmark = pytest.mark.django_db


def item_with(*pairs: tuple[str, str, int], **changes: object) -> ItemVersionRow:
    """An item whose flow has these steps: kind, role, days."""
    steps = [{"name": f"{kind}环节", "days": days, "kind": kind, "role": role} for kind, role, days in pairs]
    return make_item(flow_steps=steps, **({"leader_approval": False} | changes))  # type: ignore[arg-type]


def decide(case: MadeCase, actor: object = None) -> None:
    deciding.decide_case(
        actor=actor or case.reviewer,  # type: ignore[arg-type]
        serial=case.serial, revision=case.revision, is_granted=True, reason="", now=case.now,
    )  # fmt: skip


def test_without_a_review_the_reviewer_decides_an_accepted_case_and_without_a_certificate_it_is_delivered() -> None:
    case = make_case(state="accepted", item=item_with(("accept", "clerk", 0), ("decide", "reviewer", 5), ("deliver", "clerk", 0)))
    with pytest.raises(rules.StepNotAllowed):
        deciding.start_review(actor=case.reviewer, serial=case.serial, revision=case.revision, now=case.now)
    with pytest.raises(rules.RoleNotAllowed):
        decide(case, staff_actor(Role.CLERK, department_code=case.item.department_code))
    handling.claim_case(actor=case.reviewer, serial=case.serial, now=case.now)
    assert case.file.row.state is CaseState.ACCEPTED
    decide(case)
    with pytest.raises(rules.StepNotAllowed):
        deciding.make_result(actor=case.clerk, serial=case.serial, revision=case.revision, valid_until=None, now=case.now)
    deciding.deliver_case(actor=case.clerk, serial=case.serial, revision=case.revision, method=DeliveryMethod.ELECTRONIC, now=case.now)
    assert case.file.row.state is CaseState.CLOSED
    assert set(case.file.flow.states) == {"done"}


def second() -> MadeCase:
    pairs = (
        ("accept", "clerk", 0),
        ("review", "reviewer", 4),
        ("second_review", "reviewer", 3),
        ("decide", "leader", 3),
        ("deliver", "clerk", 0),
    )
    return make_case(state="opinion", item=item_with(*pairs, leader_approval=True))


def give_second(case: MadeCase, actor: object) -> None:
    deciding.give_second_opinion(
        actor=actor,  # type: ignore[arg-type]
        serial=case.serial, revision=case.revision, is_grant_advised=True, opinion="同意审查意见", now=case.now,
    )  # fmt: skip


def test_a_second_review_is_by_another_person_and_comes_before_the_leaders_decision() -> None:
    case = second()
    with pytest.raises(rules.SecondOpinionMissing):
        decide(case, case.leader)
    with pytest.raises(rules.SamePerson):
        give_second(case, case.reviewer)
    other = staff_actor(Role.REVIEWER, department_code=case.item.department_code)
    give_second(case, other)
    with pytest.raises(rules.StepNotAllowed):
        deciding.give_opinion(
            actor=case.reviewer, serial=case.serial, revision=case.revision, is_grant_advised=False, opinion="改主意", now=case.now
        )
    both = staff_actor(Role.LEADER, department_code=case.item.department_code)
    decide(case, both)
    assert case.file.row.state is CaseState.DECIDED and case.file.second_opinion == "同意审查意见"


def test_who_reviewed_second_does_not_decide() -> None:
    case = second()
    both = staff_actor(Role.REVIEWER, Role.LEADER, department_code=case.item.department_code)
    give_second(case, both)
    with pytest.raises(rules.SamePerson):
        decide(case, both)


def test_the_desk_offers_what_the_flow_asks_for_next() -> None:
    case = second()
    from hall.services.cases import queries

    other = staff_actor(Role.REVIEWER, department_code=case.item.department_code)
    seen = queries.case_file(other, case.serial, now=case.now)
    assert seen is not None and Action.SECOND_OPINION in seen.actions and Action.DECIDE not in seen.actions
    assert [seen.flow.steps[seen.flow.states.index("now")].kind] == ["second_review"]


def test_each_step_has_its_own_days_which_pauses_do_not_use_up() -> None:
    case = make_case(
        state="reviewing",
        item=item_with(("accept", "clerk", 0), ("review", "reviewer", 4), ("decide", "reviewer", 2), ("deliver", "clerk", 0)),
    )
    due = case.file.flow.due
    assert due is not None and (due.due_on, due.days_left) == (date(2026, 11, 27), 4)
    deciding.start_special_procedure(
        actor=case.reviewer, serial=case.serial, revision=case.revision, procedure="专家评审", institution="", expected_days=5, now=case.now
    )
    paused = case.file.flow.due
    assert paused is not None and paused.days_left is None
    case.now += timedelta(days=7)
    deciding.end_special_procedure(actor=case.reviewer, serial=case.serial, revision=case.revision, outcome="通过", now=case.now)
    again = case.file.flow.due
    assert again is not None and again.due_on == date(2026, 12, 4)
    deciding.give_opinion(
        actor=case.reviewer, serial=case.serial, revision=case.revision, is_grant_advised=True, opinion="符合条件", now=case.now
    )
    deciding_due = case.file.flow.due
    assert deciding_due is not None and deciding_due.due_on == date(2026, 12, 2)
    assert case.file.flow.at is not None and case.file.flow.at.kind == "decide"


def test_an_item_as_before_goes_the_usual_way() -> None:
    case = make_case(state="closed")
    assert [step.kind for step in case.file.flow.steps] == ["submit", "accept", "review", "decide", "make", "deliver"]
    assert Case.objects.get(serial=case.serial).close_kind == "granted"
