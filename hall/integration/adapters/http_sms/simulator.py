"""The other side of the wire: a text message gateway that delivers into a window instead of to phones.

hall sim sms --listen 127.0.0.1:8014
"""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from hall.integration.simulators import frame
from hall.integration.simulators.frame import KEY, Answer, Asked, Simulator

FAULTS = {**frame.FAULTS, "rejected": "拒收：这条永远不要", "duplicated": "重发：忘了幂等键，再送一次"}
del FAULTS["garbage"], FAULTS["huge"], FAULTS["unsigned"]  # the gateway's answer is its status alone


@dataclass(frozen=True, slots=True)
class Text:
    """One message on somebody's phone."""

    at: float
    to: str = field(repr=False)
    text: str = field(repr=False)
    key: str


class SmsGateway(Simulator):
    """The gateway: it delivers each key once, and shows what it delivered on its page."""

    name, title, default_port, path, key_setting = "sms", "短信网关", 8014, "/send", "HALL_SMS_KEY"
    faults = FAULTS

    def __init__(self, address: tuple[str, int] = ("127.0.0.1", 0), *, key: str = KEY) -> None:
        super().__init__(address, key=key)
        self.texts: deque[Text] = deque(maxlen=200)
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, asked: Asked, fault: str) -> Answer:
        """200 once delivered; 422 for what it never takes."""
        if fault == "rejected":
            return Answer(status=422, note="拒收")
        message = json.loads(asked.body)
        key = str(message["key"])
        with self._lock:
            if key in self._keys and fault != "duplicated":
                return Answer(note="已经送过，不再送")
            self._keys.add(key)
            self.texts.appendleft(Text(time.time(), str(message["to"]), str(message["text"]), key))
        return Answer(note="已送达")

    def words(self, asked: Asked) -> str:
        """The key alone; the text stands in the other table."""
        return f"发短信 {json.loads(asked.body)['key']}"

    def shelf(self) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
        """The texts, as they stand on the phones."""
        rows: list[tuple[str, ...]] = [(time.strftime("%H:%M:%S", time.localtime(one.at)), one.to, one.text) for one in list(self.texts)]
        return "手机收到的短信", ("时间", "号码", "内容"), rows


run = SmsGateway.run
