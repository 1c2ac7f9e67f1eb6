"""The states of an order and of a bill, and what may follow from what (domain.md §13). Pure.

Money wins: once a bank has said that it holds the money, nothing that arrives later or had been on its way takes that back. So the
end is the same in whatever order, and however often, notices and answers arrive.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hall.support.refusals import Refusal

# An order that nobody pays ends after this time; the bank is told the same.
EXPIRY = timedelta(minutes=30)
# While somebody pays, the bank is asked this often; after that a slower round until the order ends, then the daily file.
ASK_EVERY = timedelta(seconds=30)
MOST_ASKS = 10
ASK_SLOWLY = timedelta(minutes=10)
# How old a notification may be when it arrives, and how far ahead its clock may run.
WINDOW = timedelta(minutes=5)


class OrderState(StrEnum):
    """订单状态."""

    CREATED = "created"
    PAYING = "paying"
    PAID = "paid"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"
    CLOSED = "closed"
    FAILED = "failed"


class Event(StrEnum):
    """What can happen to an order."""

    START = "start"  # the payer was sent to the bank
    PAID = "paid"  # a verified notification or an answer to our question: the bank holds the money
    FAIL = "fail"  # the same: the payment did not work
    CLOSE = "close"  # expired, or another order took its place
    REFUND = "refund"  # a refund was approved
    GIVEN_BACK = "given_back"  # the bank gave it back
    KEPT = "kept"  # the bank refused to


S = OrderState
OPEN_ORDERS = frozenset({S.CREATED, S.PAYING})
# The bank holds, or held, the money.
MONEY_ORDERS = frozenset({S.PAID, S.REFUNDING, S.REFUNDED, S.PARTIALLY_REFUNDED})
ORDER_NAMES: dict[OrderState, str] = {
    S.CREATED: "待支付",
    S.PAYING: "支付中",
    S.PAID: "已支付",
    S.REFUNDING: "退款中",
    S.REFUNDED: "已全额退款",
    S.PARTIALLY_REFUNDED: "已部分退款",
    S.CLOSED: "已关闭",
    S.FAILED: "支付失败",
}

# The whole table. What does not stand here changes nothing: it came too late, twice, or in the wrong order.
# After a refund the amounts say which state it is; see `after_refund`.
TABLE: dict[tuple[OrderState, Event], OrderState] = {
    (S.CREATED, Event.START): S.PAYING,
    (S.CREATED, Event.PAID): S.PAID,
    (S.CREATED, Event.FAIL): S.FAILED,
    (S.CREATED, Event.CLOSE): S.CLOSED,
    (S.PAYING, Event.PAID): S.PAID,
    (S.PAYING, Event.FAIL): S.FAILED,
    (S.PAYING, Event.CLOSE): S.CLOSED,
    # Late money is money all the same.
    (S.CLOSED, Event.PAID): S.PAID,
    (S.FAILED, Event.PAID): S.PAID,
    (S.PAID, Event.REFUND): S.REFUNDING,
    (S.PARTIALLY_REFUNDED, Event.REFUND): S.REFUNDING,
    (S.REFUNDING, Event.REFUND): S.REFUNDING,
}


def next_state(state: OrderState, event: Event) -> OrderState:
    """The state after the event; the same state where the event changes nothing."""
    return TABLE.get((state, event), state)


def after_refund(*, paid_fen: int, given_back_fen: int, still_asked_fen: int) -> OrderState:
    """Where an order stands once one of its refunds ended, by its sums."""
    if still_asked_fen:
        return S.REFUNDING
    if given_back_fen == 0:
        return S.PAID
    return S.REFUNDED if given_back_fen == paid_fen else S.PARTIALLY_REFUNDED


class BillState(StrEnum):
    """缴费单状态."""

    OPEN = "open"
    PAID = "paid"
    WAIVED = "waived"  # nothing is left to pay: all of it was reduced
    CANCELLED = "cancelled"


BILL_NAMES = {BillState.OPEN: "待缴费", BillState.PAID: "已缴费", BillState.WAIVED: "已全部减免", BillState.CANCELLED: "已撤销"}


class Verdict(StrEnum):
    """What becomes of money that arrived."""

    SETTLES = "settles"  # it pays the bill
    GOES_BACK = "goes_back"  # the bill needs it no more: it goes back by itself
    KNOWN = "known"  # it was booked before


@dataclass(frozen=True, slots=True)
class Money:
    """Money that a bank says it holds for one of our orders, and what was agreed."""

    amount_fen: int
    merchant: str
    bank_txn_no: str
    agreed_fen: int
    agreed_merchant: str


def mismatch(money: Money) -> str:
    """Why this money cannot be booked, in a word; "" when everything agrees. Such money waits for a person."""
    if money.amount_fen != money.agreed_fen:
        return "amount"
    return "merchant" if money.merchant != money.agreed_merchant else ""


def verdict(*, order: OrderState, bill: BillState, booked_txn_no: str, txn_no: str, amount_fen: int, due_fen: int) -> Verdict:
    """What the money does. A second transaction for one order, like a second order for one bill, goes back.

    An order from before a reduction is more than enough: it settles, and what is over goes back.
    """
    if order in MONEY_ORDERS:
        return Verdict.KNOWN if booked_txn_no == txn_no else Verdict.GOES_BACK
    return Verdict.SETTLES if bill is BillState.OPEN and amount_fen >= due_fen else Verdict.GOES_BACK


class BillClosed(Refusal):
    sentence = "这张缴费单已经结清或者撤销，不用再缴。"
    status = 409


class NothingDue(Refusal):
    sentence = "这个办件现在不需要缴费。"
    status = 409


class AmountMissing(Refusal):
    sentence = "请至少写一项收费，单价写金额（如 20 或 20.50），数量写 1 至 9999 的整数。"
    field = "amount"


class AmountTooLarge(Refusal):
    sentence = "一张缴费单最多 1000 万元，请分开开单或者核对金额。"
    field = "amount"


class ReasonMissing(Refusal):
    sentence = "请写明理由和依据，至少 4 个字，缴费人会看到。"
    field = "reason"


class BadReduction(Refusal):
    sentence = "减免金额应大于 0，不超过还没有减免的金额。"
    field = "reduction"


class NoProvider(Refusal):
    sentence = "网上缴费暂时不能使用，请稍后再试，或者到窗口缴费。"
    status = 409


class PaymentUnavailable(Refusal):
    sentence = "银行系统暂时没有答复，没有扣款。您的缴费单还在，请稍后再试，或者换一种方式。"
    status = 503


class BankRefused(Refusal):
    sentence = "银行没有接受这笔缴费，没有扣款。请换一种方式，或者到窗口缴费。"
    status = 409


class CounterNumberMissing(Refusal):
    sentence = "请写窗口收款的票据号或者 POS 流水号，4 至 40 位字母、数字。"
    field = "number"


class CounterNumberUsed(Refusal):
    sentence = "这个票据号已经登记过，请核对。"
    status = 409
    field = "number"


class BadRefund(Refusal):
    """When this amount cannot be given back; the sentence says how much can."""

    field = "refund"


class VerdictMissing(Refusal):
    sentence = "请先选择批准还是不批准。"
    field = "verdict"


class SamePerson(Refusal):
    sentence = "申请和批准退款不能由同一个人完成，请换一位领导审批。"
    status = 403


class RefundDecided(Refusal):
    sentence = "这笔退款已经处理过，请刷新页面看最新状态。"
    status = 409


MOST_FEN = 1_000_000_000


def yuan(amount_fen: int) -> str:
    """1234567 → 12,345.67."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{fen:02d}"
