"""Variants of an item (业务办理项) and answers brought along into a draft (domain.md §3, §5.4)."""

from typing import Any

import pytest

from hall.services.applications import commands, queries, rules
from hall.services.applications.queries import DraftPage
from hall.services.cases import queries as cases
from hall.services.cases import receipts
from hall.services.cases.models import CaseMaterial
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from tests.make import people
from tests.make.applications import NOW, make_draft, make_file, revision_of
from tests.make.catalogue import make_item, material_row

pytestmark = pytest.mark.django_db

VARIANTS = [
    {"key": "v1", "kind": "new", "name": "首次申请", "note": "还没有证的"},
    {"key": "v2", "kind": "change", "name": "变更登记", "note": ""},
]
MATERIALS = [
    material_row(1, name="申请书"),
    material_row(2, name="验资报告", variants=["v1"]),
    material_row(3, name="原许可证", variants=["v2"]),
]


def item_with_variants(**changes: Any) -> ItemVersionRow:
    return make_item(**{"variants": VARIANTS, "materials": MATERIALS, **changes})


def page_of(actor: Actor, draft_id: int) -> DraftPage:
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    return page


def test_a_draft_of_an_item_with_variants_has_the_first_unless_another_is_asked_for() -> None:
    item = item_with_variants()
    for asked, expected in (("", "v1"), ("v2", "v2"), ("v9", "v1")):
        actor = people.citizen_actor()
        draft_id = commands.start_draft(actor=actor, item_code=item.code, variant=asked, now=NOW)
        assert page_of(actor, draft_id).variant == expected
    actor, plain = people.citizen_actor(), make_item()
    assert page_of(actor, commands.start_draft(actor=actor, item_code=plain.code, variant="v2", now=NOW)).variant == ""


def test_a_variant_asks_only_for_its_own_materials() -> None:
    actor, item = people.citizen_actor(), item_with_variants()
    draft_id = commands.start_draft(actor=actor, item_code=item.code, variant="v2", now=NOW)
    page = page_of(actor, draft_id)
    assert [material.name for material in page.materials] == ["申请书", "原许可证"]
    wanted = {f"material-{material.key}" for material in page.materials}
    assert {fault.anchor for fault in page.faults if fault.anchor.startswith("material-")} == wanted


def test_choosing_another_variant_keeps_the_draft_and_its_files() -> None:
    actor, item = people.citizen_actor(), item_with_variants()
    draft_id = make_draft(actor, item)
    before = page_of(actor, draft_id)
    assert commands.start_draft(actor=actor, item_code=item.code, variant="v2", now=NOW) == draft_id
    after = page_of(actor, draft_id)
    assert after.variant == "v2" and after.revision == before.revision + 1
    assert after.answers == before.answers and len(after.files) == len(before.files)


def test_the_case_is_pinned_to_the_variant_and_holds_its_materials_only() -> None:
    actor, item = people.citizen_actor(), item_with_variants()
    draft_id = commands.start_draft(actor=actor, item_code=item.code, variant="v2", now=NOW)
    make_draft(actor, item, has_files=False)
    for material in item.materials:
        commands.add_material(actor=actor, draft_id=draft_id, material_key=material.key, file=make_file(actor), now=NOW)
    done = commands.submit_application(actor=actor, draft_id=draft_id, revision=revision_of(actor, draft_id), now=NOW)
    held = CaseMaterial.objects.filter(case_id=done.case_id).values_list("material_name", flat=True)
    assert set(held) == {"申请书", "原许可证"}
    make_item(code=item.code, materials=MATERIALS[:1])
    clerk = people.staff_actor(Role.CLERK, department_code=item.department_code)
    file = cases.case_file(clerk, done.serial, now=NOW)
    assert file is not None and file.variant_name == "变更登记"
    assert receipts.receipt_for(actor=actor, serial=done.serial, now=NOW)


def test_a_renewed_draft_keeps_the_variant_of_the_same_name() -> None:
    actor, item = people.citizen_actor(), item_with_variants()
    draft_id = commands.start_draft(actor=actor, item_code=item.code, variant="v2", now=NOW)
    swapped = [{**VARIANTS[1], "key": "v1"}, {**VARIANTS[0], "key": "v2"}]
    make_item(code=item.code, variants=swapped)
    assert commands.renew_draft(actor=actor, draft_id=draft_id, now=NOW)
    assert page_of(actor, draft_id).variant_name == "变更登记"


def test_answers_brought_along_fill_a_new_draft_as_they_are() -> None:
    actor, item = people.citizen_actor(), make_item()
    given = {"project_name": "超" * 200, "没有的字段": "x"}
    page = page_of(actor, commands.start_draft(actor=actor, item_code=item.code, answers=given, now=NOW))
    assert page.answers["project_name"] == given["project_name"] and "没有的字段" not in page.answers
    assert "project_name" in {fault.anchor for fault in page.faults}


def test_answers_brought_along_do_not_touch_what_was_typed() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item)
    before = page_of(actor, draft_id)
    commands.start_draft(actor=actor, item_code=item.code, answers={"project_name": "别的项目"}, now=NOW)
    assert page_of(actor, draft_id) == before


def test_answers_brought_along_fill_what_is_still_empty() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item, is_filled=False, has_files=False)
    commands.start_draft(actor=actor, item_code=item.code, answers={"project_name": "新项目"}, now=NOW)
    assert page_of(actor, draft_id).answers["project_name"] == "新项目"


def test_verified_facts_are_not_brought_along() -> None:
    actor = people.citizen_actor()
    item = make_item(form_schemas={"person": LOCKED_FORM, "org": LOCKED_FORM})
    page = page_of(actor, commands.start_draft(actor=actor, item_code=item.code, answers={"applicant_name": "别人"}, now=NOW))
    assert "applicant_name" in page.locked and page.answers["applicant_name"] == actor.name


LOCKED_FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "申请表",
    "additionalProperties": False,
    "x-sections": [{"title": "申请人", "fields": ["applicant_name"]}],
    "required": ["applicant_name"],
    "properties": {"applicant_name": {"type": "string", "title": "姓名", "maxLength": 60, "x-prefill": "profile.name", "x-verified": True}},
}


def test_rules_of_choosing_a_variant() -> None:
    assert rules.variant_for((), "v1") == ""
