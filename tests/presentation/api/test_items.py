"""The machine door: its shapes, its refusals, and that nothing typed into it makes it fall."""

import json
from typing import Any

import jsonschema
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.presentation.design import cache
from hall.services.catalogue.intake.words import _refresh_tallies
from hall.services.search import commands as search
from tests.make.catalogue import make_item
from tests.make.people import NOW, make_department

pytestmark = pytest.mark.django_db
LIST, DETAIL = "/api/v1/items", "/api/v1/items/{code}"


@pytest.fixture(autouse=True)
def _steady_stamp() -> None:
    cache.STAMP.value()  # the page cache asks for it once a second; not a part of what is counted here


def _shelf() -> list[str]:
    make_department(code="SD33")
    codes = [
        make_item(name="企业投资项目核准", themes=["L08"], keywords=["项目核准"]).code,
        make_item(name="食品经营许可（新办）", department_code="SD33", charged=True, fee="按标准收费", keywords=["食品许可"]).code,
        make_item(name="食品生产许可（新办）", department_code="SD33", keywords=["食品许可"]).code,
    ]
    _refresh_tallies()
    search.reindex(now=NOW)
    return codes


def _document() -> dict[str, Any]:
    document: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return document


def _matches(document: dict[str, Any], path: str, status: int, body: Any) -> None:
    """The status is documented, and the body is what the document says, with nothing added."""
    responses = document["paths"][path]["get"]["responses"]
    assert str(status) in responses, f"{path} answers {status}, which is not documented"
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(body)


def test_items_are_listed_in_the_promised_shape() -> None:
    _shelf()
    response = Client().get(LIST)
    body = response.json()
    _matches(_document(), LIST, 200, body)
    assert (body["total"], len(body["items"]), body["next"]) == (3, 3, None)
    assert list(body) == ["total", "items", "next"]
    assert "企业投资项目核准" in response.content.decode(), "Chinese goes out as it is written"
    first = next(item for item in body["items"] if item["name"] == "企业投资项目核准")
    assert first["department"] == "SD02" and first["url"].endswith(f"/items/{first['code']}")


def test_filters_narrow_and_unknown_ones_leave_nothing() -> None:
    _shelf()
    client = Client()
    assert client.get(LIST, {"department": "SD33"}).json()["total"] == 2
    assert client.get(LIST, {"department": "SD02", "theme": "L08"}).json()["total"] == 1
    for nobody in ("SD99", "x" * 5000, "SD33\0", "'; drop table"):
        assert client.get(LIST, {"department": nobody}).json() == {"total": 0, "items": [], "next": None}
        assert client.get(LIST, {"theme": nobody}).json()["items"] == []
        assert client.get(LIST, {"department": nobody, "q": "食品"}).json()["items"] == []


def test_a_search_finds_by_name_and_heeds_the_department() -> None:
    _, food, production = _shelf()
    client = Client()
    body = client.get(LIST, {"q": "食品"}).json()
    _matches(_document(), LIST, 200, body)
    assert {item["code"] for item in body["items"]} == {food, production}
    assert client.get(LIST, {"q": "食品", "department": "SD02"}).json()["items"] == []


@pytest.mark.parametrize("q", ["", "食品"])
def test_the_cursor_walks_through_everything_once(q: str) -> None:
    codes = set(_shelf()) if not q else set(_shelf()[1:])
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        asked: dict[str, str] = {"q": q, "limit": "1", "after": after}
        body = Client().get(LIST, asked).json()
        seen += [item["code"] for item in body["items"]]
        after = body["next"]
        assert len(seen) <= len(codes)
    assert len(seen) == len(codes) and set(seen) == codes


def test_an_item_comes_with_all_its_elements() -> None:
    after = make_item(name="项目竣工验收备案")
    version = make_item(
        related={"prerequisite": [], "followup": [after.code], "parallel": [], "joint": []},
        fees=[{"name": "核准费", "standard": "每件 100 元", "basis": "鲁价费发〔2020〕1 号"}],
        charged=True,
        fee="按标准收费",
    )
    response = Client().get(f"{LIST}/{version.code}")
    body = response.json()
    _matches(_document(), DETAIL, 200, body)
    assert body["version"] == 1 and body["legal_basis"] == list(version.legal_basis)
    assert body["materials"][0]["accept"] == ["pdf", "jpg", "png"] and body["materials"][0]["is_required"]
    assert body["fees"][0]["standard"] == "每件 100 元"
    assert [step["name"] for step in body["flow_steps"]]
    assert [card["code"] for card in body["related"]["after"]] == [after.code]


@pytest.mark.parametrize("code", ["370199999999", "no", "%00", "9" * 4000, "370126014000%00", "%F0%9F%98%80", ".."])
def test_an_unknown_item_is_a_sentence(code: str) -> None:
    response = Client().get(f"{LIST}/{code}")
    assert response.status_code == 404
    assert response.json() == {"error": {"sentence": "没有找到这个事项，请核对事项编码。", "code": "item_missing"}}
    _matches(_document(), DETAIL, 404, response.json())


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1.5", "1e3", "9" * 5000, "\0", "NaN"])
def test_a_limit_out_of_range_is_refused_with_a_clear_sentence(limit: str) -> None:
    response = Client().get(LIST, {"limit": limit})
    assert response.status_code == 422
    assert response.json() == {"error": {"sentence": "limit 请填 1 到 100 之间的整数。", "code": "invalid"}}
    _matches(_document(), LIST, 422, response.json())


def test_the_edges_of_the_limit_are_allowed() -> None:
    assert [Client().get(LIST, {"limit": limit}).status_code for limit in (1, 100)] == [200, 200]


def test_answers_may_be_kept_and_are_asked_for_again_by_tag() -> None:
    code = _shelf()[0]
    client = Client()
    for path in (LIST, f"{LIST}/{code}", "/api/v1/openapi.json"):
        first = client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=30"
        assert first.headers["Content-Type"] == "application/json; charset=utf-8"
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"] and again.headers["Cache-Control"] == "public, max-age=30"
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert client.head(path).status_code == 200
    assert "no-store" in client.get(f"{LIST}/no").headers["Cache-Control"], "a refusal is not kept"


def test_nothing_can_be_written() -> None:
    code = _shelf()[0]
    for path in (LIST, f"{LIST}/{code}", "/api/v1/openapi.json"):
        assert {getattr(Client(), method)(path).status_code for method in ("post", "put", "patch", "delete")} == {405}


def test_statements_are_few(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    code = _shelf()[0]
    Client().get(LIST, {"q": "食品"})
    for path, query, most in (
        (LIST, {}, 2),
        (LIST, {"department": "SD33", "theme": "L08"}, 2),
        (LIST, {"q": "食品"}, 5),
        (f"{LIST}/{code}", {}, 6),
    ):
        with django_assert_max_num_queries(most):
            Client().get(path, query)


def test_the_document_names_no_foreign_host_and_lists_every_operation() -> None:
    text = Client().get("/api/v1/openapi.json").content.decode()
    paths = set(json.loads(text)["paths"])
    kinds = {path.split("/")[3] for path in paths}
    assert {LIST, DETAIL} <= paths and {"items", "appointments"} <= kinds
    assert sum("/appointments" in path for path in paths) == 17
    assert "://" not in text.replace("https://json-schema.org", "")


ANYTHING = st.text(max_size=200) | st.sampled_from(
    ["SD33", "食品", "L08", "0", "-1", "100", "1-A", "\0", "NaN", "9" * 400, "1" * 12 + "-" + "A" * 12]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(["q", "department", "theme", "limit", "after", "x"]), ANYTHING, max_size=6))
def test_whatever_is_asked_of_the_list_is_answered_as_documented(query: dict[str, str]) -> None:
    asked = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
    response = Client().get(LIST, asked)
    _matches(_document(), LIST, response.status_code, response.json())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code=st.text(min_size=1, max_size=80).filter(lambda text: "/" not in text))
def test_whatever_is_asked_as_an_item_is_answered_as_documented(code: str) -> None:
    from urllib.parse import quote

    response = Client().get(f"{LIST}/{quote(code.encode('utf-8', 'surrogatepass'))}")
    _matches(_document(), DETAIL, response.status_code, response.json())
