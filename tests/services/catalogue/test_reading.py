"""What pages read: everything in few statements, in order, by keyset."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import implementing, queries
from hall.services.catalogue.elements import Contact
from hall.services.catalogue.intake.words import refresh_figures
from hall.services.catalogue.models import Bundle, BundleItem, Synonym, SynonymItem
from hall.support.identity.models import Department
from tests.make.catalogue import import_folder, make_item, make_theme, write_small_data

pytestmark = pytest.mark.django_db


@pytest.mark.shipped
def test_an_item_page_costs_six_statements_at_most() -> None:
    implementing.regions()  # read once a minute
    for code in ("370126014000", "370102002000", "371002001000"):
        with CaptureQueriesContext(connection) as statements:
            page = queries.item_page(code)
        assert len(statements) <= 6
    assert page is not None
    assert page.version.name == "企业投资项目备案"
    assert page.department.items > 0
    assert [bundle.code for bundle in page.neighbours.bundles] == ["YJS005"]
    assert "立项备案" in page.keywords
    assert [theme.code for theme in page.themes] == ["L08"]


def test_unknown_codes_have_no_page() -> None:
    assert queries.item_page("x") is None
    assert queries.current_version("x") is None
    assert queries.item_version(10**12) is None
    assert queries.bundle("x") is None
    assert queries.theme("x") is None


def test_where_nothing_is_known_the_page_shows_the_departments_phone_else_the_hotline() -> None:
    version = make_item()
    page = queries.item_page(version.code)
    assert page is not None
    assert page.consult_contacts == (Contact("电话", "0531-12345", "省发展改革委"),)
    assert page.version.places == ()
    Department.objects.update(phone="")
    page = queries.item_page(version.code)
    assert page is not None
    assert page.consult_contacts[0].value == "12345"
    given = make_item(consult_contacts=[{"kind": "窗口", "value": "2 楼 B 区"}])
    page = queries.item_page(given.code)
    assert page is not None
    assert page.consult_contacts == (Contact("窗口", "2 楼 B 区"),)


def test_relations_are_seen_from_both_ends() -> None:
    first = make_item(name="先办").code
    middle = make_item(name="中间", related={"prerequisite": [first]}).code
    last = make_item(name="后办", related={"prerequisite": [middle], "joint": [first]}).code
    around = queries.neighbours(middle)
    assert [card.code for card in around.before] == [first]
    assert [card.code for card in around.after] == [last]
    assert [card.code for card in queries.neighbours(first).together] == [last]


def test_an_abolished_neighbour_is_left_out_and_a_suspended_one_is_shown() -> None:
    gone, paused = make_item(status="abolished").code, make_item(status="suspended").code
    code = make_item(related={"followup": [gone, paused]}).code
    assert [card.code for card in queries.neighbours(code).after] == [paused]


def test_cards_keep_the_order_asked_for(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    codes = [make_item().code for _ in range(3)]
    with django_assert_num_queries(1):
        cards = queries.item_cards([codes[2], "unknown", codes[0], codes[2], codes[1]])
    assert [card.code for card in cards] == [codes[2], codes[0], codes[1]]
    assert (cards[0].item_type_name, cards[0].online_depth_name, cards[0].audience_names) == ("行政许可", "全程网办", ("个人", "法人"))
    with django_assert_num_queries(0):
        assert queries.item_cards([]) == []


def walked(ask: Callable[[str | None], queries.CardPage]) -> list[str]:
    codes: list[str] = []
    after: str | None = None
    while True:
        page = ask(after)
        codes += [card.code for card in page.cards]
        after = page.next_after
        if after is None:
            return codes


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_walking_a_list_meets_every_item_once_most_asked_for_first(limit: int) -> None:
    made = [make_item(keywords=[f"词{i}" for i in range(number % 3)]) for number in range(7)]
    make_item(department_code="SD03")
    make_item(status="abolished")
    refresh_figures()
    codes = walked(lambda after: queries.items_of_department("SD02", after=after, limit=limit))
    assert codes == [code for _, code in sorted((1000 - number % 3, version.code) for number, version in enumerate(made))]


@pytest.mark.parametrize("after", ["", "x", "-", "5", "１-2", "9" * 30 + "-x", "1-\0", "abc-370100000000"])
def test_a_made_up_place_in_the_list_is_its_beginning(after: str) -> None:
    code = make_item().code
    assert [card.code for card in queries.items(after=after).cards] == [code]


def test_lists_are_filtered_and_counted(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_theme("P01", audience="person")
    person = make_item(audience=["person"], themes=["P01"]).code
    org = make_item(audience=["org"], themes=["L08"], department_code="SD03").code
    both = make_item(themes=["P01", "L08"], online_depth="prelim", onsite_visits=1).code
    refresh_figures()
    with django_assert_num_queries(2):
        page = queries.items(theme="P01")
    assert ({card.code for card in page.cards}, page.total) == ({person, both}, 2)
    assert queries.items().total == 3
    assert {card.code for card in queries.items(audience="org").cards} == {org, both}
    assert queries.items(audience="org").total == 2
    mixed = queries.items(department="SD02", audience="person", online_depth="full")
    assert ([card.code for card in mixed.cards], mixed.total) == ([person], 1)
    assert queries.items(department="SD99").total == 0
    assert queries.theme_counts() == {"P01": 2, "L08": 2}
    tally = queries.department_tallies()["SD02"]
    assert (tally.items, tally.applicable, tally.full_online) == (2, 2, 1)
    assert queries.whole_tally().items == 3


def test_a_count_beyond_a_thousand_is_said_to_be_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    for _ in range(3):
        make_item()
    page = queries.items(department="SD02", audience="person")
    assert (page.total, page.is_more_than_total) == (2, True)


def test_shelves_hold_the_first_items_of_each_theme(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_theme("P01", audience="person")
    make_theme("P02", audience="person")
    codes = [make_item(themes=["P01"], keywords=[f"词{i}" for i in range(number)]).code for number in range(6)]
    refresh_figures()
    with django_assert_num_queries(2):
        [shelf] = queries.theme_shelves(audience="person", per_theme=4)
    assert (shelf.theme.code, shelf.theme.items) == ("P01", 6)
    assert [link.code for link in shelf.items] == codes[:1:-1]


def test_a_bundle_shows_its_items_in_doing_order() -> None:
    codes = [make_item().code for _ in range(3)]
    bundle = Bundle.objects.create(code="YJS900", name="三件事", audience="org", order=1)
    for order, code in enumerate(reversed(codes), start=1):
        BundleItem.objects.create(bundle=bundle, item_id=code, order=order)
    refresh_figures()
    page = queries.bundle("YJS900")
    assert page is not None
    assert [card.code for card in page.cards] == codes[::-1]
    assert (page.bundle.items, page.bundle.materials_total, page.bundle.materials_distinct) == (3, 3, 1)
    assert queries.bundles(audience="person") == []


def test_the_search_index_learns_words_department_and_themes(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    code = make_item(keywords=["项目核准", "立项"], themes=["L08"]).code
    hidden = make_item(status="abolished").code
    synonym = Synonym.objects.create(citizen_term="批项目", official_term="项目核准", kind="word")
    SynonymItem.objects.create(synonym=synonym, item_id=code)
    with django_assert_num_queries(5):
        [item] = list(queries.searchable_items([code, hidden]))
    assert (item.keywords, item.synonyms) == (("项目核准", "立项"), ("批项目",))
    assert (item.department_short, item.department_aliases) == ("省发展改革委", ("发改委", "计委"))
    assert (item.themes, item.theme_names) == (("L08",), ("主题L08",))
    assert [row.item_codes for row in queries.synonyms()] == [(code,)]


def test_the_index_gets_every_item_also_over_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = sorted(make_item().code for _ in range(5))
    monkeypatch.setattr("hall.services.catalogue.searchable._CHUNK", 2)
    assert [item.code for item in queries.searchable_items()] == codes


def test_divisions_are_a_tree(tmp_path: Path) -> None:
    import_folder(write_small_data(tmp_path / "data"))
    [province] = queries.divisions()
    assert (province.code, province.name) == ("370000", "山东省")
    assert len(queries.divisions(parent_code="370000")) == 16
    lixia = queries.division("370102")
    assert lixia is not None
    assert (lixia.name, lixia.is_gb2260) == ("历下区", True)
    assert len(queries.cert_types()) == 56
