"""Trying a word before it is kept: what a query finds now, and what it would find if the word led to an item (§5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hall.services.search import analysis, lexicon, queries, shelf
from hall.services.search import text as texts
from hall.services.search.lexicon import Entry, Lexicon, Term


@dataclass(frozen=True, slots=True)
class TriedHit:
    """An item found. `before` is its place without the word, 0 when it was not found; `score` is what hits are ordered by."""

    code: str
    name: str
    score: int
    before: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a query finds now, and with the word; `after` is None where no word was tried."""

    words: tuple[str, ...]
    now: tuple[TriedHit, ...]
    after: tuple[TriedHit, ...] | None
    total: int


def try_query(q: str, *, term: str = "", code: str = "", limit: int = 10) -> Trial:
    """Find as the public does, then once more as if `term` led to the item. Nothing is kept. Three SQL statements.

    The second time only the word itself is reckoned with: once it is kept, the item's tokens and meaning know it too.
    """
    held = shelf.current()
    meaning = analysis.understand(q, held)
    hits = queries._ranked(meaning, held)
    now = tuple(TriedHit(entry.code, entry.name, score, place) for place, (score, entry) in enumerate(hits[:limit], start=1))
    after = None
    if texts.solid(term) and code in held.entries:
        tried = _with_word(held, texts.solid(term), held.entries[code])
        after = _compared(queries._ranked(analysis.understand(q, tried), tried), hits, limit)
    return Trial(tuple(meaning.words[:8]), now, after, len(hits))


def _compared(hits: Sequence[tuple[int, Entry]], before: Sequence[tuple[int, Entry]], limit: int) -> tuple[TriedHit, ...]:
    places = {entry.code: place for place, (_, entry) in enumerate(before, start=1)}
    return tuple(TriedHit(entry.code, entry.name, score, places.get(entry.code, 0)) for score, entry in hits[:limit])


def _with_word(held: Lexicon, term: str, entry: Entry) -> Lexicon:
    tried = replace(held, synonyms=dict(held.synonyms), corpus=f"{held.corpus} {term}")
    lexicon._take(tried, Term("synonym", term, entry.name, "", (entry.code,), "", "", 1), [])
    return tried
