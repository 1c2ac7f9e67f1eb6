"""The orders in which hits can stand, each as one whole number a hit: higher first, equal ones by code, so that cursors hold. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from hall.services.search.lexicon import Entry
from hall.services.search.ranking import Scored

_STEP = 10_000_000
_MOST_DAYS = 99_999


class Sort(StrEnum):
    """综合 · 办件量 · 评分 · 时限短"""

    RELEVANCE = "relevance"
    POPULAR = "popular"
    RATING = "rating"
    DAYS = "days"


SORT_NAMES = {Sort.RELEVANCE: "综合", Sort.POPULAR: "办件量", Sort.RATING: "评分", Sort.DAYS: "时限短"}
# Figures that move without a change of the index: applications and mean grade, by code; items without either are absent.
Figures = Mapping[str, tuple[int, float | None]]


def sort_of(word: str) -> Sort:
    """The order that a word of an address asks for; relevance for any other word."""
    return Sort(word) if word in set(Sort) else Sort.RELEVANCE


def needs_figures(sort: Sort) -> bool:
    return sort in {Sort.POPULAR, Sort.RATING}


def demand(entry: Entry) -> int:
    """How much an item is asked for, where no query says what fits: applications, then everyday words."""
    return min(entry.popularity, 99_000) * 100 + min(entry.prior, 99)


def ordered(hits: list[Scored], sort: Sort, figures: Figures) -> list[Scored]:
    """The hits in this order, each with the number it stands by; equal ones by what fits better, then by code."""
    if sort != Sort.RELEVANCE:
        hits = [(_first(entry, sort, figures) * _STEP + max(0, min(score, _STEP - 1)), entry) for score, entry in hits]
    return sorted(hits, key=lambda one: (-one[0], one[1].code))


def _first(entry: Entry, sort: Sort, figures: Figures) -> int:
    if sort == Sort.DAYS:
        return _MOST_DAYS - min(entry.promised_days, _MOST_DAYS)
    popularity, score = figures.get(entry.code, (0, None))
    return popularity if sort == Sort.POPULAR else round((score or 0.0) * 100)
