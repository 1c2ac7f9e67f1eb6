"""Stored forms: what is accepted, what is refused, and checking what people send."""

import copy
from datetime import date
from typing import Any

import pytest

from hall.support.formrules.definition import BadForm, FieldError, FormDefinition
from hall.support.formrules.vocabulary import Kind

TODAY = date(2026, 11, 23)
OPTIONS = [{"const": "new", "title": "新办"}, {"const": "mail", "title": "邮寄"}, {"const": "other", "title": "其他"}]


def form(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "申请表",
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
        "x-sections": [{"title": "申请", "fields": list(properties)}],
    }


def one(stored: dict[str, Any], *, is_required: bool = False) -> FormDefinition:
    return FormDefinition.from_schema(form(("answer",) if is_required else (), answer=stored))


def said(stored: dict[str, Any], raw: object, *, is_required: bool = False) -> str | None:
    errors = one(stored, is_required=is_required).check({"answer": raw}, TODAY).errors
    return errors[0].sentence if errors else None


TEXT = {"type": "string", "title": "姓名"}
AREA = {"type": "number", "title": "经营面积", "x-unit": "平方米", "minimum": 1, "maximum": 5000}
STAFF = {"type": "integer", "title": "从业人数", "minimum": 1}
FUND = {"type": "integer", "title": "活动资金", "x-widget": "amount", "minimum": 3_000_000}
DAY = {"type": "string", "title": "投产日期", "format": "date", "x-rule": "date_not_future"}
CHOICE = {"type": "string", "title": "取件方式", "oneOf": OPTIONS}
MULTI = {
    "type": "array",
    "title": "经营范围",
    "items": {"type": "string", "oneOf": OPTIONS},
    "uniqueItems": True,
    "minItems": 2,
    "maxItems": 2,
}
YES_NO = {"type": "boolean", "title": "是否自行检验"}
PROMISE = {"type": "boolean", "const": True, "title": "我承诺", "x-widget": "promise"}
MOBILE = {"type": "string", "title": "联系人手机号码", "x-rule": "mobile"}


# Kinds


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (TEXT, Kind.TEXT),
        ({**TEXT, "maxLength": 500}, Kind.LONG_TEXT),
        ({**TEXT, "x-widget": "address"}, Kind.ADDRESS),
        (AREA, Kind.NUMBER),
        (FUND, Kind.AMOUNT),
        (DAY, Kind.DATE),
        (CHOICE, Kind.CHOICE),
        ({**CHOICE, "oneOf": [{"const": f"o{n}", "title": f"选项 {n}"} for n in range(7)]}, Kind.SELECT),
        (MULTI, Kind.MULTI),
        (YES_NO, Kind.YES_NO),
        (PROMISE, Kind.PROMISE),
        (MOBILE, Kind.MOBILE),
    ],
)
def test_the_kind_follows_from_the_stored_field(stored: dict[str, Any], kind: Kind) -> None:
    field = one(stored).field("answer")
    assert field is not None and field.kind is kind


# Values


@pytest.mark.parametrize(
    ("stored", "raw", "value"),
    [
        (TEXT, "  王，建国 ", "王，建国"),
        ({**TEXT, "x-widget": "long_text"}, "一，\r\n二。", "一，\n二。"),
        (TEXT, ["王建国"], "王建国"),
        (AREA, "１，２００.５０ 平方米", 1200.5),
        (AREA, "1,200", 1200),
        (AREA, 12.5, 12.5),
        (STAFF, "12.0", 12),
        (FUND, "30,000.5", 3_000_050),
        (FUND, "￥30000 元", 3_000_000),
        (FUND, 3_000_050, 3_000_050),
        (DAY, "2026年1月2日", "2026-01-02"),
        (CHOICE, "mail", "mail"),
        (MULTI, ["other", "new", "new"], ["new", "other"]),
        (YES_NO, "no", False),
        (YES_NO, True, True),
        (PROMISE, "on", True),
        (MOBILE, "+86 13853112345", "13853112345"),
    ],
)
def test_a_value_is_read(stored: dict[str, Any], raw: object, value: object) -> None:
    checked = one(stored).check({"answer": raw}, TODAY)
    assert checked.errors == ()
    assert checked.values == {"answer": value} and type(checked.values["answer"]) is type(value)


@pytest.mark.parametrize(
    ("stored", "raw", "sentence"),
    [
        (MOBILE, "1385311234", "手机号码应为 11 位数字，现在是 10 位"),
        (TEXT, "王" * 201, "姓名最多 200 个字，现在是 201 个"),
        (TEXT, "王" * 9000, "姓名最多 200 个字，现在超过 8000 个"),
        ({**TEXT, "minLength": 3}, "王二", "姓名至少 3 个字，现在是 2 个"),
        (TEXT, ["甲", "乙"], "姓名只能填写一项，现在收到 2 项"),
        (AREA, "很大", "经营面积应为数字，例如 1200.5"),
        (AREA, "1e3", "经营面积应为数字，例如 1200.5"),
        (AREA, "0", "经营面积不能小于 1 平方米，现在是 0 平方米"),
        (AREA, "5000.5", "经营面积不能大于 5000 平方米，现在是 5000.5 平方米"),
        (AREA, float("nan"), "经营面积应为数字，例如 1200.5"),
        pytest.param(AREA, 10**5000, "经营面积应为数字，例如 1200.5", id="endless number"),
        (STAFF, "3.5", "从业人数应为整数，现在是 3.5"),
        (FUND, "29999.99", "活动资金不能小于 30000.00 元，现在是 29999.99 元"),
        (FUND, "30000.005", "活动资金精确到分，小数最多 2 位，现在是 3 位"),
        (DAY, "2026-11-24", "投产日期不能晚于今天（2026-11-23）"),
        (DAY, "去年", "投产日期应像 2026-11-23 这样，写明年、月、日"),
        (CHOICE, "drone", "请在取件方式的选项中选择一项"),
        (MULTI, ["new"], "经营范围至少选择 2 项，现在是 1 项"),
        (MULTI, ["new", "mail", "other"], "经营范围最多选择 2 项，现在是 3 项"),
        (MULTI, ["new", "drone"], "请在经营范围列出的选项中选择"),
        (YES_NO, "maybe", "请在是否自行检验中选择“是”或“否”"),
    ],
)
def test_a_wrong_value_is_told_in_words(stored: dict[str, Any], raw: object, sentence: str) -> None:
    assert said(stored, raw) == sentence


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        (TEXT, "请填写姓名"),
        (CHOICE, "请选择取件方式"),
        (MULTI, "请选择经营范围"),
        (YES_NO, "请选择是否自行检验"),
        (DAY, "请选择投产日期"),
        (PROMISE, "请阅读并勾选“我承诺”"),
    ],
)
@pytest.mark.parametrize("raw", [None, "", "  ", [], {}, "\u200b"])
def test_a_missing_value_is_told_in_words(stored: dict[str, Any], sentence: str, raw: object) -> None:
    assert said(stored, raw, is_required=True) == sentence
    assert said(stored, raw) is None


def test_a_promise_not_given_is_missing() -> None:
    assert said(PROMISE, False, is_required=True) == said(PROMISE, "no", is_required=True) == "请阅读并勾选“我承诺”"


def test_unknown_names_are_dropped_and_named() -> None:
    checked = one(TEXT).check({"answer": "王建国", "is_admin": "1", "state": "accepted"}, TODAY)
    assert checked.values == {"answer": "王建国"}
    assert checked.unknown == ("is_admin", "state")


# Fields that depend on others

BY_MAIL = form(
    ("pickup",),
    pickup=CHOICE,
    is_fragile={**YES_NO, "title": "是否易碎", "x-shown-when": {"field": "pickup", "equals": "mail"}, "x-required-when-shown": True},
    care={**TEXT, "title": "包装要求", "x-shown-when": {"field": "is_fragile", "equals": True}, "x-required-when-shown": True},
    note={**TEXT, "title": "说明", "x-shown-when": {"field": "pickup", "in": ["mail", "other"]}},
)


def test_a_field_not_asked_is_neither_required_nor_kept() -> None:
    definition = FormDefinition.from_schema(BY_MAIL)
    checked = definition.check({"pickup": "new", "is_fragile": "yes", "care": "x" * 300, "note": "悄悄话"}, TODAY)
    assert checked.is_valid and checked.values == {"pickup": "new"}


def test_a_field_is_asked_through_a_chain_of_conditions() -> None:
    definition = FormDefinition.from_schema(BY_MAIL)
    assert definition.check({"pickup": "mail"}, TODAY).errors == (FieldError("is_fragile", "请选择是否易碎"),)
    assert definition.check({"pickup": "mail", "is_fragile": "yes"}, TODAY).errors == (FieldError("care", "请填写包装要求"),)
    assert definition.check({"pickup": "other", "is_fragile": "yes"}, TODAY).values == {"pickup": "other"}
    assert definition.check({"pickup": "mail", "is_fragile": "no", "note": "门卫收"}, TODAY).values == {
        "pickup": "mail",
        "is_fragile": False,
        "note": "门卫收",
    }


def test_a_condition_is_also_a_sentence() -> None:
    fields = {field.name: field for field in FormDefinition.from_schema(BY_MAIL).fields}
    conditions = [field.shown_when.sentence for field in fields.values() if field.shown_when]
    assert conditions == ["“取件方式”选“邮寄”时填写", "“是否易碎”选“是”时填写", "“取件方式”选“邮寄”或“其他”时填写"]


# Drafts


def test_a_draft_keeps_wrong_and_hidden_text_and_does_not_ask_for_more() -> None:
    definition = FormDefinition.from_schema(form(("name", "phone"), name=TEXT, phone=MOBILE, **BY_MAIL["properties"]))
    sent = {"phone": "1385311234", "pickup": "new", "care": "轻放", "stranger": "x"}
    drafted = definition.check_partial(sent, TODAY)
    assert drafted.values == {"phone": "1385311234", "pickup": "new", "care": "轻放"}
    assert drafted.errors == (FieldError("phone", "手机号码应为 11 位数字，现在是 10 位"),)
    assert drafted.unknown == ("stranger",)


def test_a_draft_holds_nothing_that_the_database_cannot() -> None:
    drafted = one(TEXT).check_partial({"answer": "王\0建\ud800国" + "长" * 10_000}, TODAY)
    assert drafted.values["answer"].startswith("王建国长")
    assert len(drafted.values["answer"]) <= 8000 and drafted.errors


def test_a_checked_amount_comes_back_into_the_draft_as_typed() -> None:
    assert one(FUND).check_partial({"answer": 3_000_050}, TODAY).values == {"answer": "30000.50"}
    assert one(FUND).check({"answer": "30000.50"}, TODAY).values == {"answer": 3_000_050}


# Answers and first values


def test_answers_read_as_people_say_them() -> None:
    definition = FormDefinition.from_schema(
        form(
            name={**TEXT, "x-mask": "name"},
            area=AREA,
            fund=FUND,
            day=DAY,
            pickup=CHOICE,
            scope=MULTI,
            lab=YES_NO,
            promise=PROMISE,
            note={**TEXT, "title": "备注"},
        )
    )
    sent = {
        "name": "王建国",
        "area": "1200.5",
        "fund": "3000000",
        "day": "2026-01-02",
        "pickup": "mail",
        "scope": ["mail", "new"],
        "lab": "no",
        "promise": "on",
    }
    checked = definition.check(sent, TODAY)
    ((section, answers),) = definition.answers(checked.values)
    assert section.title == "申请"
    assert answers == (
        ("姓名", "王建国"),
        ("经营面积", "1,200.5 平方米"),
        ("活动资金", "3,000,000.00 元"),
        ("投产日期", "2026 年 1 月 2 日"),
        ("取件方式", "邮寄"),
        ("经营范围", "新办、邮寄"),
        ("是否自行检验", "否"),
        ("我承诺", "已承诺"),
    )
    ((_, masked),) = definition.answers(checked.values, {"name": lambda name: name[0] + "**"})
    assert masked[0] == ("姓名", "王**") and masked[1:] == answers[1:]


def test_answers_leave_out_what_is_not_asked() -> None:
    definition = FormDefinition.from_schema(BY_MAIL)
    assert definition.answers({"pickup": "new", "note": "悄悄话"}) == ((definition.sections[0], (("取件方式", "新办"),)),)
    assert definition.answers({}) == ()


def test_first_values_come_by_the_forms_own_words() -> None:
    definition = FormDefinition.from_schema(
        form(name={**TEXT, "x-prefill": "profile.name", "x-verified": True}, phone={**MOBILE, "x-prefill": "profile.phone"})
    )
    assert definition.prefill({"profile.name": "王建国", "profile.phone": "", "profile.id_number": "x"}) == {"name": "王建国"}
    assert [field.is_locked for field in definition.fields] == [True, False]


# Forms that are not sound


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        (lambda f: f["properties"]["a"].update({"x-rul": "mobile"}), "/properties/a", "x-rul"),
        (lambda f: f["properties"]["a"].update({"x-rule": "telepathy"}), "/properties/a/x-rule", "telepathy"),
        (lambda f: f["properties"]["a"].update({"pattern": "(a+)+$"}), "/properties/a", "pattern"),
        (lambda f: f["properties"]["a"].update({"x-rule": "date_not_future", "x-widget": "text"}), "/properties/a/x-rule", "不能用于 text"),
        (lambda f: f["properties"]["a"].update({"minimum": 3}), "/properties/a/minimum", "不能用于 text"),
        (lambda f: f["properties"]["a"].update({"minLength": 9, "maxLength": 3}), "/properties/a/minLength", "大于"),
        (lambda f: f["properties"]["a"].update({"x-widget": "multi"}), "/properties/a/type", "array"),
        (lambda f: f["properties"]["a"].update({"x-widget": "choice"}), "/properties/a", "缺少选项"),
        (lambda f: f["properties"]["a"].update({"oneOf": [OPTIONS[0], OPTIONS[0]]}), "/properties/a", "重复"),
        (lambda f: f["properties"]["a"].update({"x-verified": True}), "/properties/a", "x-prefill"),
        (
            lambda f: f["properties"]["a"].update({"type": "boolean", "const": True, "x-widget": "promise", "x-last": True}),
            "/properties/a/x-last",
            "不能用于 promise",
        ),
        (
            lambda f: f["properties"]["a"].update({"x-prefill": "profile.name", "x-verified": True, "x-last": True}),
            "/properties/a",
            "x-last",
        ),
        (lambda f: f["properties"]["a"].update({"x-group": {"group": "x", "version": 1, "field": "a"}}), "/properties/a/x-group/group", ""),
        (lambda f: f["properties"]["a"].update({"x-prefill": "profile.password"}), "/properties/a/x-prefill", "password"),
        (
            lambda f: f["properties"]["a"].update({"x-shown-when": {"field": "b", "equals": "new"}}),
            "/properties/a/x-shown-when",
            "不在它前面",
        ),
        (
            lambda f: f["properties"]["c"].update({"x-shown-when": {"field": "a", "equals": "x"}}),
            "/properties/c/x-shown-when",
            "不是选择题",
        ),
        (
            lambda f: f["properties"]["c"].update({"x-shown-when": {"field": "b", "equals": "drone"}}),
            "/properties/c/x-shown-when",
            "没有选项 drone",
        ),
        (
            lambda f: f["properties"]["c"].update({"x-shown-when": {"field": "b", "equals": True}}),
            "/properties/c/x-shown-when",
            "不是 b 的值",
        ),
        (
            lambda f: f["properties"]["c"].update({"x-shown-when": {"field": "b", "equals": "new"}}),
            "/properties/c",
            "x-required-when-shown",
        ),
        (lambda f: f["properties"]["a"].update({"x-required-when-shown": True}), "/properties/a", "x-shown-when"),
        (lambda f: f["properties"].update({"Bad Name": TEXT}), "/properties", "Bad Name"),
        (lambda f: f["properties"].update({"lost": TEXT}), "/properties/lost", "没有放入任何一节"),
        (lambda f: f["x-sections"][0]["fields"].append("ghost"), "/x-sections/0/fields", "ghost"),
        (lambda f: f["x-sections"].append({"title": "又一节", "fields": ["a"]}), "/x-sections/1/fields", "两次"),
        (lambda f: f["required"].append("ghost"), "/required", "ghost"),
        (lambda f: f.update({"additionalProperties": True}), "/additionalProperties", "False"),
        (lambda f: f.pop("x-sections"), "/", "x-sections"),
        (lambda f: f.update({"$schema": "http://json-schema.org/draft-07/schema#"}), "/$schema", "2020-12"),
    ],
)
def test_an_unsound_form_is_refused_with_path_and_reason(change: Any, path: str, reason: str) -> None:
    schema = copy.deepcopy(form(("c",), a=TEXT, b=CHOICE, c=MOBILE))
    FormDefinition.from_schema(schema)
    change(schema)
    with pytest.raises(BadForm) as caught:
        FormDefinition.from_schema(schema)
    assert caught.value.path == path
    assert reason in caught.value.reason


@pytest.mark.parametrize("schema", [None, [], "form", 3, {}, {"properties": []}, {"x": {1, 2}}])
def test_what_is_no_form_at_all_is_refused(schema: Any) -> None:
    with pytest.raises(BadForm):
        FormDefinition.from_schema(schema)
