"""What is this adapter's own, beside the rules of its port (tests/integration/conformance)."""

import time
from collections.abc import Iterator
from importlib import metadata
from uuid import uuid4

import pytest

from hall.integration.adapters.http_licences import HttpLicences
from hall.integration.adapters.http_licences.simulator import FAULTS, KEY, LicenceService
from hall.integration.ports.licence import LicenceQuestion, LicenceSource
from tests.make.messages import free_port
from tests.make.simulators import running


@pytest.fixture
def service() -> Iterator[LicenceService]:
    with running(LicenceService()) as made:
        yield made


def find(service: LicenceService, *, key: str = KEY) -> None:
    question = LicenceQuestion(uuid4().hex, "ID_CARD", "试", "consent", holder_name="王建国", holder_key="370102195603120816")
    HttpLicences(url=service.url, key=key, whole_seconds=0.4).find(question)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"none", "quota"}))
def test_too_late_is_told_from_no_answer(service: LicenceService, fault: str) -> None:
    service.fault = fault
    began = time.monotonic()
    with pytest.raises(OSError) as caught:
        find(service)
    assert time.monotonic() - began < 1.2
    assert isinstance(caught.value, TimeoutError) == (fault in {"slow", "hang", "drip"})


def test_a_redirect_leads_nowhere(service: LicenceService) -> None:
    service.fault = "redirect"
    with pytest.raises(OSError, match="302"):
        find(service)
    assert service.asked == 1


def test_nobody_there_is_said_at_once() -> None:
    source = HttpLicences(url=f"http://127.0.0.1:{free_port()}/", key=KEY)
    with pytest.raises(OSError):
        source.find(LicenceQuestion(uuid4().hex, "ID_CARD", "试", "consent"))


def test_a_connection_that_breaks_is_tried_once_more(service: LicenceService) -> None:
    service.fault = "close"
    with pytest.raises(OSError):
        find(service)
    assert service.asked == 2


def test_another_key_is_not_answered(service: LicenceService) -> None:
    with pytest.raises(OSError, match="401"):
        find(service, key="another key of ours")


@pytest.mark.parametrize("url", ["http://licences.example.cn/", "ftp://127.0.0.1/", "https:///x", "licences"])
def test_a_wrong_address_stops_the_set_up(url: str) -> None:
    with pytest.raises(ValueError, match="HALL_LICENCE_URL"):
        HttpLicences(url=url, key=KEY)


def test_it_is_found_by_its_entry_point_and_off_without_an_address() -> None:
    (point,) = metadata.entry_points(group=LicenceSource.group)
    assert point.load() is HttpLicences
    assert HttpLicences.configured(lambda name: None) is None
    with pytest.raises(ValueError, match="HALL_LICENCE_KEY"):
        HttpLicences.configured({"HALL_LICENCE_URL": "https://licences.example.cn/"}.get)
