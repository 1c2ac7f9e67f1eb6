"""A whole handed in by many hands, over many departments: once, and without waiting for each other in a ring. With controls."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from hall.services.applications import joint
from hall.services.applications.joint import JointSubmitted
from hall.services.cases import joint as cases
from hall.services.cases.models import Case, JointCase, JointPart
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.serials import commands as serials
from hall.services.serials.rules import SerialsUsedUp
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.joint import make_chain, make_joint, make_joint_draft, page_of
from tests.make.people import NOW, citizen_actor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CROWD, ROUNDS, CONTROL_ROUNDS = 6, 3, 30


def _submit_by_many(items: Sequence[ItemVersionRow]) -> bool:
    """Six submissions of one draft: everybody gets the one whole, and each case is there once."""
    actor = citizen_actor()
    draft_id = make_joint_draft(actor, items)
    revision = page_of(actor, draft_id).revision
    done = at_once([lambda: joint.submit_joint(actor=actor, draft_id=draft_id, revision=revision, now=NOW)] * CROWD)
    wholes = list(JointCase.objects.filter(account_id=actor.account_id).values_list("pk", "serial"))
    cases_ = list(Case.objects.filter(account_id=actor.account_id).values_list("item_code", "serial"))
    return (
        len(wholes) == 1
        and {one if isinstance(one, JointSubmitted) else None for one in done} == {JointSubmitted(wholes[0][0], wholes[0][1] or "")}
        and sorted(code for code, _ in cases_) == sorted(item.code for item in items)
        and len({serial for _, serial in cases_}) == len(items)
    )


def _items() -> list[ItemVersionRow]:
    return [make_item(name=f"事项{department}", department_code=department) for department in ("SD02", "SD26", "SD33")]


def test_a_whole_handed_in_many_times_at_once_is_one_with_each_case_once() -> None:
    items = _items()
    for _ in range(ROUNDS):
        assert _submit_by_many(items)


def test_control_without_row_locks_handing_in_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_, **__: rows)
    items = _items()
    assert any(not _submit_by_many(items) for _ in range(CONTROL_ROUNDS))


def _opposite_orders() -> list[Any]:
    """Wholes over the same three departments, named in opposite orders, handed in at the same moment."""
    items = _items()
    ready: list[Callable[[], JointSubmitted]] = []
    for place in range(CROWD):
        actor = citizen_actor()
        draft_id = make_joint_draft(actor, items if place % 2 else items[::-1])
        revision = page_of(actor, draft_id).revision
        ready.append(partial(joint.submit_joint, actor=actor, draft_id=draft_id, revision=revision, now=NOW))
    return at_once(ready)


def test_wholes_over_the_same_departments_do_not_wait_for_each_other_in_a_ring() -> None:
    for _ in range(ROUNDS):
        outcomes = _opposite_orders()
        assert all(isinstance(one, JointSubmitted) for one in outcomes), outcomes
    numbers = list(Case.objects.values_list("serial", flat=True))
    assert len(numbers) == len(set(numbers)) == ROUNDS * CROWD * 3


def test_control_numbers_taken_in_the_given_order_end_in_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "sorted", lambda wanted, key: list(wanted), raising=False)
    assert any(any(isinstance(one, OperationalError) for one in _opposite_orders()) for _ in range(CONTROL_ROUNDS))


def test_what_waited_opens_once_however_many_workers_look() -> None:
    made = make_joint(make_chain(2))
    JointPart.objects.filter(joint_id=made.joint_id, position=1).update(waits_for=[])
    at_once([partial(cases.go_on, joint_id=made.joint_id, now=NOW)] * CROWD)
    assert Case.objects.filter(joint_id=made.joint_id).count() == 2
    assert made.states() == ["submitted", "submitted"]


def test_without_a_number_for_one_department_nothing_at_all_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = serials.issue

    def used_up(*, department_number: int, **rest: Any) -> str:
        if department_number == 33:
            raise SerialsUsedUp
        return issue(department_number=department_number, **rest)

    actor = citizen_actor()
    draft_id = make_joint_draft(actor, _items())
    revision = page_of(actor, draft_id).revision
    monkeypatch.setattr(serials, "issue", used_up)
    with pytest.raises(SerialsUsedUp):
        joint.submit_joint(actor=actor, draft_id=draft_id, revision=revision, now=NOW)
    assert not JointCase.objects.exists() and not Case.objects.exists() and not JointPart.objects.exists()
    monkeypatch.setattr(serials, "issue", issue)
    assert joint.submit_joint(actor=actor, draft_id=draft_id, revision=revision, now=NOW).serial
