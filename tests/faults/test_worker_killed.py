"""kill -9 of the job worker in the middle of jobs: each job runs again, each effect is there once (trust.md §5, 12)."""

import os
import time
from collections import Counter
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.served import Served
from hall.services.applications import commands
from hall.services.applications.models import Draft
from hall.services.cases.models import Case, CaseDocument
from hall.services.notices.models import Notice
from hall.support.jobs import worker
from tests.faults.submitters import Ready, make_ready
from tests.make import people

CASES, KILLS = 10, 2


def _jobs(status: str) -> int:
    return int(_scalar("SELECT count(*) FROM procrastinate_jobs WHERE queue_name <> 'schedule' AND status::text = %s", status))


def _scalar(statement: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def _until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"todo {_jobs('todo')}, doing {_jobs('doing')}"
        time.sleep(0.01)


def _hand_in(draft: Ready) -> None:
    actor = people.actor_for(Draft.objects.values_list("account_id", flat=True).get(pk=draft.draft_id))
    commands.submit_application(actor=actor, draft_id=draft.draft_id, revision=draft.revision, now=timezone.now())


def test_jobs_of_a_killed_worker_run_again_with_one_effect(transactional_db: None) -> None:
    drafts = make_ready(CASES * KILLS)
    with Served(os.environ["HALL_DATABASE_URL"], settings.VAR_DIR, with_worker=True, settings="tests.settings") as hall:
        for kill in range(KILLS):
            hall.wait_for("/readyz", 200)  # the worker shows that it lives
            for draft in drafts[kill * CASES : (kill + 1) * CASES]:
                _hand_in(draft)
            _until(lambda: _jobs("doing") > 0)
            assert hall.kill_worker()
            time.sleep(0.2)
            stuck = _jobs("doing")
            assert stuck > 0, "no job was hit: the fault did not happen"
            # As if the silent time had passed; without the sweep they would stay so for ever.
            _scalar(
                "WITH old AS (UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' RETURNING 1) SELECT count(*) FROM old"
            )
            assert worker.bring_back(now=timezone.now()) >= stuck
        _until(lambda: _jobs("todo") + _jobs("doing") == 0)
    assert _jobs("failed") == 0
    cases, serials = list(Case.objects.values_list("pk", flat=True)), list(Case.objects.values_list("serial", flat=True))
    assert len(cases) == len(drafts)
    assert Counter(CaseDocument.objects.values_list("case_id", flat=True)) == Counter(cases), "each case has its one receipt"
    assert Counter(Notice.objects.values_list("serial", flat=True)) == Counter(serials), "each applicant was told once"
