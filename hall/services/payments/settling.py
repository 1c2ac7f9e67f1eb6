"""What a bank's word does: the one place where money is booked, whoever brought the word (domain §13: only notify or active query)."""

from datetime import datetime

from django.db import transaction

from hall.integration.ports.payment import PaymentStatus, Settlement
from hall.services.cases import paying
from hall.services.payments import orders, refunding, rules
from hall.services.payments.gateways import COUNTER
from hall.services.payments.models import Bill, Order
from hall.services.payments.rules import BillState, Event, Money, OrderState, Verdict
from hall.support.access.actors import Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.refusals import NotFound

EVENTS = {PaymentStatus.DONE: Event.PAID, PaymentStatus.FAILED: Event.FAIL}


@transaction.atomic
def apply_settlement(*, provider: str, settlement: Settlement, now: datetime) -> str:
    """Book what a provider says of one order, checked against what was agreed; a word for what came of it.

    "booked", "given back" (nobody needed the money), "known", "failed", "nothing" (still open), or what does not agree: "order",
    "provider", "amount", "merchant", "txn"; then nothing was changed and a person must look. Twice is harmless, in any order.
    """
    found = orders.locked_order(settlement.order_number)
    if found is None:
        return "order"
    bill, order = found
    if order.provider != provider:
        return "provider"
    if settlement.status is not PaymentStatus.DONE:
        return _fail(order, settlement.status)
    money = Money(settlement.amount_fen, settlement.merchant, settlement.bank_txn_no, order.amount_fen, order.merchant)
    wrong = rules.mismatch(money)
    if wrong or not settlement.bank_txn_no:
        return wrong or "txn"
    state, txn_no = OrderState(order.state), settlement.bank_txn_no
    does = rules.verdict(
        order=state,
        bill=BillState(bill.state),
        booked_txn_no=order.bank_txn_no,
        txn_no=txn_no,
        amount_fen=order.amount_fen,
        due_fen=bill.due_fen,
    )
    if does is Verdict.KNOWN:
        return "known"
    if state in rules.MONEY_ORDERS:
        # The bank took the money twice for one order: the second time is booked nowhere and goes back whole.
        refunding.give_back_extra(order, txn_no=txn_no, now=now)
        return "given back"
    if Order.objects.filter(provider=provider, bank_txn_no=txn_no).exists():
        return "txn"
    _book(order, txn_no, settlement.paid_at or now, settlement.receipt_code)
    if does is Verdict.GOES_BACK:
        refunding.give_back(order, amount_fen=order.amount_fen, reason="重复缴费或缴费单已结清，自动退回", now=now)
        return "given back"
    if not _settle(bill, order, now):
        _cancel_of_ended_case(bill, order, now)
        return "given back"
    if order.amount_fen > bill.due_fen:
        refunding.give_back(order, amount_fen=order.amount_fen - bill.due_fen, reason="减免前的订单多缴的部分，自动退回", now=now)
    return "booked"


def _fail(order: Order, status: PaymentStatus) -> str:
    event = EVENTS.get(status)
    state = OrderState(order.state)
    if event is None or rules.next_state(state, event) is state:
        return "nothing"
    order.state, order.ask_at = rules.next_state(state, event), None
    order.save(update_fields=["state", "ask_at"])
    return "failed"


def _book(order: Order, txn_no: str, paid_at: datetime, receipt_code: str) -> None:
    order.state = rules.next_state(OrderState(order.state), Event.PAID)
    order.bank_txn_no, order.paid_at, order.receipt_code, order.ask_at = txn_no, paid_at, receipt_code, None
    order.save(update_fields=["state", "bank_txn_no", "paid_at", "receipt_code", "ask_at"])


def _cancel_of_ended_case(bill: Bill, order: Order, now: datetime) -> None:
    """The case ended a moment before the money came: nothing was owed any more."""
    bill.state, bill.reason = BillState.CANCELLED, "办件已结束，不再收费"
    bill.save(update_fields=["state", "reason"])
    refunding.give_back(order, amount_fen=order.amount_fen, reason="办件已结束，自动退回", now=now)


def _settle(bill: Bill, order: Order, now: datetime) -> bool:
    """The bill is paid by this order: others that were begun end, the case goes on. False when there is no case that waits for it."""
    orders.close_open(bill, now)
    where = "窗口缴费" if order.provider == COUNTER else "网上缴费"
    sentence = f"已{where} {rules.yuan(order.amount_fen)} 元，流水号 {order.number}，继续办理。"
    if not paying.end_wait(serial=bill.serial, is_settled=True, sentence=sentence, now=now):
        return False
    bill.state, bill.settled_at = BillState.PAID, order.paid_at
    bill.save(update_fields=["state", "settled_at"])
    trail.record(system_actor(), "bill.paid", bill.serial, detail=f"bill={bill.pk} order={order.number} provider={order.provider}", at=now)
    return True


@transaction.atomic
def record_counter_payment(*, actor: Actor, bill_id: int, receipt_number: str, now: datetime) -> str:
    """The window took the money (cash, POS); the order's number. The receipt's number is taken once.

    Raises: NotAllowed, NotFound, BillClosed, CounterNumberMissing, CounterNumberUsed.
    """
    require(actor, Role.CLERK)
    bill = Bill.objects.select_for_update().filter(orders.scope(actor), pk=bill_id).first()
    if bill is None:
        raise NotFound
    number = receipt_number.strip()
    if not (4 <= len(number) <= 40 and number.isascii() and number.replace("-", "").isalnum()):
        raise rules.CounterNumberMissing
    number = f"{bill.department_code}-{number}"
    known = Order.objects.filter(provider=COUNTER, bank_txn_no=number).first()
    if known is not None and known.bill_id == bill.pk:
        return known.number
    if known is not None:
        raise rules.CounterNumberUsed
    if bill.state != BillState.OPEN:
        raise rules.BillClosed
    orders.close_open(bill, now)
    order = Order.objects.create(
        bill=bill,
        number=orders.new_number(now),
        provider=COUNTER,
        amount_fen=bill.due_fen,
        created_at=now,
        expires_at=now,
        taken_by=actor.name,
    )
    _book(order, number, now, "")
    if not _settle(bill, order, now):
        raise rules.BillClosed  # the case has ended; the transaction takes the order back
    trail.record(actor, "bill.paid_at_counter", bill.serial, detail=f"bill={bill.pk} order={order.number}", at=now)
    return order.number
