"""Pictures of the way that an item's cases go, as plain geometry for SVG: boxes in a row for screens, one below another for phones."""

from collections.abc import Sequence
from dataclasses import dataclass

from hall.services.catalogue.elements import FlowStep
from hall.services.catalogue.flow_rules import PAYS, FlowKind, FlowRole

_WIDE = (136, 92, 168)  # width and height of a box, pitch of the columns
_TALL = (300, 84, 112)  # width and height of a box, pitch of the rows
_MARGIN, _SIDE = 4, 40
_MOST = 9
# Where the clock may stop on the way, and what for.
_STOPS = {FlowKind.ACCEPT: "补正，暂停计时", FlowKind.REVIEW: "特别程序、听证，暂停计时"} | dict.fromkeys(PAYS, "缴费，暂停计时")


@dataclass(frozen=True, slots=True)
class FlowBox:
    """One step. `state`: done, now or next; "" where no case goes along the way."""

    x: int
    y: int
    width: int
    height: int
    title: str
    who: str
    note: str
    state: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the clock may stop: a small box below its step, tied to it."""

    x: int
    y: int
    width: int
    height: int
    words: str
    path: str


@dataclass(frozen=True, slots=True)
class FlowDrawing:
    """A drawing with the size of its view box; `label` says the same in words."""

    width: int
    height: int
    boxes: tuple[FlowBox, ...]
    edges: tuple[str, ...]
    stops: tuple[Stop, ...]
    label: str


def role_name(step: FlowStep) -> str:
    """Who handles the step."""
    return FlowRole(step.role).label if step.role else ""


def days_words(step: FlowStep, unit: str) -> str:
    """How long the step takes; nothing where it takes no days of its own."""
    return f"{step.days} 个{unit}" if step.days else ""


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def in_words(steps: Sequence[FlowStep], unit: str, states: Sequence[str] = ()) -> str:
    """受理（窗口经办，1 个工作日）→ …; the present step is named first."""
    words = []
    for step in steps:
        facts = "，".join(
            part for part in (role_name(step), days_words(step, unit), f"产生{step.produces}" if step.produces else "") if part
        )
        words.append(f"{step.name}（{facts}）" if facts else step.name)
    at = next((step.name for step, state in zip(steps, states, strict=False) if state == "now"), "")
    return (f"现在在{at}环节。" if at else "") + "、".join(words)


def _note(step: FlowStep, unit: str) -> str:
    return days_words(step, unit) or step.produces


def wide_flow(steps: Sequence[FlowStep], unit: str, states: Sequence[str] = ()) -> FlowDrawing:
    """Steps from left to right, the places where the clock may stop below them."""
    width, height, pitch = _WIDE
    boxes, edges, stops = [], [], []
    for place, step in enumerate(steps):
        x = _MARGIN + place * pitch
        state = states[place] if place < len(states) else ""
        boxes.append(FlowBox(x, _MARGIN, width, height, _short(step.name), role_name(step), _short(_note(step, unit)), state))
        if place:
            edges.append(f"M{x - pitch + width} {_MARGIN + height // 2}H{x - 4}")
        if step.kind in _STOPS:
            below = _MARGIN + height + _SIDE
            words = _STOPS[FlowKind(step.kind)]
            span = 14 * len(words) + 24
            middle = x + width // 2
            left = max(_MARGIN, middle - span // 2)
            stops.append(Stop(left, below, span, 36, words, f"M{middle} {_MARGIN + height}V{below}"))
    bottom = _MARGIN + height + (_SIDE + 36 if stops else 0) + _MARGIN
    return FlowDrawing(
        max(1, len(steps)) * pitch - pitch + width + 2 * _MARGIN,
        bottom,
        tuple(boxes),
        tuple(edges),
        tuple(stops),
        in_words(steps, unit, states),
    )


def tall_flow(steps: Sequence[FlowStep], unit: str, states: Sequence[str] = ()) -> FlowDrawing:
    """Steps from top to bottom."""
    width, height, pitch = _TALL
    boxes, edges = [], []
    for place, step in enumerate(steps):
        y = _MARGIN + place * pitch
        state = states[place] if place < len(states) else ""
        boxes.append(FlowBox(_MARGIN, y, width, height, step.name[:18], role_name(step), _note(step, unit)[:18], state))
        if place:
            edges.append(f"M{_MARGIN + width // 2} {y - pitch + height}V{y - 4}")
    return FlowDrawing(
        width + 2 * _MARGIN,
        max(1, len(steps)) * pitch - pitch + height + 2 * _MARGIN,
        tuple(boxes),
        tuple(edges),
        (),
        in_words(steps, unit, states),
    )


def flow_pictures(steps: Sequence[FlowStep], unit: str, states: Sequence[str] = ()) -> tuple[FlowDrawing, FlowDrawing]:
    """The drawing for screens and the one for phones; `unit` is what the steps' days count, `states` where a case stands."""
    return wide_flow(steps, unit, states), tall_flow(steps, unit, states)
