"""Paying at a real bank process over real HTTP, with everything that goes wrong there (trust.md §4 rows 6-9, §5 row 8)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.utils import timezone

from hall.integration.adapters.sandbox_bank import sign
from hall.integration.adapters.sandbox_bank.simulator import BankService
from hall.services.cases.rules import CaseState
from hall.services.payments import asking, commands, gateways, queries, rules
from hall.services.payments.models import Inbox, Order, Refund
from hall.services.payments.rules import BillState, OrderState
from hall.support.jobs import queue
from tests.make.cases import MadeCase
from tests.make.payments import BANK, DUE, bank_service, bill_of, make_bill

pytestmark = pytest.mark.django_db(transaction=True)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def bank(transactional_db: None) -> Iterator[BankService]:
    """The bank, and the hall's door listening to it on this machine."""
    application = get_wsgi_application()

    def door(environ, start_response):  # type: ignore[no-untyped-def]
        try:
            yield from application(environ, start_response)
        finally:
            connections.close_all()

    server = make_server("127.0.0.1", 0, door, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    before, settings.PUBLIC_ADDRESS = settings.PUBLIC_ADDRESS, f"http://127.0.0.1:{server.server_address[1]}"
    try:
        with bank_service() as service:
            yield service
    finally:
        settings.PUBLIC_ADDRESS = before
        server.shutdown()
        server.server_close()


def begin(case: MadeCase, bill_id: int) -> str:
    return commands.start_payment(actor=case.applicant, bill_id=bill_id, provider=BANK, now=timezone.now())


def order_of(number: str) -> Order:
    return Order.objects.get(number=number)


def answers(bank: BankService) -> list[str]:
    return [answer for notice in bank.bank.notices for answer in notice.answers]


def test_paid_at_the_bank_the_case_goes_on_when_its_notification_has_come(bank: BankService) -> None:
    case, bill_id = make_bill()
    number = begin(case, bill_id)
    assert begin(case, bill_id) == number  # the same order, at the same place
    order = order_of(number)
    assert order.state == OrderState.PAYING and order.pay_url.startswith(bank.url)
    bank.bank.pay(number)
    assert bill_of(case).row.state is BillState.OPEN  # nothing is believed before the bank has said so
    bank.deliver_due()
    assert answers(bank) == ["SUCCESS"] and Inbox.objects.get().state == "new"
    queue.run_due_now()
    assert bill_of(case).row.state is BillState.PAID and case.file.row.state is CaseState.REVIEWING
    paid = order_of(number)
    assert (paid.state, paid.bank_txn_no, paid.ask_at) == (OrderState.PAID, bank.bank.orders[number].txns[0][0], None)
    assert paid.receipt_code == bank.bank.orders[number].receipt
    assert Inbox.objects.get().outcome == "booked"


@pytest.mark.parametrize(
    ("fault", "said", "kept"),
    [
        ("duplicated", {"SUCCESS"}, ["booked", "known", "known"]),
        ("reordered", {"SUCCESS"}, ["booked", "nothing"]),
        ("wrong_amount", {"SUCCESS"}, ["amount"]),
        ("wrong_merchant", {"SUCCESS"}, ["merchant"]),
        ("wrong_signature", {"401"}, []),
        ("stale", {"400"}, []),
        ("quiet", set(), []),
    ],
)
def test_whatever_the_notification_is_like_the_order_ends_right(bank: BankService, fault: str, said: set[str], kept: list[str]) -> None:
    case, bill_id = make_bill()
    number = begin(case, bill_id)
    bank.bank.fault = fault
    bank.bank.pay(number)
    bank.deliver_due()
    queue.run_due_now()
    assert set(answers(bank)) == said
    assert list(Inbox.objects.order_by("pk").values_list("outcome", flat=True)) == kept
    is_booked = "booked" in kept
    assert (bill_of(case).row.state is BillState.PAID) is is_booked
    # What the notification could not do, the next question does.
    bank.bank.fault = "none"
    asking.ask_order(order_id=order_of(number).pk)
    assert order_of(number).state == OrderState.PAID and bill_of(case).row.state is BillState.PAID
    assert case.file.row.state is CaseState.REVIEWING and not Refund.objects.exists()


@pytest.mark.parametrize("fault", ["error", "down", "lost", "unsigned"])
def test_a_bank_that_does_not_answer_well_costs_nothing_and_is_tried_again(bank: BankService, fault: str) -> None:
    case, bill_id = make_bill()
    bank.bank.fault = fault
    with pytest.raises(rules.PaymentUnavailable):
        begin(case, bill_id)
    assert case.file.row.state is CaseState.PAYMENT and Order.objects.get().state == OrderState.CREATED
    bank.bank.fault = "none"
    gateways.forget()
    number = begin(case, bill_id)
    # Lost was only the reply: it is the same order there, not a second one.
    assert list(bank.bank.orders) == [number]


def test_paid_twice_by_two_orders_the_second_goes_back_by_itself(bank: BankService) -> None:
    case, bill_id = make_bill()
    first = begin(case, bill_id)
    Order.objects.filter(number=first).update(expires_at=timezone.now())
    second = begin(case, bill_id)
    assert first != second and order_of(first).state == OrderState.CLOSED
    bank.bank.pay(second)
    bank.bank.pay(first)
    bank.deliver_due()
    queue.run_due_now()
    kept = [order for order in Order.objects.all() if order.state == OrderState.PAID]
    assert len(kept) == 1 and bill_of(case).row.state is BillState.PAID
    (refund,) = Refund.objects.all()
    assert (refund.amount_fen, refund.state, refund.is_automatic) == (DUE, "done", True)
    assert sum(one.amount for one in bank.bank.refunds.values()) == DUE


def test_charged_twice_for_one_order_the_second_charge_goes_back(bank: BankService) -> None:
    case, bill_id = make_bill()
    number = begin(case, bill_id)
    bank.bank.fault = "twice"
    bank.bank.pay(number)
    bank.deliver_due()
    queue.run_due_now()
    assert order_of(number).state == OrderState.PAID and bill_of(case).row.state is BillState.PAID
    assert [(one.is_extra, one.amount_fen, one.state) for one in Refund.objects.all()] == [(True, DUE, "done")]
    assert sum(one.amount for one in bank.bank.refunds.values()) == DUE


def test_the_questions_come_every_half_minute_ten_times_then_seldom_and_an_order_ends_with_its_time(bank: BankService) -> None:
    case, bill_id = make_bill()
    number, began = begin(case, bill_id), timezone.now()
    moments = []
    now = began
    while order_of(number).state == OrderState.PAYING and now < began + timedelta(hours=1):
        now += timedelta(seconds=10)
        if asking.ask_due(now=now):
            moments.append(round((now - began).total_seconds()))
            bank.bank.clock = lambda now=now: now  # type: ignore[misc]
            asking.ask_order(order_id=order_of(number).pk, now=now)
    assert moments[:10] == [30 * n for n in range(1, 11)] and len(moments) < 16
    assert moments[-1] in range(1800, 1815)
    assert order_of(number).state in {OrderState.CLOSED, OrderState.FAILED} and order_of(number).ask_at is None
    assert bill_of(case).row.state is BillState.OPEN  # it can be begun anew
    assert begin(case, bill_id) != number


def test_a_refused_payment_says_so_and_the_bill_stays(bank: BankService) -> None:
    case, bill_id = make_bill()
    number = begin(case, bill_id)
    bank.bank.fail(number)
    bank.deliver_due()
    queue.run_due_now()
    assert order_of(number).state == OrderState.FAILED and bill_of(case).row.state is BillState.OPEN
    assert begin(case, bill_id) != number


def test_the_same_nonce_with_another_body_is_refused_and_a_large_or_broken_body_too(bank: BankService) -> None:
    case, bill_id = make_bill()
    number = begin(case, bill_id)
    stamp = str(int(timezone.now().timestamp()))
    fields = {"kind": "notify", "order": number, "status": "pending", "merchant": bank.bank.merchant, "nonce": "n1", "time": stamp}
    address = f"{settings.PUBLIC_ADDRESS}/api/v1/payments/{BANK}/notify"
    assert bank.post(address, sign(fields, bank.key)) == "SUCCESS"
    assert bank.post(address, sign(fields, bank.key)) == "SUCCESS"
    assert bank.post(address, sign(fields | {"status": "failed"}, bank.key)) == "409"
    # One changed field, an answer passed off as a notification, no signature, too much, another provider: nothing is kept.
    changed = sign(fields | {"nonce": "n2"}, bank.key) | {"status": "done"}
    for wrong in (changed, sign(fields | {"nonce": "n3", "kind": "answer"}, bank.key), fields | {"nonce": "n4"}):
        assert bank.post(address, wrong) == "401"
    assert bank.post(address, {"a": "x" * 70_000}) == "413"
    assert bank.post(address.replace(BANK, "nobody"), sign(fields, bank.key)) == "404"
    assert Inbox.objects.count() == 1 and urlencode(fields)
    assert order_of(number).state == OrderState.PAYING and queries.bill(case.clerk, bill_id) is not None
