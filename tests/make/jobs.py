"""Jobs for tests of the queue: a worker process imports them by name, and files show what it did."""

import os
import time
from pathlib import Path

from django.db import connection, transaction

from hall.support.jobs import queue


def note(place: str, word: str) -> None:
    """Leave a file behind."""
    (Path(place) / word).touch()


def note_and_wait(place: str) -> None:
    """Leave a file with our process number, then wait until somebody lays `go` beside it."""
    (Path(place) / f"began-{os.getpid()}").touch()
    while not (Path(place) / "go").exists():
        time.sleep(0.02)
    note(place, "done")


@transaction.atomic
def follow_up(place: str, *, then_fail: bool) -> None:
    """Queue another job inside a transaction, which may then be taken back."""
    queue.later(note, place=place, word="followed")
    (Path(place) / "tried").touch()
    if then_fail:
        raise RuntimeError("the transaction is taken back")


def count_jobs(status: str | None = None) -> int:
    """Rows of the queue, of one status if given."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE %s::text IS NULL OR status::text = %s", [status, status])
        return int(cursor.fetchone()[0])
