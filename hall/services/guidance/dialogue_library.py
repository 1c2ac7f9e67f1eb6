"""Where the guided conversation looks things up: search, the catalogue and the published guides, for one region."""

from collections.abc import Sequence

from django.conf import settings

from hall.services.catalogue import implementing, together
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import BundlePage, ItemPage
from hall.services.catalogue.rules import ItemStatus
from hall.services.guidance import dialogue_words as words
from hall.services.guidance import queries
from hall.services.guidance.dialogue_answers import Near
from hall.services.guidance.dialogue_lookup import MOST_LOOKED_UP, Found
from hall.services.guidance.facts import Kinds
from hall.services.guidance.sheet import Sheet, make_sheet
from hall.services.guidance.tree import Tree, walk
from hall.services.search import analysis, grouping, shelf
from hall.services.search import meaning as meanings
from hall.services.search import queries as search
from hall.services.search.queries import Hit

MOST_NEAR = 5
# Scores by words and meaning: a difference of 1000 is a factor of e in the odds of being meant. So far ahead, and so like one of its
# phrases (more so where no word of the catalogue was heard), the first hit is told at once: right for 98 of 100 judged queries. Within
# the span the right one is among those offered for 98 of 100 (`python -m bench.asking`, docs/how-to/the-conversation.zh.md).
CLEARLY_AHEAD, CLEARLY_LIKE, CLEARLY_LIKE_UNHEARD, SPAN = 2000, 0.55, 0.65, 6000
# By words alone, where the meaning process is away: so many times the second score, and that much at least.
TIMES_AHEAD, LEAST_AHEAD, SHARE = 3.0, 15_000, 0.35
# Surely something of ours: so like it, or not quite so like and this share of what was said are words of the catalogue.
SURELY_LIKE, PERHAPS_LIKE, SHARE_HEARD = 0.5, 0.42, 0.3


class CatalogueLibrary:
    """The library of `dialogue` over the tables; what was read once is kept for the one answer it is made for."""

    def __init__(self, *, division_code: str = "") -> None:
        self.hotline: str = settings.HOTLINE
        self._division_code = division_code
        self._items: dict[str, ItemPage | None] = {}

    def find(self, sentence: str) -> Found:
        """What search makes of a sentence. Eight SQL queries at most, when versions are kept."""
        q = without_places(sentence[:MOST_LOOKED_UP])
        page = search.search_items(q=q, limit=MOST_NEAR)
        known = {row.code: row for row in catalogue.bundles()} if page.is_readable else {}
        codes = (
            grouping.fitting(words.without_measures(q), [(row.code, (row.name, *row.aliases)) for row in known.values()]) if known else []
        )
        likeness, is_meant = likeness_of(q, page.hits)
        heard = words.heard_in(q, page.interpreted)
        near = self.near([hit.code for hit in _within_reach(page.hits, is_meant=is_meant)])
        is_first = bool(near) and near[0].card.code == page.hits[0].code
        # 卖熟食 read as 卖书 is asked back, however like it is.
        is_corrected = bool(page.interpreted) and not heard
        is_clear = is_first and not is_corrected and _is_clear(page.hits, likeness if is_meant else None, is_heard=bool(heard))
        is_like = likeness >= SURELY_LIKE or (words.share_of(heard, q) >= SHARE_HEARD and (likeness >= PERHAPS_LIKE or not likeness))
        return Found(
            near=near,
            clear=near[0].card.code if is_clear else "",
            is_sure=is_clear or is_like,
            is_readable=page.is_readable,
            words=heard,
            bundles=tuple(known[code] for code in codes),
        )

    def near(self, codes: Sequence[str]) -> tuple[Near, ...]:
        """Items to choose from, those that can be handled now. Two SQL queries, when versions are kept."""
        cards = catalogue.item_cards(codes, division_code=self._division_code)
        versions = together.current_versions(codes) if len(cards) > 1 else {}
        return tuple(
            Near(card, tuple(variant.name for variant in versions[card.code].variants) if card.code in versions else ())
            for card in cards
            if card.status == ItemStatus.PUBLISHED
        )

    def item(self, code: str) -> ItemPage | None:
        """The item's page in the region. Six SQL queries at most."""
        if code not in self._items:
            self._items[code] = catalogue.item_page(code, division_code=self._division_code) if _is_code(code) else None
        return self._items[code]

    def bundle(self, code: str) -> BundlePage | None:
        """The bundle's page. Two SQL queries."""
        return catalogue.bundle(code, division_code=self._division_code) if _is_code(code) else None

    def tree(self, kind: str, code: str) -> Tree | None:
        """The tree of the published guide. One SQL query."""
        guide = queries.guide_of(Kinds(kind), code) if kind in set(Kinds) and _is_code(code) else None
        return guide.tree if guide is not None and not guide.is_stale else None

    def sheet(self, kind: str, code: str, choices: dict[str, str]) -> Sheet | None:
        """What the choices come to. Ten SQL queries at most, when versions are kept."""
        tree = self.tree(kind, code)
        around = queries.around(Kinds(kind), code, division_code=self._division_code) if tree is not None else None
        return make_sheet(tree, walk(tree, choices), around) if tree is not None and around is not None else None


def _is_code(code: str) -> bool:
    return code.isascii() and code.isalnum() and len(code) <= 12


def without_places(q: str) -> str:
    """The sentence without names of cities and counties: where one lives does not tell what is to be done. A sentence of a name alone stays."""
    for city, counties in implementing.regions().cities:
        for name in (*(f"{city.name}{county.name}" for county in counties), *(county.name for county in counties), city.name):
            q = q.replace(name, "") if len(name) > 2 else q
        q = q.replace(city.name.removesuffix("市"), "")
    return q


def likeness_of(q: str, hits: Sequence[Hit]) -> tuple[float, bool]:
    """How like the first hit is to what was said, and whether meaning had a say at all. Pinyin and initials are like nothing: 0."""
    lexicon = shelf.current()
    said = analysis.understand(q, lexicon).said
    near = meanings.near(said, stamp=str(lexicon.stamp)) if hits and said else {}
    best = near.get(hits[0].code) if near else None
    return (best.likeness if best else 0.0), bool(near)


def _within_reach(hits: Sequence[Hit], *, is_meant: bool) -> list[Hit]:
    if not hits:
        return []
    least = hits[0].score - SPAN if is_meant else hits[0].score * SHARE
    return [hit for hit in hits if hit.score >= least]


def _is_clear(hits: Sequence[Hit], likeness: float | None, *, is_heard: bool) -> bool:
    """Whether the first hit is surely meant; `likeness` None where only words were compared."""
    first, second = hits[0].score, hits[1].score if len(hits) > 1 else 0
    if likeness is None:
        return first >= LEAST_AHEAD and first >= TIMES_AHEAD * second
    return first - second >= CLEARLY_AHEAD and likeness >= (CLEARLY_LIKE if is_heard else CLEARLY_LIKE_UNHEARD)
