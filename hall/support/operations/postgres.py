"""The embedded PostgreSQL: one server for one data folder, started, watched and stopped by its one owner.

Rules learnt the hard way (docs/decisions/0009-one-owner-of-the-embedded-database.md): a direct child in a session of its own, never as root, never
a deleted pid file, a second try for some seconds after a crash, the major version in the folder's name.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from hall.support.operations import binaries
from hall.support.operations.binaries import Binaries, DatabaseUser, PostgresFault
from hall.support.operations.locks import FolderLock

ADMIN, OWNER, DATABASE = "postgres", "hall", "hall"
START_SECONDS = 30
LOG_LIMIT_BYTES = 10_000_000
# Small: everything together stays within 512 MB on a small machine. A real installation brings its own server.
SETTINGS: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "96MB",
    "effective_cache_size": "768MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "48MB",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "max_wal_senders": "4",
    "wal_compression": "pglz",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Failing statements carry what people typed in; the log names the fault only.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
SETTINGS_SINCE_18 = {"io_method": "sync", "autovacuum_worker_slots": "4"}

Say = Callable[[str], None]


class EmbeddedPostgres:
    """The server of one data folder below `var`. `start` gives the address; the caller stops it.

    `extra` are more PostgreSQL settings (tests switch fsync off); `say` takes short lines for the person who waits.
    """

    def __init__(self, var: Path, *, extra: Mapping[str, str] | None = None, say: Say = print) -> None:
        self.var = var.resolve()
        self.lock = FolderLock(self.var / "postgres.lock")
        self._extra = dict(extra or {})
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._user: DatabaseUser | None = None
        self._bin: Binaries | None = None
        self._data = self.var

    def start(self) -> str:
        """Start the server, initialised on the first time, and return the address of the hall's database.

        Raises: PostgresFault when another process owns this data folder, or PostgreSQL does not come up.
        """
        self.var.mkdir(parents=True, exist_ok=True)
        if not self.lock.take():
            raise PostgresFault(
                f"Process {self.lock.holder()} already runs the hall on {self.var}. Stop it first, or choose another folder with VAR=."
            )
        try:
            self._locate()
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            self._end_leftover()
            self._launch_patiently()
            self._make_database()
        except BaseException:
            self.stop()
            raise
        return self.address

    @property
    def address(self) -> str:
        """`postgresql://…` of the hall's database, as the hall's own role."""
        return self._url(OWNER, DATABASE)

    @property
    def data_folder(self) -> Path:
        return self._data

    def is_running(self) -> bool:
        if sys.platform == "win32":
            return self._pg_ctl("status") == 0
        return self._process is not None and self._process.poll() is None

    def restart(self) -> None:
        """Start again on the same port after a crash; clients come back by themselves. Raises: PostgresFault."""
        self._end_leftover()
        self._launch_patiently()

    def stop(self) -> None:
        """Stop the server (open transactions are rolled back) and give the data folder free. Twice is harmless."""
        if sys.platform == "win32":
            if self._bin is not None and (self._data / "postmaster.pid").exists():
                self._pg_ctl("stop", "-m", "fast")
        elif self._process is not None:
            for number, patience in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                if self._process.poll() is None:
                    self._process.send_signal(number)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self._process.wait(patience)
        self._process = None
        self.lock.release()

    def _locate(self) -> None:
        self._user = binaries.database_user()
        found = binaries.find_binaries(os.environ.get("HALL_POSTGRES_BIN"))
        self._bin = binaries.reachable_binaries(found, self._user)
        wanted = self.var / f"postgres-{found.major}"
        self._data = binaries.reachable_folder(wanted, self._user, self._secret("place"))
        if self._data != wanted:
            self._say(f"{self.var} is closed to the user that runs PostgreSQL; its data is in {self._data}.")
        others = [place.name for place in _data_folders(self._data.parent) if place != self._data]
        if others and not self._data.exists():
            raise PostgresFault(
                f"{self._data.parent} holds {others[0]}, but the programs found are version {found.full_version}. "
                "Move the data with pg_upgrade or pg_dump, or set HALL_POSTGRES_BIN to the older programs."
            )

    def _secret(self, name: str) -> str:
        path = self.var / "secrets" / f"postgres_{name}"
        if not path.exists():
            if name == "admin" and (self._data / "PG_VERSION").exists():
                raise PostgresFault(f"{path} is missing; without it nobody can sign in to the database in {self._data}.")
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(6 if name == "place" else 24), encoding="ascii")
        return path.read_text(encoding="ascii").strip()

    def _initialise(self) -> None:
        """Make the data folder under another name first: a half-made one is never taken for a whole one."""
        fresh = self._data.with_name(f"{self._data.name}.new")
        passwords = self._data.with_name(f"{self._data.name}.pw")
        binaries.remove_folder(fresh)
        for path in (fresh, passwords):
            if path is fresh:
                path.mkdir(mode=0o700)
            else:
                path.touch(mode=0o600)
                path.write_text(self._secret("admin"), encoding="ascii")
            if self._user and sys.platform != "win32":
                os.chown(path, self._user.uid, self._user.gid)
        arguments = ["-D", str(fresh), "-U", ADMIN, "--auth=scram-sha-256", f"--pwfile={passwords}", "--encoding=UTF8", "--data-checksums"]
        try:
            # Only the C library's C.UTF-8 knows letters and case; plain C is what remains on systems without it.
            for locale in ("C.UTF-8", "C"):
                done = self._run("initdb", *arguments, "--locale-provider=libc", f"--locale={locale}", cwd=self._data.parent)
                if done.returncode == 0:
                    break
            else:
                raise PostgresFault(f"initdb failed: {done.stdout.strip()[-600:]}")
            fresh.rename(self._data)
        finally:
            passwords.unlink()

    def _run(self, program: str, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        assert self._bin is not None
        return subprocess.run(
            [self._bin.path(program), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            cwd=cwd, env=_clean_environment(), **binaries.run_as(self._user),
        )  # fmt: skip

    def _pg_ctl(self, *arguments: str) -> int:
        return self._run("pg_ctl", *arguments, "-D", str(self._data), cwd=self._data).returncode

    def _end_leftover(self) -> None:
        """Stop a server whose owner was killed. We hold the owner's lock, so nobody else is using it."""
        process = _postmaster_of(self._data)
        if process is None:
            return
        self._say(f"A database server (process {process}) was left over from an interrupted run; stopping it.")
        if sys.platform == "win32":
            self._pg_ctl("stop", "-m", "fast")
            return
        for number, patience in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
            if _wait(lambda: _postmaster_of(self._data) is None, patience):
                return
        raise PostgresFault(f"The left-over database server, process {process}, does not stop.")

    def _launch_patiently(self) -> None:
        """Launch; after a crash the old process or its memory may still be there for a moment, so try again for some seconds."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            port = self._port or _free_port()
            self._launch(port)
            if self._answers(port, deadline):
                self._port = port
                return
            if time.monotonic() > deadline:
                raise PostgresFault(f"PostgreSQL did not start within {START_SECONDS} s. The end of {self._log}:\n{self._log_end()}")
            time.sleep(0.3)

    @property
    def _log(self) -> Path:
        return self.var / "log" / "postgres.log"

    def _log_end(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-6:])

    def _launch(self, port: int) -> None:
        assert self._bin is not None
        self._log.parent.mkdir(exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        settings = SETTINGS | (SETTINGS_SINCE_18 if self._bin.major >= 18 else {}) | self._extra | {"port": str(port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        if sys.platform == "win32":
            # Only pg_ctl can lower an administrator's rights there.
            self._pg_ctl("start", "-w", "-l", str(self._log), "-o", subprocess.list2cmdline(options))
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin.path("postgres"), "-D", str(self._data), *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._data, env=_clean_environment(),
                start_new_session=True,  # a Ctrl-C in the terminal reaches the owner only, who stops things in order
                **binaries.run_as(self._user),
            )  # fmt: skip

    def _answers(self, port: int, deadline: float) -> bool:
        while time.monotonic() < deadline and self.is_running():
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self._url(ADMIN, "postgres", port), connect_timeout=2).close()
                return True
            time.sleep(0.05)
        return False

    def _make_database(self) -> None:
        with psycopg.connect(self._url(ADMIN, "postgres"), autocommit=True) as admin:
            role, password = sql.Identifier(OWNER), sql.Literal(self._secret("hall"))
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                # No superuser: not even a bug of ours can switch the audit trail's triggers off unseen.
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
            admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, password))
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def _url(self, role: str, database: str, port: int | None = None) -> str:
        secret = self._secret("admin" if role == ADMIN else "hall")
        return f"postgresql://{role}:{quote(secret)}@127.0.0.1:{port or self._port}/{database}"


def running_address(var: Path) -> str | None:
    """The address of the hall's database while another process runs it on this data folder; None otherwise."""
    own = var / "secrets"
    if not (own / "postgres_hall").exists():
        return None
    mark = (own / "postgres_place").read_text(encoding="ascii").strip()
    for folder in (*_data_folders(var), *_data_folders(binaries.SHARED_PLACE / mark)):
        if _postmaster_of(folder) is not None:
            port = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[3]
            password = (own / "postgres_hall").read_text(encoding="ascii").strip()
            return f"postgresql://{OWNER}:{quote(password)}@127.0.0.1:{port}/{DATABASE}"
    return None


def _data_folders(place: Path) -> list[Path]:
    """Whole ones; half-made ones have another name."""
    return [folder for folder in place.glob("postgres-*") if folder.name[9:].isdigit() and (folder / "PG_VERSION").exists()]


def _postmaster_of(data: Path) -> int | None:
    """The process that serves this data folder, by its pid file, if it lives and is PostgreSQL (numbers are used again)."""
    try:
        process = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    if sys.platform == "win32":
        return process
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        asked = subprocess.run(["ps", "-o", "command=", "-p", str(process)], capture_output=True, text=True, check=False)  # noqa: S607
        command = asked.stdout
    return process if "postgres" in command and str(data) in command else None


def _wait(is_done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_done():
            return True
        time.sleep(0.05)
    return is_done()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clean_environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL's programs or change their language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "HALL_"))}
    return kept | {"LC_ALL": "C"}
