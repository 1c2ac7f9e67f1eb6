"""前后事项: what comes before, together with and after an item, laid out as a small drawing, wide and tall. Pure, but for the rows it reads."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from hall.services.catalogue.rows import ItemCard, Neighbours

MOST_BOXES = 5
MOST_NAMED = 6
_BOX, _GAP, _HEAD = 72, 12, 28
_WIDE_BOX, _WIDE_GAP = 216, 76
_TALL_WIDTH, _TALL_GAP, _TALL_INDENT = 330, 36, 56


@dataclass(frozen=True, slots=True)
class Box:
    """One item in the drawing, or how many more there are; `tone` is "self", "more" or ""."""

    x: int
    y: int
    width: int
    lines: tuple[str, ...]
    note: str
    tone: str = ""
    height: int = _BOX

    @property
    def baselines(self) -> tuple[tuple[int, str], ...]:
        """Each line of the name with the y of its foot; the note stands below them, or nothing does."""
        rows = len(self.lines) + bool(self.note)
        top = self.y + (self.height - rows * 19) // 2 + 15
        return tuple((top + place * 19, line) for place, line in enumerate(self.lines))

    @property
    def note_y(self) -> int:
        return self.baselines[-1][0] + 18


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes, the ways between them as SVG paths, dashed where items go together, and headings as (x, y, words)."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    ties: tuple[str, ...]
    headings: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One of the three lists: its heading, what it means, and its items."""

    title: str
    note: str
    cards: tuple[ItemCard, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The drawings for wide and for narrow screens, the lists that say the same, and the whole in a sentence."""

    wide: Drawing
    tall: Drawing
    groups: tuple[Group, ...]
    summary: str


def relation_graph(name: str, neighbours: Neighbours) -> Graph | None:
    """The drawing for an item of this name; None for one that stands alone."""
    before, together, after = neighbours.before, neighbours.together, neighbours.after
    if not (before or together or after):
        return None
    groups = (
        Group("先办这些", "办好了才能办这件", before),
        Group("可以一起办", "同时申请，不用等", together),
        Group("办完这件再办", "这件办好以后接着办", after),
    )
    shown = tuple(group for group in groups if group.cards)
    return Graph(_wide(name, before, together, after), _tall(name, before, together, after), shown, _summary(name, before, together, after))


def _summary(name: str, before: Sequence[ItemCard], together: Sequence[ItemCard], after: Sequence[ItemCard]) -> str:
    parts = []
    if before:
        parts.append(f"先办好{_named(before)}，再办{name}")
    if after:
        parts.append(f"办完{name}，再办{_named(after)}")
    if together:
        parts.append(f"{name}可以和{_named(together)}一起办")
    return "；".join(parts) + "。"


def _named(cards: Sequence[ItemCard]) -> str:
    rest = f"等 {len(cards)} 件" if len(cards) > MOST_NAMED else ""
    return "、".join(card.name for card in cards[:MOST_NAMED]) + rest


# --- boxes ------------------------------------------------------------------------------------------------------------------------


def text_width(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1 if unicodedata.east_asian_width(char) in "WFA" else 0.56 for char in text)


def wrapped(text: str, width: float, most: int = 2) -> tuple[str, ...]:
    """The text in lines of at most this width; what does not fit ends in an ellipsis."""
    lines = [""]
    for char in text:
        if text_width(lines[-1] + char) > width:
            if len(lines) == most:
                while text_width(lines[-1] + "…") > width:
                    lines[-1] = lines[-1][:-1]
                lines[-1] += "…"
                break
            lines.append("")
        lines[-1] += char
    return tuple(lines)


def _column(cards: Sequence[ItemCard], *, x: int, y: int, width: int) -> list[Box]:
    """Boxes one below another; where there are too many, the last one says how many are left."""
    shown = cards if len(cards) <= MOST_BOXES else cards[: MOST_BOXES - 1]
    letters = (width - 28) / 15
    boxes = [Box(x, y + place * (_BOX + _GAP), width, wrapped(card.name, letters), _days(card)) for place, card in enumerate(shown)]
    if len(shown) < len(cards):
        boxes.append(Box(x, y + len(shown) * (_BOX + _GAP), width, (f"还有 {len(cards) - len(shown)} 件，见下面",), "", "more"))
    return boxes


def _days(card: ItemCard) -> str:
    return f"{card.promised_days} 个{card.day_unit_name}" if card.promised_days else "当场办结"


def _tall_of(count: int) -> int:
    """How much room so many boxes take, one below another."""
    count = min(count, MOST_BOXES)
    return count * _BOX + max(count - 1, 0) * _GAP


# --- wide -------------------------------------------------------------------------------------------------------------------------


def _wide(name: str, before: Sequence[ItemCard], together: Sequence[ItemCard], after: Sequence[ItemCard]) -> Drawing:
    inside = _BOX + (_HEAD + _GAP + _tall_of(len(together)) if together else 0)
    height = max(_tall_of(len(before)), _tall_of(len(after)), inside)
    step = _WIDE_BOX + _WIDE_GAP
    middle = step if before else 0
    own = Box(middle, _HEAD + (height - inside) // 2, _WIDE_BOX, wrapped(name, (_WIDE_BOX - 28) / 15), "这件事", "self")
    sides = [own]
    arrows, ties, headings = [], [], []
    for cards, x, words in ((before, 0, "先办"), (after, middle + step, "再办")):
        column = _column(cards, x=x, y=_HEAD + (height - _tall_of(len(cards))) // 2, width=_WIDE_BOX)
        sides += column
        if cards:
            headings.append((x, column[0].y - 10, words))
        for box in column:
            first, then = (own, box) if cards is after else (box, own)
            arrows.append(_across(first, then))
    if together:
        column = _column(together, x=middle, y=own.y + _BOX + _GAP + _HEAD, width=_WIDE_BOX)
        sides += column
        headings.append((middle, column[0].y - 10, "一起办"))
        ties.append(f"M{middle + _WIDE_BOX // 2 + 30} {own.y + _BOX}V{column[0].y}")
    width = middle + _WIDE_BOX + (step if after else 0)
    return Drawing(width, _HEAD + height + 2, tuple(sides), tuple(arrows), tuple(ties), tuple(headings))


def _across(first: Box, then: Box) -> str:
    start, end = first.x + first.width, then.x - 4
    high, low = first.y + first.height // 2, then.y + then.height // 2
    bend = (end - start) // 2
    return f"M{start} {high}H{end}" if high == low else f"M{start} {high}C{start + bend} {high} {end - bend} {low} {end} {low}"


# --- tall -------------------------------------------------------------------------------------------------------------------------


def _tall(name: str, before: Sequence[ItemCard], together: Sequence[ItemCard], after: Sequence[ItemCard]) -> Drawing:
    """Before, the item, after: one below another; what goes together hangs indented under the item, beside the arrow that leads on."""
    boxes: list[Box] = []
    arrows, ties, headings = [], [], []
    y = 0
    if before:
        headings.append((0, 16, "先办"))
        boxes += _column(before, x=0, y=_HEAD - 4, width=_TALL_WIDTH)
        y = boxes[-1].y + _BOX
        arrows.append(f"M{_TALL_WIDTH // 2} {y}V{y + _TALL_GAP - 4}")
        y += _TALL_GAP
    own = Box(0, y, _TALL_WIDTH, wrapped(name, (_TALL_WIDTH - 28) / 15), "这件事", "self")
    boxes.append(own)
    y += _BOX
    if together:
        headings.append((_TALL_INDENT, y + _TALL_GAP - 8, "一起办"))
        boxes += _column(together, x=_TALL_INDENT, y=y + _TALL_GAP, width=_TALL_WIDTH - _TALL_INDENT)
        ties.append(f"M{_TALL_WIDTH // 2 + 20} {y}V{y + _TALL_GAP}")
        y = boxes[-1].y + _BOX
    if after:
        way = _TALL_INDENT // 2 if together else _TALL_WIDTH // 2
        arrows.append(f"M{way} {own.y + _BOX}V{y + _TALL_GAP - 4}")
        headings.append((way + 20, y + _TALL_GAP - 12, "再办"))
        boxes += _column(after, x=0, y=y + _TALL_GAP, width=_TALL_WIDTH)
        y = boxes[-1].y + _BOX
    return Drawing(_TALL_WIDTH, y + 2, tuple(boxes), tuple(arrows), tuple(ties), tuple(headings))
