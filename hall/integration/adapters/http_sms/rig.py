"""The far side for the conformance test: the gateway's simulator, and addresses that exist and do not."""

import threading
from typing import Self

from hall.integration.adapters.http_sms import HttpSms
from hall.integration.adapters.http_sms.simulator import FAULTS, SmsGateway
from hall.integration.simulators.frame import KEY


class Rig:
    """The gateway of `hall sim sms`, started anew for each rule."""

    good_address = "13812340000"
    bad_addresses = ("", "zhang", "138 1234 0000", "13812340000\r\n", "１３８１２３４００００", "1" * 40)

    def __enter__(self) -> Self:
        self._gateway = SmsGateway()
        threading.Thread(target=self._gateway.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.settings = {"HALL_SMS_URL": self._gateway.url, "HALL_SMS_KEY": KEY}
        return self

    def __exit__(self, *fault: object) -> None:
        self._gateway.ending.set()
        self._gateway.shutdown()
        self._gateway.server_close()

    def plugin(self) -> HttpSms:
        """With less patience than in earnest, so that a test does not take minutes."""
        return HttpSms(url=self._gateway.url, key=KEY, step_seconds=0.4, whole_seconds=0.6)

    def misbehave(self, kind: str) -> bool:
        """Behave so from now on; False for a fault that a gateway cannot have."""
        if kind in FAULTS:
            self._gateway.fault = kind
        return kind in FAULTS

    def received(self) -> list[tuple[str, str, str]]:
        """Address, text and key of what arrived."""
        return [(one.to, one.text, one.key) for one in self._gateway.texts]
