"""Fees, bills and the bank for tests: the shipped simulator in this process, over real HTTP with real signatures."""

import contextlib
import functools
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hall.integration.adapters.sandbox_bank.bank import Bank
from hall.integration.adapters.sandbox_bank.simulator import MERCHANT, BankService, make_keys, read_keys
from hall.integration.ports.payment import PaymentStatus, Settlement
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.payments import billing, commands, gateways, orders, queries, refunding, settling
from hall.services.payments.models import Order
from hall.services.payments.rows import BillFile
from hall.support.access.actors import Actor
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item

BANK = "sandbox_bank"
CARD = {
    "name": "证件工本费", "standard": "每证 20 元", "basis": "鲁价费发〔2020〕1 号", "unit": "每证", "amount": "20",
    "reduction": "低保户免收", "collector": "101001", "fee_item": "1030402",
}  # fmt: skip
EXAM = {"name": "考试费", "standard": "每人 120.50 元", "amount": "120.50"}
DUE = 14050


def charged_item(*, pays: str = "first", fees: Any = (CARD, EXAM), **changes: Any) -> ItemVersionRow:
    """An item that takes its fees before the decision ("first") or before the result ("then"); reviewed and decided by the reviewer."""
    names = {
        "accept": "clerk",
        "review": "reviewer",
        "pay_first": "applicant",
        "decide": "reviewer",
        "pay_then": "applicant",
        "make": "clerk",
    }
    kinds = [kind for kind in ("accept", "review", "pay_first", "decide", "pay_then", "make") if "pay" not in kind or kind == f"pay_{pays}"]
    steps = [{"name": kind, "days": 0, "kind": kind, "role": names[kind]} for kind in kinds]
    steps.append({"name": "送达", "days": 0, "kind": "deliver", "role": "clerk"})
    fixed = {"charged": True, "fee": "每证 20 元", "payable": True, "leader_approval": False, "flow_steps": steps, "fees": list(fees)}
    return make_item(**(fixed | changes))


def make_bill(**changes: Any) -> tuple[MadeCase, int]:
    """A case that waits for the payment of 140.50 yuan before its decision, and its bill's id."""
    case = make_case(state="opinion", item=charged_item(**changes))
    bill_id = billing.open_due_bill(serial=case.serial, now=case.now)
    assert bill_id is not None
    return case, bill_id


def bill_of(case: MadeCase) -> BillFile:
    """The case's last bill, as its department sees it."""
    found = queries.bill(case.clerk, queries.bill_rows_of_case(case.clerk, case.serial)[0].bill_id)
    assert found is not None
    return found


def make_order(case: MadeCase, bill_id: int, *, now: datetime | None = None) -> Order:
    """An order that was begun at the bank; the bank must be there."""
    return Order.objects.get(number=commands.start_payment(actor=case.applicant, bill_id=bill_id, provider=BANK, now=now or case.now))


def make_bare_order(bill_id: int, *, now: datetime, provider: str = BANK, amount_fen: int = DUE) -> Order:
    """An order without any bank behind it, for what comes after."""
    return Order.objects.create(
        bill_id=bill_id,
        number=orders.new_number(now),
        provider=provider,
        merchant=MERCHANT,
        amount_fen=amount_fen,
        state="paying",
        created_at=now,
        expires_at=now + timedelta(minutes=30),
        ask_at=now,
        pay_url="https://bank.example.cn/pay",
    )


def word(order: Order, *, status: str = "done", txn: str = "T1", now: datetime, **changes: Any) -> Settlement:
    """What a provider says of an order."""
    done: dict[str, Any] = {"amount_fen": order.amount_fen, "bank_txn_no": txn, "paid_at": now} if status == "done" else {}
    return Settlement(**({"order_number": order.number, "status": PaymentStatus(status), "merchant": MERCHANT} | done | changes))


@functools.cache
def key_folder() -> Path:
    """Both key pairs, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="hall-bank-"))
    make_keys(folder)
    return folder


@contextlib.contextmanager
def bank_service(*, clock: Any = None) -> Iterator[BankService]:
    """The bank, running and set up as the hall's way to pay. Its notifications leave when the test says `deliver_due`."""
    bank = Bank(merchant=MERCHANT, **({"clock": clock} if clock else {}))
    service = BankService(("127.0.0.1", 0), bank=bank, keys=read_keys(key_folder()))
    threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    set_up = {
        "HALL_BANK_URL": service.url,
        "HALL_BANK_MERCHANT": MERCHANT,
        "HALL_BANK_KEY_FILE": str(key_folder() / "hall.pem"),
        "HALL_BANK_PUBLIC_KEY_FILE": str(key_folder() / "bank.pub.pem"),
    }
    os.environ |= set_up
    gateways.forget()
    try:
        yield service
    finally:
        service.ending.set()
        service.shutdown()
        service.server_close()
        for name in set_up:
            os.environ.pop(name, None)
        gateways.forget()


def payments_for_doors(owner: Actor, staff: dict[str, Actor], now: datetime) -> dict[str, Any]:
    """What the addresses of payments name: a bill of the owner's, paid at the window, and a refund that waits for the head."""
    case = make_case(state="opinion", item=charged_item(), applicant=owner, now=now, **staff)
    bill_id = billing.open_due_bill(serial=case.serial, now=case.now)
    assert bill_id is not None
    number = settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number=f"POS-{bill_id:04d}", now=case.now)
    refund_id = refunding.ask_refund(
        actor=case.clerk, order_number=number, amount_fen=50, reason="多收了费用", request_key="", now=case.now
    )
    return {"bill_id": bill_id, "order_number": number, "refund_id": refund_id, "difference_id": 1, "provider": BANK}
