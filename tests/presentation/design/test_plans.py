"""Pictures of a plan: every bar within its twelve columns, every box in its place, the same said in words."""

from hypothesis import given
from hypothesis import strategies as st

from hall.presentation.design.plans import COLUMNS, Graph, Named, in_words, lane_heads, lanes, tall_graph, wide_graph
from hall.services.applications.planning import Link, Plan, Task, make_plan

CODES = "ABCDEFGHIJKLMNOPQRST"
plans = st.tuples(
    st.lists(st.integers(0, 90), min_size=1, max_size=20),
    st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), max_size=30),
).map(lambda given_: make_plan([Task(CODES[n], days) for n, days in enumerate(given_[0])], [Link(a, b) for a, b in given_[1]]))


def _names(plan: Plan) -> dict[str, Named]:
    return {
        code: Named(code, f"事项{code}的很长很长很长的名称", "省市场监管局", plan.ends[code] - plan.starts[code]) for code in plan.order
    }


@given(plans)
def test_every_bar_lies_within_the_columns(plan: Plan) -> None:
    found = lanes(plan, _names(plan))
    assert [lane.named.letter for lane in found] == list(plan.order)
    for lane in found:
        assert lane.at >= 1 and lane.span >= 1 and lane.at + lane.span <= COLUMNS + 1
    assert len(lane_heads(plan)) == 6


@given(plans)
def test_boxes_stay_in_the_picture_and_apart(plan: Plan) -> None:
    for graph in (wide_graph(plan, _names(plan)), tall_graph(plan, _names(plan))):
        _assert_tidy(graph, len(plan.order), len(plan.links))


def _assert_tidy(graph: Graph, boxes: int, edges: int) -> None:
    assert len(graph.boxes) == boxes and len(graph.edges) == edges
    for box in graph.boxes:
        assert box.x >= 0 and box.y >= 0 and box.x + box.width <= graph.width and box.y + box.height <= graph.height
    for place, one in enumerate(graph.boxes):
        for other in graph.boxes[place + 1 :]:
            assert abs(one.x - other.x) >= one.width or abs(one.y - other.y) >= one.height


def test_the_picture_in_words() -> None:
    plan = make_plan([Task("A", 1), Task("B", 5), Task("C", 7)], [Link("A", "C")])
    assert in_words(plan, _names(plan)) == "先同时办 A、B，A 办好后办 C。"
    alone = make_plan([Task("A", 1)], [])
    assert in_words(alone, _names(alone)) == "办 A。" and in_words(make_plan([], []), {}) == ""
