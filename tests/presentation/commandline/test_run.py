"""`hall run` as a person meets it: it starts, heals itself, and stops without leaving anything behind."""

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

from tests.ground.servers import environment, free_port
from tests.ground.waiting import wait_until


@dataclass
class Run:
    """One `hall run` with its own data folder and embedded database."""

    var: Path
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        env = environment("", self.var, HALL_PORT=str(self.port))
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

    def part(self, word: str) -> psutil.Process:
        return next(found for found in self.family() if word in " ".join(found.cmdline()))

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(40)


def _mentions(process: psutil.Process, text: str) -> bool:
    try:
        return process.environ().get("HALL_VAR") == text or text in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    var = Path(tempfile.mkdtemp(prefix="hall-run-"))
    var.chmod(0o755)
    one = Run(var, free_port(), var / "run.log")
    yield one
    for left in one.family():
        left.kill()
    shutil.rmtree(var, ignore_errors=True)


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
    for word in ("postgres -D", "commandline serve", "spawn_main", "commandline worker"):
        victim = run.part(word)
        victim.send_signal(signal.SIGKILL)
        wait_until(lambda victim=victim: not _runs(victim), what=f"the end of {word}")
        wait_until(lambda word=word: any(word in " ".join(found.cmdline()) for found in run.family()), what=f"a new {word}")
        wait_until(run.answers, seconds=90, what=f"readiness after {word} was killed")
    assert run.stop() == 0
    assert run.family() == []


def _runs(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _is_child_of_ours(process: psutil.Process) -> bool:
    try:
        return "postgres" not in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False  # it ended between being found and being looked at


def test_after_kill_9_its_children_leave_and_the_next_start_goes_on(run: Run) -> None:
    run.start_and_wait()
    assert run.process is not None
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not [found for found in run.family() if _is_child_of_ours(found)], what="the children's end")
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
    other = Run(run.var, free_port(), run.var / "other.log")
    other.start()
    assert other.process is not None
    assert other.process.wait(30) == 1
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
        assert run.process.wait(30) == 1
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
