"""What the pages read of payments, always within the viewer's scope; lists by keyset."""

from collections.abc import Sequence

from django.db.models import QuerySet

from hall.services.cases.fee_rules import FeeTime
from hall.services.payments import gateways, orders
from hall.services.payments.models import Bill, BillLine, Order, Refund
from hall.services.payments.rows import BillFile, BillPage, BillRow, LineRow, OrderRow, ProviderRow, RefundRow
from hall.services.payments.rules import BillState, OrderState
from hall.support.access.actors import Actor, Role

CAP = 100


def providers() -> tuple[ProviderRow, ...]:
    """The ways to pay online now. No SQL."""
    return gateways.providers()


def _bill_row(bill: Bill) -> BillRow:
    return BillRow(
        bill_id=bill.pk,
        number=bill.number,
        serial=bill.serial,
        item_code=bill.item_code,
        item_name=bill.item_name,
        department_code=bill.department_code,
        payer_name=bill.payer_name,
        fee_time=FeeTime(bill.fee_time),
        total_fen=bill.total_fen,
        reduced_fen=bill.reduced_fen,
        state=BillState(bill.state),
        opened_at=bill.opened_at,
        settled_at=bill.settled_at,
    )


def _line_row(line: BillLine) -> LineRow:
    names = ("position", "name", "standard", "basis", "unit", "unit_fen", "quantity", "amount_fen", "reduced_fen", "reduced_why")
    return LineRow(*(getattr(line, name) for name in names))


def refund_row(refund: Refund) -> RefundRow:
    """A refund as pages show it. No SQL."""
    return RefundRow(
        refund_id=refund.pk,
        number=refund.number,
        amount_fen=refund.amount_fen,
        reason=refund.reason,
        state=refund.state,
        state_name=Refund.State(refund.state).label,
        is_automatic=refund.is_automatic,
        asked_by=refund.asked_by,
        asked_by_name=refund.asked_by_name,
        asked_at=refund.asked_at,
        decided_by_name=refund.decided_by_name,
        answer=refund.answer,
        done_at=refund.done_at,
    )


def order_row(order: Order, refunds: Sequence[Refund] = ()) -> OrderRow:
    """An order as pages show it. No SQL."""
    return OrderRow(
        number=order.number,
        provider=order.provider,
        provider_title=gateways.title_of(order.provider),
        amount_fen=order.amount_fen,
        state=OrderState(order.state),
        created_at=order.created_at,
        expires_at=order.expires_at,
        pay_url=order.pay_url,
        qr_text=order.qr_text,
        bank_txn_no=order.bank_txn_no,
        paid_at=order.paid_at,
        receipt_code=order.receipt_code,
        taken_by=order.taken_by,
        given_back_fen=order.given_back_fen,
        can_give_back_fen=order.amount_fen - order.held_fen if order.paid_at else 0,
        refunds=tuple(refund_row(refund) for refund in refunds),
    )


def _files(bills: QuerySet[Bill]) -> tuple[BillFile, ...]:
    """Four SQL queries, one where there is none."""
    found = []
    for bill in bills.order_by("-pk").prefetch_related("lines", "orders__refunds")[:20]:
        lines = sorted(bill.lines.all(), key=lambda line: line.position)
        tried = sorted(bill.orders.all(), key=lambda order: -order.pk)
        rows = tuple(order_row(order, sorted(order.refunds.all(), key=lambda refund: refund.pk)) for order in tried)
        found.append(BillFile(_bill_row(bill), bill.opened_by, bill.reason, tuple(_line_row(line) for line in lines), rows))
    return tuple(found)


def bill_rows_of_case(actor: Actor, serial: str) -> tuple[BillRow, ...]:
    """What was to be paid for a case, newest first. One SQL query."""
    return tuple(_bill_row(one) for one in orders.bills_of(actor).filter(serial=serial).order_by("-pk")[:20])


def bill(actor: Actor, bill_id: int) -> BillFile | None:
    """One bill; None outside the actor's scope. Four SQL queries."""
    return next(iter(_files(orders.bills_of(actor).filter(pk=bill_id))), None)


def bill_of_order(actor: Actor, number: str) -> BillFile | None:
    """The bill that an order is for; None outside the actor's scope. Four SQL queries."""
    return next(iter(_files(orders.bills_of(actor).filter(orders__number=number))), None)


def my_bills(actor: Actor, *, before: int | None, limit: int) -> BillPage:
    """The applicant's own bills, or those of the enterprise acted for, newest first; keyset. One SQL query."""
    if not actor.has(Role.CITIZEN):
        return BillPage((), None)
    bills = orders.bills_of(actor)
    if before is not None:
        bills = bills.filter(pk__lt=before)
    rows = [_bill_row(one) for one in bills.order_by("-pk")[: limit + 1]]
    return BillPage(tuple(rows[:limit]), str(rows[limit - 1].bill_id) if len(rows) > limit else None)


def desk_bills(actor: Actor, *, only: str, serial: str, before: int | None, limit: int) -> BillPage:
    """The department's bills, of one case or all, newest first; `only` is "open", "refunds" (those with a refund that waits for the head) or "". One SQL query."""
    bills = orders.bills_of(actor).filter(**({"serial": serial} if serial else {}))
    if only == "open":
        bills = bills.filter(state=BillState.OPEN)
    elif only == "refunds":
        bills = bills.filter(pk__in=Refund.objects.filter(state=Refund.State.ASKED).values("order__bill"))
    if before is not None:
        bills = bills.filter(pk__lt=before)
    rows = [_bill_row(one) for one in bills.order_by("-pk")[: limit + 1]]
    return BillPage(tuple(rows[:limit]), str(rows[limit - 1].bill_id) if len(rows) > limit else None)


def refunds_waiting(actor: Actor) -> int:
    """How many refunds of the department wait for its head, counted to 100 at most. One SQL query."""
    waiting = Refund.objects.filter(state=Refund.State.ASKED, order__bill__in=orders.bills_of(actor))
    return len(waiting.values_list("pk", flat=True)[:CAP])
