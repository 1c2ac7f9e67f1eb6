"""A second PostgreSQL server from a base backup of the first: following it, or started by itself as a restore."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from hall.support.operations import binaries, postgres
from hall.support.operations.postgres import EmbeddedPostgres


class Copy:
    """The copy in a folder of its own; `start` runs it on a port of its own."""

    def __init__(self, source: EmbeddedPostgres, name: str, *, follows: bool) -> None:
        self._programs = binaries.find_binaries(os.environ.get("HALL_POSTGRES_BIN"))
        self._user = binaries.database_user()
        self._bin = binaries.reachable_binaries(self._programs, self._user)
        self._source, self.name = source, name
        self.folder = source.data_folder.with_name(name)
        self.folder.mkdir(mode=0o700)
        if self._user:
            os.chown(self.folder, self._user.uid, self._user.gid)
        self.port = postgres._free_port()
        self._process: subprocess.Popen[bytes] | None = None
        target = f"{source._url(postgres.ADMIN, 'postgres')}?application_name={name}"
        arguments = ["-D", str(self.folder), "-X", "stream", "-c", "fast", "-d", target, *(["-R"] if follows else [])]
        done = subprocess.run([self._bin.path("pg_basebackup"), *arguments], capture_output=True, text=True, check=False, cwd="/", **binaries.run_as(self._user))  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> "Copy":
        settings = postgres.SETTINGS | {"port": str(self.port), "hot_standby": "on"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen([self._bin.path("postgres"), "-D", str(self.folder), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, start_new_session=True, **binaries.run_as(self._user))  # fmt: skip
        _until(self._answers)
        return self

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.address("postgres", postgres.ADMIN), connect_timeout=2):
            return True
        return False

    def address(self, database: str = postgres.DATABASE, role: str = postgres.OWNER) -> str:
        parts = urlsplit(self._source._url(role, database))
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0] + f":{self.port}"))

    def promote(self) -> None:
        with psycopg.connect(self.address("postgres", postgres.ADMIN), autocommit=True) as admin:
            admin.execute("SELECT pg_promote(wait => true)")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def ask_primary(source: EmbeddedPostgres, statement: str) -> list[tuple[object, ...]]:
    """What the first server answers its administrator."""
    with psycopg.connect(source._url(postgres.ADMIN, "postgres"), autocommit=True) as admin:
        cursor = admin.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def synchronous(source: EmbeddedPostgres, name: str) -> Iterator[None]:
    """Commits wait for the copy, until the block ends."""
    ask_primary(source, f"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ({name})'")
    ask_primary(source, "SELECT pg_reload_conf()")
    try:
        _until(lambda: ask_primary(source, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'quorum'") != [])
        yield
    finally:
        (Path(source.data_folder) / "postgresql.auto.conf").write_text("", encoding="ascii")  # the server may be dead by now


def freeze_link(source: EmbeddedPostgres, name: str) -> None:
    """Nothing goes over to the copy any more, and nobody notices yet."""
    ((process,),) = ask_primary(source, f"SELECT pid FROM pg_stat_replication WHERE application_name = '{name}'")
    assert isinstance(process, int)
    os.kill(process, signal.SIGSTOP)


def caught_up(source: EmbeddedPostgres, name: str) -> None:
    """Until the copy has everything that was written so far."""
    _until(lambda: ask_primary(source, f"SELECT 1 FROM pg_stat_replication WHERE application_name = '{name}' AND replay_lsn >= pg_current_wal_lsn()") != [])  # fmt: skip


def kill_all(source: EmbeddedPostgres) -> None:
    """kill -9 of the server and every one of its processes, a frozen one too."""
    processes = [pid for (pid,) in ask_primary(source, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
    postmaster = int((source.data_folder / "postmaster.pid").read_text().split("\n", 1)[0])
    for process in [postmaster, *processes]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(str(process)), signal.SIGKILL)


def _until(is_done: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
