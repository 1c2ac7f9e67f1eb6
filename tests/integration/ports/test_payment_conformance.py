"""What every way to pay must do, ours and theirs. A new adapter adds a Rig here and passes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from urllib.parse import urlencode

import pytest

from hall.integration.adapters.sandbox_bank import SandboxBank, sign
from hall.integration.adapters.sandbox_bank.simulator import MERCHANT, BankService
from hall.integration.ports.payment import (
    NotificationRefused,
    PaymentGateway,
    PaymentOrder,
    PaymentRejected,
    PaymentStatus,
    RefundOrder,
)
from tests.make.payments import bank_service, key_folder


@dataclass
class Rig:
    """One adapter in front of a simulator of its outside system, and what the simulator sends when an order was paid."""

    gateway: PaymentGateway
    service: BankService
    notification: Callable[[str], tuple[bytes, dict[str, str]]]


def made(url: str, **changes: object) -> SandboxBank:
    key, bank_key = ((key_folder() / name).read_text() for name in ("hall.pem", "bank.pub.pem"))
    return SandboxBank(**({"url": url, "merchant": MERCHANT, "key": key, "bank_key": bank_key, "whole_seconds": 1.0} | changes))  # type: ignore[arg-type]


@pytest.fixture
def rig() -> Iterator[Rig]:
    with bank_service() as service:

        def notification(number: str) -> tuple[bytes, dict[str, str]]:
            fields = service.bank.describe(service.bank.orders[number]) | {"kind": "notify", "nonce": "n1", "time": str(int(time.time()))}
            return urlencode(sign(fields, service.key)).encode(), {}

        yield Rig(made(service.url), service, notification)


def order(number: str = "1", amount_fen: int = 14050) -> PaymentOrder:
    soon = datetime.now(UTC) + timedelta(minutes=30)
    return PaymentOrder(number, amount_fen, "缴费：企业投资项目核准", soon, "http://127.0.0.1/back", "http://127.0.0.1/notify")


def test_an_order_is_made_once_however_often_it_is_asked_for(rig: Rig) -> None:
    first, again = rig.gateway.start(order()), rig.gateway.start(order())
    assert first == again and (first.url or first.qr_text)
    with pytest.raises(PaymentRejected):
        rig.gateway.start(order(amount_fen=1))


def test_how_an_order_stands(rig: Rig) -> None:
    assert rig.gateway.query("7").status is PaymentStatus.UNKNOWN
    rig.gateway.start(order())
    assert rig.gateway.query("1").status is PaymentStatus.PENDING
    rig.service.bank.pay("1")
    found = rig.gateway.query("1")
    assert (found.status, found.amount_fen, found.merchant, found.order_number) == (PaymentStatus.DONE, 14050, rig.gateway.merchant, "1")
    assert found.bank_txn_no and found.paid_at is not None


def test_a_notification_is_read_and_a_changed_one_is_not(rig: Rig) -> None:
    rig.gateway.start(order())
    rig.service.bank.pay("1")
    body, headers = rig.notification("1")
    said = rig.gateway.read_callback(body=body, headers=headers)
    assert (said.order_number, said.amount_fen, said.status) == ("1", 14050, PaymentStatus.DONE)
    assert said.nonce and said.sent_at is not None and abs(datetime.now(UTC) - said.sent_at) < timedelta(minutes=1)
    for wrong in (b"", b"\xff\xfe", b"{}", body.replace(b"14050", b"1"), body[:-3], body + b"&amount=1", b"a=1&" * 5000):
        with pytest.raises(NotificationRefused):
            rig.gateway.read_callback(body=wrong, headers=headers)


def test_money_goes_back_once_for_a_number_and_never_more_than_came(rig: Rig) -> None:
    rig.gateway.start(order())
    with pytest.raises(PaymentRejected):
        rig.gateway.refund(RefundOrder("r1", "1", "T", 100, 14050))
    rig.service.bank.pay("1")
    txn = rig.gateway.query("1").bank_txn_no
    assert rig.gateway.query_refund("r1").status is PaymentStatus.UNKNOWN
    for _ in range(2):
        assert rig.gateway.refund(RefundOrder("r1", "1", txn, 100, 14050)).status is PaymentStatus.DONE
    assert rig.gateway.query_refund("r1").status is PaymentStatus.DONE
    with pytest.raises(PaymentRejected):
        rig.gateway.refund(RefundOrder("r2", "1", txn, 14000, 14050))
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    rows = rig.gateway.statement(today).rows
    assert [(row.order_number, row.amount_fen) for row in rows] == [("1", 14050), ("r1", -100)]
    assert rig.gateway.statement(today - timedelta(days=1)).rows == ()


@pytest.mark.parametrize("fault", ["error", "down", "lost", "unsigned"])
def test_a_side_that_misbehaves_is_an_os_error(rig: Rig, fault: str) -> None:
    rig.service.bank.fault = fault
    for ask in (lambda: rig.gateway.query("1"), lambda: rig.gateway.start(order()), lambda: rig.gateway.query_refund("r")):
        with pytest.raises(OSError) as caught:
            ask()
        assert "14050" not in str(caught.value)


def test_it_never_takes_longer_than_it_may(rig: Rig) -> None:
    rig.service.bank.fault = "slow"
    rig.service.ending.clear()
    with pytest.raises(OSError):
        made(rig.service.url, whole_seconds=0.2).query("1")


def test_it_is_set_up_by_its_settings_or_says_what_is_wrong() -> None:
    assert SandboxBank.configured(lambda name: None) is None
    for wrong in (
        {"url": "http://bank.example.cn"},
        {"url": "ftp://127.0.0.1"},
        {"merchant": ""},
        {"key": "no key"},
        {"bank_key": (key_folder() / "hall.pem").read_text()},
    ):
        with pytest.raises(ValueError):
            made(**({"url": "http://127.0.0.1:1"} | wrong))  # type: ignore[arg-type]
    assert "sandbox_bank" in {point.name for point in metadata.entry_points(group=PaymentGateway.group)}
