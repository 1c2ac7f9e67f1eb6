"""The other side of the wire: a licence service with a small set of licences, as a process of its own, with faults on demand.

hall sim licences --listen 127.0.0.1:8012
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

from hall.integration.simulators import frame
from hall.integration.simulators.frame import KEY, Answer, Asked, Simulator

__all__ = ["FAULTS", "KEY", "LicenceService", "answer_to", "run"]

SHIPPED = Path(__file__).with_name("licences.json")
_BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
FAULTS = {**frame.FAULTS, "xml": "格式不对：回 XML", "other_question": "张冠李戴：答的是别的问题", "quota": "额度用完：3003"}
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


class LicenceService(Simulator):
    """The service: it keeps domain.md §10, and signs its answers with the request's id."""

    name, title, default_port, path, key_setting = "licences", "证照库", 8012, "/licences", "HALL_LICENCE_KEY"
    faults = FAULTS

    def __init__(
        self, address: tuple[str, int] = ("127.0.0.1", 0), *, licences: Sequence[Mapping[str, Any]] | None = None, key: str = KEY
    ) -> None:
        super().__init__(address, key=key)
        self.licences = json.loads(SHIPPED.read_text(encoding="utf-8")) if licences is None else licences

    def answer(self, asked: Asked, fault: str) -> Answer:
        """The answer of a sound service, or one of the faults that only a licence service has."""
        question = json.loads(asked.body)
        if fault == "quota":
            return _as_json({"request_id": question["request_id"], "code": "3003"})
        if fault == "xml":
            return Answer(_BOMB.encode(), headers={"Content-Type": "application/xml"}, note="XML")
        answer = answer_to(question, self.licences, today=date.today())
        return _as_json({**answer, "request_id": "0" * 32} if fault == "other_question" else answer)

    def sign(self, asked: Asked, body: bytes, key: bytes) -> Mapping[str, str]:
        """X-Licence-Signature over the id of the question that was asked, "." and the body."""
        request_id = str(json.loads(asked.body)["request_id"])
        return {"X-Licence-Signature": frame.hmac_of(key, request_id.encode() + b"." + body)}

    def words(self, asked: Asked) -> str:
        """Type and purpose; names and numbers are nobody's business, not even here."""
        question = json.loads(asked.body)
        return f"查 {question['cert_type']}（{question['purpose']}）"

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """--licences FILE."""
        parser.add_argument("--licences", type=Path, default=SHIPPED, help="a JSON file like the shipped one")

    @classmethod
    def made(cls, address: tuple[str, int], key: str, options: argparse.Namespace) -> Self:
        """With the licences of the file that was named."""
        return cls(address, licences=json.loads(options.licences.read_text(encoding="utf-8")), key=key)


def _as_json(answer: Mapping[str, Any]) -> Answer:
    return Answer(json.dumps(answer, ensure_ascii=False).encode(), note=f"答 {answer['code']}")


run = LicenceService.run
