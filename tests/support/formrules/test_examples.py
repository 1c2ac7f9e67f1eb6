"""Forms filled in as a sample: whole and right, or not at all."""

import json
from datetime import date
from typing import Any

import pytest

from hall.support.formrules import examples
from hall.support.formrules.definition import BadForm, FormDefinition
from hall.support.formrules.examples import example_values
from hall.support.formrules.rules import RULES
from tests.make.catalogue import DATA, FORM

ON = date(2026, 3, 2)
FORMS = sorted((DATA / "forms").glob("*.json"))


def form(**fields: dict[str, Any]) -> FormDefinition:
    return FormDefinition.from_schema(
        FORM | {"required": [], "properties": fields, "x-sections": [{"title": "一", "fields": list(fields)}]}
    )


@pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])
def test_every_shipped_form_has_a_whole_sample(path: Any) -> None:
    definition = FormDefinition.from_schema(json.loads(path.read_text(encoding="utf-8")))
    values = example_values(definition, ON)
    assert values is not None
    assert definition.check(values, ON).is_valid


@pytest.mark.parametrize("name", sorted(set(RULES) - {"date", "date_not_future", "date_not_past"}))
def test_every_rule_has_an_example_that_keeps_it(name: str) -> None:
    assert RULES[name].check(examples._BY_RULE[name], ON)


def test_without_an_example_for_a_required_field_there_is_no_sample() -> None:
    without = FORM | {"properties": {"project_name": {"type": "string", "title": "项目名称"}}}
    assert example_values(FormDefinition.from_schema(without), ON) is None
    assert example_values(FormDefinition.from_schema(FORM), ON) == {"project_name": "示例项目"}


def test_what_is_not_asked_is_left_out_and_what_need_not_be_filled_in_may_be_empty() -> None:
    definition = form(
        online={"type": "boolean", "title": "是否网络经营"},
        site={
            "type": "string",
            "title": "网站",
            "x-shown-when": {"field": "online", "equals": True},
            "x-required-when-shown": True,
        },
        remark={"type": "string", "title": "备注"},
        day={"type": "string", "format": "date", "title": "日期"},
    )
    assert example_values(definition, ON) == {"online": False, "day": "2026-03-02"}


def test_an_example_that_breaks_its_own_field_gives_no_sample() -> None:
    assert example_values(form(name={"type": "string", "title": "名称", "maxLength": 2, "examples": ["太长的名称"]}), ON) is None


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "title": "选", "oneOf": [{"const": "a", "title": "甲"}, {"const": "b", "title": "乙"}], "examples": ["a"]},
        {"type": "string", "title": "名称", "examples": []},
        {"type": "string", "title": "名称", "examples": [1]},
    ],
)
def test_an_example_where_none_belongs_is_a_bad_form(field: dict[str, Any]) -> None:
    with pytest.raises(BadForm):
        form(name=field)
