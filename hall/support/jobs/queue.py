"""Publishing facts, and the jobs that follow from them.

A fact is a frozen dataclass of plain values. Each of its reactions becomes one job row in the publisher's transaction: a
rolled-back transaction leaves no job behind. A reaction may run twice; it is written so that twice is harmless.
"""

import dataclasses
import importlib
import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import close_old_connections, connection, transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

log = logging.getLogger("hall.jobs")

Fact = Any  # a frozen dataclass; there is no common base to inherit from
Reaction = Callable[..., None]
ReactionTable = Mapping[type, Sequence[Reaction]]

# 12 tries over 24 hours: an outside system that is down over night gets its message in the morning.
WAITS_SECONDS = (10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800)
_reactions: dict[type, tuple[Reaction, ...]] = {}
_schedule: list[tuple[str, Callable[..., object]]] = []


class Patience(BaseRetryStrategy):
    """Tries again after each of `WAITS_SECONDS`, up to a quarter longer, then leaves the job failed, for a person to look at."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run `job` again; None once every wait is used up."""
        if job.attempts >= len(WAITS_SECONDS):
            return None
        # Not all at once: what failed together would come back together, to a system that has just got up.
        wait = WAITS_SECONDS[job.attempts]
        return RetryDecision(retry_in={"seconds": wait + random.randint(0, wait // 4)})  # noqa: S311  (no secret)


RETRY = Patience()


def bind(table: ReactionTable) -> None:
    """Set the table of what follows from what. Called once, when the services start."""
    _reactions.clear()
    _reactions.update({fact: tuple(reactions) for fact, reactions in table.items()})


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def _function(name: str) -> Callable[..., object]:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return]


def publish(fact: Fact) -> None:
    """Queue every reaction to the fact, in the caller's transaction. One SQL statement, none when nothing follows."""
    payload = dataclasses.asdict(fact)
    jobs: list[dict[str, Any]] = [
        {"reaction": _name(reaction), "fact": _name(type(fact)), "payload": payload} for reaction in _reactions.get(type(fact), ())
    ]
    if jobs:
        run_fact.batch_defer(*jobs)


def later(function: Callable[..., object], **arguments: object) -> None:
    """Queue a call of a module-level function with plain arguments, in the caller's transaction. One SQL statement."""
    run_call.defer(function=_name(function), arguments=arguments)


def every(cron: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Run the decorated function on a schedule (cron of 5 or 6 fields, seconds last), once over all workers.

    The function takes `now: datetime` (aware).
    """

    def mark(function: Callable[..., object]) -> Callable[..., object]:
        _schedule.append((cron, function))

        @app.periodic(cron=cron)
        @app.task(name=f"every:{_name(function)}", queue="schedule", pass_context=False, queueing_lock=_name(function))
        def tick(timestamp: int) -> None:
            _run(_name(function), lambda: function(now=datetime.now().astimezone()), level=logging.DEBUG)

        return function

    return mark


@app.task(name="fact", queue="facts", retry=RETRY)
def run_fact(*, reaction: str, fact: str, payload: dict[str, Any]) -> None:
    """Run one reaction to one fact."""
    kind: Any = _function(fact)
    _run(reaction, lambda: _function(reaction)(kind(**payload)))


@app.task(name="call", queue="calls", retry=RETRY)
def run_call(*, function: str, arguments: dict[str, Any]) -> None:
    """Run one queued call."""
    _run(function, lambda: _function(function)(**arguments))


def _run(name: str, call: Callable[[], object], *, level: int = logging.INFO) -> None:
    started = time.monotonic()
    close_old_connections()
    try:
        call()
    except BaseException:
        log.exception("event=job.failed job=%s ms=%d", name, (time.monotonic() - started) * 1000)
        raise
    finally:
        close_old_connections()
    log.log(level, "event=job.done job=%s ms=%d", name, (time.monotonic() - started) * 1000)


def run_due_now(*, rounds: int = 1000) -> int:
    """Run queued facts and calls here and now, until none is left; returns how many ran. For the demo world and tests.

    Each job runs in a transaction of its own and is marked done in it; a failing job raises.
    """
    done = 0
    for _ in range(rounds):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' AND task_name IN ('fact', 'call')"
                    " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
                )
                row = cursor.fetchone()
                if row is None:
                    return done
                job_id, task, arguments = row
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
            if isinstance(arguments, str):
                arguments = json.loads(arguments)
            if task == "fact":
                kind: Any = _function(arguments["fact"])
                _function(arguments["reaction"])(kind(**arguments["payload"]))
            else:
                _function(arguments["function"])(**arguments["arguments"])
        done += 1
    return done
