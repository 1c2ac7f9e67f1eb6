"""Sets, tags and themes as the console keeps them: made, renamed, ordered, removed after a word of warning, brought back."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import life, queries, tagging, tagging_items
from hall.services.catalogue.models import Theme
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet
from hall.services.catalogue.tagging_rules import BadText, CodeTaken, NameTaken, StillUsed, clean_code, moved
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.audit.models import TrailEntry
from hall.support.refusals import NotFound
from tests.make.catalogue import make_item, make_theme
from tests.make.people import NOW, actor_for, make_staff
from tests.make.tags import make_tag, make_tag_set, tag_items

A, B, C = (f"37010000110{number}" for number in range(3))


@pytest.fixture
def admin(db: None) -> Actor:
    return actor_for(make_staff(Role.SYS_ADMIN))


# --- the rules --------------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.data())
def test_moving_one_changes_places_with_its_neighbour_and_with_nobody_else(orders: list[int], data: st.DataObject) -> None:
    places = [(f"t{number}", order) for number, order in enumerate(sorted(orders))]
    key, step = data.draw(st.sampled_from([key for key, _ in places])), data.draw(st.sampled_from([-1, 1]))
    after = dict(places) | moved(places, key, step)
    keys, wanted = [one for one, _ in places], [one for one, _ in places]
    at = keys.index(key)
    if 0 <= at + step < len(keys):
        wanted[at], wanted[at + step] = wanted[at + step], wanted[at]
        assert sorted(after, key=lambda one: after[one]) == wanted
        assert len(set(after.values())) == len(after)
    else:
        assert after == dict(places)


@pytest.mark.parametrize("code", ["", "a", "Birth", "1st", "a b", "a" * 21, "出生", "a\n", "-ab"])
def test_a_code_that_no_address_can_have_is_refused(code: str) -> None:
    with pytest.raises(BadText):
        clean_code(code)


# --- sets -------------------------------------------------------------------------------------------------------------------------


def test_a_set_is_made_renamed_and_ordered(admin: Actor, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_tag_set()
    tagging.create_tag_set(actor=admin, code="seasons", name=" 季节 ", audience="", now=NOW)
    tagging.edit_tag_set(actor=admin, code="seasons", name="办事季节", audience="org", now=NOW)
    tagging.move_tag_set(actor=admin, code="seasons", step=-1, now=NOW)
    with django_assert_num_queries(1):
        rows = tagging.tag_sets()
    assert [(row.code, row.name, row.audience) for row in rows] == [("seasons", "办事季节", "org"), ("life-person", "人生事件", "person")]
    deeds = list(TrailEntry.objects.order_by("pk").values_list("deed", "subject"))
    assert deeds == [("tag_set.created", "seasons"), ("tag_set.edited", "seasons"), ("tag_set.moved", "seasons")]


def test_a_set_needs_a_name_and_a_code_of_its_own(admin: Actor) -> None:
    make_tag_set()
    for code, name, refusal in (("life-person", "别的", CodeTaken), ("other", "人生事件", NameTaken), ("other", " ", BadText)):
        with pytest.raises(refusal):
            tagging.create_tag_set(actor=admin, code=code, name=name, audience="", now=NOW)
    with pytest.raises(BadText):
        tagging.create_tag_set(actor=admin, code="other", name="x" * 41, audience="", now=NOW)
    with pytest.raises(BadText):
        tagging.create_tag_set(actor=admin, code="other", name="别的", audience="martian", now=NOW)


def test_a_set_with_tags_is_removed_only_by_who_knows_how_many_and_comes_back_whole(admin: Actor) -> None:
    make_item(code=A)
    make_tag("birth")
    tag_items("birth", A)
    with pytest.raises(StillUsed, match="还有 1 个标签在用。移除后，这些标签和它们的事项都不再显示"):
        tagging.remove_tag_set(actor=admin, code="life-person", told_tags=0, now=NOW)
    tagging.remove_tag_set(actor=admin, code="life-person", told_tags=1, now=NOW)
    assert life.life_events() == []
    tagging.restore_tag_set(actor=admin, code="life-person", now=NOW)
    assert [event.items for event in life.life_events()] == [1]


def test_the_walks_keep_their_audience(admin: Actor) -> None:
    make_tag_set()
    tagging.edit_tag_set(actor=admin, code="life-person", name="人生路", audience="org", now=NOW)
    assert TagSet.objects.get(pk="life-person").audience == "person"


# --- tags -------------------------------------------------------------------------------------------------------------------------


def test_a_tag_is_made_worded_and_moved_and_pages_hear_of_it(admin: Actor) -> None:
    make_tag("birth", name="出生")
    stamp = queries.content_stamp()
    tagging.create_tag(actor=admin, tag_set="life-person", code="naming", name="起名", stage="童年", now=NOW)
    tagging.edit_tag(actor=admin, code="naming", name="取名", stage="童年", note="起个好名字", now=NOW)
    tagging.move_tag(actor=admin, code="naming", step=-1, now=NOW)
    assert [(row.code, row.name, row.note) for row in tagging.tags_of("life-person")] == [
        ("naming", "取名", "起个好名字"),
        ("birth", "出生", ""),
    ]
    assert [event.code for event in life.life_events()] == ["naming", "birth"]
    assert queries.content_stamp() > stamp


def test_two_tags_of_a_set_do_not_share_a_name_nor_any_two_a_code(admin: Actor) -> None:
    make_tag("birth", name="出生")
    make_tag_set("seasons")
    with pytest.raises(NameTaken):
        tagging.create_tag(actor=admin, tag_set="life-person", code="born", name="出生", now=NOW)
    with pytest.raises(CodeTaken):
        tagging.create_tag(actor=admin, tag_set="seasons", code="birth", name="春季", now=NOW)
    tagging.create_tag(actor=admin, tag_set="seasons", code="spring", name="出生", now=NOW)
    tagging.remove_tag(actor=admin, code="birth", told_items=0, now=NOW)
    with pytest.raises(NameTaken, match="已经移除，可以在下面恢复"):
        tagging.create_tag(actor=admin, tag_set="life-person", code="born", name="出生", now=NOW)


def test_a_tag_with_items_is_removed_only_by_who_knows_how_many_and_comes_back_with_them(admin: Actor) -> None:
    for code in (A, B):
        make_item(code=code)
    make_tag("birth", name="出生")
    tag_items("birth", A, B)
    with pytest.raises(StillUsed, match="“出生”下面还有 2 个事项。移除后，它们不再显示在这个标签下，可以随时恢复"):
        tagging.remove_tag(actor=admin, code="birth", told_items=1, now=NOW)
    tagging.remove_tag(actor=admin, code="birth", told_items=2, now=NOW)
    assert life.life_event("birth") is None
    assert [(row.code, row.is_off) for row in tagging.tags_of("life-person")] == [("birth", True)]
    tagging.restore_tag(actor=admin, code="birth", now=NOW)
    assert [card.code for card in life.life_event("birth").cards] == [A, B]  # type: ignore[union-attr]


def test_items_of_a_tag_are_ordered_and_dropped_one_by_one(admin: Actor) -> None:
    for code in (A, B, C):
        make_item(code=code)
    make_tag("birth")
    tag_items("birth", A, B, C)
    tagging_items.move_item(actor=admin, tag="birth", item=C, step=-1, now=NOW)
    tagging_items.drop_item(actor=admin, tag="birth", item=A, now=NOW)
    assert [row.code for row in tagging.tagged_items("birth")] == [C, B]
    assert ItemTag.objects.get(item=A).is_off, "so that the file does not bring it back"
    with pytest.raises(NotFound):
        tagging_items.drop_item(actor=admin, tag="birth", item=A, now=NOW)


# --- themes -----------------------------------------------------------------------------------------------------------------------


def test_a_theme_is_worded_and_moved_within_its_tree_and_its_items_are_published_again(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(tagging_items, "announce", lambda codes=(): told.extend(codes))
    for place, code in enumerate(("P01", "P02", "L01")):
        make_theme(code, audience="person" if code.startswith("P") else "org")
        Theme.objects.filter(pk=code).update(order=place)
    make_item(code=A, themes=["P02"])
    tagging_items.edit_theme(actor=admin, code="P02", name="户口", stage="诞生期", now=NOW)
    assert told == [A]
    tagging_items.move_theme(actor=admin, code="P02", step=-1, now=NOW)
    tagging_items.move_theme(actor=admin, code="P02", step=-1, now=NOW)
    lines = tagging.theme_lines("person")
    assert [(line.code, line.name, line.stage, line.is_of_hall) for line in lines] == [
        ("P02", "户口", "诞生期", True),
        ("P01", "主题P01", "发展期", True),
    ]
    with pytest.raises(NameTaken):
        tagging_items.edit_theme(actor=admin, code="P01", name="户口", stage="", now=NOW)


# --- who may ----------------------------------------------------------------------------------------------------------------------

DEEDS: list[Callable[[Actor], object]] = [
    lambda actor: tagging.create_tag_set(actor=actor, code="seasons", name="季节", audience="", now=NOW),
    lambda actor: tagging.edit_tag_set(actor=actor, code="life-person", name="x", audience="", now=NOW),
    lambda actor: tagging.move_tag_set(actor=actor, code="life-person", step=1, now=NOW),
    lambda actor: tagging.remove_tag_set(actor=actor, code="life-person", told_tags=1, now=NOW),
    lambda actor: tagging.restore_tag_set(actor=actor, code="life-person", now=NOW),
    lambda actor: tagging.create_tag(actor=actor, tag_set="life-person", code="x1", name="x", now=NOW),
    lambda actor: tagging.edit_tag(actor=actor, code="birth", name="x", now=NOW),
    lambda actor: tagging.move_tag(actor=actor, code="birth", step=1, now=NOW),
    lambda actor: tagging.remove_tag(actor=actor, code="birth", told_items=0, now=NOW),
    lambda actor: tagging.restore_tag(actor=actor, code="birth", now=NOW),
    lambda actor: tagging_items.move_item(actor=actor, tag="birth", item=A, step=1, now=NOW),
    lambda actor: tagging_items.drop_item(actor=actor, tag="birth", item=A, now=NOW),
    lambda actor: tagging_items.edit_theme(actor=actor, code="P01", name="x", stage="", now=NOW),
    lambda actor: tagging_items.move_theme(actor=actor, code="P01", step=1, now=NOW),
]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.LEADER])
def test_tags_are_the_administrators(role: Role) -> None:
    make_tag("birth")
    make_theme("P01", audience="person")
    actor = actor_for(make_staff(role, **({"department_code": "SD02"} if role == Role.LEADER else {})))
    for deed in DEEDS:
        with pytest.raises(NotAllowed):
            deed(actor)


@pytest.mark.django_db
def test_what_is_not_there_is_not_found(admin: Actor) -> None:
    for deed in DEEDS[1:]:
        with pytest.raises(NotFound):
            deed(admin)
    assert not Tag.objects.exists()
