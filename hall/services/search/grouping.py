"""Which bundles (一件事) a query asks for, by their names and what people call them. Pure."""

from collections.abc import Iterable, Sequence

from hall.services.search import phrases
from hall.services.search import text as texts

_ALIKE = 0.6


def fitting(q: str, named: Iterable[tuple[str, Sequence[str]]], *, limit: int = 2) -> list[str]:
    """Codes of what has a name that stands in the query, holds it, or shares most of its pairs of characters; best first."""
    asked = phrases.ASKING.sub("", texts.plain_query(q).replace(" ", ""))
    if len(asked) < 2:
        return []
    fits = [(max((_fit(asked, texts.solid(name)) for name in names), default=0.0), code) for code, names in named]
    return [code for fit, code in sorted(fits, key=lambda one: -one[0]) if fit >= _ALIKE][:limit]


def _fit(asked: str, name: str) -> float:
    if len(name) < 2:
        return 0.0
    if asked == name:
        return 3.0
    if name in asked:
        return 2.0
    if asked in name:
        return 1.0 + len(asked) / len(name)
    mine, theirs = set(texts.pairs(asked)), set(texts.pairs(name))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0
