"""Lines under the search box: what was typed is marked, in characters, pinyin and initials; quickly."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.services.search import commands, queries, shelf, suggesting
from tests.make.search import NOW, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def items() -> None:
    for name in ("食品经营许可", "公共场所卫生许可", "出生登记", "ICP 备案", "重庆路市场登记"):
        make_item(name)
    commands.reindex(now=NOW)


def _marked(q: str) -> dict[str, list[str]]:
    return {line.text: [line.text[start:end] for start, end in line.marks] for line in queries.suggest(q)}


@pytest.mark.parametrize(
    ("q", "text", "stretch"),
    [
        ("食品经", "食品经营许可", "食品经"),
        ("经营", "食品经营许可", "经营"),
        ("shipinj", "食品经营许可", "食品经"),
        ("shi品", "食品经营许可", "食品"),
        ("jingyingxuke", "食品经营许可", "经营许可"),
        ("spjy", "食品经营许可", "食品经营"),
        ("csdj", "出生登记", "出生登记"),
        ("icp", "ICP 备案", "ICP"),
        ("公共场所", "公共场所卫生许可", "公共场所"),
    ],
)
def test_what_was_typed_is_marked(items: None, q: str, text: str, stretch: str) -> None:
    assert _marked(q)[text] == [stretch]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(max_size=20) | st.text("shipnjgy食品经出生登 ICP", max_size=8))
def test_marks_lie_inside_their_line(q: str, items: None) -> None:
    for line in queries.suggest(q):
        assert all(0 <= start < end <= len(line.text) for start, end in line.marks)


def test_letters_that_mean_nothing_lead_to_what_most_people_want(items: None) -> None:
    page = queries.search_items(q="qqzzqqzz")
    assert page.total == 0
    assert page.nearest
    assert {one.kind for one in page.nearest} <= {"item", "theme"}


@pytest.mark.shipped
def test_the_shipped_catalogue_answers_each_key_in_a_few_milliseconds() -> None:
    lexicon = shelf.current()
    spent = []
    for word in ("食品经营许可", "shipinjingying", "spjyxk", "孩子上户口", "市场监管局"):
        for length in range(1, len(word) + 1):
            started = time.perf_counter()
            suggesting.suggestions(word[:length], lexicon, limit=8)
            spent.append(time.perf_counter() - started)
    assert sorted(spent)[len(spent) * 9 // 10] < 0.05
