"""Asking the population and legal-person registers, through whichever plugin is set up, never longer than a page may wait."""

from typing import cast
from uuid import uuid4

from hall.integration.plugins import breaker, finder
from hall.integration.ports.lookup import LookupQuestion, Match, NameRegister, Register

SECONDS = 1.8


def ask(register: Register, name: str, number: str, *, seconds: float = SECONDS, department_code: str = "") -> Match:
    """Whether name and number belong together; UNKNOWN for whatever goes wrong. Must not be called inside a transaction.

    A register that is set up for the department alone is asked before the hall's.
    """
    ready = finder.ready(NameRegister.group, department_code)
    if not ready:
        return Match.UNKNOWN
    plugin_name, plugin = next(iter(ready.items()))
    source = cast(NameRegister, plugin)
    question = LookupQuestion(uuid4().hex, register, name, number)
    try:
        return breaker.of(plugin_name, SECONDS).call(lambda: source.match(question), seconds=seconds, request_id=question.request_id)
    except OSError:
        return Match.UNKNOWN


def forget() -> None:
    """Look for the register anew, and think well of it, as a new process does."""
    breaker.forget()
