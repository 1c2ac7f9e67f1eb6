"""When a transaction lets go of its locks, and when its caller may say that it has happened."""

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction


@contextlib.contextmanager
def early_release() -> Iterator[None]:
    """One transaction whose locks are free as soon as it commits; this returns when it is on disk, and on the standby that must have it.

    PostgreSQL keeps a transaction's locks while its commit is being written, so people who want one row wait for one write after another;
    so does everybody who queues a job, for NOTIFY commits one at a time. Here the commit itself does not wait. A second one does, of a
    message that nobody reads, and shares its write with all others that wait then. Nothing is said before that, so what is said is as durable as
    with a plain commit; and whoever builds on what we wrote commits after us, so that after a crash theirs is never there without ours.

    Inside another transaction it is a part of that one, which then says when. Two SQL statements more than transaction.atomic.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        yield
    wait_for_disk()


def wait_for_disk() -> None:
    """Return when everything that was committed before is as durable as the database's own settings promise. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'hall', '')")
