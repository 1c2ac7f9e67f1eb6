"""Crowds: how often one account may try to book, wherever it comes from (trust.md §4, 17), and which slots people run into full."""

import time
from datetime import datetime

from hall.support.access import throttles
from hall.support.access.actors import Actor

TRIES, WINDOW_SECONDS = 30, 60
# Slot → until when, by the process's clock, the machine door asks about it before it looks at who comes. A hint, never an answer.
_FULL: dict[int, float] = {}
NOTED_SECONDS, MOST_NOTED = 10.0, 1000


def count_booking_try(actor: Actor, *, now: datetime) -> None:
    """Count one try to book, wait in line or enter a draw; before its transaction, so that what is refused counts too. Raises: TooMany."""
    throttles.count_try(f"booking:{actor.account_id}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=now)


def note_full(slot_id: int) -> None:
    """Somebody found the slot full a moment ago."""
    if len(_FULL) >= MOST_NOTED:
        _FULL.clear()
    _FULL[slot_id] = time.monotonic() + NOTED_SECONDS


def was_full(slot_id: int) -> bool:
    """Whether this process saw the slot full lately: worth asking the database before anything else. No SQL."""
    return time.monotonic() < _FULL.get(slot_id, 0.0)
