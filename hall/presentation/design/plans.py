"""Pictures of a plan of several items: lanes of days (一件事) and the graph of what comes before what (办事清单), as plain geometry for SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hall.services.applications.planning import Plan

COLUMNS, HEADS = 12, 6
_WIDE = (226, 62, 300, 84)  # width and height of a box, pitch of columns and rows
_TALL = (152, 62, 164, 74)
_TOP, _MARGIN = 40, 12
TONES = {"": "is-wait", "wait": "is-wait", "run": "is-run", "act": "is-act", "ok": "is-done", "bad": "is-bad"}


@dataclass(frozen=True, slots=True)
class Named:
    """How an item is called in a picture."""

    letter: str
    name: str
    department: str
    days: int  # as promised, in words of its own unit

    @property
    def days_text(self) -> str:
        return f"{self.days} 个工作日" if self.days else "当场办"


@dataclass(frozen=True, slots=True)
class Lane:
    """One item's bar: its first column (1…12), its width in columns, and what stands in it."""

    named: Named
    at: int
    span: int
    words: str
    tone: str


def lane_heads(plan: Plan) -> list[str]:
    """What stands over each of the six stretches of days."""
    unit = _unit(plan)
    return [f"第 {n + 1} 天" if unit == 1 else f"{n * unit + 1}–{(n + 1) * unit} 天" for n in range(HEADS)]


def _unit(plan: Plan) -> int:
    return max(1, -(-plan.days_together // HEADS))


def lanes(plan: Plan, names: Mapping[str, Named], tones: Mapping[str, tuple[str, str]] | None = None) -> list[Lane]:
    """A bar for each item, in doing order. `tones` are (tone, words) by item for what is going on; without them all is still planned."""
    scale = COLUMNS / HEADS / _unit(plan)
    found = []
    for code in plan.order:
        at = min(COLUMNS, 1 + int(plan.starts[code] * scale))
        span = max(1, min(COLUMNS + 1 - at, round((plan.ends[code] - plan.starts[code]) * scale)))
        tone, words = (tones or {}).get(code, ("", ""))
        days = plan.ends[code] - plan.starts[code]
        found.append(Lane(names[code], at, span, words or (f"{days} 天" if days else "当场"), TONES[tone]))
    return found


@dataclass(frozen=True, slots=True)
class Box:
    """One item of the graph. `kind`: crit on the chain that decides the time, have for what must be there before, "" else."""

    x: int
    y: int
    width: int
    height: int
    title: str
    note: str
    kind: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A line with an arrow, as an SVG path."""

    path: str
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The ground under a step, with its caption: at its left, or between its two columns, where no arrow ends."""

    x: int
    y: int
    width: int
    height: int
    caption: str
    is_centred: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing with the size of its view box."""

    width: int
    height: int
    bands: tuple[Band, ...]
    edges: tuple[Edge, ...]
    boxes: tuple[Box, ...]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _caption(level: int, size: int) -> str:
    return f"第 {level + 1} 步，同时办" if size > 1 else f"第 {level + 1} 步"


def wide_graph(plan: Plan, names: Mapping[str, Named]) -> Graph:
    """Steps from left to right, for screens."""
    width, height, column, row = _WIDE
    rows = max((len(layer) for layer in plan.layers), default=0)
    whole = _TOP + rows * row
    places: dict[str, tuple[int, int]] = {}
    bands = []
    for level, layer in enumerate(plan.layers):
        left = level * column
        bands.append(Band(left, 0, width + 2 * _MARGIN, whole, _caption(level, len(layer))))
        offset = (rows - len(layer)) * row // 2
        for place, code in enumerate(layer):
            places[code] = (left + _MARGIN, _TOP + offset + place * row)
    boxes = tuple(_box(code, places[code], (width, height), names, plan, 11) for code in plan.order)
    edges = []
    for link in plan.links:
        (x1, y1), (x2, y2) = places[link.first], places[link.then]
        x1, y1, y2 = x1 + width, y1 + height // 2, y2 + height // 2
        edges.append(Edge(f"M{x1} {y1}C{x1 + 40} {y1} {x2 - 40} {y2} {x2 - 4} {y2}", _is_critical(plan, link.first, link.then)))
    return Graph(max(1, len(plan.layers)) * column - column + width + 2 * _MARGIN, max(whole, 1), tuple(bands), tuple(edges), boxes)


def tall_graph(plan: Plan, names: Mapping[str, Named]) -> Graph:
    """Steps from top to bottom, two items a row, for phones."""
    width, height, column, row = _TALL
    places: dict[str, tuple[int, int]] = {}
    bands, top = [], 0
    followed = {link.first for link in plan.links}
    for level, given in enumerate(plan.layers):
        # What others wait for stands lowest, so that its lines cross no box.
        layer = sorted(given, key=lambda code: code in followed)
        lines = -(-len(layer) // 2)
        bands.append(Band(0, top, 2 * column + 4, _TOP - 8 + lines * row, _caption(level, len(layer)), is_centred=True))
        for place, code in enumerate(layer):
            places[code] = (8 + place % 2 * column, top + _TOP - 12 + place // 2 * row)
        top += _TOP + 16 + lines * row
    boxes = tuple(_box(code, places[code], (width, height), names, plan, 6) for code in plan.order)
    edges = []
    for link in plan.links:
        (x1, y1), (x2, y2) = places[link.first], places[link.then]
        x1, y1, x2 = x1 + width // 2, y1 + height, x2 + width // 2
        edges.append(Edge(f"M{x1} {y1}C{x1} {y1 + 24} {x2} {y2 - 24} {x2} {y2 - 3}", _is_critical(plan, link.first, link.then)))
    return Graph(2 * column + 4, max(top - 24, 1), tuple(bands), tuple(edges), boxes)


def _box(code: str, place: tuple[int, int], size: tuple[int, int], names: Mapping[str, Named], plan: Plan, most: int) -> Box:
    named = names[code]
    is_critical = len(plan.critical) > 1 and code in plan.critical
    return Box(*place, *size, f"{named.letter} {_short(named.name, most)}", named.days_text, "crit" if is_critical else "")


def _is_critical(plan: Plan, first: str, then: str) -> bool:
    return (first, then) in zip(plan.critical, plan.critical[1:], strict=False)


def _together(letters: Sequence[str]) -> str:
    return ("同时办 " if len(letters) > 1 else "办 ") + "、".join(letters)


def in_words(plan: Plan, names: Mapping[str, Named]) -> str:
    """What the picture says, as a sentence: 先同时办 A、B，A 办好后办 C。"""
    if not plan.layers:
        return ""
    words = [("先" if len(plan.layers) > 1 else "") + _together([names[code].letter for code in plan.layers[0]])]
    for layer in plan.layers[1:]:
        waits: dict[tuple[str, ...], list[str]] = {}
        for code in layer:
            waits.setdefault(tuple(names[first].letter for first in plan.forerunners(code)), []).append(names[code].letter)
        words += [f"{'、'.join(firsts)} 办好后{_together(thens)}" for firsts, thens in waits.items()]
    return "，".join(words) + "。"
