"""The ground itself: a flush empties everything, and the product's refusal to change the trail stays."""

import pytest
from django.db import DatabaseError, connection, transaction

from hall.support.access.actors import VISITOR
from hall.support.audit import trail
from hall.support.audit.models import TrailEntry
from hall.support.jobs import queue


def _jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_each_transactional_test_starts_empty(turn: int) -> None:
    assert TrailEntry.objects.count() == 0
    assert _jobs() == 0
    trail.record(VISITOR, "test.deed", str(turn))
    trail.seal()
    queue.later(int)
    assert _jobs() == 1


@pytest.mark.django_db(transaction=True)
def test_the_trail_still_refuses_changes_after_a_flush() -> None:
    trail.record(VISITOR, "test.deed", "1")
    for statement in ("TRUNCATE audit_entry CASCADE", "UPDATE audit_entry SET deed = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
