"""The other side of the wire: a licence service with a small set of licences, as a process of its own, with faults on demand.

    hall sim licences --listen 127.0.0.1:8012

It listens on this machine only. `POST /faults/<kind>` makes it misbehave from then on, `POST /faults/none` mend itself; FAULTS
lists the kinds. Standard library alone: it may run where the hall is not set up.
"""

import argparse
import contextlib
import hashlib
import hmac
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# Known to everybody: the simulator's licences belong to nobody.
KEY = "a-key-for-trying-things-out"
SHIPPED = Path(__file__).with_name("licences.json")
_BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
FAULTS = ("none", "slow", "hang", "drip", "error", "close", "garbage", "huge", "xml", "redirect", "unsigned", "other_question", "quota")
_CODES = {"revoked": "1004", "cancelled": "1004", "suspended": "1005", "lost": "1005", "superseded": "1004"}


def answer_to(question: Mapping[str, Any], licences: Sequence[Mapping[str, Any]], *, today: date) -> dict[str, Any]:
    """The answer of a service that keeps domain.md §10, without its faults."""
    found = [one for one in licences if one["cert_type"] == question["cert_type"]]
    if question["number"]:
        found = [one for one in found if one["number"] == question["number"]]
    else:
        found = [one for one in found if one["holder_key"] == question["holder_key"]]
    if not found:
        return {"request_id": question["request_id"], "code": "1001"}
    licence = found[0]
    is_other = licence["holder_name"] != question["holder_name"] or question["holder_key"] not in {"", licence["holder_key"]}
    if is_other:
        return {"request_id": question["request_id"], "code": "1002"}
    code = _CODES.get(licence["status"], "0000")
    if code == "0000" and licence["valid_to"] and date.fromisoformat(licence["valid_to"]) < today:
        code = "1003"
    return {"request_id": question["request_id"], "code": code, "licence": {k: v for k, v in licence.items() if k != "status"}}


class LicenceService(ThreadingHTTPServer):
    """The service. `fault` is one of FAULTS; `asked` counts the questions that reached it."""

    daemon_threads = True
    allow_reuse_address = True
    fault = "none"
    asked = 0

    def __init__(self, address: tuple[str, int], *, licences: Sequence[Mapping[str, Any]], key: str = KEY) -> None:
        super().__init__(address, _Handler)
        self.licences, self.key = licences, key.encode()
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/licences"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is none of our faults."""


class _Handler(BaseHTTPRequestHandler):
    server: LicenceService

    def log_message(self, format: str, *args: Any) -> None:
        """Questions hold names and numbers: nothing is written down."""

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65536))
        if self.path.startswith("/faults/"):
            self._set_fault(self.path.rpartition("/")[2])
            return
        self.server.asked += 1
        stamp = self.headers.get("X-Hall-Timestamp", "")
        expected = "sha256=" + hmac.new(self.server.key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        is_ours = hmac.compare_digest(expected.encode(), self.headers.get("X-Hall-Signature", "").encode("utf-8", "replace"))
        if not is_ours or not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
            self._send(401, b"{}")
            return
        question = json.loads(body)
        fault = getattr(self, f"_be_{self.server.fault}", None)
        if fault is not None:
            fault(question)
        else:
            self._reply(answer_to(question, self.server.licences, today=date.today()))

    def _set_fault(self, kind: str) -> None:
        if kind in FAULTS:
            self.server.fault = kind
        self._send(200 if kind in FAULTS else 404, b"{}")

    def _reply(self, answer: dict[str, Any], *, key: bytes | None = None) -> None:
        body = json.dumps(answer, ensure_ascii=False).encode()
        sign = hmac.new(key or self.server.key, answer["request_id"].encode() + b"." + body, hashlib.sha256).hexdigest()
        self._send(200, body, {"X-Licence-Signature": f"sha256={sign}"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _be_slow(self, question: Mapping[str, Any]) -> None:
        self.server.ending.wait(0.8)
        self._reply(answer_to(question, self.server.licences, today=date.today()))

    def _be_hang(self, question: Mapping[str, Any]) -> None:
        self.server.ending.wait(20)

    def _be_drip(self, question: Mapping[str, Any]) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(200):
            self.wfile.write(b" ")
            if self.server.ending.wait(0.1):
                return

    def _be_error(self, question: Mapping[str, Any]) -> None:
        self._send(500, b"oops")

    def _be_close(self, question: Mapping[str, Any]) -> None:
        self.connection.close()

    def _be_garbage(self, question: Mapping[str, Any]) -> None:
        body = b"\xff\x00 no json at all"
        sign = hmac.new(self.server.key, str(question["request_id"]).encode() + b"." + body, hashlib.sha256).hexdigest()
        self._send(200, body, {"X-Licence-Signature": f"sha256={sign}"})

    def _be_huge(self, question: Mapping[str, Any]) -> None:
        self._send(200, b"[" + b"0," * 5_000_000 + b"0]")

    def _be_xml(self, question: Mapping[str, Any]) -> None:
        self._send(200, _BOMB.encode(), {"Content-Type": "application/xml"})

    def _be_redirect(self, question: Mapping[str, Any]) -> None:
        self._send(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})

    def _be_unsigned(self, question: Mapping[str, Any]) -> None:
        self._reply(answer_to(question, self.server.licences, today=date.today()), key=b"somebody else's key")

    def _be_other_question(self, question: Mapping[str, Any]) -> None:
        answer = answer_to(question, self.server.licences, today=date.today())
        body = json.dumps({**answer, "request_id": "0" * 32}).encode()
        sign = hmac.new(self.server.key, str(question["request_id"]).encode() + b"." + body, hashlib.sha256).hexdigest()
        self._send(200, body, {"X-Licence-Signature": f"sha256={sign}"})

    def _be_quota(self, question: Mapping[str, Any]) -> None:
        self._reply({"request_id": question["request_id"], "code": "3003"})


def run(arguments: Sequence[str]) -> int:
    """`hall sim licences`: answer until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="hall sim licences", description="A licence service for trying things out.")
    parser.add_argument("--listen", default="127.0.0.1:8012", help="port on this machine, as 127.0.0.1:8012")
    parser.add_argument("--licences", type=Path, default=SHIPPED, help="a JSON file like the shipped one")
    parser.add_argument("--fault", choices=FAULTS, default="none", help="misbehave from the start")
    options = parser.parse_args(arguments)
    host, _, port = options.listen.rpartition(":")
    if host not in {"127.0.0.1", "localhost"} or not port.isdecimal():
        parser.error("it listens on this machine only: --listen 127.0.0.1:PORT")
    licences = json.loads(options.licences.read_text(encoding="utf-8"))
    service = LicenceService(("127.0.0.1", int(port)), licences=licences, key=os.environ.get("HALL_LICENCE_KEY") or KEY)
    service.fault = options.fault
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=service.shutdown, daemon=True).start())
    print(f"licences: {service.url} (POST /faults/<{'|'.join(FAULTS)}>)", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        service.serve_forever(poll_interval=0.2)
    return 0
