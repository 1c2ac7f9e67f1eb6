"""Unified serial numbers beside a bare sequence: each in a transaction of its own, durable; one counter, many counters, by the hundred"""

import time
from collections.abc import Iterator
from statistics import median

import psycopg

from bench import acts
from bench.crowd import crowd
from bench.ground import Ground
from bench.table import Row

GOAL = 3000


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """1 and 16 processes on one counter, the hardest case; 16 on sixteen counters; and 16 that take a hundred at a time."""
    count, rounds = (20, 1) if is_quick else (60, 3)
    bare = {clients: _bare(ground, clients, count * (8 if clients == 1 else 4), rounds) for clients in (1, 16)}
    yield Row("bare sequence, 1 client", f"{bare[1]:,.0f}/s", f"a commit takes {1000 / bare[1]:.2f} ms")
    yield Row("bare sequence, 16 clients", f"{bare[16]:,.0f}/s", f"{bare[16] / bare[1]:.1f} commits share one write to disk")
    for clients, departments in ((1, 1), (16, 1), (16, 16)):
        rates, numbers = [], set()
        for at in range(rounds):
            run = f"{time.time_ns()}"
            each = count * 8 if clients == 1 else count
            done, seconds = crowd(acts.issue, [(run, client, each, departments) for client in range(clients)])
            rates.append(sum(map(len, done)) / seconds)
            fresh = {serial for own in done for serial in own}
            assert len(fresh) == clients * each and not fresh & numbers, f"a number was given twice in round {at}"
            numbers |= fresh
        rate = median(rates)
        where = "one department" if departments == 1 else f"{departments} departments"
        # One counter's commits follow one another: its ceiling is one commit at a time, however many ask.
        beside = f"{rate / bare[clients]:.2f} of a bare sequence" + (
            f", {rate / bare[1]:.2f} of one commit at a time" if clients > 1 else ""
        )
        yield Row(f"serial numbers, {clients} client{'s' * (clients > 1)}, {where}", f"{rate:,.0f}/s", beside)
    done, seconds = crowd(acts.issue_by_the_hundred, [(f"{time.time_ns()}", client, count // 10) for client in range(16)])
    given = [serial for own in done for serial in own]
    assert len(set(given)) == len(given) == 16 * (count // 10) * 100, "a number was given twice"
    rate = len(given) / seconds
    yield Row("serial numbers, 16 clients, one department, by the hundred", f"{rate:,.0f}/s", f"{rate / bare[16]:.2f} of a bare sequence", f"≥ {GOAL:,}/s", rate >= GOAL)  # fmt: skip


def _bare(ground: Ground, clients: int, each: int, rounds: int) -> float:
    with psycopg.connect(ground.address, autocommit=True) as own:
        own.execute("CREATE TABLE IF NOT EXISTS bench_bare (number bigint)")
        own.execute("CREATE SEQUENCE IF NOT EXISTS bench_bare_sequence")
    rates = []
    for _ in range(rounds):
        _, seconds = crowd(acts.bare_sequence, [(each,) for _ in range(clients)])
        rates.append(clients * each / seconds)
    return median(rates)
