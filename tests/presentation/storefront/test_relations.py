"""The drawing of what comes before and after an item: nothing overlaps, nothing is left out, and the list says the same."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hall.presentation.storefront.relations import MOST_BOXES, Drawing, relation_graph, text_width, wrapped
from hall.services.catalogue.models import Relation
from hall.services.catalogue.rows import ItemCard, Neighbours
from tests.make.catalogue import make_item

NAMES = st.text("食品经营许可ABC（一）、 123", min_size=1, max_size=60).map(str.strip).filter(bool)


def card(name: str, promised_days: int = 5) -> ItemCard:
    return ItemCard(
        "370100000001", name, "published", "SD02", "省发展改革委", "省发展改革委", "full", promised_days, 20, "working",
        "promise", 0, ("org",), "license", True, False, False, "local", 1,
    )  # fmt: skip


CARDS = st.lists(NAMES.map(card), max_size=9).map(tuple)


def boxes_of(drawing: Drawing) -> list[str]:
    return ["".join(box.lines) for box in drawing.boxes if not box.tone]


@given(NAMES, CARDS, CARDS, CARDS)
def test_every_box_is_in_the_drawing_and_none_lies_on_another(
    name: str, before: tuple[ItemCard, ...], together: tuple[ItemCard, ...], after: tuple[ItemCard, ...]
) -> None:
    graph = relation_graph(name, Neighbours(before, together, after))
    assert (graph is None) == (not (before or together or after))
    for drawing in (graph.wide, graph.tall) if graph else ():
        for place, box in enumerate(drawing.boxes):
            assert box.x >= 0 and box.x + box.width <= drawing.width and box.y >= 0 and box.y + box.height <= drawing.height
            assert all(text_width(line) * 15 <= box.width - 28 for line in box.lines)
            assert box.y < box.baselines[0][0] - 10 and (box.note_y if box.note else box.baselines[-1][0]) < box.y + box.height
            for other in drawing.boxes[:place]:
                apart = box.x >= other.x + other.width or other.x >= box.x + box.width
                assert apart or box.y >= other.y + other.height or other.y >= box.y + box.height
        assert sum(box.tone == "self" for box in drawing.boxes) == 1
        drawn = sum(min(len(cards), MOST_BOXES) for cards in (before, together, after))
        assert len(drawing.boxes) == drawn + 1
        assert len(drawing.headings) == sum(bool(cards) for cards in (before, together, after))


@given(NAMES, CARDS, CARDS, CARDS)
def test_the_lists_say_all_that_the_drawing_says(
    name: str, before: tuple[ItemCard, ...], together: tuple[ItemCard, ...], after: tuple[ItemCard, ...]
) -> None:
    graph = relation_graph(name, Neighbours(before, together, after))
    if graph:
        assert [group.cards for group in graph.groups] == [cards for cards in (before, together, after) if cards]
        for cards in (before, together, after):
            assert all(one.name in graph.summary for one in cards[:6])


@given(NAMES, st.integers(4, 30))
def test_a_name_is_cut_only_where_it_does_not_fit(name: str, width: int) -> None:
    lines = wrapped(name, width)
    assert 1 <= len(lines) <= 2
    assert all(text_width(line) <= width for line in lines)
    assert "".join(lines) == name or ("".join(lines).endswith("…") and name.startswith("".join(lines)[:-1]))


def test_the_summary_reads_as_a_sentence() -> None:
    graph = relation_graph("公司设立登记", Neighbours((card("名称申报"),), (card("印章"), card("社保")), (card("食品经营许可"),)))
    assert graph is not None
    told = "先办好名称申报，再办公司设立登记；办完公司设立登记，再办食品经营许可；公司设立登记可以和印章、社保一起办。"
    assert graph.summary == told


@pytest.mark.django_db
def test_the_item_page_shows_a_described_drawing_and_the_same_as_a_list() -> None:
    before, item, alone = make_item(name="名称申报"), make_item(name="公司设立登记"), make_item(name="无关事项")
    Relation.objects.create(item_id=item.code, kind="prerequisite", to_item_id=before.code)
    page = Client().get(f"/items/{item.code}").content.decode()
    assert page.count('role="img" aria-label="先办好名称申报，再办公司设立登记。"') == 2, "one for wide screens, one for phones"
    section = page[page.index('id="related"') : page.index('id="ratings"')]
    assert re.search(rf'<h3>先办这些.*?<a href="/items/{before.code}">名称申报</a>', section, re.DOTALL)
    assert 'href="#related"' in page
    assert 'id="related"' not in Client().get(f"/items/{alone.code}").content.decode()
