"""Answers of several parts, computed fields and conditions: what is taken, what is refused, and in which words."""

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.formrules.answering import TableText, gathered, packed, unpacked
from hall.support.formrules.computing import years_between
from hall.support.formrules.conditions import look_holds, read_condition
from hall.support.formrules.definition import BadForm, FieldError, FormDefinition
from hall.support.formrules.fields import Field, FormCheck
from hall.support.formrules.view import form_view
from hall.support.formrules.vocabulary import Kind
from tests.make.forms import NEW_SITE, NOTE, RANGE, REGION, SIGNATURE, SUM, make_full_schema, make_schema, make_table

TODAY = date(2026, 11, 23)
CHOICE = {"type": "string", "title": "类型", "oneOf": [{"const": "a", "title": "甲"}, {"const": "b", "title": "乙"}]}
TEXT = {"type": "string", "title": "说明"}
AREA = {"type": "number", "title": "面积", "x-unit": "平方米"}
FUND = {"type": "integer", "title": "资金", "x-widget": "amount"}


def checked(raw: object, stored: dict[str, Any], *, is_required: bool = False) -> tuple[Any, list[FieldError]]:
    found = FormDefinition.from_schema(make_schema(required=("answer",) if is_required else (), answer=stored)).check(
        {"answer": raw}, TODAY
    )
    return found.values.get("answer"), list(found.errors)


def test_a_range_a_signature_and_a_region_are_read() -> None:
    assert checked({"from": "2026/1/2", "to": "2026年3月4日"}, RANGE) == ({"from": "2026-01-02", "to": "2026-03-04"}, [])
    assert checked({"name": " 王建国 ", "agreed": "yes"}, SIGNATURE) == ({"name": "王建国", "agreed": True}, [])
    assert checked("370102", REGION) == ("370102", [])


@pytest.mark.parametrize(
    ("raw", "stored", "sentence"),
    [
        ({"from": "2026-01-02"}, RANGE, "请把展览日期的止日期也填上"),
        ({"from": "2026-02-02", "to": "2026-01-02"}, RANGE, "展览日期的止日期（2026-01-02）早于起日期（2026-02-02），请核对"),
        ({"from": "去年", "to": "2026-01-02"}, RANGE, "展览日期：日期应像 2026-11-23 这样，写明年、月、日"),
        ({"agreed": "yes"}, SIGNATURE, "请在申请人签名处填写您的姓名"),
        ({"name": "王建国"}, SIGNATURE, "请勾选申请人签名处的确认，姓名才作为签名"),
        ({"name": "王1", "agreed": "on"}, SIGNATURE, "申请人签名：姓名请按身份证件填写汉字（可含“·”），外国人填写护照上的字母"),
        ("999999", REGION, "请在经营地区的选项中选择一项"),
        ([{"name": "机"}] * 6, make_table(), "生产设备最多填写 5 行，现在是 6 行"),
        ([{"name": "机"}] * 10_000, make_table(), "生产设备最多填写 5 行，现在是 10000 行"),
        ([{"name": "机"}], make_table(minItems=2), "生产设备至少填写 2 行，现在是 1 行"),
    ],
)
def test_a_wrong_answer_is_told_in_words(raw: object, stored: dict[str, Any], sentence: str) -> None:
    assert checked(raw, stored) == (None, [FieldError("answer", sentence)])


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (RANGE, "请选择展览日期"),
        (SIGNATURE, "请在申请人签名处签名"),
        (REGION, "请选择经营地区"),
        (make_table(), "请填写生产设备，至少 1 行"),
    ],
)
@pytest.mark.parametrize("raw", [None, "", {}, [], [{}], [{"name": " "}], {"from": ""}, 7, True, "x"])
def test_what_is_missing_is_told_in_words(stored: dict[str, Any], sentence: str, raw: object) -> None:
    if stored is REGION and isinstance(raw, str | int) and raw not in ("", None):
        return  # those are wrong, not missing
    assert checked(raw, stored, is_required=True) == (None, [FieldError("answer", sentence)])


def test_cells_are_named_and_empty_rows_count_for_nothing() -> None:
    rows = [{"name": "和面机", "count": "2", "price": "1,200.5"}, {"name": "", "count": " "}, {"count": "0"}]
    _, errors = checked(rows, make_table())
    assert errors == [
        FieldError("answer.2.name", "生产设备第 3 行：请填写设备名称"),
        FieldError("answer.2.count", "生产设备第 3 行：数量不能小于 1，现在是 0"),
    ]
    assert checked(rows[:2], make_table()) == ([{"name": "和面机", "count": 2, "price": 120_050, "total": 240_100}], [])


def test_what_a_page_sends_is_put_together() -> None:
    sent = [
        ("kind", "new"),
        ("t.1.name", "乙"),
        ("t.0.name", "甲"),
        ("t.10.name", "癸"),
        ("d.from", "2026-01-02"),
        ("a.b.c.d", "x"),
        (".", "y"),
    ]
    assert gathered(sent) == {
        "kind": "new",
        "t": [{"name": "甲"}, {"name": "乙"}, {"name": "癸"}],
        "d": {"from": "2026-01-02"},
        "a.b.c.d": "x",
        ".": "y",
    }


@given(st.lists(st.tuples(st.text("ab.0", max_size=6), st.text(max_size=3)), max_size=12))
def test_putting_together_never_fails_and_the_form_takes_it(sent: list[tuple[str, str]]) -> None:
    definition = FormDefinition.from_schema(make_schema(a=make_table(), b=RANGE))
    definition.check(gathered(sent), TODAY)
    definition.check_partial(gathered(sent), TODAY)


def test_an_answer_survives_being_one_text() -> None:
    field = FormDefinition.from_schema(make_schema(a=make_table())).field("a")
    assert field is not None
    assert unpacked(field, packed(field, [{"name": "机", "count": "2"}])) == [{"name": "机", "count": "2"}]
    assert unpacked(field, "{not json") == "{not json"


# Computed


def computed(compute: dict[str, Any], values: dict[str, Any], **fields: Any) -> Any:
    stored = {
        "type": "integer" if compute.get("as") == "amount" else "number",
        "title": "结果",
        "x-widget": "computed",
        "x-compute": compute,
    }
    return FormDefinition.from_schema(make_schema(**fields, result=stored)).check(values, TODAY).values.get("result")


@pytest.mark.parametrize(
    ("compute", "values", "result"),
    [
        ({"op": "sum", "of": ["a", "b"]}, {"a": "1.1", "b": "2.2"}, 3.3),
        ({"op": "sum", "of": ["a", "b"]}, {"a": "1.1"}, 1.1),
        ({"op": "sum", "of": ["a", "b"]}, {}, None),
        ({"op": "sum", "of": ["a", "b"]}, {"a": "x", "b": "2"}, 2),
        ({"op": "subtract", "of": ["a", "b"]}, {"a": "1", "b": "2.5"}, -1.5),
        ({"op": "subtract", "of": ["a", "b"]}, {"a": "1"}, None),
        ({"op": "multiply", "of": ["a", "m"], "as": "amount"}, {"a": "0.335", "m": "1.00"}, 34),
        ({"op": "divide", "of": ["a", "b"]}, {"a": "1", "b": "3"}, 0.333333),
        ({"op": "divide", "of": ["a", "b"]}, {"a": "1", "b": "0"}, None),
        ({"op": "days", "of": ["p"]}, {"p": {"from": "2028-02-28", "to": "2028-03-01"}}, 3),
        ({"op": "age", "of": ["i"]}, {"i": "11010519491231002X"}, 76),
        ({"op": "count", "of": ["t"]}, {"t": [{"name": "机"}, {}, {"name": "床"}]}, 2),
        ({"op": "sum", "of": ["t.total"], "as": "amount"}, {"t": [{"name": "机", "count": "2", "price": "3"}, {"name": "床"}]}, 600),
    ],
)
def test_a_field_is_computed(compute: dict[str, Any], values: dict[str, Any], result: object) -> None:
    fields = {
        "a": AREA,
        "b": {**AREA, "title": "二"},
        "m": FUND,
        "p": RANGE,
        "i": {"type": "string", "title": "号码", "x-rule": "id_number"},
    }
    assert computed(compute, values, **fields, t=make_table()) == result


def test_nobody_sends_a_computed_value_and_its_limits_hold() -> None:
    definition = FormDefinition.from_schema(make_schema(equipment=make_table(), total={**SUM, "maximum": 100_000}))
    sent = {"equipment": [{"name": "机", "count": "1", "price": "1000.01"}], "total": "1"}
    assert definition.check(sent, TODAY).errors == (FieldError("total", "合计不能大于 1000.00 元，现在是 1000.01 元"),)
    assert definition.check({"total": "7"}, TODAY).values == {}
    assert "total" not in definition.check_partial(sent, TODAY).values


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**9)), min_size=1, max_size=5))
def test_a_sum_of_money_is_exact_to_the_fen(rows: list[tuple[int, int]]) -> None:
    definition = FormDefinition.from_schema(make_schema(equipment=make_table(), total=SUM))
    sent = [{"name": "机", "count": str(count), "price": f"{fen // 100}.{fen % 100:02}"} for count, fen in rows]
    found = definition.check({"equipment": sent}, TODAY)
    assert found.values["total"] == sum(count * fen for count, fen in rows)
    assert definition.check(found.values, TODAY) == found


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_nobody_is_a_year_older_before_the_day(born_on: date, on: date) -> None:
    age = years_between(born_on, on)
    if on >= born_on and (born_on.month, born_on.day) != (2, 29):
        assert born_on.replace(year=born_on.year + age) <= on < born_on.replace(year=born_on.year + age + 1)


# Conditions

FIELDS = {
    "kind": Field("kind", "类型", Kind.CHOICE, options=FormDefinition.from_schema(make_schema(k=CHOICE)).sections[0].fields[0].options),
    "area": Field("area", "面积", Kind.NUMBER, unit="平方米"),
    "fund": Field("fund", "资金", Kind.AMOUNT),
    "note": Field("note", "说明", Kind.TEXT),
    "rows": Field("rows", "设备", Kind.TABLE),
}


@pytest.mark.parametrize(
    ("stored", "yes", "no", "sentence"),
    [
        ({"field": "kind", "equals": "a"}, ["a"], ["b", "", None, "x"], "“类型”选“甲”时填写"),
        ({"field": "kind", "not_in": ["a"]}, ["b"], ["a", "", None], "“类型”没有选“甲”时填写"),
        ({"field": "area", "at_least": 500}, ["500", "1,000 平方米", 600], ["499.9", "", None, "很大"], "“面积”不少于 500 平方米时填写"),
        (
            {"field": "fund", "at_most": 3_000_000},
            ["30000", "2.5", 3_000_000],
            ["30000.01", 3_000_001, ""],
            "“资金”不多于 30000.00 元时填写",
        ),
        ({"field": "note", "is_filled": True}, ["x"], ["", "  ", None], "“说明”填写了时填写"),
        ({"field": "rows", "is_filled": False}, [[], [{}], None, [{"a": ""}]], [[{"a": "x"}]], "“设备”没有填写时填写"),
    ],
)
def test_a_condition_looks_at_another_answer(stored: dict[str, Any], yes: list[Any], no: list[Any], sentence: str) -> None:
    condition = read_condition(stored, FIELDS, "填写")
    (look,) = condition.looks
    assert condition.sentence == sentence
    assert [look_holds(look, FIELDS[look.field], value) for value in (*yes, *no)] == [True] * len(yes) + [False] * len(no)


def conditional(**when: Any) -> FormDefinition:
    return FormDefinition.from_schema(make_schema(kind=CHOICE, area=AREA, more={**TEXT, **when}))


BOTH = [{"field": "kind", "equals": "a"}, {"field": "area", "at_least": 500}]


@pytest.mark.parametrize(("kind", "area", "both", "either"), [("a", "500", 1, 1), ("a", "1", 0, 1), ("b", "500", 0, 1), ("b", "1", 0, 0)])
def test_several_looks_hold_together_or_one_by_one(kind: str, area: str, both: int, either: int) -> None:
    sent = {"kind": kind, "area": area}
    for word, wanted in (("all", both), ("any", either)):
        asked = {field.name for field in conditional(**{"x-shown-when": {word: BOTH}}).asked(sent)}
        assert ("more" in asked) is bool(wanted)
        errors = conditional(**{"x-required-when": {word: BOTH}}).check(sent, TODAY).errors
        assert errors == ((FieldError("more", "请填写说明"),) if wanted else ())


# Unsound


@pytest.mark.parametrize(
    ("fields", "path", "reason"),
    [
        (
            {
                "a": {**CHOICE, "title": "甲", "x-shown-when": {"field": "b", "equals": "a"}},
                "b": {**CHOICE, "title": "乙", "x-shown-when": {"field": "a", "equals": "a"}},
            },
            "/properties/a/x-shown-when",
            "“甲”和“乙”互相依赖，成了一个圈",
        ),
        ({"a": {**CHOICE, "x-shown-when": {"field": "a", "equals": "a"}}}, "/properties/a/x-shown-when", "“类型”依赖它自己"),
        ({"a": {**TEXT, "x-shown-when": {"field": "ghost", "equals": "a"}}}, "/properties/a/x-shown-when", "没有名为 ghost 的字段"),
        (
            {"k": CHOICE, "a": {**TEXT, "x-shown-when": {"field": "k", "matches": "(a+)+$"}}},
            "/properties/a/x-shown-when",
            "不认识的比较 matches",
        ),
        (
            {
                "k": CHOICE,
                "a": {
                    **TEXT,
                    "x-shown-when": {"all": [{"field": "k", "equals": "a"}, {"field": "k", "equals": "b"}]},
                    "x-required-when-shown": True,
                },
            },
            "/properties/a/x-shown-when",
            "“说明”的显示条件互相矛盾，又是必填项",
        ),
        (
            {
                "k": CHOICE,
                "b": {**CHOICE, "title": "次", "x-shown-when": {"field": "k", "equals": "a"}},
                "c": {**TEXT, "x-shown-when": {"all": [{"field": "b", "equals": "a"}, {"field": "k", "not_in": ["a"]}]}},
            },
            "/properties/c/x-shown-when",
            "互相矛盾",
        ),
        (
            {"n": {**AREA, "maximum": 10}, "a": {**TEXT, "x-shown-when": {"field": "n", "at_least": 11}}},
            "/properties/a/x-shown-when",
            "互相矛盾",
        ),
        (
            {"t": make_table("name"), "s": {**SUM, "x-compute": {"op": "sum", "of": ["t.name"]}}},
            "/properties/s/x-compute",
            "“设备名称”不能用于“合计”",
        ),
        ({"s": {**SUM, "x-compute": {"op": "sum", "of": ["t.total"]}}, "t": make_table()}, "/properties/s/x-compute", "不在它前面"),
        ({"s": {"type": "integer", "title": "数", "x-widget": "computed"}}, "/properties/s", "x-compute"),
        ({"t": {**make_table(), "maxItems": 51}}, "/properties/t", "最多 50 行"),
        ({"t": {**make_table("total", "count", "price")}}, "/properties/t/items/properties/total/x-compute", "不在它前面"),
        ({"n": {**NOTE, "x-hint": "字" * 301}}, "/properties/n/x-hint", "最多 300 个字"),
        ({f"f{n}": TEXT for n in range(1000)}, "/properties", "最多 120 项，现在是 1000 项"),
    ],
)
def test_an_unsound_form_is_refused_with_the_field(fields: dict[str, Any], path: str, reason: str) -> None:
    schema = make_schema(**copy.deepcopy(fields))
    if "total" in schema["properties"].get("t", {}).get("items", {}).get("required", ()):
        del schema["properties"]["t"]["items"]["required"]
    for items in (stored["items"] for stored in schema["properties"].values() if stored.get("x-widget") == "table"):
        items["required"] = [name for name in items["required"] if name in items["properties"]]
    with pytest.raises(BadForm) as caught:
        FormDefinition.from_schema(schema)
    assert caught.value.path == path
    assert reason in caught.value.reason


def test_conditions_that_can_hold_are_left_alone() -> None:
    multi = {"type": "array", "title": "多", "items": {"type": "string", "oneOf": CHOICE["oneOf"]}, "uniqueItems": True}
    both = {"all": [{"field": "m", "equals": "a"}, {"field": "m", "equals": "b"}]}
    empty = {"any": [{"field": "k", "is_filled": False}, {"field": "k", "equals": "b"}]}
    FormDefinition.from_schema(make_schema(m=multi, k=CHOICE, a={**TEXT, "x-shown-when": both}, b={**TEXT, "x-shown-when": empty}))


def test_checks_name_fields_that_are_there() -> None:
    schema = make_schema(equipment=make_table())
    schema["x-checks"] = [{"check": "sum_within", "fields": ["equipment.total"], "with": {"most": "100"}, "message": "请核对"}]
    assert FormDefinition.from_schema(schema).checks == (FormCheck("sum_within", ("equipment.total",), (("most", "100"),), "请核对"),)
    schema["x-checks"][0]["fields"] = ["equipment.weight"]
    with pytest.raises(BadForm, match=r"没有名为 equipment\.weight 的字段"):
        FormDefinition.from_schema(schema)


# Pages and drawing


def test_the_pages_of_a_form_and_what_stands_on_each() -> None:
    definition = FormDefinition.from_schema(make_full_schema())
    assert [[section.title for section in step] for step in definition.steps] == [["申请"], ["设备", "确认"]]
    assert [definition.step_of(name) for name in ("site", "equipment.3.name", "signature", "ghost")] == [1, 2, 2, 1]


def test_a_page_draws_what_depends_on_another_page_only_when_it_is_asked() -> None:
    schema = make_full_schema()
    schema["properties"]["late"] = {**NEW_SITE, "title": "后来"}
    schema["x-sections"][2]["fields"].insert(0, "late")
    definition = FormDefinition.from_schema(schema)
    for kind, wanted in (("new", True), ("mail", False)):
        view = form_view(definition, {"kind": kind}, step=2)
        assert ("late" in {field.name for section in view.sections for field in section.fields}) is wanted


def test_a_table_is_drawn_with_its_errors_and_read_as_one() -> None:
    definition = FormDefinition.from_schema(make_full_schema())
    held = definition.check_partial({"equipment": [{"name": "机", "count": "0"}, {}]}, TODAY).values
    view = form_view(definition, held, definition.check(held, TODAY).errors, step=2)
    (table,) = [field for section in view.sections for field in section.fields if field.name == "equipment"]
    assert [[cell.name for cell in row.cells][:2] for row in table.rows] == [
        ["equipment.0.name", "equipment.0.count"],
        ["equipment.1.name", "equipment.1.count"],
    ]
    assert table.rows[0].cells[1].error == "生产设备第 1 行：数量不能小于 1，现在是 0"
    assert "equipment.0.count" in [error.name for error in view.errors]
    values = definition.check({"equipment": [{"name": "机", "count": "2", "price": "3"}]}, TODAY).values
    ((_, answers),) = definition.answers(values)
    table_text = dict(answers)["生产设备"]
    assert isinstance(table_text, TableText) and table_text.rows == (("机", "2", "3.00 元", "6.00 元"),)
    assert table_text == "1. 设备名称：机；数量：2；单价：3.00 元；小计：6.00 元"
    assert dict(answers)["合计"] == "6.00 元"
