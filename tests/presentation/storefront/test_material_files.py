"""Blank forms and samples are downloadable from the item's page, by anybody, and nothing else is (§5.1)."""

import math
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hall.presentation.design import cache
from hall.presentation.storefront import material_files
from hall.services.search import commands as search
from hall.support.filestore import store
from hall.support.filestore.models import StoredFile
from tests.make.catalogue import FORM, make_item, material_row
from tests.make.files import make_pdf

pytestmark = pytest.mark.django_db
EXAMPLE = FORM
PLAIN: dict[str, Any] = FORM | {"properties": {"project_name": {"type": "string", "title": "项目名称", "maxLength": 60}}}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.PAGES.clear()
    monkeypatch.setattr(cache.STAMP, "_next", math.inf)  # asked for once a second: none of the statements counted here
    material_files._made.cache_clear()


def kept(name: str) -> str:
    file = store.store_bytes(content=make_pdf(), name=name, media_type="application/pdf", now=timezone.now())
    return str(file.file_id)


def test_the_item_page_links_what_there_is() -> None:
    item = make_item(materials=[material_row(1), material_row(2, kind="self")], form_schemas={"person": PLAIN, "org": EXAMPLE})
    text = Client().get(f"/items/{item.code}").content.decode()
    for path in ("m1/blank-form?for=person", "m1/blank-form?for=org", "m1/sample?for=org"):
        assert f'href="/items/{item.code}/materials/{path}"' in text
    assert "m1/sample?for=person" not in text and "/materials/m2/" not in text
    for path in ("m1/blank-form?for=person", "m1/blank-form?for=org", "m1/sample?for=org"):
        assert Client().get(f"/items/{item.code}/materials/{path}").status_code == 200
    assert Client().get(f"/items/{item.code}/materials/m1/sample?for=person").status_code == 404


def test_a_made_form_is_a_pdf_that_is_saved_and_its_sample_one_that_is_shown() -> None:
    item = make_item(audience=["org"], form_schemas={"org": EXAMPLE})
    blank = Client().get(f"/items/{item.code}/materials/m1/blank-form")
    sample = Client().get(f"/items/{item.code}/materials/m1/sample")
    assert blank.content.startswith(b"%PDF-") and sample.content.startswith(b"%PDF-") and blank.content != sample.content
    assert blank["Content-Type"] == "application/pdf"
    assert blank["Content-Disposition"].startswith("attachment;") and sample["Content-Disposition"].startswith("inline;")
    assert blank["X-Content-Type-Options"] == "nosniff" and "default-src 'none'" in blank["Content-Security-Policy"]


def test_what_somebody_has_already_is_not_sent_again(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    item = make_item(audience=["org"], form_schemas={"org": EXAMPLE})
    path = f"/items/{item.code}/materials/m1/blank-form"
    tag = Client().get(path)["ETag"]
    with django_assert_num_queries(1):
        again = Client().get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_uploaded_form_is_handed_out_as_it_came() -> None:
    number = kept("空白申请表.pdf")
    item = make_item(materials=[material_row(1, blank_form_id=number), material_row(2, kind="self", sample_id=number)])
    text = Client().get(f"/items/{item.code}").content.decode()
    assert f'href="/items/{item.code}/materials/m1/blank-form"' in text and f'href="/items/{item.code}/materials/m2/sample"' in text
    answer = Client().get(f"/items/{item.code}/materials/m1/blank-form")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment;")


def test_a_file_that_is_gone_is_said_to_be_gone() -> None:
    number = kept("空白申请表.pdf")
    item = make_item(materials=[material_row(1, blank_form_id=number)])
    StoredFile.objects.all().delete()
    assert Client().get(f"/items/{item.code}/materials/m1/blank-form").status_code == 404


def test_an_older_versions_file_is_no_longer_handed_out() -> None:
    number = kept("旧表.pdf")
    item = make_item(online_depth="info", form_schemas={}, materials=[material_row(1, blank_form_id=number)])
    make_item(code=item.code, online_depth="info", form_schemas={}, materials=[material_row(1)])
    assert Client().get(f"/items/{item.code}/materials/m1/blank-form").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "999999999999/materials/m1/blank-form",
        "{}/materials/m9/blank-form",
        "{}/materials/m1/blank-form?for=nobody",
        "{}/materials/%00/sample",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    item = make_item()
    assert Client().get(f"/items/{path.format(item.code)}").status_code == 404


def test_a_search_result_leads_to_the_blank_form_or_to_the_choice_of_forms() -> None:
    one = make_item(name="企业投资项目核准", audience=["org"])
    both = make_item(name="政府投资项目核准")
    none = make_item(name="外商投资项目核准", online_depth="info", form_schemas={})
    search.reindex(now=timezone.now())
    text = Client().get("/search?q=投资项目核准").content.decode()
    assert text.count("空表下载：") == 2 and f"空表下载：{none.name}" not in text
    assert f'href="/items/{one.code}/materials/m1/blank-form"' in text
    assert f'href="/items/{both.code}#materials"' in text
