"""全文检索: materials, questions and guide texts of items, by the words that stand in them (§5.8.4). Filled by jobs, read for the page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from hall.services.catalogue.guides import guide_texts
from hall.services.search import phrases, ranking, shelf
from hall.services.search import text as texts
from hall.services.search.lexicon import Lexicon
from hall.services.search.models import SearchEntry, SearchPassage
from hall.services.search.rows import Part, PassageHit

_LOOKED_AT = 200
_SNIPPET = 60
_BEFORE = 16
_UNGLUED = re.compile(f"[{''.join(phrases.GLUE)}]")
_KINDS = {"faq": 0, "material": 1, "guide": 2}
# First what holds every word asked for, then what holds the longest one; whole sets first, so that few of many common ones are enough.
_FIND = """
SELECT DISTINCT ON (p.id) p.id, p.kind, p.title, p.text, p.entry_id FROM (
  (SELECT * FROM search_passage WHERE grams @> %s::varchar[] LIMIT %s)
  UNION ALL
  (SELECT * FROM search_passage WHERE grams @> %s::varchar[] LIMIT %s)
) p ORDER BY p.id
"""


@transaction.atomic
def renew(codes: Iterable[str]) -> int:
    """Bring the texts of these items in step with the catalogue; returns how many texts they have now. Safe to repeat."""
    # Locked in order, so that two publications of the same items follow one another.
    held = list(SearchEntry.objects.select_for_update().filter(code__in=set(codes)).order_by("code").values_list("code", flat=True))
    SearchPassage.objects.filter(entry__in=held).delete()
    fresh = [
        SearchPassage(entry_id=one.code, kind=one.kind, title=one.title[:200], text=one.text, grams=_grams(f"{one.title}。{one.text}"))
        for one in guide_texts(held)
    ]
    SearchPassage.objects.bulk_create(fresh, batch_size=1000)
    return len(fresh)


def fill() -> int:
    """The texts of items that have none yet, such as after an update of the hall; returns how many."""
    missing = SearchEntry.objects.filter(searchpassage__isnull=True).order_by("code").values_list("code", flat=True)
    return renew(missing)


def _grams(text: str) -> list[str]:
    found: set[str] = set()
    for run in texts.runs(texts.plain(text)):
        found |= set(texts.pairs(run)) or {run}
    return sorted(found)


def find_passages(q: str, *, limit: int = 5) -> list[PassageHit]:
    """Texts that hold the words of the query: questions first, then materials, then guides; equal materials of several items once.

    Two SQL statements.
    """
    lexicon = shelf.current()
    words = _words(q, lexicon)
    if not words:
        return []
    longest = max(words, key=len)
    grams = [sorted({gram for word in asked for gram in _grams(word)}) for asked in (words, [longest])]
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [grams[0], _LOOKED_AT, grams[1], 0 if grams[0] == grams[1] else _LOOKED_AT])
        rows = [_Found(*row[1:]) for row in cursor.fetchall()]
    order = {code: place for place, code in enumerate(lexicon.entries)}
    fitting = [(fit, row) for row in rows if row.code in order and (fit := _fit(row, words))]
    fitting.sort(key=lambda one: (-one[0], _KINDS.get(one[1].kind, 9), order[one[1].code]))
    return list(_once(fitting, words, lexicon))[:limit]


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    title: str
    text: str
    code: str


def _words(q: str, lexicon: Lexicon) -> list[str]:
    """The known words of a query that say what it is about; its pieces where nothing of it is known."""
    found: list[str] = []
    for run in texts.runs(texts.plain_query(q)):
        if not texts.is_chinese(run):
            found += [run] if len(run) > 1 else []
            continue
        left = phrases.ASKING.sub(" ", run).split() or [run]
        known = [word for piece in left for word in lexicon.split(piece) if len(word) > 1]
        telling = [word for word in known if word not in phrases.GENERIC]
        found += telling or [part for piece in left for part in _UNGLUED.split(piece) if len(part) > 1] or known
    return list(dict.fromkeys(found))


def _fit(row: _Found, words: Sequence[str]) -> int:
    """How well a text fits: words in its title count more; 0 for a text in which only pairs stand, not a word."""
    title, text = row.title.lower(), row.text.lower()
    return sum(4 * (word in title) + (word in text) for word in words)


def _once(fitting: Sequence[tuple[int, _Found]], words: Sequence[str], lexicon: Lexicon) -> Iterator[PassageHit]:
    groups: dict[tuple[str, str], list[_Found]] = {}
    for _, row in fitting:
        # The guide's parts have the same titles everywhere: each stands for its own item.
        groups.setdefault((row.kind, row.title if row.kind == "material" else f"{row.title} {row.code}"), []).append(row)
    for (kind, _), rows in groups.items():
        first = rows[0]
        yield PassageHit(
            kind=kind,
            title=ranking.marked(first.title, words),
            text=_snippet(first.text, words),
            item_code=first.code,
            item_name=lexicon.entries[first.code].name,
            others=len({row.code for row in rows}) - 1,
        )


def _snippet(text: str, words: Sequence[str]) -> tuple[Part, ...]:
    at = min((place for word in words if (place := text.lower().find(word)) >= 0), default=0)
    start = max(0, at - _BEFORE)
    cut = text[start : start + _SNIPPET]
    return ranking.marked(f"{'…' if start else ''}{cut}{'…' if start + _SNIPPET < len(text) else ''}", words)
