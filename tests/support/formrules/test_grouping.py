"""Groups of fields: a copy is the group under other names, and a newer version finds its fields wherever they went."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hall.support.formrules import editing, grouping
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.grouping import BadGroup, GroupThere
from hall.support.formrules.soundness import findings
from tests.make.forms import KIND_OF_APPLICATION, NEW_SITE, SUM, make_schema, make_table
from tests.support.formrules.test_definition_properties import forms

KEY = "0123456789"
TEXT = {"type": "string", "title": "说明"}
PHONE = {"type": "string", "title": "联系电话", "x-rule": "phone"}


def a_group(**fields: Any) -> dict[str, Any]:
    return grouping.group_of(make_schema(required=("kind",), **(fields or {"kind": KIND_OF_APPLICATION, "site": NEW_SITE})), 0, "申请")


def titles(schema: dict[str, Any]) -> list[list[str]]:
    return [[schema["properties"][name]["title"] for name in section["fields"]] for section in schema["x-sections"]]


@given(forms())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_copy_asks_what_the_group_asks(schema: dict[str, Any]) -> None:
    """Sections that stand by themselves; the fields of the target have the same names, so every copy is renamed."""
    try:
        group = grouping.group_of(schema, 0, "组")
    except BadGroup as bad:
        assert "以外的" in bad.shown
        return
    taken = make_schema(**dict.fromkeys(group["properties"], TEXT))
    copied, first = grouping.inserted(taken, group, KEY, 3)
    assert findings(copied) == () and first == copied["x-sections"][-1]["fields"][0]
    was = FormDefinition.from_schema(group).sections[0].fields
    now = FormDefinition.from_schema(copied).sections[-1].fields
    names = {old.name: new.name for old, new in zip(was, now, strict=True)}
    assert not names.keys() & set(names.values()) and len(names) == len(was)
    for old, new in zip(was, now, strict=True):
        assert (old.title, old.kind, old.is_required, old.options) == (new.title, new.kind, new.is_required, new.options)
        assert [[names[look.field] for look in one.looks] for one in old.conditions] == [
            [look.field for look in one.looks] for one in new.conditions
        ]
    assert grouping.versions_in(copied) == {KEY: 3}
    assert grouping.renewed(copied, group, KEY, 3) == copied, "the same version again is the same form"


def test_a_newer_version_finds_its_fields_wherever_they_were_moved() -> None:
    form = make_schema(required=("kind",), kind=TEXT, own=TEXT)
    form, _ = grouping.inserted(form, a_group(), KEY, 1)
    form = editing.move_field(form, "f1", -1)
    assert [section["fields"] for section in form["x-sections"]] == [["kind", "own", "f1"], ["site"]]
    before = copy.deepcopy(form)
    newer = a_group(kind={**KIND_OF_APPLICATION, "title": "申请种类"}, site=NEW_SITE, phone=PHONE)
    form = grouping.renewed(form, newer, KEY, 2)
    assert form != before and grouping.versions_in(form) == {KEY: 2} and findings(form) == ()
    assert form["properties"]["f1"]["title"] == "申请种类" and form["required"] == ["kind", "f1"]
    assert form["properties"]["site"]["x-shown-when"] == {"field": "f1", "equals": "new"}
    everywhere = [name for section in form["x-sections"] for name in section["fields"]]
    assert everywhere.index("phone") == everywhere.index("site") + 1


def test_fields_that_the_group_lost_go_and_a_new_first_one_stands_in_front() -> None:
    form, _ = grouping.inserted(make_schema(own=TEXT), a_group(kind=KIND_OF_APPLICATION, note={**TEXT, "title": "备注"}), KEY, 1)
    form = grouping.renewed(form, a_group(phone=PHONE, kind=KIND_OF_APPLICATION), KEY, 2)
    assert titles(form) == [["说明"], ["联系电话", "申请类型"]] and findings(form) == ()
    form = grouping.renewed(form, a_group(kind2=KIND_OF_APPLICATION), KEY, 3)
    assert titles(form)[-1] == ["申请类型"] and findings({**form, "x-sections": [s for s in form["x-sections"] if s["fields"]]}) == ()


def test_a_group_saved_again_from_a_copy_keeps_the_names_of_its_fields() -> None:
    """The copy's fields have other names; other forms must still find theirs."""
    first, _ = grouping.inserted(make_schema(kind=TEXT, site=TEXT), a_group(), KEY, 1)
    assert first["x-sections"][1]["fields"] == ["f1", "f2"]
    other, _ = grouping.inserted(make_schema(own=TEXT), a_group(), KEY, 1)
    first["properties"]["f2"]["title"] = "新址"
    first, _ = editing.put_new(first, {**PHONE}, 1)
    newer = grouping.group_of(first, 1, "申请", KEY)
    assert newer["x-sections"][0]["fields"] == ["kind", "site", "f3"] and findings(newer) == ()
    assert newer["properties"]["site"]["x-shown-when"] == {"field": "kind", "equals": "new"}
    first = grouping.marked(first, 1, KEY, 2)
    assert grouping.versions_in(first) == {KEY: 2} and grouping.renewed(first, newer, KEY, 2) == first
    other = grouping.renewed(other, newer, KEY, 2)
    assert other["x-sections"][1]["fields"] == ["kind", "site", "f3"] and other["properties"]["site"]["title"] == "新址"


def test_tables_and_sums_are_copied_with_their_columns() -> None:
    form = make_schema(equipment=TEXT, total=TEXT)
    form, _ = grouping.inserted(form, a_group(equipment=make_table(), total=SUM), KEY, 1)
    assert form["properties"]["f2"]["x-compute"] == {"op": "sum", "of": ["f1.total"], "as": "amount"} and findings(form) == ()


def test_a_section_that_looks_elsewhere_is_no_group() -> None:
    form = make_schema(kind=KIND_OF_APPLICATION, site=NEW_SITE)
    form["x-sections"] = [{"title": "一", "fields": ["kind"]}, {"title": "二", "fields": ["site"]}]
    with pytest.raises(BadGroup, match="“新增地址”要看这一节以外的“申请类型”"):
        grouping.group_of(form, 1, "地址")
    for place in (-1, 2, 99):
        with pytest.raises(BadGroup, match="还没有字段"):
            grouping.group_of(form, place, "没有")


@pytest.mark.parametrize(
    "odd", [{"x-shown-when": 7}, {"x-shown-when": {"all": 7}}, {"x-shown-when": {"any": [3, {"field": {}}]}}, {"x-compute": {"of": 7}}]
)
def test_what_is_no_condition_is_left_for_the_checks_to_tell(odd: dict[str, Any]) -> None:
    assert findings(grouping.group_of(make_schema(own={**TEXT, **odd}), 0, "组")) != ()


def test_a_group_is_put_in_once_and_a_copy_of_its_field_is_nobodys() -> None:
    form, first = grouping.inserted(make_schema(own=TEXT), a_group(), KEY, 1)
    with pytest.raises(GroupThere):
        grouping.inserted(form, a_group(), KEY, 1)
    form, name = editing.copy_field(form, first)
    assert "x-group" not in form["properties"][name]


def test_a_full_form_takes_no_group() -> None:
    with pytest.raises(editing.FormFull):
        grouping.inserted(make_schema(**{f"f{n}": TEXT for n in range(1, 120)}), a_group(), KEY, 1)


@pytest.mark.parametrize("mark", [7, {}, {"group": 1, "version": 1, "field": "a"}, {"group": "g"}, []])
def test_a_mark_that_is_none_says_nothing(mark: Any) -> None:
    assert grouping.versions_in(make_schema(own={**TEXT, "x-group": mark})) == {}
