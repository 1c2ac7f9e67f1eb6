"""Two words of the same money at once, and two refunds at once: booked once, given back within what was paid; each with its control."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from django.db import connection, connections

from hall.services.payments import orders, refunding, settling
from hall.services.payments.models import Bill, Order, Refund
from hall.support.audit.models import TrailEntry
from hall.support.refusals import Refusal
from tests.make.payments import BANK, DUE, make_bare_order, make_bill, word

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 4


def at_once(*deeds: object) -> None:
    def run(deed: object) -> None:
        try:
            with contextlib.suppress(Refusal):
                deed()  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        list(threads.map(run, deeds))
    connection.close()


def booked_times(case_serial: str) -> int:
    return TrailEntry.objects.filter(deed="bill.paid", subject=case_serial).count()


def hear_twice() -> bool:
    """Whether a payment that two workers, and the answer to our question, tell of at once pays its bill once and nothing goes back."""
    case, bill_id = make_bill()
    order = make_bare_order(bill_id, now=case.now)
    said = word(order, txn=f"T{order.pk}", now=case.now)
    deed = lambda: settling.apply_settlement(provider=BANK, settlement=said, now=case.now)  # noqa: E731
    at_once(deed, deed, deed)
    is_paid = Bill.objects.get(pk=bill_id).state == "paid" and not Refund.objects.filter(order=order).exists()
    return is_paid and booked_times(case.serial) == 1


def test_one_payment_told_by_several_at_once_is_booked_once() -> None:
    for _ in range(ROUNDS):
        assert hear_twice()


def pay_twice() -> tuple[int, int]:
    """How often a bill was settled, and how many refunds there are, when two of its orders are paid at once."""
    case, bill_id = make_bill()
    first = make_bare_order(bill_id, now=case.now)
    Order.objects.filter(pk=first.pk).update(state="closed")
    second = make_bare_order(bill_id, now=case.now)

    def pay(order: Order) -> None:
        said = word(order, txn=f"T{order.pk}", now=case.now)
        settling.apply_settlement(provider=BANK, settlement=said, now=case.now)

    at_once(lambda: pay(first), lambda: pay(second))
    return booked_times(case.serial), Refund.objects.filter(order__bill_id=bill_id).count()


def test_two_payments_of_one_bill_at_once_settle_it_once_and_the_other_goes_back() -> None:
    for _ in range(ROUNDS):
        assert pay_twice() == (1, 1)


def test_control_without_the_lock_one_payment_pays_twice_or_is_given_back() -> None:
    def unlocked(number: str) -> tuple[Bill, Order] | None:
        order = Order.objects.select_related("bill").filter(number=number).first()
        return None if order is None else (order.bill, order)

    with mock.patch.object(orders, "locked_order", unlocked):
        assert not all(hear_twice() for _ in range(ROUNDS * 4))


def refund_twice() -> int:
    """How much two clerks may ask back at once of one payment."""
    case, bill_id = make_bill()
    number = settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number=f"POS-{bill_id}", now=case.now)

    def ask() -> None:
        refunding.ask_refund(actor=case.clerk, order_number=number, amount_fen=DUE - 50, reason="多收了费用", request_key="", now=case.now)

    at_once(ask, ask)
    return sum(Refund.objects.filter(order__number=number).values_list("amount_fen", flat=True))


def test_two_refunds_at_once_never_give_back_more_than_was_paid() -> None:
    for _ in range(ROUNDS):
        assert refund_twice() == DUE - 50


def test_control_without_the_count_two_refunds_give_back_too_much() -> None:
    with mock.patch.object(refunding, "_hold", lambda order, amount_fen: None):
        assert refund_twice() > DUE
