"""A bank to try payments with, over a signed HTTP protocol of its own; `simulator` is the bank: `hall sim bank`.

HALL_BANK_URL is its address, HALL_BANK_MERCHANT our number there, HALL_BANK_KEY our private key and HALL_BANK_PUBLIC_KEY the bank's
public one (RSA 2048, PEM; `HALL_BANK_KEY_FILE` and `HALL_BANK_PUBLIC_KEY_FILE` name files, `hall sim bank` makes both). Every message is a
form of plain fields. Its signature covers the sorted, non-empty `name=value` pairs joined by `&`, as RSA-SHA256 (PKCS #1 v1.5) in
base64, in the field `sign`. `time` (seconds since 1970) and `nonce` stand in every message; an answer repeats the nonce of its question.
"""

import base64
import contextlib
import http.client
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from hall.integration.ports.payment import (
    DailyStatement,
    NotificationRefused,
    NotifyAnswer,
    PaymentGateway,
    PaymentOrder,
    PaymentRejected,
    PaymentStatus,
    PayPage,
    RefundOrder,
    RefundReply,
    Settlement,
    StatementRow,
)
from hall.integration.ports.plugin import ReadSetting, Setting, SettingKind

WHOLE_SECONDS = 7.0
MOST_BYTES = 4 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NEVER = {"REFUSED", "NOT_PAID", "TOO_MUCH"}


def signed_text(fields: Mapping[str, str]) -> bytes:
    """What a signature covers: sorted non-empty pairs, without the signature itself."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name] and name != "sign").encode()


def sign(fields: Mapping[str, str], key: rsa.RSAPrivateKey) -> dict[str, str]:
    """The fields with their signature."""
    return {**fields, "sign": base64.b64encode(key.sign(signed_text(fields), padding.PKCS1v15(), hashes.SHA256())).decode()}


def is_signed(fields: Mapping[str, str], key: rsa.RSAPublicKey) -> bool:
    """Whether the other side's key made the signature."""
    try:
        key.verify(base64.b64decode(fields.get("sign", ""), validate=True), signed_text(fields), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; none may stand there twice. Raises: ValueError."""
    pairs = parse_qsl(
        body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict", max_num_fields=40
    )
    if len(pairs) != len(dict(pairs)):
        raise ValueError("a field stands there twice")
    return dict(pairs)


class SandboxBank(PaymentGateway):
    """One signed POST for each question; what comes back is believed only with the bank's signature and our nonce."""

    name = "sandbox_bank"
    title = "网上银行（演示）"
    hint = "模拟银行，不会真的扣款"
    settings = (
        Setting("HALL_BANK_URL", "银行地址", SettingKind.URL, "以 https:// 开头", is_required=True),
        Setting("HALL_BANK_MERCHANT", "商户号", help="银行给的号码", is_required=True),
        Setting("HALL_BANK_KEY", "我方私钥", SettingKind.SECRET, "RSA 2048，PEM 格式", is_required=True, is_long=True),
        Setting("HALL_BANK_PUBLIC_KEY", "银行公钥", help="RSA 2048，PEM 格式", is_required=True, is_long=True),
    )
    taken = NotifyAnswer()

    def __init__(self, *, url: str, merchant: str, key: str, bank_key: str, whole_seconds: float = WHOLE_SECONDS) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ValueError("HALL_BANK_URL must start with https:// and name a host")
        if not merchant:
            raise ValueError("HALL_BANK_MERCHANT is missing")
        self.merchant = merchant
        self._url = url.rstrip("/")
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._key, self._bank_key = _private(key), _public(bank_key)
        self._whole_seconds = whole_seconds

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made from HALL_BANK_…; None without an address. Raises: ValueError."""
        url = read("HALL_BANK_URL")
        if not url:
            return None
        names = ("HALL_BANK_MERCHANT", "HALL_BANK_KEY", "HALL_BANK_PUBLIC_KEY")
        merchant, key, bank_key = (read(name) or "" for name in names)
        return cls(url=url, merchant=merchant, key=key, bank_key=bank_key)

    def start(self, order: PaymentOrder) -> PayPage:
        """Make the order at the bank; its answer names the page. Raises: OSError, PaymentRejected."""
        answer = self._ask(
            "/orders",
            {
                "order": order.number,
                "amount": str(order.amount_fen),
                "subject": order.subject[:120],
                "expires": str(int(order.expires_at.timestamp())),
                "return_url": order.return_url,
                "notify_url": order.notify_url,
            },
        )
        # The page is the bank's own, whatever the answer says.
        return PayPage(url=f"{self._url}/pay/{answer['token']}", qr_text=f"{self._url}/pay/{answer['token']}")

    def query(self, order_number: str) -> Settlement:
        """How the order stands. Raises: OSError."""
        answer = self._ask("/query", {"order": order_number})
        if answer.get("order") != order_number:
            raise OSError("bank: the answer belongs to another order")
        return _settlement(answer)

    def read_callback(self, *, body: bytes, headers: Mapping[str, str]) -> Settlement:
        """A notification of the bank. Raises: NotificationRefused."""
        try:
            fields = read_form(body)
        except ValueError:
            raise NotificationRefused("bank: not a form") from None
        if not is_signed(fields, self._bank_key):
            raise NotificationRefused("bank: not signed with the bank's key")
        if fields.get("kind") != "notify":
            raise NotificationRefused("bank: not a notification")
        try:
            return _settlement(fields)
        except OSError:
            raise NotificationRefused("bank: unreadable") from None

    def refund(self, refund: RefundOrder) -> RefundReply:
        """Give money back. Raises: OSError, PaymentRejected."""
        fields = {
            "refund": refund.number,
            "order": refund.order_number,
            "txn": refund.bank_txn_no,
            "amount": str(refund.amount_fen),
            "paid": str(refund.paid_fen),
        }
        return _refund_reply(self._ask("/refunds", fields))

    def query_refund(self, refund_number: str) -> RefundReply:
        """How a refund stands. Raises: OSError."""
        return _refund_reply(self._ask("/refunds/query", {"refund": refund_number}))

    def statement(self, day: date) -> DailyStatement:
        """The bank's file of the day. Raises: OSError."""
        answer = self._ask("/statement", {"day": day.isoformat()})
        try:
            lines = [line.split(",") for line in answer.get("lines", "").split(";") if line]
            rows = tuple(StatementRow(txn, order, int(amount), _moment(at)) for txn, order, amount, at in lines)
        except ValueError:
            raise OSError("bank: the daily file cannot be read") from None
        if answer.get("day") != day.isoformat() or answer.get("count") != str(len(rows)):
            raise OSError("bank: the daily file is not whole")
        return DailyStatement(day, rows)

    def _ask(self, path: str, fields: Mapping[str, str]) -> dict[str, str]:
        nonce = secrets.token_hex(16)
        question = sign({**fields, "merchant": self.merchant, "nonce": nonce, "time": str(int(time.time()))}, self._key)
        status, content = self._post(path, urlencode(question).encode())
        if status != 200:
            raise OSError(f"bank: the answer was {status}")
        try:
            answer = read_form(content)
        except ValueError:
            raise OSError("bank: the answer cannot be read") from None
        if not is_signed(answer, self._bank_key) or answer.get("nonce") != nonce or answer.get("kind") != "answer":
            raise OSError("bank: the answer is not the bank's, or to another question")
        if answer.get("result") in _NEVER:
            raise PaymentRejected(f"bank: {answer['result']}")
        if answer.get("result") != "OK":
            raise OSError("bank: it could not say")
        return answer

    def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        ends_at = time.monotonic() + self._whole_seconds
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=self._whole_seconds, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=self._whole_seconds)
        )
        is_too_late = threading.Event()
        try:
            connection.connect()
            # A bank that sends one byte now and then outlives every timeout of a single step.
            watchdog = threading.Timer(max(0.05, ends_at - time.monotonic()), _hang_up, (connection.sock, is_too_late))
            watchdog.daemon = True
            watchdog.start()
            try:
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", self._path + path, body=body, headers=headers)
                answer = connection.getresponse()
                status, content = answer.status, answer.read(MOST_BYTES + 1)
            finally:
                watchdog.cancel()
        except http.client.HTTPException as garbled:
            raise OSError(f"bank: {type(garbled).__name__}") from None
        finally:
            connection.close()
        if is_too_late.is_set():
            raise TimeoutError("bank: no whole answer in time")
        if len(content) > MOST_BYTES:
            raise OSError("bank: the answer is too large")
        return status, content


def _hang_up(wire: socket.socket, is_too_late: threading.Event) -> None:
    is_too_late.set()
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _private(pem: str) -> rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("HALL_BANK_KEY must be a private RSA key of 2048 bits or more, in PEM")
    return key


def _public(pem: str) -> rsa.RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError("HALL_BANK_PUBLIC_KEY must be a public RSA key of 2048 bits or more, in PEM")
    return key


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _settlement(fields: Mapping[str, str]) -> Settlement:
    try:
        status = PaymentStatus(fields["status"])
        is_done = status is PaymentStatus.DONE
        return Settlement(
            order_number=fields["order"][:24],
            status=status,
            merchant=fields["merchant"][:40],
            amount_fen=int(fields["amount"]) if is_done else 0,
            bank_txn_no=fields["txn"][:64] if is_done else "",
            paid_at=_moment(fields["paid_at"]) if is_done else None,
            receipt_code=fields.get("receipt", "")[:40],
            nonce=fields["nonce"][:80],
            sent_at=_moment(fields["time"]),
        )
    except (KeyError, ValueError, OverflowError, OSError):
        raise OSError("bank: the message cannot be read") from None


def _refund_reply(fields: Mapping[str, str]) -> RefundReply:
    try:
        return RefundReply(PaymentStatus(fields["status"]), fields.get("refund_txn", "")[:64])
    except (KeyError, ValueError):
        raise OSError("bank: the message cannot be read") from None
