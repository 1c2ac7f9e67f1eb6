"""From lines with their places to the text behind each printed label, whether they were read together, apart or over several lines. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hall.integration.ports.ocr import Line

_LEAST_CONFIDENCE = 0.6
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words and their box."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return max(self.bottom - self.top, 1.0)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class _Anchor:
    """A printed label and what was found to belong to it."""

    key: str
    label: Piece
    values: list[Piece] = field(default_factory=list)

    @property
    def last(self) -> Piece:
        return max([self.label, *self.values], key=lambda piece: piece.bottom)

    @property
    def value_left(self) -> float | None:
        return min((piece.left for piece in self.values), default=None)


def plain(text: str) -> str:
    """The words without spaces, in half-width signs."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text))


def pieces(lines: Sequence[Line]) -> list[Piece]:
    """The lines that were read surely enough, from the top."""
    kept = [line for line in lines if line.confidence >= _LEAST_CONFIDENCE]
    found = [Piece(plain(line.text), line.left, line.top, line.right, line.bottom) for line in kept]
    return sorted((piece for piece in found if piece.text), key=lambda piece: (piece.top, piece.left))


def behind(found: Sequence[Piece], labels: Mapping[str, str], inner: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """What stands behind each label, by its key, in reading order.

    `labels` are printed words and their keys; those in `inner` are also seen in the middle of a line. Of a label that is printed
    twice the upper one counts.
    """
    anchors: dict[str, _Anchor] = {}
    rest: list[Piece] = []
    for piece in (part for whole in found for part in _cut(whole, inner)):
        label = max((label for label in labels if piece.text.startswith(label)), key=len, default="")
        if not label or labels[label] in anchors:
            rest.append(piece)
            continue
        at = piece.left + (piece.right - piece.left) * len(label) / len(piece.text)
        anchor = anchors[labels[label]] = _Anchor(labels[label], replace(piece, text=label, right=at))
        if value := piece.text[len(label) :].lstrip(":"):
            anchor.values.append(replace(piece, text=value, left=at))
    for piece in rest:
        owner = _beside(piece, anchors.values()) or _above(piece, anchors.values())
        if owner is not None:
            owner.values.append(piece)
    return {key: tuple(piece.text for piece in in_order(anchor.values)) for key, anchor in anchors.items() if anchor.values}


def _cut(piece: Piece, inner: Collection[str]) -> list[Piece]:
    """A line in which further labels stand, at each of them."""
    places = sorted({0, *(at for label in inner if (at := piece.text.find(label)) > 0)})
    ends = [*places[1:], len(piece.text)]
    width = (piece.right - piece.left) / len(piece.text)
    return [
        replace(piece, text=piece.text[start:end], left=piece.left + width * start, right=piece.left + width * end)
        for start, end in zip(places, ends, strict=True)
    ]


def _beside(piece: Piece, anchors: Collection[_Anchor]) -> _Anchor | None:
    """The label to the left in the same row, the nearest one."""
    near = [
        anchor
        for anchor in anchors
        if anchor.label.left < piece.left
        and anchor.label.right - anchor.label.height < piece.left
        and _shared(piece, anchor.label) >= 0.5 * min(piece.height, anchor.label.height)
    ]
    return max(near, key=lambda anchor: anchor.label.left, default=None)


def _shared(one: Piece, other: Piece) -> float:
    return min(one.bottom, other.bottom) - max(one.top, other.top)


def _above(piece: Piece, anchors: Collection[_Anchor]) -> _Anchor | None:
    """The label whose value goes on in this line: close above it, in the same column."""
    near = [
        anchor
        for anchor in anchors
        if -0.5 * piece.height <= piece.top - anchor.last.bottom <= 1.3 * piece.height
        and anchor.label.top < piece.top
        and (anchor.label.left if anchor.value_left is None else anchor.value_left) - 1.5 * piece.height <= piece.left
    ]
    return max(near, key=lambda anchor: anchor.label.left, default=None)


def in_order(values: Sequence[Piece]) -> list[Piece]:
    """By rows, and in each from the left. Boxes of one row differ a little in height."""
    rows: list[list[Piece]] = []
    for piece in sorted(values, key=lambda piece: piece.middle):
        if rows and abs(piece.middle - rows[-1][0].middle) < 0.5 * min(piece.height, rows[-1][0].height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [piece for row in rows for piece in sorted(row, key=lambda piece: piece.left)]
