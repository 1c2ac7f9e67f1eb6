"""Filling in a form of several pages with a table, sums, conditions and a signature, without any script."""

import html
from typing import Any

import pytest

from hall.services.applications import commands, queries
from hall.services.cases import commands as cases
from hall.services.cases import handling
from hall.services.cases import queries as case_queries
from hall.services.cases.handling import Point
from hall.services.cases.rows import CaseFile
from tests.make.applications import Filed, make_file, make_filed
from tests.make.catalogue import make_item
from tests.make.forms import make_full_schema
from tests.make.people import NOW, actor_for, make_citizen, signed_in

pytestmark = pytest.mark.django_db
FIRST = {"kind": "new", "site": "济南市历下区泉城路 188 号", "region": "370102"}
ROW = {"equipment.0.name": "和面机", "equipment.0.count": "2", "equipment.0.price": "1,200.50"}
LAST = {"period.from": "2026-12-01", "period.to": "2026-12-31", "signature.name": "王建国", "signature.agreed": "yes"}


class Filling:
    """A citizen with a draft of the full form, and the browser in front of it."""

    def __init__(self) -> None:
        self.item = make_item(form_schemas={one: make_full_schema() for one in ("person", "org")})
        self.account_id = make_citizen()
        self.actor = actor_for(self.account_id)
        self.draft_id = commands.start_draft(actor=self.actor, item_code=self.item.code, now=NOW)
        self.client = signed_in(self.account_id)
        self.path = f"/my/applications/{self.draft_id}/form"

    @property
    def page(self) -> queries.DraftPage:
        found = queries.draft_page(self.actor, self.draft_id, now=NOW)
        assert found is not None
        return found

    def post(self, step: int, go: str, **answers: str) -> tuple[int, str, str]:
        answer = self.client.post(self.path, {"version": self.page.revision, "step": step, "go": go, **answers})
        return answer.status_code, answer.headers.get("Location", ""), html.unescape(answer.content.decode())


@pytest.fixture
def filling() -> Filling:
    return Filling()


def test_page_after_page_is_saved_and_checked(filling: Filling) -> None:
    assert filling.post(1, "next", **FIRST)[:2] == (302, f"{filling.path}?step=2")
    status, _, text = filling.post(2, "next", **{**ROW, "equipment.0.count": "0"}, **LAST)
    assert status == 422
    assert "生产设备第 1 行：数量不能小于 1，现在是 0" in text and 'href="#f-equipment.0.count"' in text
    assert filling.post(2, "back", **ROW, **LAST)[:2] == (302, f"{filling.path}?step=1")
    assert filling.page.answers["site"] == FIRST["site"]  # the first page's answers stayed
    assert filling.post(2, "next", **ROW, **LAST)[:2] == (302, f"/my/applications/{filling.draft_id}/materials")
    assert filling.page.answers["total"] == 240_100


def test_a_fault_on_an_earlier_page_leads_back_to_it(filling: Filling) -> None:
    assert filling.post(2, "next", **ROW, **LAST)[:2] == (302, f"{filling.path}?check=1&step=1")
    assert "请选择申请类型" in html.unescape(filling.client.get(f"{filling.path}?check=1&step=1").content.decode())


def test_rows_are_added_and_taken_out_by_plain_buttons(filling: Filling) -> None:
    assert filling.post(2, "row:equipment", **ROW)[:2] == (302, f"{filling.path}?step=2#f-equipment")
    text = filling.client.get(f"{filling.path}?step=2").content.decode()
    assert 'name="equipment.1.name"' in text and 'value="和面机"' in text
    filling.post(2, "drop:equipment.0", **ROW, **{"equipment.1.name": "烤炉"})
    assert filling.page.answers["equipment"] == [{"name": "烤炉"}]


@pytest.mark.parametrize("go", ["row:ghost", "drop:equipment.7", "drop:equipment.x", "drop:equipment", "row:", "drop:" + "9" * 5000])
def test_a_button_that_does_not_exist_changes_nothing(filling: Filling, go: str) -> None:
    filling.post(2, "leave", **ROW)
    filling.post(2, go, **ROW)
    held = {name: value for name, value in filling.page.answers.items() if name in {"equipment", "ghost"}}
    assert held == {"equipment": [{"name": "和面机", "count": "2", "price": "1,200.50", "total": 240_100}]}


def test_ten_thousand_rows_are_refused_and_nothing_is_changed(filling: Filling) -> None:
    filling.post(2, "leave", **ROW)
    before = filling.page.answers
    status, _, _ = filling.post(2, "next", **{f"equipment.{n}.name": "机" for n in range(10_000)})
    assert status == 413
    assert filling.page.answers == before


def test_autosave_tells_what_was_computed(filling: Filling) -> None:
    sent = {"version": filling.page.revision, "step": 2, **ROW}
    answer = filling.client.post(f"/my/applications/{filling.draft_id}/draft", sent)
    assert answer.json()["computed"] == {"equipment.0.total": "2,401.00 元", "total": "2,401.00 元"}


def test_words_in_a_form_are_words(filling: Filling) -> None:
    schema = make_full_schema()
    schema["properties"]["kind"]["title"] = schema["title"] = "<script>alert(1)</script>"
    make_item(code=filling.item.code, form_schemas=dict.fromkeys(("person", "org"), schema))
    commands.renew_draft(actor=filling.actor, draft_id=filling.draft_id, now=NOW)
    text = filling.client.get(filling.path).content.decode()
    assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text


def _filed(filling: Filling) -> tuple[str, dict[str, Any]]:
    filling.post(1, "next", **FIRST)
    filling.post(2, "next", **ROW, **LAST)
    for material in filling.page.version.materials:
        file = make_file(filling.actor)
        commands.add_material(actor=filling.actor, draft_id=filling.draft_id, material_key=material.key, file=file, now=NOW)
    done = commands.submit_application(actor=filling.actor, draft_id=filling.draft_id, revision=filling.page.revision, now=NOW)
    file_ = case_queries.case_file(filling.actor, done.serial, now=NOW)
    assert file_ is not None
    return done.serial, file_.answers


def test_what_was_filled_in_is_handed_in_and_read(filling: Filling) -> None:
    serial, answers = _filed(filling)
    assert answers["equipment"] == [{"name": "和面机", "count": 2, "price": 120_050, "total": 240_100}]
    assert (answers["total"], answers["period"]) == (240_100, {"from": "2026-12-01", "to": "2026-12-31"})
    text = html.unescape(filling.client.get(f"/my/cases/{serial}").content.decode())
    assert (
        "2,401.00 元" in text
        and "济南市历下区" in text
        and "王建国（本人键入姓名确认）" in text
        and "2026 年 12 月 1 日 至 2026 年 12 月 31 日" in text
    )


def test_a_table_is_corrected_row_by_row() -> None:
    filed = make_filed(form_schemas={one: make_full_schema() for one in ("person", "org")})
    assert filed.applicant.account_id is not None
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    points = [Point("field", "equipment", "生产设备", "数量与合同不符")]
    handling.request_correction(actor=filed.clerk, serial=filed.serial, revision=_file(filed).row.revision, points=points, now=NOW)
    (point,) = _file(filed).points
    client, path = signed_in(filed.applicant.account_id), f"/my/cases/{filed.serial}/correction"
    assert 'name="equipment.0.count"' in client.get(path).content.decode()
    row = {"equipment.0.name": "机", "equipment.0.count": "3", "equipment.0.price": "1"}
    wrong = client.post(f"{path}/{point.point_id}/value", {**row, "equipment.0.count": "0"})
    assert wrong.status_code == 422 and "数量不能小于 1" in html.unescape(wrong.content.decode())
    assert client.post(f"{path}/{point.point_id}/value", row).status_code == 302
    cases.resubmit_case(actor=filed.applicant, serial=filed.serial, now=NOW)
    answers = _file(filed).answers
    assert (answers["equipment"], answers["total"]) == ([{"name": "机", "count": 3, "price": 100, "total": 300}], 300)


def _file(filed: Filed) -> CaseFile:
    found = case_queries.case_file(filed.applicant, filed.serial, now=NOW)
    assert found is not None
    return found
