"""What the measurements stand on: a database of their own, the whole catalogue in it, and the hall's real processes over it."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psutil
import psycopg
from psycopg import sql

from bench.served import Served, cpu_seconds, free_port
from hall.support.operations.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Ground:
    """The bench's database and data folder. `server` is None on a server that was given by HALL_DATABASE_URL."""

    address: str
    var: Path
    server: EmbeddedPostgres | None
    meaning: subprocess.Popen[bytes]

    def served(self, *, with_worker: bool = False) -> Served:
        """The hall's web server (and job worker) over this database, not started yet."""
        return Served(self.address, self.var, with_worker=with_worker)

    def server_processes(self) -> list[psutil.Process]:
        """Every process of the database server, the one that watches over them first; none when it runs elsewhere."""
        with psycopg.connect(self.address) as own:
            try:
                postmaster = psutil.Process(own.info.backend_pid).parent()
            except psutil.NoSuchProcess:
                return []
            return [postmaster, *postmaster.children(recursive=True)] if postmaster and postmaster.name() == "postgres" else []

    def server_cpu_seconds(self) -> float:
        """Processor time that the server used so far, ended connections included."""
        processes = self.server_processes()
        ended = processes[0].cpu_times() if processes else None
        return cpu_seconds(processes) + (ended.children_user + ended.children_system if ended else 0)

    def query(self, text: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.address, autocommit=True) as own:
            return own.execute(text.encode()).fetchall()

    def server_words(self) -> str:
        ((version, fsync, commit, buffers),) = self.query(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('shared_buffers')"
        )
        kind = "embedded" if self.server else "given"
        return f"PostgreSQL {version} ({kind}; fsync {fsync}, synchronous_commit {commit}, shared_buffers {buffers})"


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """Make the database hall_bench_<process>, fill it with the catalogue, give it away, drop it."""
    given = os.environ.get("HALL_DATABASE_URL")
    server = None if given else EmbeddedPostgres(ROOT / "var" / "bench")
    base = given or (server.start() if server else "")
    name = f"hall_bench_{os.getpid()}"
    meaning: subprocess.Popen[bytes] | None = None
    var = Path(tempfile.mkdtemp(prefix="hall-bench-"))
    try:
        address = urlunsplit(urlsplit(base)._replace(path=f"/{name}"))
        _run(base, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        os.environ |= {"HALL_DATABASE_URL": address, "HALL_VAR": str(var), "DJANGO_SETTINGS_MODULE": "hall.settings"}
        os.environ.setdefault("HALL_LOG_LEVEL", "WARNING")
        os.environ["HALL_MEANING_ADDRESS"] = f"127.0.0.1:{free_port()}"
        _prepare()
        meaning = _meaning()
        yield Ground(address, var, server, meaning)
    finally:
        if meaning is not None:
            meaning.kill()
            meaning.wait()
        _leave(base, name)
        shutil.rmtree(var, ignore_errors=True)
        if server:
            server.stop()


def _meaning() -> subprocess.Popen[bytes]:
    """The meaning process, when it has read the catalogue's phrases."""
    from hall.services.search import meaning

    process = subprocess.Popen([sys.executable, "-m", "hall.presentation.commandline", "meaning"], stdin=subprocess.DEVNULL)
    while not meaning.near("身份证", stamp="none"):
        if process.poll() is not None:
            raise RuntimeError("the meaning process ended")
        time.sleep(0.2)
    return process


def _run(address: str, statement: sql.Composed) -> None:
    with psycopg.connect(address, autocommit=True) as own:
        own.execute(statement)


def _leave(base: str, name: str) -> None:
    if django.apps.apps.ready:
        from django.db import connections

        connections.close_all()
    _run(base, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _prepare() -> None:
    print("Migrating, building static files, loading the catalogue … ", end="", flush=True)
    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from hall.presentation.commandline import preparing
    from hall.presentation.design import generated
    from hall.services.catalogue import commands as catalogue
    from hall.support.access.actors import system_actor
    from hall.support.jobs import queue

    preparing.migrate()
    generated.prepare_static()
    report = catalogue.import_catalogue(folder=settings.DATA_DIR, actor=system_actor("bench"), now=timezone.now())
    queue.run_due_now()
    print(f"{report.added} rows", flush=True)
