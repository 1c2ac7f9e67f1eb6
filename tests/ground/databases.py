"""A database of its own for each test process, cloned in a moment from a template that was migrated once.

The template's name holds a hash of every migration, so a changed migration makes a new one; names hold host and process, so several
people may test on one server at once. Nothing here weakens the product: its append-only triggers stay, and only the flush between
transactional tests steps around them, as the tables' owner.
"""

import contextlib
import hashlib
import os
import platform
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from hall.support.operations.binaries import PostgresFault
from hall.support.operations.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:4]
_OWN = f"hall_test_{_HOST}_"
_BUILD_LOCK = 0x74657374


def start_server() -> tuple[str, EmbeddedPostgres | None]:
    """The address of a server for tests, and the server itself when it is ours to stop."""
    given = os.environ.get("HALL_DATABASE_URL")
    if given:
        return given, None
    # Durability is not what tests are about, a crashed process still is: commits stay synchronous up to the system's cache.
    extra = {"fsync": "off", "full_page_writes": "off", "max_connections": "120"}
    folder = ROOT / "var" / "test-postgres"
    try:
        server = EmbeddedPostgres(folder, extra=extra)
        return server.start(), server
    except PostgresFault:
        if not server.lock.holder():
            raise
        # Somebody tests in this checkout already; his server would stop under us when he is done.
        server = EmbeddedPostgres(folder.with_name(f"test-postgres-{os.getpid()}"), extra=extra)
        return server.start(), server


def _address(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["HALL_TEST_SERVER"])._replace(path=f"/{name}"))


@contextlib.contextmanager
def _server() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(_address("postgres"), autocommit=True) as found:
        yield found


def _migrations_hash() -> str:
    total = hashlib.sha256(f"{version('django')} {version('procrastinate')}".encode())
    for path in sorted((ROOT / "hall").glob("**/migrations/*.py")):
        total.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return total.hexdigest()[:12]


def _use(name: str) -> None:
    """Point Django, and every process that we start, at one database."""
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    os.environ["HALL_DATABASE_URL"] = _address(name)


def _template() -> str:
    """The migrated template, built now if nobody did; others wait meanwhile."""
    name = f"hall_template_{_migrations_hash()}"
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            fresh = f"{name}_building"
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(fresh)))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
            _use(fresh)
            call_command("migrate", verbosity=0)
            connection.close()
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(name)))
    return name


def clone(name: str) -> str:
    """Make a fresh database `name` from the template; returns its address. `drop` ends it."""
    template = _template()
    with _server() as server:
        # One clone at a time: copying refuses a template that somebody else is connected to.
        server.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return _address(name)


def drop(name: str) -> None:
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def own_name(purpose: str = "") -> str:
    """A database name that no other test process has."""
    return f"{_OWN}{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}{purpose}"


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """This test process's database, in use by Django; dropped at the end."""
    name = own_name()
    clone(name)
    _use(name)
    # On the class: a browser in the same process has Django open a second connection to the same database.
    type(connection.ops).execute_sql_flush = lambda self, sql_list: _flush(sql_list)  # type: ignore[method-assign]
    try:
        yield name
    finally:
        connection.close()
        drop(name)


def _flush(_: Sequence[str]) -> None:
    """Empty every table that holds rows, the queue's and the append-only trail's too.

    As the owner we switch the refusing triggers off for this one transaction; the product's code never does.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'")
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        filled = [table for (table,) in cursor.fetchall()]
        cursor.execute("SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger WHERE NOT tgisinternal AND (tgtype & 32) <> 0")
        refusing = cursor.fetchall()
        if filled:
            for table, trigger in refusing:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
            for table, trigger in refusing:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def sweep(*, is_ours: bool) -> None:
    """Drop what killed test runs of this machine left behind and, on a server that is ours alone, templates of older migrations."""
    with _server() as server:
        names = [str(name) for (name,) in server.execute("SELECT datname FROM pg_database").fetchall()]
    for name in names:
        owner = re.fullmatch(rf"{_OWN}(\d+)_.*", name)
        is_dead = owner is not None and Path("/proc").exists() and not Path(f"/proc/{owner[1]}").exists()
        is_old = is_ours and name.startswith("hall_template_") and name != f"hall_template_{_migrations_hash()}"
        if is_dead or is_old:
            drop(name)
