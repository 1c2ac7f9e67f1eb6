"""The tests' server, and databases that are cloned in a moment from a template that was migrated once.

The template's name holds a hash of every migration, so a changed migration makes a new one; names hold host and process, so several
people may test on one server at once.
"""

import contextlib
import hashlib
import os
import platform
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from hall.support.operations.binaries import PostgresFault
from hall.support.operations.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:4]
OWN = f"hall_test_{_HOST}_"
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


def address(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["HALL_TEST_SERVER"])._replace(path=f"/{name}"))


@contextlib.contextmanager
def _server() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(address("postgres"), autocommit=True) as found:
        yield found


def _migrations_hash() -> str:
    total = hashlib.sha256(f"{version('django')} {version('procrastinate')}".encode())
    for path in sorted((ROOT / "hall").glob("**/migrations/*.py")):
        total.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return total.hexdigest()[:12]


def use(name: str) -> None:
    """Point Django, and every process that we start, at one database."""
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    os.environ["HALL_DATABASE_URL"] = address(name)


def _template() -> str:
    """The migrated template, built now if nobody did; others wait meanwhile."""
    name = f"hall_template_{_migrations_hash()}"
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            fresh = f"{name}_building"
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(fresh)))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
            use(fresh)
            call_command("migrate", verbosity=0)
            connection.close()
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(name)))
    return name


def clone(name: str, *, of: str | None = None) -> str:
    """Make a fresh database `name` from the migrated template, or from another one; returns its address. `drop` ends it."""
    template = of or _template()
    with _server() as server:
        # One clone at a time: copying refuses a template that somebody else is connected to.
        server.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return address(name)


def is_there(name: str) -> bool:
    with _server() as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def rename(name: str, to: str) -> None:
    with _server() as server:
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to)))


@contextlib.contextmanager
def alone(lock: int) -> Iterator[None]:
    """One process at a time in this block, over all that test on this server."""
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [lock])
        yield


def drop(name: str) -> None:
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def own_name(purpose: str = "") -> str:
    """A database name that no other test process has."""
    return f"{OWN}{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}{purpose}"


def sweep(*, is_ours: bool, current: set[str]) -> None:
    """Drop what killed test runs of this machine left behind and, on a server that is ours alone, templates of older code."""
    current = {f"hall_template_{_migrations_hash()}"} | current
    with _server() as server:
        names = [str(name) for (name,) in server.execute("SELECT datname FROM pg_database").fetchall()]
    for name in names:
        owner = re.fullmatch(rf"{OWN}(\d+)_.*", name)
        is_dead = owner is not None and Path("/proc").exists() and not Path(f"/proc/{owner[1]}").exists()
        is_old = is_ours and name.startswith(("hall_template_", "hall_built_")) and name not in current
        if is_dead or is_old:
            drop(name)
