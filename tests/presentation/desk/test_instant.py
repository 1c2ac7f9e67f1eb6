"""秒批 at the desk: the conditions tried in the editor, the list of samples, and what its buttons refuse."""

import pytest

from hall.services.cases import instant
from hall.services.cases.models import Case, CaseInstant
from hall.services.catalogue import drafting, drafts
from hall.support.access.actors import Actor, Role
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item
from tests.make.drafts import make_draft
from tests.make.people import NOW, signed_in, staff_actor

pytestmark = pytest.mark.django_db


def sampled() -> MadeCase:
    item = make_item(
        handling_type="instant", promised_days=0, leader_approval=False, instant_rules=[{"fact": "fact:materials"}], instant_share=100
    )
    case = make_case(state="submitted", item=item)
    assert instant.decide_by_rules(case_id=Case.objects.get(serial=case.serial).pk, now=case.now)
    return case


def _post(actor: Actor, path: str, **sent: str) -> tuple[int, str]:
    assert actor.account_id is not None
    answer = signed_in(actor.account_id).post(path, sent)
    return answer.status_code, answer.content.decode()


def _see(actor: Actor, path: str) -> str:
    assert actor.account_id is not None
    answer = signed_in(actor.account_id).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_sample_is_looked_at_and_taken_back_on_the_pages() -> None:
    case = sampled()
    assert "必要材料已经交齐" in _see(case.reviewer, "/desk/instant")
    path = f"/desk/instant/{case.serial}"
    for sent, sentence in (
        ({}, "请先选择抽查结论"),
        ({"verdict": "wrong", "note": " "}, "请写明为什么不该自动办理"),
        ({"verdict": "maybe"}, "请先选择"),
    ):
        status, text = _post(case.reviewer, f"{path}/check", **sent)
        assert (status, sentence in text) == (422, True)
    assert _post(case.leader, f"{path}/revoke", reason="不符合条件")[0] == 409
    assert _post(case.reviewer, f"{path}/check", verdict="wrong", note="材料是别人的" + "长" * 100_000)[0] == 302
    assert _post(case.reviewer, f"{path}/check", verdict="right")[0] == 409
    status, text = _post(case.leader, f"{path}/revoke", reason=" ")
    assert status == 422 and "请写明理由" in text
    assert _post(case.leader, f"{path}/revoke", reason="材料不属于申请人")[0] == 302
    assert CaseInstant.objects.get().revoked_at is not None
    assert "已撤销" in _see(case.reviewer, "/desk/instant?only=done")
    own = _see(case.applicant, f"/my/cases/{case.serial}")
    assert "按公开的规则自动办理" in own and "撤销" in own
    assert "秒批" in _see(case.clerk, f"/desk/cases/{case.serial}")


def test_other_departments_see_no_samples() -> None:
    case = sampled()
    other = staff_actor(Role.REVIEWER, department_code="SD26")
    assert case.serial not in _see(other, "/desk/instant")
    assert _post(other, f"/desk/instant/{case.serial}/check", verdict="right")[0] == 404


def test_conditions_are_written_tried_and_published_with_the_item() -> None:
    clerk = staff_actor(Role.CLERK)
    item = make_item(handling_type="instant", promised_days=0, leader_approval=False, flow_steps=[])
    draft_id = make_draft(clerk, item.code, flow_steps=[])
    found = drafts.draft_check(clerk, draft_id)
    assert found is not None and clerk.account_id is not None
    path, browser = f"/desk/items/drafts/{draft_id}/edit/instant", signed_in(clerk.account_id)
    sent = {
        "revision": str(found.row.revision), "go": "save", "instant_share": "20",
        "instant_rules-0-fact": "project_name", "instant_rules-0-operator": "one_of", "instant_rules-0-value": "甲项目、乙项目",
        "instant_rules-1-fact": "fact:materials",
    }  # fmt: skip
    assert browser.post(path, sent).status_code == 302
    page = browser.get(path).content.decode()
    assert "用这些答案试一试" in page and "项目名称" in page
    yes = browser.get(path, {"try": "1", "t-project_name": "甲项目", "t-fact:materials": "1"}).content.decode()
    no = browser.get(path, {"try": "1", "t-project_name": "丙项目", "t-fact:materials": "1"}).content.decode()
    assert "自动准予" in yes and "转给人办" in no and "项目名称是其中之一 甲项目、乙项目，不满足" in no
    found = drafts.draft_check(clerk, draft_id)
    assert found is not None and not [fault for fault in found.faults if fault.field.startswith("instant")]
    drafting.save_draft(
        actor=clerk, draft_id=draft_id, revision=found.row.revision, changes={"handling_type": "promise", "promised_days": 3}, now=NOW
    )
    again = drafts.draft_check(clerk, draft_id)
    assert again is not None and any("即办件" in fault.sentence for fault in again.faults)
