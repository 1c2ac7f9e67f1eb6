"""`hall run`: one command that starts the hall, keeps it running and stops it in order."""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from hall.presentation.commandline import serving
from hall.presentation.commandline.children import Child
from hall.presentation.commandline.freshness import Notes, digest_of_everything
from hall.presentation.commandline.places import var_folder
from hall.support.environment import env
from hall.support.operations.binaries import PostgresFault
from hall.support.operations.postgres import EmbeddedPostgres

READY_SECONDS = 60
STOP_SECONDS = 10
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared with, not bound to)


def run(options: argparse.Namespace) -> int:
    """Start everything and stay until SIGINT or SIGTERM; 0 after an ordered stop, 1 when the start failed."""
    if options.var:
        os.environ["HALL_VAR"] = options.var
    host, port = serving.listen_on(options)
    fault = serving.port_fault(host, port)
    if fault:
        print(f"hall: {fault}", file=sys.stderr)
        return 1
    hall = _Hall(host, port, var_folder())
    hall.watch_signals()
    try:
        return hall.run(with_demo=not options.no_demo)
    finally:
        hall.stop()


class _Hall:
    def __init__(self, host: str, port: int, var: Path) -> None:
        self._host, self._port, self._var = host, port, var
        self._wish = threading.Event()  # set when we are asked to stop
        self._address = ""
        self._database: EmbeddedPostgres | None = None
        self._preparing: subprocess.Popen[bytes] | None = None
        self._children: list[Child] = []

    def watch_signals(self) -> None:
        def wish(number: int, frame: FrameType | None) -> None:
            self._wish.set()

        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), wish)

    def run(self, *, with_demo: bool) -> int:
        self._start_database()
        if self._wish.is_set() or not self._prepare(with_demo=with_demo):
            return 0 if self._wish.is_set() else 1
        print("6/6 启动服务 Web server and job worker … ", end="", flush=True)
        began = time.monotonic()
        os.environ.setdefault("HALL_PUBLIC_ADDRESS", f"http://{self._host}:{self._port}")
        is_meaning_ours = "HALL_MEANING_ADDRESS" not in os.environ
        os.environ.setdefault("HALL_MEANING_ADDRESS", f"127.0.0.1:{serving.free_port()}")
        if with_demo:
            self._begin_sandbox()
        self._begin("The web server", "serve", "--host", self._host, "--port", str(self._port))
        is_answering = self._wait_for_answer()
        # Only now: both at once would make the first page wait longer.
        self._begin("The job worker", "worker")
        if is_meaning_ours:
            self._begin("The meaning process", "meaning")
        if is_answering:
            print(f"ready ({time.monotonic() - began:.1f} s)\n", flush=True)
            self._greet(with_demo=with_demo)
        while not self._wish.wait(0.2):
            self._look_after()
        return 0

    def _begin_sandbox(self) -> None:
        """The demo's people have licences too: a licence service of our own, unless there is a real one. Never beside real accounts."""
        if "HALL_LICENCE_URL" in os.environ or not (self._var / "demo-accounts.txt").exists():
            return
        port = serving.free_port()
        os.environ["HALL_LICENCE_URL"] = f"http://127.0.0.1:{port}/licences"
        os.environ["HALL_LICENCE_KEY"] = secrets.token_urlsafe(24)
        self._begin("The sandbox licence service", "sim", "licences", "--listen", f"127.0.0.1:{port}")

    def _begin(self, name: str, *arguments: str) -> None:
        child = Child(name, list(arguments), _say)
        child.start()
        self._children.append(child)

    def _start_database(self) -> None:
        print("1/6 数据库 Database … ", end="", flush=True)
        began = time.monotonic()
        given = env("HALL_DATABASE_URL")
        if given:
            self._address = given
            print("the given server", flush=True)
            return
        self._database = EmbeddedPostgres(self._var, say=_say)
        self._address = os.environ["HALL_DATABASE_URL"] = self._database.start()
        print(f"embedded PostgreSQL, {self._database.data_folder} ({time.monotonic() - began:.1f} s)", flush=True)

    def _prepare(self, *, with_demo: bool) -> bool:
        """In a process of its own: it needs the whole hall in memory, we must stay small."""
        notes = Notes(self._address, self._var)
        if notes.is_fresh(digest_of_everything(), with_demo=with_demo):
            print("2–5/6 数据表、页面资源、事项目录、演示数据 Nothing changed since the last start", flush=True)
            return True
        arguments = ["prepare", *(["--demo"] if with_demo else [])]
        self._preparing = subprocess.Popen(
            [sys.executable, "-m", "hall.presentation.commandline", *arguments],
            stdin=subprocess.DEVNULL,
            env={"HALL_LOG_LEVEL": "WARNING"} | os.environ,  # its progress lines say what there is to say
            start_new_session=True,
        )
        while self._preparing.poll() is None:
            if self._wish.wait(0.05):
                return False
        return self._preparing.returncode == 0

    def _wait_for_answer(self) -> bool:
        """Whether the hall answers over HTTP before long. It is looked after meanwhile."""
        host = "127.0.0.1" if self._host in _EVERYWHERE else self._host
        place = f"http://{f'[{host}]' if ':' in host else host}:{self._port}/healthz"
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self._wish.wait(0.1):
            self._look_after()
            try:
                with urllib.request.urlopen(place, timeout=5):
                    return True
            except urllib.error.HTTPError:
                return True
            except OSError:
                continue
        return False

    def _look_after(self) -> None:
        if self._database is not None and not self._database.is_running():
            _say("The database server ended; starting it again.")
            try:
                self._database.restart()
            except PostgresFault as fault:
                _say(str(fault))
                self._wish.wait(5)
        for child in self._children:
            child.look_after()

    def _greet(self, *, with_demo: bool) -> None:
        print(f"政务大厅已开门 The hall is open: {os.environ['HALL_PUBLIC_ADDRESS']}", flush=True)
        if with_demo and (self._var / "demo-accounts.txt").exists():
            print((self._var / "demo-accounts.txt").read_text(encoding="utf-8").rstrip(), flush=True)
        print("停止请按 Ctrl-C。Ctrl-C stops it.", flush=True)

    def stop(self) -> None:
        """Visitors and jobs first, the database last."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # impatience must not leave an orphan
        if self._preparing is not None and self._preparing.poll() is None:
            self._preparing.terminate()
            try:
                self._preparing.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._preparing.kill()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.wait_for_stop(deadline)
        if self._database is not None:
            self._database.stop()
        if self._children:
            print("\n政务大厅已关门 The hall is closed.", flush=True)


def _say(line: str) -> None:
    print(f"  {line}", flush=True)
