"""What every way to pay must do, ours and theirs. A new adapter adds a rig here and passes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from threading import Event
from urllib.parse import urlencode

import pytest

from hall.integration.adapters.sandbox_bank import SandboxBank, sign
from hall.integration.adapters.sandbox_bank.bank import Bank
from hall.integration.adapters.sandbox_bank.simulator import MERCHANT
from hall.integration.adapters.unionpay import UnionPay
from hall.integration.ports.payment import (
    NotificationRefused,
    PaymentGateway,
    PaymentOrder,
    PaymentRejected,
    PaymentStatus,
    RefundOrder,
)
from tests.make import unionpay
from tests.make.payments import bank_service, key_folder

# As the hall makes them: the moment, and ten digits.
ONE, OTHER, BACK, MORE = (f"{datetime.now(UTC) + timedelta(hours=8):%Y%m%d%H%M%S}{n:010d}" for n in range(4))


@dataclass
class Rig:
    """One adapter in front of a simulator of its outside system, and what the simulator sends when an order was paid."""

    gateway: PaymentGateway
    bank: Bank
    ending: Event
    notification: Callable[[str], tuple[bytes, dict[str, str]]]
    impatient: PaymentGateway


def key(name: str) -> str:
    return (key_folder() / name).read_text()


def sandbox(url: str, **changes: object) -> SandboxBank:
    usual = {"url": url, "merchant": MERCHANT, "key": key("hall.pem"), "bank_key": key("bank.pub.pem"), "whole_seconds": 1.0}
    return SandboxBank(**(usual | changes))  # type: ignore[arg-type]


def union(url: str, **changes: object) -> UnionPay:
    usual = {
        "url": url,
        "merchant": unionpay.MERCHANT,
        "cert_id": unionpay.CERT_ID,
        "key": key("hall.pem"),
        "unionpay_key": key("bank.pub.pem"),
        "whole_seconds": 1.0,
    }
    return UnionPay(**(usual | changes))  # type: ignore[arg-type]


@pytest.fixture(params=["sandbox_bank", "unionpay"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "unionpay":
        with unionpay.unionpay_service() as gate:
            fast = union(gate.url, whole_seconds=0.2)
            yield Rig(union(gate.url), gate.bank, gate.ending, lambda number: (gate.notification(number), {}), fast)
        return
    with bank_service() as service:

        def notification(number: str) -> tuple[bytes, dict[str, str]]:
            fields = service.bank.describe(service.bank.orders[number]) | {"kind": "notify", "nonce": "n1", "time": str(int(time.time()))}
            return urlencode(sign(fields, service.key)).encode(), {}

        yield Rig(sandbox(service.url), service.bank, service.ending, notification, sandbox(service.url, whole_seconds=0.2))


def order(number: str = ONE, amount_fen: int = 14050) -> PaymentOrder:
    soon = datetime.now(UTC) + timedelta(minutes=30)
    return PaymentOrder(number, amount_fen, "缴费：企业投资项目核准", soon, "http://127.0.0.1/back", "http://127.0.0.1/notify")


def test_an_order_is_made_once_however_often_it_is_asked_for(rig: Rig) -> None:
    first, again = rig.gateway.start(order()), rig.gateway.start(order())
    assert first == again and (first.url or first.qr_text)
    with pytest.raises(PaymentRejected):
        rig.gateway.start(order(amount_fen=1))


def test_how_an_order_stands(rig: Rig) -> None:
    assert rig.gateway.query(OTHER).status is PaymentStatus.UNKNOWN
    rig.gateway.start(order())
    assert rig.gateway.query(ONE).status is PaymentStatus.PENDING
    rig.bank.pay(ONE)
    found = rig.gateway.query(ONE)
    assert (found.status, found.amount_fen, found.merchant, found.order_number) == (PaymentStatus.DONE, 14050, rig.gateway.merchant, ONE)
    assert found.bank_txn_no and found.paid_at is not None
    rig.gateway.start(order(OTHER))
    rig.bank.fail(OTHER)
    assert rig.gateway.query(OTHER).status is PaymentStatus.FAILED


def test_a_notification_is_read_and_a_changed_one_is_not(rig: Rig) -> None:
    rig.gateway.start(order())
    rig.bank.pay(ONE)
    body, headers = rig.notification(ONE)
    said = rig.gateway.read_callback(body=body, headers=headers)
    assert (said.order_number, said.amount_fen, said.status) == (ONE, 14050, PaymentStatus.DONE)
    # A protocol without a time of its own has a nonce all the same.
    assert said.nonce and (said.sent_at is None or abs(datetime.now(UTC) - said.sent_at) < timedelta(minutes=1))
    for wrong in (b"", b"\xff\xfe", b"{}", body.replace(b"14050", b"1"), body[:-3], body + b"&amount=1", b"a=1&" * 5000):
        with pytest.raises(NotificationRefused):
            rig.gateway.read_callback(body=wrong, headers=headers)


def test_money_goes_back_once_for_a_number_and_never_more_than_came(rig: Rig) -> None:
    rig.gateway.start(order())
    with pytest.raises(PaymentRejected):
        rig.gateway.refund(RefundOrder(BACK, ONE, "T", 100, 14050))
    rig.bank.pay(ONE)
    txn = rig.gateway.query(ONE).bank_txn_no
    assert rig.gateway.query_refund(BACK).status is PaymentStatus.UNKNOWN
    for _ in range(2):
        assert rig.gateway.refund(RefundOrder(BACK, ONE, txn, 100, 14050)).status in {PaymentStatus.DONE, PaymentStatus.PENDING}
    assert rig.gateway.query_refund(BACK).status is PaymentStatus.DONE
    with pytest.raises(PaymentRejected):
        rig.gateway.refund(RefundOrder(MORE, ONE, txn, 14000, 14050))
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    rows = rig.gateway.statement(today).rows
    assert [(row.bank_txn_no == txn, row.order_number, row.amount_fen) for row in rows] == [(True, ONE, 14050), (False, BACK, -100)]
    assert rig.gateway.statement(today - timedelta(days=1)).rows == ()


@pytest.mark.parametrize("fault", ["error", "down", "lost", "unsigned"])
def test_a_side_that_misbehaves_is_an_os_error(rig: Rig, fault: str) -> None:
    rig.bank.fault = fault
    for ask in (lambda: rig.gateway.query(ONE), lambda: rig.gateway.start(order()), lambda: rig.gateway.query_refund(BACK)):
        with pytest.raises(OSError) as caught:
            ask()
        assert "14050" not in str(caught.value)


def test_it_never_takes_longer_than_it_may(rig: Rig) -> None:
    rig.bank.fault = "slow"
    with pytest.raises(OSError):
        rig.impatient.query(ONE)
    rig.ending.set()


@pytest.mark.parametrize("made", [sandbox, union])
def test_it_is_set_up_by_its_settings_or_says_what_is_wrong(made: Callable[..., PaymentGateway]) -> None:
    assert type(made("http://127.0.0.1:1")).configured(lambda name: None) is None
    own = "bank_key" if made is sandbox else "unionpay_key"
    for wrong in (
        {"url": "http://bank.example.cn"},
        {"url": "ftp://127.0.0.1"},
        {"merchant": ""},
        {"key": "no key"},
        {own: key("hall.pem")},
    ):
        with pytest.raises(ValueError):
            made(**({"url": "http://127.0.0.1:1"} | wrong))
    assert {"sandbox_bank", "unionpay"} <= {point.name for point in metadata.entry_points(group=PaymentGateway.group)}
