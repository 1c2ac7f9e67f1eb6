"""The item page, kept and made anew, beside a bare page of the same server"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import psutil

from bench.ground import Ground
from bench.load import Load, gets, hammer, loader
from bench.people import cookie_of, register
from bench.served import Served, free_port, workers_of
from bench.table import Row, latency
from hall.services.catalogue.models import Item

GOAL_RATE, GOAL_CPU_MS = 700, 2.0


class _Hello(Served):
    """The bare page, with the same outside as the hall."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.notes = []
        self.process = subprocess.Popen([sys.executable, "-m", "bench.hello", str(self.port)])

    def web_processes(self) -> list[psutil.Process]:
        return workers_of(self.process.pid)


@contextmanager
def _hello() -> Iterator[_Hello]:
    bare = _Hello()
    try:
        bare.wait_for("/", 200)
        yield bare
    finally:
        bare.process.terminate()
        bare.process.wait(15)


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """Rounds take turns, so that a busy machine is busy for all of them."""
    seconds, rounds = (1.0, 3) if is_quick else (3.0, 5)
    codes = list(Item.objects.filter(status="published").order_by("code").values_list("code", flat=True)[:200])
    cookie = cookie_of(register(1, first=90_000)[0].account_id or 0)
    bare_runs: list[Load] = []
    kept_runs: list[Load] = []
    fresh_runs: list[Load] = []
    fresh_paths = [f"/items/{code}" for code in codes]
    with ground.served() as hall, _hello() as bare:
        for path in fresh_paths[:20]:
            hall.status(path)
        for _ in range(rounds):
            bare_runs.append(hammer(bare, "/", seconds=seconds))
            kept_runs.append(hammer(hall, f"/items/{codes[0]}", seconds=seconds))
            # Nobody signed in is served from the cache, so this page is made anew each time, by all of its statements.
            fresh_runs.append(gets(hall, fresh_paths, clients=8, seconds=seconds, cookie=cookie))
            time.sleep(0.2)
    bare_rate, bare_cpu = median(one.rate for one in bare_runs), median(one.cpu_ms for one in bare_runs)
    yield Row(f"bare page, 16 connections ({loader()})", f"{bare_rate:,.0f}/s", f"{bare_cpu:.2f} ms CPU each")
    yield from _rows("item page, kept", kept_runs, bare_rate, bare_cpu, loader())
    rate, cpu = median(one.rate for one in fresh_runs), median(one.cpu_ms for one in fresh_runs)
    times = [second for one in fresh_runs for second in one.times]
    yield Row("item page, made anew, signed in (8 clients)", f"{rate:,.0f}/s, {cpu:.2f} ms CPU", f"{latency(times)}")
    yield Row("  against the bare page", f"{rate / bare_rate:.3f} of its rate", f"{cpu / max(bare_cpu, 0.001):.1f} x its CPU")
    failures = sum(one.failures for one in (*bare_runs, *kept_runs, *fresh_runs))
    yield Row("answers that were not 200", str(failures), "", "0", failures == 0)


def _rows(what: str, runs: list[Load], bare_rate: float, bare_cpu: float, by: str) -> Iterator[Row]:
    rate, cpu = median(one.rate for one in runs), median(one.cpu_ms for one in runs)
    yield Row(
        f"{what}, 16 connections ({by})",
        f"{rate:,.0f}/s",
        f"{rate / bare_rate:.2f} of the bare page",
        f"≥ {GOAL_RATE}/s",
        rate >= GOAL_RATE,
    )
    yield Row(
        f"{what}, CPU", f"{cpu:.2f} ms", f"{cpu / max(bare_cpu, 0.001):.1f} x the bare page", f"≤ {GOAL_CPU_MS:.0f} ms", cpu <= GOAL_CPU_MS
    )
