"""What the guided conversation forgets by itself."""

from datetime import datetime

from hall.services.guidance import asks
from hall.services.guidance.talk_models import AskTalk
from hall.services.guidance.talks import KEPT
from hall.support.jobs.queue import every


@every("11 * * * *")
def forget_talks(*, now: datetime) -> int:
    """Remove conversations that rested for a day; returns how many. Twice is harmless."""
    return AskTalk.objects.filter(touched_at__lte=now - KEPT).delete()[0]


@every("47 3 * * *")
def empty_asks(*, now: datetime) -> int:
    """Empty requests for calls that were closed a month ago; returns how many. Twice is harmless."""
    return asks.empty_old(now=now)
