"""The rules of relations between items: what contradicts itself, and where the order bites its own tail (§5.1 关联事项). Pure."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hall.services.catalogue.rules import ItemStatus, RelationKind, Word


class ProblemKind(Word):
    """What is wrong with a relation; the label heads a list of such findings"""

    CIRCLE = "circle", "先后首尾相接"
    CONTRADICTION = "contradiction", "先后说法矛盾"
    SELF = "self", "与自己关联"
    UNKNOWN = "unknown", "关联的事项不存在"
    ABOLISHED = "abolished", "关联的事项已取消"


# On which side of an item its related one stands, and on which side of that one the item.
SIDES = {
    RelationKind.PREREQUISITE: ("before", "after"),
    RelationKind.FOLLOWUP: ("after", "before"),
    RelationKind.PARALLEL: ("together", "together"),
    RelationKind.JOINT: ("together", "together"),
}


class Edge(NamedTuple):
    """`to_item` is a prerequisite, followup … of `item`, as in items.jsonl."""

    item: str
    kind: str
    to_item: str

    @property
    def step(self) -> tuple[str, str] | None:
        """(what is done first, what is done then); None for items that are done together."""
        if self.kind == RelationKind.PREREQUISITE:
            return self.to_item, self.item
        return (self.item, self.to_item) if self.kind == RelationKind.FOLLOWUP else None


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the check knows of an item."""

    name: str
    status: str = ItemStatus.PUBLISHED


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `codes` are the items in question, of a circle in doing order; `edges` the relations; `sentence` for people."""

    kind: ProblemKind
    codes: tuple[str, ...]
    edges: tuple[Edge, ...]
    sentence: str


def check_relations(
    edges: Iterable[Edge], *, items: Mapping[str, KnownItem] | None = None, new: Collection[Edge] | None = None
) -> list[Problem]:
    """Everything that is wrong with these relations, of one knot of circles one circle; the order of the edges does not matter.

    `items` are all items there are: their names make the sentences readable, and what is not among them is unknown (None: nothing
    is looked up). With `new`, which are among the edges or join them, only what these bring about is told.
    Source: §5.1 关联事项; requirement "a check finds circles and relations to abolished items".
    """
    asked = set(new or ())
    all_edges = sorted(asked.union(edges))
    looked_at = all_edges if new is None else sorted(asked)
    problems = [*_single(looked_at, items), *_contradictions(all_edges, items, looked_at), *_circles(all_edges, items, new)]
    order = list(ProblemKind)
    return sorted(problems, key=lambda problem: (order.index(problem.kind), problem.codes))


def _called(code: str, items: Mapping[str, KnownItem] | None) -> str:
    known = items.get(code) if items else None
    return f"“{known.name}”" if known else code


def _single(edges: Sequence[Edge], items: Mapping[str, KnownItem] | None) -> Iterator[Problem]:
    for edge in edges:
        kind = RelationKind(edge.kind).label
        if edge.item == edge.to_item:
            yield Problem(ProblemKind.SELF, (edge.item,), (edge,), f"{_called(edge.item, items)}不能是自己的{kind}。")
        elif items is not None:
            there, other = items.get(edge.item), items.get(edge.to_item)
            for code in (edge.item, edge.to_item):
                if code not in items:
                    sentence = f"没有编码为 {code} 的事项，它不能作{_called(edge.item, items)}的{kind}。"
                    yield Problem(ProblemKind.UNKNOWN, (edge.item, edge.to_item), (edge,), sentence)
            # What is abolished on both sides is history.
            if other and there and other.status == ItemStatus.ABOLISHED != there.status:
                sentence = f"“{other.name}”已取消，不能再作{_called(edge.item, items)}的{kind}。"
                yield Problem(ProblemKind.ABOLISHED, (edge.item, edge.to_item), (edge,), sentence)


def _contradictions(edges: Sequence[Edge], items: Mapping[str, KnownItem] | None, looked_at: Collection[Edge]) -> Iterator[Problem]:
    pairs: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.item != edge.to_item:
            pairs[min(edge.item, edge.to_item), max(edge.item, edge.to_item)].append(edge)
    wanted = set(looked_at)
    for codes, said in sorted(pairs.items()):
        if len({edge.step is None for edge in said}) == 2 and not wanted.isdisjoint(said):
            ordered = next(edge.step for edge in said if edge.step)
            first, then = (_called(code, items) for code in ordered)
            sentence = f"{first}和{then}既说要先后办，又说可以一起办，请只留一种。"
            yield Problem(ProblemKind.CONTRADICTION, codes, tuple(said), sentence)


def _circles(edges: Sequence[Edge], items: Mapping[str, KnownItem] | None, new: Collection[Edge] | None) -> Iterator[Problem]:
    steps: dict[tuple[str, str], Edge] = {}
    after: dict[str, list[str]] = defaultdict(list)
    fresh = {edge.step for edge in new or ()}
    for edge in edges:
        step = edge.step
        if step and edge.item != edge.to_item and step not in steps:
            steps[step] = edge
            after[step[0]].append(step[1])
    for knot in _knots(after):
        inside = sorted((code, other) for code in knot for other in after.get(code, ()) if other in knot)
        for first, then in (step for step in inside if new is None or step in fresh):
            codes = _rotated(_way(then, first, after, knot))
            closed = tuple(steps[pair] for pair in zip(codes, (*codes[1:], codes[0]), strict=True))
            named = " → ".join(_called(code, items) for code in (*codes, codes[0]))
            yield Problem(ProblemKind.CIRCLE, codes, closed, f"先后关系首尾相接：{named}，谁也没法先办。请去掉其中一条。")
            break


def _rotated(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The same circle, told from its smallest code on."""
    start = codes.index(min(codes))
    return codes[start:] + codes[:start]


def _way(start: str, goal: str, after: Mapping[str, Sequence[str]], knot: Collection[str]) -> tuple[str, ...]:
    """A shortest way from one item to another inside a knot, both ends included."""
    came_from = {start: start}
    waiting = deque([start])
    while goal not in came_from:
        here = waiting.popleft()
        for code in after[here]:
            if code in knot and code not in came_from:
                came_from[code] = here
                waiting.append(code)
    way = [goal]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))


def _knots(after: Mapping[str, Sequence[str]]) -> Iterator[frozenset[str]]:
    """Groups of items each of which leads to every other one of its group (Tarjan's components of two or more), without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_codes: list[str] = []
    is_open: set[str] = set()
    for root in sorted(after):
        if root in index:
            continue
        path = [(root, iter(after.get(root, ())))]
        while path:
            code, rest = path[-1]
            if code not in index:
                index[code] = low[code] = len(index)
                open_codes.append(code)
                is_open.add(code)
            for other in rest:
                if other not in index:
                    path.append((other, iter(after.get(other, ()))))
                    break
                if other in is_open:
                    low[code] = min(low[code], index[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[code])
                if low[code] == index[code]:
                    knot = frozenset(_closed(open_codes, code))
                    is_open -= knot
                    if len(knot) > 1:
                        yield knot


def _closed(open_codes: list[str], code: str) -> Iterator[str]:
    while True:
        member = open_codes.pop()
        yield member
        if member == code:
            return
