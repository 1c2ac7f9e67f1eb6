"""A province's catalogue, 300,000 items in their regions: search with facets and region beside ILIKE and pg_trgm on flat rows"""
# The hall is imported inside the functions that clients call: each client is a fresh process.

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context

import psutil
import psycopg

from bench import search
from bench.ground import Ground
from bench.load import gets
from bench.table import Row, latency, percentile

GOAL_MS, GOAL_VISIBLE_SECONDS, MOST_STATEMENTS = 30, 2.0, 12
EVERY, ROUNDS = 6, 2
# Half of the visitors have chosen a region, cities and counties of them; the others see the whole province.
REGIONS = ("", "370102", "", "370200", "", "371329")
MB = 1_000_000

# What a hall without base items would hold: one row for each item in each region.
_FLAT = """
CREATE TABLE bench_flat AS
SELECT row_number() OVER () AS id, i.code, v.name, i.department_id AS department, m.division_id AS division, m.venue_id AS venue
FROM catalogue_implementation m JOIN catalogue_item i ON i.code = m.item_id JOIN catalogue_item_version v ON v.id = i.current_version_id
"""
_IN_ONE = """
WITH hit AS MATERIALIZED (SELECT code, name, department, venue, {rank} AS rank FROM bench_flat WHERE {matches} AND division = %(region)s)
SELECT (SELECT json_agg(one.code ORDER BY rank, length(name), code) FROM (SELECT * FROM hit ORDER BY rank, length(name), code LIMIT 20) one),
       (SELECT json_object_agg(department, times) FROM (SELECT department, count(*) AS times FROM hit GROUP BY department) counted)
"""
_IN_ALL = """
WITH hit AS MATERIALIZED (
  SELECT code, min(name) AS name, min(department) AS department, min({rank}) AS rank FROM bench_flat WHERE {matches} GROUP BY code
)
SELECT (SELECT json_agg(one.code ORDER BY rank, length(name), code) FROM (SELECT * FROM hit ORDER BY rank, length(name), code LIMIT 20) one),
       (SELECT json_object_agg(department, times) FROM (SELECT department, count(*) AS times FROM hit GROUP BY department) counted)
"""
_PLAIN = {"rank": "0", "matches": "name ILIKE %(like)s"}
_ALIKE = {"rank": "-word_similarity(%(q)s, name)", "matches": "name %%> %(q)s"}


# --- what a client asks -----------------------------------------------------------------------------------------------------------


def _hall(query: str, region: str) -> list[str]:
    from hall.services.catalogue import queries as catalogue
    from hall.services.search import queries

    page = queries.search_items(q=query, limit=20)
    return [card.code for card in catalogue.item_cards([hit.code for hit in page.hits], division_code=region)]


def _flat(query: str, region: str, how: dict[str, str]) -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        text = (_IN_ONE if region else _IN_ALL).format(**how)
        cursor.execute(text, {"q": query, "like": f"%{query}%", "region": region})
        codes, _ = cursor.fetchone()
    return list(codes or [])


def _ilike(query: str, region: str) -> list[str]:
    return _flat(query, region, _PLAIN)


def _trigrams(query: str, region: str) -> list[str]:
    return _flat(query, region, _ALIKE)


_ASKS: dict[str, Callable[[str, str], list[str]]] = {"hall": _hall, "ilike": _ilike, "trigrams": _trigrams}


@dataclass(frozen=True, slots=True)
class Asked:
    """Seconds of each answer: to queries that this client had not asked before, and to the same again."""

    first: list[float]
    again: list[float]


def _client(ask: str, texts: Sequence[str], number: int, rounds: int) -> Asked:
    search._ready()
    from django.db import connection

    with connection.cursor() as cursor:
        # pg_trgm loads its operators' thresholds with its first use; a slow baseline must not end by the page's own limit.
        cursor.execute("SET statement_timeout = '120s'")
    _ASKS[ask]("预热", REGIONS[1])
    times = []
    for round_number in range(rounds):
        for at, text in enumerate(texts):
            region = REGIONS[(at + number + round_number) % len(REGIONS)]
            began = time.perf_counter()
            _ASKS[ask](text, region)
            times.append(time.perf_counter() - began)
    connection.close()
    return Asked(times[: len(texts)], times[len(texts) :])


def _crowd(ask: str, texts: Sequence[str], clients: int, rounds: int) -> tuple[Asked, float]:
    with ProcessPoolExecutor(clients, mp_context=get_context("spawn")) as pool:
        shifted = [[*texts[at * 7 % len(texts) :], *texts[: at * 7 % len(texts)]] for at in range(clients)]
        began = time.perf_counter()
        answers = list(pool.map(_client, [ask] * clients, shifted, range(clients), [rounds] * clients))
        took = time.perf_counter() - began
    first, again = [one for each in answers for one in each.first], [one for each in answers for one in each.again]
    return Asked(first, again), (len(first) + len(again)) / took


def _weight_of_the_index() -> tuple[int, int, float]:
    """Bytes that a fresh web process takes for the lexicon, how many entries it then holds, seconds for loading it."""
    search._ready()
    from hall.services.search import shelf, text

    text.plain("预热")
    before, began = psutil.Process().memory_info().rss, time.perf_counter()
    entries = len(shelf.current().entries)
    return psutil.Process().memory_info().rss - before, entries, time.perf_counter() - began


# --- the section ------------------------------------------------------------------------------------------------------------------


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """Generate, index, weigh, search three ways, change, and count statements; last of all sections, for it makes the catalogue large."""
    yield from _build(ground, 100_000 if is_quick else 300_000)
    yield from _weigh(ground)
    texts = [one.query for one in search.judged()][:: EVERY * 4 if is_quick else EVERY]
    yield from _search(texts, rounds=1 if is_quick else ROUNDS)
    yield from _pages(ground, texts, seconds=2.0 if is_quick else 8.0)
    yield from _change(ground)
    yield from _statements()


def _build(ground: Ground, count: int) -> Iterator[Row]:
    from hall.presentation.commandline.demo import scale

    # Other sections registered people; in this database nobody is real.
    with psycopg.connect(ground.address, autocommit=True) as own:
        own.execute("UPDATE identity_account SET is_demo = true")
    made = scale.build(count=count, now=_now())
    yield Row("items in their regions", f"{made.implementations:,}", f"{made.items:,} base items × {made.regions} regions")
    yield Row("generating them", f"{made.seconds:.1f} s", f"indexing {made.index_seconds:.1f} s")
    began = time.monotonic()
    while ground.query("SELECT 1 FROM search_vector WHERE vector = '' LIMIT 1"):
        time.sleep(0.5)
    yield Row("meaning of the new phrases worked out after", f"{time.monotonic() - began:.1f} s", "by the meaning process, beside all else")
    with psycopg.connect(ground.address, autocommit=True) as own:
        began = time.monotonic()
        own.execute(_FLAT.encode())
        own.execute("CREATE INDEX bench_flat_division ON bench_flat (division)")
        flat, began = time.monotonic() - began, time.monotonic()
        own.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        own.execute("CREATE INDEX bench_flat_trigrams ON bench_flat USING gin (name gin_trgm_ops)")
        own.execute("VACUUM ANALYZE bench_flat")
        yield Row("the flat table beside it", f"{flat:.1f} s", f"its trigram index {time.monotonic() - began:.1f} s")


def _weigh(ground: Ground) -> Iterator[Row]:
    ((index, places, flat),) = ground.query(
        "SELECT (SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'search\\_%')::bigint,"
        " (pg_total_relation_size('catalogue_implementation') + pg_total_relation_size('catalogue_venue'))::bigint,"
        " pg_total_relation_size('bench_flat')::bigint"
    )
    assert isinstance(index, int) and isinstance(places, int) and isinstance(flat, int)
    yield Row(
        "on disk: search index, places", f"{index / MB:.0f} MB, {places / MB:.0f} MB", f"flat rows with both indexes {flat / MB:.0f} MB"
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        size, entries, seconds = pool.submit(_weight_of_the_index).result()
    yield Row("in the memory of a web process", f"{size / MB:.0f} MB", f"{entries:,} entries, read in {seconds:.2f} s")
    yield Row("in the meaning process", f"{psutil.Process(ground.meaning.pid).memory_info().rss / MB:.0f} MB", "encoder and vectors, once")


def _search(texts: Sequence[str], *, rounds: int) -> Iterator[Row]:
    for clients in (1, 8):
        what = f"search with facets and region, {clients} client{'s' * (clients > 1)}"
        asked, rate = _crowd("hall", texts, clients, rounds + 1)
        for name, times in (("first asked", asked.first), ("asked again", asked.again)):
            goal = (f"p95 ≤ {GOAL_MS} ms", percentile(times, 0.95) * 1000 <= GOAL_MS) if clients == 8 else ("", None)
            yield Row(f"{what}, {name}", latency(times), f"{rate:,.0f}/s over all" if times is asked.again else "", *goal)
        for name, ask in (("ILIKE", "ilike"), ("pg_trgm", "trigrams")):
            flat, flat_rate = _crowd(ask, texts, clients, rounds)
            times = [*flat.first, *flat.again]
            ratio = percentile(times, 0.5) / percentile([*asked.first, *asked.again], 0.5)
            yield Row(f"  {name} on flat rows", latency(times), f"{flat_rate:,.1f}/s; p50 {ratio:.1f} x the hall's")
    for name, ask in (("hall", "hall"), ("ILIKE", "ilike"), ("pg_trgm", "trigrams")):
        yield Row(f"what {name} finds", *_found(ask, texts))


def _found(ask: str, texts: Sequence[str]) -> tuple[str, str]:
    right = {one.query: one.right for one in search.judged()}
    answers = [(right[text], _ASKS[ask](text, "")) for text in texts]
    hits, empty = sum(not set(found[:10]).isdisjoint(wanted) for wanted, found in answers), sum(not found for _, found in answers)
    return f"hit@10 {hits / len(answers):.2f}", f"nothing at all for {empty / len(answers):.0%} of {len(answers)} judged queries"


def _pages(ground: Ground, texts: Sequence[str], *, seconds: float) -> Iterator[Row]:
    with ground.served() as hall:
        for what, path in (("search page over HTTP", "/search?q={}&n={}"), ("item page over HTTP", "/items/370126014000?{}&n={}")):
            for clients in (1, 8):
                paths = [path.format(_quoted(text), f"{clients}{number}") for number in range(400) for text in texts]
                load = gets(hall, paths, clients=clients, seconds=seconds, cookie="hall_region=370102")
                beside = f"{load.rate:,.0f}/s, {load.cpu_ms:.1f} ms CPU, {load.failures} wrong"
                yield Row(f"{what} in a region, {clients} client{'s' * (clients > 1)}", latency(load.times), beside)


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _change(ground: Ground) -> Iterator[Row]:
    """How soon a change is found: from the command's beginning to the first answer that shows it, in another process's eyes."""
    from hall.services.catalogue import implementing
    from hall.services.search import commands, shelf
    from hall.support.access.actors import Actor, Role

    admin = Actor(account_id=1, name="bench", roles=frozenset({Role.SYS_ADMIN}))
    code = "370126014000"
    began = time.perf_counter()
    implementing.set_implementation(actor=admin, item_code=code, division_code="370102", venue_code="370102", counter="新窗口", now=_now())
    found = implementing.implementation_of(code, "370102")
    assert found is not None and found.counter == "新窗口"
    yield Row("a place changed in one region, seen after", f"{(time.perf_counter() - began) * 1000:.0f} ms", "kept pages within a second")
    times = []
    for _ in range(3):
        began = time.perf_counter()
        commands.reindex([code], now=_now())
        changed = time.perf_counter() - began
        shelf.current()
        times.append((time.perf_counter() - began, changed))
    total, changed = sorted(times)[1]
    with psycopg.connect(ground.address, autocommit=True) as own:
        began = time.perf_counter()
        own.execute("UPDATE bench_flat SET name = name || '（新）' WHERE code = %s", [code])
        flat = time.perf_counter() - began
    beside = f"reindexed in {changed:.2f} s, lexicon read anew; 152 flat rows {flat * 1000:.0f} ms"
    yield Row(
        "an item published, findable after", f"{total:.2f} s", beside, f"≤ {GOAL_VISIBLE_SECONDS:.0f} s", total <= GOAL_VISIBLE_SECONDS
    )


def _statements() -> Iterator[Row]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from bench.people import register, session_of
    from hall.presentation.commandline.demo.people import PASSWORD
    from hall.presentation.design import cache
    from hall.support.access.actors import Role, system_actor
    from hall.support.identity import staffing

    admin = staffing.create_staff(
        actor=system_actor("bench"), username="bench.admin", name="吴管", password=PASSWORD, department_code=None,
        roles=frozenset({Role.SYS_ADMIN}), now=_now(),
    )  # fmt: skip
    citizen = register(1, first=98_000)[0].account_id
    visits = [(0, path) for path in ("/", "/search?q=护士", "/items/370126014000", "/themes/P26", "/departments/SD26", "/region")]
    visits += [(citizen or 0, path) for path in ("/", "/search?q=护士", "/items/370126014000", "/departments/SD26")]
    visits += [(admin, "/console/items"), (admin, "/console/items?q=许可")]
    most, worst = 0, ""
    for account, path in visits:
        browser = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS[0] != "*" else "localhost")
        browser.cookies["hall_region"] = "370102"
        if account:
            browser.cookies[settings.SESSION_COOKIE_NAME] = session_of(account)
        for _ in range(2):
            cache.PAGES.clear()
            with CaptureQueriesContext(connection) as seen:
                answer = browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        count = len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])
        most, worst = max((most, worst), (count, path))
        seconds = sum(float(one["time"]) for one in seen.captured_queries)
        who = "signed in" if account == citizen else "administrator" if account else "visitor"
        yield Row(f"statements of {path}, {who}", str(count), f"{seconds * 1000:.0f} ms in the database")
    yield Row("most statements of a page", str(most), worst, f"≤ {MOST_STATEMENTS}", most <= MOST_STATEMENTS)


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()
