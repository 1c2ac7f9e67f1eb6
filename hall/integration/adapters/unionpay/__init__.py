"""UnionPay (银联全渠道, message version 5.1.0) by a QR code that any wallet scans; written after its public manual.

HALL_UNIONPAY_URL is the gateway (https://gateway.95516.com), HALL_UNIONPAY_MERCHANT the 15 digits of our number, HALL_UNIONPAY_CERT_ID the
serial of our certificate, HALL_UNIONPAY_KEY our private key, HALL_UNIONPAY_PUBLIC_KEY UnionPay's public one (RSA 2048, PEM; best as `…_FILE`).
A message is a form; its signature is RSA-SHA256 over the lower-case hex SHA-256 of the sorted, non-empty `name=value` pairs joined by `&`.
The certificate that an answer brings along is not believed: only the key that is set up here is. `txnTime` are the first fourteen digits
of our own numbers. Try it at UnionPay's test gateway before it takes money.
"""

import base64
import contextlib
import hashlib
import http.client
import io
import socket
import ssl
import threading
import time
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
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
MOST_BYTES = 8 * 1024 * 1024
CHINA = timezone(timedelta(hours=8))
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_DONE, _PENDING, _LATER, _UNKNOWN = {"00", "A6"}, {"03", "04", "05"}, {"01", "02", "06"}, "34"
# Widths of the columns of the daily file (ZM), parted by one blank: code 0, time 4, amount 6, queryId 9, orderId 11.
_WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32)


def signed_digest(fields: Mapping[str, str]) -> bytes:
    """What a signature covers."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name] and name != "signature")
    return hashlib.sha256(text.encode()).hexdigest().encode()


def sign(fields: Mapping[str, str], key: rsa.RSAPrivateKey) -> dict[str, str]:
    """The fields with their signature."""
    made = key.sign(signed_digest(fields), padding.PKCS1v15(), hashes.SHA256())
    return {**fields, "signature": base64.b64encode(made).decode()}


def is_signed(fields: Mapping[str, str], key: rsa.RSAPublicKey) -> bool:
    """Whether the other side's key made the signature."""
    try:
        given = base64.b64decode(fields.get("signature", ""), validate=True)
        key.verify(given, signed_digest(fields), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; none may stand there twice. Raises: ValueError."""
    pairs = parse_qsl(
        body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict", max_num_fields=80
    )
    if len(pairs) != len(dict(pairs)):
        raise ValueError("a field stands there twice")
    return dict(pairs)


class UnionPay(PaymentGateway):
    """One signed POST for each question; an answer counts only with UnionPay's signature and our order's number."""

    name = "unionpay"
    title = "银联云闪付"
    hint = "用云闪付或手机银行扫码"
    settings = (
        Setting("HALL_UNIONPAY_URL", "网关地址", SettingKind.URL, "如 https://gateway.95516.com", is_required=True),
        Setting("HALL_UNIONPAY_MERCHANT", "商户号", help="15 位数字", is_required=True),
        Setting("HALL_UNIONPAY_CERT_ID", "商户证书序列号", help="十进制数字", is_required=True),
        Setting("HALL_UNIONPAY_KEY", "我方私钥", SettingKind.SECRET, "RSA 2048，PEM 格式", is_required=True, is_long=True),
        Setting("HALL_UNIONPAY_PUBLIC_KEY", "银联公钥", help="RSA 2048，PEM 格式", is_required=True, is_long=True),
    )
    taken = NotifyAnswer(body=b"ok")

    def __init__(self, *, url: str, merchant: str, cert_id: str, key: str, unionpay_key: str, whole_seconds: float = WHOLE_SECONDS) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise ValueError("HALL_UNIONPAY_URL must start with https:// and name a host")
        if not (merchant.isdecimal() and cert_id.isdecimal()):
            raise ValueError("HALL_UNIONPAY_MERCHANT and HALL_UNIONPAY_CERT_ID are digits")
        self.merchant, self._cert_id = merchant, cert_id
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._key, self._unionpay_key = _private(key), _public(unionpay_key)
        self._whole_seconds = whole_seconds

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made from HALL_UNIONPAY_…; None without an address. Raises: ValueError."""
        url = read("HALL_UNIONPAY_URL")
        if not url:
            return None
        merchant, cert_id, key, own = (read(f"HALL_UNIONPAY_{name}") or "" for name in ("MERCHANT", "CERT_ID", "KEY", "PUBLIC_KEY"))
        return cls(url=url, merchant=merchant, cert_id=cert_id, key=key, unionpay_key=own)

    def start(self, order: PaymentOrder) -> PayPage:
        """Ask for the order's QR code (申请消费二维码). Raises: OSError, PaymentRejected."""
        fields = {
            "txnType": "01",
            "txnSubType": "07",
            "orderId": order.number,
            "txnAmt": str(order.amount_fen),
            "currencyCode": "156",
            "backUrl": order.notify_url,
            "payTimeout": f"{order.expires_at.astimezone(CHINA):%Y%m%d%H%M%S}",
        }
        answer = self._ask("/gateway/api/backTransReq.do", fields)
        _check_taken(answer)
        if not answer.get("qrCode"):
            raise OSError("unionpay: no QR code in the answer")
        return PayPage(qr_text=answer["qrCode"][:500])

    def query(self, order_number: str) -> Settlement:
        """How the order stands (交易状态查询). Raises: OSError."""
        answer = self._ask("/gateway/api/queryTrans.do", {"txnType": "00", "txnSubType": "00", "orderId": order_number})
        if answer.get("respCode") == _UNKNOWN:
            return Settlement(order_number, PaymentStatus.UNKNOWN, self.merchant)
        if answer.get("respCode") != "00":
            raise OSError("unionpay: it could not say")
        return _settlement(answer, answer.get("origRespCode", ""))

    def read_callback(self, *, body: bytes, headers: Mapping[str, str]) -> Settlement:
        """A notification (后台通知). It carries no time of its own; its nonce is UnionPay's number with the outcome. Raises: NotificationRefused."""
        try:
            fields = read_form(body)
        except ValueError:
            raise NotificationRefused("unionpay: not a form") from None
        if not is_signed(fields, self._unionpay_key):
            raise NotificationRefused("unionpay: not signed with UnionPay's key")
        if (fields.get("txnType"), fields.get("txnSubType")) != ("01", "07") or "origRespCode" in fields or "qrCode" in fields:
            raise NotificationRefused("unionpay: not the notification of a payment")
        try:
            return _settlement(fields, fields.get("respCode", ""), is_notification=True)
        except OSError:
            raise NotificationRefused("unionpay: unreadable") from None

    def refund(self, refund: RefundOrder) -> RefundReply:
        """Give money back (退货); UnionPay takes it in and does it later. Raises: OSError, PaymentRejected."""
        fields = {
            "txnType": "04",
            "txnSubType": "00",
            "orderId": refund.number,
            "origQryId": refund.bank_txn_no,
            "txnAmt": str(refund.amount_fen),
            "currencyCode": "156",
            "backUrl": "http://www.specialUrl.com",  # the manual's word for "no notification, please"
        }
        answer = self._ask("/gateway/api/backTransReq.do", fields)
        if answer.get("respCode") in _PENDING:
            return RefundReply(PaymentStatus.PENDING)
        _check_taken(answer)
        return RefundReply(PaymentStatus.PENDING, answer.get("queryId", "")[:64])

    def query_refund(self, refund_number: str) -> RefundReply:
        """How a refund stands. Raises: OSError."""
        answer = self._ask("/gateway/api/queryTrans.do", {"txnType": "00", "txnSubType": "00", "orderId": refund_number})
        if answer.get("respCode") == _UNKNOWN:
            return RefundReply(PaymentStatus.UNKNOWN)
        if answer.get("respCode") != "00":
            raise OSError("unionpay: it could not say")
        return RefundReply(_status(answer.get("origRespCode", "")), answer.get("queryId", "")[:64])

    def statement(self, day: date) -> DailyStatement:
        """The file of one day (对账文件下载). Raises: OSError."""
        fields = {"txnType": "76", "txnSubType": "01", "settleDate": f"{day:%m%d}", "fileType": "00", "orderId": ""}
        answer = self._ask("/gateway/api/fileTransfer.do", fields)
        if answer.get("respCode") != "00":
            raise OSError("unionpay: there is no file of the day yet")
        return DailyStatement(day, tuple(_rows(_unpacked(answer.get("fileContent", "")), day)))

    def _ask(self, path: str, fields: Mapping[str, str]) -> dict[str, str]:
        moment = fields["orderId"][:14] or f"{datetime.now(CHINA):%Y%m%d%H%M%S}"
        fixed = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "bizType": "000000",
            "channelType": "08",
            "accessType": "0",
            "merId": self.merchant,
            "certId": self._cert_id,
            "txnTime": moment,
        }
        question = sign({name: value for name, value in {**fixed, **fields}.items() if value}, self._key)
        status, content = self._post(path, urlencode(question).encode())
        if status != 200:
            raise OSError(f"unionpay: the answer was {status}")
        try:
            answer = read_form(content)
        except ValueError:
            raise OSError("unionpay: the answer cannot be read") from None
        if not is_signed(answer, self._unionpay_key):
            raise OSError("unionpay: the answer is not signed with UnionPay's key")
        if answer.get("orderId", "") != fields["orderId"] or answer.get("merId") != self.merchant or answer.get("txnTime") != moment:
            raise OSError("unionpay: the answer belongs to another question")
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
            watchdog = threading.Timer(max(0.05, ends_at - time.monotonic()), _hang_up, (connection.sock, is_too_late))
            watchdog.daemon = True
            watchdog.start()
            try:
                connection.request("POST", self._path + path, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
                answer = connection.getresponse()
                status, content = answer.status, answer.read(MOST_BYTES + 1)
            finally:
                watchdog.cancel()
        except http.client.HTTPException as garbled:
            raise OSError(f"unionpay: {type(garbled).__name__}") from None
        finally:
            connection.close()
        if is_too_late.is_set():
            raise TimeoutError("unionpay: no whole answer in time")
        if len(content) > MOST_BYTES:
            raise OSError("unionpay: the answer is too large")
        return status, content


def _hang_up(wire: socket.socket, is_too_late: threading.Event) -> None:
    is_too_late.set()
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _check_taken(answer: Mapping[str, str]) -> None:
    code = answer.get("respCode", "")
    if code in _DONE:
        return
    if code in _PENDING | _LATER:
        raise OSError(f"unionpay: busy, {code}")
    raise PaymentRejected(f"unionpay: {code[:8]}")


def _status(code: str) -> PaymentStatus:
    if code in _DONE:
        return PaymentStatus.DONE
    return PaymentStatus.PENDING if code in _PENDING else PaymentStatus.FAILED


def _settlement(fields: Mapping[str, str], code: str, *, is_notification: bool = False) -> Settlement:
    try:
        status = _status(code)
        is_done = status is PaymentStatus.DONE
        return Settlement(
            order_number=fields["orderId"][:24],
            status=status,
            merchant=fields["merId"][:40],
            amount_fen=int(fields["txnAmt"]) if is_done else 0,
            bank_txn_no=fields["queryId"][:64] if is_done else "",
            paid_at=_moment(fields["txnTime"]) if is_done else None,
            nonce=f"{fields.get('queryId', '')}{fields['orderId']}{code}"[:80] if is_notification else "",
        )
    except (KeyError, ValueError):
        raise OSError("unionpay: the message cannot be read") from None


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)


def _unpacked(content: str) -> bytes:
    """The ZM file inside: base64 of a deflated zip. Raises: OSError, also for one that is larger than any day."""
    try:
        unpacking = zlib.decompressobj()
        packed = unpacking.decompress(base64.b64decode(content, validate=True), MOST_BYTES)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            found = [info for info in archive.infolist() if "ZM_" in info.filename and info.file_size <= 8 * MOST_BYTES]
            return archive.read(found[0]) if found else b""
    except (ValueError, zlib.error, zipfile.BadZipFile, RuntimeError, EOFError):
        raise OSError("unionpay: the daily file cannot be unpacked") from None


def _rows(content: bytes, day: date) -> list[StatementRow]:
    rows = []
    for line in content.decode("ascii", "replace").splitlines():
        columns, place = [], 0
        for width in _WIDTHS:
            columns.append(line[place : place + width].strip())
            place += width + 1
        if not columns[0]:
            continue
        try:
            amount = int(columns[6])
            at = _moment(f"{day.year}{columns[4]}")
        except ValueError:
            raise OSError("unionpay: the daily file cannot be read") from None
        # S22 and its kin are money in; refunds (S30) and reversals go out.
        is_back = columns[0] in {"S30", "S31", "S38", "R"}
        rows.append(StatementRow(columns[9], columns[11], -amount if is_back else amount, at))
    return rows


def _private(pem: str) -> rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("HALL_UNIONPAY_KEY must be a private RSA key of 2048 bits or more, in PEM")
    return key


def _public(pem: str) -> rsa.RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError("HALL_UNIONPAY_PUBLIC_KEY must be a public RSA key of 2048 bits or more, in PEM")
    return key
