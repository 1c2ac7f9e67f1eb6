"""A licence service for tests: the shipped simulator in this process, over real HTTP, and licences of people that tests make up."""

import contextlib
import os
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hall.integration.adapters.http_licences.simulator import KEY, LicenceService
from hall.services.licences import source
from hall.services.licences.rows import Holder
from tests.make.people import NOW
from tests.make.simulators import running

TODAY = NOW.date()


def licence_of(holder: Holder, cert_type: str = "ID_CARD", **changes: Any) -> dict[str, Any]:
    """A valid licence of the holder, as the simulator keeps it."""
    return {
        "cert_type": cert_type,
        "title": "居民身份证",
        "number": holder.key,
        "holder_name": holder.name,
        "holder_key": holder.key,
        "issuer": "济南市公安局历下区分局",
        "issued_on": "2019-03-02",
        "valid_from": "2019-03-02",
        "valid_to": (date.today() + timedelta(days=4000)).isoformat(),
        "status": "valid",
    } | changes


@contextlib.contextmanager
def licence_service(*licences: dict[str, Any]) -> Iterator[LicenceService]:
    """The service, running and set up as the hall's source of licences."""
    with running(LicenceService(licences=list(licences))) as service:
        os.environ |= {"HALL_LICENCE_URL": service.url, "HALL_LICENCE_KEY": KEY}
        source.forget()
        try:
            yield service
        finally:
            for name in ("HALL_LICENCE_URL", "HALL_LICENCE_KEY"):
                os.environ.pop(name, None)
            source.forget()
