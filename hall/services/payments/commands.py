"""What the payer does: begin to pay at a provider, and have the bank asked at once (§6.3)."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from hall.integration.ports.payment import PaymentOrder, PaymentRejected, PayPage
from hall.services.payments import billing, gateways, orders, rules
from hall.services.payments.models import Order
from hall.services.payments.rules import OPEN_ORDERS, Event, OrderState
from hall.support.access import throttles
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import NotFound

STARTS_PER_HOUR = 30
_LOOPBACK = {"127.0.0.1", "localhost"}


def start_payment(*, actor: Actor, bill_id: int, provider: str, now: datetime) -> str:
    """Begin to pay a bill at a provider; the order's number. Asked again while it is open, the same order at the same place.

    Another order that was begun for the bill ends: should money arrive for both, the later one goes back by itself. The bank is
    asked between two transactions; when its answer is lost, the next try is the same order there.

    Raises: NotAllowed, NotFound, BillClosed, NoProvider, PaymentUnavailable, BankRefused, TooMany.
    """
    require(actor, Role.CITIZEN)
    gateway = gateways.gateway(provider)
    if gateway is None:
        raise rules.NoProvider
    throttles.count_try(f"pay:{actor.account_id}", limit=STARTS_PER_HOUR, window_seconds=3600, now=now)
    order, subject = _order(actor, bill_id, provider, gateway.merchant, now)
    if order.pay_url or order.qr_text:
        return order.number
    wanted = PaymentOrder(
        number=order.number,
        amount_fen=order.amount_fen,
        subject=subject,
        expires_at=order.expires_at,
        return_url=f"{settings.PUBLIC_ADDRESS}/my/payments/orders/{order.number}",
        notify_url=f"{settings.PUBLIC_ADDRESS}/api/v1/payments/{provider}/notify",
    )
    try:
        page = gateways.call(provider, lambda gateway: gateway.start(wanted))
    except PaymentRejected:
        with transaction.atomic():
            _step(order.number, Event.FAIL)
        raise rules.BankRefused from None
    except OSError:
        raise rules.PaymentUnavailable from None
    if not _is_sound(page):
        raise rules.PaymentUnavailable
    with transaction.atomic():
        _started(order.number, page, now)
    return order.number


@transaction.atomic
def _order(actor: Actor, bill_id: int, provider: str, merchant: str, now: datetime) -> tuple[Order, str]:
    """The bill's open order at the provider, made now when there is none, and what the bank shows for it."""
    bill = billing.locked_bill(actor, bill_id)
    # The item's name says nothing about the person; the case's number does not go out.
    subject = f"{settings.HALL_NAME}缴费：{bill.item_name}"[:60]
    order = bill.orders.filter(state__in=OPEN_ORDERS).first()
    if order is not None and order.provider == provider and order.expires_at > now and order.amount_fen == bill.due_fen:
        return order, subject
    orders.close_open(bill, now)
    order = Order.objects.create(
        bill=bill,
        number=orders.new_number(now),
        provider=provider,
        merchant=merchant,
        amount_fen=bill.due_fen,
        created_at=now,
        expires_at=now + rules.EXPIRY,
        ask_at=now + rules.ASK_EVERY,
    )
    trail.record(actor, "order.created", bill.serial, detail=f"order={order.number} provider={provider} fen={order.amount_fen}", at=now)
    return order, subject


def _is_sound(page: PayPage) -> bool:
    """Whether the payer may be sent there: an address of the web, encrypted unless it is on this machine."""
    parts = urlsplit(page.url)
    is_address = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return (is_address and len(page.url) <= 2000) if page.url else bool(page.qr_text) and len(page.qr_text) <= 500


def _started(number: str, page: PayPage, now: datetime) -> None:
    found = orders.locked_order(number)
    if found is None or found[1].state != OrderState.CREATED:
        return
    order = found[1]
    order.state = rules.next_state(OrderState.CREATED, Event.START)
    order.pay_url, order.qr_text, order.ask_at = page.url, page.qr_text, now + rules.ASK_EVERY
    order.save(update_fields=["state", "pay_url", "qr_text", "ask_at"])


def _step(number: str, event: Event) -> None:
    found = orders.locked_order(number)
    if found is not None:
        order = found[1]
        order.state, order.ask_at = rules.next_state(OrderState(order.state), event), None
        order.save(update_fields=["state", "ask_at"])


@transaction.atomic
def ask_at_once(*, actor: Actor, order_number: str, now: datetime) -> None:
    """The payer says that he has paid: the bank is asked with the next round instead of later. Raises: NotAllowed, NotFound, TooMany."""
    require(actor, Role.CITIZEN)
    found = Order.objects.filter(number=order_number, bill__in=orders.bills_of(actor)).first()
    if found is None:
        raise NotFound
    throttles.count_try(f"ask-bank:{found.pk}", limit=10, window_seconds=600, now=now)
    Order.objects.filter(pk=found.pk, state__in=OPEN_ORDERS).update(ask_at=now)
