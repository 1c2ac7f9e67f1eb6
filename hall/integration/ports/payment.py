"""统一缴费接口 · §6.3: banks and payment companies (domain.md §13). Money is whole fen, moments are aware datetimes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from hall.integration.ports.plugin import Plugin


class PaymentRejected(Exception):
    """The other side will never take this. Its text holds no personal data."""


class NotificationRefused(Exception):
    """What came in is not from the other side as it claims: unsigned, signed with another key, changed, or unreadable."""


class PaymentStatus(StrEnum):
    """What the other side says of a payment or a refund."""

    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it never heard of it


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What is to be paid. `number` names it on both sides; created twice, it is one order. No personal data goes out with it."""

    number: str
    amount_fen: int
    subject: str
    expires_at: datetime
    return_url: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class PayPage:
    """Where the payer goes: `url` to open, `qr_text` to show as a QR code; at least one is there."""

    url: str = ""
    qr_text: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the other side says of one order. With DONE, `bank_txn_no`, `amount_fen` and `paid_at` are there.

    A notification also carries `nonce`, which names it, and `sent_at`; an answer to a question has neither.
    """

    order_number: str
    status: PaymentStatus
    merchant: str = ""
    amount_fen: int = 0
    bank_txn_no: str = ""
    paid_at: datetime | None = None
    receipt_code: str = ""  # 电子票据: code and number, where the other side gives one
    nonce: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What is to be given back of one payment. `number` is its own key: sent twice, it is given back once."""

    number: str
    order_number: str
    bank_txn_no: str
    amount_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class RefundReply:
    """How a refund stands; PENDING may take days."""

    status: PaymentStatus
    bank_refund_no: str = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of a day: money in (`amount_fen` above 0) or given back (below 0, `order_number` then is the refund's)."""

    bank_txn_no: str
    order_number: str
    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class DailyStatement:
    """Everything of one day (China's), as the other side books it."""

    day: date
    rows: tuple[StatementRow, ...]


@dataclass(frozen=True, slots=True)
class NotifyAnswer:
    """What the other side wants to read once a notification is safe with us."""

    body: bytes = b"SUCCESS"
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class PaymentGateway(Plugin, Protocol):
    """支付渠道. OSError means try again; PaymentRejected means never.

    Every call ends within 8 seconds, whatever the other side does, goes to the configured hosts only, follows no redirect, and may
    come from several threads. Answers are believed only when they are signed. No exception's text holds a key or a name.
    """

    group: str = "hall.payment"  # entry-point group
    title: str  # 银联在线支付
    hint: str  # a few words under it on the page where one chooses
    merchant: str  # our number at the other side; every settlement must name it
    taken: NotifyAnswer

    def start(self, order: PaymentOrder) -> PayPage:
        """Make the order known and say where to pay it. Raises: OSError, PaymentRejected."""
        ...

    def query(self, order_number: str) -> Settlement:
        """How an order stands at the other side. Raises: OSError."""
        ...

    def read_callback(self, *, body: bytes, headers: Mapping[str, str]) -> Settlement:
        """A notification, its signature checked before anything in it is believed. Header names are in lower case.

        Raises: NotificationRefused.
        """
        ...

    def refund(self, refund: RefundOrder) -> RefundReply:
        """Give money back by the way it came. Raises: OSError, PaymentRejected."""
        ...

    def query_refund(self, refund_number: str) -> RefundReply:
        """How a refund stands. Raises: OSError."""
        ...

    def statement(self, day: date) -> DailyStatement:
        """The file of one day that is over. Raises: OSError as long as there is none."""
        ...
