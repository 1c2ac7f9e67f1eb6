"""After a restore: numbers that the backup does not know were given to people, and must never be given again (§6.2 唯一标识)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hall.services.serials import rules
from hall.services.serials.rules import Channel
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.identity import queries as identity

# More than a department gives out in one channel between the last saved moment and the fault; docs/decisions/0024.
HEAD_ROOM = 10_000


@dataclass(frozen=True, slots=True)
class MovedAhead:
    """How many counters were moved, and which of them (department number, channel) have nothing left for today."""

    counters: int
    used_up: tuple[tuple[int, Channel], ...]


@transaction.atomic
def move_ahead(*, actor: Actor, head_room: int = HEAD_ROOM, now: datetime) -> MovedAhead:
    """Move today's counter of every department and channel ahead, also where the backup has none yet. Three SQL statements.

    Numbers carry the day on which they are given, so only today's could come again. Run it before anybody is let in; once more only
    wastes numbers. Raises: NotAllowed.
    """
    require(actor, Role.SYSTEM)
    today = timezone.localdate(now)
    places = {(code, row.number) for row in identity.departments() for code in (row.division_code, settings.DIVISION_CODE)}
    keys = sorted((code, number, int(channel)) for code, number in places for channel in Channel)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO serials_counter (division_code, department_number, issued_on, channel, last)"
            " SELECT code, number, %(today)s, channel, least(%(room)s, %(most)s)"
            " FROM unnest(%(codes)s::text[], %(numbers)s::int[], %(channels)s::int[]) AS wanted (code, number, channel)"
            " ON CONFLICT (division_code, department_number, issued_on, channel)"
            " DO UPDATE SET last = least(serials_counter.last + %(room)s, %(most)s)"
            " RETURNING department_number, channel, last",
            {
                "today": today,
                "room": head_room,
                "most": rules.MOST_A_DAY,
                "codes": [code for code, _, _ in keys],
                "numbers": [number for _, number, _ in keys],
                "channels": [channel for _, _, channel in keys],
            },
        )
        moved = cursor.fetchall()
    trail.record(actor, "serials.moved_ahead", today.isoformat(), detail=f"counters={len(moved)} head_room={head_room}", at=now)
    used_up = tuple((number, Channel(channel)) for number, channel, last in moved if last >= rules.MOST_A_DAY)
    return MovedAhead(len(moved), used_up)
