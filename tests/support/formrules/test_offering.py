"""Values of a document offered to fields: as they are typed there, and only where they fit."""

from datetime import date
from typing import Any

import pytest

from hall.support.formrules import offering
from hall.support.formrules.definition import BadForm, FormDefinition
from tests.make.forms import make_schema

TODAY = date(2026, 11, 23)
READ = {
    "id_card.name": "李晓燕",
    "id_card.id_number": "370102198806150023",
    "id_card.sex": "女",
    "id_card.nation": "汉",
    "id_card.valid_until": "长期",
    "business_licence.capital": "1000000",
    "business_licence.established_on": "2019-05-21",
}


def field(prefill: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": prefill, "x-prefill": prefill, **more}


def options(*titles: str) -> list[dict[str, str]]:
    return [{"const": f"o{at}", "title": title} for at, title in enumerate(titles)]


def offered(held: dict[str, Any] | None = None, locked: frozenset[str] = frozenset(), **fields: Any) -> dict[str, tuple[str, str, bool]]:
    definition = FormDefinition.from_schema(make_schema(**fields))
    found = offering.offers(definition, READ, held or {}, locked, TODAY)
    return {one.field.name: (one.typed, one.shown, one.is_likely) for one in found}


def test_each_kind_of_field_takes_a_value_in_its_own_way() -> None:
    assert offered(
        name=field("id_card.name", **{"x-rule": "name_zh"}),
        sex=field("id_card.sex", oneOf=options("男", "女")),
        nation=field("id_card.nation", oneOf=options("汉族", "回族")),
        capital={**field("business_licence.capital", **{"x-widget": "amount"}), "type": "integer"},
        in_wan={**field("business_licence.capital", **{"x-unit": "万元"}), "type": "number"},
        since=field("business_licence.established_on", format="date"),
    ) == {
        "name": ("李晓燕", "李晓燕", True),
        "sex": ("o1", "女", True),
        "nation": ("o0", "汉族", True),
        "capital": ("1000000", "1,000,000.00 元", True),
        "in_wan": ("100", "100 万元", True),
        "since": ("2019-05-21", "2019 年 5 月 21 日", True),
    }


def test_what_breaks_the_fields_rule_or_has_no_place_is_not_offered() -> None:
    assert not offered(
        until=field("id_card.valid_until", format="date"),
        short=field("id_card.id_number", maxLength=4),
        sex=field("id_card.sex", oneOf=options("男性", "女性")),
        count={**field("business_licence.capital"), "type": "number"},
        nothing=field("business_licence.scope"),
    )


def test_nothing_verified_is_touched_and_nothing_held_is_proposed() -> None:
    name = field("profile.name", **{"x-rule": "name_zh"})
    assert offered({"name": "王建国"}, name=name)["name"] == ("李晓燕", "李晓燕", False)
    assert offered(name=name)["name"][2]
    assert not offered(locked=frozenset({"name"}), name=name)
    number = field("id_card.id_number", **{"x-shown-when": {"field": "who", "equals": "o1"}})
    who = {"type": "string", "title": "为谁", "oneOf": options("自己", "别人")}
    assert not offered({"who": "o0"}, who=who, number=number) and offered({"who": "o1"}, who=who, number=number)


def test_a_form_cannot_call_what_a_machine_read_verified() -> None:
    with pytest.raises(BadForm, match="照片"):
        FormDefinition.from_schema(make_schema(name=field("id_card.name", **{"x-verified": True})))
