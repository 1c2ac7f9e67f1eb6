"""Blank forms and samples: the department's own file, else the item's application form; nothing where there is neither (§5.1)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import blanks, queries
from hall.services.catalogue.blanks import Papers, form_content, own_form, papers_of, shown_version, uploaded_file
from hall.support.documents.render import render_blank_form
from tests.make.catalogue import FORM, make_item, material_row

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)
NUMBER = "0f8fad5b-d9cb-469f-a165-70867728950e"
WITH_EXAMPLE = FORM
PLAIN: dict[str, Any] = FORM | {"properties": {"project_name": {"type": "string", "title": "项目名称", "maxLength": 60}}}
OTHER = material_row(2, kind="self", has_blank_form=False)


def test_the_first_material_of_the_kind_form_is_the_items_application_form() -> None:
    version = make_item(materials=[OTHER, material_row(3, name="申请表"), material_row(4, name="另一张表")])
    form = own_form(version)
    assert form is not None and form.name == "申请表"


def test_an_item_that_is_not_applied_for_online_has_no_form_to_print() -> None:
    version = make_item(online_depth="info", form_schemas={})
    assert own_form(version) is None and papers_of(version, ON) == {}


def test_each_audience_has_its_own_form_and_a_sample_where_every_field_has_an_example() -> None:
    version = make_item(materials=[material_row(1), OTHER], form_schemas={"person": PLAIN, "org": WITH_EXAMPLE})
    assert papers_of(version, ON) == {
        "m1": Papers(blanks=(("个人", "person"), ("法人", "org")), samples=(("法人", "org"),)),
    }
    alone = make_item(audience=["org"], form_schemas={"org": WITH_EXAMPLE})
    assert papers_of(alone, ON) == {"m1": Papers(blanks=(("", "org"),), samples=(("", "org"),))}


def test_what_the_department_uploaded_goes_before_what_the_hall_makes() -> None:
    given = [material_row(1, blank_form_id=NUMBER), material_row(2, kind="promise", sample_id=NUMBER)]
    version = make_item(materials=given, form_schemas={"person": WITH_EXAMPLE, "org": WITH_EXAMPLE})
    made = (("个人", "person"), ("法人", "org"))
    assert papers_of(version, ON) == {"m1": Papers((("", ""),), made), "m2": Papers((), (("", ""),))}
    assert uploaded_file(version.materials[0], is_sample=False) == UUID(NUMBER)
    assert uploaded_file(version.materials[0], is_sample=True) is None


def test_the_shown_version_is_that_of_the_page_also_of_a_suspended_item(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    made = make_item(status="suspended")
    shown = shown_version(made.code)
    assert shown is not None and shown.version == made
    with django_assert_num_queries(1):
        shown_version(made.code)
    assert shown_version("999999999999") is None


def test_the_printed_form_says_what_the_form_asks() -> None:
    version = make_item(materials=[material_row(1), OTHER], form_schemas={"person": PLAIN, "org": WITH_EXAMPLE})
    shown = shown_version(version.code)
    assert shown is not None
    blank = form_content(shown, version.materials[0], "org", is_sample=False)
    assert blank is not None
    assert (blank.title, blank.version, blank.is_for_org) == ("项目申请书", 1, True)
    assert [field.title for row in blank.sections[0].rows for field in row] == ["项目名称"]
    sample = form_content(shown, version.materials[0], "org", is_sample=True)
    assert sample is not None and sample.sections[0].rows[0][0].value == "示例项目"
    for material, audience, is_sample in ((0, "person", True), (1, "org", False), (0, "nobody", False)):
        assert form_content(shown, version.materials[material], audience, is_sample=is_sample) is None


@pytest.mark.shipped
def test_every_shipped_form_can_be_printed_blank_and_filled_in() -> None:
    for code in ("370126014000", "370121005000", "370508001000", "370703002000", "370102002000"):
        shown = shown_version(code)
        assert shown is not None
        material = own_form(shown.version)
        assert material is not None
        for _, audience in blanks._audiences(shown.version):
            for is_sample in (False, True):
                content = form_content(shown, material, audience, is_sample=is_sample)
                assert content is not None
                assert render_blank_form(content).startswith(b"%PDF-")


def test_a_card_tells_which_material_has_a_blank_form_in_the_statement_that_reads_it(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made = make_item(materials=[OTHER, material_row(3)]).code
    uploaded = make_item(online_depth="info", form_schemas={}, materials=[material_row(1, kind="promise", blank_form_id=NUMBER)]).code
    without = make_item(materials=[OTHER]).code
    informing = make_item(online_depth="info", form_schemas={}).code
    codes = [made, uploaded, without, informing]
    with django_assert_num_queries(1):
        found = {card.code: card.blank_form for card in queries.item_cards(codes, has_forms=True)}
    assert found == {made: "m3", uploaded: "m1", without: "", informing: ""}
    assert {card.blank_form for card in queries.item_cards(codes)} == {""}
