"""How surely the guided conversation answers a first sentence: `python -m bench.asking`, on the indexed catalogue of the database.

Judged queries have a right item; sentences of data/judgements/elsewhere.txt have none. From the figures the marks of
hall/services/guidance/dialogue_library.py are chosen; docs/how-to/the-conversation.zh.md tells them to people.
"""
# The hall is imported inside functions: whoever starts this may choose the database first.

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.search import Judged, _ready, judged

ELSEWHERE = Path(__file__).resolve().parents[1] / "data" / "judgements" / "elsewhere.txt"


def elsewhere() -> list[str]:
    """Sentences that no item of the catalogue answers."""
    return ELSEWHERE.read_text(encoding="utf-8").split()


def outcome(sentence: str, right: frozenset[str]) -> str:
    """What a first sentence leads to: the right item at once, a wrong one, a choice with or without the right one, doubt, or nothing."""
    from hall.services.guidance.dialogue_library import CatalogueLibrary

    found = CatalogueLibrary().find(sentence)
    if found.clear and not found.bundles:
        return "told, right" if found.clear in right else "told, wrong"
    near = {one.card.code for one in found.near}
    if found.bundles or near:
        kind = "choice" if found.is_sure else "doubt"
        return f"{kind}, {'with' if right & near else 'without'} the right one"
    return "not known"


def _line(name: str, outcomes: Sequence[str]) -> str:
    counts = Counter(outcomes)
    return f"{name:24} " + "; ".join(f"{what} {count / len(outcomes):.3f} ({count})" for what, count in sorted(counts.items()))


def by_marks(queries: Sequence[Judged], others: Sequence[str]) -> list[str]:
    """For marks around the present ones: how often an item is told at once, and how often that is right."""
    from hall.services.guidance import dialogue_library as library
    from hall.services.search import queries as search

    seen = []
    for one in [*queries, *(Judged("elsewhere", text, frozenset(), frozenset()) for text in others)]:
        hits = search.search_items(q=one.query, limit=library.MOST_NEAR).hits
        likeness, is_meant = library.likeness_of(one.query, hits)
        if hits and is_meant:
            ahead = hits[0].score - (hits[1].score if len(hits) > 1 else 0)
            place = next((hits[0].score - hit.score for hit in hits if hit.code in one.right), None)
            seen.append((one.kind == "elsewhere", ahead, likeness, hits[0].code in one.right, place))
    lines = []
    for ahead in (500, 1000, 1500, 2000, 3000):
        for like in (0.45, 0.5, 0.55, 0.6, 0.65):
            told = [one for one in seen if one[1] >= ahead and one[2] >= like]
            judged_ones = [one for one in told if not one[0]]
            right = sum(one[3] for one in judged_ones)
            lines.append(
                f"ahead {ahead:5} like {like:.2f}: told {len(judged_ones):3}, right {right / max(len(judged_ones), 1):.3f};"
                f" of elsewhere {len(told) - len(judged_ones)}"
            )
    for span in (3000, 4000, 6000, 8000):
        within = [one for one in seen if not one[0] and one[4] is not None and one[4] <= span]
        lines.append(f"span {span}: the right one within it for {len(within) / sum(not one[0] for one in seen):.3f}")
    for like in (0.35, 0.4, 0.45, 0.5, 0.55):
        mine, theirs = [one for one in seen if not one[0]], [one for one in seen if one[0]]
        lines.append(
            f"hardly like {like:.2f}: doubted of judged {sum(one[2] < like for one in mine) / len(mine):.3f}"
            f" (right first among them {sum(one[3] for one in mine if one[2] < like)}), of elsewhere"
            f" {sum(one[2] < like for one in theirs) / max(len(theirs), 1):.3f}"
        )
    return lines


def main() -> int:
    """Print the figures."""
    _ready()
    queries, others = judged(), elsewhere()
    outcomes = {one.query: outcome(one.query, one.right) for one in queries}
    for kind in sorted({one.kind for one in queries}):
        print(_line(kind, [outcomes[one.query] for one in queries if one.kind == kind]))
    print(_line("all judged", list(outcomes.values())))
    print(_line("elsewhere", [outcome(text, frozenset()) for text in others]))
    print("\n".join(by_marks(queries, others)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
