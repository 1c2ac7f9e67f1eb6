"""Bills: opened when the flow comes to them, the case waits and goes on; reduced, taken back, paid at the window (domain §13)."""

import pytest
from django.utils import timezone

from hall.services.cases import commands as cases
from hall.services.cases import deciding, rules
from hall.services.cases.rules import CaseState
from hall.services.payments import billing, queries, settling
from hall.services.payments import rules as payment_rules
from hall.services.payments.billing import Charge
from hall.services.payments.models import Bill, Refund
from hall.services.payments.rules import BillState
from hall.support.access.actors import NotAllowed, Role
from hall.support.jobs import queue
from hall.support.refusals import NotFound, Refusal
from hall.support.workdays.rules import Lamp
from tests.make.cases import MadeCase, make_case
from tests.make.payments import BANK, CARD, DUE, bill_of, charged_item, make_bare_order, make_bill, word
from tests.make.people import citizen_actor, staff_actor

pytestmark = pytest.mark.django_db


def decide(case: MadeCase) -> None:
    deciding.decide_case(actor=case.reviewer, serial=case.serial, revision=case.revision, is_granted=True, reason="", now=case.now)


def test_the_bill_opens_by_itself_once_the_review_is_done_and_stops_the_clock_until_it_is_paid() -> None:
    case = make_case(state="reviewing", item=charged_item())
    queue.run_due_now()
    assert not queries.bill_rows_of_case(case.clerk, case.serial)
    deciding.give_opinion(
        actor=case.reviewer, serial=case.serial, revision=case.revision, is_grant_advised=True, opinion="符合条件", now=case.now
    )
    with pytest.raises(rules.fee_rules.PaymentMissing):
        decide(case)
    queue.run_due_now()
    case.now = timezone.now()  # jobs have no clock but the real one
    file = case.file
    assert file.row.state is CaseState.PAYMENT and file.row.lamp.lamp is Lamp.PAUSED and file.clocks.pause is not None
    assert file.flow.at is not None and file.flow.at.kind == "pay_first"
    found = bill_of(case)
    assert (found.row.due_fen, found.row.state, found.opened_by) == (DUE, BillState.OPEN, "")
    assert next((line.name, line.amount_fen, line.basis) for line in found.lines) == ("证件工本费", 2000, CARD["basis"])
    settling.record_counter_payment(actor=case.clerk, bill_id=found.row.bill_id, receipt_number="POS-0001", now=case.now)
    assert case.file.row.state is CaseState.REVIEWING and case.file.clocks.pause is None and bill_of(case).row.state is BillState.PAID
    decide(case)


def test_a_fee_before_the_result_is_due_only_after_a_grant_and_stops_the_time_for_delivery() -> None:
    case = make_case(state="decided", item=charged_item(pays="then"))
    with pytest.raises(rules.fee_rules.PaymentMissing):
        deciding.make_result(actor=case.clerk, serial=case.serial, revision=case.revision, valid_until=None, now=case.now)
    queue.run_due_now()
    case.now = timezone.now()
    assert case.file.row.state is CaseState.PAYMENT and case.file.row.lamp.lamp is Lamp.PAUSED
    with pytest.raises(rules.TooLateToWithdraw):
        cases.withdraw_case(actor=case.applicant, serial=case.serial, reason="", now=case.now)
    settling.record_counter_payment(actor=case.clerk, bill_id=bill_of(case).row.bill_id, receipt_number="POS-0002", now=case.now)
    assert case.file.row.state is CaseState.DECIDED and case.file.row.lamp.due_on is not None
    deciding.make_result(actor=case.clerk, serial=case.serial, revision=case.revision, valid_until=None, now=case.now)


def test_fees_without_a_fixed_price_are_counted_by_the_window() -> None:
    case = make_case(state="opinion", item=charged_item(fees=[CARD, {"name": "占用费", "standard": "按频段"}]))
    queue.run_due_now()
    assert case.file.fee_due is not None and not queries.bill_rows_of_case(case.clerk, case.serial)
    for charges in ([], [Charge(0, 0)], [Charge(7, 100)], [Charge(0, 100, 0)], [Charge(0, payment_rules.MOST_FEN + 1)]):
        with pytest.raises(Refusal):
            billing.open_bill(actor=case.clerk, serial=case.serial, charges=charges, now=case.now)
    assert not Bill.objects.exists() and case.file.row.state is CaseState.REVIEWING
    billing.open_bill(actor=case.clerk, serial=case.serial, charges=[Charge(0, 2000, 2), Charge(1, 50050)], now=case.now)
    assert bill_of(case).row.due_fen == 54050 and case.file.row.state is CaseState.PAYMENT
    with pytest.raises(payment_rules.NothingDue):
        billing.open_bill(actor=case.clerk, serial=case.serial, charges=[Charge(0, 2000)], now=case.now)


def test_a_reduction_is_the_heads_and_says_why_and_with_nothing_left_the_case_goes_on() -> None:
    case, bill_id = make_bill()
    order = make_bare_order(bill_id, now=case.now)

    def reduce(position: int, amount_fen: int, actor: object = None, reason: str = "低保户免收工本费") -> BillState:
        return billing.reduce_line(
            actor=actor or case.leader,  # type: ignore[arg-type]
            bill_id=bill_id, position=position, reduced_fen=amount_fen, reason=reason, now=case.now,
        )  # fmt: skip

    with pytest.raises(NotAllowed):
        reduce(1, 2000, actor=case.clerk)
    with pytest.raises(NotFound):
        reduce(1, 2000, actor=staff_actor(Role.LEADER, department_code="SD33"))
    for wrong in (0, -1, 2001):
        with pytest.raises(payment_rules.BadReduction):
            reduce(1, wrong)
    with pytest.raises(payment_rules.ReasonMissing):
        reduce(1, 2000, reason="免")
    assert reduce(1, 2000) is BillState.OPEN and bill_of(case).row.due_fen == 12050
    order.refresh_from_db()
    assert order.state == "closed"  # begun for the old amount
    assert reduce(2, 12050) is BillState.WAIVED
    assert case.file.row.state is CaseState.REVIEWING and bill_of(case).lines[0].reduced_why == "低保户免收工本费"
    decide(case)


def test_a_bill_taken_back_is_due_again_but_not_opened_again_by_itself() -> None:
    case, bill_id = make_bill()
    billing.cancel_bill(actor=case.clerk, bill_id=bill_id, reason="项目开错了", now=case.now)
    queue.run_due_now()
    assert case.file.row.state is CaseState.REVIEWING and case.file.fee_due is not None
    assert [row.state for row in queries.bill_rows_of_case(case.clerk, case.serial)] == [BillState.CANCELLED]
    with pytest.raises(rules.fee_rules.PaymentMissing):
        decide(case)
    with pytest.raises(payment_rules.BillClosed):
        settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0003", now=case.now)
    billing.open_bill(actor=case.clerk, serial=case.serial, charges=[Charge(0, 2000)], now=case.now)
    assert bill_of(case).row.due_fen == 2000


def test_a_case_that_ends_owes_nothing_any_more() -> None:
    case, _ = make_bill()
    cases.withdraw_case(actor=case.applicant, serial=case.serial, reason="不办了", now=case.now)
    queue.run_due_now()
    assert bill_of(case).row.state is BillState.CANCELLED


def test_money_that_comes_in_the_moment_in_which_the_case_ended_goes_back() -> None:
    case, bill_id = make_bill()
    order = make_bare_order(bill_id, now=case.now)
    cases.withdraw_case(actor=case.applicant, serial=case.serial, reason="不办了", now=case.now)
    with pytest.raises(payment_rules.BillClosed):
        settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0005", now=case.now)
    assert settling.apply_settlement(provider=BANK, settlement=word(order, now=case.now), now=case.now) == "given back"
    assert bill_of(case).row.state is BillState.CANCELLED and Refund.objects.get().amount_fen == DUE
    assert case.file.row.state is CaseState.WITHDRAWN


def test_a_counter_receipt_is_taken_once_and_its_number_is_a_number() -> None:
    case, bill_id = make_bill()
    other, other_id = make_bill()
    for wrong in ("", "123", "十二三四五", "a" * 41, "12 34;"):
        with pytest.raises(payment_rules.CounterNumberMissing):
            settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number=wrong, now=case.now)
    with pytest.raises(NotFound):
        settling.record_counter_payment(
            actor=staff_actor(Role.CLERK, department_code="SD33"), bill_id=bill_id, receipt_number="POS-0004", now=case.now
        )
    first = settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0004", now=case.now)
    assert settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0004", now=case.now) == first
    with pytest.raises(payment_rules.CounterNumberUsed):
        settling.record_counter_payment(actor=other.clerk, bill_id=other_id, receipt_number="POS-0004", now=case.now)


def test_bills_are_seen_by_their_payer_and_department_alone() -> None:
    case, bill_id = make_bill()
    for actor in (case.applicant, case.clerk, staff_actor(Role.SUPERVISOR)):
        assert queries.bill(actor, bill_id) is not None
    for actor in (citizen_actor(), staff_actor(Role.CLERK, department_code="SD33"), staff_actor(Role.SYS_ADMIN), staff_actor(Role.AUDITOR)):
        assert queries.bill(actor, bill_id) is None
