"""Rows of items.jsonl: every fault is found, with its field, and nothing good is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue.intake.cells import Cells
from hall.services.catalogue.intake.items import ItemRecord, Known, check_item
from hall.services.catalogue.report import Problem
from tests.make.catalogue import DATA, item_row, material_row

KNOWN = Known(departments={"SD02"}, themes={"L08"}, cert_types={"ID_CARD"}, items={"370100000001"})


def check(row: dict[str, Any], known: Known = KNOWN) -> tuple[ItemRecord, list[Problem]]:
    problems: list[Problem] = []
    return check_item(Cells("items.jsonl", 7, row, problems), 7, known), problems


def faults(**changes: Any) -> list[str]:
    _, problems = check(item_row(**changes))
    assert all((problem.file, problem.line) == ("items.jsonl", 7) for problem in problems)
    return [problem.field for problem in problems]


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in item_row().items() if name != field}


def test_a_good_row_has_no_fault() -> None:
    record, problems = check(item_row(themes=["L08"], related={"followup": ["370100000001"]}))
    assert problems == []
    assert record.relations == (("followup", "370100000001"),)
    assert record.content["leader_approval"] is True
    assert record.materials[0]["key"] == "m1"


@pytest.mark.parametrize("field", ["name", "type", "dept_code", "audience", "promised_days", "day_unit", "materials", "online_depth"])
@pytest.mark.parametrize("is_null", [True, False])
def test_a_missing_field_is_named(field: str, is_null: bool) -> None:
    row = without(field) | ({field: None} if is_null else {})
    assert (field, "缺少这一项") in [(problem.field, problem.reason) for problem in check(row)[1]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "37010200100"}, "code"),
        ({"code": 370102001000}, "code"),
        ({"name": "  "}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"name": "含\x00零"}, "name"),
        ({"name": "半\ud800字"}, "name"),
        ({"type": "licence"}, "type"),
        ({"type_code": "07"}, "type_code"),
        ({"type_name": "公共服务"}, "type_name"),
        ({"dept_code": "SD99"}, "dept_code"),
        ({"levels": []}, "levels"),
        ({"levels": ["planet"]}, "levels[0]"),
        ({"levels": "province"}, "levels"),
        ({"audience": ["person", "person"]}, "audience"),
        ({"themes": ["P99"]}, "themes"),
        ({"statutory_days": -1}, "statutory_days"),
        ({"statutory_days": 20.5}, "statutory_days"),
        ({"promised_days": True}, "promised_days"),
        ({"promised_days": 21}, "promised_days"),
        ({"promised_days": 0}, "handling_type"),
        ({"handling_type": "instant"}, "handling_type"),
        ({"day_unit": "weeks"}, "day_unit"),
        ({"online_depth": "complete"}, "online_depth"),
        ({"onsite_visits": 1}, "onsite_visits"),
        ({"applicable": "yes"}, "applicable"),
        ({"applicable": False}, "online_depth"),
        ({"charged": True, "fee": ""}, "fee"),
        ({"region_scope": "moon"}, "region_scope"),
        ({"status": "draft"}, "status"),
        ({"impl_code": "1" * 30}, "impl_code"),
        ({"impl_code": "1" * 31}, "impl_code"),
        ({"legal_basis": ["甲", "甲"]}, "legal_basis"),
        ({"conditions": ["甲", ""]}, "conditions[1]"),
        ({"keywords": [1]}, "keywords[0]"),
        ({"related": {"followup": ["370199999999"]}}, "related.followup"),
        ({"related": {"friend": []}}, "related.friend"),
        ({"related": []}, "related"),
        ({"leader_aproval": True}, "leader_aproval"),
        ({"leader_approval": 1}, "leader_approval"),
        ({"result_kind": "paper"}, "result_kind"),
        ({"faqs": [{"question": "多久", "answer": 3}]}, "faqs[0].answer"),
        ({"faqs": [{"question": "多久"}]}, "faqs[0].answer"),
        ({"places": ["窗口"]}, "places[0]"),
        ({"co_departments": ["SD77"]}, "co_departments"),
        ({"flow_steps": [{"name": "审查", "days": 11}]}, "flow_steps"),
        ({"materials": [material_row(1), material_row(1)]}, "materials[1].seq"),
        ({"materials": [material_row(accept=[])]}, "materials[0].accept"),
        ({"materials": [material_row(accept=["exe"])]}, "materials[0].accept"),
        ({"materials": [material_row(max_mb=0)]}, "materials[0].max_mb"),
        ({"materials": [material_row(cert_type="PASSPORT")]}, "materials[0].cert_type"),
        ({"materials": [material_row(necessity="must")]}, "materials[0].necessity"),
        ({"materials": [material_row(colour="red")]}, "materials[0].colour"),
        ({"materials": "none"}, "materials"),
    ],
)
def test_each_fault_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    assert field in faults(**changes)


def test_an_item_cannot_be_related_to_itself() -> None:
    row = item_row(code="370100000001", related={"parallel": ["370100000001"]})
    assert [problem.field for problem in check(row)[1]] == ["related.parallel"]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert {"name", "type", "dept_code"} <= set(faults(name="", type="x", dept_code="SD99"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from([*item_row(), "fees", "places", "status", "impl_code", "co_departments"]), value=JSON)
def test_no_value_crashes_the_check(field: str, value: Any) -> None:
    record, problems = check(item_row(**{field: value}))
    assert problems or json.dumps([dict(record.content), record.materials])


@given(seq=st.permutations([1, 2, 3]))
def test_the_digest_does_not_depend_on_the_order_in_the_file(seq: list[int]) -> None:
    row = item_row(code="370100000001", materials=[material_row(number, name=f"材料{number}") for number in seq])
    straight = item_row(code="370100000001", materials=[material_row(number, name=f"材料{number}") for number in (1, 2, 3)])
    assert check(dict(reversed(row.items())))[0].digest == check(straight)[0].digest


def test_another_content_gives_another_digest() -> None:
    first, second = (check(item_row(code="370100000001", promised_days=days))[0].digest for days in (10, 9))
    assert first != second


def test_the_shipped_items_have_no_fault() -> None:
    rows = [json.loads(line) for line in (DATA / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    known = Known(
        departments={row["dept_code"] for row in rows},
        themes={theme for row in rows for theme in row["themes"]},
        cert_types={m["cert_type"] for row in rows for m in row["materials"] if "cert_type" in m},
        items={row["code"] for row in rows},
    )
    assert [str(problem) for row in rows for problem in check(row, known)[1]] == []
