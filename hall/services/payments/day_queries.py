"""What the finance reads: orders of all departments, days, differences, and notifications that were held. No names of people."""

from django.db.models import Count, Q
from django.utils import timezone

from hall.services.payments import gateways, reconciling
from hall.services.payments.models import Difference, Inbox, Order, Statement
from hall.services.payments.rows import DayRow, DifferenceRow, HeldRow, LedgerPage, LedgerRow
from hall.services.payments.rules import OrderState
from hall.support.access.actors import Actor, Role, require

WHY = {
    "order": "没有这个订单",
    "provider": "订单不是这个渠道的",
    "amount": "金额不符",
    "merchant": "商户号不符",
    "txn": "银行流水号重复或者缺失",
}
MOST_HELD = 20


def ledger(actor: Actor, *, state: str, number: str, before: int | None, limit: int) -> LedgerPage:
    """Orders, newest first; keyset. `number` is an order's or a bank's. One SQL query. Raises: NotAllowed."""
    require(actor, Role.FINANCE)
    rows = Order.objects.select_related("bill")
    if state in set(OrderState):
        rows = rows.filter(state=state)
    if number:
        rows = rows.filter(Q(number=number) | Q(bank_txn_no=number))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = [
        LedgerRow(
            order_id=row.pk,
            number=row.number,
            provider_title=gateways.title_of(row.provider),
            department_code=row.bill.department_code,
            item_name=row.bill.item_name,
            amount_fen=row.amount_fen,
            given_back_fen=row.given_back_fen,
            state=OrderState(row.state),
            created_at=row.created_at,
            paid_at=row.paid_at,
            bank_txn_no=row.bank_txn_no,
        )
        for row in rows.order_by("-pk")[: limit + 1]
    ]
    return LedgerPage(tuple(found[:limit]), str(found[limit - 1].order_id) if len(found) > limit else None)


def days(actor: Actor, *, limit: int) -> tuple[DayRow, ...]:
    """The last days of all providers. One SQL query. Raises: NotAllowed."""
    require(actor, Role.FINANCE)
    rows = Statement.objects.annotate(open_count=Count("differences", filter=Q(differences__resolved_at__isnull=True)))
    numbers = ("fetched_at", "theirs_count", "theirs_fen", "ours_count", "ours_fen", "equal_count", "equal_fen", "open_count")
    return tuple(
        DayRow(gateways.title_of(row.provider), row.day, **{name: getattr(row, name) for name in numbers})
        for row in rows.order_by("-day", "provider")[:limit]
    )


def differences(actor: Actor, *, is_open: bool, before: int | None, limit: int) -> tuple[DifferenceRow, ...]:
    """Differences that wait, or those that were settled; newest first, keyset by id. Two SQL queries. Raises: NotAllowed."""
    require(actor, Role.FINANCE)
    rows = Difference.objects.select_related("statement").filter(resolved_at__isnull=is_open)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[:limit])
    ours = set(Order.objects.filter(number__in=[row.order_number for row in found]).values_list("number", flat=True))
    return tuple(
        DifferenceRow(
            difference_id=row.pk,
            provider_title=gateways.title_of(row.statement.provider),
            day=row.statement.day,
            kind=row.kind,
            kind_name=Difference.Kind(row.kind).label,
            bank_txn_no=row.bank_txn_no,
            order_number=row.order_number,
            theirs_fen=row.theirs_fen,
            ours_fen=row.ours_fen,
            can_book=row.kind == Difference.Kind.LONG and (row.theirs_fen or 0) > 0 and row.order_number in ours,
            resolution=reconciling.RESOLUTIONS.get(row.resolution, "后一日已到" if row.resolution else ""),
            note=row.note,
            resolved_by_name=row.resolved_by_name,
            resolved_at=row.resolved_at,
        )
        for row in found
    )


def held(actor: Actor) -> tuple[HeldRow, ...]:
    """The last notifications that did not agree. One SQL query. Raises: NotAllowed."""
    require(actor, Role.FINANCE)
    rows = Inbox.objects.filter(state=Inbox.State.HELD).order_by("-pk")[:MOST_HELD]
    return tuple(
        HeldRow(gateways.title_of(row.provider), row.order_number, timezone.localtime(row.received_at), WHY.get(row.outcome, row.outcome))
        for row in rows
    )
