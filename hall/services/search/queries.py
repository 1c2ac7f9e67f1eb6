"""Searching: one query understood in the process, one SQL statement that scores, the rest counted from its rows."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from hall.services.catalogue.rules import Audience, OnlineDepth
from hall.services.search import analysis, ranking, rules, shelf, suggesting
from hall.services.search.analysis import Meaning
from hall.services.search.lexicon import Lexicon
from hall.services.search.models import SearchUse
from hall.services.search.ranking import Filters, Scored
from hall.services.search.rows import Facet, Facets, Hit, Part, SearchPage, Suggestion

__all__ = ["Facet", "Facets", "Hit", "Part", "SearchPage", "Suggestion", "hot_words", "search_items", "suggest"]

# BM25's idea: a rare token says more. Summed in whole numbers, so that the order of adding cannot change a score.
_SCORE = """
WITH asked AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::float8[]) AS a (token, weight)),
matched AS (
  SELECT p.entry_id AS code, a.weight * p.weight AS weight, count(*) OVER (PARTITION BY p.token) AS holders
  FROM asked a JOIN search_posting p ON p.token = a.token
),
scored AS (
  SELECT code, round(weight * ln(1 + (greatest(%s, holders) - holders + 0.5) / (holders + 0.5)) * 10000)::bigint AS score FROM matched
  UNION ALL SELECT code, round(boost * 10000)::bigint FROM unnest(%s::text[], %s::float8[]) AS b (code, boost)
)
SELECT e.code, sum(s.score) / 10000.0::float8 * (1 + 0.008 * least(e.prior, 12) + 0.03 * least(ln(1 + e.popularity), 8))
FROM scored s JOIN search_entry e ON e.code = s.code
GROUP BY e.code ORDER BY 2 DESC, 1 LIMIT %s
"""


def search_items(
    *,
    q: str,
    audience: str | None = None,
    department: str | None = None,
    theme: str | None = None,
    depth: str | None = None,
    is_free: bool | None = None,
    limit: int = 20,
    after: str | None = None,
) -> SearchPage:
    """Items for what somebody typed, best first, with counts to narrow by. Two SQL statements, two more after a change of the index.

    Whatever is typed gets an answer: only the first 100 characters count, a broken `after` starts anew, and without a query the
    filters alone list items, most asked-for first. A facet's counts heed every filter but its own.

    Source: §5.2 服务检索; §5.8.4.
    """
    lexicon = shelf.current()
    filters = Filters(audience, department, theme, depth, is_free)
    meaning = analysis.understand(q, lexicon)
    if meaning.plain:
        every = _ranked(meaning, lexicon)
    else:
        every = _listed(lexicon) if filters.is_any and not q.strip() else []
    hits = ranking.passing(every, filters)
    page, cursor = _stretch(hits, after=after, limit=max(1, min(limit, 100)))
    phrases = [*meaning.words, *meaning.phrases]
    return SearchPage(
        hits=tuple(
            Hit(entry.code, score, ranking.reasons(entry, meaning, lexicon) if meaning.plain else (), ranking.marked(entry.name, phrases))
            for score, entry in page
        ),
        facets=_facets(every, filters, lexicon),
        total=len(hits),
        is_more_than_total=len(every) >= rules.MOST_HITS,
        next_cursor=cursor,
        did_you_mean=meaning.corrected or None,
        interpreted=tuple(meaning.words[:8]),
        nearest=() if hits else _nearest(meaning, every, lexicon),
    )


def _ranked(meaning: Meaning, lexicon: Lexicon) -> list[Scored]:
    if not meaning.tokens and not meaning.boosts:
        return []
    perfect = math.log(1 + len(lexicon.entries))
    tokens = sorted(meaning.tokens)
    codes = sorted(meaning.boosts)
    with connection.cursor() as cursor:
        weights = [meaning.tokens[token] for token in tokens]
        boosts = [meaning.boosts[code] * perfect for code in codes]
        cursor.execute(_SCORE, [tokens, weights, len(lexicon.entries), codes, boosts, rules.MOST_HITS])
        scores = {code: float(score) for code, score in cursor.fetchall()}
    return ranking.ranked(scores, meaning, lexicon, perfect=perfect)


def _listed(lexicon: Lexicon) -> list[Scored]:
    """Everything, most asked-for first; the place counts down so that cursors work as in a search."""
    entries = list(lexicon.entries.values())
    return [(len(entries) - place, entry) for place, entry in enumerate(entries)]


def _stretch(hits: list[Scored], *, after: str | None, limit: int) -> tuple[list[Scored], str | None]:
    place = rules.read_cursor(after)
    if place is not None:
        hits = [hit for hit in hits if (-hit[0], hit[1].code) > (-place[0], place[1])]
    page = hits[:limit]
    return page, rules.write_cursor(page[-1][0], page[-1][1].code) if len(hits) > limit else None


def _facets(every: list[Scored], filters: Filters, lexicon: Lexicon) -> Facets:
    def left(but: str) -> Iterable[Scored]:
        return ranking.passing(every, filters, but=but)

    names = {place.code: place.shown for place in lexicon.places}
    return Facets(
        departments=ranking.counted((entry.department_code for _, entry in left("department")), names),
        themes=ranking.counted((theme for _, entry in left("theme") for theme in entry.themes), names),
        audiences=ranking.counted((one for _, entry in left("audience") for one in entry.audience), {one: one.label for one in Audience}),
        depths=ranking.counted((entry.online_depth for _, entry in left("depth")), {one: one.label for one in OnlineDepth}),
        free=sum(entry.is_free for _, entry in left("is_free")),
    )


def _nearest(meaning: Meaning, every: list[Scored], lexicon: Lexicon) -> tuple[Suggestion, ...]:
    """What to offer when nothing is left: hits that the filters hid, lines that fit a part of the query, else what most people want."""
    if every:
        return tuple(Suggestion("item", entry.name, entry.code) for _, entry in every[:4])
    for length in (4, 3, 2):
        for run in meaning.plain.split():
            found = suggesting.suggestions(run[:length], lexicon, limit=4) if len(run) >= length else []
            if found:
                return tuple(found)
    popular = [Suggestion("item", entry.name, entry.code) for entry in list(lexicon.entries.values())[:4]]
    themes = {place.code: Suggestion("theme", place.shown, place.code) for place in lexicon.places if place.kind == "theme"}
    return (*popular, *list(themes.values())[:4])


def suggest(q: str, limit: int = 8) -> list[Suggestion]:
    """Lines under the search box for what is typed so far, characters, pinyin or initials. One or two SQL statements.

    Where the names alone give little, search fills up: typing errors and people's own words lead somewhere too.
    """
    lexicon = shelf.current()
    found = suggesting.suggestions(q, lexicon, limit=limit)
    items = [line for line in found if line.kind == "item"]
    if len(items) >= 3 or len(found) >= limit or len(q.strip()) < 2:
        return found
    meaning = analysis.understand(q, lexicon)
    held = {line.code for line in items}
    more = [Suggestion("item", entry.name, entry.code) for _, entry in _ranked(meaning, lexicon)[: limit + 3] if entry.code not in held]
    others = [line for line in found if line.kind != "item"]
    return [*items, *more[: max(0, limit - len(found))], *others]


def hot_words(*, limit: int = 8, now: datetime | None = None) -> list[str]:
    """What most people searched in the last 7 days and found, filled up from the shipped list. One SQL statement."""
    first = timezone.localdate(now) - timedelta(days=6)
    used = (
        SearchUse.objects.filter(day__gte=first, hits__gt=0).values("query").annotate(sum=Sum("uses")).filter(sum__gte=rules.LEAST_HOT_USES)
    )
    counted = [row["query"] for row in used.order_by("-sum", "query")[:limit]]
    return list(dict.fromkeys([*counted, *_shipped()]))[:limit]


def _shipped() -> list[str]:
    path = settings.DATA_DIR / "hot_words.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
