"""Asking the population and legal-person registers, through whichever plugin is set up, never longer than a page may wait."""

import threading
from typing import cast
from uuid import uuid4

from hall.integration.plugins import finder
from hall.integration.plugins.breaker import Breaker
from hall.integration.ports.lookup import LookupQuestion, Match, NameRegister, Register

SECONDS = 1.8
_breakers: dict[str, Breaker] = {}
_lock = threading.Lock()


def ask(register: Register, name: str, number: str, *, seconds: float = SECONDS) -> Match:
    """Whether name and number belong together; UNKNOWN for whatever goes wrong. Must not be called inside a transaction."""
    ready = finder.ready(NameRegister.group)
    if not ready:
        return Match.UNKNOWN
    plugin_name, plugin = next(iter(ready.items()))
    source = cast(NameRegister, plugin)
    question = LookupQuestion(uuid4().hex, register, name, number)
    with _lock:
        breaker = _breakers.setdefault(plugin_name, Breaker(plugin_name, SECONDS))
    try:
        return breaker.call(lambda: source.match(question), seconds=seconds)
    except OSError:
        return Match.UNKNOWN


def forget() -> None:
    """Look for the register anew, and think well of it, as a new process does."""
    finder.forget()
    with _lock:
        _breakers.clear()
