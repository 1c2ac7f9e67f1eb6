"""The worker as a real process: it runs jobs, beats, survives being killed."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from hall.support.jobs import queue, worker
from tests.ground import servers
from tests.ground.waiting import wait_until
from tests.make import jobs
from tests.make.jobs import count_jobs

pytestmark = pytest.mark.django_db(transaction=True)
VAR = Path(os.environ["HALL_VAR"])
NOW = datetime(2026, 3, 2, tzinfo=UTC)
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker() -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        env = servers.environment(os.environ["HALL_DATABASE_URL"], VAR)
        started.append(servers.hall_command("worker", env=env, log=VAR / "worker.log"))
        return started[-1]

    yield start
    for process in started:
        servers.end(process)


def _age_heartbeats() -> None:
    """What the clock would do in half a minute."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")


def test_a_killed_workers_job_runs_again(start_worker: Start, tmp_path: Path) -> None:
    queue.later(jobs.note_and_wait, place=str(tmp_path))
    first = start_worker()
    wait_until(lambda: any(tmp_path.glob("began-*")), what="the job")
    assert worker.bring_back(now=NOW) == 0, "a living worker keeps its job"
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert count_jobs("doing") >= 1
    _age_heartbeats()
    assert worker.bring_back(now=NOW) >= 1
    (tmp_path / "go").touch()
    start_worker()
    wait_until((tmp_path / "done").exists, what="the job's second run")
    assert len(list(tmp_path.glob("began-*"))) == 2
    wait_until(lambda: count_jobs("doing") == 0, what="the end of the job")


def test_a_job_taken_back_in_the_worker_leaves_no_job_behind(start_worker: Start, tmp_path: Path) -> None:
    (kept := tmp_path / "kept").mkdir()
    (lost := tmp_path / "lost").mkdir()
    queue.later(jobs.follow_up, place=str(lost), then_fail=True)
    queue.later(jobs.follow_up, place=str(kept), then_fail=False)
    start_worker()
    wait_until((kept / "followed").exists, what="the follow-up of the job that succeeded")
    wait_until((lost / "tried").exists, what="the job that fails")
    wait_until(lambda: _calls_waiting() == [("hall-retry", 1)], what="the failed job's place in the queue")
    assert not (lost / "followed").exists()


def _calls_waiting() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'hall-retry', attempts FROM procrastinate_jobs WHERE task_name = 'call'")
        return cursor.fetchall()


def test_a_worker_beats_and_ends_in_order(start_worker: Start) -> None:
    assert worker.seconds_since_heartbeat() is None
    process = start_worker()
    wait_until(lambda: worker.seconds_since_heartbeat() is not None, what="the first heartbeat")
    process.terminate()
    assert process.wait(20) == 0
    assert worker.seconds_since_heartbeat() is None


def test_a_worker_ends_with_its_supervisor(start_worker: Start) -> None:
    process = start_worker()
    wait_until(lambda: worker.seconds_since_heartbeat() is not None, what="the first heartbeat")
    assert process.stdin is not None
    process.stdin.close()  # what the system does when the supervisor is killed
    assert process.wait(20) == 0


def test_a_scheduled_job_of_a_killed_worker_waits_for_its_next_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('schedule', 'every:x', '{}', 'doing', 0), ('calls', 'call', '{}', 'doing', 0), ('calls', 'call', '{}', 'doing', 99)"
        )
    assert worker.bring_back(now=NOW) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [("call", "todo"), ("call", "failed")]


def test_every_scheduled_function_is_known_to_the_worker() -> None:
    scheduled = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert {
        "every:hall.support.audit.jobs:seal_trail",
        "every:hall.support.jobs.worker:bring_back",
        "every:hall.support.identity.jobs:sweep_guards",
        "every:hall.services.cases.jobs:accept_silently",
    } <= _discovered(scheduled)


def _discovered(known: set[str]) -> set[str]:
    worker.autodiscover_modules("jobs")
    return known | {name for name, _ in app.periodic_registry.periodic_tasks}


def test_failed_jobs_are_kept_for_a_month() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('calls', 'call', '{}', 'doing')")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    assert worker.forget_failed(now=now) == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '31 days'")
    assert worker.forget_failed(now=now) == 1
