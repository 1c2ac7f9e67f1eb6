"""The process that runs the jobs, and the sweep that brings back jobs of a worker that was killed.

The worker has an app of its own: inside a job, `publish` and `later` must stay with Django's connection, so that a job's rolled-back
transaction leaves no job behind. With the worker's connection in the shared app they would commit by themselves.
"""

import asyncio
import logging
import os
import sys
from datetime import datetime

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules
from procrastinate.contrib.django import app

from hall.support.jobs.queue import WAITS_SECONDS, every

log = logging.getLogger("hall.jobs")

QUEUES = ("facts", "calls", "schedule")
# Jobs wait for files, mail servers and PDFs more than for the processor.
CONCURRENCY = 4
HEARTBEAT_SECONDS = 5
# A worker that was silent for so long is gone; its jobs run again.
STALE_SECONDS = 20
FAILED_KEPT_DAYS = 30


def run_worker(*, concurrency: int = CONCURRENCY) -> None:
    """Run jobs until SIGTERM or SIGINT; jobs that run then get ten seconds to finish."""
    autodiscover_modules("jobs")
    own = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]

    async def work() -> None:
        async with own.open_async():
            await own.run_worker_async(
                queues=list(QUEUES),
                name=f"hall-{os.getpid()}",
                concurrency=concurrency,
                delete_jobs="successful",
                shutdown_graceful_timeout=10,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALE_SECONDS,
            )

    if sys.platform == "win32":
        # psycopg cannot work on Windows's default loop.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(work())
    else:
        asyncio.run(work())


def seconds_since_heartbeat() -> float | None:
    """How long ago any worker last showed that it lives; None when there is none. One SQL query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
        (seconds,) = cursor.fetchone()
    return None if seconds is None else float(seconds)


@every("* * * * * */20")
def bring_back(*, now: datetime) -> int:
    """Queue again what a killed worker had begun; returns how many jobs. Twice is harmless, and so must every job be.

    A scheduled job is not queued again, its next turn comes anyway. A job that took its worker down a dozen times is left failed.
    """
    silent = (
        "SELECT j.id, j.queue_name, j.attempts FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id"
        " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %s))"
        " ORDER BY j.id LIMIT 500 FOR UPDATE OF j SKIP LOCKED"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(silent, [STALE_SECONDS])
        jobs = cursor.fetchall()
        for job_id, queue, attempts in jobs:
            if queue == "schedule" or attempts >= len(WAITS_SECONDS):
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', %s)", [job_id, queue == "schedule"])
            else:
                cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
            log.warning("event=job.brought_back job_id=%d queue=%s attempts=%d", job_id, queue, attempts)
        cursor.execute("DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - interval '1 hour'")
    return len(jobs)


@every("41 3 * * *")
def forget_failed(*, now: datetime) -> int:
    """Remove failed jobs after a month; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs j WHERE j.status IN ('failed', 'succeeded', 'cancelled', 'aborted') AND NOT EXISTS"
            " (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %s::timestamptz - make_interval(days => %s))",
            [now, FAILED_KEPT_DAYS],
        )
        return int(cursor.rowcount)
