"""Refunds: asked by the window, approved by another, sent by the way the money came, within what was paid (domain §13 refund)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hall.integration.ports.payment import PaymentStatus, RefundReply
from hall.services.payments import asking, refunding, rules, settling
from hall.services.payments.models import Order, Refund
from hall.services.payments.rules import OrderState
from hall.support.access.actors import NotAllowed, Role
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from tests.make.cases import MadeCase
from tests.make.payments import BANK, DUE, bank_service, make_order, word
from tests.make.payments import make_bill as bill_with_case
from tests.make.people import actor_for, make_staff, staff_actor

pytestmark = pytest.mark.django_db


def ask(case: MadeCase, order: Order, amount_fen: int, *, actor: object = None, key: str = "", reason: str = "多收了考试费") -> int:
    return refunding.ask_refund(
        actor=actor or case.clerk,  # type: ignore[arg-type]
        order_number=order.number, amount_fen=amount_fen, reason=reason, request_key=key, now=case.now,
    )  # fmt: skip


def decide(case: MadeCase, refund_id: int, *, actor: object = None, is_approved: bool = True, answer: str = "") -> None:
    refunding.decide_refund(
        actor=actor or case.leader,  # type: ignore[arg-type]
        refund_id=refund_id, is_approved=is_approved, answer=answer, now=case.now,
    )  # fmt: skip


def test_a_part_and_then_the_rest_go_back_by_the_bank_after_a_second_person_agreed() -> None:
    with bank_service() as service:
        case, bill_id = bill_with_case()
        order = make_order(case, bill_id)
        service.bank.clock = lambda: case.now  # type: ignore[method-assign]
        service.bank.pay(order.number)
        assert asking.ask_order(order_id=order.pk, now=case.now) == "booked"
        first = ask(case, order, 5000, key="a" * 32)
        assert ask(case, order, 5000, key="a" * 32) == first  # asked again, the same
        with pytest.raises(rules.BadRefund, match=r"最多可退 90\.50 元"):
            ask(case, order, 9051)
        for wrong in (0, -1):
            with pytest.raises(rules.BadRefund):
                ask(case, order, wrong)
        queue.run_due_now()
        assert not service.bank.refunds  # nothing leaves before somebody has agreed
        decide(case, first)
        queue.run_due_now()
        order.refresh_from_db()
        assert (order.state, order.given_back_fen) == (OrderState.PARTIALLY_REFUNDED, 5000)
        service.bank.fault = "refund_later"
        second = ask(case, order, 9050)
        decide(case, second)
        queue.run_due_now()
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDING
        service.bank.fault = "none"
        service.bank.finish_refunds()
        assert asking.ask_due(now=timezone.now() + timedelta(days=2)) == 1
        queue.run_due_now()
        order.refresh_from_db()
        assert (order.state, order.given_back_fen) == (OrderState.REFUNDED, DUE)
        assert sum(one.amount for one in service.bank.refunds.values()) == DUE


@pytest.fixture
def paid() -> tuple[MadeCase, Order]:
    case, bill_id = bill_with_case()
    number = settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0001", now=case.now)
    return case, Order.objects.get(number=number)


def test_two_people_and_their_department_only(paid: tuple[MadeCase, Order]) -> None:
    case, order = paid
    both = actor_for(make_staff(Role.CLERK, Role.LEADER, department_code="SD02"))
    refund_id = ask(case, order, 50, actor=both)
    with pytest.raises(rules.SamePerson):
        decide(case, refund_id, actor=both)
    with pytest.raises(NotAllowed):
        decide(case, refund_id, actor=case.clerk)
    with pytest.raises(NotAllowed):
        ask(case, order, 50, actor=case.leader)
    with pytest.raises(NotFound):
        decide(case, refund_id, actor=staff_actor(Role.LEADER, department_code="SD33"))
    with pytest.raises(NotFound):
        ask(case, order, 50, actor=staff_actor(Role.CLERK, department_code="SD33"))
    with pytest.raises(rules.ReasonMissing):
        ask(case, order, 50, reason="退")
    assert Refund.objects.get().state == "asked"


def test_what_the_head_refuses_can_be_asked_for_again_and_what_the_window_took_it_gives_back(paid: tuple[MadeCase, Order]) -> None:
    case, order = paid
    refund_id = ask(case, order, DUE)
    with pytest.raises(rules.ReasonMissing):
        decide(case, refund_id, is_approved=False)
    decide(case, refund_id, is_approved=False, answer="考试已经参加")
    with pytest.raises(rules.RefundDecided):
        decide(case, refund_id)
    order.refresh_from_db()
    assert (order.state, order.held_fen) == (OrderState.PAID, 0)
    decide(case, ask(case, order, DUE))
    order.refresh_from_db()
    assert (order.state, order.given_back_fen) == (OrderState.REFUNDED, DUE)


def test_a_refund_that_the_bank_refuses_leaves_the_money_where_it_is_and_may_be_asked_for_again() -> None:
    case, bill_id = bill_with_case()
    with bank_service():
        order = make_order(case, bill_id)
        settling.apply_settlement(provider=BANK, settlement=word(order, txn="T1", now=case.now), now=case.now)
        decide(case, ask(case, order, DUE))
        queue.run_due_now()  # the bank knows of no such payment: it says no, for good
    order.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.state, order.state, order.held_fen) == ("failed", OrderState.PAID, 0)
    refunding.apply_refund(refund_id=refund.pk, reply=RefundReply(PaymentStatus.DONE, "B1"), now=case.now)
    assert Refund.objects.get().state == "failed"  # said once, it stays said
