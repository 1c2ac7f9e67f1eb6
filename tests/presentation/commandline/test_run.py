"""`hall run` as a person meets it: it starts, heals itself, and stops without leaving anything behind."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from bench.served import workers_of
from tests.ground.servers import environment, free_port
from tests.ground.waiting import wait_until
from tests.make.catalogue import write_small_data

ANSWERING = "answering"


@dataclass
class Run:
    """One `hall run` with its own data folder and embedded database."""

    var: Path
    data: Path
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        env = environment("", self.var, HALL_PORT=str(self.port), HALL_DATA=str(self.data))
        del env["HALL_DATABASE_URL"]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hall.presentation.commandline", "run", "--no-demo"],
                env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def start_and_wait(self) -> None:
        self.start()
        assert self.process is not None
        wait_until(lambda: "The hall is open" in self.said() or self.process.poll() is not None, seconds=120, what="the start")
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """Every process that belongs to this run, orphans included: each carries our data folder in its environment or arguments."""
        return [found for found in psutil.process_iter() if _mentions(found, str(self.var))]

    def part(self, word: str) -> psutil.Process | None:
        """The process of the family whose command holds the word; ANSWERING is a process forked from the web server's keeper."""
        if word == ANSWERING:
            keeper = self.part("commandline serve")
            return next(iter(workers_of(keeper.pid)), None) if keeper else None
        return next((found for found in self.family() if word in _command(found) and self._is_own(found)), None)

    def _is_own(self, found: psutil.Process) -> bool:
        """Started by `hall run` itself: what its parts forked looks like them."""
        assert self.process is not None
        try:
            return "postgres" in _command(found) or found.ppid() == self.process.pid
        except psutil.NoSuchProcess:
            return False

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)


def _command(process: psutil.Process) -> str:
    """Its command line; nothing when it ended between being found and being looked at."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie too
        return ""


def _mentions(process: psutil.Process, text: str) -> bool:
    try:
        return process.environ().get("HALL_VAR") == text or text in _command(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


@pytest.fixture(scope="module")
def place() -> Iterator[Run]:
    var = Path(tempfile.mkdtemp(prefix="hall-run-"))
    var.chmod(0o755)
    # A cut of the catalogue: how the whole one comes in is proven where it is built for all tests (tests/ground/built.py).
    yield Run(var, write_small_data(var / "data"), free_port(), var / "run.log")
    shutil.rmtree(var, ignore_errors=True)


@pytest.fixture
def run(place: Run) -> Iterator[Run]:
    """Nobody runs when a test begins, however the last one ended."""
    yield place
    for left in place.family():
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_opens_and_closes_in_order(run: Run, number: signal.Signals) -> None:
    run.start_and_wait()
    wait_until(run.answers, what="readiness, worker included")
    assert f"http://127.0.0.1:{run.port}" in run.said()
    assert run.stop(number) == 0
    assert run.family() == []
    assert "The hall is closed" in run.said()
    assert "Traceback" not in run.said()


def test_a_second_start_prepares_nothing(run: Run) -> None:
    run.start_and_wait()
    assert "Nothing changed since the last start" in run.said()
    run.stop()


def test_its_parts_come_back_when_they_are_killed(run: Run) -> None:
    run.start_and_wait()
    wait_until(run.answers, what="readiness")
    for word in ("postgres -D", "commandline serve", ANSWERING, "commandline worker"):
        victim = run.part(word)
        assert victim is not None
        victim.send_signal(signal.SIGKILL)
        wait_until(lambda victim=victim: not _runs(victim), what=f"the end of {word}")
        wait_until(lambda word=word, victim=victim: run.part(word) not in {None, victim}, what=f"a new {word}")
        wait_until(run.answers, seconds=90, what=f"readiness after {word} was killed")
    assert run.stop() == 0
    assert run.family() == []


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_after_kill_9_its_children_leave_and_the_next_start_goes_on(run: Run) -> None:
    run.start_and_wait()
    assert run.process is not None
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not [found for found in run.family() if "postgres" not in _command(found)], what="the children's end")
    assert run.family(), "the database itself stays until somebody takes it over"
    run.start_and_wait()
    assert "was left over from an interrupted run" in run.said()
    assert run.stop() == 0
    assert run.family() == []


def test_stopping_during_the_start_leaves_nothing_behind(run: Run) -> None:
    run.start()
    wait_until(lambda: "1/6" in run.said(), what="the first step")
    assert run.stop(signal.SIGINT) == 0
    assert run.family() == []


def test_a_second_hall_on_the_same_folder_is_told_so(run: Run) -> None:
    run.start_and_wait()
    wait_until(run.answers, what="readiness")
    other = Run(run.var, run.data, free_port(), run.var / "other.log")
    other.start()
    assert other.process is not None
    assert other.process.wait(60) == 1
    assert "already runs the hall" in other.said()
    assert run.answers(), "the first one is not disturbed"
    run.stop()


def test_a_port_in_use_is_a_sentence_and_nothing_is_started(run: Run) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", run.port))
        taken.listen()
        run.start()
        assert run.process is not None
        assert run.process.wait(60) == 1
    assert f"Port {run.port} on 127.0.0.1 is not free" in run.said()
    assert "PORT=" in run.said()
    assert run.family() == []


def test_commands_find_the_running_halls_database(run: Run) -> None:
    run.start_and_wait()
    env = environment("", run.var)
    del env["HALL_DATABASE_URL"]
    command = [sys.executable, "-m", "hall.presentation.commandline", "audit", "verify"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert told.returncode == 0
    assert "The chain holds" in told.stdout
    run.stop()
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert "The chain holds" in told.stdout, "and start the database themselves when nobody runs it"
    assert run.family() == []


pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
