"""Ten thousand acknowledgements while web processes, the job worker and the database are killed in turn (`make soak`; trust.md §2, §5)."""

import random
import threading
import time
from collections import Counter

import pytest
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from bench.served import Served, pss_bytes
from hall.services.cases.models import Case, CaseDocument
from hall.services.notices.models import Notice
from hall.support.audit import trail
from hall.support.jobs import worker
from hall.support.operations.postgres import EmbeddedPostgres
from tests.faults.conftest import own_server  # noqa: F401  (the same server that may be killed)
from tests.faults.ledger import faults
from tests.faults.submitters import Submitters, make_ready
from tests.faults.test_database_killed import book_through_kills, kill
from tests.ground.waiting import wait_until

pytestmark = pytest.mark.soak

DRAFTS = 3_000
ACKNOWLEDGEMENTS = 10_000
SECONDS_BETWEEN = 7.0


def _faults_in_turn(hall: Served, server: EmbeddedPostgres, is_over: threading.Event, done: Counter[str]) -> None:
    chance = random.Random(20261123)
    while not is_over.wait(SECONDS_BETWEEN + chance.random() * 3):
        fault = ("web", "worker", "web", "database")[sum(done.values()) % 4]
        if fault == "web":
            done[fault] += hall.kill_web()
        elif fault == "worker":
            done[fault] += hall.kill_worker()
        else:
            kill(server)
            server.restart()
            done[fault] += 1
    connection.close()


def test_ten_thousand_acknowledgements_outlive_every_kill(own_server: EmbeddedPostgres) -> None:  # noqa: F811
    drafts, done, is_over = make_ready(DRAFTS), Counter[str](), threading.Event()
    began = time.monotonic()
    with Served(own_server.address, settings.VAR_DIR, with_worker=True, settings="tests.settings") as hall:
        first = pss_bytes([*hall.processes("web"), *hall.processes("worker")])
        killer = threading.Thread(target=_faults_in_turn, args=(hall, own_server, is_over, done))
        killer.start()
        with Submitters(hall.address, drafts, clients=8, pause=0) as crowd:
            crowd.wait_for(ACKNOWLEDGEMENTS, seconds=3600)
            # A quick machine is through before every part was killed often enough; the crowd goes on until it was.
            wait_until(lambda: not _lacking(done), seconds=300, what=f"kills of every part, so far {dict(done)}")
            is_over.set()
            killer.join()
            ledger = crowd.finish(300)
        hall.wait_for("/readyz", 200, seconds=120)
        _drain()
        last = pss_bytes([*hall.processes("web"), *hall.processes("worker")])
    seconds = time.monotonic() - began
    print(f"{ledger.acknowledgements} acknowledgements of {len(ledger.told)} drafts in {seconds:.0f} s; kills {dict(done)};")
    print(f"answers that never came or were a friendly page {dict(ledger.statuses)}; memory {first / 1e6:.0f} → {last / 1e6:.0f} MB")
    assert not _lacking(done)
    assert set(ledger.statuses) <= {0, 503}
    assert set(ledger.told) == {draft.draft_id for draft in drafts}
    assert faults(ledger, ledger.told, with_jobs=False) == []
    _each_effect_once()
    trail.seal_all()
    assert trail.verify().faults == ()
    assert last < first * 1.5, "memory grows"


def test_a_thousand_people_on_fifty_seats_while_web_and_database_are_killed(own_server: EmbeddedPostgres) -> None:  # noqa: F811
    with Served(own_server.address, settings.VAR_DIR, settings="tests.settings") as hall:
        book_through_kills(own_server, hall, people_count=1000, seats=50, clients=64)


def _lacking(done: Counter[str]) -> bool:
    return done["web"] < 4 or done["database"] < 2 or done["worker"] < 2


def _drain(seconds: float = 900) -> None:
    """Until the worker has done every job; what a killed one had begun comes back by the sweep, in its own time."""
    deadline = time.monotonic() + seconds
    while True:
        close_old_connections()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE queue_name <> 'schedule' AND status IN ('todo', 'doing')")
            (left,) = cursor.fetchone()
        if not left:
            return
        assert time.monotonic() < deadline, f"{left} jobs left; the worker's last beat was {worker.seconds_since_heartbeat()} s ago"
        time.sleep(1)


def _each_effect_once() -> None:
    cases = Counter(Case.objects.values_list("pk", flat=True))
    assert Counter(CaseDocument.objects.values_list("case_id", flat=True)) == cases
    assert Counter(Notice.objects.values_list("serial", flat=True)) == Counter(Case.objects.values_list("serial", flat=True))
    assert timezone.now() > Case.objects.order_by("-submitted_at").values_list("submitted_at", flat=True)[0]
