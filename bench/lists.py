"""The desk's queue and the applicant's list over a million generated cases, in this database only"""

import re
from collections.abc import Iterator, Sequence

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import sql

from bench.ground import Ground
from bench.load import gets
from bench.people import cookie_of, register
from bench.table import Row, latency, percentile
from hall.presentation.commandline.demo.people import PASSWORD
from hall.services.cases import queries
from hall.services.cases.rows import QueueFilter
from hall.support.access.actors import Actor, Role, system_actor
from hall.support.identity import protection, staffing
from hall.support.identity import queries as identity

DEPARTMENT = "SD21"
LARGE_ROWS = 100_000
GOALS_MS = {1: 50, 16: 150}

# A hundred thousand cases of one department, a fifth of them open, spread over deadlines, states and people; the rest elsewhere.
_CASES = """
COPY (
  SELECT n + {first}, '37' || lpad(n::text, 22, '0'), v.id, v.item_id, v.name,
         CASE WHEN n % 10 = 0 THEN {department} ELSE d.code END, 1,
         CASE WHEN n % 5000 = 0 THEN {person} ELSE 10000000 + n % 300000 END, '生成' || n % 1000, md5((n % 300000)::text), {answers}, {answers},
         CASE WHEN n % 5 > 0 THEN 'closed' WHEN n % 15 = 0 THEN 'correction' WHEN n % 10 = 0 THEN 'accepted' ELSE 'submitted' END,
         CASE WHEN n % 5 > 0 THEN 'granted' ELSE '' END, 1, '', '',
         now() - make_interval(mins => n), CASE WHEN n % 5 > 0 THEN now() - make_interval(mins => n / 2) END, now() - make_interval(mins => n / 2),
         CASE WHEN n % 5 = 0 AND n % 15 > 0 THEN current_date + (n / 50 % 60 - 20) END,
         CASE WHEN n % 5 = 0 AND n % 15 > 0 THEN current_date + (n / 50 % 60 - 20) ELSE '9999-12-31' END
  FROM generate_series(1, {count}) AS n
  JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS at, id, item_id, name, count(*) OVER () AS versions FROM catalogue_item_version) v
    ON v.at = n % v.versions
  JOIN (SELECT row_number() OVER (ORDER BY code) - 1 AS at, code, count(*) OVER () AS departments FROM identity_department) d
    ON d.at = n % d.departments
) TO STDOUT
"""
_COLUMNS = (
    "id, serial, item_version_id, item_code, item_name, department_code, channel, account_id, applicant_name, applicant_digest, answers,"
    " query_code, state, close_kind, revision, handler_name, opinion, submitted_at, closed_at, moved_at, due_on, queue_on"
)


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """Whole pages over HTTP, signed in, at 1 and 16 clients; first that their statements use the indexes."""
    count, seconds = (100_000, 3.0) if is_quick else (1_000_000, 8.0)
    person = register(1, first=95_000)[0]
    clerk = _clerk()
    generate(ground.address, count, person)
    ((size,),) = ground.query("SELECT pg_size_pretty(pg_total_relation_size('cases_case'))")
    yield Row("generated cases", f"{count:,}", f"{size} with indexes")
    scans = sequential_scans(clerk, person)
    yield Row("sequential scans of tables over 100,000 rows", ", ".join(scans) or "none", "by EXPLAIN", "none", not scans)
    after = _deep_key(clerk)
    pages: dict[str, tuple[Actor, Sequence[str]]] = {
        "queue of a department": (clerk, ("/desk", "/desk?lamp=overdue", "/desk?state=accepted", f"/desk?after={after}")),
        "my cases": (person, ("/my/cases", "/my/cases?tab=running", "/my/cases?tab=closed")),
    }
    with ground.served() as hall:
        for what, (actor, paths) in pages.items():
            cookie = cookie_of(actor.account_id or 0)
            for clients, goal in GOALS_MS.items():
                load = gets(hall, paths, clients=clients, seconds=seconds, cookie=cookie)
                middle = percentile(load.times, 0.5) * 1000
                beside = f"{load.rate:,.0f}/s, {load.cpu_ms:.1f} ms CPU, {load.failures} wrong"
                name = f"{what}, {clients} client{'s' * (clients > 1)}"
                yield Row(name, latency(load.times), beside, f"p50 ≤ {goal} ms", middle <= goal and not load.failures)


def _clerk() -> Actor:
    account_id = staffing.create_staff(
        actor=system_actor("bench"), username="bench.clerk", name="周经办", password=PASSWORD, department_code=DEPARTMENT,
        roles=frozenset({Role.CLERK}), now=timezone.now(),
    )  # fmt: skip
    actor = identity.actor_of(account_id)
    assert actor is not None
    return actor


def generate(address: str, count: int, person: Actor) -> None:
    """COPY so many cases in, the indexes built afterwards."""
    with psycopg.connect(address) as source, psycopg.connect(address) as target:
        indexes = target.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i LEFT JOIN pg_constraint c"
            " ON c.conindid = i.indexrelid WHERE i.indrelid = 'cases_case'::regclass AND c.oid IS NULL"
        ).fetchall()
        for name, _ in indexes:
            target.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        statement = sql.SQL(_CASES).format(
            first=1_000_000, department=DEPARTMENT, person=person.account_id, answers=protection.encrypt_json({}), count=count
        )
        with source.cursor().copy(statement) as rows, target.cursor().copy(f"COPY cases_case ({_COLUMNS}) FROM STDIN") as into:
            for data in rows:
                into.write(data)
        target.commit()
        for _, definition in indexes:
            target.execute(definition)
        target.commit()
        target.autocommit = True
        target.execute("VACUUM ANALYZE cases_case")


def sequential_scans(clerk: Actor, person: Actor) -> list[str]:
    """Large tables that any statement of the lists reads from end to end, by its plan."""
    now = timezone.now()
    filters = [QueueFilter(**one) for one in _FILTERS]
    with CaptureQueriesContext(connection) as caught:
        for wanted in filters:
            queries.queue(clerk, wanted=wanted, after=None, limit=30, now=now)
        queries.queue_counts(clerk, now=now)
        for tab in queries.TABS:
            queries.my_cases(person, tab=tab, before=None, limit=20, now=now)
        queries.my_counts(person)
    found: set[str] = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LARGE_ROWS])
        large = {name for (name,) in cursor.fetchall()}
        for one in caught.captured_queries:
            cursor.execute("EXPLAIN " + one["sql"], None)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            found |= set(re.findall(r"Seq Scan on (\w+)", plan)) & large
    return sorted(found)


_FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"lamp": "overdue"},
    {"lamp": "normal"},
    {"lamp": "paused"},
    {"state": "accepted"},
    {"mine": "mine"},
    {"mine": "free"},
    {"q": "生成7"},
    {"q": "370000000000"},
    {"q": "370102195001011007"},
)


def _deep_key(clerk: Actor) -> str:
    """The key of a page far down the queue: keyset pages cost the same everywhere."""
    page = queries.queue(clerk, wanted=QueueFilter(), after=None, limit=3000, now=timezone.now())
    return page.after or ""
