"""Asking the licence service, through whichever plugin is set up, without ever waiting for it longer than a page may."""

import threading
from datetime import date
from typing import cast

from hall.integration.plugins import finder
from hall.integration.plugins.breaker import Breaker
from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceReply, LicenceSource
from hall.services.licences import rules

SECONDS = 1.8
_breakers: dict[str, Breaker] = {}
_lock = threading.Lock()


def is_ready() -> bool:
    """Whether a licence service is set up at all."""
    return bool(finder.ready(LicenceSource.group))


def ask(question: LicenceQuestion, *, today: date, seconds: float = SECONDS) -> LicenceReply:
    """One answer within `seconds`, whatever the service does: one that does not come is 3001 or 3002. Never inside a transaction."""
    ready = finder.ready(LicenceSource.group)
    if not ready:
        return LicenceReply(LicenceCode.UNAVAILABLE, question.request_id)
    name, plugin = next(iter(ready.items()))
    source = cast(LicenceSource, plugin)
    try:
        reply = _breaker(name).call(lambda: source.find(question), seconds=seconds)
    except TimeoutError:
        return LicenceReply(LicenceCode.TIMEOUT, question.request_id)
    except OSError:
        return LicenceReply(LicenceCode.UNAVAILABLE, question.request_id)
    return rules.checked(reply, question, today)


def _breaker(name: str) -> Breaker:
    with _lock:
        return _breakers.setdefault(name, Breaker(name, SECONDS))


def forget() -> None:
    """Look for the service anew, and think well of it, as a new process does."""
    finder.forget()
    with _lock:
        _breakers.clear()
