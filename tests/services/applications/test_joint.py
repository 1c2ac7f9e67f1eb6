"""Several items as one application: one form, one submission, each case on its own (一件事, §5.4)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hall.services.applications import baskets, jobs, joint, rules
from hall.services.applications import joint_queries as drafts
from hall.services.applications import queries as single
from hall.services.applications.models import JointDraft
from hall.services.cases.models import Case, CaseMaterial, JointCase, JointPart
from hall.services.catalogue.models import Item
from hall.services.notices import queries as notices
from hall.services.serials import rules as serials
from hall.support.access.actors import Actor
from hall.support.identity import protection
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from tests.make import people
from tests.make.catalogue import make_item, material_row
from tests.make.joint import make_chain, make_joint, make_joint_draft, page_of
from tests.make.people import NOW

pytestmark = pytest.mark.django_db
LICENCE = material_row(2, name="营业执照", kind="license", source="government", cert_type="BUSINESS_LICENSE")


def submit(actor: Actor, draft_id: int) -> joint.JointSubmitted:
    return joint.submit_joint(actor=actor, draft_id=draft_id, revision=page_of(actor, draft_id).revision, now=NOW)


def test_one_submission_gives_one_number_and_a_case_for_each_free_item() -> None:
    items = [make_item(name="甲"), make_item(name="乙", department_code="SD26")]
    made = make_joint(items)
    assert serials.is_valid(made.serial)
    cases = list(Case.objects.filter(joint_id=made.joint_id))
    assert {case.item_code for case in cases} == {item.code for item in items}
    assert len({made.serial, *(case.serial for case in cases)}) == 3
    assert made.states() == ["submitted", "submitted"]


def test_a_common_question_is_typed_once_and_reaches_every_case() -> None:
    made = make_joint([make_item(name="甲"), make_item(name="乙", department_code="SD26")])
    answers = [protection.decrypt_json(bytes(case.answers)) for case in Case.objects.filter(joint_id=made.joint_id)]
    assert len(answers) == 2 and answers[0] == answers[1] and answers[0]["project_name"]


def test_a_common_document_is_uploaded_once_and_reaches_every_case() -> None:
    shared = [material_row(1, name="章程", kind="self")]
    made = make_joint([make_item(name="甲", materials=shared), make_item(name="乙", department_code="SD26", materials=shared)])
    held = list(CaseMaterial.objects.filter(case__joint_id=made.joint_id).values_list("case_id", "file_id"))
    assert len(held) == 2 and len({case for case, _ in held}) == 2 and len({file for _, file in held}) == 1


def test_handing_in_twice_gives_the_same_whole() -> None:
    actor = people.citizen_actor()
    draft_id = make_joint_draft(actor, make_chain())
    first = submit(actor, draft_id)
    assert joint.submit_joint(actor=actor, draft_id=draft_id, revision=0, now=NOW) == first
    assert JointCase.objects.count() == 1 and Case.objects.count() == 1 and JointPart.objects.count() == 2


def test_a_case_that_must_wait_opens_when_its_forerunner_is_granted() -> None:
    made = make_joint(make_chain(3))
    assert made.states() == ["submitted", "waiting", "waiting"]
    made.walk(0, "decided")
    assert made.states() == ["decided", "waiting", "waiting"], "the result is not made yet"
    made.walk(0, "printing")
    assert made.states() == ["printing", "submitted", "waiting"]
    made.walk(0, "closed")
    made.walk(1, "closed")
    assert made.states() == ["closed", "closed", "submitted"]
    made.walk(2, "closed")
    assert JointCase.objects.get(pk=made.joint_id).closed_at is not None
    assert made.row.progress == "共 3 件：3 件已办好。"


def test_what_opens_later_has_its_own_number_answers_and_files() -> None:
    made = make_joint(make_chain(2))
    made.walk(0, "printing")
    first, second = Case.objects.filter(joint_id=made.joint_id).order_by("pk")
    assert second.serial and second.serial != first.serial
    assert protection.decrypt_json(bytes(second.answers))["project_name"]
    assert CaseMaterial.objects.filter(case=second).count() == 1
    assert second.applicant_digest == first.applicant_digest and second.account_id == first.account_id
    assert protection.decrypt_json(bytes(JointPart.objects.get(case=second).answers)) == {}


def test_a_document_that_the_forerunner_brings_about_need_not_be_handed_in() -> None:
    first, second = make_chain(2)
    second = make_item(
        code=second.code, name="食品经营许可", department_code="SD26", materials=[material_row(1, name="申请书二"), LICENCE],
        related={"prerequisite": [first.code], "followup": [], "parallel": [], "joint": []},
    )  # fmt: skip
    actor = people.citizen_actor()
    made = make_joint([first, second], applicant=actor)
    licence = next(material for material in second.materials if material.name == "营业执照")
    made.walk(0, "printing")
    opened = Case.objects.get(joint_id=made.joint_id, item_code=second.code)
    given = CaseMaterial.objects.get(case=opened, material_key=licence.key)
    assert given.material_name == "营业执照" and given.media_type == "application/pdf"


def test_the_same_document_must_be_handed_in_when_another_item_needs_it_now() -> None:
    first, second = make_chain(2)
    related = {"prerequisite": [first.code], "followup": [], "parallel": [], "joint": []}
    second = make_item(code=second.code, name="乙", department_code="SD26", materials=[LICENCE], related=related)
    other = make_item(name="丙", department_code="SD33", materials=[LICENCE])
    actor = people.citizen_actor()
    page = page_of(actor, make_joint_draft(actor, [first, second], has_files=False))
    assert not next(one for one in page.whole.materials if one.name == "营业执照").is_required
    page = page_of(actor, make_joint_draft(actor, [first, second, other], has_files=False))
    assert next(one for one in page.whole.materials if one.name == "营业执照").is_required


def test_one_rejected_part_does_not_sink_the_others() -> None:
    first, second = make_chain(2)
    free = make_item(name="户外广告", department_code="SD33")
    made = make_joint([first, second, free])
    positions = {part.item_code: part.position for part in made.row.parts}
    made.walk(positions[first.code], "not_accepted")
    states = dict(zip(positions, made.states(), strict=True))
    assert states == {first.code: "not_accepted", second.code: "left", free.code: "submitted"}
    left = made.row.parts[positions[second.code]]
    assert "“事项1”不予受理" in left.sentence and "接着办这一件" in left.sentence
    assert made.applicant.account_id is not None
    told = [notice.title for notice in notices.notices_of(made.applicant.account_id, limit=20)]
    assert "没有提交：事项2" in told
    assert JointCase.objects.get(pk=made.joint_id).closed_at is None


def test_leaving_goes_down_the_chain_and_ends_the_whole() -> None:
    made = make_joint(make_chain(3))
    made.walk(0, "withdrawn")
    assert made.states() == ["withdrawn", "left", "left"]
    assert JointCase.objects.get(pk=made.joint_id).closed_at is not None
    assert "申请人撤回" in made.row.parts[1].sentence and "事项2" in made.row.parts[2].sentence


def test_a_part_whose_item_is_no_longer_handled_is_left_with_a_reason() -> None:
    made = make_joint(make_chain(2))
    Item.objects.filter(code=made.items[1].code).update(status="suspended")
    made.walk(0, "printing")
    assert made.states() == ["printing", "left"] and "停止办理" in made.row.parts[1].sentence


def test_a_waiting_part_can_be_done_without_and_taken_up_again_alone() -> None:
    from hall.services.cases import joint as whole

    made = make_joint(make_chain(2))
    whole.leave_part(actor=made.applicant, serial=made.serial, position=1, now=NOW)
    assert made.states() == ["submitted", "left"]
    draft_id = joint.go_on_alone(actor=made.applicant, serial=made.serial, position=1, now=NOW)
    page = single.draft_page(made.applicant, draft_id, now=NOW)
    assert page is not None and not page.faults, "what was filled in and handed in is there"
    with pytest.raises(NotFound):
        joint.go_on_alone(actor=made.applicant, serial=made.serial, position=0, now=NOW)
    with pytest.raises(NotFound):
        joint.go_on_alone(actor=people.citizen_actor(), serial=made.serial, position=1, now=NOW)


def test_the_applicant_is_told_once_of_the_whole() -> None:
    made = make_joint([make_item(name="甲"), make_item(name="乙", department_code="SD26")])
    queue.run_due_now()
    assert made.applicant.account_id is not None
    assert [notice.title for notice in notices.notices_of(made.applicant.account_id, limit=20)] == ["已提交：开办餐馆"]


# --- the draft --------------------------------------------------------------------------------------------------------------------


def test_everything_missing_is_said_at_once_and_nothing_is_half_done() -> None:
    actor = people.citizen_actor()
    draft_id = make_joint_draft(actor, make_chain(), is_filled=False, has_files=False)
    with pytest.raises(rules.NotComplete) as refused:
        submit(actor, draft_id)
    assert len(refused.value.faults) > 1
    assert not JointCase.objects.exists() and not Case.objects.exists()


def test_items_for_others_and_items_not_handled_are_named_and_left_out() -> None:
    own = make_item(name="个人的", audience=["person"])
    firm = make_item(name="企业的", audience=["org"])
    window = make_item(name="窗口的", online_depth="booking", onsite_visits=1)
    gone = make_item(name="停办的")
    Item.objects.filter(code=gone.code).update(status="suspended")
    actor = people.citizen_actor()
    draft_id = joint.start_joint(actor=actor, codes=[own.code, firm.code, window.code, gone.code, "999999999999"], name="清单", now=NOW)
    page = page_of(actor, draft_id)
    assert [part.name for part in page.whole.parts] == ["个人的"]
    reasons = {left.name: left.sentence for left in page.left_out}
    assert set(reasons) == {"企业的", "窗口的", "停办的"}
    assert "企业" in reasons["企业的"] and "窗口" in reasons["窗口的"] and "不能办" in reasons["停办的"]
    with pytest.raises(rules.NothingTogether):
        joint.start_joint(actor=actor, codes=[firm.code], name="清单", now=NOW)


def test_starting_again_goes_on_with_the_same_draft_and_its_answers() -> None:
    actor = people.citizen_actor()
    items = make_chain(3)
    draft_id = make_joint_draft(actor, items, bundle_code="B1")
    before = page_of(actor, draft_id)
    again = joint.start_joint(actor=actor, codes=[item.code for item in items[:2]], name="开办餐馆", bundle_code="B1", now=NOW)
    assert again == draft_id and len(page_of(actor, draft_id).whole.parts) == 2
    joint.start_joint(actor=actor, codes=[item.code for item in items], name="开办餐馆", bundle_code="B1", now=NOW)
    after = page_of(actor, draft_id)
    assert after.answers == before.answers and len(after.files) == len(before.files) and not after.faults
    assert joint.start_joint(actor=actor, codes=[items[0].code], name="清单", now=NOW) != draft_id


def test_a_second_window_does_not_overwrite_the_first() -> None:
    actor = people.citizen_actor()
    draft_id = make_joint_draft(actor, make_chain(), has_files=False)
    seen = page_of(actor, draft_id).revision
    joint.save_joint(actor=actor, draft_id=draft_id, revision=seen, answers={}, now=NOW)
    with pytest.raises(rules.StaleDraft):
        joint.save_joint(actor=actor, draft_id=draft_id, revision=seen, answers={}, now=NOW)


def test_a_joint_draft_is_its_owners_alone() -> None:
    actor, stranger = people.citizen_actor(), people.citizen_actor(name="李四")
    draft_id = make_joint_draft(actor, make_chain())
    assert drafts.joint_draft_page(stranger, draft_id, now=NOW) is None
    for command in (joint.discard_joint, joint.renew_joint):
        with pytest.raises(NotFound):
            command(actor=stranger, draft_id=draft_id, now=NOW)
    with pytest.raises(NotFound):
        joint.submit_joint(actor=stranger, draft_id=draft_id, revision=1, now=NOW)


def test_an_item_that_changed_meanwhile_is_looked_at_again_with_all_answers_kept() -> None:
    actor, items = people.citizen_actor(), make_chain(2)
    draft_id = make_joint_draft(actor, items)
    before = page_of(actor, draft_id)
    related = {"prerequisite": [items[0].code], "followup": [], "parallel": [], "joint": []}
    make_item(code=items[1].code, name="事项2", department_code=items[1].department_code, promised_days=7, related=related)
    with pytest.raises(rules.StaleVersion):
        submit(actor, draft_id)
    joint.renew_joint(actor=actor, draft_id=draft_id, now=NOW)
    after = page_of(actor, draft_id)
    assert after.answers == before.answers and not after.faults and not after.is_outdated
    assert submit(actor, draft_id).serial


def test_form_contents_are_not_readable_in_the_tables() -> None:
    actor = people.citizen_actor()
    draft_id = make_joint_draft(actor, make_chain())
    stored = bytes(JointDraft.objects.get(pk=draft_id).answers)
    submit(actor, draft_id)
    waiting = bytes(JointPart.objects.get(state="waiting").answers)
    assert actor.name.encode() not in stored and b"project_name" not in stored and b"project_name" not in waiting
    assert protection.decrypt_json(bytes(JointDraft.objects.get(pk=draft_id).answers)) == {}


def test_joint_drafts_are_emptied_after_thirty_days() -> None:
    actor = people.citizen_actor()
    make_joint_draft(actor, make_chain())
    assert jobs.expire_joint_drafts(now=NOW + timedelta(days=29)) == 0
    assert jobs.expire_joint_drafts(now=NOW + timedelta(days=31)) == 1
    assert drafts.joint_drafts_of(actor) == []


def test_what_was_handed_in_leaves_the_basket() -> None:
    actor, items = people.citizen_actor(), make_chain(3)
    baskets.put_in(actor=actor, codes=[item.code for item in items], now=NOW)
    make_joint(items[:2], applicant=actor)
    assert baskets.basket_of(actor) == (items[2].code,)


def test_a_draft_page_costs_nine_statements() -> None:
    actor = people.citizen_actor()
    draft_id = make_joint_draft(actor, make_chain(3))
    page_of(actor, draft_id)
    with CaptureQueriesContext(connection) as seen:
        page_of(actor, draft_id)
    assert len(seen) <= 9
