"""Bulk tagging: the preview says what would change, and exactly that is done; the report of what nobody sorted."""

import threading
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import queries, rules, tagging_bulk, tagging_report
from hall.services.catalogue.models import Item, ItemTheme
from hall.services.catalogue.tag_models import ItemTag
from hall.services.catalogue.tagging_bulk import Choice, Target
from hall.services.catalogue.tagging_rules import BadText, MovedMeanwhile
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.audit.models import TrailEntry
from tests.make.catalogue import make_item, make_theme
from tests.make.crowds import at_once
from tests.make.people import NOW, actor_for, make_staff, staff_actor
from tests.make.tags import make_tag, tag_items

pytestmark = pytest.mark.django_db
A, B, C, D = (f"37010000120{number}" for number in range(4))
BIRTH, THEME = Target("tag", "birth"), Target("theme", "P01")
_rounds = count(1)


def admin() -> Actor:
    return staff_actor(Role.SYS_ADMIN)


def make_world() -> None:
    make_item(code=A, name="食品生产许可", themes=["P01"])
    make_item(code=B, name="食品经营许可", department_code="SD33", audience=["person"])
    make_item(code=C, name="出生登记", type="confirmation")
    make_item(code=D, name="旧事项", status="abolished")
    make_tag("birth", name="出生")
    make_theme("P02", audience="person")


def see(choice: Choice, target: Target = BIRTH, *, is_adding: bool = True) -> tagging_bulk.Preview:
    return tagging_bulk.preview(actor=admin(), choice=choice, target=target, is_adding=is_adding)


def do(choice: Choice, target: Target = BIRTH, *, is_adding: bool = True) -> int:
    token = see(choice, target, is_adding=is_adding).token
    return tagging_bulk.apply(actor=admin(), choice=choice, target=target, is_adding=is_adding, token=token, now=NOW)


def under(tag: str) -> list[str]:
    return list(ItemTag.objects.filter(tag=tag, is_off=False).order_by("order", "pk").values_list("item_id", flat=True))


@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        ({"department": "SD33"}, [B]),
        ({"theme": "P01"}, [A]),
        ({"item_type": "confirmation"}, [C]),
        ({"audience": "org"}, [A, C]),
        ({"text": "食品"}, [A, B]),
        ({"text": "食品", "department": "SD02"}, [A]),
        ({"codes": (C, A)}, [C, A]),
        ({"text": "100%_"}, []),
    ],
)
def test_items_are_chosen_by_every_condition(choice: dict[str, Any], codes: list[str]) -> None:
    make_world()
    assert [item.code for item in see(Choice(**choice)).items] == codes


def test_the_preview_tells_what_changes_and_what_stays_and_changes_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_world()
    tag_items("birth", A)
    actor = admin()
    with django_assert_num_queries(4):
        seen = tagging_bulk.preview(actor=actor, choice=Choice(text="食品"), target=BIRTH, is_adding=True)
    assert (seen.target.name, seen.target.group, seen.matched, seen.changing) == ("出生", "人生事件", 2, 1)
    assert [(item.code, item.name, item.department_short) for item in seen.items] == [(B, "食品经营许可", "省33厅")]
    assert under("birth") == [A]


def test_confirmed_items_stand_behind_those_there_in_the_order_of_the_preview() -> None:
    make_world()
    tag_items("birth", A)
    assert do(Choice(codes=(C, B, A))) == 2
    assert under("birth") == [A, C, B]
    entry = TrailEntry.objects.get(deed="tag.items_added")
    assert (entry.subject, entry.detail) == ("birth", "items=2 codes=3")


def test_what_is_taken_away_stays_away_from_files_and_may_be_put_back() -> None:
    make_world()
    tag_items("birth", A)
    do(Choice(codes=(B,)))
    assert do(Choice(text="食品"), is_adding=False) == 2
    assert under("birth") == []
    assert list(ItemTag.objects.values_list("item_id", "is_off")) == [(A, True)]
    assert do(Choice(codes=(A,))) == 1
    assert under("birth") == [A]


def test_themes_are_assigned_counted_and_published_and_the_items_links_become_the_halls(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    make_world()
    monkeypatch.setattr(tagging_bulk, "announce", lambda codes=(): told.extend(codes))
    assert do(Choice(text="食品"), Target("theme", "P02")) == 2
    assert sorted(told) == [A, B]
    assert {theme.code: theme.items for theme in queries.themes(audience="person")}["P02"] == 2
    assert Item.objects.get(pk=A).hall_links == ["themes"]
    assert do(Choice(codes=(A,)), Target("theme", "P01"), is_adding=False) == 1
    assert queries.theme_counts()["P01"] == 0
    assert set(ItemTheme.objects.values_list("item_id", "theme_id")) == {(A, "P02"), (B, "P02")}


def test_bad_choices_are_refused_each_with_a_sentence() -> None:
    make_world()
    for choice, target, words in (
        (Choice(), BIRTH, "请至少选一个条件"),
        (Choice(codes=(A, "370100009999", D)), BIRTH, f"没有这些编码的事项，或者已经取消：370100009999、{D}。"),
        (Choice(text="食品"), Target("tag", "nothing"), "请选择标签或主题"),
        (Choice(text="食品"), Target("shelf", "birth"), "请选择标签或主题"),
    ):
        with pytest.raises(BadText, match=words):
            see(choice, target)
    with pytest.raises(BadText, match="一次最多填 300 个编码"):
        tagging_bulk.codes_in(" ".join(str(number) for number in range(301)))


def test_more_than_a_person_can_answer_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    make_world()
    monkeypatch.setattr(tagging_bulk, "MOST_AT_ONCE", 1)
    with pytest.raises(tagging_bulk.TooMany):
        see(Choice(text="食品"))


def test_pasted_codes_may_be_parted_by_anything() -> None:
    assert tagging_bulk.codes_in(f" {A}，{B};\n{A}、{C}\0") == (A, B, C)


def test_a_preview_that_no_longer_holds_is_not_carried_out() -> None:
    make_world()
    token = see(Choice(text="食品")).token
    make_item(name="食品添加剂生产许可")
    with pytest.raises(MovedMeanwhile):
        tagging_bulk.apply(actor=admin(), choice=Choice(text="食品"), target=BIRTH, is_adding=True, token=token, now=NOW)
    for changed in ({"target": THEME}, {"is_adding": False}, {"choice": Choice(text="出生")}):
        given = {"choice": Choice(text="食品"), "target": BIRTH, "is_adding": True} | changed
        with pytest.raises(MovedMeanwhile):
            tagging_bulk.apply(actor=admin(), token=token, now=NOW, **given)  # type: ignore[arg-type]
    assert under("birth") == []


def test_bulk_tagging_is_the_administrators() -> None:
    make_world()
    actor = actor_for(make_staff(Role.SUPERVISOR))
    with pytest.raises(NotAllowed):
        tagging_bulk.preview(actor=actor, choice=Choice(text="食品"), target=BIRTH, is_adding=True)
    with pytest.raises(NotAllowed):
        tagging_bulk.apply(actor=actor, choice=Choice(text="食品"), target=BIRTH, is_adding=True, token="", now=NOW)


WORDS = ("食品", "出生", "许可", "登记")
CHOICES = st.builds(
    Choice,
    department=st.sampled_from(["", "", "SD02", "SD33"]),
    theme=st.sampled_from(["", "", "P01"]),
    audience=st.sampled_from(["", "person", "org"]),
    text=st.sampled_from(["", *WORDS]),
).filter(lambda choice: not choice.is_empty)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["SD02", "SD33"]), st.booleans(), st.integers(0, 3)), max_size=8),
    st.lists(st.tuples(CHOICES, st.sampled_from([BIRTH, THEME]), st.booleans()), min_size=1, max_size=3),
)
def test_what_is_done_is_what_the_preview_counted(
    items: list[tuple[str, str, bool, int]], deeds: list[tuple[Choice, Target, bool]]
) -> None:
    with transaction.atomic():
        make_theme("P01", audience="person")
        make_tag("birth")
        for word, department, has_theme, tagged in items:
            code = make_item(name=f"{word}{next(_rounds)}", department_code=department, themes=["P01"] if has_theme else []).code
            if tagged:
                origin = rules.Origin.HALL if tagged == 1 else rules.Origin.FILE
                ItemTag.objects.create(tag_id="birth", item_id=code, order=tagged, origin=origin, is_off=tagged == 3)
        for choice, target, is_adding in deeds:
            seen = see(choice, target, is_adding=is_adding)
            before = {"tag": set(under("birth")), "theme": set(ItemTheme.objects.values_list("item_id", flat=True))}[target.kind]
            done = tagging_bulk.apply(actor=admin(), choice=choice, target=target, is_adding=is_adding, token=seen.token, now=NOW)
            after = {"tag": set(under("birth")), "theme": set(ItemTheme.objects.values_list("item_id", flat=True))}[target.kind]
            changed = {item.code for item in seen.items}
            assert done == seen.changing == len(changed)
            assert after == (before | changed if is_adding else before - changed)
            assert see(choice, target, is_adding=is_adding).changing == 0, "and again there is nothing left to do"
        transaction.set_rollback(True)


# --- at once ----------------------------------------------------------------------------------------------------------------------


def twice_at_once() -> list[int | Exception]:
    make_world()
    actor, choice = admin(), Choice(text="食品")
    token = tagging_bulk.preview(actor=actor, choice=choice, target=BIRTH, is_adding=True).token
    return at_once([lambda: tagging_bulk.apply(actor=actor, choice=choice, target=BIRTH, is_adding=True, token=token, now=NOW)] * 2)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_the_same_preview_one_is_asked_to_look_again() -> None:
    outcomes = twice_at_once()
    assert sorted(str(type(one).__name__) for one in outcomes) == ["MovedMeanwhile", "int"]
    assert under("birth") == [A, B]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_hold_on_the_tag_both_go_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    meet = threading.Barrier(2)
    codes = tagging_bulk._codes

    def slow(choice: Choice, changing: Any) -> list[str]:
        found = codes(choice, changing)
        if threading.current_thread() is not threading.main_thread():
            meet.wait(10)
        return found

    monkeypatch.setattr(tagging_bulk, "_hold", lambda target: None)
    monkeypatch.setattr(tagging_bulk, "_codes", slow)
    outcomes = twice_at_once()
    assert not any(isinstance(one, MovedMeanwhile) for one in outcomes), "the second trips over the first one's rows instead"
    assert any(isinstance(one, Exception) for one in outcomes)


# --- the report -------------------------------------------------------------------------------------------------------------------


def test_items_without_themes_or_tags_are_told_and_listed(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_world()
    make_tag("spring", tag_set="seasons", name="春季")
    tag_items("birth", C)
    tag_items("spring", A)
    assert tagging_report.lacking_counts(["life-person", "seasons"]) == {"themes": 2, "tags": 1, "life-person": 2, "seasons": 2}
    with django_assert_num_queries(2):
        page = tagging_report.lacking("life-person", limit=1)
    assert ([item.code for item in page.items], page.total, page.next_after) == ([A], 2, A)
    assert [item.code for item in tagging_report.lacking("life-person", after=A, limit=1).items] == [B]
    assert [item.code for item in tagging_report.lacking("themes").items] == [B, C]


def test_the_fixed_sets_are_counted_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_world()
    with django_assert_num_queries(1):
        found = dict(tagging_report.fixed_words())
    counts = {title: {word.word: word.items for word in words if word.items} for title, words in found.items()}
    assert counts == {
        "事项类型": {"license": 2, "confirmation": 1},
        "网上办理深度": {"full": 3},
        "服务对象": {"person": 3, "org": 2},
        "行使层级": {"province": 3},
    }
