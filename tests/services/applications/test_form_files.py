"""Files that a form asks for itself: kept with all the checks of materials, shown in the case, never typed by anybody (§5.3.2)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hall.services.applications import commands, form_uploads, joint, joint_queries, queries
from hall.services.applications.models import DraftMaterial
from hall.services.applications.rules import NotComplete
from hall.services.cases import commands as case_commands
from hall.services.cases import handling
from hall.services.cases import queries as cases
from hall.services.cases.models import CaseMaterial
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound
from tests.make.applications import make_draft, make_file
from tests.make.catalogue import make_item
from tests.make.files import make_jpg, make_pdf, make_png
from tests.make.forms import SIGNATURE, make_schema
from tests.make.people import NOW, actor_for, citizen_actor, make_citizen, make_staff, signed_in

pytestmark = pytest.mark.django_db
PLAN = {"type": "array", "title": "设备布局图", "x-widget": "file", "maxItems": 2, "x-accept": ["pdf", "png"], "x-max-mb": 1}
NAME = {"type": "string", "title": "名称"}
DRAWN = {**SIGNATURE, "x-drawn": True}


def item_asking(*required: str, **fields: Any) -> ItemVersionRow:
    schema = make_schema(required=required, **fields)
    return make_item(form_schemas={"person": schema, "org": schema})


class Filling:
    """Somebody with a draft, in his browser."""

    def __init__(self, item: ItemVersionRow) -> None:
        account_id = make_citizen()
        self.person, self.browser = actor_for(account_id), signed_in(account_id)
        self.draft_id = make_draft(self.person, item, is_filled=False)
        self.path = f"/my/applications/{self.draft_id}/form"

    @property
    def page(self) -> queries.DraftPage:
        found = queries.draft_page(self.person, self.draft_id, now=NOW)
        assert found is not None
        return found

    def send(self, go: str = "next", browser: Client | None = None, **sent: Any) -> Any:
        fields = {name.replace("__", "."): value for name, value in sent.items()}
        return (browser or self.browser).post(self.path, {"version": self.page.revision, "step": "1", "go": go, **fields})

    def submit(self) -> str:
        done = commands.submit_application(actor=self.person, draft_id=self.draft_id, revision=self.page.revision, now=NOW)
        return done.serial


def pdf(name: str = "布局图.pdf", text: str = "plan") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_pdf(text=text))


def test_a_file_is_sent_with_the_form_and_comes_with_the_case() -> None:
    filling = Filling(item_asking("plan", name=NAME, plan=PLAN))
    missing = filling.send(name="泉城")
    assert missing.status_code == 422 and "请上传设备布局图" in missing.content.decode()
    answer = filling.send("upload:plan", name="泉城饮品", plan__file=pdf())
    assert answer.status_code == 302 and answer.headers["Location"].endswith("#f-plan")
    shown = filling.browser.get(filling.path).content.decode()
    file = next(one for one in filling.page.files if one.material_key == "form.plan")
    assert f"/my/applications/{filling.draft_id}/files/{file.file.file_id}" in shown and "布局图.pdf" in shown and "泉城饮品" in shown
    assert filling.send(name="泉城饮品").headers["Location"].endswith("/materials")
    case = cases.case_file(filling.person, filling.submit(), now=NOW)
    assert case is not None
    assert [one["name"] for one in case.answers["plan"]] == ["布局图.pdf"]
    assert [(one.name, one.file_name) for one in case.materials if one.key == "form.plan"] == [("设备布局图", "布局图.pdf")]


def test_several_files_up_to_the_number_and_off_again() -> None:
    filling = Filling(item_asking(plan=PLAN))
    for at in (1, 2):
        filling.send("upload:plan", plan__file=pdf(f"{at}.pdf", f"page {at}"))
    third = filling.send("upload:plan", plan__file=pdf("3.pdf", "page 3"))
    assert third.status_code == 422 and "请先删除" in third.content.decode()
    first = filling.page.answers["plan"][0]
    assert filling.send(f"unfile:{first['id']}").status_code == 302
    assert [one["name"] for one in filling.page.answers["plan"]] == ["2.pdf"]
    material = next(file for file in filling.page.files if not file.material_key.startswith("form."))
    filling.send(f"unfile:{material.file.file_id}")
    assert material in filling.page.files, "the form's button takes only the form's files off"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (lambda: SimpleUploadedFile("图.jpg", make_jpg()), "PDF"),
        (lambda: SimpleUploadedFile("图.pdf", b"%PDF-1.7 broken"), "重新"),
        (lambda: SimpleUploadedFile("大.pdf", make_pdf() + b"%" * (1 << 20)), "1 MB"),
        (lambda: SimpleUploadedFile("空.pdf", b""), "空"),
    ],
)
def test_a_bad_file_is_refused_beside_its_field_and_nothing_is_lost(file: Any, sentence: str) -> None:
    filling = Filling(item_asking(name=NAME, plan=PLAN))
    answer = filling.send("upload:plan", name="泉城", plan__file=file())
    text = answer.content.decode()
    assert answer.status_code == 422 and "设备布局图：" in text and sentence in text and 'value="泉城"' in text
    assert not DraftMaterial.objects.filter(material_key="form.plan").exists()


def test_nobody_types_a_file() -> None:
    filling, other = Filling(item_asking("plan", plan=PLAN)), Filling(item_asking(plan=PLAN))
    other.send("upload:plan", plan__file=pdf())
    stolen = other.page.answers["plan"][0]["id"]
    filling.send(**{"plan": stolen, "plan.id": stolen, "plan.name": "x.pdf", "plan.0.id": stolen, "plan.0.name": "x.pdf"})
    assert "plan" not in filling.page.answers
    with pytest.raises(NotComplete):
        filling.submit()
    assert other.send("upload:plan", browser=filling.browser, plan__file=pdf()).status_code == 404
    assert filling.browser.get(f"/my/applications/{other.draft_id}/files/{stolen}").status_code == 404
    told = {"actor": filling.person, "draft_id": filling.draft_id, "file": make_file(filling.person), "now": NOW}
    for name in ("ghost", "plan2", ""):
        with pytest.raises(NotFound):
            form_uploads.add_form_file(name=name, **told)


def test_a_signature_is_drawn_or_typed_and_always_agreed_to() -> None:
    filling = Filling(item_asking("sign", sign=DRAWN))
    picture = SimpleUploadedFile("手写签名.png", make_png())
    assert filling.send("upload:sign", sign__file=picture).status_code == 302
    assert filling.send().status_code == 422, "a picture alone is no consent"
    assert filling.send(sign__agreed="yes").headers["Location"].endswith("/materials")
    newer = SimpleUploadedFile("再签一次.png", make_png(seed="again"))
    filling.send("upload:sign", sign__agreed="yes", sign__file=newer)
    assert filling.page.answers["sign"]["picture"]["name"] == "再签一次.png"
    assert DraftMaterial.objects.filter(material_key="form.sign").count() == 1, "a new one takes the place of the old"
    case = cases.case_file(filling.person, filling.submit(), now=NOW)
    assert case is not None and case.answers["sign"]["agreed"] is True
    assert [one.file_name for one in case.materials if one.key == "form.sign"] == ["再签一次.png"]
    typed = Filling(item_asking("sign", sign=DRAWN))
    assert typed.send(sign__name="王建国", sign__agreed="yes").headers["Location"].endswith("/materials")
    neither = typed.send(sign__agreed="yes")
    assert neither.status_code == 422 and "手写签名，或者填写您的姓名" in neither.content.decode()


def test_a_file_of_the_form_is_corrected_like_a_material() -> None:
    filling = Filling(item_asking("plan", plan=PLAN))
    filling.send("upload:plan", plan__file=pdf("模糊.pdf"))
    serial = filling.submit()
    clerk_id = make_staff(Role.CLERK, department_code="SD02")
    clerk, desk = actor_for(clerk_id), signed_in(clerk_id)
    handling.claim_case(actor=clerk, serial=serial, now=NOW)
    shown = desk.get(f"/desk/cases/{serial}").content.decode()
    assert "模糊.pdf" in shown and "form.plan" in shown, "it stands among the materials, and can be asked for again"
    case = cases.case_file(clerk, serial, now=NOW)
    assert case is not None
    points = [handling.Point("material", "form.plan", "设备布局图", "看不清")]
    handling.request_correction(actor=clerk, serial=serial, revision=case.row.revision, points=points, now=NOW)
    page = f"/my/cases/{serial}/correction"
    assert 'accept=".pdf,.png"' in filling.browser.get(page).content.decode()
    case = cases.case_file(filling.person, serial, now=NOW)
    assert case is not None
    files = f"{page}/{case.points[0].point_id}/files"
    assert filling.browser.post(files, {"file": SimpleUploadedFile("图.jpg", make_jpg())}).status_code == 422
    assert filling.browser.post(files, {"file": pdf("清楚.pdf", "clear")}).status_code == 302
    case_commands.resubmit_case(actor=filling.person, serial=serial, now=NOW)
    case = cases.case_file(filling.person, serial, now=NOW)
    assert case is not None and [one["name"] for one in case.answers["plan"]] == ["清楚.pdf"]
    assert [one.file_name for one in case.latest_materials if one.key == "form.plan"] == ["清楚.pdf"]


def test_a_field_that_is_not_asked_leaves_its_file_at_home() -> None:
    kind = {"type": "string", "title": "类型", "oneOf": [{"const": "new", "title": "新办"}, {"const": "old", "title": "延续"}]}
    filling = Filling(item_asking("kind", kind=kind, plan={**PLAN, "x-shown-when": {"field": "kind", "equals": "new"}}))
    filling.send("upload:plan", kind="new", plan__file=pdf())
    filling.send(kind="old")
    case = cases.case_file(filling.person, filling.submit(), now=NOW)
    assert case is not None and "plan" not in case.answers and not [one for one in case.materials if one.key == "form.plan"]


def test_together_with_others_it_is_a_material() -> None:
    person: Actor = citizen_actor()
    codes = [item_asking("plan", name=NAME, plan=PLAN, sign=DRAWN).code, item_asking(name=NAME).code]
    draft_id = joint.start_joint(actor=person, codes=codes, name="开店", now=NOW)
    page = joint_queries.joint_draft_page(person, draft_id, now=NOW)
    assert page is not None and [field.name for field in page.whole.form.definition.fields] == ["name", "sign"]
    [plan] = [one for one in page.whole.materials if one.name == "设备布局图"]
    assert plan.is_required and plan.accept == ("pdf", "png")
    joint.save_joint(actor=person, draft_id=draft_id, revision=page.revision, answers={"name": "泉城"}, now=NOW)
    for material in page.whole.materials:
        joint.add_material(actor=person, draft_id=draft_id, material_key=material.key, file=make_file(person), now=NOW)
    page = joint_queries.joint_draft_page(person, draft_id, now=NOW)
    assert page is not None and page.faults == ()
    joint.submit_joint(actor=person, draft_id=draft_id, revision=page.revision, now=NOW)
    [given] = CaseMaterial.objects.filter(material_key="form.plan")
    assert given.case.item_code == codes[0] and given.material_name == "设备布局图"
