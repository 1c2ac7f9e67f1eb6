"""How often one account may try to book, wherever it comes from: a crowd of scripts on one account helps nobody (trust.md §4, 17)."""

from datetime import datetime

from hall.support.access import throttles
from hall.support.access.actors import Actor

TRIES, WINDOW_SECONDS = 30, 60


def count_booking_try(actor: Actor, *, now: datetime) -> None:
    """Count one try to book, wait in line or enter a draw; before its transaction, so that what is refused counts too. Raises: TooMany."""
    throttles.count_try(f"booking:{actor.account_id}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=now)
