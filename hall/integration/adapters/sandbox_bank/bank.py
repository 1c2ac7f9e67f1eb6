"""What the simulated bank knows and does: orders, money, refunds, its day, and the notifications that it owes. No network in here."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

# What may go wrong, by the word in POST /faults/<word>; `none` mends it.
FAULTS = {
    "none": "一切正常",
    "slow": "慢：回答前等 3 秒",
    "error": "出错：一律回 500",
    "lost": "办了但不回话",
    "down": "断网：直接挂断",
    "unsigned": "回答的签名不对",
    "quiet": "不发通知",
    "late": "通知压着不发，点按钮才发",
    "duplicated": "每条通知发三遍",
    "reordered": "先发后到：成功之后再来一条失败",
    "wrong_amount": "通知里的金额不对",
    "wrong_merchant": "通知里的商户号不对",
    "wrong_signature": "通知的签名不对",
    "stale": "通知是十分钟前签的",
    "twice": "同一订单扣两次款",
    "refund_later": "退款先受理，点按钮才到账",
    "refund_refused": "退款不成",
    "day_misses": "对账文件少一笔",
    "day_differs": "对账文件有一笔金额不符",
    "day_adds": "对账文件多一笔",
}
# When a notification that was not answered with SUCCESS is sent again, in seconds.
RETRIES = (2, 5, 15, 60, 300, 1800, 7200)
CHINA = timedelta(hours=8)


@dataclass
class Order:
    """One order of the hall."""

    number: str
    amount: int
    subject: str
    expires_at: datetime
    return_url: str
    notify_url: str
    token: str = field(default_factory=lambda: secrets.token_hex(12))
    status: str = "pending"
    txns: list[tuple[str, datetime]] = field(default_factory=list)
    receipt: str = ""


@dataclass
class GivenBack:
    """One refund."""

    number: str
    order: str
    amount: int
    status: str
    txn: str
    at: datetime


@dataclass
class Notice:
    """A notification that the bank owes. `fields` are signed anew each time it leaves."""

    url: str
    fields: dict[str, str]
    due_at: datetime
    tries: int = 0
    answers: list[str] = field(default_factory=list)
    is_held: bool = False
    is_over: bool = False


class Bank:
    """The books of the bank. Every method may be called from any thread."""

    def __init__(self, *, merchant: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.merchant, self.clock = merchant, clock
        self.fault = "none"
        self.orders: dict[str, Order] = {}
        self.refunds: dict[str, GivenBack] = {}
        self.notices: list[Notice] = []
        self.lock = threading.RLock()
        self._count = 0

    def _txn(self) -> str:
        self._count += 1
        return f"{self.clock():%Y%m%d}{self._count:06d}{secrets.randbelow(10**4):04d}"

    def create(self, given: Mapping[str, str]) -> dict[str, str]:
        """Make an order once; asked again it is the same."""
        with self.lock:
            number, amount = given["order"], int(given["amount"])
            known = self.orders.get(number)
            if amount <= 0 or (known is not None and known.amount != amount):
                return {"result": "REFUSED"}
            if known is None:
                expires = datetime.fromtimestamp(int(given["expires"]), UTC)
                known = Order(number, amount, given["subject"], expires, given["return_url"], given["notify_url"])
                self.orders[number] = known
            return {"result": "OK", "order": number, "token": known.token}

    def by_token(self, token: str) -> Order | None:
        return next((order for order in self.orders.values() if secrets.compare_digest(order.token, token)), None)

    def pay(self, number: str) -> bool:
        """The payer pays. False when it is paid already or too late."""
        with self.lock:
            order = self.orders[number]
            if order.status == "done" or self.clock() >= order.expires_at:
                return False
            order.status, order.receipt = "done", f"37010126 {secrets.randbelow(10**10):010d} {secrets.token_hex(3)}"
            for _ in range(2 if self.fault == "twice" else 1):
                txn = (self._txn(), self.clock())
                order.txns.append(txn)
                self._owe(order, self.describe(order, txn))
            return True

    def fail(self, number: str) -> None:
        """The payment does not work (too little money, a wrong password)."""
        with self.lock:
            order = self.orders[number]
            if order.status == "pending":
                order.status = "failed"
                self._owe(order, self.describe(order))

    def describe(self, order: Order, txn: tuple[str, datetime] | None = None) -> dict[str, str]:
        """An order as answers and notifications tell of it."""
        if txn is None and order.txns:
            txn = order.txns[0]
        status = order.status if order.status != "pending" or self.clock() < order.expires_at else "failed"
        said = {"order": order.number, "status": status, "merchant": self.merchant}
        if status == "done" and txn is not None:
            said |= {"amount": str(order.amount), "txn": txn[0], "paid_at": str(int(txn[1].timestamp())), "receipt": order.receipt}
        return said

    def query(self, given: Mapping[str, str]) -> dict[str, str]:
        with self.lock:
            order = self.orders.get(given["order"])
            if order is None:
                return {"result": "OK", "order": given["order"], "status": "unknown"}
            return {"result": "OK", **self.describe(order)}

    def _owe(self, order: Order, fields: dict[str, str]) -> None:
        if self.fault == "quiet":
            return
        if self.fault == "wrong_amount" and "amount" in fields:
            fields = fields | {"amount": str(int(fields["amount"]) - 1)}
        if self.fault == "wrong_merchant":
            fields = fields | {"merchant": "999999999999999"}
        for _ in range(3 if self.fault == "duplicated" else 1):
            self.notices.append(Notice(order.notify_url, fields, self.clock(), is_held=self.fault == "late"))
        if self.fault == "reordered":
            self.notices.append(
                Notice(order.notify_url, {"order": order.number, "status": "failed", "merchant": self.merchant}, self.clock())
            )

    def release(self) -> None:
        """Let the notifications go that were held."""
        with self.lock:
            for notice in self.notices:
                notice.is_held = False

    def due(self) -> list[Notice]:
        """What is to be sent now."""
        with self.lock:
            return [one for one in self.notices if not one.is_over and not one.is_held and one.due_at <= self.clock()]

    def answered(self, notice: Notice, answer: str) -> None:
        """What the hall said to it: over, or once more later."""
        with self.lock:
            notice.answers.append(answer[:60])
            notice.is_over = answer == "SUCCESS" or notice.tries >= len(RETRIES)
            if not notice.is_over:
                notice.due_at = self.clock() + timedelta(seconds=RETRIES[notice.tries])
            notice.tries += 1

    def refund(self, given: Mapping[str, str]) -> dict[str, str]:
        """Give money back, once for each refund number and never more than came in."""
        with self.lock:
            known = self.refunds.get(given["refund"])
            if known is None:
                order, amount = self.orders.get(given["order"]), int(given["amount"])
                if order is None or given["txn"] not in [txn for txn, _ in order.txns]:
                    return {"result": "NOT_PAID"}
                before = sum(one.amount for one in self.refunds.values() if one.order == order.number and one.status != "failed")
                if amount <= 0 or before + amount > order.amount * len(order.txns):
                    return {"result": "TOO_MUCH"}
                status = {"refund_later": "pending", "refund_refused": "failed"}.get(self.fault, "done")
                known = GivenBack(given["refund"], order.number, amount, status, self._txn(), self.clock())
                self.refunds[known.number] = known
            return {"result": "OK", "refund": known.number, "status": known.status, "refund_txn": known.txn}

    def query_refund(self, given: Mapping[str, str]) -> dict[str, str]:
        with self.lock:
            known = self.refunds.get(given["refund"])
            if known is None:
                return {"result": "OK", "status": "unknown"}
            return {"result": "OK", "refund": known.number, "status": known.status, "refund_txn": known.txn}

    def finish_refunds(self) -> None:
        """Whatever was only taken in is given back now."""
        with self.lock:
            for one in self.refunds.values():
                one.status = "done" if one.status == "pending" else one.status

    def day(self, given: Mapping[str, str]) -> dict[str, str]:
        """The daily file: every transaction and every refund of the day in China."""
        with self.lock:
            lines: list[list[Any]] = []
            for order in self.orders.values():
                lines += [[txn, order.number, order.amount, at] for txn, at in order.txns]
            lines += [[one.txn, one.number, -one.amount, one.at] for one in self.refunds.values() if one.status == "done"]
            lines = [line for line in lines if (line[3] + CHINA).date().isoformat() == given["day"]]
            if self.fault == "day_misses" and lines:
                lines.pop()
            elif self.fault == "day_differs" and lines:
                lines[-1][2] += 100
            elif self.fault == "day_adds":
                lines.append([self._txn(), "PAY-UNHEARD-OF", 1234, datetime.fromisoformat(given["day"]).replace(hour=4, tzinfo=UTC)])
            texts = [f"{txn},{number},{amount},{int(at.timestamp())}" for txn, number, amount, at in lines]
            return {"result": "OK", "day": given["day"], "count": str(len(texts)), "lines": ";".join(texts)}
