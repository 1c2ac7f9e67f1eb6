"""The region switch: chosen once, remembered, shown on every page, and never a way out of the hall or into the cache (§5.2)."""

from collections.abc import Iterator

import pytest
from django.test import Client

from hall.presentation.design import cache, context
from hall.services.catalogue import implementing
from hall.services.search import commands as search
from tests.make.catalogue import make_item, make_theme
from tests.make.people import NOW
from tests.make.regions import JINAN, LIXIA, PROVINCE, SHINAN, SHIZHONG, ZONE, make_implementation, make_regions, make_venue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def province() -> Iterator[None]:
    make_regions()
    cache.PAGES.clear()
    yield
    cache.PAGES.clear()
    implementing.forget_regions()


def in_region(code: str) -> Client:
    browser = Client()
    browser.cookies[context.REGION_COOKIE] = code
    return browser


def read(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


# --- choosing ---------------------------------------------------------------------------------------------------------------------


def test_the_choice_is_kept_and_leads_back() -> None:
    browser = Client()
    answer = browser.get("/region", {"choose": LIXIA, "next": "/search?q=1&after=2"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/search?q=1&after=2")
    cookie = browser.cookies[context.REGION_COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == (LIXIA, True, "Lax")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "济南市</span>历下区" in read(browser, "/help")
    browser.get("/region", {"choose": "all", "next": "/"})
    assert browser.cookies[context.REGION_COOKIE].value == ""
    assert "选择地区" in read(browser, "/help")


@pytest.mark.parametrize(
    "where",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "x", "/region", "/region?next=/region"],
)
def test_it_leads_nowhere_but_into_the_hall(where: str) -> None:
    answer = Client().get("/region", {"choose": LIXIA, "next": where})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("code", [PROVINCE, ZONE, "999999", "", "x" * 5000, "37010２", "<b>"])
def test_an_unknown_region_is_told_and_not_kept(code: str) -> None:
    browser = Client()
    answer = browser.get("/region", {"choose": code})
    assert answer.status_code == 422
    assert "没有这个地区" in answer.content.decode()
    assert context.REGION_COOKIE not in browser.cookies


def test_every_city_and_county_can_be_chosen_from_the_list() -> None:
    page = read(Client(), "/region?next=/help")
    for code, name in ((JINAN, "济南市"), (LIXIA, "历下区"), (SHINAN, "市南区")):
        assert f'href="/region?choose={code}&amp;next=%2Fhelp"' in page and name in page
    assert ZONE not in page
    assert 'aria-current="true">' in read(in_region(LIXIA), "/region")


@pytest.mark.parametrize(
    ("typed", "found", "left_out"),
    [
        ("历下", [LIXIA], [SHIZHONG, SHINAN]),
        ("济南历下", [LIXIA], [SHIZHONG, SHINAN]),
        ("济南市历下区", [LIXIA], [SHIZHONG, SHINAN]),
        ("濟南", [JINAN, LIXIA, SHIZHONG], [SHINAN]),
        ("市", [LIXIA, SHINAN], []),
    ],
)
def test_the_list_is_searched_by_name(typed: str, found: list[str], left_out: list[str]) -> None:
    page = read(Client(), f"/region?q={typed}")
    assert [code for code in found if f"choose={code}" not in page] == []
    assert [code for code in left_out if f"choose={code}" in page] == []


@pytest.mark.parametrize("typed", ["qq", "？？？" * 50, "<script>alert(1)</script>", "中" * 10000])
def test_a_name_that_nothing_bears_gets_an_answer(typed: str) -> None:
    page = read(Client(), f"/region?q={typed}")
    assert "<script>alert" not in page


# --- what it changes --------------------------------------------------------------------------------------------------------------


def test_the_item_page_shows_the_place_phone_hours_and_days_of_the_region() -> None:
    item = make_item(levels=["county"], promised_days=10, statutory_days=20).code
    make_implementation(item, LIXIA, venue=make_venue(phone="0531-82000000"), counter="2 楼 12 号", promised_days=3)
    nowhere, here, there = (read(browser, f"/items/{item}") for browser in (Client(), in_region(LIXIA), in_region(SHINAN)))
    for words in (
        "投资服务大厅，2 楼 12 号",
        "地址请拨打电话询问",
        "0531-82000000",
        "周一至周五 9:00-17:00",
        "3 个工作日",
        "一般为10 个工作日",
    ):
        assert words in here
        assert words not in nowhere
    assert "<b>3</b>" in here and "<b>10</b>" in there
    assert "市南区政务服务中心" in there and "0532-12345" in there
    assert "选择地区后" in nowhere


def test_a_city_hears_that_its_counties_handle_it_and_a_county_that_its_city_does() -> None:
    below, above = make_item(levels=["county"]).code, make_item(levels=["city"]).code
    assert "请再选择您所在的县（市、区）" in read(in_region(JINAN), f"/items/{below}")
    page = read(in_region(LIXIA), f"/items/{above}")
    assert "历下区的申请由济南市办理" in page and "济南市政务服务中心" in page


def test_places_that_the_item_names_stand_where_the_province_handles_it() -> None:
    own = [{"name": "省投资大厅", "address": "经十路 1 号"}]
    item = make_item(levels=["province", "county"], places=own).code
    assert "省投资大厅" in read(Client(), f"/items/{item}")
    page = read(in_region(LIXIA), f"/items/{item}")
    assert "省投资大厅" not in page and "历下区政务服务中心" in page


def test_rows_of_search_and_lists_show_the_regions_phone_and_days() -> None:
    item = make_item(levels=["county"], themes=[make_theme("L08")], promised_days=10, statutory_days=20).code
    make_implementation(item, SHINAN, promised_days=4)
    search.reindex(now=NOW)
    for path in ("/search?q=企业投资项目核准", "/themes/L08"):
        page = read(in_region(SHINAN), path)
        assert "市南区政务服务中心" in page and "0532-12345" in page and "<b>4</b>" in page
        assert "政务服务中心" not in read(Client(), path)
        assert "由所在县（市、区）办理" in read(in_region(JINAN), path)
    assert "<b>4</b>" in read(in_region(SHINAN), "/departments/SD02")


# --- the page cache ---------------------------------------------------------------------------------------------------------------


def test_each_region_is_a_page_of_its_own_and_anything_else_in_the_cookie_is_none() -> None:
    for code in (LIXIA, LIXIA, SHINAN):
        read(in_region(code), "/help")
    assert len(cache.PAGES) == 2
    for junk in ("", "999999", PROVINCE, ZONE, "x" * 4000, "370102 ", "370102;370202"):
        read(in_region(junk), "/help")
    assert len(cache.PAGES) == 3


def test_a_place_that_changes_shows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from hall.services.catalogue import queries
    from tests.services.catalogue.test_implementing import ADMIN

    monkeypatch.setattr(cache, "STAMP", cache.Stamp(queries.content_stamp, seconds=0))
    item = make_item(levels=["county"]).code
    assert "历下区政务服务中心" in read(in_region(LIXIA), f"/items/{item}")
    implementing.set_venue(actor=ADMIN, code=LIXIA, division_code=LIXIA, name="历下区市民之家", now=NOW)
    assert "历下区市民之家" in read(in_region(LIXIA), f"/items/{item}")


def test_pages_stand_without_divisions_and_without_a_database_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def gone() -> implementing.Regions:
        raise OperationalError("gone")

    implementing.forget_regions()
    monkeypatch.setattr(implementing, "_read_regions", gone)
    assert "选择地区" in read(in_region(LIXIA), "/help")
