"""/open: what there is, how new it is, and the files with tag and licence; never made while somebody waits (§5.1)."""

import hashlib
import math

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hall.presentation.design import cache
from hall.services.catalogue import opendata
from hall.services.catalogue.opendata import NAMES
from tests.make.catalogue import make_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.PAGES.clear()
    monkeypatch.setattr(cache.STAMP, "_next", math.inf)  # asked for once a second: none of the statements counted here


@pytest.fixture
def released() -> opendata.ReleaseRow:
    make_item(name="企业投资项目核准")
    opendata.release(now=timezone.now())
    found = opendata.latest_release()
    assert found is not None
    return found


def test_the_page_tells_version_licence_files_and_their_checksums(
    released: opendata.ReleaseRow, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Client().get("/open")
    cache.PAGES.clear()
    with django_assert_max_num_queries(3):
        text = Client().get("/open").content.decode()
    assert released.version in text and "CC BY 4.0" in text and "没有任何个人信息" not in text.split("<main")[0]
    for file in released.files:
        assert f'href="/open/{file.name}"' in text
        assert file.sha256 in text.replace("<wbr>", "")


def test_before_the_first_release_the_page_says_so_and_the_files_are_not_there() -> None:
    assert "开放数据正在生成" in Client().get("/open").content.decode()
    answer = Client().get("/open/items.jsonl")
    assert answer.status_code == 404 and "开放数据正在生成" in answer.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_each_file_comes_with_its_hash_as_tag(
    released: opendata.ReleaseRow, name: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        answer = Client().get(f"/open/{name}")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    file = released.file(name)
    assert file is not None
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert answer["ETag"] == f'"{file.sha256}"'
    assert answer["Cache-Control"] == "public, no-cache" and answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Link"].endswith('rel="license"') and answer["X-Content-Type-Options"] == "nosniff"
    with django_assert_num_queries(1):
        again = Client().get(f"/open/{name}", headers={"If-None-Match": f"W/{answer['ETag']}"})
    assert (again.status_code, again["ETag"]) == (304, answer["ETag"])


@pytest.mark.parametrize("name", ["items.exe", "..%2Fsecrets", "items.jsonl%00"])
def test_other_names_are_not_found(released: opendata.ReleaseRow, name: str) -> None:
    assert Client().get(f"/open/{name}").status_code == 404


def test_a_request_makes_nothing(released: opendata.ReleaseRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendata, "release", lambda **_: pytest.fail("made inside a request"))
    make_item(name="另一个事项")
    assert Client().get("/open").status_code == Client().get("/open/items.csv").status_code == 200
