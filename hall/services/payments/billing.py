"""What the department does with bills: open, reduce, take back; and opening them by the item's own figures (§6.3, domain §13)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services.cases import papering, paying
from hall.services.cases.papering import FeeLine
from hall.services.cases.rules import StepNotAllowed
from hall.services.catalogue.fee_rules import fen_of
from hall.services.payments import orders, rules
from hall.services.payments.models import Bill, BillLine
from hall.services.payments.rules import BillState
from hall.support.access.actors import Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.refusals import NotFound

# Bills that open by the item's own figures are nobody's deed.
HALL = system_actor(paying.PAYMENT_ACTOR)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill to be opened: which of the item's fees (its place in the list), at what price, how many times."""

    fee: int
    unit_fen: int
    quantity: int = 1


def new_number(now: datetime) -> str:
    """缴款码: twenty digits that nobody guesses from another one's."""
    return f"{timezone.localdate(now):%Y%m%d}{secrets.randbelow(10**12):012d}"


def open_due_bill(*, serial: str, now: datetime) -> int | None:
    """Open the bill that a case is due for by the item's own figures; its id, None where nothing is due or a person must count.

    Once for each fee: what a person took back is not opened again by itself.
    """
    payer = paying.payer(HALL, serial, now=now)
    if payer is None or payer.due is None or not payer.fees:
        return None
    figures = [fen_of(fee.amount) for fee in payer.fees]
    if None in figures or Bill.objects.filter(case_id=payer.case_id, fee_time=payer.due).exists():
        return None
    charges = [Charge(place, fen) for place, fen in enumerate(figures) if fen is not None]
    try:
        return _open(HALL, serial, charges, by="", now=now)
    except StepNotAllowed:
        return None  # somebody was faster


def open_bill(*, actor: Actor, serial: str, charges: Sequence[Charge], now: datetime) -> int:
    """Open a bill with what the window counted; the applicant is told, the case's clock stops.

    Raises: NotAllowed, NotFound outside the department, NothingDue, AmountMissing, AmountTooLarge, StepNotAllowed.
    """
    payer = paying.payer(actor, serial, now=now)
    if payer is None:
        raise NotFound
    require(actor, Role.CLERK, Role.LEADER)
    if payer.due is None:
        raise rules.NothingDue
    if any(not 0 <= charge.fee < len(payer.fees) for charge in charges):
        raise rules.AmountMissing
    return _open(actor, serial, charges, by=actor.name, now=now)


@transaction.atomic
def _open(actor: Actor, serial: str, charges: Sequence[Charge], *, by: str, now: datetime) -> int:
    total = sum(charge.unit_fen * charge.quantity for charge in charges)
    if not charges or any(charge.unit_fen <= 0 or not 0 < charge.quantity < 10_000 for charge in charges):
        raise rules.AmountMissing
    if total > rules.MOST_FEN:
        raise rules.AmountTooLarge
    # The case is locked by it: of two that open at once, the second finds that nothing is due.
    payer = paying.await_payment(serial=serial, amount=f"{rules.yuan(total)} 元", now=now)
    assert payer.due is not None
    bill = Bill.objects.create(
        number=new_number(now),
        case_id=payer.case_id,
        fee_time=payer.due,
        serial=payer.serial,
        item_code=payer.item_code,
        item_name=payer.item_name,
        department_code=payer.department_code,
        account_id=payer.account_id,
        enterprise_id=payer.enterprise_id,
        payer_name=payer.applicant_name,
        total_fen=total,
        opened_by=by,
        opened_at=now,
    )
    lines = BillLine.objects.bulk_create(
        BillLine(
            bill=bill,
            position=place,
            **{name: getattr(payer.fees[charge.fee], name) for name in ("name", "standard", "basis", "unit", "collector")},
            code=payer.fees[charge.fee].fee_item,
            unit_fen=charge.unit_fen,
            quantity=charge.quantity,
        )
        for place, charge in enumerate(charges, start=1)
    )
    papering.issue_payment_notice(
        actor=HALL,
        serial=serial,
        lines=[FeeLine(line.name, line.standard, str(line.quantity), line.amount_fen) for line in lines],
        total_fen=total,
        payment_code=bill.number,
        # The case is locked: bills of one case open one after the other.
        version=Bill.objects.filter(case_id=payer.case_id).count(),
        now=now,
    )
    trail.record(actor, "bill.opened", serial, detail=f"bill={bill.pk} fen={total}", at=now)
    return bill.pk


def locked_bill(actor: Actor, bill_id: int) -> Bill:
    """An open bill in the actor's scope, locked until the transaction ends. Raises: NotFound, BillClosed."""
    bill = Bill.objects.select_for_update().filter(orders.scope(actor), pk=bill_id).first()
    if bill is None:
        raise NotFound
    if bill.state != BillState.OPEN:
        raise rules.BillClosed
    return bill


@transaction.atomic
def reduce_line(*, actor: Actor, bill_id: int, position: int, reduced_fen: int, reason: str, now: datetime) -> BillState:
    """减免: take something off one line, with the reason that the payer reads; with nothing left to pay, the case goes on.

    Only the head may; the window, or the item's own figures, opened the bill. An order that was begun for the old amount ends.
    Raises: NotAllowed, NotFound, BillClosed, BadReduction, ReasonMissing.
    """
    require(actor, Role.LEADER)
    bill = locked_bill(actor, bill_id)
    line = bill.lines.filter(position=position).first()
    if line is None:
        raise NotFound
    reason = reason.strip()[:300]
    if len(reason) < 4:
        raise rules.ReasonMissing
    if not 0 < reduced_fen <= line.amount_fen - line.reduced_fen:
        raise rules.BadReduction
    orders.close_open(bill, now)
    line.reduced_fen += reduced_fen
    line.reduced_why, line.reduced_by = f"{line.reduced_why}；{reason}".strip("；")[:300], actor.name
    line.save(update_fields=["reduced_fen", "reduced_why", "reduced_by"])
    bill.reduced_fen += reduced_fen
    if bill.due_fen == 0:
        bill.state, bill.settled_at = BillState.WAIVED, now
        paying.end_wait(serial=bill.serial, is_settled=True, sentence="费用已全部减免，继续办理。", now=now)
    bill.save(update_fields=["reduced_fen", "state", "settled_at"])
    trail.record(actor, "bill.reduced", bill.serial, detail=f"bill={bill.pk} line={position} fen={reduced_fen}", at=now)
    return BillState(bill.state)


@transaction.atomic
def cancel_bill(*, actor: Actor, bill_id: int, reason: str, now: datetime) -> None:
    """Take an unpaid bill back (opened wrongly); the case goes on and the fee is due again.

    Raises: NotAllowed, NotFound, BillClosed, ReasonMissing.
    """
    require(actor, Role.CLERK, Role.LEADER)
    bill = locked_bill(actor, bill_id)
    reason = reason.strip()[:300]
    if len(reason) < 4:
        raise rules.ReasonMissing
    _cancel(bill, reason, now)
    paying.end_wait(serial=bill.serial, is_settled=False, sentence=f"缴费通知单已撤销。理由：{reason}", now=now)
    trail.record(actor, "bill.cancelled", bill.serial, detail=f"bill={bill.pk}", at=now)


@transaction.atomic
def cancel_of_ended_case(*, serial: str, now: datetime) -> int:
    """The case ended before it was paid for: nothing is owed any more. Money that arrives later goes back by itself."""
    found = Bill.objects.select_for_update().filter(serial=serial, state=BillState.OPEN)
    for bill in found:
        _cancel(bill, "办件已结束，不再收费", now)
    return len(found)


def _cancel(bill: Bill, reason: str, now: datetime) -> None:
    orders.close_open(bill, now)
    bill.state, bill.reason = BillState.CANCELLED, reason
    bill.save(update_fields=["state", "reason"])
