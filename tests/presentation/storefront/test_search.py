"""The search page: groups, filters and orders by address alone, clear sentences for odd queries, what is counted and for whom it shows more."""

import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.presentation.design import cache, context
from hall.services.catalogue.models import Bundle
from hall.services.search import commands, passages
from hall.services.search.models import SearchClick, SearchMiss, SearchUse
from hall.support.access.actors import Role
from hall.support.jobs import queue
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item, material_row
from tests.make.people import NOW, make_citizen, make_staff, signed_in
from tests.make.search import make_figures

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture
def shelf() -> dict[str, str]:
    """Five licences of two departments, a bundle and eight items more."""
    codes = {
        "food": make_item(
            name="食品经营许可", department_code="SD26", keywords=["开饭店"], materials=[material_row(1, name="健康证明")], bookable=False
        ).code,
        "make": make_item(
            name="食品生产许可", department_code="SD26", charged=True, fee="每件 50 元", online_depth="prelim", bookable=False
        ).code,
        "mark": make_item(name="绿色食品标志使用许可", department_code="SD02", audience=["org"], bookable=True).code,
        "city": make_item(name="食品添加剂生产许可", department_code="SD26", region_scope="cross_city", bookable=False).code,
        "fine": make_item(
            name="保健食品广告审查", department_code="SD26", type="confirmation", online_depth="booking", bookable=False
        ).code,
    }
    for name in ("居民身份证申领", "出生登记", "机动车驾驶证补证", "旅馆业许可", "护士注册", "教师资格认定", "排污登记", "结婚登记"):
        make_item(name=name)
    Bundle.objects.create(code="YJS900", name="开办餐馆", audience="org", aliases=["开饭店"], order=1)
    commands.reindex(now=NOW)
    passages.renew(codes.values())
    for name in ("search_bundles", "search_hot", "hot_words"):
        context._supplied.pop(name, None)
    cache.PAGES.clear()
    return codes


def _page(path: str, browser: Client | None = None) -> str:
    answer = (browser or Client()).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def _listed(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/items/(\w+)">', page)


def test_what_was_chosen_stands_as_chips_that_take_it_away(shelf: dict[str, str]) -> None:
    page = _page("/search?q=食品许可&department=SD26&is_free=1&type=license")
    assert set(_listed(page)) == {shelf["food"], shelf["city"]}
    chips = re.findall(r'<a class="chip chip--on" href="([^"]+)" aria-label="取消条件：([^"]+)"', page)
    assert {title for _, title in chips} == {"省26厅", "不收费", "行政许可"}
    for href, _ in chips:
        assert len(_listed(_page(href.replace("&amp;", "&")))) >= 2
    assert "已选 3 项" in page


def test_each_filter_and_order_is_an_address(shelf: dict[str, str]) -> None:
    base = "/search?q=食品"
    assert shelf["mark"] not in _listed(_page(f"{base}&audience=person"))
    assert _listed(_page(f"{base}&bookable=1")) == [shelf["mark"]]
    assert shelf["fine"] not in _listed(_page(f"{base}&online=1"))
    assert _listed(_page(f"{base}&region=cross_city")) == [shelf["city"]]
    assert _listed(_page(f"{base}&depth=prelim")) == [shelf["make"]]
    make_figures(shelf["fine"], popularity=70, score=4.9)
    assert _listed(_page(f"{base}&sort=popular"))[0] == shelf["fine"]
    assert _listed(_page(f"{base}&sort=rating"))[0] == shelf["fine"]
    make_figures(shelf["mark"], promised_days=0)
    assert _listed(_page(f"{base}&sort=days"))[0] == shelf["mark"]


def test_words_that_no_filter_knows_narrow_nothing(shelf: dict[str, str]) -> None:
    plain = _listed(_page("/search?q=食品"))
    assert _listed(_page("/search?q=食品&audience=dog&depth=%00&type=x&region=moon&sort=price&online=yes&after=%00")) == plain
    assert "未知部门" in _page("/search?q=食品&department=SD99")


def test_an_empty_result_leads_on(shelf: dict[str, str]) -> None:
    hidden = _page("/search?q=食品&department=SD02&is_free=1&depth=prelim")
    assert "这些条件下没有事项" in hidden and "清空条件" in hidden and "您可能想找" in hidden
    nothing = _page("/search?q=qqzzqqzz")
    assert "没有找到“qqzzqqzz”" in nothing and "/themes" in nothing and "12345" in nothing and 'href="/departments"' in nothing
    assert re.search(r'您可能想找.*?href="/items/', nothing, re.DOTALL)


def test_a_mended_query_is_offered(shelf: dict[str, str]) -> None:
    page = _page("/search?q=食品经赢许可")
    assert "您是不是要找" in page and "食品经营许可" in page


@pytest.mark.parametrize("q", ["，。！？", "……", "  —— ", "？" * 10_000])
def test_punctuation_alone_is_told_kindly(shelf: dict[str, str], q: str) -> None:
    page = _page(f"/search?q={quote(q)}")
    assert "您输入的只有标点或符号" in page
    assert "共 <b" not in page


def test_a_query_of_ten_thousand_characters_is_cut_and_says_so(shelf: dict[str, str]) -> None:
    page = _page("/search?q=" + quote("食品" * 5000))
    assert "只按前 100 个字查找" in page
    assert _listed(page)
    assert len(page) < 200_000


def test_hostile_words_stay_words(shelf: dict[str, str]) -> None:
    payload = """"><script>alert(1)</script>食品{{7*7}}'"""
    page = _page("/search?q=" + quote(payload))
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert Client().get("/search?q=%00%ff&in=guides&explain=1").status_code == 200


def test_bundles_places_and_guides_stand_beside_items(shelf: dict[str, str]) -> None:
    page = _page("/search?q=开饭店")
    assert "开办餐馆，可以当一件事办" in page and 'href="/bundles/YJS900"' in page
    assert '<a class="chip" href="/departments/SD26"' in _page("/search?q=省26厅的食品许可")
    assert "指南里也提到" in _page("/search?q=健康证明")
    guides = _page("/search?q=健康证明&in=guides")
    assert f'href="/items/{shelf["food"]}"' in guides and "<mark>健康证明</mark>" in guides
    assert "指南、材料和问答里没有“飞船”" in _page("/search?q=飞船&in=guides")


def test_where_many_items_fit_guides_are_not_looked_through(shelf: dict[str, str]) -> None:
    assert "指南里也提到" not in _page("/search?q=食品")


@pytest.fixture
def case(shelf: dict[str, str]) -> MadeCase:
    return make_case(state="accepted")


def test_the_signed_in_find_their_own_cases_and_nobody_elses(case: MadeCase) -> None:
    owner, other, visitor = signed_in(case.applicant.account_id or 0), signed_in(make_citizen(name="李四")), Client()
    for q in (case.item.name, case.serial, case.serial[:10]):
        assert case.serial in _page(f"/search?q={q}", owner).replace(" ", ""), q
        for stranger in (other, visitor):
            assert f"/my/cases/{case.serial}" not in _page(f"/search?q={q}", stranger)
    answer = owner.get(f"/search?q={case.item.name}")
    assert "no-store" in answer.headers["Cache-Control"]


def test_staff_may_ask_why_and_nobody_else(shelf: dict[str, str]) -> None:
    admin = signed_in(make_staff(Role.SYS_ADMIN))
    assert "为什么排在第 1 位" in _page("/search?q=食品许可&explain=1", admin)
    assert "为什么排在第 1 位" not in _page("/search?q=食品许可", admin)
    for stranger in (Client(), signed_in(make_citizen())):
        assert "为什么排在" not in _page("/search?q=食品许可&explain=1", stranger)


def _cost(browser: Client, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])


def test_no_search_page_costs_more_than_twelve_statements(case: MadeCase) -> None:
    people = [Client(), signed_in(case.applicant.account_id or 0), signed_in(make_staff(Role.SYS_ADMIN))]
    paths = [
        "/search",
        "/search?q=食品",
        "/search?q=健康证明",
        "/search?q=食品许可&sort=rating&department=SD26&is_free=1",
        "/search?q=食品&department=SD99&theme=P99",
        "/search?q=食品许可&explain=1",
        "/search?q=健康证明&in=guides",
        "/search?department=SD26&sort=popular",
    ]
    for browser in people:
        for path in paths:
            assert _cost(browser, path) <= MOST, path


def test_suggestions_say_what_was_typed(shelf: dict[str, str]) -> None:
    rows = Client().get("/search/suggest?q=食品经").json()["suggestions"]
    assert rows[0] == {"text": "食品经营许可", "kind": "事项", "href": f"/items/{shelf['food']}", "marks": [[0, 3]]}
    assert Client().get("/search/suggest?q=shipinjing").json()["suggestions"][0]["href"] == f"/items/{shelf['food']}"
    assert Client().get("/search/suggest?q=%00").json() == {"suggestions": []}


# --- counting ---------------------------------------------------------------------------------------------------------------------


def _tell(shelf: dict[str, str], *, origin: str = "http://testserver", **changes: str) -> int:
    told = {"q": "食品许可", "code": shelf["make"], "place": "2"} | changes
    status = Client(headers={"origin": origin} if origin else {}).post("/search/opened", told).status_code
    queue.run_due_now()
    return status


def test_an_opened_item_is_counted_with_its_place_and_nothing_else(shelf: dict[str, str]) -> None:
    assert _tell(shelf) == 204
    click = SearchClick.objects.get()
    assert (click.query, click.item_code, click.clicks, click.places) == ("食品许可", shelf["make"], 1, 2)


def test_what_comes_from_elsewhere_or_makes_no_sense_is_not_counted(shelf: dict[str, str]) -> None:
    assert _tell(shelf, origin="https://elsewhere.example") == 204
    assert _tell(shelf, origin="") == 204
    for changes in (
        {"place": "0"},
        {"place": "x"},
        {"place": "²"},
        {"code": "379999999999"},
        {"q": "13953112345"},
        {"q": "张三"},
        {"q": "\0"},
    ):
        assert _tell(shelf, **changes) == 204, changes
    assert Client().get("/search/opened").status_code == 405
    assert not SearchClick.objects.exists()


def test_somebody_who_tells_too_much_is_no_longer_heard(shelf: dict[str, str]) -> None:
    statuses = {_tell(shelf) for _ in range(125)}
    assert statuses == {204, 429}
    assert SearchClick.objects.get().clicks == 120


def test_searches_and_misses_are_counted_once_for_the_plain_question_only(shelf: dict[str, str]) -> None:
    for path in (
        "/search?q=食品",
        "/search?q=食品&sort=days",
        "/search?q=食品&department=SD26",
        "/search?q=食品&in=guides",
        "/search?q=养蜂",
    ):
        _page(path)
    queue.run_due_now()
    assert list(SearchUse.objects.values_list("query", "uses")) == [("食品", 1)]
    assert list(SearchMiss.objects.values_list("query", "uses")) == [("养蜂", 1)]
