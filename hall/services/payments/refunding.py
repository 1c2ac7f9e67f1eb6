"""Giving money back by the way it came: by itself where nobody needed it, else asked for and approved by two people (domain §13 refund)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hall.integration.ports.payment import PaymentRejected, PaymentStatus, RefundOrder, RefundReply
from hall.services import events
from hall.services.payments import gateways, orders, rules
from hall.services.payments.gateways import COUNTER
from hall.services.payments.models import Bill, Order, Refund
from hall.services.payments.rules import OrderState
from hall.support.access.actors import Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.jobs.queue import later, publish
from hall.support.refusals import NotFound

# The bank may take days: it is asked again after these times, then once a day.
ASK_AGAIN = timedelta(minutes=10)


def give_back(order: Order, *, amount_fen: int, reason: str, now: datetime) -> None:
    """Send money of a booked order back by itself, in the caller's transaction; bill and order are locked."""
    _hold(order, amount_fen)
    refund = Refund.objects.create(
        order=order,
        number=orders.new_number(now),
        bank_txn_no=order.bank_txn_no,
        amount_fen=amount_fen,
        reason=reason,
        state=Refund.State.SENDING,
        is_automatic=True,
        asked_at=now,
    )
    trail.record(system_actor(), "refund.automatic", order.bill.serial, detail=f"order={order.number} fen={amount_fen}", at=now)
    later(send_refund, refund_id=refund.pk)


def give_back_extra(order: Order, *, txn_no: str, now: datetime) -> None:
    """Send back what a bank took twice for one order, once however often it is told. It was never booked, so no sum changes."""
    refund, is_new = Refund.objects.get_or_create(
        order=order,
        bank_txn_no=txn_no,
        is_extra=True,
        defaults={
            "number": orders.new_number(now),
            "amount_fen": order.amount_fen,
            "reason": "同一订单重复扣款，自动退回",
            "state": Refund.State.SENDING,
            "is_automatic": True,
            "asked_at": now,
        },
    )
    if is_new:
        trail.record(system_actor(), "refund.automatic", order.bill.serial, detail=f"order={order.number} extra", at=now)
        later(send_refund, refund_id=refund.pk)


def _hold(order: Order, amount_fen: int) -> None:
    # Counted by one conditional UPDATE: two refunds at once never give back more than was paid.
    free = Order.objects.filter(pk=order.pk, state__in=rules.MONEY_ORDERS, amount_fen__gte=F("held_fen") + amount_fen)
    if amount_fen <= 0 or not free.update(held_fen=F("held_fen") + amount_fen, state=OrderState.REFUNDING):
        order.refresh_from_db()
        raise rules.BadRefund(f"退款金额应大于 0，最多可退 {rules.yuan(order.amount_fen - order.held_fen)} 元。")
    order.refresh_from_db()


@transaction.atomic
def ask_refund(*, actor: Actor, order_number: str, amount_fen: int, reason: str, request_key: str, now: datetime) -> int:
    """The window asks to give back all or a part; the id of the refund. The same key asked again is the same refund.

    Raises: NotAllowed, NotFound, ReasonMissing, BadRefund.
    """
    require(actor, Role.CLERK)
    order = _own_order(actor, order_number)
    reason = reason.strip()[:300]
    if len(reason) < 4:
        raise rules.ReasonMissing
    known = Refund.objects.filter(request_key=request_key).first() if request_key else None
    if known is not None:
        if known.order_id != order.pk:
            raise NotFound
        return known.pk
    _hold(order, amount_fen)
    refund = Refund.objects.create(
        order=order,
        number=orders.new_number(now),
        request_key=request_key,
        bank_txn_no=order.bank_txn_no,
        amount_fen=amount_fen,
        reason=reason,
        state=Refund.State.ASKED,
        asked_by=actor.account_id,
        asked_by_name=actor.name,
        asked_at=now,
    )
    trail.record(actor, "refund.asked", order.bill.serial, detail=f"order={order.number} fen={amount_fen}", at=now)
    return refund.pk


def _own_order(actor: Actor, number: str) -> Order:
    found = orders.locked_order(number)
    if found is None or not Bill.objects.filter(orders.scope(actor), pk=found[0].pk).exists():
        raise NotFound
    return found[1]


@transaction.atomic
def decide_refund(*, actor: Actor, refund_id: int, is_approved: bool, answer: str, now: datetime) -> None:
    """The head approves or refuses what somebody else asked for; approved, it goes out at once.

    Raises: NotAllowed, NotFound, SamePerson, RefundDecided, ReasonMissing for a refusal.
    """
    require(actor, Role.LEADER)
    # Its own department's, or it is not there.
    number = Refund.objects.filter(pk=refund_id).values_list("order__number", flat=True).first()
    if number is None:
        raise NotFound
    order = _own_order(actor, number)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state != Refund.State.ASKED:
        raise rules.RefundDecided
    if refund.asked_by == actor.account_id:
        raise rules.SamePerson
    answer = answer.strip()[:300]
    if not is_approved and len(answer) < 4:
        raise rules.ReasonMissing
    refund.decided_by, refund.decided_by_name, refund.decided_at, refund.answer = actor.account_id, actor.name, now, answer
    refund.state = Refund.State.SENDING if is_approved else Refund.State.REFUSED
    refund.save()
    word = "refund.approved" if is_approved else "refund.refused"
    trail.record(actor, word, order.bill.serial, detail=f"refund={refund.number} fen={refund.amount_fen}", at=now)
    if not is_approved:
        _end(order, refund)
    elif order.provider == COUNTER:
        # What the window took it gives back itself; there is no bank to ask.
        _done(order, refund, f"{COUNTER}-{refund.number}", now)
    else:
        later(send_refund, refund_id=refund.pk)


def send_refund(*, refund_id: int, now: datetime | None = None) -> None:
    """Tell the bank to give money back, or ask how that stands. Twice is harmless: the refund's number is its key there.

    Raises: OSError to be tried again by the queue.
    """
    now = now or timezone.now()
    refund = Refund.objects.select_related("order").filter(pk=refund_id, state=Refund.State.SENDING).first()
    if refund is None:
        return
    order = refund.order
    wanted = RefundOrder(refund.number, order.number, refund.bank_txn_no, refund.amount_fen, order.amount_fen)
    try:
        reply = gateways.call(order.provider, lambda gateway: gateway.refund(wanted))
    except PaymentRejected:
        reply = RefundReply(PaymentStatus.FAILED)
    apply_refund(refund_id=refund_id, reply=reply, now=now)


def ask_refund_state(*, refund_id: int, now: datetime | None = None) -> None:
    """Ask how a refund stands that the bank had only taken in. Raises: OSError."""
    now = now or timezone.now()
    refund = Refund.objects.select_related("order").filter(pk=refund_id, state=Refund.State.SENDING).first()
    if refund is None:
        return
    number = refund.number
    reply = gateways.call(refund.order.provider, lambda gateway: gateway.query_refund(number))
    if reply.status is PaymentStatus.UNKNOWN:
        send_refund(refund_id=refund_id, now=now)
    else:
        apply_refund(refund_id=refund_id, reply=reply, now=now)


@transaction.atomic
def apply_refund(*, refund_id: int, reply: RefundReply, now: datetime) -> None:
    """Book what the bank says of a refund. Twice is harmless."""
    number = Refund.objects.filter(pk=refund_id).values_list("order__number", flat=True).first()
    found = orders.locked_order(number) if number else None
    if found is None:
        return
    order, refund = found[1], Refund.objects.select_for_update().get(pk=refund_id)
    if refund.state != Refund.State.SENDING:
        return
    if reply.status is PaymentStatus.DONE:
        _done(order, refund, reply.bank_refund_no, now)
    elif reply.status is PaymentStatus.FAILED:
        refund.state, refund.ask_at = Refund.State.FAILED, None
        refund.save(update_fields=["state", "ask_at"])
        trail.record(system_actor(), "refund.failed", order.bill.serial, outcome="failed", detail=f"refund={refund.number}", at=now)
        _end(order, refund)
    else:
        waited = now - (refund.decided_at or refund.asked_at)
        refund.ask_at = now + (ASK_AGAIN if waited < timedelta(hours=6) else timedelta(days=1))
        refund.save(update_fields=["ask_at"])


def _done(order: Order, refund: Refund, bank_refund_no: str, now: datetime) -> None:
    refund.state, refund.done_at, refund.bank_refund_no, refund.ask_at = Refund.State.DONE, now, bank_refund_no, None
    refund.save()
    if not refund.is_extra:
        order.given_back_fen += refund.amount_fen
        order.save(update_fields=["given_back_fen"])
    _end(order, refund)
    bill = order.bill
    trail.record(system_actor(), "refund.done", bill.serial, detail=f"refund={refund.number} fen={refund.amount_fen}", at=now)
    amount = rules.yuan(refund.amount_fen)
    publish(
        events.MoneyGivenBack(
            refund_id=refund.pk,
            serial=bill.serial,
            account_id=bill.account_id,
            item_name=bill.item_name,
            amount=amount,
            reason=refund.reason,
        )
    )


def _end(order: Order, refund: Refund) -> None:
    """Where the order stands now that one of its refunds has ended."""
    if refund.is_extra:
        return
    if refund.state in {Refund.State.REFUSED, Refund.State.FAILED}:
        order.held_fen -= refund.amount_fen
    order.state = rules.after_refund(
        paid_fen=order.amount_fen, given_back_fen=order.given_back_fen, still_asked_fen=order.held_fen - order.given_back_fen
    )
    order.save(update_fields=["held_fen", "state"])
