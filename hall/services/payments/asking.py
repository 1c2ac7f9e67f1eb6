"""Asking the bank by ourselves: while somebody pays, when an order's time is over, and for refunds that take days (domain §13 query)."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hall.integration.ports.payment import PaymentStatus
from hall.services.payments import gateways, orders, refunding, rules, settling
from hall.services.payments.models import Order, Refund
from hall.services.payments.rules import OPEN_ORDERS, Event, OrderState
from hall.support.jobs.queue import every, later

log = logging.getLogger("hall.payments")
MOST_AT_ONCE = 200


@every("* * * * * */10")
def ask_due(*, now: datetime) -> int:
    """Queue a question for every order and refund whose time to ask has come; returns how many. Two SQL queries and one a question.

    Each is moved on before it is asked, so that a worker that dies, or a bank that hangs, asks no faster than the others.
    """
    due = list(Order.objects.filter(ask_at__lte=now).order_by("ask_at").values_list("pk", "asks", "expires_at")[:MOST_AT_ONCE])
    queued = 0
    for order_id, asks, expires_at in due:
        wait = rules.ASK_EVERY if asks + 1 < rules.MOST_ASKS else rules.ASK_SLOWLY
        # The last question comes when the order's time is over, not later.
        at = min(now + wait, expires_at) if now < expires_at else now + rules.ASK_SLOWLY
        with transaction.atomic():
            if Order.objects.filter(pk=order_id, ask_at__lte=now).update(ask_at=at, asks=F("asks") + 1):
                later(ask_order, order_id=order_id)
                queued += 1
    for refund_id in list(Refund.objects.filter(ask_at__lte=now, state=Refund.State.SENDING).values_list("pk", flat=True)[:MOST_AT_ONCE]):
        with transaction.atomic():
            if Refund.objects.filter(pk=refund_id, ask_at__lte=now).update(ask_at=now + refunding.ASK_AGAIN):
                later(refunding.ask_refund_state, refund_id=refund_id)
                queued += 1
    return queued


def ask_order(*, order_id: int, now: datetime | None = None) -> str:
    """Ask how one order stands and book the answer; a word for what came of it. An order whose time is over ends with it.

    A bank that does not answer is asked again with the next round, not by the queue.
    """
    now = now or timezone.now()
    order = Order.objects.filter(pk=order_id).first()
    if order is None or order.state not in OPEN_ORDERS:
        return "over"
    number, provider = order.number, order.provider
    try:
        settlement = gateways.call(provider, lambda gateway: gateway.query(number))
    except OSError as fault:
        log.warning("event=payment.not_answered provider=%s order=%s fault=%s", provider, number, type(fault).__name__)
        return "no answer"
    if settlement.order_number != number:
        return "order"
    outcome = settling.apply_settlement(provider=provider, settlement=settlement, now=now)
    if settlement.status is not PaymentStatus.DONE and now >= order.expires_at:
        _close(number)
        return "closed"
    return outcome


@transaction.atomic
def _close(number: str) -> None:
    found = orders.locked_order(number)
    if found is None:
        return
    order = found[1]
    state = rules.next_state(OrderState(order.state), Event.CLOSE)
    if state is not OrderState(order.state):
        order.state, order.ask_at = state, None
        order.save(update_fields=["state", "ask_at"])
