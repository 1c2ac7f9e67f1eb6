"""Unified serial numbers: one counter row, each number in a transaction of its own, durable"""

import time
from collections.abc import Iterator
from statistics import median

from bench import acts
from bench.crowd import crowd
from bench.ground import Ground
from bench.table import Row


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """1 and 16 processes on one counter, the hardest case, and 16 on sixteen counters."""
    count, rounds = (20, 1) if is_quick else (60, 3)
    alone = 0.0
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
        alone = alone or rate
        where = "one department" if departments == 1 else f"{departments} departments"
        yield Row(f"serial numbers, {clients} client{'s' * (clients > 1)}, {where}", f"{rate:,.0f}/s", f"{rate / alone:.2f} of one client")
