"""Small decisions of search: cursors, floors, what may be counted. Pure."""

import re

MOST_HITS = 1000
# Hits far behind the first one only share a character or two with the query.
TAIL = 0.18
# Below this share of a perfect rare word nothing was really found.
FLOOR = 0.55
LONGEST_HOT_WORD = 12
# One person's habit is not what everybody searches.
LEAST_HOT_USES = 5
LEAST_SHOWN_MISSES = 3
# What people want should stand here.
FIRST_PLACES = 3
# As on the page: fewer ratings say too little.
LEAST_RATINGS = 5
LONGEST_MISS = 20
_CURSOR = re.compile(r"([a-z]*)([0-9]{1,18})-([0-9A-Z]{12})")


def write_cursor(score: int, code: str, order: str = "") -> str:
    """The place behind a hit in an order of hits."""
    return f"{order}{score}-{code}"


def read_cursor(cursor: str | None, order: str = "") -> tuple[int, str] | None:
    """Score and code of a cursor of this order; None for none, a broken one or one of another order: the first page."""
    found = _CURSOR.fullmatch(cursor or "")
    return (int(found[2]), found[3]) if found and found[1] == order else None


def is_missable(query: str) -> bool:
    """Whether a query that led to nothing may be counted: two characters to twenty, without digits that could be a number of somebody."""
    return 2 <= len(query) <= LONGEST_MISS and not any(character.isdigit() for character in query)


def is_countable(query: str) -> bool:
    """Whether a query may become a hot word: short, and without digits that could be a number of somebody."""
    return 2 <= len(query) <= LONGEST_HOT_WORD and not any(character.isdigit() for character in query)


# How scores are added, each standardised over all items first: words of the catalogue, words that people say, the nearest phrase, all phrases
# of an item together. Learned on data/judgements by `python -m bench.weights`, which prints how they do on queries they have not seen.
WORDS, SAID, NEAREST, MIDDLE = 0.40, 0.54, 0.62, 0.98
# Answers of the meaning process: items, and how many of them come with the phrase that was nearest.
MOST_NEAR, MOST_PHRASES = 150, 20
# An item found by its meaning alone must stand out so far from all others, and be so like one of its phrases; nonsense stays below.
LEAST_NEAR, LEAST_LIKENESS = 5.0, 0.35
# Beside one that does: this much, and this share of what the nearest one has.
LEAST_BESIDE, SHARE_OF_NEAREST = 3.0, 0.4
# How far behind the best one an item may lie: a difference of 1 is a factor of e in the odds of being meant.
BEHIND = 9.0
MOST_BY_MEANING = 30
