"""What access forgets by itself: counts of tries whose window has passed, and sessions that have ended."""

from datetime import datetime

from django.contrib.sessions.models import Session

from hall.support.access.models import Throttle
from hall.support.jobs.queue import every


@every("23 * * * *")
def forget_tries(*, now: datetime) -> int:
    """Remove expired counts; returns how many."""
    return Throttle.objects.filter(expires_at__lt=now).delete()[0]


@every("29 3 * * *")
def forget_sessions(*, now: datetime) -> int:
    """Remove sessions that have ended; returns how many."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]
