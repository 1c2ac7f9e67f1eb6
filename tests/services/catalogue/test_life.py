"""What a walk through life is made of: stops in order, the items of each, and what goes with them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import life, rules
from hall.services.catalogue.models import Bundle, BundleItem, Relation
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet
from tests.make.catalogue import make_item, material_row
from tests.make.tags import make_tag, tag_items

pytestmark = pytest.mark.django_db
A, B, C, D = (f"37010000090{number}" for number in range(4))


def make_items() -> None:
    for code, name in zip((A, B, C, D), "甲乙丙丁", strict=True):
        make_item(code=code, name=name, materials=[material_row(name="户口簿"), material_row(2, name=f"只有{name}要")])


def page(code: str) -> life.LifeEventPage:
    found = life.life_event(code)
    assert found is not None
    return found


def test_the_walks_are_in_order_stage_after_stage(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for order, (code, name, stage) in enumerate((("birth", "出生", "童年"), ("school", "上学", "童年"), ("work", "就业", "立业"))):
        make_tag(code, name=name, stage=stage, order=10 - order if code == "work" else order)
    make_tag("org-start", tag_set="life-org", name="设立", stage="起步")
    with django_assert_num_queries(1):
        events = life.life_events()
    assert [event.code for event in events] == ["birth", "school", "work", "org-start"]
    walk = life.life_walk(events, "person")
    assert [(stretch.stage, [event.name for event in stretch.events]) for stretch in walk] == [
        ("童年", ["出生", "上学"]),
        ("立业", ["就业"]),
    ]


def test_an_event_shows_its_items_in_doing_order_with_what_comes_first(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_items()
    make_tag("birth", name="出生")
    tag_items("birth", B, A, C)
    Relation.objects.create(item_id=C, kind="prerequisite", to_item_id=A)
    Relation.objects.create(item_id=B, kind="followup", to_item_id=C)
    Relation.objects.create(item_id=A, kind="prerequisite", to_item_id=D)
    Relation.objects.create(item_id=A, kind="joint", to_item_id=B)
    with django_assert_max_num_queries(7):
        found = page("birth")
    assert [card.code for card in found.cards] == [B, A, C]
    assert {code: [link.name for link in links] for code, links in found.firsts.items()} == {C: ["甲", "乙"]}, "of this event's items only"


def test_abolished_items_and_those_taken_away_are_not_shown_nor_counted() -> None:
    make_items()
    make_item(code=B, name="乙", status="abolished")
    make_item(code=C, name="丙", status="suspended")
    make_tag("birth", name="出生")
    tag_items("birth", A, B, C, D)
    ItemTag.objects.filter(item=D).update(is_off=True)
    assert [card.code for card in page("birth").cards] == [A, C]
    assert [event.items for event in life.life_events()] == [2]


def test_materials_that_several_items_require_come_with_their_number() -> None:
    make_items()
    make_item(code=D, name="丁", materials=[material_row(name="户口簿", necessity="conditional")])
    make_tag("birth", name="出生")
    tag_items("birth", A, B, C, D)
    assert page("birth").materials == (life.UsualMaterial("户口簿", 3),)


def test_bundles_belong_to_an_event_when_half_of_their_items_do() -> None:
    make_items()
    make_tag("birth", name="出生")
    tag_items("birth", A, B)
    for code, items in (("B1", (A, B, C, D)), ("B2", (A, C)), ("B3", (B, A))):
        Bundle.objects.create(code=code, name=f"一件事{code}", audience="person", order=1)
        BundleItem.objects.bulk_create([BundleItem(bundle_id=code, item_id=item, order=place) for place, item in enumerate(items)])
    assert [(bundle.code, bundle.shared, bundle.items) for bundle in page("birth").bundles] == [("B1", 2, 4), ("B3", 2, 2)]


def test_the_stops_before_and_after_and_those_that_share_items() -> None:
    make_items()
    for order, code in enumerate(("birth", "school", "work", "home")):
        make_tag(code, name=code, order=order)
    tag_items("school", A, B, C)
    tag_items("home", A, B)
    tag_items("work", A)
    found = page("school")
    assert found.previous and found.next
    assert (found.previous.code, found.next.code, [event.code for event in found.related]) == ("birth", "work", ["home"])
    assert (page("birth").previous, page("home").next) == (None, None)


def test_what_the_console_removed_or_keeps_in_other_sets_is_no_stop() -> None:
    make_tag("birth", name="出生")
    make_tag("season", tag_set="seasons", name="春季")
    Tag.objects.filter(pk="birth").update(is_off=True, origin=rules.Origin.HALL)
    assert life.life_event("birth") is None
    assert life.life_event("season") is None
    Tag.objects.filter(pk="birth").update(is_off=False)
    TagSet.objects.filter(pk="life-person").update(is_off=True)
    assert life.life_events() == []
