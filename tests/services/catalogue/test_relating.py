"""Relations kept in the console: added, removed, refused when they close a circle; left alone by files from then on."""

import threading
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue import queries, relating
from hall.services.catalogue.models import Item, Relation
from hall.services.catalogue.relation_rules import ProblemKind
from hall.support.access.actors import NotAllowed, Role
from hall.support.audit.models import TrailEntry
from hall.support.refusals import NotFound
from tests.make.catalogue import import_folder, item_row, make_item, write_items
from tests.make.crowds import at_once
from tests.make.people import NOW, actor_for, make_department, make_staff

pytestmark = pytest.mark.django_db
A, B, C, D = (f"37010000070{number}" for number in range(4))


def admin() -> relating.Actor:
    return actor_for(make_staff(Role.SYS_ADMIN))


def make_chain(*codes: str) -> None:
    """Items of which each comes before the next."""
    for code, name in zip(codes, "甲乙丙丁", strict=False):
        make_item(code=code, name=name)
    for first, then in pairwise(codes):
        Relation.objects.create(item_id=then, kind="prerequisite", to_item_id=first)


def add(code: str, kind: str, to_item: str) -> None:
    relating.add_relation(actor=admin(), code=code, kind=kind, to_item=to_item, now=NOW)


def test_an_added_relation_shows_on_both_items_and_is_on_record() -> None:
    make_chain(A)
    make_item(code=B, name="乙")
    stamp = queries.content_stamp()
    add(A, "followup", B)
    assert [card.code for card in queries.neighbours(A).after] == [B]
    assert [card.code for card in queries.neighbours(B).before] == [A]
    assert queries.content_stamp() > stamp
    assert TrailEntry.objects.filter(deed="relation.added", subject=A, detail=f"followup {B}").exists()


def test_a_circle_is_refused_and_named() -> None:
    make_chain(A, B, C)
    with pytest.raises(relating.RelationRefused, match="首尾相接：“甲” → “乙” → “丙” → “甲”"):
        add(A, "prerequisite", C)
    with pytest.raises(relating.RelationRefused, match="首尾相接"):
        add(C, "followup", A)
    assert Relation.objects.count() == 2


def test_a_relation_to_an_abolished_or_unknown_item_to_itself_or_of_no_kind_is_refused() -> None:
    make_chain(A)
    make_item(code=B, name="乙", status="abolished")
    for kind, other, words in (("joint", B, "已取消"), ("joint", D, "没有编码为"), ("joint", A, "不能是自己的"), ("friend", B, "请选择")):
        with pytest.raises(relating.RelationRefused, match=words):
            add(A, kind, other)
    with pytest.raises(NotFound):
        add(D, "joint", A)
    assert not Relation.objects.exists()


def test_the_same_relation_twice_and_a_contradiction_are_refused() -> None:
    make_chain(A, B)
    with pytest.raises(relating.RelationThere):
        add(B, "prerequisite", A)
    with pytest.raises(relating.RelationRefused, match="既说要先后办，又说可以一起办"):
        add(A, "joint", B)


def test_a_removed_relation_is_gone_and_cannot_be_removed_twice() -> None:
    make_chain(A, B)
    relating.remove_relation(actor=admin(), code=B, other=A, side="before", now=NOW)
    assert queries.neighbours(A).after == ()
    with pytest.raises(NotFound):
        relating.remove_relation(actor=admin(), code=B, other=A, side="before", now=NOW)


def test_a_relation_that_both_items_name_is_one_row_and_goes_as_a_whole() -> None:
    make_chain(A, B)
    Relation.objects.create(item_id=A, kind="followup", to_item_id=B)
    Relation.objects.create(item_id=B, kind="joint", to_item_id=A)
    found = relating.item_relations(B)
    assert found is not None
    assert [(row.other.code, row.side, row.words) for row in found.relations] == [
        (A, "before", "它是本事项的前置事项；本事项是它的后续事项"),
        (A, "together", "它是本事项的联办事项"),
    ]
    with pytest.raises(NotFound):
        relating.remove_relation(actor=admin(), code=B, other=A, side="after", now=NOW)
    relating.remove_relation(actor=admin(), code=B, other=A, side="before", now=NOW)
    assert list(Relation.objects.values_list("item_id", "kind")) == [(B, "joint")]
    assert [item.hall_links for item in Item.objects.filter(pk__in=[A, B])] == [["related"], ["related"]]


def test_relations_are_the_administrators() -> None:
    make_chain(A, B)
    for role in (Role.CLERK, Role.SUPERVISOR, Role.AUDITOR):
        actor = actor_for(make_staff(role, **({"department_code": "SD02"} if role == Role.CLERK else {})))
        with pytest.raises(NotAllowed):
            relating.add_relation(actor=actor, code=A, kind="joint", to_item=B, now=NOW)
        with pytest.raises(NotAllowed):
            relating.remove_relation(actor=actor, code=B, other=A, side="before", now=NOW)


def test_findings_name_every_fault_in_three_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_chain(A, B, C)
    Relation.objects.create(item_id=A, kind="prerequisite", to_item_id=C)
    make_item(code=D, name="丁", status="abolished")
    Relation.objects.create(item_id=A, kind="joint", to_item_id=D)
    with django_assert_num_queries(3):
        found = relating.findings()
    assert [finding.problem.kind for finding in found] == [ProblemKind.CIRCLE, ProblemKind.ABOLISHED]
    assert [link.name for link in found[0].items] == ["甲", "乙", "丙"]


def test_what_a_draft_would_bring_about_is_told_without_changing_anything() -> None:
    make_chain(A, B, C)
    told = relating.problems_of(A, {"prerequisite": [C], "followup": [], "joint": [D]})
    assert [problem.kind for problem in told] == [ProblemKind.CIRCLE, ProblemKind.UNKNOWN]
    assert relating.problems_of(B, {"prerequisite": [], "followup": [A]}) == [], "the draft replaces the item's own relations"
    (new,) = relating.problems_of(D, {"prerequisite": [C], "followup": [A]}, name="新事项")
    assert "“甲” → “乙” → “丙” → “新事项” → “甲”" in new.sentence
    assert Relation.objects.count() == 2


# --- files ------------------------------------------------------------------------------------------------------------------------


def related(**kinds: list[str]) -> dict[str, list[str]]:
    return {"prerequisite": [], "followup": [], "parallel": [], "joint": []} | kinds


def test_an_import_refuses_a_circle_with_file_line_and_names(tmp_path: Path) -> None:
    make_department()
    rows = [
        item_row(code=A, name="甲", related=related(followup=[B])),
        item_row(code=B, name="乙", related=related(followup=[C])),
        item_row(code=C, name="丙", related=related(followup=[A])),
    ]
    write_items(tmp_path, rows)
    (problem,) = import_folder(tmp_path).problems
    assert str(problem) == "items.jsonl 第 1 行 related：先后关系首尾相接：“甲” → “乙” → “丙” → “甲”，谁也没法先办。请去掉其中一条。"
    assert not Item.objects.exists()


def test_an_import_refuses_a_circle_that_it_closes_with_items_outside_of_the_file(tmp_path: Path) -> None:
    make_chain(A, B, C)
    write_items(tmp_path, [item_row(code=A, name="甲", related=related(prerequisite=[C]))])
    assert [problem.field for problem in import_folder(tmp_path).problems] == ["related"]
    # The file replaces what the item says itself, so turning a relation round is no circle.
    write_items(tmp_path, [item_row(code=B, name="乙", related=related(followup=[A])), item_row(code=C, name="丙", related=related())])
    assert import_folder(tmp_path).problems == ()


def test_relations_that_the_console_set_stay_when_a_file_is_imported(tmp_path: Path) -> None:
    make_department()
    rows = [item_row(code=code, name=name, related=related()) for code, name in ((A, "甲"), (B, "乙"), (C, "丙"))]
    rows[0]["related"] = related(followup=[B])
    write_items(tmp_path, rows)
    import_folder(tmp_path)
    add(A, "joint", C)
    relating.remove_relation(actor=admin(), code=A, other=B, side="after", now=NOW)
    report = import_folder(tmp_path)
    assert (report.problems, report.is_changed) == ((), False)
    assert list(Relation.objects.values_list("item_id", "kind", "to_item_id")) == [(A, "joint", C)]


@pytest.mark.shipped
def test_the_shipped_relations_are_sound() -> None:
    assert relating.findings() == []


# --- at once ----------------------------------------------------------------------------------------------------------------------


def two_halves_of_a_circle() -> list[Exception | None]:
    """Two administrators: A before B, and B before A."""
    make_chain(A)
    make_item(code=B, name="乙")
    actors = admin(), admin()
    pairs = ((A, B), (B, A))
    return at_once(
        [
            lambda actor=actor, pair=pair: relating.add_relation(actor=actor, code=pair[0], kind="followup", to_item=pair[1], now=NOW)
            for actor, pair in zip(actors, pairs, strict=True)
        ]
    )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_halves_of_a_circle_at_once_one_is_refused() -> None:
    outcomes = two_halves_of_a_circle()
    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [relating.RelationRefused]
    assert relating.findings() == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_halves_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    walked, meet = relating.walked, threading.Barrier(2)

    def slow(codes: set[str]) -> list[relating.Edge]:
        edges = walked(codes)
        meet.wait(10)
        return edges

    monkeypatch.setattr(relating, "lock_relations", nullcontext)
    monkeypatch.setattr(relating, "walked", slow)
    assert two_halves_of_a_circle() == [None, None]
    assert [finding.problem.kind for finding in relating.findings()] == [ProblemKind.CIRCLE]
