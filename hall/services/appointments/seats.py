"""Taking and giving back seats: one conditional UPDATE each, the last statement of a transaction that books."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import F

from hall.services.appointments import rules, rush
from hall.services.appointments.models import SlotShare
from hall.services.appointments.shares import Share

_TAKE = """
WITH seat AS (
  UPDATE appointments_slot_share SET taken = taken + 1 WHERE taken < quota AND id = (
    SELECT id FROM appointments_slot_share WHERE slot_id = %(slot)s AND share = ANY(%(shares)s) AND taken < quota
    ORDER BY array_position(%(shares)s::text[], share::text) LIMIT 1 FOR UPDATE)
  RETURNING share)
UPDATE appointments_appointment SET share = seat.share FROM seat WHERE id = %(appointment)s
"""


def take_seat(*, slot_id: int, shares: Sequence[Share], appointment_id: int) -> None:
    """Count one seat of the slot, of the first share that has one left, and note which in the appointment. One SQL statement.

    The seat's row stays locked until the commit, so this comes last. Whoever waits for it sees the new count afterwards and takes
    a seat of the next share, or none. Raises: SlotFull, which takes the appointment back with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"slot": slot_id, "shares": [share.value for share in shares], "appointment": appointment_id})
        if cursor.rowcount != 1:
            raise rules.SlotFull


def free_seat(*, slot_id: int, share: str) -> None:
    """Give one seat back. One SQL statement."""
    SlotShare.objects.filter(slot_id=slot_id, share=share).update(taken=F("taken") - 1)


_FULL = """
SELECT NOT EXISTS (SELECT FROM appointments_slot_share WHERE slot_id = %(slot)s AND share = ANY(%(shares)s) AND taken < quota)
   AND EXISTS (SELECT FROM appointments_slot WHERE id = %(slot)s)
   AND NOT EXISTS (SELECT FROM appointments_appointment WHERE slot_id = %(slot)s AND request_key = %(key)s)
"""


def is_hopeless(*, slot_id: int, shares: Sequence[Share], request_key: str) -> bool:
    """Whether the slot is full and nobody booked it under that key before: a crowd is told so before it locks anything. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FULL, {"slot": slot_id, "shares": [share.value for share in shares], "key": request_key})
        is_full = bool(cursor.fetchone()[0])
    if is_full:
        rush.note_full(slot_id)
    return is_full
