"""What the facts of other modules lead to. Each may run twice: a bill is opened once, an ended case owes nothing."""

from django.utils import timezone

from hall.services import events
from hall.services.payments import billing
from hall.services.payments.asking import ask_due

__all__ = ["ask_due"]  # on the schedule


def open_due_bill(fact: events.CaseMoved) -> None:
    """The case may have come to the point where its fee is due."""
    billing.open_due_bill(serial=fact.serial, now=timezone.now())


def cancel_of_ended_case(fact: events.CaseFinished) -> None:
    """The case ended; whatever was not paid is not owed any more."""
    billing.cancel_of_ended_case(serial=fact.serial, now=timezone.now())
