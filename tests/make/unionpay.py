"""UnionPay's side for tests: its messages (5.1.0) over real HTTP with real signatures, around the books of the simulated bank."""

import base64
import contextlib
import io
import threading
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from hall.integration.adapters.sandbox_bank.bank import CHINA, Bank
from hall.integration.adapters.sandbox_bank.simulator import read_keys, strange_key
from hall.integration.adapters.unionpay import is_signed, read_form, sign
from tests.make.payments import key_folder

MERCHANT = "777290058110048"
CERT_ID = "68759663125"
_CODES = {"pending": "05", "done": "00", "failed": "42", "unknown": "34"}
_WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32)


class UnionPayService(ThreadingHTTPServer):
    """The gateway's server; its faults are those of the bank behind it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, bank: Bank, keys: tuple[rsa.RSAPrivateKey, rsa.RSAPublicKey]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bank, (self.key, self.hall_key) = bank, keys
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up."""

    def notification(self, number: str) -> bytes:
        """What it posts to us of an order."""
        order = self.bank.orders[number]
        said = self.bank.describe(order)
        fields = {
            "txnType": "01", "txnSubType": "07", "version": "5.1.0", "merId": MERCHANT, "orderId": number,
            "txnTime": number[:14].ljust(14, "0"), "respCode": _CODES[said["status"]], "queryId": said.get("txn", ""), "txnAmt": str(order.amount),
        }  # fmt: skip
        return urlencode(sign({name: value for name, value in fields.items() if value}, self.key)).encode()


class _Handler(BaseHTTPRequestHandler):
    server: UnionPayService

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body, bank = self.rfile.read(int(self.headers["Content-Length"])), self.server.bank
        if bank.fault == "down":
            self.connection.close()
            return
        if bank.fault == "error":
            self.send_error(500)
            return
        if bank.fault == "slow":
            self.server.ending.wait(3)
        asked = read_form(body)
        if not is_signed(asked, self.server.hall_key) or asked["merId"] != MERCHANT:
            self.send_error(403)
            return
        said = self._answer(asked)
        if bank.fault == "lost":
            self.connection.close()
            return
        echoed = {name: asked[name] for name in ("orderId", "merId", "txnTime") if name in asked}
        key = strange_key() if bank.fault == "unsigned" else self.server.key
        content = urlencode(sign({name: value for name, value in {**echoed, **said}.items() if value}, key)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, asked: Mapping[str, str]) -> dict[str, str]:
        bank, kind = self.server.bank, asked["txnType"]
        if kind == "01":
            given = {"order": asked["orderId"], "amount": asked["txnAmt"], "subject": "", "return_url": "", "notify_url": asked["backUrl"]}
            made = bank.create(given | {"expires": "4000000000"})
            return {"respCode": "00", "qrCode": f"https://qr.95516.com/{made['token']}"} if made["result"] == "OK" else {"respCode": "12"}
        if kind == "04":
            order = next((o.number for o in bank.orders.values() if asked["origQryId"] in [txn for txn, _ in o.txns]), "")
            made = bank.refund({"refund": asked["orderId"], "order": order, "txn": asked["origQryId"], "amount": asked["txnAmt"]})
            return {"respCode": "00", "queryId": made["refund_txn"]} if made["result"] == "OK" else {"respCode": "36"}
        if kind == "76":
            return self._file(asked["settleDate"])
        if asked["orderId"] in bank.refunds:
            found = bank.refunds[asked["orderId"]]
            return {"respCode": "00", "origRespCode": _CODES[found.status], "queryId": found.txn}
        if asked["orderId"] not in bank.orders:
            return {"respCode": "34"}
        order = bank.orders[asked["orderId"]]
        said = bank.describe(order)
        return {"respCode": "00", "origRespCode": _CODES[said["status"]], "queryId": said.get("txn", ""), "txnAmt": str(order.amount)}

    def _file(self, settle_date: str) -> dict[str, str]:
        bank = self.server.bank
        lines = [("S22", txn, order.number, order.amount, at) for order in bank.orders.values() for txn, at in order.txns]
        lines += [("S30", one.txn, one.number, one.amount, one.at) for one in bank.refunds.values() if one.status == "done"]
        text = ""
        for code, txn, number, amount, at in lines:
            if f"{at + CHINA:%m%d}" == settle_date:
                cells = (code, "", "", "", f"{at + CHINA:%m%d%H%M%S}", "", f"{amount:012d}", "", "", txn, "", number)
                text += " ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)) + "\r\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("INN2612018888ZM_" + MERCHANT, text)
        return {"respCode": "00", "fileContent": base64.b64encode(zlib.compress(packed.getvalue())).decode()}


@contextlib.contextmanager
def unionpay_service() -> Iterator[UnionPayService]:
    """The gateway, running."""
    service = UnionPayService(Bank(merchant=MERCHANT), read_keys(key_folder()))
    threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield service
    finally:
        service.ending.set()
        service.shutdown()
        service.server_close()
