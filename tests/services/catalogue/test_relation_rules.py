"""What the check of relations finds: circles, contradictions, and relations that lead nowhere."""

import graphlib
import random

from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue.relation_rules import Edge, KnownItem, ProblemKind, check_relations
from hall.services.catalogue.rules import RelationKind

CODES = "ABCDEFG"
EDGES = st.builds(Edge, st.sampled_from(CODES), st.sampled_from([kind.value for kind in RelationKind]), st.sampled_from(CODES))
ORDERED = EDGES.filter(lambda edge: edge.step is not None and edge.item != edge.to_item)


def has_circle(edges: list[Edge]) -> bool:
    """By the standard library's own sorter."""
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for edge in edges:
        if edge.step and edge.item != edge.to_item:
            sorter.add(edge.step[1], edge.step[0])
    try:
        sorter.prepare()
    except graphlib.CycleError:
        return True
    return False


@given(st.lists(EDGES, max_size=30))
def test_a_circle_is_told_exactly_when_there_is_one(edges: list[Edge]) -> None:
    circles = [problem for problem in check_relations(edges) if problem.kind == ProblemKind.CIRCLE]
    assert bool(circles) == has_circle(edges)


@given(st.lists(EDGES, max_size=30))
def test_a_told_circle_leads_along_given_relations_back_to_its_start(edges: list[Edge]) -> None:
    for problem in check_relations(edges):
        if problem.kind == ProblemKind.CIRCLE:
            assert set(problem.edges) <= set(edges)
            assert [edge.step for edge in problem.edges] == list(zip(problem.codes, problem.codes[1:] + problem.codes[:1], strict=True))
            assert len(set(problem.codes)) == len(problem.codes) >= 2
            assert all(code in problem.sentence for code in problem.codes)


@given(st.lists(EDGES, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_relations_does_not_matter(edges: list[Edge], chance: random.Random) -> None:
    shuffled = edges.copy()
    chance.shuffle(shuffled)
    assert check_relations(shuffled) == check_relations(edges)


@given(st.lists(ORDERED, max_size=40))
def test_who_refuses_each_relation_that_brings_a_circle_never_has_one(edges: list[Edge]) -> None:
    kept: list[Edge] = []
    for edge in edges:
        refused = any(problem.kind == ProblemKind.CIRCLE for problem in check_relations(kept, new=[edge]))
        assert refused == has_circle([*kept, edge]), "refused when it must be, and only then"
        if not refused:
            kept.append(edge)
    assert not has_circle(kept)


@given(st.lists(EDGES, max_size=20), st.lists(EDGES, max_size=5))
def test_of_new_relations_only_what_they_bring_is_told(held: list[Edge], new: list[Edge]) -> None:
    for problem in check_relations(held, new=new):
        assert set(problem.edges) & set(new) or {edge.step for edge in problem.edges} & {edge.step for edge in new}
    assert check_relations(held, new=[]) == []


@given(st.lists(EDGES, max_size=30))
def test_items_done_together_make_no_circle(edges: list[Edge]) -> None:
    together = [edge for edge in edges if edge.step is None]
    assert all(problem.kind == ProblemKind.SELF for problem in check_relations(together))


def test_a_way_of_ten_thousand_steps_is_checked_without_recursion() -> None:
    chain = [Edge(f"{place:05d}", "followup", f"{place + 1:05d}") for place in range(10_000)]
    assert check_relations(chain) == []
    (problem,) = check_relations(chain, new=[Edge("10000", "followup", "00000")])
    assert len(problem.codes) == 10_001


def test_a_circle_of_both_directions_is_named_in_doing_order() -> None:
    items = {"A": KnownItem("立项"), "B": KnownItem("规划许可"), "C": KnownItem("施工许可")}
    edges = [Edge("B", "prerequisite", "A"), Edge("B", "followup", "C"), Edge("A", "prerequisite", "C")]
    (problem,) = check_relations(edges, items=items)
    assert problem.sentence == "先后关系首尾相接：“立项” → “规划许可” → “施工许可” → “立项”，谁也没法先办。请去掉其中一条。"


def test_a_relation_to_an_abolished_an_unknown_or_the_same_item_is_named() -> None:
    items = {"A": KnownItem("甲"), "B": KnownItem("乙", "abolished"), "C": KnownItem("丙", "abolished")}
    edges = [Edge("A", "joint", "A"), Edge("A", "followup", "B"), Edge("A", "parallel", "X"), Edge("B", "followup", "C")]
    told = {problem.kind: problem.sentence for problem in check_relations(edges, items=items)}
    assert told == {
        ProblemKind.SELF: "“甲”不能是自己的联办事项。",
        ProblemKind.ABOLISHED: "“乙”已取消，不能再作“甲”的后续事项。",
        ProblemKind.UNKNOWN: "没有编码为 X 的事项，它不能作“甲”的并联事项。",
    }


def test_first_one_then_the_other_and_both_together_contradict_each_other() -> None:
    edges = [Edge("A", "followup", "B"), Edge("B", "joint", "A")]
    (problem,) = check_relations(edges, items={"A": KnownItem("甲"), "B": KnownItem("乙")})
    assert problem.kind == ProblemKind.CONTRADICTION
    assert problem.sentence == "“甲”和“乙”既说要先后办，又说可以一起办，请只留一种。"
