"""Work of identity that nobody waits for."""

from datetime import datetime

from hall.support.identity import guards
from hall.support.jobs.queue import every


@every("17 3 * * *")
def sweep_guards(*, now: datetime) -> None:
    """Forget yesterday's failed tries to sign in. Twice is harmless."""
    guards.forget_old(now=now)
