"""10,000 random histories over the rules, some 60 over the database: always the one right end, to the fen (trust.md §5 row 8)."""

import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction

from hall.integration.ports.payment import PaymentStatus, RefundReply
from hall.services.payments import billing, orders, refunding, rules, settling
from hall.services.payments.models import Bill, Order, Refund
from hall.services.payments.rules import BillState, Event, Money, OrderState, Verdict
from hall.support.refusals import Refusal
from tests.make.cases import MadeCase
from tests.make.payments import BANK, make_bare_order, make_bill, word
from tests.services.payments.model import DUE, MERCHANT, Bank, History, Word


@dataclass
class _Paper:
    """One order on paper."""

    amount: int
    state: OrderState = OrderState.PAYING
    txn: str = ""
    held: int = 0
    back: int = 0
    is_counter: bool = False


@dataclass
class PaperBook:
    """The rules without any table: what `settling` and `refunding` do with them, in plain values."""

    has_guard: bool = True
    state: BillState = BillState.OPEN
    left: int = DUE
    papers: list[_Paper] = field(default_factory=list)
    extras: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    returned: int = 0

    def due(self) -> int:
        return self.left

    def begin(self) -> int:
        self._close()
        self.papers.append(_Paper(self.left))
        return len(self.papers) - 1

    def _close(self) -> None:
        for one in self.papers:
            one.state = rules.next_state(one.state, Event.CLOSE)

    def hear(self, word: Word) -> None:
        one = [paper for paper in self.papers if not paper.is_counter][word.order]
        if word.status != "done":
            one.state = rules.next_state(one.state, Event.FAIL) if word.status == "failed" else one.state
            return
        if rules.mismatch(Money(word.amount, word.merchant, word.txn, one.amount, MERCHANT)):
            return
        booked = one.txn if self.has_guard else ""
        figures = {"amount_fen": one.amount, "due_fen": self.left}
        does = rules.verdict(order=one.state, bill=self.state, booked_txn_no=booked, txn_no=word.txn, **figures)
        if does is Verdict.KNOWN:
            return
        if one.state in rules.MONEY_ORDERS:
            self.extras.setdefault(word.txn, one.amount)
            return
        one.state, one.txn = rules.next_state(one.state, Event.PAID), word.txn
        over = one.amount if does is Verdict.GOES_BACK else one.amount - self.left
        if does is Verdict.SETTLES:
            self._close()
            self.state = BillState.PAID
        if over:
            one.held, one.state = over, rules.next_state(one.state, Event.REFUND)

    def expire(self, order: int) -> None:
        paper = [one for one in self.papers if not one.is_counter][order]
        paper.state = rules.next_state(paper.state, Event.CLOSE)

    def at_counter(self) -> None:
        if self.state is BillState.OPEN:
            self._close()
            self.papers.append(_Paper(self.left, OrderState.PAID, "counter", is_counter=True))
            self.state = BillState.PAID

    def reduce(self, amount: int) -> None:
        if self.state is BillState.OPEN and amount <= self.left - 12050:  # of the first line, 20 yuan
            self._close()
            self.left -= amount

    def cancel(self) -> None:
        if self.state is BillState.OPEN:
            self._close()
            self.state = BillState.CANCELLED

    def finish_refunds(self, *, refuse: bool) -> None:
        for one in self.papers:
            amount = one.held - one.back
            if amount and refuse and not one.is_counter:
                one.held -= amount
            elif amount:
                one.back += amount
                self.returned += amount
            if amount:
                one.state = rules.after_refund(paid_fen=one.amount, given_back_fen=one.back, still_asked_fen=one.held - one.back)
        self.returned += sum(self.extras.values())
        self.extras = dict.fromkeys(self.extras, 0)

    def ask_refund(self, amount: int, *, approve: bool) -> None:
        one = next((one for one in self.papers if one.state in rules.MONEY_ORDERS and one.held < one.amount), None)
        if one is not None and one.held + amount <= one.amount and approve:
            one.held += amount
            one.state = rules.next_state(one.state, Event.REFUND)
            self.asked += amount

    def bill(self) -> str:
        return self.state.value

    def kept(self) -> int:
        return sum(one.amount - one.back for one in self.papers if one.state in rules.MONEY_ORDERS) + sum(self.extras.values())

    def states(self) -> list[str]:
        return [one.state.value for one in self.papers]


@dataclass
class TableBook:
    """The same through the real commands and tables."""

    case: MadeCase
    bill_id: int
    numbers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.case.now

    def due(self) -> int:
        return Bill.objects.get(pk=self.bill_id).due_fen

    def begin(self) -> int:
        orders.close_open(Bill.objects.get(pk=self.bill_id), self.now)
        self.numbers.append(make_bare_order(self.bill_id, now=self.now, amount_fen=self.due()).number)
        return len(self.numbers) - 1

    def hear(self, given: Word) -> None:
        order = Order.objects.get(number=self.numbers[given.order])
        changes = {"amount_fen": given.amount, "merchant": given.merchant} if given.status == "done" else {}
        said = word(order, status=given.status, txn=given.txn, now=self.now, **changes)
        settling.apply_settlement(provider=BANK, settlement=said, now=self.now)

    def expire(self, order: int) -> None:
        found = Order.objects.get(number=self.numbers[order])
        Order.objects.filter(pk=found.pk).update(state=rules.next_state(OrderState(found.state), Event.CLOSE), ask_at=None)

    def at_counter(self) -> None:
        self._try(
            lambda: settling.record_counter_payment(actor=self.case.clerk, bill_id=self.bill_id, receipt_number="POS-0001", now=self.now)
        )

    def reduce(self, amount: int) -> None:
        self._try(
            lambda: billing.reduce_line(
                actor=self.case.leader, bill_id=self.bill_id, position=1, reduced_fen=amount, reason="低保户减免", now=self.now
            )
        )

    def cancel(self) -> None:
        self._try(lambda: billing.cancel_bill(actor=self.case.clerk, bill_id=self.bill_id, reason="开错了单", now=self.now))

    def _try(self, deed: Callable[[], object]) -> None:
        with contextlib.suppress(Refusal):
            deed()

    def finish_refunds(self, *, refuse: bool) -> None:
        for refund in Refund.objects.filter(order__bill_id=self.bill_id, state="sending"):
            status = PaymentStatus.FAILED if refuse else PaymentStatus.DONE
            for _ in (1, 2):
                refunding.apply_refund(refund_id=refund.pk, reply=RefundReply(status, f"B{refund.pk}"), now=self.now)

    def ask_refund(self, amount: int, *, approve: bool) -> None:
        found = Order.objects.filter(bill_id=self.bill_id, paid_at__isnull=False).order_by("pk")
        order = next((one for one in found if one.held_fen < one.amount_fen), None)
        if order is None:
            return
        self.now += timedelta(seconds=1)

        def ask() -> None:
            asked = refunding.ask_refund(
                actor=self.case.clerk, order_number=order.number, amount_fen=amount, reason="多收了费用", request_key="", now=self.now
            )
            refunding.decide_refund(actor=self.case.leader, refund_id=asked, is_approved=approve, answer="不同意退款", now=self.now)

        self._try(ask)

    def bill(self) -> str:
        return Bill.objects.get(pk=self.bill_id).state

    def kept(self) -> int:
        taken = sum(one.amount_fen - one.given_back_fen for one in Order.objects.filter(bill_id=self.bill_id) if one.paid_at)
        return taken + sum(
            one.amount_fen for one in Refund.objects.filter(order__bill_id=self.bill_id, is_extra=True) if one.state != "done"
        )

    def states(self) -> list[str]:
        return list(Order.objects.filter(bill_id=self.bill_id).order_by("pk").values_list("state", flat=True))


def check_end(book: PaperBook, bank: Bank) -> None:
    """What must hold at the end of every history."""
    online = [one for one in book.papers if not one.is_counter]
    counter = sum(one.amount for one in book.papers if one.is_counter)
    # Every order that somebody paid holds, or held, money; no other one does.
    for place, paper in enumerate(online):
        assert (paper.state in rules.MONEY_ORDERS) is (place in bank.txns)
    if book.state is BillState.OPEN:
        assert bank.holds == 0
    # To the fen: what came in is kept or went back; what is kept is the bill, less what was given back because somebody asked.
    assert bank.holds + counter == book.kept() + book.returned
    owed = book.left if book.state is BillState.PAID else 0
    assert owed - book.asked <= book.kept() <= owed


def test_ten_thousand_histories_end_right() -> None:
    started, paid = time.process_time(), 0
    for seed in range(10_000):
        book = PaperBook()
        check_end(book, History(seed).live(book))
        paid += book.state is BillState.PAID
    assert 4000 < paid < 10_000  # the histories are worth something
    assert time.process_time() - started < 10


def told(seed: int, turn: int) -> tuple[object, ...]:
    """Three orders, the same of them paid; everything told in another order, and more often, each turn."""
    book, bank, chance = PaperBook(), Bank(), random.Random(seed)
    places = []
    for _ in range(3):
        bank.amounts.append(book.due())
        places.append(book.begin())
    words = [bank.pay(place) for place in places if chance.random() < 0.7]
    words = words * (turn + 1) + [Word(place, "failed") for place in places]
    random.Random(seed + turn).shuffle(words)
    for one in words:
        book.hear(one)
    book.finish_refunds(refuse=False)
    return book.bill(), book.kept(), bank.holds, sum(state in rules.MONEY_ORDERS for state in book.states())


def test_the_order_of_arrival_makes_no_difference() -> None:
    for seed in range(1000):
        assert len({told(seed, turn) for turn in range(3)}) == 1


def test_control_without_the_memory_of_what_was_booked_money_is_lost() -> None:
    wrong = 0
    for seed in range(200):
        book = PaperBook(has_guard=False)
        try:
            check_end(book, History(seed).live(book))
        except AssertionError:
            wrong += 1
    assert wrong > 20


@pytest.mark.django_db
def test_the_tables_come_to_the_same_end_as_the_rules() -> None:
    case, bill_id = make_bill()
    for seed in range(60):
        paper, tables = PaperBook(), TableBook(case, bill_id)
        History(seed).live(paper)
        with transaction.atomic():  # each history begins with the same unpaid bill
            History(seed).live(tables)
            assert (tables.bill(), tables.kept(), tables.states()) == (paper.bill(), paper.kept(), paper.states()), seed
            transaction.set_rollback(True)
