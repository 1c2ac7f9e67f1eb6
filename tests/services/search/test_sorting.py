"""Orders of hits and the filters beside them: each order holds every hit once over its pages, each facet counts what choosing it leaves."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.services.search import commands, queries, ranking, rules, sorting
from hall.services.search.lexicon import Entry
from hall.services.search.models import SearchEntry
from hall.services.search.ranking import Filters, Scored
from hall.services.search.sorting import Sort
from tests.make.search import NOW, make_figures, make_item

pytestmark = pytest.mark.django_db
_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def entry(code: str, **changes: Any) -> Entry:
    given: dict[str, Any] = {
        "code": code,
        "name": "事项",
        "department_code": "SD07",
        "themes": (),
        "audience": ("person",),
        "item_type": "license",
        "online_depth": "full",
        "is_free": True,
        "called": (),
        "plain": "事项",
        "letters": "sixiang",
        "initials": "sx",
    }
    return Entry(**given | changes)


ENTRIES = st.lists(
    st.builds(
        lambda number, **changes: entry(f"{number:012d}", **changes),
        number=st.integers(0, 999),
        promised_days=st.integers(0, 400),
        audience=st.sampled_from([("person",), ("org",), ("person", "org")]),
        department_code=st.sampled_from(["SD07", "SD26"]),
        themes=st.sampled_from([(), ("P15",), ("P15", "P01")]),
        online_depth=st.sampled_from(["info", "booking", "prelim", "full"]),
        region_scope=st.sampled_from(["local", "cross_city"]),
        is_bookable=st.booleans(),
        is_free=st.booleans(),
    ),
    max_size=40,
    unique_by=lambda one: one.code,
)
FILTERS = st.builds(
    Filters,
    audience=st.sampled_from([None, "person", "org"]),
    department=st.sampled_from([None, "SD07"]),
    theme=st.sampled_from([None, "P15", "P01"]),
    depth=st.sampled_from([None, "full"]),
    region=st.sampled_from([None, "cross_city"]),
    is_online=st.sampled_from([None, True]),
    is_bookable=st.sampled_from([None, True]),
    is_free=st.sampled_from([None, True, False]),
)


@given(
    entries=ENTRIES,
    figures=st.dictionaries(st.integers(0, 999), st.tuples(st.integers(0, 90_000), st.none() | st.floats(1, 5))),
    data=st.data(),
)
def test_in_every_order_the_pages_hold_each_hit_once(entries: list[Entry], figures: dict[int, tuple[int, float | None]], data: Any) -> None:
    sort = data.draw(st.sampled_from(list(Sort)))
    hits: list[Scored] = [(data.draw(st.integers(0, 300_000)), one) for one in entries]
    whole = sorting.ordered(hits, sort, {f"{number:012d}": figure for number, figure in figures.items()})
    assert [(-key, one.code) for key, one in whole] == sorted((-key, one.code) for key, one in whole)
    order, cursor, seen = queries._order_of(sort), None, []
    while True:
        first, page, cursor = queries._stretch(whole, after=cursor, order=order, limit=3)
        assert first == len(seen) + 1
        seen += [one.code for _, one in page]
        if cursor is None:
            break
    assert seen == [one.code for _, one in whole]


@given(entries=ENTRIES, filters=FILTERS)
def test_each_facet_counts_what_is_left_when_its_own_filter_is_taken_away(entries: list[Entry], filters: Filters) -> None:
    tests = filters.tests()
    hits: list[Scored] = [(1, one) for one in entries]
    passing, almost = ranking.sifted(hits, filters)
    assert passing == [hit for hit in hits if all(test(hit[1]) for test in tests.values())]
    for name in tests:
        without = [hit for hit in hits if all(test(hit[1]) for other, test in tests.items() if other != name)]
        assert sorted(hit[1].code for hit in passing + almost[name]) == sorted(hit[1].code for hit in without)


@given(score=st.integers(0, 10**17), order=st.sampled_from(["", "popular", "days"]))
def test_a_cursor_is_read_back_in_its_own_order_only(score: int, order: str) -> None:
    written = rules.write_cursor(score, "370107006000", order)
    assert rules.read_cursor(written, order) == (score, "370107006000")
    assert rules.read_cursor(written, "rating") is None


@pytest.fixture
def shops() -> dict[str, str]:
    codes = {
        "small": make_item("小餐饮登记", dept_code="SD26", charged=False, online_depth="booking"),
        "big": make_item("餐饮服务许可", dept_code="SD26", type="license", charged=True),
        "far": make_item("餐饮具集中消毒单位登记", dept_code="SD26", audience=["org"], online_depth="info"),
    }
    for other in ("居民身份证申领", "出生登记", "机动车驾驶证补证", "旅馆业许可", "护士注册", "教师资格认定", "排污许可", "结婚登记"):
        make_item(other)
    commands.reindex(now=NOW)
    make_figures(codes["small"], popularity=3, score=4.9, promised_days=0, is_bookable=True, region_scope="cross_city")
    make_figures(codes["big"], popularity=90, score=4.1, promised_days=20)
    make_figures(codes["far"], popularity=0, score=None, promised_days=5)
    return codes


def _names(shops: dict[str, str], **asked: Any) -> list[str]:
    named = {code: name for name, code in shops.items()}
    return [named[hit.code] for hit in queries.search_items(**asked).hits]


def test_people_sort_by_use_rating_and_time(shops: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    queries.search_items(q="餐饮")
    with django_assert_num_queries(3):
        assert _names(shops, q="餐饮", sort="popular") == ["big", "small", "far"]
    assert _names(shops, q="餐饮", sort="rating") == ["small", "big", "far"]
    with django_assert_num_queries(2):
        assert _names(shops, q="餐饮", sort="days") == ["small", "far", "big"]
    assert _names(shops, q="餐饮", sort="nonsense") == _names(shops, q="餐饮")
    assert _names(shops, q="", department="SD26", sort="days") == ["small", "far", "big"]
    assert _names(shops, q="", department="SD26") == ["big", "small", "far"]


def test_a_rating_given_a_moment_ago_counts_in_the_order(shops: dict[str, str]) -> None:
    assert _names(shops, q="餐饮", sort="rating")[0] == "small"
    SearchEntry.objects.filter(pk=shops["far"]).update(score=5.0)  # no new state of the index
    assert _names(shops, q="餐饮", sort="rating")[0] == "far"


def test_switches_type_and_region_narrow_and_are_counted(shops: dict[str, str]) -> None:
    facets = queries.search_items(q="餐饮").facets
    assert (facets.online, facets.bookable, facets.free) == (1, 1, 2)
    assert {(one.code, one.name, one.count) for one in facets.regions} == {("local", "属地办理", 2), ("cross_city", "全省通办", 1)}
    assert {(one.code, one.count) for one in facets.types} == {("license", 1), ("confirmation", 2)}
    assert _names(shops, q="餐饮", is_online=True) == ["big"]
    assert _names(shops, q="餐饮", is_bookable=True) == ["small"]
    assert _names(shops, q="餐饮", region="cross_city") == ["small"]
    assert _names(shops, q="餐饮", item_type="license") == ["big"]
    assert queries.search_items(q="餐饮", region="cross_city").facets.bookable == 1


def test_departments_and_themes_that_the_query_names_are_offered(shops: dict[str, str]) -> None:
    assert [(one.kind, one.code) for one in queries.search_items(q="市场监管局餐饮").places] == [("department", "SD26")]
    assert queries.search_items(q="餐饮").places == ()


def test_punctuation_alone_is_told_from_words_without_a_hit(shops: dict[str, str]) -> None:
    assert not queries.search_items(q="，。！？……").is_readable
    assert queries.search_items(q="餐饮").is_readable
    assert queries.search_items(q="").is_readable
    assert queries.search_items(q="餐饮" * 5000).is_readable
