"""Searching: one query understood in the process, one SQL statement that scores, the rest counted from its rows."""

import math
from collections.abc import Iterator
from itertools import chain

from django.conf import settings
from django.db import connection
from django.db.models import Q

from hall.services.catalogue.rules import Audience, ItemType, OnlineDepth, RegionScope
from hall.services.search import analysis, ranking, rules, shelf, sorting, suggesting
from hall.services.search import meaning as meanings
from hall.services.search import text as texts
from hall.services.search.analysis import Meaning
from hall.services.search.hot import hot_words
from hall.services.search.keeping import Kept
from hall.services.search.lexicon import Entry, Lexicon
from hall.services.search.models import SearchEntry
from hall.services.search.ranking import Filters, Scored
from hall.services.search.rows import Facet, Facets, Hit, Part, SearchPage, Suggestion
from hall.services.search.sorting import Figures, Sort, sort_of

__all__ = ["Facet", "Facets", "Hit", "Part", "SearchPage", "Suggestion", "hot_words", "search_items", "suggest"]

_MOST_PLACES = 4
# Half of what people ask is what others just asked. A page with its hits takes some 15 kB.
PAGES: Kept[SearchPage] = Kept(most=128, seconds=30.0)

# BM25's idea: a rare token says more. Summed in whole numbers, so that the order of adding cannot change a score.
_SCORE = """
WITH asked AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::float8[]) AS a (token, weight)),
matched AS (
  SELECT p.entry_id AS code, a.weight * p.weight AS weight, (count(*) OVER (PARTITION BY p.token))::float8 AS holders
  FROM asked a JOIN search_posting p ON p.token = a.token
),
scored AS (
  SELECT code, round(weight * ln(1 + (greatest(%s::float8, holders) - holders + 0.5::float8) / (holders + 0.5::float8)) * 10000)::bigint AS score FROM matched
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
    item_type: str | None = None,
    depth: str | None = None,
    region: str | None = None,
    is_online: bool | None = None,
    is_bookable: bool | None = None,
    is_free: bool | None = None,
    sort: str = Sort.RELEVANCE,
    limit: int = 20,
    after: str | None = None,
) -> SearchPage:
    """Items for what somebody typed, in a `sorting.Sort`, with counts to narrow by. Two SQL statements, two more after a change of the
    index, one more by popularity or rating; one where the same was asked within half a minute.

    Whatever is typed gets an answer: only the first 100 characters count, a broken `after` starts anew, and without a query the
    filters alone list items, most asked-for first. A facet's counts heed every filter but its own.

    Source: §5.2 服务检索; §5.8.4.
    """
    filters = Filters(audience, department, theme, item_type, depth, region, is_online, is_bookable, is_free)
    lexicon, order = shelf.current(), sort_of(sort)
    key = (lexicon.stamp, settings.MEANING_ADDRESS, q[: texts.LONGEST_QUERY], filters, order, limit, after)
    if (page := PAGES.get(key)) is not None:
        return page
    meaning = analysis.understand(q, lexicon)
    page = _page(meaning, lexicon, q=q, filters=filters, sort=order, limit=limit, after=after)
    # The same index gives the same answer, except that figures change without it, and an answer by words alone is soon a better one.
    if not sorting.needs_figures(order) and meanings.is_known(meaning.said, stamp=str(lexicon.stamp)):
        PAGES.put(key, page)
    return page


def search_with(lexicon: Lexicon, *, q: str, filters: Filters, sort: Sort, limit: int, after: str | None) -> SearchPage:
    """`search_items` with words understood by this lexicon, which may be one that is only tried. One SQL statement, or two."""
    return _page(analysis.understand(q, lexicon), lexicon, q=q, filters=filters, sort=sort, limit=limit, after=after)


def _page(meaning: Meaning, lexicon: Lexicon, *, q: str, filters: Filters, sort: Sort, limit: int, after: str | None) -> SearchPage:
    if meaning.plain:
        every = _ranked(meaning, lexicon)
    else:
        every = _listed(lexicon) if filters.is_any and not q.strip() else []
    passing, almost = ranking.sifted(every, filters)
    hits = sorting.ordered(passing, sort, _figures(passing) if passing and sorting.needs_figures(sort) else {})
    first, page, cursor = _stretch(hits, after=after, order=_order_of(sort), limit=max(1, min(limit, 100)))
    return SearchPage(
        hits=_hits(page, meaning, lexicon),
        facets=_facets(passing, almost, lexicon),
        total=len(hits),
        is_more_than_total=len(every) >= rules.MOST_HITS,
        next_cursor=cursor,
        did_you_mean=meaning.corrected or None,
        interpreted=tuple(meaning.words[:8]),
        nearest=() if hits else _nearest(meaning, every, lexicon),
        places=_places(meaning, lexicon),
        first_place=first,
        is_readable=bool(meaning.plain) or not q.strip(),
    )


def _hits(page: list[Scored], meaning: Meaning, lexicon: Lexicon) -> tuple[Hit, ...]:
    phrases = [*meaning.words, *meaning.phrases]
    near = meanings.near(meaning.said, stamp=str(lexicon.stamp)) if page and meaning.plain else {}
    return tuple(
        Hit(
            entry.code,
            score,
            ranking.reasons(entry, meaning, lexicon, phrase=near[entry.code].phrase if entry.code in near else "") if meaning.plain else (),
            ranking.marked(entry.name, phrases),
        )
        for score, entry in page
    )


def _ranked(meaning: Meaning, lexicon: Lexicon) -> list[Scored]:
    by_words = _by_words(meaning, lexicon)
    near = meanings.near(meaning.said, stamp=str(lexicon.stamp))
    return ranking.together(by_words, near, meaning, lexicon)


def _by_words(meaning: Meaning, lexicon: Lexicon) -> list[Scored]:
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
    return ranking.scored(scores, meaning, lexicon)


def _listed(lexicon: Lexicon) -> list[Scored]:
    """Everything, by what is most asked for."""
    return [(sorting.demand(entry), entry) for entry in lexicon.entries.values()]


def _figures(hits: list[Scored]) -> Figures:
    """How often the items were applied for and how they were rated, as of now. One SQL statement."""
    found = SearchEntry.objects.filter(Q(popularity__gt=0) | Q(score__isnull=False))
    if len(hits) <= rules.MOST_HITS:
        found = found.filter(code__in=[entry.code for _, entry in hits])
    return {code: (popularity, score) for code, popularity, score in found.values_list("code", "popularity", "score")}


def _order_of(sort: Sort) -> str:
    return "" if sort == Sort.RELEVANCE else sort.value


def _stretch(hits: list[Scored], *, after: str | None, order: str, limit: int) -> tuple[int, list[Scored], str | None]:
    place = rules.read_cursor(after, order)
    left = hits if place is None else [hit for hit in hits if (-hit[0], hit[1].code) > (-place[0], place[1])]
    page = left[:limit]
    cursor = rules.write_cursor(page[-1][0], page[-1][1].code, order) if len(left) > limit else None
    return len(hits) - len(left) + 1, page, cursor


def _facets(passing: list[Scored], almost: dict[str, list[Scored]], lexicon: Lexicon) -> Facets:
    def left(but: str) -> Iterator[Entry]:
        return (entry for _, entry in chain(passing, almost.get(but, ())))

    names = {place.code: place.shown for place in lexicon.places}
    return Facets(
        departments=ranking.counted((entry.department_code for entry in left("department")), names),
        themes=ranking.counted((theme for entry in left("theme") for theme in entry.themes), names),
        audiences=ranking.counted((one for entry in left("audience") for one in entry.audience), {one: one.label for one in Audience}),
        depths=ranking.counted((entry.online_depth for entry in left("depth")), {one: one.label for one in OnlineDepth}),
        types=ranking.counted((entry.item_type for entry in left("item_type")), {one: one.label for one in ItemType}),
        regions=ranking.counted((entry.region_scope for entry in left("region")), {one: one.label for one in RegionScope}),
        online=sum(entry.online_depth in ranking.ONLINE for entry in left("is_online")),
        bookable=sum(entry.is_bookable for entry in left("is_bookable")),
        free=sum(entry.is_free for entry in left("is_free")),
    )


def _places(meaning: Meaning, lexicon: Lexicon) -> tuple[Suggestion, ...]:
    """Departments and themes whose names the query holds, longest name first, four at most."""
    whole = meaning.plain.replace(" ", "")
    named = [place for place in lexicon.places if len(place.term) > 1 and place.term in whole]
    if stem := lexicon.stems.get(whole):
        named.append(stem)
    found: dict[tuple[str, str], Suggestion] = {}
    for place in sorted(named, key=lambda place: (-len(place.term), place.code)):
        kind = "theme" if place.kind == "theme" else "department"
        found.setdefault((kind, place.code), Suggestion(kind, place.shown, place.code))
    return tuple(found.values())[:_MOST_PLACES]


def _nearest(meaning: Meaning, every: list[Scored], lexicon: Lexicon) -> tuple[Suggestion, ...]:
    """What to offer when nothing is left: hits that the filters hid, lines that fit a part of the query, else what most people want."""
    if every:
        return tuple(Suggestion("item", entry.name, entry.code) for _, entry in every[:4])
    for length in (4, 3, 2):
        for run in meaning.plain.split():
            # Two letters begin a hundred names; two characters say something.
            is_telling = len(run) >= length and (length > 3 or texts.is_chinese(run))
            found = suggesting.suggestions(run[:length], lexicon, limit=4) if is_telling else []
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
