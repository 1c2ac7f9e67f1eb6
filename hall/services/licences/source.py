"""Asking the licence service, through whichever plugin is set up, without ever waiting for it longer than a page may."""

from datetime import date
from typing import cast

from hall.integration.plugins import breaker, finder
from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceReply, LicenceSource
from hall.services.licences import rules

SECONDS = 1.8


def is_ready() -> bool:
    """Whether a licence service is set up at all."""
    return any(row.state is finder.PluginState.READY for row in finder.found(LicenceSource.group))


def ask(question: LicenceQuestion, *, today: date, seconds: float = SECONDS, department_code: str = "") -> LicenceReply:
    """One answer within `seconds`, whatever the service does: one that does not come is 3001 or 3002. Never inside a transaction.

    A service that is set up for the department alone is asked before the hall's.
    """
    ready = finder.ready(LicenceSource.group, department_code)
    if not ready:
        return LicenceReply(LicenceCode.UNAVAILABLE, question.request_id)
    name, plugin = next(iter(ready.items()))
    source = cast(LicenceSource, plugin)
    try:
        reply = breaker.of(name, SECONDS).call(lambda: source.find(question), seconds=seconds, request_id=question.request_id)
    except TimeoutError:
        return LicenceReply(LicenceCode.TIMEOUT, question.request_id)
    except OSError:
        return LicenceReply(LicenceCode.UNAVAILABLE, question.request_id)
    return rules.checked(reply, question, today)


def forget() -> None:
    """Look for the service anew, and think well of it, as a new process does."""
    breaker.forget()
