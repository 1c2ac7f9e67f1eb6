"""Many hands on one thing: one case, one draft, one handler. Each test has a control that takes the guard away and must see it go wrong."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import QuerySet

from hall.services.applications import commands
from hall.services.applications.commands import Submitted
from hall.services.applications.models import Draft
from hall.services.cases import handling
from hall.services.cases.models import Case
from hall.services.cases.moves import Moved
from hall.services.cases.rules import HandledByAnother
from hall.support.access.actors import Role
from tests.make.cases import make_case, make_draft
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CROWD, ROUNDS, CONTROL_ROUNDS = 8, 3, 30
_RACE_INDEX = "draft_one_open"


def _without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_, **__: rows)


def _goes_wrong(round_: Callable[[], bool]) -> bool:
    """Whether one of many rounds ends badly; `round_` says whether it went well."""
    return any(not round_() for _ in range(CONTROL_ROUNDS))


def _submit_by_many() -> bool:
    """Eight submissions of one draft: everybody gets the one case and its one serial number."""
    applicant = citizen_actor()
    draft_id, revision = make_draft(applicant, make_item().code)
    done = at_once([lambda: commands.submit_application(actor=applicant, draft_id=draft_id, revision=revision, now=NOW)] * CROWD)
    cases = list(Case.objects.filter(account_id=applicant.account_id).values_list("pk", "serial"))
    return len(cases) == 1 and set(done) == {Submitted(cases[0][0], cases[0][1] or "")}


def test_a_draft_submitted_many_times_at_once_becomes_one_case() -> None:
    for _ in range(ROUNDS):
        assert _submit_by_many()


def test_control_without_row_locks_submitting_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_row_locks(monkeypatch)
    assert _goes_wrong(_submit_by_many)


def _start_by_many() -> bool:
    """The same item begun in several windows at once: one open draft, and everybody goes on with it."""
    applicant, item = citizen_actor(), make_item()
    begun = at_once([lambda: commands.start_draft(actor=applicant, item_code=item.code, now=NOW)] * CROWD)
    kept = list(Draft.objects.filter(account_id=applicant.account_id).values_list("pk", flat=True))
    return len(kept) == 1 and begun == kept * CROWD


def test_an_item_begun_many_times_at_once_has_one_draft() -> None:
    for _ in range(ROUNDS):
        assert _start_by_many()


def test_control_without_the_constraint_there_are_several_drafts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = %s::regclass", [_RACE_INDEX])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {_RACE_INDEX}")
    try:
        assert _goes_wrong(_start_by_many)
    finally:
        Draft.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(definition)


def _claim_by_two() -> bool:
    """Two clerks take one case at the same moment: one has it, the other is told who."""
    case = make_case(state="submitted")
    clerks = (case.clerk, staff_actor(Role.CLERK, department_code=case.item.department_code))
    outcomes = at_once(
        [lambda actor=actor: handling.claim_case(actor=actor, serial=case.serial, now=case.now) for actor in clerks]  # type: ignore[misc]
    )
    winners = [actor.account_id for actor, outcome in zip(clerks, outcomes, strict=True) if isinstance(outcome, Moved)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, HandledByAnother)]
    return len(winners) == len(refused) == 1 and case.file.row.handler_id == winners[0]


def test_a_case_claimed_by_two_has_one_handler() -> None:
    for _ in range(ROUNDS):
        assert _claim_by_two()


def test_control_without_row_locks_both_claim_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_row_locks(monkeypatch)
    assert _goes_wrong(_claim_by_two)
