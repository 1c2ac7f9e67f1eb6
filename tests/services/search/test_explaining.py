"""Why an item stands where it stands: the parts add up to the score that ranks it; a word is tried without being kept."""

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue.models import Synonym
from hall.services.search import analysis, commands, explaining, queries, shelf, trying
from tests.make.search import NOW, make_figures, make_item, make_synonym

pytestmark = pytest.mark.django_db
QUERIES = ("身份证丢了", "驾照", "居民身份证申领", "公安局身份证", "sfz", "shenfenzheng", "身分证补领")


@pytest.fixture
def items() -> dict[str, str]:
    codes = {
        "id": make_item("居民身份证换领、补领", keywords=["身份证丢了"], themes=["P15"]),
        "new": make_item("居民身份证申领", keywords=["办身份证"]),
        "car": make_item("机动车驾驶证补证", keywords=["驾照丢了"]),
        "dog": make_item("犬类准养登记"),
    }
    make_synonym("驾照", "机动车驾驶证", [codes["car"]])
    commands.reindex(now=NOW)
    make_figures(codes["new"], popularity=12)
    return codes


@pytest.mark.parametrize("q", QUERIES)
def test_the_parts_add_up_to_what_ranks(items: dict[str, str], q: str) -> None:
    meaning = analysis.understand(q, shelf.current())
    reckoned = {entry.code: score for score, entry in queries._by_words(meaning, shelf.current())}
    assert reckoned
    for code, one in explaining.explanations(q, items.values()).items():
        assert one.by_words == reckoned.get(code, 0) / 1000
        if code in reckoned:
            summed = sum(part.score for part in one.parts) * one.demand
            assert summed * one.name == pytest.approx(one.by_words, abs=0.002)
            assert summed <= one.by_words + 0.002  # a name never takes away


def test_the_parts_say_in_words_where_they_come_from(items: dict[str, str]) -> None:
    kinds = {part.kind for part in explaining.explanations("公安局的驾照", [items["car"]])[items["car"]].parts}
    assert {"部门", "俗称", "词"} <= kinds
    found = explaining.explain("居民身份证申领", items["new"])
    assert found is not None
    assert found.place == 1
    assert found.explanation.name > 1.5  # its whole name was typed
    assert explaining.explain("身份证", "379999999999") is None


def test_what_is_no_hit_has_no_place(items: dict[str, str]) -> None:
    found = explaining.explain("驾照", items["dog"])
    assert found is not None
    assert found.place == 0


def test_a_page_of_explanations_costs_three_statements(items: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    explaining.explanations("身份证", items.values())
    with django_assert_num_queries(3):
        explaining.explanations("身份证", items.values())


def test_a_word_is_tried_without_being_kept(items: dict[str, str]) -> None:
    trial = trying.try_query("毛孩子上户口", term="毛孩子", code=items["dog"])
    assert items["dog"] not in [hit.code for hit in trial.now]
    assert trial.after is not None
    assert (trial.after[0].code, trial.after[0].before) == (items["dog"], 0)
    assert not Synonym.objects.filter(citizen_term="毛孩子").exists()
    assert trying.try_query("毛孩子上户口").now == trial.now
    assert trying.try_query("身份证", term="", code=items["dog"]).after is None
    assert trying.try_query("身份证", term="毛孩子", code="379999999999").after is None
