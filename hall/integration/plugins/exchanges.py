"""What was called, written down in bundles: a sample of the calls themselves, and counts by the minute. Whoever calls pays nothing for it."""

import os
import socket
import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils import timezone

from hall.integration.plugins import beat
from hall.integration.plugins.models import Breaker, Exchange

# Of one plugin in one bundle: enough to see what goes on, few enough not to matter to a database.
MOST_SUCCESSES, MOST_FAILURES = 20, 50
PROCESS = f"{socket.gethostname()[:60]}:{os.getpid()}"


# Adds to what other processes counted in the same minute.
ADD_UP = (
    'INSERT INTO plugins_minute AS m ("group", name, minute, calls, failures, ms_total, ms_most) VALUES (%s, %s, %s, %s, %s, %s, %s)'
    ' ON CONFLICT ("group", name, minute) DO UPDATE SET calls = m.calls + excluded.calls, failures = m.failures + excluded.failures,'
    " ms_total = m.ms_total + excluded.ms_total, ms_most = greatest(m.ms_most, excluded.ms_most)"
)


class Outcome(StrEnum):
    """What became of a call. `REFUSED` is an answer that the port knows: the other side works."""

    OK = "ok"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    AWAY = "away"  # OSError: nobody there, an error of theirs, an answer that is none
    FORBIDDEN = "forbidden"  # it wanted to connect where it may not
    BROKEN = "broken"  # a fault of the plugin itself

    @property
    def is_failure(self) -> bool:
        return self not in {Outcome.OK, Outcome.REFUSED}


@dataclass(frozen=True, slots=True)
class Called:
    """One call: when it began, how long it took in milliseconds, and what is known of it from outside."""

    group: str
    name: str
    at: datetime
    method: str
    host: str
    ms: int
    outcome: Outcome
    status: int | None = None
    sent_bytes: int | None = None
    got_bytes: int | None = None
    request_id: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class BreakerState:
    """The breaker of a plugin in this process: closed, open or half_open."""

    name: str
    state: str
    failures: int


_waiting: deque[Called] = deque(maxlen=5000)  # a database that is away for long costs old lines, never memory
_said: dict[str, BreakerState] = {}
_lock = threading.Lock()


def note(called: Called) -> None:
    """Keep a call until the next beat. No SQL."""
    _waiting.append(called)
    beat.start()


def flush(breakers: Iterable[BreakerState] = ()) -> int:
    """Write down what was kept, and how the breakers stand; returns how many calls. No SQL when there is nothing new."""
    with _lock:
        called = []
        while _waiting:
            called.append(_waiting.popleft())
        try:
            if called:
                _count(called)
                Exchange.objects.bulk_create([_row(one) for one in _sample(called)])
            _keep_breakers(breakers)
        except BaseException:
            _waiting.extendleft(reversed(called))
            raise
    return len(called)


def _sample(called: list[Called]) -> list[Called]:
    left: Counter[tuple[str, str, bool]] = Counter()
    kept = []
    for one in reversed(called):  # the newest stay
        key = (one.group, one.name, one.outcome.is_failure)
        left[key] += 1
        if left[key] <= (MOST_FAILURES if one.outcome.is_failure else MOST_SUCCESSES):
            kept.append(one)
    return kept[::-1]


def _row(one: Called) -> Exchange:
    return Exchange(
        group=one.group, name=one.name, at=one.at, method=one.method[:40], host=one.host[:120], ms=one.ms, outcome=one.outcome,
        status=one.status, sent_bytes=one.sent_bytes, got_bytes=one.got_bytes, request_id=one.request_id[:64], fault=one.fault[:200],
    )  # fmt: skip


def _count(called: list[Called]) -> None:
    minutes: dict[tuple[str, str, datetime], list[int]] = {}
    for one in called:
        sums = minutes.setdefault((one.group, one.name, one.at.replace(second=0, microsecond=0)), [0, 0, 0, 0])
        sums[0] += 1
        sums[1] += one.outcome.is_failure
        sums[2] += one.ms
        sums[3] = max(sums[3], one.ms)
    # In one order in all processes, so that two of them never wait for each other.
    rows: list[tuple[Any, ...]] = [(*key, *sums) for key, sums in sorted(minutes.items())]
    with connection.cursor() as cursor:
        cursor.executemany(ADD_UP, rows)


def _keep_breakers(breakers: Iterable[BreakerState]) -> None:
    changed = [one for one in breakers if _said.get(one.name, BreakerState(one.name, "closed", 0)) != one or one.state != "closed"]
    if not changed:
        return
    rows = [Breaker(name=one.name, process=PROCESS, state=one.state, failures=one.failures, seen_at=timezone.now()) for one in changed]
    Breaker.objects.bulk_create(
        sorted(rows, key=lambda row: row.name),
        update_conflicts=True,
        unique_fields=["name", "process"],
        update_fields=["state", "failures", "seen_at"],
    )
    _said.update({one.name: one for one in changed})
