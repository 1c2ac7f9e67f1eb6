"""Orders as rows: whose they are, how one is found and locked, and the steps that need no bank."""

import secrets
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from hall.services.payments import rules
from hall.services.payments.models import Bill, Order
from hall.services.payments.rules import OPEN_ORDERS, Event, OrderState
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role


def scope(actor: Actor) -> Q:
    """The bills that the actor may see at all; default none."""
    if actor.has(Role.SYSTEM, Role.SUPERVISOR):
        return Q()
    if actor.has(*DEPARTMENT_ROLES):
        return Q(department_code=actor.department_code)
    if actor.has(Role.CITIZEN):
        if actor.enterprise_id is not None:
            return Q(enterprise_id=actor.enterprise_id)
        return Q(account_id=actor.account_id, enterprise_id__isnull=True)
    return Q(pk__in=[])


def new_number(now: datetime) -> str:
    """缴费流水号, also of refunds: the moment and ten digits that nobody guesses."""
    return f"{timezone.localtime(now):%Y%m%d%H%M%S}{secrets.randbelow(10**10):010d}"


def locked_order(number: str) -> tuple[Bill, Order] | None:
    """The order and its bill, locked in that order (bill first, as everywhere). Two SQL queries."""
    bill = Bill.objects.select_for_update(of=("self",)).filter(orders__number=number).first()
    if bill is None:
        return None
    return bill, Order.objects.select_for_update().get(number=number)


def close_open(bill: Bill, now: datetime) -> None:
    """Close what was begun for the bill; money that arrives for it later is booked all the same. The bill is locked."""
    for order in bill.orders.filter(state__in=OPEN_ORDERS):
        order.state = rules.next_state(OrderState(order.state), Event.CLOSE)
        order.ask_at = None
        order.save(update_fields=["state", "ask_at"])


def bills_of(actor: Actor) -> QuerySet[Bill]:
    """The bills in the actor's scope."""
    return Bill.objects.filter(scope(actor))
