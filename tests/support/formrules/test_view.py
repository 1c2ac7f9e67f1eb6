"""What a page gets to draw."""

import json
from datetime import date
from pathlib import Path

import pytest

from hall.support.formrules.definition import FieldError, FormDefinition
from hall.support.formrules.files import load_forms
from hall.support.formrules.view import FieldView, FormView, form_view

FORMS = load_forms(Path(__file__).parents[3] / "data" / "forms")
FOOD = FormDefinition.from_schema(FORMS.by_name["370126013000.org"])
PERSON = FormDefinition.from_schema(FORMS.by_name["person"])


def field(view: FormView, name: str) -> FieldView:
    return next(field for section in view.sections for field in section.fields if field.name == name)


def test_verified_values_are_read_only_and_win_over_what_was_sent() -> None:
    brought = FOOD.prefill({"enterprise.name": "山东鲁味源食品有限公司", "profile.phone": "13853112345"})
    view = form_view(FOOD, {"org_name": "冒名公司", "agent_phone": "13900000000"}, prefilled=brought)
    name, phone = field(view, "org_name"), field(view, "agent_phone")
    assert (name.value, name.is_read_only, name.verified_note) == ("山东鲁味源食品有限公司", True, "已核验")
    assert (phone.value, phone.is_read_only, phone.verified_note) == ("13900000000", False, "")
    assert not field(view, "org_uscc").is_read_only  # nothing was brought in: it has to be typed


def test_an_emptied_field_stays_empty() -> None:
    brought = FOOD.prefill({"profile.phone": "13853112345"})
    assert field(form_view(FOOD, {}, prefilled=brought), "agent_phone").value == "13853112345"
    assert field(form_view(FOOD, {"agent_phone": ""}, prefilled=brought), "agent_phone").value == ""


def test_errors_stand_beside_their_fields_and_in_the_order_of_the_form() -> None:
    errors = [
        FieldError("area", "请填写生产场所面积"),
        FieldError("agent_phone", "手机号码应为 11 位数字，现在是 10 位"),
        FieldError("area", "第二句"),
    ]
    view = form_view(FOOD, {"agent_phone": "1385311234"}, errors)
    assert [error.name for error in view.errors] == ["agent_phone", "area"]
    assert field(view, "agent_phone").error == "手机号码应为 11 位数字，现在是 10 位"
    assert field(view, "agent_phone").value == "1385311234"
    assert [section.error_count for section in view.sections][:4] == [0, 1, 0, 1]


def test_a_dependent_field_says_on_what_it_depends() -> None:
    address = field(form_view(PERSON, {"pickup": "counter"}), "mail_address")
    assert not address.is_asked
    assert address.condition == "“领取方式”选“邮寄到家”时填写"
    assert json.loads(address.depends) == {"any": False, "looks": [{"field": "pickup", "op": "in", "values": ["mail"]}]}
    assert field(form_view(PERSON, {"pickup": "mail"}), "mail_address").is_asked
    old_number = field(form_view(PERSON, {"situation": "renew"}), "old_number")
    assert old_number.is_asked and json.loads(old_number.depends)["looks"][0]["values"] == ["change", "reissue", "renew"]


def test_choices_come_with_what_was_chosen() -> None:
    view = form_view(FOOD, {"food_categories": ["03", "10"], "has_lab": False, "promise": "on"})
    assert [option.value for option in field(view, "food_categories").options if option.is_chosen] == ["03", "10"]
    assert [(option.title, option.is_chosen) for option in field(view, "has_lab").options] == [("是", False), ("否", True)]
    assert field(view, "promise").options[0].is_chosen
    assert field(view, "food_categories").shown == "03 调味品、10 冷冻饮品"


@pytest.mark.parametrize(
    ("typed", "value", "input_type"),
    [
        ("", "", "date"),
        ("2026-11-23", "2026-11-23", "date"),
        ("2026年11月23日", "2026-11-23", "date"),
        ("2026-02-30", "2026-02-30", "text"),
        ("上个月", "上个月", "text"),
    ],
)
def test_a_wrong_date_is_not_swallowed_by_a_date_input(typed: str, value: str, input_type: str) -> None:
    card = FormDefinition.from_schema(FORMS.by_name["370707002000.person"])
    view = field(form_view(card, {"situation": "lost", "lost_on": typed}), "lost_on")
    assert (view.value, view.input_type) == (value, input_type)


def test_a_section_is_complete_when_nothing_asked_is_missing() -> None:
    view = form_view(PERSON, {"pickup": "electronic"})
    titles = {section.title: section.is_complete for section in view.sections}
    assert titles == {"申请人": False, "申请事项": False, "领取结果": True, "承诺": False}
    assert not {s.title: s.is_complete for s in form_view(PERSON, {"pickup": "mail"}).sections}["领取结果"]


def test_keyboards_fit_the_values() -> None:
    view = form_view(FOOD, {})
    assert (field(view, "agent_phone").input_type, field(view, "agent_phone").field.input_mode) == ("tel", "numeric")
    assert field(view, "agent_email").input_type == "email"
    assert field(view, "area").field.input_mode == "decimal"
    assert field(view, "staff_count").field.input_mode == "numeric"
    assert field(form_view(PERSON, {}, prefilled={}), "applicant_phone").field.autocomplete == "tel"


def test_a_whole_application_passes() -> None:
    sent = {
        "applicant_name": "王建国",
        "applicant_id_number": "370102198506151235",
        "applicant_phone": "13853112345",
        "applicant_address": "山东省济南市历下区经十路 1 号",
        "situation": "new",
        "request": "申请办理，请予审查。",
        "pickup": "mail",
        "mail_name": "王建国",
        "mail_phone": "0531-86060606",
        "mail_address": "山东省济南市历下区经十路 1 号",
        "promise": "on",
    }
    checked = PERSON.check(sent, date(2026, 11, 23))
    assert checked.errors == ()
    assert all(section.is_complete for section in form_view(PERSON, checked.values).sections)
