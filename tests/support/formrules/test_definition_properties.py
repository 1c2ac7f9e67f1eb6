"""Stored forms, whatever they are and whatever is sent: property tests."""

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hall.support.formrules.definition import BadForm, FormDefinition
from tests.make.forms import NOTE, RANGE, REGION, SIGNATURE, make_table
from tests.support.formrules.test_definition import (
    AREA,
    CHOICE,
    DAY,
    FUND,
    MOBILE,
    MULTI,
    PROMISE,
    STAFF,
    TEXT,
    TODAY,
    YES_NO,
    form,
)

# Properties: forms made from our vocabulary

WORDS = st.text("甲乙丙丁戊己庚辛 abc", min_size=1, max_size=12).map(lambda text: text.strip() or "甲")


PLAIN = [TEXT, AREA, STAFF, FUND, DAY, CHOICE, MULTI, YES_NO, PROMISE, MOBILE]


@st.composite
def looks_at(draw: st.DrawFn, name: str, other: dict[str, Any]) -> dict[str, Any]:
    if other.get("x-widget") == "table":
        return {"field": name, "is_filled": True}
    value = draw(st.booleans() if other["type"] == "boolean" else st.sampled_from(["new", "mail", "other"]))
    return draw(st.sampled_from([{"field": name, "equals": value}, {"field": name, "in": [value]}, {"field": name, "not_in": [value]}]))


@st.composite
def stored_fields(draw: st.DrawFn, earlier: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    stored = copy.deepcopy(draw(st.sampled_from([*PLAIN, RANGE, SIGNATURE, REGION, NOTE, make_table()])))
    stored["title"] = draw(WORDS)
    if draw(st.booleans()):
        stored["x-hint"] = draw(WORDS)
    is_required = draw(st.booleans()) and stored["type"] != "null"
    asking = {
        name: other
        for name, other in earlier.items()
        if "items" in other or "oneOf" in other or (other["type"] == "boolean" and "const" not in other)
    }
    if asking and draw(st.booleans()):
        looks = [
            draw(looks_at(name, asking[name]))
            for name in draw(st.lists(st.sampled_from(sorted(asking)), min_size=1, max_size=2, unique=True))
        ]
        stored["x-shown-when"] = looks[0] if len(looks) == 1 else {draw(st.sampled_from(["all", "any"])): looks}
        if is_required:
            stored["x-required-when-shown"] = True
        is_required = False
    return stored, is_required


def can_be_reached(schema: dict[str, Any]) -> bool:
    """Whether no field's conditions contradict one another: such forms are refused, and have their own tests."""
    try:
        FormDefinition.from_schema(schema)
    except BadForm as bad:
        assert "互相矛盾" in bad.reason
        return False
    return True


def forms() -> st.SearchStrategy[dict[str, Any]]:
    return any_forms().filter(can_be_reached)


@st.composite
def any_forms(draw: st.DrawFn) -> dict[str, Any]:
    properties: dict[str, dict[str, Any]] = {}
    required = []
    for at in range(draw(st.integers(1, 8))):
        properties[f"f{at}"], is_required = draw(stored_fields(properties))
        required += [f"f{at}"] * is_required
    schema = form(tuple(required), **properties)
    cut = draw(st.integers(0, len(properties) - 1))
    names = list(properties)
    schema["x-sections"] = [{"title": "节", "fields": part} for part in (names[:cut], names[cut:]) if part]
    return schema


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=4)
    | st.sampled_from(["new", "mail", "yes", "no", "2026-01-02", "13853112345", "30000", "1,2", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["from", "to", "name", "agreed", "count", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(forms(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_a_form_survives_storage_whatever_order_its_keys_come_back_in(schema: dict[str, Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(part) for part in value] if isinstance(value, list) else value

    stored = shuffled(json.loads(json.dumps(schema)))
    definition = FormDefinition.from_schema(schema)
    assert FormDefinition.from_schema(stored) == definition
    assert [field.name for field in definition.fields] == [name for section in schema["x-sections"] for name in section["fields"]]
    Draft202012Validator.check_schema(schema)


@given(forms(), st.dictionaries(st.sampled_from([f"f{n}" for n in range(9)]), JUNK))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_check_never_raises_and_what_passes_is_valid_json_schema_and_stays(schema: dict[str, Any], sent: dict[str, Any]) -> None:
    definition = FormDefinition.from_schema(schema)
    checked = definition.check(sent, TODAY)
    drafted = definition.check_partial(sent, TODAY)
    json.dumps(checked.values, allow_nan=False).encode()
    json.dumps(drafted.values, allow_nan=False, ensure_ascii=False).encode()
    definition.answers(sent)
    again = definition.check(checked.values, TODAY)
    assert again.values == checked.values
    assert definition.check(drafted.values, TODAY).values == checked.values
    if checked.is_valid:
        Draft202012Validator(schema).validate(checked.values)
        assert again.errors == ()
