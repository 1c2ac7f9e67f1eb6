"""Whatever goes wrong while applying, a clear sentence says so, and nothing is lost or changed."""

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hall.services.applications import commands, queries
from hall.services.applications.models import DraftMaterial
from hall.support.access.actors import Actor
from tests.make.cases import make_draft
from tests.make.catalogue import FORM, make_item
from tests.make.files import make_exe, make_pdf, make_png
from tests.make.people import NOW, actor_for, make_citizen, signed_in

pytestmark = pytest.mark.django_db
SITE = "http://testserver"


class Applying:
    """A citizen with a draft that is ready, and the browser in front of it."""

    def __init__(self, **item: Any) -> None:
        self.item = make_item(**item)
        self.account_id = make_citizen()
        self.actor: Actor = actor_for(self.account_id)
        self.draft_id, self.revision = make_draft(self.actor, self.item.code, answers={"project_name": "泉城广场改造"})
        self.client = signed_in(self.account_id)

    def path(self, step: str) -> str:
        return f"/my/applications/{self.draft_id}/{step}"

    @property
    def page(self) -> queries.DraftPage:
        found = queries.draft_page(self.actor, self.draft_id, now=NOW)
        assert found is not None
        return found

    def upload(self, name: str, content: bytes) -> tuple[int, str]:
        answer = self.client.post(self.path("materials/m1"), {"file": SimpleUploadedFile(name, content)})
        return answer.status_code, html.unescape(answer.content.decode())


@pytest.fixture
def applying() -> Applying:
    return Applying()


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("申请书.pdf", make_png(), 422, "申请书.pdf"),
        ("空.pdf", b"", 422, "是空的"),
        ("程序.pdf", make_exe(), 422, ""),
        ("程序.exe", make_exe(), 422, ""),
        ("坏.pdf", b"%PDF-1.7 broken", 422, ""),
    ],
)
def test_a_wrong_file_is_refused_beside_its_material(applying: Applying, name: str, content: bytes, status: int, sentence: str) -> None:
    before = applying.page.files
    answered, text = applying.upload(name, content)
    assert answered == status
    assert 'id="f-material-m1-err"' in text, "the sentence stands beside the material"
    assert sentence in text
    assert applying.page.files == before, "what was uploaded before stays, nothing is added"


def test_a_file_over_the_limit_is_refused() -> None:
    from tests.make.catalogue import material_row

    applying = Applying(materials=[material_row(max_mb=1)])
    answered, text = applying.upload("大.pdf", make_pdf() + b"%" * (1024 * 1024 + 1))
    assert answered == 413
    assert "太大" in text or "超过" in text
    assert len(applying.page.files) == 1


def test_a_sixth_file_is_refused(applying: Applying) -> None:
    for number in range(2, 6):
        assert applying.upload(f"第{number}个.pdf", make_pdf(text=f"page {number}"))[0] == 302
    answered, text = applying.upload("第6个.pdf", make_pdf(text="six"))
    assert answered == 422
    assert "最多上传 5 个文件" in text
    assert DraftMaterial.objects.filter(draft_id=applying.draft_id).count() == 5


def test_no_file_chosen_is_said(applying: Applying) -> None:
    answer = applying.client.post(applying.path("materials/m1"))
    assert answer.status_code == 422
    assert "请先选择一个文件" in answer.content.decode()


def test_a_form_over_the_size_limit_is_refused(applying: Applying) -> None:
    answer = applying.client.post(applying.path("form"), {"version": applying.revision, "project_name": "长" * 400_000})
    assert answer.status_code == 413
    assert "超过了上限" in answer.content.decode()
    assert applying.page.answers["project_name"] == "泉城广场改造"


@pytest.mark.parametrize("step", ["form", "materials", "review"])
def test_somebody_elses_draft_looks_like_none(applying: Applying, step: str) -> None:
    stranger = signed_in(make_citizen(name="李四"))
    theirs = stranger.get(applying.path(step))
    none = stranger.get(f"/my/applications/999999/{step}")
    assert theirs.status_code == none.status_code == 404
    assert "泉城广场改造" not in theirs.content.decode()


@pytest.mark.parametrize("step", ["form", "draft", "submit", "renew", "discard", "materials/m1"])
def test_nobody_else_changes_a_draft(applying: Applying, step: str) -> None:
    stranger = signed_in(make_citizen(name="李四"))
    sent = {"version": applying.revision, "project_name": "改掉", "file": SimpleUploadedFile("a.pdf", make_pdf())}
    assert stranger.post(applying.path(step), sent).status_code == 404
    page = applying.page
    assert (page.revision, page.answers["project_name"], len(page.files), page.serial) == (applying.revision, "泉城广场改造", 1, None)


def test_a_file_of_somebody_elses_draft_is_not_handed_out(applying: Applying) -> None:
    file_id = applying.page.files[0].file.file_id
    assert applying.client.get(applying.path(f"files/{file_id}")).status_code == 200
    assert signed_in(make_citizen(name="李四")).get(applying.path(f"files/{file_id}")).status_code == 404


def test_an_item_published_anew_while_filling_in_keeps_every_answer(applying: Applying) -> None:
    place = {"properties": {**FORM["properties"], "place": {"type": "string", "title": "建设地点"}}, "required": ["project_name", "place"]}
    new_form = FORM | place | {"x-sections": [{"title": "项目", "fields": ["project_name", "place"]}]}
    make_item(code=applying.item.code, form_schemas={"person": new_form, "org": new_form})
    refused = applying.client.post(applying.path("submit"), {"version": applying.revision})
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "您填写的内容都还在" in text
    assert "更新草稿" in text
    assert applying.page.serial is None
    renewed = applying.client.post(applying.path("renew"), follow=True)
    text = renewed.content.decode()
    assert renewed.status_code == 200, text
    assert "泉城广场改造" in text
    assert "建设地点" in text
    assert len(applying.page.files) == 1


def test_the_second_of_two_windows_keeps_what_was_typed(applying: Applying) -> None:
    first = applying.client.post(applying.path("draft"), {"version": applying.revision, "project_name": "第一个窗口"})
    assert first.json()["version"] == applying.revision + 1
    automatic = applying.client.post(applying.path("draft"), {"version": applying.revision, "project_name": "第二个窗口"})
    assert automatic.status_code == 409
    assert "另一个窗口" in automatic.json()["error"]["sentence"]
    second = applying.client.post(applying.path("form"), {"version": applying.revision, "project_name": "第二个窗口", "go": "next"})
    text = second.content.decode()
    assert second.status_code == 409
    assert 'value="第二个窗口"' in text
    assert applying.page.answers["project_name"] == "第一个窗口", "nothing is overwritten unseen"
    again = applying.client.post(applying.path("form"), {"version": applying.revision + 1, "project_name": "第二个窗口", "go": "next"})
    assert again.status_code == 302
    assert applying.page.answers["project_name"] == "第二个窗口"


@pytest.mark.parametrize("enforced", [True, False])
def test_an_expired_session_keeps_what_was_typed(applying: Applying, enforced: bool) -> None:
    client = signed_in(applying.account_id, Client(enforce_csrf_checks=enforced))
    form = client.get(applying.path("form")).content.decode()
    token = form.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]
    client.cookies.pop("hall_session")
    sent = {"csrfmiddlewaretoken": token, "version": applying.revision, "project_name": "写了很久的名称", "go": "next"}
    answer = client.post(applying.path("form"), sent, headers={"origin": SITE})
    text = answer.content.decode()
    assert answer.status_code == 401
    assert "填写的内容没有丢失" in text
    assert "在新窗口登录" in text
    assert '<input type="hidden" name="project_name" value="写了很久的名称">' in text
    automatic = client.post(applying.path("draft"), sent, headers={"origin": SITE, "accept": "application/json"})
    assert automatic.status_code == 401
    assert automatic.json()["error"]["sentence"]


def test_a_form_without_its_token_changes_nothing_and_keeps_the_work(applying: Applying) -> None:
    client = signed_in(applying.account_id, Client(enforce_csrf_checks=True))
    sent = {"version": applying.revision, "project_name": "写了很久的名称"}
    own = client.post(applying.path("form"), sent, headers={"origin": SITE})
    assert own.status_code == 403
    assert "填写的内容没有丢失" in own.content.decode()
    assert 'value="写了很久的名称"' in own.content.decode()
    foreign = client.post(applying.path("form"), sent, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "写了很久的名称" not in foreign.content.decode(), "a foreign page's text is not shown under our name"
    assert applying.page.answers["project_name"] == "泉城广场改造"


def test_a_submitted_draft_leads_to_its_case_and_cannot_be_changed(applying: Applying) -> None:
    first = applying.client.post(applying.path("submit"), {"version": applying.revision})
    second = applying.client.post(applying.path("submit"), {"version": applying.revision})
    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    serial = first.url.split("/")[3]
    assert applying.client.get(applying.path("form")).url == f"/my/cases/{serial}"
    answered, text = applying.upload("晚了.pdf", make_pdf())
    assert answered == 409
    assert "已经提交" in text


def test_an_unfinished_draft_lists_every_fault_with_its_place(applying: Applying) -> None:
    commands.save_draft(actor=applying.actor, draft_id=applying.draft_id, revision=applying.revision, answers={}, now=NOW)
    commands.remove_material(actor=applying.actor, draft_id=applying.draft_id, file_id=applying.page.files[0].file.file_id, now=NOW)
    answer = applying.client.post(applying.path("submit"), {"version": applying.page.revision})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "还有 2 处需要修改" in text
    assert "form?check=1#f-project_name" in text
    assert "materials#f-material-m1" in text


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aX:1",
        "///evil.example",
        "/\t/evil.example",
    ],
)
def test_nobody_is_led_to_another_site_after_signing_in(wanted: str) -> None:
    from tests.make.people import PASSWORD, make_phone

    phone = make_phone()
    make_citizen(phone=phone)
    answer = Client().post("/sign-in", {"login": phone, "password": PASSWORD, "next": wanted})
    assert answer.status_code == 302
    assert answer.url.startswith("/")
    assert "evil" not in answer.url.replace("%", "")
    account = signed_in(make_citizen())
    assert "evil" not in account.post("/my/enterprises/choose", {"enterprise_id": "", "next": wanted}).url
    assert "evil" not in account.get("/sign-in", {"next": wanted}).url


@pytest.mark.parametrize("serial", ["370000000000000000000000", "1", "x" * 300])
def test_an_unknown_serial_is_not_found(serial: str) -> None:
    client = signed_in(make_citizen())
    for page in ("", "/submitted", "/receipt", "/correction", "/rating"):
        assert client.get(f"/my/cases/{serial}{page}").status_code == 404
