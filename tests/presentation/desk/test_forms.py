"""The designer of forms through its pages alone, without a script; and what it says to bad input."""

import html
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hall.services.catalogue import queries as catalogue
from hall.services.forms.models import CodeTable, FormDraft
from hall.support.access.actors import Role
from tests.make.catalogue import FORM, make_item
from tests.make.people import make_staff, signed_in

pytestmark = pytest.mark.django_db


class Designing:
    """A department's clerk with the draft of a form, and the hall's administrator."""

    def __init__(self) -> None:
        self.item = make_item()
        self.clerk = signed_in(make_staff(Role.CLERK, department_code=self.item.department_code))
        self.admin = signed_in(make_staff(Role.SYS_ADMIN))
        self.page = self.clerk.post("/desk/forms/start", {"item": self.item.code, "audience": "person"}).headers["Location"]

    @property
    def row(self) -> FormDraft:
        return FormDraft.objects.get()

    def post(self, path: str, browser: Client | None = None, **sent: Any) -> tuple[int, str]:
        answer = (browser or self.clerk).post(f"{self.page}{path}", {"revision": self.row.revision, **sent})
        return answer.status_code, html.unescape(answer.content.decode()) or answer.headers.get("Location", "")


@pytest.fixture
def designing() -> Designing:
    return Designing()


def test_a_form_is_designed_tried_and_published_through_pages_only(designing: Designing) -> None:
    assert designing.post("/change", do="add:table", section="0") == (302, f"{designing.page}?field=f1#settings")
    assert (
        designing.post(
            "/fields/f1",
            **{"e.title": "生产设备", "e.required": "yes", "e.col.0.title": "名称", "e.col.0.required": "1", "e.col.1.drop": "1"},
        )[0]
        == 302
    )
    designing.post("/change", do="add:yes_no", section="0")
    designing.post("/change", do="add:text", section="0")
    look = json.dumps({"equals": True, "field": "f2"})
    assert designing.post("/fields/f3", **{"e.title": "说明", "e.required": "yes", "e.shown.0.look": look})[0] == 302
    designing.post("/change", do="up:f3")
    assert "不在它前面" in html.unescape(designing.clerk.get(designing.page).content.decode())
    designing.post("/change", do="down:f3")
    designing.post("/checks", **{"e.add": "one_open_case"})
    designing.post("/sections/0", **{"e.title": "申请的项目"})
    designing.post("/head", **{"e.title": "投资项目申请表", "e.note": "照批复填写"})
    told = html.unescape(designing.clerk.get(designing.page).content.decode())
    assert "可以提交" in told and "不能重复申请" in told and "新增“生产设备”" in told
    tried = html.unescape(designing.clerk.post(f"{designing.page}/try", {"f2": "yes"}).content.decode())
    assert "请填写生产设备，至少 1 行" in tried and "请填写说明" in tried
    right = {"project_name": "泉城广场", "f1.0.c1": "机", "f2": "no"}
    assert "这样填可以进入下一步" in designing.clerk.post(f"{designing.page}/try", right).content.decode()
    assert designing.post("/deeds/submit")[0] == 302
    console = designing.page.replace("/desk", "/console")
    assert "发布" in designing.admin.get(console).content.decode()
    assert designing.admin.post(f"{console}/deeds/publish", {"revision": designing.row.revision}).status_code == 302
    version = catalogue.current_version(designing.item.code)
    assert version is not None
    form = version.form_schemas["person"]
    assert (form["title"], form["description"], form["x-checks"]) == (
        "投资项目申请表",
        "照批复填写",
        [{"check": "one_open_case", "fields": []}],
    )
    assert form["required"] == ["project_name", "f1"] and form["properties"]["f1"]["items"]["x-columns"] == ["c1"]


def test_what_goes_out_comes_in_again_unchanged(designing: Designing) -> None:
    designing.post("/change", do="add:multi", section="0")
    before = designing.row.content
    text = designing.clerk.get(f"{designing.page}/schema.json").content.decode()
    designing.post("/change", do="drop:f1")
    assert designing.row.content != before
    assert designing.post("/schema", schema=text)[0] == 302
    assert designing.row.content == before
    answer = designing.clerk.post(
        f"{designing.page}/schema", {"revision": designing.row.revision, "file": SimpleUploadedFile("f.json", text.encode())}
    )
    assert answer.status_code == 302 and designing.row.content == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "不是 JSON"),
        ("[1]", "JSON 对象"),
        ('{"x": "' + "长" * 100_000 + '"}', "256 KB"),
    ],
)
def test_what_is_no_form_changes_nothing(designing: Designing, text: str, sentence: str) -> None:
    status, said = designing.post("/schema", schema=text)
    assert status == 422 and sentence in said and designing.row.content == FORM


def test_a_file_of_a_megabyte_is_refused(designing: Designing) -> None:
    big = SimpleUploadedFile("f.json", b'{"a": "' + b"x" * (1 << 20) + b'"}')
    answer = designing.clerk.post(f"{designing.page}/schema", {"revision": 0, "file": big})
    assert answer.status_code == 422 and "256 KB" in answer.content.decode() and designing.row.content == FORM


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pattern": "(a+)+$"}, "不认识的词 pattern"),
        ({"x-shown-when": {"field": "project_name", "equals": "x"}}, "依赖它自己"),
        ({"title": ""}, "不能为空"),
        ({"maxLength": "long"}, "应为整数"),
        ({"type": "file"}, "不认识的值 file"),
    ],
)
def test_an_unsound_form_stays_a_draft_and_names_its_field(designing: Designing, change: dict[str, Any], sentence: str) -> None:
    schema = {**FORM, "properties": {"project_name": {**FORM["properties"]["project_name"], **change}}}
    designing.post("/schema", schema=json.dumps(schema))
    told = html.unescape(designing.clerk.get(designing.page).content.decode())
    assert sentence in told and "手机预览" in told
    assert designing.clerk.get(f"{designing.page}?field=project_name").status_code == 200
    assert designing.clerk.get(f"{designing.page}/try").status_code == 302
    status, said = designing.post("/deeds/submit")
    assert status == 422 and "检查没有通过" in said


@pytest.mark.parametrize(
    "schema",
    [
        '{"properties": 7}',
        '{"properties": {"a": 3}, "x-sections": [{"fields": [1, {}]}]}',
        '{"x-sections": {}, "required": 7, "x-checks": 7}',
        "{}",
    ],
)
def test_a_shapeless_form_can_still_be_looked_at_and_mended(designing: Designing, schema: str) -> None:
    assert designing.post("/schema", schema=schema)[0] == 302
    assert designing.clerk.get(designing.page).status_code == 200
    assert designing.post("/change", do="add:text")[0] in {302, 422}
    designing.post("/deeds/restore", number=str(designing.item.number))
    assert designing.row.content == FORM


@pytest.mark.parametrize("do", ["", "add:rocket", "up:ghost", "drop:", "explode:f1", "section-drop:99", "section-up:x", "copy:ghost"])
def test_a_step_that_does_not_exist_changes_nothing(designing: Designing, do: str) -> None:
    assert designing.post("/change", do=do)[0] in {302, 422}
    assert designing.row.content == FORM


def test_a_script_in_a_label_is_words(designing: Designing) -> None:
    designing.post("/fields/project_name", **{"e.title": "<script>alert(1)</script>", "e.x-hint": '"><img src=x onerror=alert(1)>'})
    for path in ("", "?field=project_name", "/try"):
        text = designing.clerk.get(f"{designing.page}{path}").content.decode()
        assert "<script>alert" not in text and "<img src=x" not in text and "&lt;script&gt;" in text


def test_another_window_is_told_and_loses_nothing(designing: Designing) -> None:
    designing.post("/change", do="add:text", section="0")
    answer = designing.clerk.post(f"{designing.page}/fields/project_name", {"revision": 0, "e.title": "新的名称"})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 409 and "另一个窗口" in text and 'value="新的名称"' in text


def test_a_code_table_is_kept_by_its_department() -> None:
    own, other = (signed_in(make_staff(Role.CLERK, department_code=code)) for code in ("SD02", "SD33"))
    sent = {"code": "food", "title": "食品类别", "text": "代码,名称\n06,饮料"}
    assert own.post("/desk/forms/tables", sent).headers["Location"] == "/desk/forms/tables/food?done=saved"
    assert "编号已经有代码表在用" in other.post("/desk/forms/tables", sent).content.decode()
    assert other.get("/desk/forms/tables/food").status_code == 404
    assert other.post("/desk/forms/tables/food", {**sent, "revision": 0}).status_code == 404
    bad = own.post("/desk/forms/tables/food", {"title": "食品类别", "text": "代码,名称\n06,a\n06,b", "revision": 0})
    assert bad.status_code == 422 and "重复" in bad.content.decode() and "06,b" in bad.content.decode()
    assert own.post("/desk/forms/tables/food", {"title": "食品", "text": "代码,名称\n06,饮", "revision": 7}).status_code == 409
    assert own.post("/desk/forms/tables/food", {"title": "食品", "text": "代码,名称\n06,饮", "revision": 0}).status_code == 302
    assert CodeTable.objects.get().rows == {"06": {"名称": "饮"}}
