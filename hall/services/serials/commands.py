"""Issuing unified serial numbers (§6.2)."""

import logging
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from hall.services.serials import rules
from hall.services.serials.rules import Channel

log = logging.getLogger("hall.serials")


@transaction.atomic(savepoint=False)  # a refusal ends the caller's whole transaction, so there is nothing to go back to
def issue(*, division_code: str, department_number: int, channel: Channel, request_id: str, now: datetime) -> str:
    """The next number of the division, department, day and channel; the same request gets the same number. Three SQL statements.

    Gapless: the counter row moves only when the caller's transaction commits. Call it late in that transaction, for the row
    stays locked until the end of it (docs/decisions/0005-serial-last.md).

    Raises: SerialsUsedUp. Source: §6.2 统一申办流水号.
    """
    issued_on = timezone.localdate(now)
    with connection.cursor() as cursor:
        # The request first: a twin waits here for the first one's commit and then reads its number, without touching the counter.
        cursor.execute(
            "INSERT INTO serials_issued (request_id, issued_at) VALUES (%s, %s) ON CONFLICT (request_id) DO NOTHING RETURNING id",
            [request_id, now],
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute("SELECT serial FROM serials_issued WHERE request_id = %s", [request_id])
            return str(cursor.fetchone()[0])
        cursor.execute(
            "INSERT INTO serials_counter (division_code, department_number, issued_on, channel, last) VALUES (%s, %s, %s, %s, 1)"
            " ON CONFLICT (division_code, department_number, issued_on, channel)"
            " DO UPDATE SET last = serials_counter.last + 1 WHERE serials_counter.last < %s RETURNING last",
            [division_code, department_number, issued_on, channel, rules.MOST_A_DAY],
        )
        counted = cursor.fetchone()
        if counted is None:
            raise rules.SerialsUsedUp
        if counted[0] >= rules.MOST_A_DAY * 0.9:
            log.warning("event=serials.nearly_used_up department=%03d channel=%d sequence=%d", department_number, channel, counted[0])
        serial = rules.compose(
            division_code=division_code, department_number=department_number, issued_on=issued_on, channel=channel, sequence=counted[0]
        )
        cursor.execute("UPDATE serials_issued SET serial = %s WHERE id = %s", [serial, row[0]])
    return serial
