"""The far side for the conformance test: the licence service's simulator with licences of one person who does not exist."""

import threading
from typing import Any, Self

from hall.integration.adapters.http_licences import HttpLicences
from hall.integration.adapters.http_licences.simulator import FAULTS, LicenceService
from hall.integration.ports.licence import LicenceQuestion
from hall.integration.simulators.frame import KEY

NAME, NUMBER = "王建国", "370102195603120816"


def _licence(cert_type: str, **changes: Any) -> dict[str, Any]:
    return {
        "cert_type": cert_type, "title": "居民身份证", "number": NUMBER, "holder_name": NAME, "holder_key": NUMBER, "issuer": "济南市公安局",
        "issued_on": "2019-03-02", "valid_from": "2019-03-02", "valid_to": None, "status": "valid",
    } | changes  # fmt: skip


def _question(cert_type: str = "ID_CARD", **changes: str) -> LicenceQuestion:
    asked = {"holder_name": NAME, "holder_key": NUMBER} | changes
    return LicenceQuestion(request_id="0" * 32, cert_type=cert_type, purpose="申办“食品经营许可”", authority="consent", **asked)


class Rig:
    """The service of `hall sim licences`, started anew for each rule."""

    questions = (
        (_question(), "0000"),
        (_question("DRIVER_LICENSE"), "1003"),
        (_question("PASSPORT"), "1005"),
        (_question("TEACHER"), "1004"),
        (_question("MARRIAGE"), "1001"),
        (_question(holder_name="王建军"), "1002"),
        (_question("PASSPORT", number="E1", holder_key=""), "1005"),
        (_question("PASSPORT", number="E2", holder_key=""), "1001"),
        (_question("PASSPORT", number="E1", holder_key="", holder_name="李四"), "1002"),
    )

    def __enter__(self) -> Self:
        held = (
            _licence("ID_CARD"),
            _licence("DRIVER_LICENSE", valid_to="2024-06-10"),
            _licence("PASSPORT", number="E1", status="lost"),
            _licence("TEACHER", number="T1", status="revoked"),
        )
        self._service = LicenceService(licences=held)
        threading.Thread(target=self._service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.settings = {"HALL_LICENCE_URL": self._service.url, "HALL_LICENCE_KEY": KEY}
        return self

    def __exit__(self, *fault: object) -> None:
        self._service.ending.set()
        self._service.shutdown()
        self._service.server_close()

    def plugin(self) -> HttpLicences:
        """With less patience than in earnest, so that a test does not take long."""
        return HttpLicences(url=self._service.url, key=KEY, whole_seconds=0.5)

    def misbehave(self, kind: str) -> bool:
        """Behave so from now on; False for a fault that a licence service cannot have."""
        if kind in FAULTS:
            self._service.fault = kind
        return kind in FAULTS
