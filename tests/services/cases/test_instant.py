"""秒批: granted at once and once by published rules, everything else to a person, a share looked at by people (§5.3)."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hall.services import events
from hall.services.cases import deciding, handling, instant, instant_queries, instant_rules, queries, rules
from hall.services.cases.models import Case, CaseDocument, CaseInstant, CaseStep
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import NotAllowed, Role
from hall.support.audit.models import TrailEntry
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from tests.ground import servers
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import FORM, make_item
from tests.make.people import staff_actor

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.django_db
SCALED = {
    **FORM,
    "x-sections": [{"title": "项目", "fields": ["project_name", "scale"]}],
    "properties": {**FORM["properties"], "scale": {"type": "integer", "title": "从业人数", "examples": ["5"]}},
}
FORMS = {"person": SCALED, "org": SCALED}
RULES = [{"fact": "fact:materials"}, {"fact": "scale", "operator": "at_most", "value": "20"}]


def instant_item(*, share: int = 100, rules: list[dict[str, str]] | None = None) -> ItemVersionRow:
    return make_item(
        handling_type="instant", promised_days=0, leader_approval=False, form_schemas=FORMS,
        instant_rules=RULES if rules is None else rules, instant_share=share,
    )  # fmt: skip


def submitted(*, scale: int = 5, **item: Any) -> MadeCase:
    return make_case(state="submitted", item=instant_item(**item), answers={"scale": scale})


def decide(case: MadeCase) -> bool:
    return instant.decide_by_rules(case_id=Case.objects.get(serial=case.serial).pk, now=case.now)


def test_all_conditions_met_the_case_is_done_at_once_and_says_by_which_rules() -> None:
    case = submitted()
    queue.run_due_now()
    file = case.file
    assert (file.row.state, file.row.close_kind) == ("closed", "granted")
    found = file.instant
    assert found is not None and found.is_granted and found.version_number == case.item.number
    assert [(one.words, one.is_met, one.given) for one in found.conditions] == [
        ("必要材料已经交齐", True, ""),
        ("从业人数不大于 20", True, "5"),
    ]
    assert {step.actor_name for step in file.steps[1:]} <= {"按规则自动办理", "系统"}
    assert any("按公开的规则自动办理" in step.sentence for step in file.steps)
    assert {"acceptance", "grant", "result", "delivery_receipt"} <= {document.kind for document in file.documents}
    assert TrailEntry.objects.filter(subject=case.serial, deed="case.rules_asked").count() == 1
    own = queries.case_file(case.applicant, case.serial, now=case.now)
    assert own is not None and own.instant is not None


def test_one_condition_not_met_leaves_the_case_to_a_person_and_never_denies() -> None:
    case = submitted(scale=21)
    queue.run_due_now()
    file = case.file
    assert (file.row.state, file.row.handler_id, len(file.steps)) == ("submitted", None, 1)
    assert file.instant is not None and not file.instant.is_granted and not file.instant.is_sampled
    assert [one.is_met for one in file.instant.conditions] == [True, False]
    assert not CaseDocument.objects.filter(case__serial=case.serial, kind__in=("refusal", "denial", "acceptance")).exists()
    handling.claim_case(actor=case.clerk, serial=case.serial, now=case.now)


def test_asked_twice_the_rules_decide_once() -> None:
    case = submitted()
    assert (decide(case), decide(case)) == (True, False)
    assert CaseStep.objects.filter(case__serial=case.serial, action="decide").count() == 1
    undecided = submitted(scale=99)
    assert (decide(undecided), decide(undecided)) == (False, False)
    assert CaseInstant.objects.filter(case__serial=undecided.serial).count() == 1


def test_what_a_person_already_took_and_what_has_no_rules_is_left_alone() -> None:
    taken = submitted()
    handling.claim_case(actor=taken.clerk, serial=taken.serial, now=taken.now)
    plain = make_case(state="submitted")
    assert not decide(taken) and not decide(plain)
    assert not CaseInstant.objects.exists()
    instant.on_submitted(events.ApplicationSubmitted(10**9, "", 1, "", "", ""))


def test_the_system_decides_nothing_that_the_window_would_not() -> None:
    case = make_case(state="opinion")
    from hall.support.access.actors import system_actor

    with pytest.raises(rules.RoleNotAllowed):
        deciding.decide_case(actor=system_actor(), serial=case.serial, revision=None, is_granted=True, reason="", now=case.now)


def test_the_sample_can_be_drawn_again_by_anybody_and_follows_the_share() -> None:
    case, none = submitted(share=100), submitted(share=0)
    decide(case)
    decide(none)
    found = CaseInstant.objects.get(case__serial=case.serial)
    assert found.is_sampled and found.lot == instant_rules.drawn(found.seed, case.serial)
    assert not CaseInstant.objects.get(case__serial=none.serial).is_sampled
    lots = [instant_rules.drawn("0123456789abcdef", f"37000000220261123100{n:04d}") for n in range(2000)]
    assert 150 < sum(lot < 10 for lot in lots) < 250 and max(lots) <= 99


def test_a_person_confirms_once_or_says_why_not() -> None:
    case = submitted()
    decide(case)
    with pytest.raises(rules.ReasonMissing):
        instant.check_sample(actor=case.reviewer, serial=case.serial, is_right=False, now=case.now)
    with pytest.raises(NotAllowed):
        instant.check_sample(actor=case.clerk, serial=case.serial, is_right=True, now=case.now)
    with pytest.raises(NotFound):
        instant.check_sample(actor=staff_actor(Role.REVIEWER, department_code="SD26"), serial=case.serial, is_right=True, now=case.now)
    assert [row.serial for row in instant_queries.samples(case.reviewer, only="open", before=None, limit=9)] == [case.serial]
    instant.check_sample(actor=case.reviewer, serial=case.serial, is_right=True, now=case.now)
    with pytest.raises(instant_rules.CheckedAlready):
        instant.check_sample(actor=case.leader, serial=case.serial, is_right=False, note="不同意", now=case.now)
    assert not instant_queries.samples(case.reviewer, only="open", before=None, limit=9)
    with pytest.raises(instant_rules.NotWrong):
        instant.revoke_grant(actor=case.leader, serial=case.serial, reason="不符合条件", now=case.now)


def test_what_should_not_have_been_is_taken_back_by_the_leader_and_verifies_as_void() -> None:
    case = submitted()
    decide(case)
    instant.check_sample(actor=case.reviewer, serial=case.serial, is_right=False, note="从业人数与社保记录不符", now=case.now)
    with pytest.raises(NotAllowed):
        instant.revoke_grant(actor=case.reviewer, serial=case.serial, reason="不符合条件", now=case.now)
    instant.revoke_grant(actor=case.leader, serial=case.serial, reason="从业人数超过 20 人", now=case.now)
    with pytest.raises(instant_rules.RevokedAlready):
        instant.revoke_grant(actor=case.leader, serial=case.serial, reason="再撤一次", now=case.now)
    documents = {document.kind: document for document in case.file.documents}
    assert documents["grant"].is_revoked and documents["result"].is_revoked and not documents["revocation"].is_revoked
    verified = queries.verified_document(code=documents["result"].verify_code)
    assert verified is not None and verified.is_revoked
    assert "从业人数超过 20 人" in case.file.steps[-1].sentence and case.file.row.state == "closed"


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_decides_once() -> None:
    case = submitted()
    case_id = Case.objects.get(serial=case.serial).pk
    script = (
        "import os, signal, django; django.setup()\n"
        "from django.utils import timezone\n"
        "from hall.services.cases import deciding, instant\n"
        "deciding.make_result = lambda **_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"instant.decide_by_rules(case_id={case_id}, now=timezone.now())\n"
    )
    env = servers.environment(os.environ["HALL_DATABASE_URL"], Path(os.environ["HALL_VAR"])) | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (case.file.row.state, len(case.file.steps), CaseInstant.objects.count()) == ("submitted", 1, 0)
    assert decide(case)
    assert CaseStep.objects.filter(case__serial=case.serial, action="decide").count() == 1 and case.file.row.state == "closed"
