"""What the trail does by itself: chaining what was committed."""

from datetime import datetime

from hall.support.audit import trail
from hall.support.jobs.queue import every


@every("* * * * * */10")
def seal_trail(*, now: datetime) -> int:
    """Chain the deeds of the last seconds; returns how many. Twice is harmless."""
    return trail.seal_all(lookback=trail.LOOKBACK)


@every("13 * * * *")
def seal_stragglers(*, now: datetime) -> int:
    """Chain what committed long after its neighbours; returns how many. Twice is harmless."""
    return trail.seal_all()
