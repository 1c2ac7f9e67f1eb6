"""The order of several items: forerunners first, rings named, nothing later than it must be (关联事项, domain.md §3)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hall.services.applications.planning import Link, Plan, Task, make_plan

CODES = "ABCDEFGH"
tasks = st.lists(st.sampled_from(CODES), unique=True, max_size=8).flatmap(
    lambda codes: st.tuples(*(st.builds(Task, st.just(code), st.integers(0, 60)) for code in codes))
)
any_links = st.lists(st.builds(Link, st.sampled_from(CODES), st.sampled_from(CODES)), max_size=20)
# Links that go forward in the alphabet make no rings.
forward_links = any_links.map(lambda links: [link for link in links if link.first < link.then])


def _layer(plan: Plan, code: str) -> int:
    return next(level for level, layer in enumerate(plan.layers) if code in layer)


def _within(tasks_: tuple[Task, ...], links: list[Link]) -> set[tuple[str, str]]:
    codes = {task.code for task in tasks_}
    return {(link.first, link.then) for link in links if {link.first, link.then} <= codes and link.first != link.then}


@given(tasks, forward_links)
def test_every_forerunner_is_done_before(tasks_: tuple[Task, ...], links: list[Link]) -> None:
    plan = make_plan(tasks_, links)
    assert not plan.circles
    for first, then in _within(tasks_, links):
        assert _layer(plan, first) < _layer(plan, then)
        assert plan.ends[first] <= plan.starts[then]


@given(tasks, any_links)
def test_every_item_stands_in_exactly_one_layer(tasks_: tuple[Task, ...], links: list[Link]) -> None:
    plan = make_plan(tasks_, links)
    assert sorted(plan.order) == sorted(task.code for task in tasks_)
    assert all(plan.layers)


@given(tasks, any_links)
def test_no_item_stands_later_than_a_forerunner_makes_it(tasks_: tuple[Task, ...], links: list[Link]) -> None:
    """Layers are minimal: whoever is not in the first one waits for somebody in the one right before."""
    plan = make_plan(tasks_, links)
    for level, layer in enumerate(plan.layers):
        for code in layer:
            before = {_layer(plan, first) for first in plan.forerunners(code)}
            assert max(before, default=-1) == level - 1


@given(tasks, any_links)
def test_rings_are_exactly_the_items_that_wait_for_themselves(tasks_: tuple[Task, ...], links: list[Link]) -> None:
    plan, edges = make_plan(tasks_, links), _within(tasks_, links)
    reach = set(edges)
    for _ in tasks_:
        reach |= {(a, d) for a, b in reach for c, d in edges if b == c}
    assert {code for ring in plan.circles for code in ring} == {task.code for task in tasks_ if (task.code, task.code) in reach}
    for ring in plan.circles:
        assert len(ring) > 1
        assert all((a, b) in reach for a in ring for b in ring)


@given(tasks, any_links)
def test_the_critical_chain_is_as_long_as_the_whole(tasks_: tuple[Task, ...], links: list[Link]) -> None:
    plan = make_plan(tasks_, links)
    days = {task.code: task.days for task in tasks_}
    assert sum(days[code] for code in plan.critical) == plan.days_together
    for first, then in pairwise(plan.critical):
        assert Link(first, then) in plan.links
    assert plan.days_together <= plan.days_one_by_one == sum(days.values())


@given(tasks, forward_links)
def test_links_that_others_imply_are_not_drawn_but_still_hold(tasks_: tuple[Task, ...], links: list[Link]) -> None:
    plan = make_plan(tasks_, links)
    drawn = {(link.first, link.then) for link in plan.links}
    assert drawn <= _within(tasks_, links)
    for dropped in drawn:
        rest = drawn - {dropped}
        reach = set(rest)
        for _ in tasks_:
            reach |= {(a, d) for a, b in reach for c, d in rest if b == c}
        assert dropped not in reach, "this one was implied"


def test_a_restaurant_needs_its_company_first() -> None:
    plan = make_plan(
        [Task("公司", 1), Task("食品", 5), Task("消防", 3), Task("排水", 7)],
        [Link("公司", "食品"), Link("公司", "外面"), Link("公司", "公司")],
    )
    assert plan.layers == (("公司", "消防", "排水"), ("食品",))
    assert plan.critical == ("排水",) and plan.days_together == 7 and plan.days_one_by_one == 16


def test_nothing_to_do_takes_no_time() -> None:
    assert make_plan([], []).days_together == 0
