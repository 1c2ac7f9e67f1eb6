"""Applications handed in: case, materials, step, serial number, audit entry and queued facts in one durable transaction"""

import os
import random
from collections.abc import Callable, Iterator, Sequence

from bench import acts
from bench.acts import ReadyDraft
from bench.crowd import crowd
from bench.ground import Ground
from bench.load import Client, together
from bench.people import TOKEN, cookie_of, ready_drafts
from bench.served import cpu_seconds
from bench.table import Row, latency

GOAL = 100
PROCESSES = 8


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """One process, then several over all departments, then several on one department, whose counter all wait for; then over HTTP."""
    count = 160 if is_quick else 1200
    before = _cases(ground)
    spread = ready_drafts(count + count // 4)
    # The catalogue goes by departments; people do not.
    random.Random(1).shuffle(spread)
    alone = spread[count:]
    done, seconds = crowd(acts.submit, [(alone,)])
    one_rate = len(alone) / seconds
    yield Row("1 process", f"{one_rate:,.0f}/s", latency(done[0][0]))
    yield from _rows(ground, "8 processes, all departments", spread[:count], one_rate, GOAL)
    hot = ready_drafts(count // 4, department="SD21", first=40_000)
    yield from _rows(ground, "8 processes, one department's counter", hot, one_rate, 0)
    yield from _over_http(ground, count, one_rate)
    handed_in = _cases(ground) - before
    wanted = len(spread) + len(hot) + count
    yield Row("cases in the database / acknowledged", f"{handed_in} / {wanted}", "", "equal", handed_in == wanted)


def _cases(ground: Ground) -> int:
    ((found,),) = ground.query("SELECT count(*) FROM cases_case WHERE serial IS NOT NULL")
    assert isinstance(found, int)
    return found


def _rows(ground: Ground, what: str, drafts: Sequence[ReadyDraft], one_rate: float, goal: int) -> Iterator[Row]:
    before = ground.server_cpu_seconds()
    done, seconds = crowd(acts.submit, [(drafts[place::PROCESSES],) for place in range(PROCESSES)])
    used = (ground.server_cpu_seconds() - before) * 1000 / len(drafts)
    rate = len(drafts) / seconds
    beside = f"{rate / one_rate:.2f} of 1 process"
    figure = f"{rate:,.0f}/s, {latency([second for own, _ in done for second in own])}"
    yield Row(what, figure, beside, f"≥ {goal}/s" if goal else "", rate >= goal if goal else None)
    if goal:
        yield _room("  on all processors, had it them alone", sum(own for _, own in done) * 1000 / len(drafts), used)


def _room(what: str, ours: float, servers: float) -> Row:
    """What the processors have room for, by the time that one submission costs: the figure that foreign load does not touch."""
    processors = os.cpu_count() or 1
    return Row(what, f"{processors * 1000 / (ours + servers):,.0f}/s", f"{ours:.1f} ms ours + {servers:.1f} ms PostgreSQL each")


def _over_http(ground: Ground, count: int, one_rate: float) -> Iterator[Row]:
    drafts = ready_drafts(count, first=60_000)
    random.Random(2).shuffle(drafts)
    cookies = {account_id: cookie_of(account_id) for account_id in {draft.account_id for draft in drafts}}
    shares = [drafts[place::PROCESSES] for place in range(PROCESSES)]
    with ground.served() as hall:

        def make(number: int) -> Callable[[], bool]:
            left = iter(shares[number])
            clients = {account_id: Client(hall.address, cookie=cookie, token=TOKEN) for account_id, cookie in cookies.items()}

            def call() -> bool:
                draft = next(left, None)
                if draft is None:
                    raise StopIteration
                client = clients[draft.account_id]
                status, _ = client.post(f"/my/applications/{draft.draft_id}/submit", {"version": draft.revision})
                return status == 302

            return call

        workers = hall.web_processes()
        used, servers = cpu_seconds(workers), ground.server_cpu_seconds()
        times, failures, seconds = together(PROCESSES, None, make)
        used, servers = cpu_seconds(workers) - used, ground.server_cpu_seconds() - servers
    rate = len(times) / seconds
    beside = f"{rate / one_rate:.2f} of 1 process"
    yield Row("over HTTP, 8 clients, all departments", f"{rate:,.0f}/s, {latency(times)}", beside, f"≥ {GOAL}/s", rate >= GOAL)
    yield _room("  on all processors, had it them alone", used * 1000 / len(times), servers * 1000 / len(times))
    yield Row("  answers other than the receipt", str(failures), "", "0", failures == 0)
