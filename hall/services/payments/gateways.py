"""The providers that are set up here, called so that one that hangs holds nothing up. Never inside a transaction."""

from collections.abc import Callable
from typing import TypeVar, cast

from hall.integration.plugins import breaker, finder
from hall.integration.ports.payment import PaymentGateway, PaymentRejected
from hall.services.payments.rows import ProviderRow

T = TypeVar("T")
SECONDS = 8.0
COUNTER = "counter"
COUNTER_TITLE = "窗口缴费"


def providers() -> tuple[ProviderRow, ...]:
    """The ways to pay online now. No SQL."""
    return tuple(ProviderRow(name, plugin.title, plugin.hint) for name, plugin in finder.ready(PaymentGateway.group).items())


def gateway(name: str) -> PaymentGateway | None:
    """The provider of this name; None when it is not set up."""
    return cast(PaymentGateway | None, finder.ready(PaymentGateway.group).get(name))


def title_of(name: str) -> str:
    """What people call a provider, also when it is not set up any more."""
    found = gateway(name)
    return COUNTER_TITLE if name == COUNTER else (found.title if found else name)


def call(name: str, action: Callable[[PaymentGateway], T]) -> T:
    """One call of the provider, within 8 seconds. Raises: OSError (try again), PaymentRejected (never)."""
    found = gateway(name)
    if found is None:
        raise OSError(f"payment provider {name} is not set up")
    return breaker.of(name, SECONDS).call(lambda: action(found), known=(PaymentRejected,))


def forget() -> None:
    """Look for the providers anew, and think well of them, as a new process does."""
    breaker.forget()
