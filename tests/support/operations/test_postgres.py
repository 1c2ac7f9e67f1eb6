"""The embedded server: one owner, no orphans, nothing lost, nobody's folder opened."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from hall.support.operations import binaries, postgres
from hall.support.operations.binaries import PostgresFault
from hall.support.operations.postgres import EmbeddedPostgres, running_address
from tests.ground.waiting import wait_until

QUICK = {"shared_buffers": "16MB"}
_OWNER_THAT_IS_KILLED = """
import os, signal, sys
from pathlib import Path
from hall.support.operations.postgres import EmbeddedPostgres
import psycopg
address = EmbeddedPostgres(Path(sys.argv[1])).start()
with psycopg.connect(address) as database:
    database.execute("CREATE TABLE kept AS SELECT 1 AS one")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def var() -> Iterator[Path]:
    """A data folder that the database's user can reach; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hall-postgres-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def _running(var: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(var, extra=QUICK, say=lambda line: None)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _process(server: EmbeddedPostgres) -> int:
    return int((server.data_folder / "postmaster.pid").read_text().split()[0])


def _is_alive(process: int) -> bool:
    """Whether it still runs; one that only waits to be counted by its parent does not."""
    return psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE


def test_it_starts_keeps_its_data_and_leaves_no_process(var: Path) -> None:
    with _running(var) as server:
        process = _process(server)
        with psycopg.connect(server.address) as database:
            database.execute("CREATE TABLE kept AS SELECT '不动产' AS word")
    assert not _is_alive(process)
    with _running(var) as server, psycopg.connect(server.address) as database:
        assert database.execute("SELECT word FROM kept").fetchone() == ("不动产",)
        facts = database.execute("SELECT current_setting('data_checksums'), current_setting('listen_addresses'), current_user").fetchone()
        assert facts == ("on", "127.0.0.1", "hall")


def test_the_hall_is_no_superuser(var: Path) -> None:
    with _running(var) as server, psycopg.connect(server.address) as database:
        assert database.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("SET session_replication_role = replica")


def test_nobody_gets_in_without_the_password(var: Path) -> None:
    with _running(var) as server, pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.address.replace("hall:", "hall:wrong"), connect_timeout=3)
    for secret in (var / "secrets").iterdir():
        assert secret.stat().st_mode & 0o077 == 0


def test_a_second_owner_is_refused_and_finds_the_running_server(var: Path) -> None:
    assert running_address(var) is None
    with _running(var) as server:
        with pytest.raises(PostgresFault, match=f"Process {os.getpid()} already runs"):
            EmbeddedPostgres(var, say=lambda line: None).start()
        assert running_address(var) == server.address
        assert server.is_running()
    assert running_address(var) is None


def test_a_server_left_over_by_a_killed_owner_is_stopped_and_nothing_is_lost(var: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _OWNER_THAT_IS_KILLED, str(var)], check=False, stdout=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL
    (left_over,) = [int((folder / "postmaster.pid").read_text().split()[0]) for folder in var.glob("postgres-*")]
    assert _is_alive(left_over)
    with _running(var) as server, psycopg.connect(server.address) as database:
        assert database.execute("SELECT one FROM kept").fetchone() == (1,)
        assert _process(server) != left_over
    assert not _is_alive(left_over)


def test_a_killed_server_comes_back_on_the_same_port_with_everything_committed(var: Path) -> None:
    with _running(var) as server:
        with psycopg.connect(server.address) as database:
            database.execute("CREATE TABLE kept AS SELECT 1 AS one")
        os.kill(_process(server), signal.SIGKILL)
        wait_until(lambda: not server.is_running(), what="the end of the server")
        address = server.address
        server.restart()
        assert server.address == address
        with psycopg.connect(address) as database:
            assert database.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_first_start_that_was_interrupted_begins_afresh(var: Path) -> None:
    (half_made := var / f"postgres-{binaries.find_binaries().major}.new").mkdir()
    (half_made / "PG_VERSION").write_text("18")
    with _running(var) as server:
        assert server.is_running()
    assert not half_made.exists()


def test_another_major_versions_data_is_not_touched(var: Path) -> None:
    (old := var / "postgres-9").mkdir()
    (old / "PG_VERSION").write_text("9")
    with pytest.raises(PostgresFault, match="pg_upgrade"):
        EmbeddedPostgres(var, say=lambda line: None).start()


def test_a_lost_password_is_said_plainly(var: Path) -> None:
    with _running(var):
        pass
    (var / "secrets" / "postgres_admin").unlink()
    with pytest.raises(PostgresFault, match="postgres_admin is missing"):
        EmbeddedPostgres(var, say=lambda line: None).start()


def test_the_hall_roles_password_can_be_made_anew(var: Path) -> None:
    with _running(var):
        pass
    (var / "secrets" / "postgres_hall").unlink()
    with _running(var) as server:
        psycopg.connect(server.address).close()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root lowers its rights")
def test_below_a_closed_folder_data_and_programs_go_elsewhere_and_the_folder_stays_closed(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "SHARED_PLACE", var / "shared")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = binaries.find_binaries()
    top = found.folder.parents[2]
    for part in top.glob(f"{found.folder.parents[1].name}*"):
        if part.is_dir():
            shutil.copytree(part, closed / part.name, symlinks=True)
    monkeypatch.setattr(postgres.binaries, "_folders", lambda: [closed / found.folder.relative_to(top)])
    said: list[str] = []
    server = EmbeddedPostgres(closed / "var", extra=QUICK, say=said.append)
    try:
        server.start()
        assert server.data_folder.is_relative_to(var / "shared")
        assert running_address(closed / "var") == server.address
        owner = Path(f"/proc/{_process(server)}").stat().st_uid
        assert owner == (binaries.database_user() or pytest.fail("we are root")).uid
    finally:
        server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert len(said) == 1
    assert "closed to the user" in said[0]


def test_without_programs_the_sentence_names_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PostgresFault, match="HALL_DATABASE_URL"):
        binaries.find_binaries("/nowhere")
