"""How the weights of search are learned and how they do on unseen queries: `python -m bench.weights`, on the indexed catalogue of the database.

The weights maximise the likelihood of the right item under a softmax over all items. Five folds: each query is ranked by weights learned
without it. What it prints in the last line is for hall/services/search/rules.py.
"""

import math
import sys
from collections.abc import Sequence

import numpy as np

from bench.search import Judged, _ready, judged

STEPS, RATE, FOLDS = 300, 0.05, 5
COMBINATIONS = (("words",), ("nearest",), ("words", "said"), ("words", "nearest", "middle"), ("words", "said", "nearest", "middle"))


def features(queries: Sequence[Judged]) -> tuple[list[str], dict[str, np.ndarray]]:
    """For each score a row for each query and a column for each item, standardised over the items."""
    from hall.services.search import analysis, shelf
    from hall.services.search import queries as search
    from hall.services.search.encoding import Encoder, Index, Phrase
    from hall.services.search.models import SearchVector
    from hall.services.search.ranking import _standardised

    lexicon = shelf.current()
    rows = SearchVector.objects.exclude(vector=b"").values_list("entry_id", "kind", "text", "vector")
    index = Index("", [Phrase(code, kind, text, bytes(vector)) for code, kind, text, vector in rows])
    if not index.codes:
        raise RuntimeError("no phrase has its vector yet: let `hall meaning` run once on this database")
    encoder = Encoder()
    found = {name: np.zeros((len(queries), len(index.codes))) for name in ("words", "said", "nearest", "middle")}
    place = {code: at for at, code in enumerate(index.codes)}
    for row, one in enumerate(queries):
        meaning = analysis.understand(one.query, lexicon)
        words = _standardised(search._by_words(meaning, lexicon), len(lexicon.entries))
        found["words"][row, :] = words[""]
        for code, value in words.items():
            if code in place:
                found["words"][row, place[code]] = value
        if meaning.said:
            for near in index.near(meaning.said, encoder.encode([meaning.said])[0], most=len(index.codes)):
                for name in ("said", "nearest", "middle"):
                    found[name][row, place[near.code]] = getattr(near, name)
    return index.codes, found


def learn(values: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Weights for `values` (query, item, score) under which the right items are most likely; Adam, a little shrinking."""
    weights = np.full(values.shape[2], 0.5)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for _ in range(STEPS):
        scores = values @ weights
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        slope = -np.einsum("qi,qif->f", right - odds, values) / len(values) + 1e-3 * weights
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope * slope
        weights -= RATE * first / (np.sqrt(second) + 1e-8)
    return weights


def main() -> int:
    _ready()
    queries = judged()
    codes, found = features(queries)
    place = {code: at for at, code in enumerate(codes)}
    right = np.zeros((len(queries), len(codes)))
    for row, one in enumerate(queries):
        for code in one.right:
            right[row, place[code]] = 1 / len(one.right)
    fold = np.random.RandomState(0).randint(0, FOLDS, len(queries))
    for names in COMBINATIONS:
        values = np.stack([found[name] for name in names], axis=2)
        scores = np.zeros_like(right)
        for part in range(FOLDS):
            seen, unseen = np.where(fold != part)[0], np.where(fold == part)[0]
            scores[unseen] = values[unseen] @ learn(values[seen], right[seen])
        ranks = [_rank(scores[row], right[row]) for row in range(len(queries))]
        hits = ", ".join(f"hit@{k} {sum(rank <= k for rank in ranks) / len(ranks):.3f}" for k in (1, 3, 10))
        print(f"{' + '.join(names):40} {hits}, MRR {sum(1 / rank for rank in ranks if rank <= 10) / len(ranks):.3f}")
    whole = learn(np.stack([found[name] for name in COMBINATIONS[-1]], axis=2), right)
    print("; ".join(f"{name.upper()} {weight:.2f}" for name, weight in zip(COMBINATIONS[-1], whole, strict=True)))
    return 0


def _rank(scores: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-scores, kind="stable")[:10]
    return next((place for place, at in enumerate(order, 1) if right[at]), math.inf)


if __name__ == "__main__":
    sys.exit(main())
