"""Full text over materials, questions and guides: found by the words in it, in few statements, in step with publications."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.services import events
from hall.services.catalogue.models import Item
from hall.services.search import commands, jobs, passages
from hall.services.search.models import SearchPassage
from tests.make.catalogue import make_item, material_row
from tests.make.search import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def guides() -> dict[str, str]:
    codes = {
        "food": make_item(
            name="食品经营许可",
            materials=[material_row(1, name="从业人员健康证明", guideline="体检满一年的应重新体检"), material_row(2, name="平面布置图")],
            conditions=["有与食品品种、数量相适应的经营场所"],
        ).code,
        "hotel": make_item(name="公共场所卫生许可", materials=[material_row(1, name="从业人员健康证明")]).code,
        "bid": make_item(name="企业投资项目核准", faqs=[{"question": "外地企业能申请吗", "answer": "能，凭营业执照在网上申请。"}]).code,
    }
    commands.reindex(now=NOW)
    assert passages.renew(codes.values()) > 0
    return codes


def _found(q: str) -> list[tuple[str, str, str, int]]:
    return [(one.kind, "".join(part.text for part in one.title), one.item_code, one.others) for one in passages.find_passages(q)]


def test_a_material_of_several_items_is_found_once_and_names_how_many(guides: dict[str, str]) -> None:
    (kind, title, code, others), *rest = _found("健康证明")
    assert (kind, title, others) == ("material", "从业人员健康证明", 1)
    assert code in {guides["food"], guides["hotel"]}
    assert all(one[1] != title for one in rest)


def test_questions_and_guides_are_found_by_what_they_say(guides: dict[str, str]) -> None:
    assert _found("外地企业")[0][:3] == ("faq", "外地企业能申请吗", guides["bid"])
    assert ("guide", "受理条件", guides["food"], 0) in _found("经营场所")
    hit = passages.find_passages("重新体检要带什么材料")[0]
    assert [part.text for part in hit.text if part.is_match]
    assert hit.item_code == guides["food"]


def test_what_stands_nowhere_is_not_found(guides: dict[str, str]) -> None:
    for q in ("", "，。！", "飞船", "的"):
        assert passages.find_passages(q) == []


def test_it_costs_two_statements(guides: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    passages.find_passages("健康证明")
    with django_assert_num_queries(2):
        passages.find_passages("健康证明")


def test_a_publication_changes_what_is_found(guides: dict[str, str]) -> None:
    make_item(code=guides["food"], name="食品经营许可", materials=[material_row(1, name="食品安全管理制度")])
    jobs.reindex_published(events.ItemsPublished([guides["food"]]))
    assert _found("管理制度")[0][2] == guides["food"]
    assert _found("平面布置图") == []
    Item.objects.filter(pk=guides["food"]).update(status="abolished")
    jobs.reindex_published(events.ItemsPublished([guides["food"]]))
    assert _found("管理制度") == []


def test_items_without_texts_are_filled_up_at_night(guides: dict[str, str]) -> None:
    SearchPassage.objects.all().delete()
    jobs.fill_passages(now=NOW)
    assert _found("健康证明")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(max_size=120) | st.text("健康证明经营场所的怎么材料 a1", max_size=20))
def test_whatever_is_typed_is_answered(q: str, guides: dict[str, str]) -> None:
    for hit in passages.find_passages(q):
        assert hit.item_code in guides.values()


def test_among_very_many_texts_the_answer_comes_quickly(guides: dict[str, str]) -> None:
    common = [
        SearchPassage(
            entry_id=guides["hotel"], kind="material", title=f"营业执照复印件{n}", text="", grams=passages._grams(f"营业执照复印件{n}")
        )
        for n in range(20_000)
    ]
    SearchPassage.objects.bulk_create(common, batch_size=5000)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        assert passages.find_passages("营业执照复印件")
        times.append(time.perf_counter() - started)
    assert sorted(times)[2] < 0.05
