"""Issuing unified serial numbers of the web hall (§6.2 (1)), and the one way a number leaves its counter."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from hall.services.serials import rules
from hall.services.serials.rules import Channel

log = logging.getLogger("hall.serials")
_ALARM_AT = rules.MOST_A_DAY * 0.9


@transaction.atomic(savepoint=False)  # a refusal ends the caller's whole transaction, so there is nothing to go back to
def issue(*, division_code: str, department_number: int, channel: Channel, request_id: str, now: datetime) -> str:
    """The next number of the division, department, day and channel; the same request gets the same number. Three SQL statements.

    Gapless: the counter row moves only when the caller's transaction commits. Call it late in that transaction, for the row
    stays locked until the end of it (docs/decisions/0005-serial-last.md).

    Raises: SerialsUsedUp. Source: §6.2 统一申办流水号.
    """
    claimed = claim([request_id], now=now)
    if not claimed:
        with connection.cursor() as cursor:
            cursor.execute("SELECT serial FROM serials_issued WHERE request_id = %s", [request_id])
            return str(cursor.fetchone()[0])
    (number,) = give_numbers(
        [claimed[request_id]], division_code=division_code, department_number=department_number, channel=channel, now=now
    )
    return number


def claim(request_ids: Sequence[str], *, now: datetime) -> dict[str, int]:
    """Rows for those requests that have none yet, by request, in the caller's transaction. For this module only. One SQL statement.

    A twin waits here for the first one's commit, before it touches the counter; in the order of the ids, so that two crowds of
    requests never wait for one another.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO serials_issued (request_id, issued_at) SELECT unnest(%s::text[]), %s"
            " ON CONFLICT (request_id) DO NOTHING RETURNING request_id, id",
            [sorted(request_ids), now],
        )
        return dict(cursor.fetchall())


def give_numbers(row_ids: Sequence[int], *, division_code: str, department_number: int, channel: Channel, now: datetime) -> list[str]:
    """The next numbers for claimed rows, in their order; the counter row stays locked to the caller's commit. For this module only.

    Two SQL statements. Raises: SerialsUsedUp.
    """
    issued_on, count = timezone.localdate(now), len(row_ids)
    last = _count_on(division_code, department_number, issued_on, channel, count)
    numbers = [
        rules.compose(
            division_code=division_code, department_number=department_number, issued_on=issued_on, channel=channel, sequence=sequence
        )
        for sequence in range(last - count + 1, last + 1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE serials_issued AS row SET serial = given.serial FROM unnest(%s::bigint[], %s::text[]) AS given (id, serial)"
            " WHERE row.id = given.id",
            [list(row_ids), numbers],
        )
    return numbers


def _count_on(division_code: str, department_number: int, issued_on: date, channel: Channel, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO serials_counter (division_code, department_number, issued_on, channel, last) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (division_code, department_number, issued_on, channel) DO UPDATE SET last = serials_counter.last + EXCLUDED.last"
            " WHERE serials_counter.last + EXCLUDED.last <= %s RETURNING last",
            [division_code, department_number, issued_on, channel, count, rules.MOST_A_DAY],
        )
        counted = cursor.fetchone()
    if counted is None:
        raise rules.SerialsUsedUp
    last = int(counted[0])
    if last >= _ALARM_AT:
        log.warning("event=serials.nearly_used_up department=%03d channel=%d sequence=%d", department_number, channel, last)
    return last
