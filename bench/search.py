"""How fast and how well search finds, on the catalogue in the database: `python -m bench.search`.

Clients are processes of their own. Quality is measured on data/judgements, beside what a plain ILIKE over names would find.
"""
# The hall is imported inside functions: whoever starts this may choose the database first, and clients are fresh processes.

import csv
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import django
from django.apps import apps

JUDGEMENTS = Path(__file__).resolve().parents[1] / "data" / "judgements" / "queries.csv"
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, the values, and what they stand beside."""

    what: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged query: `right` answers it fully, `also` helps."""

    kind: str
    query: str
    right: frozenset[str]
    also: frozenset[str]


def judged() -> list[Judged]:
    """The judged queries of the repository."""
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        return [
            Judged(row["kind"], row["query"], frozenset(row["right"].split()), frozenset(row["also"].split()))
            for row in csv.DictReader(file)
        ]


def _ready() -> None:
    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.settings")
        django.setup()


def _search(query: str) -> list[str]:
    from hall.services.search import queries

    return [hit.code for hit in queries.search_items(q=query, limit=10).hits]


def _suggest(query: str) -> list[str]:
    from hall.services.search import queries

    return [line.code for line in queries.suggest(query[: max(1, len(query) // 2)])]


def _ilike(query: str) -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM search_entry WHERE name ILIKE %s ORDER BY length(name), code LIMIT 10", [f"%{query}%"])
        return [code for (code,) in cursor.fetchall()]


_ASKS: dict[str, Callable[[str], list[str]]] = {"search": _search, "suggest": _suggest, "ilike": _ilike}


def _client(ask: str, texts: Sequence[str], rounds: int) -> list[float]:
    """Seconds of each answer of one client, the first round for warming up left out."""
    _ready()
    from django.db import connection

    for text in texts:
        _ASKS[ask](text)
    times = []
    for _ in range(rounds):
        for text in texts:
            started = time.perf_counter()
            _ASKS[ask](text)
            times.append(time.perf_counter() - started)
    connection.close()
    return times


def _crowd(ask: str, texts: Sequence[str], clients: int, rounds: int) -> list[float]:
    with ProcessPoolExecutor(clients, mp_context=get_context("spawn")) as pool:
        # Each client begins elsewhere in the list, as people do.
        shifted = [[*texts[at * 7 % len(texts) :], *texts[: at * 7 % len(texts)]] for at in range(clients)]
        return sorted(second for answers in pool.map(_client, [ask] * clients, shifted, [rounds] * clients) for second in answers)


def _latency(times: Sequence[float]) -> str:
    return f"p50 {times[len(times) // 2] * 1000:.1f} ms, p95 {times[int(len(times) * 0.95)] * 1000:.1f} ms"


def _quality(queries: Sequence[Judged], ask: Callable[[str], list[str]]) -> str:
    ranks = []
    gains = []
    for one in queries:
        found = ask(one.query)
        ranks.append(next((place for place, code in enumerate(found, 1) if code in one.right), math.inf))
        gains.append(_ndcg(one, found))
    hits = [f"hit@{k} {sum(rank <= k for rank in ranks) / len(ranks):.2f}" for k in (1, 3, 10)]
    return f"{', '.join(hits)}, MRR {sum(1 / rank for rank in ranks) / len(ranks):.2f}, nDCG@10 {sum(gains) / len(gains):.2f}"


def _ndcg(one: Judged, found: Sequence[str]) -> float:
    worth = {**dict.fromkeys(one.also, 0.5), **dict.fromkeys(one.right, 1.0)}
    best = sorted(worth.values(), reverse=True)[:10]
    gain = sum(worth.get(code, 0.0) / math.log2(place + 1) for place, code in enumerate(found[:10], 1))
    return gain / sum(value / math.log2(place + 1) for place, value in enumerate(best, 1))


def bench(*, rounds: int = ROUNDS) -> list[Row]:
    """Latencies for 1 and 8 clients and quality for each kind of query, on the indexed catalogue of the database.

    Raises: RuntimeError when nothing is indexed.
    """
    _ready()
    from django.db import connection

    from hall.services.search import shelf

    items = len(shelf.current().entries)
    if not items:
        raise RuntimeError("nothing is indexed: import the catalogue and run its jobs first")
    queries = judged()
    texts = [one.query for one in queries]
    rows = [Row("searchable items", str(items), f"{len(texts)} judged queries")]
    for clients in (1, 8):
        plain = _latency(_crowd("ilike", texts, clients, rounds))
        rows.append(
            Row(f"search, {clients} client{'s' * (clients > 1)}", _latency(_crowd("search", texts, clients, rounds)), f"ILIKE {plain}")
        )
    rows.append(Row("suggestions, 1 client", _latency(_crowd("suggest", texts, 1, rounds))))
    started = time.process_time()
    for text in texts:
        _search(text)
    rows.append(
        Row("CPU of a search", f"{(time.process_time() - started) / len(texts) * 1000:.1f} ms", "the web process; PostgreSQL's not counted")
    )
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for one in queries:
        kinds[one.kind].append(one)
    for kind, own in kinds.items():
        rows.append(Row(f"{kind} ({len(own)})", _quality(own, _search)))
    rows.append(Row(f"all ({len(queries)})", _quality(queries, _search), f"ILIKE {_quality(queries, _ilike)}"))
    connection.close()
    return rows


def run(*, rounds: int = ROUNDS) -> None:
    """Print the table."""
    for row in bench(rounds=rounds):
        print(f"{row.what:24} {row.value:64} {row.beside}")


if __name__ == "__main__":
    run()
