"""What is counted of use: misses, clicks, ratings, hot words; nothing that could name a person, nothing twice, nothing for long."""

from datetime import timedelta
from functools import partial

import pytest

from hall.services import events
from hall.services.search import commands, hot, jobs, queries, reports, rules, uses
from hall.services.search.models import HotWord, SearchClick, SearchEntry, SearchMiss
from hall.support.access.actors import NotAllowed, Role
from hall.support.jobs import queue
from tests.make.crowds import at_once
from tests.make.people import actor_for, make_staff
from tests.make.search import NOW, make_item, make_synonym

pytestmark = pytest.mark.django_db


@pytest.fixture
def licence() -> str:
    code = make_item("机动车驾驶证补证", keywords=["驾照丢了"])
    make_item("居民身份证申领", keywords=["办身份证"])
    make_synonym("驾照", "机动车驾驶证", [code])
    commands.reindex(now=NOW)
    return code


def _miss(q: str, times: int = 1) -> None:
    for _ in range(times):
        commands.count_later(q, hits=0, now=NOW)
    queue.run_due_now()


def test_a_miss_is_shown_only_when_several_visits_typed_it(licence: str) -> None:
    _miss("养蜂证", 2)
    assert reports.misses(now=NOW) == []
    _miss("养蜂 证")
    assert [(row.query, row.uses, row.last_day) for row in reports.misses(now=NOW)] == [("养蜂证", 3, "2026-11-23")]
    assert reports.misses(now=NOW + timedelta(days=28)) == []


def test_numbers_and_long_stories_are_no_misses(licence: str) -> None:
    for q in ("13953112345", "370102199001011234", "张三的案件编号5", "养", "，。", "我家老人上个月去世了留下一套房子不知道该找谁办过户"):
        _miss(q)
    assert not SearchMiss.objects.exists()


def test_a_click_counts_for_words_of_the_catalogue_and_known_items_only(licence: str) -> None:
    assert commands.count_click_later("驾照", item_code=licence, place=1, now=NOW)
    assert commands.count_click_later("驾照丢了", item_code=licence, place=3, now=NOW)
    for q, code, place in (
        ("驾照", "379999999999", 1),
        ("驾照", licence, 0),
        ("驾照", licence, 1001),
        ("张三的驾照", licence, 1),
        ("驾照13953112345", licence, 1),
        ("", licence, 1),
    ):
        assert not commands.count_click_later(q, item_code=code, place=place, now=NOW), q
    queue.run_due_now()
    assert set(SearchClick.objects.values_list("query", "clicks", "places")) == {("驾照", 1, 1), ("驾照丢了", 1, 3)}


def test_a_query_that_several_typed_before_counts_too(licence: str) -> None:
    assert not commands.count_click_later("车本本", item_code=licence, place=2, now=NOW)
    _miss("车本本", rules.LEAST_SHOWN_MISSES)
    assert commands.count_click_later("车本本", item_code=licence, place=2, now=NOW)


def test_the_click_report_names_what_stands_too_far_down(licence: str) -> None:
    for place, times in ((6, 2), (8, 2)):
        for _ in range(times):
            uses.add_click(query="驾照", item_code=licence, place=place, day="2026-11-22")
    for _ in range(3):
        uses.add_click(query="驾照丢了", item_code=licence, place=1, day="2026-11-22")
    uses.add_click(query="车本", item_code=licence, place=9, day="2026-11-22")  # once is nobody's habit but one's
    low = reports.clicks(now=NOW, is_low_only=True)
    assert [(row.query, row.name, row.clicks, row.place) for row in low] == [("驾照", "机动车驾驶证补证", 4, 7.0)]
    assert [row.query for row in reports.clicks(now=NOW)] == ["驾照", "驾照丢了"]


def test_old_misses_and_clicks_are_forgotten() -> None:
    for day in ("2026-10-01", "2026-11-22"):
        uses.add_miss(query="养蜂证", day=day)
        uses.add_click(query="驾照", item_code="370107006000", place=1, day=day)
    jobs.forget_old_uses(now=NOW)
    assert [one.day.isoformat() for one in (*SearchMiss.objects.all(), *SearchClick.objects.all())] == ["2026-11-22", "2026-11-22"]


def _rated(rating_id: int, code: str, grade: int = 4) -> events.CaseRated:
    return events.CaseRated(rating_id, rating_id, code, "SD07", grade)


def test_the_mean_grade_counts_from_five_ratings_and_each_once(licence: str) -> None:
    for rating_id, grade in ((1, 5), (2, 5), (3, 4), (4, 4), (4, 4), (1, 5)):
        jobs.count_rating(_rated(rating_id, licence, grade))
    assert SearchEntry.objects.get(pk=licence).score is None
    jobs.count_rating(_rated(5, licence, 3))
    assert SearchEntry.objects.get(pk=licence).score == 4.2


def test_a_mean_grade_outlives_that_an_item_is_suspended(licence: str) -> None:
    from tests.make.search import make_status

    for rating_id in range(5):
        jobs.count_rating(_rated(rating_id, licence))
    for status in ("suspended", "published"):
        make_status(licence, status)
        jobs.reindex_published(events.ItemsPublished([licence]))
    assert SearchEntry.objects.get(pk=licence).score == 4.0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Ratings of one item counted by several workers at the same moment."""

    def _count(self, rounds: int = 8, people: int = 5) -> list[float | None]:
        found = []
        for n in range(rounds):
            code = make_item(f"事项{n}")
            commands.reindex(now=NOW)
            outcomes = at_once([partial(jobs.count_rating, _rated(n * people + one, code, 1 + one)) for one in range(people)])
            assert outcomes == [None] * people
            found.append(SearchEntry.objects.get(pk=code).score)
        return found

    def test_none_is_left_out_of_the_mean(self) -> None:
        assert self._count() == [3.0] * 8

    def test_control_without_the_lock_some_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "_lock_entry", lambda code: None)
        assert self._count(rounds=30) != [3.0] * 30


def _use(word: str, times: int, *, days_ago: int = 0) -> None:
    for _ in range(times):
        uses.add_use(query=word, hits=1, day=(NOW - timedelta(days=days_ago)).date().isoformat())


def test_hot_words_of_the_day_and_of_the_week(licence: str) -> None:
    _use("身份证", 9, days_ago=3)
    _use("驾照", 6)
    assert hot.hot_words(limit=2, now=NOW) == ["身份证", "驾照"]
    assert hot.hot_words(limit=2, days=1, now=NOW)[0] == "驾照"
    assert "身份证" not in hot.hot_words(limit=2, days=1, now=NOW)


def test_an_administrator_pins_bars_and_frees_words(licence: str) -> None:
    admin = actor_for(make_staff(Role.SYS_ADMIN))
    _use("身份证", 9)
    _use("驾照", 6)
    hot.pin_hot_word(actor=admin, word="高考报名", now=NOW)
    hot.pin_hot_word(actor=admin, word="冬季取暖补贴", now=NOW)
    hot.pin_hot_word(actor=admin, word=" 高考报名", now=NOW)
    hot.bar_hot_word(actor=admin, word="身份证", now=NOW)
    assert queries.hot_words(limit=3, now=NOW) == ["高考报名", "冬季取暖补贴", "驾照"]
    table = {row.word: (row.week_uses, row.decision) for row in hot.hot_table(now=NOW)}
    assert table == {"高考报名": (0, "pin"), "冬季取暖补贴": (0, "pin"), "身份证": (9, "bar"), "驾照": (6, "")}
    hot.free_hot_word(actor=admin, word="身份证", now=NOW)
    hot.free_hot_word(actor=admin, word="高考报名", now=NOW)
    assert queries.hot_words(limit=3, now=NOW) == ["冬季取暖补贴", "身份证", "驾照"]
    shipped = queries.hot_words(limit=8, now=NOW)[-1]
    hot.bar_hot_word(actor=admin, word=shipped, now=NOW)
    assert shipped not in queries.hot_words(limit=99, now=NOW)


def test_only_an_administrator_decides_and_no_number_becomes_hot(licence: str) -> None:
    admin, clerk = actor_for(make_staff(Role.SYS_ADMIN)), actor_for(make_staff(Role.CLERK, department_code="SD07"))
    for command in (hot.pin_hot_word, hot.bar_hot_word, hot.free_hot_word):
        with pytest.raises(NotAllowed):
            command(actor=clerk, word="驾照", now=NOW)
    for word in ("", "证", "13953112345", "这是一个长得没有人会当成热词的句子"):
        with pytest.raises(hot.WordUnfit):
            hot.pin_hot_word(actor=admin, word=word, now=NOW)
    assert not HotWord.objects.exists()
