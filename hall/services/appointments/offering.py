"""Where a seat goes that somebody gave back: to the first who waits for it, for a time, else to anybody.

While it is offered it stays counted as taken: taken seats = bookings that hold one + offers, at every moment.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from hall.services import events
from hall.services.appointments import finding, policies, seats
from hall.services.appointments.models import Slot, WaitingEntry
from hall.services.appointments.rules import WaitState
from hall.services.appointments.shares import Channel, Share, shares_for
from hall.support.jobs.queue import publish


def give_back(*, slot_id: int, share: str, now: datetime) -> None:
    """Offer the seat to the first in line who may have it, else count it free. In the caller's transaction; one to five SQL statements."""
    entry = WaitingEntry.objects.select_for_update(skip_locked=True).filter(_may_have(share), slot_id=slot_id, state=WaitState.WAITING)
    first = entry.order_by("pk").first()
    if first is not None:
        slot = Slot.objects.get(pk=slot_id)
        if not slot.is_closed and slot.opens_at <= now < slot.book_until:
            offer(first, slot, share, now)
            return
    seats.free_seat(slot_id=slot_id, share=share)


def offer(entry: WaitingEntry, slot: Slot, share: str, now: datetime) -> None:
    """For this module: hold a seat that is counted already for a locked entry, and tell. Four SQL statements."""
    hold_until = min(now + timedelta(minutes=policies.current().hold_minutes), slot.book_until)
    WaitingEntry.objects.filter(pk=entry.pk).update(state=WaitState.OFFERED, share=share, hold_until=hold_until)
    place = finding.venue_name(slot.venue_code)
    publish(events.SeatOffered(entry.pk, entry.account_id, entry.item_name, place, slot.starts_at.isoformat(), hold_until.isoformat()))


def _may_have(share: str) -> Q:
    if share == Share.OPEN:
        return Q()
    return ~Q(priority="") if share == Share.PRIORITY else Q(channel=share)


_TAKE = """
UPDATE appointments_slot_share SET taken = taken + 1 WHERE taken < quota AND id = (
  SELECT id FROM appointments_slot_share WHERE slot_id = %(slot)s AND share = ANY(%(shares)s) AND taken < quota
  ORDER BY array_position(%(shares)s::text[], share::text) LIMIT 1 FOR UPDATE)
RETURNING share
"""


def take_free(entry: WaitingEntry) -> str | None:
    """For this module: count a free seat for somebody who waits; its share, None when there is none. One SQL statement."""
    wanted = shares_for(Channel(entry.channel), has_priority=bool(entry.priority))
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"slot": entry.slot_id, "shares": [share.value for share in wanted]})
        row = cursor.fetchone()
    return row[0] if row else None
