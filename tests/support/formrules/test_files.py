"""The shipped forms, and the regions of identity numbers."""

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hall.support.formrules.definition import BadForm, FormDefinition
from hall.support.formrules.files import Forms, load_forms
from hall.support.formrules.regions import load_regions

DATA = Path(__file__).parents[3] / "data"
FORMS = load_forms(DATA / "forms")


@pytest.mark.parametrize("name", sorted(FORMS.by_name))
def test_a_shipped_form_is_json_schema_and_asks_who_applies(name: str) -> None:
    schema = FORMS.by_name[name]
    Draft202012Validator.check_schema(schema)
    definition = FormDefinition.from_schema(schema)
    fields = {field.name: field for field in definition.fields}
    who = (
        {"applicant_name", "applicant_id_number", "applicant_phone"}
        if name.endswith("person")
        else {"org_name", "org_uscc", "agent_name", "agent_phone"}
    )
    assert who | {"promise"} <= fields.keys()
    assert all(fields[one].prefill for one in who)
    # Nothing typed: every required question is told, none twice, and none that is not asked.
    errors = definition.check({}, date(2026, 11, 23)).errors
    assert {error.name for error in errors} == {field.name for field in fields.values() if field.is_required and not field.shown_when}
    assert all(len(error.sentence) < 40 for error in errors)


def test_identity_numbers_and_the_like_are_marked_for_masking() -> None:
    masks = {"id_number": "id_number", "mobile": "phone", "phone": "phone", "bank_card": "bank_card", "name_zh": "name", "email": "email"}
    for name, schema in FORMS.by_name.items():
        for field in FormDefinition.from_schema(schema).fields:
            assert field.mask == masks.get(field.rule, field.mask), f"{name} {field.name}"


def test_an_item_takes_its_own_form_or_the_general_one() -> None:
    assert FORMS.schemas_for("370126014000", ["person", "org"]) == {
        "person": FORMS.by_name["370126014000.person"],
        "org": FORMS.by_name["370126014000.org"],
    }
    assert FORMS.schemas_for("370102001000", ["org"]) == {"org": FORMS.by_name["org"]}
    assert FORMS.schemas_for("370126013000", ["org", "person"])["person"] == FORMS.by_name["person"]


def test_a_dozen_well_known_items_have_their_own_form() -> None:
    assert len(FORMS.item_codes) >= 12
    assert {"370126013000", "370703003000", "370121005000", "370113002000"} <= FORMS.item_codes


def folder_with(tmp_path: Path, **files: str) -> Path:
    for name in ("person", "org"):
        (tmp_path / f"{name}.json").write_text(json.dumps(FORMS.by_name[name]), encoding="utf-8")
    for name, text in files.items():
        (tmp_path / f"{name.replace('__', '.')}.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_back_as_it_is(tmp_path: Path) -> None:
    assert load_forms(folder_with(tmp_path)) == Forms({"org": FORMS.by_name["org"], "person": FORMS.by_name["person"]})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x1__person", "{", "x1.person.json：第 1 行第 2 列"),
        ("x1__person", '{"title": 1, "title": 2}', "“title”出现了两次"),
        ("x1__person", "{}", "x1.person.json /"),
        ("x1__person", "[" * 100_000, "x1.person.json"),
        ("x1__person", '"' + "长" * 100_000 + '"', "256 KB"),
        ("x1__both", "{}", "文件名应为"),
    ],
)
def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(BadForm) as caught:
        load_forms(folder_with(tmp_path, **{name: text}))
    assert said in caught.value.shown


def test_the_general_forms_have_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadForm, match="缺少"):
        load_forms(tmp_path)


def test_a_missing_region_is_a_hint_only() -> None:
    regions = load_regions(DATA)
    assert regions.name("370102198506151235") == "山东省历下区"
    assert regions.warning("370102198506151235") is None
    assert regions.name("371202198506151235") is None or regions.name("371202198506151235") == "山东省"  # 莱芜, merged in 2019
    assert "旧区划" in str(regions.warning("371202198506151235"))
    assert "不是省级区划" in str(regions.warning("990102198506151235"))
