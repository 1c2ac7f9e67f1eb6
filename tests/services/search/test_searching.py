"""Searching: never a fault, always the same order, filters with their counts, pages by cursor, suggestions, hot words."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.services.search import commands, jobs, queries, uses
from hall.services.search.models import SearchEntry, SearchUse
from hall.support.jobs import queue
from tests.make import search as make
from tests.make.search import NOW, make_item, make_synonym

pytestmark = pytest.mark.django_db
ODD = [
    "",
    "   ",
    "，。！？",
    "😀😀",
    "\x00\x01\x1b[31m",
    "' OR 1=1; DROP TABLE search_entry; --",
    "%_%",
    "w:身份证",
    "<script>alert(1)</script>",
    "的",
    "怎么办",
    "长" * 10_000,
    "\ud800",
    "𠮷野家",
    "١٢٣",
    "a" * 500,
]
_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def few_items() -> dict[str, str]:
    codes = {
        "id": make_item("居民身份证换领、补领", keywords=["身份证丢了"], themes=["P15"]),
        "new": make_item("居民身份证申领", keywords=["办身份证"], themes=["P15"]),
        "hotel": make_item("旅馆业特种行业许可证核发", keywords=["开宾馆"], audience=["org"], charged=True, online_depth="prelim"),
        "birth": make_item("出生登记", keywords=["上户口"], themes=["P01"]),
        "shop": make_item("食品经营许可", keywords=["开饭店"], dept_code="SD26", audience=["person", "org"]),
        "car": make_item("机动车驾驶证补证", keywords=["驾照丢了"]),
    }
    make_synonym("驾照", "机动车驾驶证", [codes["car"]])
    commands.reindex(now=NOW)
    return codes


def test_odd_input_gets_an_answer_and_somewhere_to_go(few_items: dict[str, str]) -> None:
    for q in ODD:
        page = queries.search_items(q=q)
        assert page.hits or page.nearest, q
        queries.suggest(q)


def test_an_empty_index_answers_too() -> None:
    assert queries.search_items(q="身份证").total == 0
    assert queries.suggest("身份证") == []


@settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
@given(q=st.text(max_size=120) | st.text("身份证丢补领换驾照开饭店sfzheng 的了怎么？", max_size=20), after=st.none() | st.text(max_size=30))
def test_whatever_is_typed_the_same_query_gives_the_same_answer(q: str, after: str | None, few_items: dict[str, str]) -> None:
    first = queries.search_items(q=q, after=after, limit=3)
    assert first == queries.search_items(q=q, after=after, limit=3)
    assert all("".join(part.text for part in hit.name) for hit in first.hits)
    assert [(-hit.score, hit.code) for hit in first.hits] == sorted((-hit.score, hit.code) for hit in first.hits)


def test_a_page_costs_two_statements_and_a_suggestion_at_most_two(
    few_items: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):  # this process has not seen the index yet
        queries.search_items(q="身份证")
    with django_assert_num_queries(2):
        queries.search_items(q="身份证", department="SD07", audience="person")
    with django_assert_num_queries(2):
        queries.suggest("驾照")
    with django_assert_num_queries(1):
        queries.hot_words(now=NOW)


def test_filters_narrow_and_each_facet_counts_without_its_own(few_items: dict[str, str]) -> None:
    page = queries.search_items(q="许可", audience="person")
    assert [hit.code for hit in page.hits] == [few_items["shop"]]
    assert {(one.code, one.name, one.count) for one in page.facets.audiences} == {("person", "个人", 1), ("org", "法人", 2)}
    assert [(one.code, one.name, one.count) for one in page.facets.departments] == [("SD26", "省市场监管局", 1)]
    assert queries.search_items(q="许可", is_free=False).total == 1
    assert queries.search_items(q="许可", depth="prelim").hits[0].code == few_items["hotel"]
    assert {hit.code for hit in queries.search_items(q="身份证", theme="P15").hits} == {few_items["id"], few_items["new"]}


def test_filters_that_hide_every_hit_offer_what_they_hid(few_items: dict[str, str]) -> None:
    page = queries.search_items(q="开宾馆", audience="person")
    assert page.total == 0
    assert few_items["hotel"] in [one.code for one in page.nearest]


def test_without_a_query_a_filter_alone_lists_its_items_page_by_page(few_items: dict[str, str]) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = queries.search_items(q="", department="SD07", limit=2, after=cursor)
        seen += [hit.code for hit in page.hits]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(few_items[one] for one in ("id", "new", "hotel", "birth", "car"))


def test_pages_by_cursor_hold_every_hit_once(few_items: dict[str, str]) -> None:
    whole = [hit.code for hit in queries.search_items(q="身份证 许可 登记 驾照").hits]
    seen: list[str] = []
    cursor = None
    while len(seen) < len(whole):
        page = queries.search_items(q="身份证 许可 登记 驾照", limit=1, after=cursor)
        seen += [hit.code for hit in page.hits]
        cursor = page.next_cursor
    assert seen == whole
    assert cursor is None


def test_what_matched_is_marked_and_the_reason_is_said(few_items: dict[str, str]) -> None:
    hit = queries.search_items(q="身份证补领").hits[0]
    assert [part.text for part in hit.name if part.is_match] == ["身份证", "补领"]
    assert hit.why[0].startswith("名称里有")
    assert queries.search_items(q="驾照").hits[0].why == ("大家也叫它“驾照”",)


def test_a_typing_error_is_mended_and_told(few_items: dict[str, str]) -> None:
    page = queries.search_items(q="身分证补领")
    assert page.did_you_mean == "身份证补领"
    assert page.hits[0].code == few_items["id"]
    assert queries.search_items(q="身份证补领").did_you_mean is None


def test_suggestions_begin_with_what_is_typed_in_characters_pinyin_or_initials(few_items: dict[str, str]) -> None:
    assert queries.suggest("居民身")[0].text.startswith("居民身份证")
    assert queries.suggest("居民身")[0].marks == ((0, 3),)
    for typed in ("chushengd", "csdj", "cusendenji", "出sheng"):
        assert queries.suggest(typed)[0].code == few_items["birth"], typed
    assert ("department", "SD07") in [(one.kind, one.code) for one in queries.suggest("公安")]
    assert queries.suggest("驾照")[0].code == few_items["car"]
    assert queries.suggest("身分证")[0].kind == "item"


def test_a_publication_is_found_and_a_suspended_item_is_not(few_items: dict[str, str]) -> None:
    fresh = make_item("犬类准养登记", keywords=["养狗证"])
    assert fresh not in [hit.code for hit in queries.search_items(q="养狗证").hits]
    make.make_status(few_items["birth"], "suspended")
    jobs.reindex_published(_published([fresh, few_items["birth"]]))
    assert queries.search_items(q="养狗证").hits[0].code == fresh
    assert few_items["birth"] not in [hit.code for hit in queries.search_items(q="上户口").hits]
    assert few_items["birth"] not in [one.code for one in queries.suggest("出生")]
    make.make_status(few_items["birth"], "published")
    jobs.reindex_published(_published([few_items["birth"]]))
    assert queries.search_items(q="上户口").hits[0].code == few_items["birth"]


def test_indexing_twice_changes_no_answer(few_items: dict[str, str]) -> None:
    before = queries.search_items(q="身份证丢了")
    assert commands.reindex(now=NOW) == 6
    assert commands.reindex([few_items["id"]], now=NOW) == 1
    assert queries.search_items(q="身份证丢了") == before


def test_the_same_question_is_answered_from_memory_until_the_index_changes_or_half_a_minute_is_over(
    few_items: dict[str, str], monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = queries.search_items(q="身份证 补办")
    with django_assert_num_queries(1):
        assert queries.search_items(q="身份证 补办") is first
    with django_assert_num_queries(2):
        assert queries.search_items(q="身份证 补办", limit=1).hits == first.hits[:1]
    commands.reindex(now=NOW)
    assert queries.search_items(q="身份证 补办") is not first
    now = queries.PAGES.clock()
    monkeypatch.setattr(queries.PAGES, "clock", lambda: now + 31)
    with django_assert_num_queries(2):
        queries.search_items(q="身份证 补办")


def test_applications_lift_an_item_and_one_told_twice_counts_once(few_items: dict[str, str]) -> None:
    last = queries.search_items(q="身份证").hits[1].code
    queries.PAGES.clear()  # half a minute later
    for case_id in (*range(1, 41), 40, 40, 39):
        jobs.count_application(_submitted(case_id, last))
    assert SearchEntry.objects.get(code=last).popularity == 40
    assert queries.search_items(q="身份证").hits[0].code == last
    commands.reindex(now=NOW)
    assert queries.search_items(q="身份证").hits[0].code == last


def test_hot_words_are_what_many_searched_and_found_then_the_shipped_ones(few_items: dict[str, str]) -> None:
    shipped = queries.hot_words(now=NOW)
    assert len(shipped) == 8
    for _ in range(6):
        commands.count_later("驾照", hits=1, now=NOW)
    commands.count_later("身份证", hits=2, now=NOW)  # once is nobody's habit but one's
    queue.run_due_now()
    assert queries.hot_words(now=NOW) == ["驾照", *shipped[:7]]
    assert queries.hot_words(now=NOW + timedelta(days=7)) == shipped


def test_what_could_name_a_person_is_never_kept(few_items: dict[str, str]) -> None:
    for q in ("张三", "13953112345", "370102199001011234", "张三的身份证", "没有这个词"):
        commands.count_later(q, hits=3, now=NOW)
    queue.run_due_now()
    assert not SearchUse.objects.exists()


def test_old_counts_are_forgotten() -> None:
    uses.add_use(query="驾照", hits=1, day="2026-10-01")
    uses.add_use(query="驾照", hits=1, day="2026-11-23")
    jobs.forget_old_uses(now=NOW)
    assert [one.day.isoformat() for one in SearchUse.objects.all()] == ["2026-11-23"]


def _published(codes: list[str]) -> "jobs.events.ItemsPublished":
    return jobs.events.ItemsPublished(codes=codes)


def _submitted(case_id: int, code: str) -> "jobs.events.ApplicationSubmitted":
    return jobs.events.ApplicationSubmitted(case_id, f"S{case_id}", 1, code, "事项", "SD07")
