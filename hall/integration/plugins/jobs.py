"""Keeping the record of calls short."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from hall.support.jobs.queue import every

KEPT_EXCHANGES = 100
MINUTES_KEPT = timedelta(days=2)
# A process that wrote nothing for so long is gone, or has nothing to say.
BREAKER_SILENT = timedelta(minutes=5)


@every("*/5 * * * *")
def shorten(*, now: datetime) -> int:
    """Keep the newest hundred calls of each plugin, its counts of two days, and the breakers of processes that live; returns how many rows went."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            'DELETE FROM plugins_exchange e USING (SELECT id, row_number() OVER (PARTITION BY "group", name ORDER BY id DESC) AS place'
            " FROM plugins_exchange) AS o WHERE o.id = e.id AND o.place > %s",
            [KEPT_EXCHANGES],
        )
        gone = cursor.rowcount
        cursor.execute("DELETE FROM plugins_minute WHERE minute < %s", [now - MINUTES_KEPT])
        gone += cursor.rowcount
        cursor.execute("DELETE FROM plugins_breaker WHERE seen_at < %s", [now - BREAKER_SILENT])
        return int(gone + cursor.rowcount)
