"""Two hands on one deadline: each test has a control that takes the guard away and must see it go wrong."""

from collections.abc import Callable

import pytest
from django.db.models import QuerySet

from hall.services.cases import deciding, extending
from hall.services.cases.models import Case, CaseDocument
from hall.services.cases.moves import Moved
from hall.support.access.actors import Role
from hall.support.refusals import Refusal
from tests.make.cases import MadeCase, make_case
from tests.make.crowds import at_once
from tests.make.people import staff_actor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS, CONTROL_ROUNDS = 3, 20


def _asked(state: str) -> MadeCase:
    case = make_case(state=state)
    extending.ask_extension(actor=case.reviewer, serial=case.serial, revision=case.revision, days=5, reason="等待检测结果", now=case.now)
    return case


def _approve(case: MadeCase, actor_number: int = 0) -> Callable[[], Moved]:
    leader = case.leader if not actor_number else staff_actor(Role.LEADER, department_code=case.item.department_code)
    revision = case.revision
    return lambda: extending.decide_extension(actor=leader, serial=case.serial, revision=revision, is_approved=True, now=case.now)


def _approve_by_two() -> bool:
    """Two heads approve at the same moment: one notice, one step."""
    case = _asked("reviewing")
    done = at_once([_approve(case), _approve(case, 1)])
    notices = CaseDocument.objects.filter(case__serial=case.serial, kind="extension_notice").count()
    return (
        notices == 1
        and sorted(isinstance(one, Moved) for one in done) == [False, True]
        and all(isinstance(one, Moved | Refusal) for one in done)
    )


def _extend_and_decide() -> bool:
    """The head approves while the reviewer decides: whichever came second is refused, and the clock is that of the state."""
    case = _asked("opinion")
    revision, decider = case.revision, staff_actor(Role.LEADER, department_code=case.item.department_code)
    decide = lambda: deciding.decide_case(  # noqa: E731
        actor=decider, serial=case.serial, revision=revision, is_granted=True, reason="", now=case.now
    )
    done = at_once([_approve(case), decide])
    found = Case.objects.get(serial=case.serial)
    is_decided = found.decided_at is not None
    is_extended = CaseDocument.objects.filter(case=found, kind="extension_notice").exists()
    return is_decided != is_extended and sum(isinstance(one, Moved) for one in done) == 1 and (found.statutory_due_on is None) == is_decided


@pytest.mark.parametrize("round_", [_approve_by_two, _extend_and_decide])
def test_one_of_two_wins(round_: Callable[[], bool]) -> None:
    for _ in range(ROUNDS):
        assert round_()


@pytest.mark.parametrize("round_", [_approve_by_two, _extend_and_decide])
def test_control_without_row_locks_it_goes_wrong(round_: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_, **__: rows)
    assert any(not round_() for _ in range(CONTROL_ROUNDS))
