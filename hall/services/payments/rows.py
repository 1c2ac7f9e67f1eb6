"""The frozen rows that the queries of payments return; amounts are whole fen."""

from dataclasses import dataclass
from datetime import date, datetime

from hall.services.cases.fee_rules import FeeTime
from hall.services.payments.rules import BILL_NAMES, MONEY_ORDERS, OPEN_ORDERS, ORDER_NAMES, BillState, OrderState


@dataclass(frozen=True, slots=True)
class LineRow:
    """One fee of a bill."""

    position: int
    name: str
    standard: str
    basis: str
    unit: str
    unit_fen: int
    quantity: int
    amount_fen: int
    reduced_fen: int
    reduced_why: str


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund and where it stands."""

    refund_id: int
    number: str
    amount_fen: int
    reason: str
    state: str
    state_name: str
    is_automatic: bool
    asked_by: int | None
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str
    answer: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One try to pay. `can_give_back_fen` is what no refund holds yet."""

    number: str
    provider: str
    provider_title: str
    amount_fen: int
    state: OrderState
    created_at: datetime
    expires_at: datetime
    pay_url: str
    qr_text: str
    bank_txn_no: str
    paid_at: datetime | None
    receipt_code: str
    taken_by: str
    given_back_fen: int
    can_give_back_fen: int
    refunds: tuple[RefundRow, ...] = ()

    @property
    def state_name(self) -> str:
        return ORDER_NAMES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ORDERS

    @property
    def has_money(self) -> bool:
        return self.state in MONEY_ORDERS


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill in a list."""

    bill_id: int
    number: str
    serial: str
    item_code: str
    item_name: str
    department_code: str
    payer_name: str
    fee_time: FeeTime
    total_fen: int
    reduced_fen: int
    state: BillState
    opened_at: datetime
    settled_at: datetime | None

    @property
    def due_fen(self) -> int:
        return self.total_fen - self.reduced_fen

    @property
    def state_name(self) -> str:
        return BILL_NAMES[self.state]


@dataclass(frozen=True, slots=True)
class BillFile:
    """One bill with its lines and its orders, newest first."""

    row: BillRow
    opened_by: str
    reason: str
    lines: tuple[LineRow, ...]
    orders: tuple[OrderRow, ...]

    @property
    def paid(self) -> OrderRow | None:
        """The order that settled it; None where none did."""
        return next((order for order in self.orders if order.has_money and order.paid_at == self.row.settled_at), None)

    @property
    def open_order(self) -> OrderRow | None:
        return next((order for order in self.orders if order.is_open), None)


@dataclass(frozen=True, slots=True)
class BillPage:
    """One page of bills; `before` is the key to go on from, None at the end."""

    rows: tuple[BillRow, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A way to pay."""

    name: str
    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An order as the finance sees it: no names, nothing of the case but its item and department."""

    order_id: int
    number: str
    provider_title: str
    department_code: str
    item_name: str
    amount_fen: int
    given_back_fen: int
    state: OrderState
    created_at: datetime
    paid_at: datetime | None
    bank_txn_no: str

    @property
    def state_name(self) -> str:
        return ORDER_NAMES[self.state]


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One page of orders; `before` is the key to go on from, None at the end."""

    rows: tuple[LedgerRow, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day at one provider: both sides counted and summed, and how many differences are open."""

    provider_title: str
    day: date
    fetched_at: datetime
    theirs_count: int
    theirs_fen: int
    ours_count: int
    ours_fen: int
    equal_count: int
    equal_fen: int
    open_count: int


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference. `can_book`: the bank holds money for an order that we know."""

    difference_id: int
    provider_title: str
    day: date
    kind: str
    kind_name: str
    bank_txn_no: str
    order_number: str
    theirs_fen: int | None
    ours_fen: int | None
    can_book: bool
    resolution: str
    note: str
    resolved_by_name: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A notification that did not agree with our order; nothing was booked."""

    provider_title: str
    order_number: str
    received_at: datetime
    why: str
