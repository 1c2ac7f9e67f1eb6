"""One form and one list of materials for several items: nothing missing, nothing asked twice (§5.4)."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.presentation.commandline.demo.filling import answers_for
from hall.services.applications.merging import FormPart, MaterialPart, merge_forms, merge_materials, saving_of
from hall.services.catalogue.rows import MaterialRow
from hall.services.materials.rules import same_name
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.fields import Condition, Field, Look, Op, Option, Section
from hall.support.formrules.vocabulary import Kind

TODAY = date(2026, 11, 23)
OPTIONS = (Option("a", "甲"), Option("b", "乙"))
# Few names, words and rules, so that forms agree and disagree often.
plain_fields = st.builds(
    lambda name, title, kind, is_required, most: Field(
        name, title, kind, options=OPTIONS if kind is Kind.CHOICE else (), is_required=is_required, max_length=most
    ),
    st.sampled_from(["name", "phone", "place", "kind"]),
    st.sampled_from(["名称", "地址"]),
    st.sampled_from([Kind.TEXT, Kind.CHOICE, Kind.YES_NO, Kind.PROMISE, Kind.NUMBER]),
    st.booleans(),
    st.sampled_from([20, 40]),
)


@st.composite
def definitions(draw: st.DrawFn) -> FormDefinition:
    """A form whose conditions look back, in one to three sections."""
    fields: list[Field] = []
    for field in draw(st.lists(plain_fields, min_size=1, max_size=4, unique_by=lambda one: one.name)):
        choices = [one for one in fields if one.kind is Kind.CHOICE]
        if choices and draw(st.booleans()):
            asked_by = draw(st.sampled_from(choices))
            field = replace(field, shown_when=Condition((Look(asked_by.name, Op.IN, frozenset({"a"})),), "选甲时填写"))  # noqa: PLW2901
        fields.append(field)
    cuts = draw(st.lists(st.integers(0, len(fields)), max_size=2).map(sorted))
    edges = [0, *cuts, len(fields)]
    groups = [tuple(fields[a:b]) for a, b in pairwise(edges) if a < b]
    titles = draw(st.permutations(["申请人", "项目", "其他"]))
    return FormDefinition("表", "", tuple(Section(title, "", group) for title, group in zip(titles, groups, strict=False)))


form_parts = st.lists(definitions(), min_size=1, max_size=4).map(
    lambda found: [FormPart(f"item{n}", f"部门{n % 2}", definition) for n, definition in enumerate(found)]
)


@given(form_parts)
def test_every_field_of_every_item_is_asked_exactly_once(parts: list[FormPart]) -> None:
    merged = merge_forms(parts)
    answered = [use for uses in merged.uses.values() for use in uses]
    assert sorted(answered) == sorted((part.code, field.name) for part in parts for field in part.definition.fields)
    keys = [field.name for field in merged.definition.fields]
    assert sorted(keys) == sorted(merged.uses) and len(keys) == len(set(keys))


@given(form_parts)
def test_nothing_is_asked_twice(parts: list[FormPart]) -> None:
    """No two questions of the one form have the same words and rules; what one answer can serve is one question."""
    merged = merge_forms(parts)
    asked = [
        (merged.uses[field.name][0][1], field.title, field.kind, field.max_length, _condition_of(field, merged.definition))
        for field in merged.definition.fields
    ]
    assert len(asked) == len(set(asked))


def _condition_of(field: Field, definition: FormDefinition) -> Any:
    if field.shown_when is None:
        return None
    (look,) = field.shown_when.looks
    assert definition.field(look.field) is not None
    return (look.values, look.field)


@given(form_parts)
def test_a_field_never_stands_before_the_one_that_decides_about_it(parts: list[FormPart]) -> None:
    seen: set[str] = set()
    for field in merge_forms(parts).definition.fields:
        assert field.shown_when is None or set(field.shown_when.fields) <= seen
        seen.add(field.name)


@given(form_parts, st.data())
def test_what_is_right_in_the_one_form_is_right_for_every_item(parts: list[FormPart], data: st.DataObject) -> None:
    merged = merge_forms(parts)
    values = {
        field.name: data.draw(st.sampled_from(["", "a", "b", "yes", "no", "7", "字" * 30, None]), label=field.name)
        for field in merged.definition.fields
    }
    checked = merged.definition.check(values, TODAY)
    if checked.is_valid:
        by_item = merged.spread(values)
        for part in parts:
            own = part.definition.check(by_item[part.code], TODAY)
            assert own.is_valid, own.errors
            assert own.values == {name: value for name, value in own.values.items() if name in by_item[part.code]}


@given(form_parts)
def test_a_filled_one_form_fills_every_items_required_fields(parts: list[FormPart]) -> None:
    merged = merge_forms(parts)
    values = answers_for(merged.definition, TODAY)
    assert merged.definition.check(values, TODAY).is_valid
    by_item = merged.spread(values)
    assert all(part.definition.check(by_item[part.code], TODAY).is_valid for part in parts)


@given(form_parts)
def test_answers_spread_to_the_items_come_back(parts: list[FormPart]) -> None:
    merged = merge_forms(parts)
    values = answers_for(merged.definition, TODAY)
    assert merged.gathered(merged.spread(values)) == values


def _form(*fields: Field, title: str = "项目") -> FormDefinition:
    return FormDefinition("表", "", (Section(title, "", fields),))


def test_common_questions_come_first_and_promises_last() -> None:
    name, promise = Field("applicant_name", "姓名", Kind.TEXT), Field("promise", "我承诺", Kind.PROMISE)
    shop, bed = Field("shop", "门店", Kind.TEXT), Field("beds", "床位", Kind.NUMBER)
    merged = merge_forms([FormPart("a", "市场监管局", _form(name, shop, promise)), FormPart("b", "卫生健康委", _form(name, bed, promise))])
    assert [section.title for section in merged.definition.sections] == ["项目", "市场监管局：项目", "卫生健康委：项目", "项目"]
    assert [field.name for field in merged.definition.fields] == ["applicant_name", "shop", "beds", "promise"]
    assert merged.items_of("applicant_name") == ("a", "b") and merged.items_of("shop") == ("a",)


def test_the_same_name_with_another_rule_stays_two_questions() -> None:
    short, long = Field("address", "地址", Kind.TEXT, max_length=20), Field("address", "地址", Kind.TEXT, max_length=80)
    merged = merge_forms([FormPart("a", "甲", _form(short)), FormPart("b", "乙", _form(long))])
    assert [field.name for field in merged.definition.fields] == ["address", "address__2"]
    assert merged.spread({"address": "短", "address__2": "长"}) == {"a": {"address": "短"}, "b": {"address": "长"}}


def test_a_field_is_required_where_one_item_requires_it() -> None:
    free, bound = Field("mail", "邮箱", Kind.TEXT), Field("mail", "邮箱", Kind.TEXT, is_required=True)
    merged = merge_forms([FormPart("a", "甲", _form(free)), FormPart("b", "乙", _form(bound))])
    assert [field.is_required for field in merged.definition.fields] == [True]


# --- materials --------------------------------------------------------------------------------------------------------------------


def _material(key: str = "m1", name: str = "营业执照", **changes: Any) -> MaterialRow:
    row: dict[str, Any] = {
        "seq": 1, "kind": "self", "source": "applicant", "necessity": "required", "when": "", "medium": "electronic_or_paper",
        "originals": 0, "copies": 1, "has_blank_form": False, "has_sample": False, "reusable": True, "accept": ("pdf", "jpg"),
        "max_mb": 20, "cert_type": "", "cert_type_name": "", "issuer": "", "guideline": "",
    }  # fmt: skip
    return MaterialRow(**{**row, "key": key, "name": name, **changes})


materials = st.builds(
    lambda name, kind, source, necessity, cert, accept, most: _material(
        name=name, kind=kind, source=source, necessity=necessity, cert_type=cert, accept=accept, max_mb=most
    ),
    st.sampled_from(["营业执照", "营业执照复印件", "身份证", "章 程", "章程", "申请表"]),
    st.sampled_from(["self", "form", "license", "id"]),
    st.sampled_from(["applicant", "government"]),
    st.sampled_from(["required", "optional", "conditional", "deferrable"]),
    st.sampled_from(["", "", "BUSINESS_LICENSE", "ID_CARD"]),
    st.sampled_from([("pdf",), ("jpg", "png"), ("pdf", "jpg")]),
    st.sampled_from([2, 20]),
)


@st.composite
def material_parts(draw: st.DrawFn) -> list[MaterialPart]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(materials, max_size=5))
        numbered = tuple(
            _material(**{name: getattr(row, name) for name in MaterialRow.__slots__ if name != "key"}, key=f"m{place}")
            for place, row in enumerate(rows, 1)
        )
        found.append(MaterialPart(f"item{number}", f"部门{number % 2}", numbered, draw(st.booleans())))
    return found


@given(material_parts())
def test_every_material_of_every_item_is_covered_exactly_once(parts: list[MaterialPart]) -> None:
    merged = merge_materials(parts)
    uses = [use for material in merged for use in material.uses]
    assert sorted(uses) == sorted((part.code, material.key) for part in parts for material in part.materials)
    assert len({material.key for material in merged}) == len(merged)


@given(material_parts())
def test_a_file_that_suits_the_one_list_suits_every_item(parts: list[MaterialPart]) -> None:
    own = {(part.code, material.key): material for part in parts for material in part.materials}
    for material in merge_materials(parts):
        assert material.accept
        for use in material.uses:
            assert set(material.accept) <= set(own[use].accept) and material.max_mb <= own[use].max_mb


@given(material_parts())
def test_what_an_item_must_have_is_asked_for_unless_its_forerunner_brings_it(parts: list[MaterialPart]) -> None:
    key_of = {use: material for material in merge_materials(parts) for use in material.uses}
    for part in parts:
        for material in part.materials:
            may_wait = (
                part.is_waiting and material.source == "government" and material.kind in {"license", "gov_result", "prev_result", "hukou"}
            )
            if material.is_required and not may_wait:
                assert key_of[part.code, material.key].is_required


@given(material_parts())
def test_the_keys_do_not_depend_on_which_other_items_are_chosen(parts: list[MaterialPart]) -> None:
    """So that a file stays where it is when an item is taken out or put in again."""
    fitting = [replace(part, materials=tuple(replace(row, accept=("pdf",)) for row in part.materials)) for part in parts]
    together = {use: material.key for material in merge_materials(fitting) for use in material.uses}
    for part in fitting:
        for material in merge_materials([part]):
            assert {together[use] for use in material.uses} == {material.key}


@given(material_parts())
def test_the_saving_adds_up(parts: list[MaterialPart]) -> None:
    saving = saving_of(merge_materials(parts))
    assert saving.total - saving.repeated - saving.not_always == saving.to_prepare
    assert saving.total == sum(len(part.materials) for part in parts)
    assert min(saving.repeated, saving.not_always, saving.to_prepare) >= 0


def test_the_same_licence_is_one_document_whatever_it_is_called() -> None:
    parts = [
        MaterialPart("a", "甲", (_material(name="营业执照（法人登记证书）", cert_type="BUSINESS_LICENSE", kind="license"),)),
        MaterialPart("b", "乙", (_material(name="营业执照副本", cert_type="BUSINESS_LICENSE", kind="license"),)),
        MaterialPart("c", "丙", (_material(name="章程"),)),
    ]
    assert [material.items for material in merge_materials(parts)] == [("a", "b"), ("c",)]


def test_two_peoples_papers_within_one_item_stay_two() -> None:
    both = (_material("m1", "父亲身份证", cert_type="ID_CARD"), _material("m2", "母亲身份证", cert_type="ID_CARD"))
    merged = merge_materials([MaterialPart("a", "甲", both), MaterialPart("b", "乙", (_material("m1", "身份证", cert_type="ID_CARD"),))])
    assert [material.uses for material in merged] == [(("a", "m1"), ("b", "m1")), (("a", "m2"),)]


def test_an_application_form_belongs_to_its_department() -> None:
    form = (_material(name="备案表", kind="form"),)
    assert len(merge_materials([MaterialPart("a", "甲", form), MaterialPart("b", "乙", form)])) == 2
    assert len(merge_materials([MaterialPart("a", "甲", form), MaterialPart("b", "甲", form)])) == 1


def test_names_are_compared_without_spaces_punctuation_and_copies() -> None:
    assert same_name("章 程（复印件）") == same_name("章程")
    assert same_name("复印件") == "复印件"


@pytest.mark.parametrize(("first", "second", "together"), [("", "", ""), ("B", "", "B"), ("", "A", "A"), ("D", "", "C"), ("D", "D", "D")])
def test_a_shared_document_is_worth_what_the_strictest_item_asks(first: str, second: str, together: str) -> None:
    parts = [
        MaterialPart(code, "甲", (_material(name="租赁合同", kind="venue", trust_grade=said),))
        for code, said in (("a", first), ("b", second))
    ]
    [merged] = merge_materials(parts)
    assert merged.trust_grade == together
