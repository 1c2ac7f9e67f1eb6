"""In which order several items are done, and how long they take together (关联事项, domain.md §3). Pure.

A link says that one item comes before another: 前置, or 后续 read from the other side. Both are the same order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One item to be done. `days` are promised working days; 0 is decided on the spot."""

    code: str
    days: int


@dataclass(frozen=True, slots=True)
class Link:
    """`first` is done before `then`."""

    first: str
    then: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The order. What stands in one layer is done at the same time; each item stands in the earliest layer that its forerunners allow.

    `links` leaves out what follows from others; `circles` names items that wait for each other in a ring: among them there is no order,
    so their links are not in the plan. `critical` is the chain that decides the whole time. Days count from the submission.
    """

    layers: tuple[tuple[str, ...], ...]
    links: tuple[Link, ...]
    circles: tuple[tuple[str, ...], ...]
    critical: tuple[str, ...]
    starts: Mapping[str, int]
    ends: Mapping[str, int]
    days_one_by_one: int

    @property
    def days_together(self) -> int:
        return max(self.ends.values(), default=0)

    @property
    def order(self) -> tuple[str, ...]:
        """All items, layer after layer."""
        return tuple(code for layer in self.layers for code in layer)

    def forerunners(self, code: str) -> tuple[str, ...]:
        """The items that this one waits for directly."""
        return tuple(link.first for link in self.links if link.then == code)


def make_plan(tasks: Sequence[Task], links: Iterable[Link]) -> Plan:
    """The plan of these tasks; links to other items and doubled tasks count for nothing. The given order decides between equals."""
    days: dict[str, int] = {}
    for task in tasks:
        days.setdefault(task.code, task.days)
    after: dict[str, set[str]] = {code: set() for code in days}
    for link in links:
        if link.first in days and link.then in days and link.first != link.then:
            after[link.first].add(link.then)
    circles = _circles(after)
    for ring in circles:
        for code in ring:
            after[code] -= set(ring)
    direct = _direct(after)
    layer, starts, ends = _times(direct, days)
    return Plan(
        layers=tuple(tuple(code for code in days if layer[code] == level) for level in range(max(layer.values(), default=-1) + 1)),
        links=tuple(Link(first, then) for first in days for then in days if then in direct[first]),
        circles=circles,
        critical=_critical(direct, starts, ends, layer),
        starts=starts,
        ends=ends,
        days_one_by_one=sum(days.values()),
    )


def _reachable(after: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What comes after each item, however far."""
    found: dict[str, set[str]] = {}
    for code in after:
        seen: set[str] = set()
        to_see = list(after[code])
        while to_see:
            other = to_see.pop()
            if other not in seen:
                seen.add(other)
                to_see.extend(after[other])
        found[code] = seen
    return found


def _circles(after: Mapping[str, set[str]]) -> tuple[tuple[str, ...], ...]:
    far = _reachable(after)
    rings: list[tuple[str, ...]] = []
    for code in after:
        if code in far[code] and not any(code in ring for ring in rings):
            rings.append(tuple(other for other in after if other == code or (other in far[code] and code in far[other])))
    return tuple(rings)


def _direct(after: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Without the links that others imply."""
    far = _reachable(after)
    return {code: {then for then in nexts if not any(then in far[other] for other in nexts)} for code, nexts in after.items()}


def _times(direct: Mapping[str, set[str]], days: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    waiting = {code: sum(code in nexts for nexts in direct.values()) for code in days}
    layer, starts = dict.fromkeys(days, 0), dict.fromkeys(days, 0)
    ready = [code for code in days if not waiting[code]]
    while ready:
        code = ready.pop(0)
        for then in direct[code]:
            layer[then] = max(layer[then], layer[code] + 1)
            starts[then] = max(starts[then], starts[code] + days[code])
            waiting[then] -= 1
            if not waiting[then]:
                ready.append(then)
    return layer, starts, {code: starts[code] + days[code] for code in days}


def _critical(
    direct: Mapping[str, set[str]], starts: Mapping[str, int], ends: Mapping[str, int], layer: Mapping[str, int]
) -> tuple[str, ...]:
    if not starts:
        return ()
    chain = [max(starts, key=lambda code: (ends[code], layer[code]))]
    while before := [code for code, nexts in direct.items() if chain[0] in nexts and ends[code] == starts[chain[0]]]:
        chain.insert(0, max(before, key=lambda code: layer[code]))
    return tuple(chain)
