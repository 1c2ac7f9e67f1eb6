"""Several items applied for in the browser: whatever goes wrong, a clear sentence, and nothing lost or done twice (§5.4)."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hall.presentation.commandline.demo.filling import answers_for
from hall.services.applications import joint_queries
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.cases.models import Case, JointCase
from hall.services.catalogue.models import Item
from hall.support.access.actors import Actor, Role
from tests.make.catalogue import make_item
from tests.make.files import make_pdf, make_png
from tests.make.joint import MadeJoint, make_chain, make_joint, make_joint_draft
from tests.make.people import NOW, actor_for, make_citizen, make_enterprise, make_staff, signed_in

pytestmark = pytest.mark.django_db


class Applying:
    """A citizen with a joint draft that is ready, and the browser in front of it."""

    def __init__(self) -> None:
        self.items = make_chain(2)
        self.account_id = make_citizen()
        self.actor: Actor = actor_for(self.account_id)
        self.draft_id = make_joint_draft(self.actor, self.items)
        self.client = signed_in(self.account_id)

    def path(self, step: str) -> str:
        return f"/my/joint/drafts/{self.draft_id}/{step}"

    @property
    def page(self) -> JointDraftPage:
        found = joint_queries.joint_draft_page(self.actor, self.draft_id, now=NOW)
        assert found is not None
        return found

    def submit(self, **changes: Any) -> Any:
        return self.client.post(self.path("submit"), {"version": self.page.revision, **changes})


@pytest.fixture
def applying() -> Applying:
    return Applying()


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_the_way_from_choosing_to_the_number() -> None:
    items = make_chain(2)
    client = signed_in(make_citizen())
    query = "&".join(f"item={item.code}" for item in items)
    assert "要办哪几件" in text_of(client.get(f"/my/joint/new?{query}"))
    begun = client.post("/my/joint/start", {"item": [item.code for item in items], "applicant": ""})
    form = begun.headers["Location"]
    draft_id = int(re.findall(r"\d+", form)[0])
    page = text_of(client.get(form))
    assert "全部事项" in page and page.count('name="project_name"') == 1
    wrong = client.post(form, {"version": 1, "go": "next"})
    assert wrong.status_code == 422 and "处需要修改" in text_of(wrong)
    assert client.post(form, {"version": 2, "project_name": "泉城小馆", "go": "next"}).headers["Location"].endswith("/materials")
    materials = text_of(client.get(f"/my/joint/drafts/{draft_id}/materials"))
    assert "还差" in materials
    for key in dict.fromkeys(re.findall(rf"/my/joint/drafts/{draft_id}/materials/(m[0-9a-f]+)", materials)):
        sent = {"file": SimpleUploadedFile("申请书.pdf", make_pdf())}
        assert client.post(f"/my/joint/drafts/{draft_id}/materials/{key}", sent).status_code == 302
    assert "一次提交 2 件" in text_of(client.get(f"/my/joint/drafts/{draft_id}/review"))
    done = client.post(f"/my/joint/drafts/{draft_id}/submit", {"version": 3})
    assert re.fullmatch(r"/my/joint/\d{24}/submitted", done.headers["Location"])
    assert "2 件已一次提交" in text_of(client.get(done.headers["Location"]))
    again = client.post(f"/my/joint/drafts/{draft_id}/submit", {"version": 3})
    assert again.headers["Location"] == done.headers["Location"]
    assert JointCase.objects.count() == 1 and Case.objects.count() == 1


def test_a_single_item_goes_the_way_of_a_single_application() -> None:
    item, client = make_item(), signed_in(make_citizen())
    begun = client.post("/my/joint/start", {"item": [item.code], "applicant": ""})
    assert begun.headers["Location"].startswith("/my/applications/")


def test_nothing_chosen_or_nothing_possible_is_said() -> None:
    client = signed_in(make_citizen())
    assert client.post("/my/joint/start", {"applicant": ""}).headers["Location"] == "/basket"
    firms = [make_item(audience=["org"]) for _ in range(2)]
    refused = client.post("/my/joint/start", {"item": [item.code for item in firms], "applicant": ""})
    assert refused.status_code == 422 and "没有现在可以在网上申办的" in text_of(refused)
    for bundle in ("NOWHERE", "%00", "a" * 3000, "' OR 1=1"):
        assert client.get("/my/joint/new", {"bundle": bundle}).status_code == 404
    assert client.get("/my/joint/new?item=%00&item=;--").headers["Location"] == "/basket"
    assert client.get("/my/joint/new").headers["Location"] == "/basket"
    too_many = "&".join(f"item={make_item().code}" for _ in range(21))
    assert client.get(f"/my/joint/new?{too_many}").status_code == 422


def test_an_enterprises_items_are_applied_for_as_the_enterprise() -> None:
    account = make_citizen()
    enterprise = make_enterprise(agent_id=account)
    items = [make_item(name="甲", audience=["org"]), make_item(name="乙", audience=["org"]), make_item(name="丙", audience=["person"])]
    client = signed_in(account)
    begun = client.post("/my/joint/start", {"item": [item.code for item in items], "applicant": str(enterprise)})
    page = text_of(client.get(begun.headers["Location"]))
    assert "这几件不在这次申请里" in page and "由个人申办" in page
    assert client.post("/my/joint/start", {"item": [items[0].code], "applicant": "999999"}).status_code in {403, 404}


def test_two_windows_do_not_overwrite_each_other(applying: Applying) -> None:
    seen = applying.page.revision
    typed = answers_for(applying.page.whole.form.definition, NOW.date())
    assert applying.client.post(applying.path("form"), {**typed, "version": seen, "go": "next"}).status_code == 302
    stale = applying.client.post(applying.path("form"), {"project_name": "另一个窗口", "version": seen, "go": "next"})
    assert stale.status_code == 409 and "另一个窗口" in text_of(stale)
    told = applying.client.post(applying.path("draft"), {"project_name": "x", "version": seen})
    assert told.status_code == 409 and told.json()["error"]["sentence"]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "\0"])
def test_a_wrong_revision_hands_nothing_in(applying: Applying, version: str) -> None:
    answer = applying.submit(version=version)
    assert answer.status_code == 409 and "还不能提交" in text_of(answer)
    assert not JointCase.objects.exists()


def test_a_wrong_file_is_refused_beside_its_document(applying: Applying) -> None:
    key = applying.page.whole.materials[0].key
    sent = {"file": SimpleUploadedFile("申请书.pdf", make_png())}
    answer = applying.client.post(applying.path(f"materials/{key}"), sent)
    assert answer.status_code == 422 and f'id="f-material-{key}-err"' in text_of(answer)
    assert applying.client.post(applying.path(f"materials/{key}")).status_code == 422
    assert applying.client.post(applying.path("materials/m000000000000000"), sent).status_code == 404
    part = applying.client.post(applying.path(f"materials/{key}"), sent, headers={"X-Fragment": "1"})
    assert part.status_code == 422 and "<html" not in text_of(part)


def test_a_file_is_looked_at_and_taken_away(applying: Applying) -> None:
    file = applying.page.files[0].file
    assert applying.client.get(applying.path(f"files/{file.file_id}")).status_code == 200
    assert signed_in(make_citizen()).get(applying.path(f"files/{file.file_id}")).status_code == 404
    assert applying.client.post(applying.path(f"files/{file.file_id}/remove")).status_code == 302
    assert file.file_id not in {one.file.file_id for one in applying.page.files}
    refused = applying.submit()
    assert refused.status_code == 422 and "还有 1 处需要修改" in text_of(refused)


def test_an_item_suspended_while_filling_in_is_told_and_taken_out(applying: Applying) -> None:
    Item.objects.filter(code=applying.items[1].code).update(status="suspended")
    assert "或者停办了" in text_of(applying.client.get(applying.path("form")))
    refused = applying.submit()
    assert refused.status_code == 409
    applying.client.post(applying.path("renew"))
    page = text_of(applying.client.get(applying.path("form")))
    assert "这几件不在这次申请里" in page and "事项2" in page
    assert [part.name for part in applying.page.whole.parts] == ["事项1"]
    assert applying.submit().status_code == 302


def test_a_discarded_draft_is_gone(applying: Applying) -> None:
    assert "开办餐馆" in text_of(applying.client.get("/my"))
    applying.client.post(applying.path("discard"))
    assert applying.client.get(applying.path("form")).status_code == 404


# --- afterwards -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def made() -> MadeJoint:
    return make_joint(make_chain(2))


def owner_of(made: MadeJoint) -> Client:
    assert made.applicant.account_id is not None
    return signed_in(made.applicant.account_id)


def test_the_whole_stands_once_in_the_list_and_its_parts_do_not_beside_it(made: MadeJoint) -> None:
    for tab in ("", "?tab=running"):
        page = text_of(owner_of(made).get(f"/my/cases{tab}"))
        assert page.count("查看总进度：开办餐馆") == 1 and "查看：事项1" not in page
    assert "开办餐馆" in text_of(owner_of(made).get("/my"))
    assert "共 2 件：1 件办理中，1 件等前一件。" in text_of(owner_of(made).get("/my/joint"))


def test_the_page_of_the_whole_and_of_a_part_lead_to_each_other(made: MadeJoint) -> None:
    client = owner_of(made)
    page = text_of(client.get(f"/my/joint/{made.serial}"))
    part = made.row.parts[0].case
    assert part is not None and f"/my/cases/{part.serial}" in page and "“事项1”办好后自动提交" in page
    assert f"/my/joint/{made.serial}" in text_of(client.get(f"/my/cases/{part.serial}"))


def test_somebody_elses_whole_is_not_there(made: MadeJoint) -> None:
    stranger = signed_in(make_citizen())
    for path in ("", "/submitted"):
        assert stranger.get(f"/my/joint/{made.serial}{path}").status_code == 404
    for path in ("/parts/1/leave", "/parts/1/again"):
        assert stranger.post(f"/my/joint/{made.serial}{path}").status_code == 404
    assert made.states() == ["submitted", "waiting"]


def test_a_part_that_waits_can_be_left_and_taken_up_alone(made: MadeJoint) -> None:
    client = owner_of(made)
    started = client.post(f"/my/joint/{made.serial}/parts/0/leave")
    assert started.status_code == 409 and "已经开始办理" in text_of(started)
    assert client.post(f"/my/joint/{made.serial}/parts/9/leave").status_code == 404
    client.post(f"/my/joint/{made.serial}/parts/1/leave")
    assert "接着办这一件" in text_of(client.get(f"/my/joint/{made.serial}"))
    again = client.post(f"/my/joint/{made.serial}/parts/1/again")
    assert again.headers["Location"].startswith("/my/applications/")


def test_anybody_with_number_and_code_sees_how_the_whole_stands(made: MadeJoint) -> None:
    visitor = Client()
    page = text_of(visitor.get(f"/progress?serial={made.serial}&code={made.query_code}"))
    assert "开办餐馆" in page and "等前一件" in page and "1 件办理中" in page
    assert made.applicant.name not in page
    wrong = f"{(int(made.query_code) + 1) % 1_000_000:06d}"
    refused = visitor.get(f"/progress?serial={made.serial}&code={wrong}")
    assert refused.status_code == 422 and "没有找到" in text_of(refused)


def test_the_desk_says_that_a_case_is_part_of_a_whole(made: MadeJoint) -> None:
    part = made.row.parts[0]
    assert part.case is not None
    clerk = signed_in(make_staff(Role.CLERK, department_code=part.department_code))
    assert "属于一件事“开办餐馆”" in text_of(clerk.get(f"/desk/cases/{part.case.serial}"))
