"""Why an item stands where it stands: its score by parts, for staff (§5.2). The parts add up to what the search itself reckons with."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from hall.services.search import analysis, queries, ranking, shelf
from hall.services.search import meaning as meanings
from hall.services.search.analysis import Meaning
from hall.services.search.meaning import Nearness

KINDS = {"w": "词", "b": "双字", "c": "单字", "s": "读音", "i": "首字母", "d": "部门", "t": "主题", "+": "俗称"}
# The same sum as the scoring statement, its terms kept apart and for these items only.
_PARTS = """
WITH asked AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::float8[]) AS a (token, weight)),
held AS (SELECT a.token, count(*) AS holders FROM asked a JOIN search_posting p ON p.token = a.token GROUP BY a.token)
SELECT p.entry_id, a.token,
  round(a.weight * p.weight * ln(1 + (greatest(%s, h.holders) - h.holders + 0.5) / (h.holders + 0.5)) * 10000)::bigint / 10000.0::float8
FROM asked a JOIN held h USING (token) JOIN search_posting p ON p.token = a.token AND p.entry_id = ANY (%s)
UNION ALL
SELECT code, '', 1 + 0.008 * least(prior, 12) + 0.03 * least(ln(1 + popularity), 8) FROM search_entry WHERE code = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one token of the query adds: `kind` in words, `text` the token itself."""

    kind: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score of one item for one query. `parts` are summed, then multiplied by `demand` (how much it is asked for) and `name` (how
    much of its name was typed), which gives `by_words`. `near` is what the meaning process says, None where it is silent."""

    code: str
    parts: tuple[Contribution, ...]
    demand: float
    name: float
    by_words: float
    near: Nearness | None

    @property
    def base(self) -> int:
        """What is added to every score where meaning counts, so that none is negative."""
        return ranking._OFFSET

    def words_share(self, score: int) -> float:
        """What the words brought, compared with other items, of a score that meaning has a share in."""
        return score / 1000 - self.base - (self.near.score if self.near else 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands among all hits of a query, from 1 (0: it is none of them), with what it is ordered by, and why."""

    place: int
    score: int
    explanation: Explanation


def explain(q: str, code: str) -> Place | None:
    """Why an item stands where it stands for a query; None for an item that search does not know. Five SQL statements."""
    lexicon = shelf.current()
    found = explanations(q, [code]).get(code)
    if found is None:
        return None
    hits = queries._ranked(analysis.understand(q, lexicon), lexicon)
    place, score = next(((place, score) for place, (score, entry) in enumerate(hits, start=1) if entry.code == code), (0, 0))
    return Place(place, score, found)


def explanations(q: str, codes: Iterable[str]) -> dict[str, Explanation]:
    """Why these items have the scores that they have for a query; unknown items are left out. Three SQL statements."""
    lexicon = shelf.current()
    meaning = analysis.understand(q, lexicon)
    wanted = [code for code in codes if code in lexicon.entries]
    by_words = {entry.code: score / 1000 for score, entry in queries._by_words(meaning, lexicon)}
    near = meanings.near(meaning.said, stamp=str(lexicon.stamp))
    parts, demand = _parts(meaning, wanted, len(lexicon.entries))
    found = {}
    for code in wanted:
        summed = sum(one.score for one in parts[code]) * demand.get(code, 1.0)
        reckoned = by_words.get(code, 0.0)
        kept = tuple(sorted(parts[code], key=lambda one: (-one.score, one.text)))
        name = reckoned / summed if summed and reckoned else 1.0
        found[code] = Explanation(code, kept, demand.get(code, 1.0), name, reckoned, near.get(code))
    return found


def _parts(meaning: Meaning, codes: list[str], items: int) -> tuple[dict[str, list[Contribution]], dict[str, float]]:
    tokens = sorted(meaning.tokens)
    parts: dict[str, list[Contribution]] = {code: [] for code in codes}
    demand: dict[str, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [tokens, [meaning.tokens[token] for token in tokens], items, codes, codes])
        for code, token, score in cursor.fetchall():
            if token:
                parts[code].append(Contribution(KINDS.get(token[0], token[0]), token[2:], float(score)))
            else:
                demand[code] = float(score)
    for code in codes:
        if code in meaning.boosts:
            boost = round(meaning.boosts[code] * math.log(1 + items), 4)
            parts[code].append(Contribution(KINDS["+"], "指向这个事项的说法", boost))
    return parts, demand
