"""The settings of a field: what is only looked at and saved again stays the same form, to the letter."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hall.presentation.design.field_form import BadEntry, FieldForm
from hall.services.forms import rules
from hall.support.formrules import editing
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.files import load_forms
from hall.support.formrules.soundness import findings
from tests.make.forms import KIND_OF_APPLICATION, make_full_schema, make_schema, make_table
from tests.support.formrules.test_definition_properties import forms

SHIPPED = load_forms(Path(__file__).parents[3] / "data" / "forms").by_name
TEXT = {"type": "string", "title": "说明"}


def posted(form: FieldForm) -> dict[str, str]:
    """What a browser sends for the page as it is: boxes that are not ticked are not sent."""
    boxes = (
        "whole",
        "locked",
        "last",
        "drawn",
        "accept.pdf",
        "accept.jpg",
        "accept.png",
        "accept.docx",
        "accept.xlsx",
        "money",
        ".required",
        ".money",
    )
    return {name: text for name, text in form.before.items() if text or not name.endswith(boxes)}


def saved(schema: Mapping[str, Any], name: str, **changes: str) -> dict[str, Any]:
    """The form after the settings of one field were saved with these inputs changed (`__` stands for a dot)."""
    sent = posted(FieldForm(schema, name)) | {key.replace("__", "."): text for key, text in changes.items()}
    stored, is_required = FieldForm(schema, name, {key: text for key, text in sent.items() if text != "-"}).read()
    return editing.put_field(schema, name, stored, is_required=is_required)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_shipped_form_goes_through_the_designer_unchanged(name: str) -> None:
    schema = SHIPPED[name]
    for field in editing.names_of(schema):
        schema = saved(schema, field)
    assert schema == SHIPPED[name] and list(schema["properties"]) == list(SHIPPED[name]["properties"])
    assert rules.read_text(rules.written(schema)) == SHIPPED[name]


@given(forms())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_form_goes_through_the_designer_unchanged(schema: dict[str, Any]) -> None:
    before = copy.deepcopy(schema)
    for field in list(editing.names_of(schema)):
        schema = saved(schema, field)
    assert schema == before
    assert rules.digest_of(rules.read_text(rules.written(schema))) == rules.digest_of(before)


def test_a_full_form_goes_through_the_designer_unchanged() -> None:
    schema = make_full_schema()
    for field in list(editing.names_of(schema)):
        schema = saved(schema, field)
    assert schema == make_full_schema()


@pytest.mark.parametrize("key", [entry[0] for entry in editing.PALETTE])
def test_whatever_is_added_can_be_published_or_says_what_is_missing(key: str) -> None:
    schema, name = editing.add_field(make_schema(a=TEXT), key, 0)
    found = findings(schema)
    assert [finding.field for finding in found] == ([name] if key == "computed" else [])
    assert saved(schema, name) == schema


def test_settings_are_taken_over() -> None:
    schema = make_schema(a=KIND_OF_APPLICATION, b=TEXT, n={"type": "number", "title": "面积"})
    schema = saved(schema, "a", required="yes", opt__1__title="寄到家", opt__3__title="再一项", more="甲\n\n乙")
    assert schema["required"] == ["a"]
    assert [(o["const"], o["title"]) for o in schema["properties"]["a"]["oneOf"]] == [
        ("new", "新办"),
        ("mail", "寄到家"),
        ("other", "其他"),
        ("o1", "再一项"),
        ("o2", "甲"),
        ("o3", "乙"),
    ]
    look = next(value for _, entries in FieldForm(schema, "b").shown.groups() for value, words in entries if words == "选“新办”")
    schema = saved(schema, "b", required="yes", shown__0__look=look)
    assert schema["properties"]["b"]["x-shown-when"] == {"equals": "new", "field": "a"}
    assert schema["properties"]["b"]["x-required-when-shown"] is True and schema["required"] == ["a"]
    assert (
        FormDefinition.from_schema(schema).check({"a": "new"}, __import__("datetime").date(2026, 1, 1)).errors[0].sentence == "请填写说明"
    )
    schema = saved(schema, "n", whole="1", minimum="1,000", **{"x-unit": "平方米"})
    assert schema["properties"]["n"] == {"type": "integer", "title": "面积", "minimum": 1000, "x-unit": "平方米"}
    with pytest.raises(BadEntry, match="应为数字"):
        saved(schema, "n", minimum="很大")


def test_columns_are_added_changed_and_taken_out() -> None:
    schema = make_schema(t=make_table("name", "count"))
    schema = saved(schema, "t", col__2__title="类别", col__2__kind="select")
    schema = saved(schema, "t", col__2__options="甲类\n乙类", col__2__required="1")
    items = schema["properties"]["t"]["items"]
    assert items["x-columns"] == ["name", "count", "c1"] and items["required"] == ["name", "c1"]
    assert items["properties"]["c1"]["oneOf"] == [{"const": "o1", "title": "甲类"}, {"const": "o2", "title": "乙类"}]
    schema = saved(schema, "t", col__1__drop="1")
    assert schema["properties"]["t"]["items"]["x-columns"] == ["name", "c1"]
    assert findings(schema) == ()


def test_every_fault_is_named_with_its_field_and_what_only_follows_is_not() -> None:
    schema = make_schema(
        a={**KIND_OF_APPLICATION, "title": "甲", "x-shown-when": {"field": "b", "equals": "new"}},
        b={**KIND_OF_APPLICATION, "title": "乙", "x-shown-when": {"field": "a", "equals": "new"}},
        c={**TEXT, "title": "丙", "minLength": 9, "maxLength": 3},
        d={**TEXT, "title": "丁", "x-shown-when": {"field": "c", "is_filled": True}},
    )
    assert [(finding.field, finding.sentence) for finding in findings(schema)] == [
        ("a", "“甲”（x-shown-when）：“甲”和“乙”互相依赖，成了一个圈"),
        ("b", "“乙”（x-shown-when）：“乙”和“甲”互相依赖，成了一个圈"),
        ("c", "“丙”（minLength）：minLength 大于 maxLength"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "第 1 行第 2 列不是 JSON"),
        ("[]", "应是一个 JSON 对象"),
        ('{"a": 1, "a": 2}', "同一个名字出现了两次"),
        ('{"a": "' + "x" * 1_000_000 + '"}', "超过 256 KB"),
        ("[" * 100_000, "内容不能读"),
        ("", "不是 JSON"),
    ],
)
def test_what_is_no_form_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(rules.NotReadable, match=sentence):
        rules.read_text(text)


def test_moving_goes_over_the_edge_of_a_section_and_back() -> None:
    schema = make_full_schema()
    moved = editing.move_field(schema, "region", 1)
    assert [section["fields"] for section in moved["x-sections"]] == [
        ["kind", "site"],
        ["region", "note", "equipment", "total"],
        ["period", "signature"],
    ]
    assert editing.move_field(moved, "region", -1) == schema
    assert editing.move_field(schema, "kind", -1) == schema


def test_a_section_that_goes_leaves_its_fields() -> None:
    assert [section["fields"] for section in editing.drop_section(make_full_schema(), 1)["x-sections"]] == [
        ["kind", "site", "region", "note", "equipment", "total"],
        ["period", "signature"],
    ]


def test_a_form_has_its_limit() -> None:
    schema = make_schema(**{f"f{n}": TEXT for n in range(1, 121)})
    with pytest.raises(editing.FormFull):
        editing.add_field(schema, "text", 0)
