"""Memory: PostgreSQL, two web processes, the job worker, the meaning process; shared pages counted once"""

from collections.abc import Iterator

import psutil

from bench.ground import Ground
from bench.load import Client, gets
from bench.people import TOKEN, cookie_of, items_for_persons, ready_draft, register
from bench.served import pss_bytes
from bench.table import Row
from hall.services.catalogue.models import Item
from hall.support.access.actors import Actor

GOAL_MB = 512
REQUESTS = 1000
MB = 1_000_000


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """After a thousand mixed requests by visitors and applicants, ten of them submissions whose receipts the worker sets."""
    person = register(1, first=97_000)[0]
    cookie = cookie_of(person.account_id or 0)
    codes = list(Item.objects.filter(status="published").order_by("-code").values_list("code", flat=True)[:150])
    public = [f"/items/{code}" for code in codes] + ["/", "/search?q=%E8%AF%81", "/departments/SD21"]
    with ground.served(with_worker=True) as hall:
        done = failures = 0
        for paths, own in ((public, ""), (public, cookie), (["/my", "/my/cases", "/my/notices"], cookie)):
            until = done + REQUESTS // 3 + 1
            while done < until:
                load = gets(hall, paths, clients=8, seconds=1.0, cookie=own)
                done, failures = done + load.requests, failures + load.failures
        done += _hand_in(hall.address, person, cookie)
        server = ground.server_processes()
        each = {name: "+".join(f"{pss_bytes([one]) / MB:.0f}" for one in hall.processes(name)) for name in ("web", "worker")}
        parts = {
            "PostgreSQL, with its shared buffers": pss_bytes(server),
            "web server: keeper, two processes, their helper": pss_bytes(hall.processes("web")),
            "job worker": pss_bytes(hall.processes("worker")),
        }
        meaning = pss_bytes([psutil.Process(ground.meaning.pid)])
    for (what, size), beside in zip(parts.items(), (f"{len(server)} processes", each["web"], each["worker"]), strict=True):
        yield Row(what, f"{size / MB:,.0f} MB", beside)
    total = sum(parts.values()) / MB
    where = "" if ground.server else "the given server with all its databases"
    yield Row(f"PostgreSQL, web and worker after {done:,} requests", f"{total:,.0f} MB", where, f"≤ {GOAL_MB} MB", total <= GOAL_MB)
    yield Row("the meaning process beside them", f"{meaning / MB:,.0f} MB", "vectors of all phrases and their encoder")
    yield Row("answers that were not 200", str(failures), "", "0", failures == 0)


def _hand_in(address: str, person: Actor, cookie: str) -> int:
    client, done = Client(address, cookie=cookie, token=TOKEN), 0
    for code in items_for_persons():
        draft = ready_draft(person, code, {})
        if draft is not None:
            client.post(f"/my/applications/{draft.draft_id}/submit", {"version": draft.revision})
            done += 1
        if done == 10:
            break
    return done
