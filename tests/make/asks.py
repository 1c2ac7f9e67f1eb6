"""Requests for a call, with full defaults."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from hall.services.guidance import asks
from hall.services.guidance.asks import Asked
from hall.support.access.actors import VISITOR
from tests.make.people import NOW, make_department, make_phone

QUESTION = "护照过期三年了，还能换吗？"


def make_ask(*, department_code: str = "SD02", now: datetime = NOW, **changes: Any) -> Asked:
    """A request with a department; the phone is one that no other call gave."""
    make_department(code=department_code)
    given: dict[str, Any] = {
        "actor": VISITOR,
        "request_key": uuid4(),
        "item_code": "",
        "name": "王女士",
        "phone": make_phone(),
        "question": QUESTION,
        "history": "",
        "is_agreed": True,
    }
    return asks.ask_for_call(department_code=department_code, now=now, **given | changes)
