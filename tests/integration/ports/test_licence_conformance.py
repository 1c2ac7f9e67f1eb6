"""What every source of licences must do, ours and theirs. A new adapter adds a Rig here and passes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from uuid import uuid4

import pytest

from hall.integration.adapters.http_licences import HttpLicences
from hall.integration.adapters.http_licences.simulator import FAULTS, KEY, LicenceService
from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceSource
from hall.services.licences.rows import Holder
from tests.make.licences import licence_of, licence_service
from tests.make.messages import free_port

WANG = Holder("person", "370102195603120816", "王建国")


@dataclass
class Rig:
    """One adapter in front of a simulator of its outside system."""

    source: LicenceSource
    service: LicenceService


@pytest.fixture
def rig() -> Iterator[Rig]:
    held = (
        licence_of(WANG),
        licence_of(WANG, "DRIVER_LICENSE", title="机动车驾驶证", valid_to="2024-06-10"),
        licence_of(WANG, "PASSPORT", number="E1", status="lost"),
        licence_of(WANG, "TEACHER", number="T1", status="revoked", valid_to=None),
    )
    with licence_service(*held) as service:
        yield Rig(HttpLicences(url=service.url, key=KEY, whole_seconds=0.5), service)


def question(cert_type: str = "ID_CARD", **changes: str) -> LicenceQuestion:
    asked = {"holder_name": WANG.name, "holder_key": WANG.key} | changes
    return LicenceQuestion(request_id=uuid4().hex, cert_type=cert_type, purpose="申办“食品经营许可”", authority="consent", **asked)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (question(), "0000"),
        (question("DRIVER_LICENSE"), "1003"),
        (question("PASSPORT"), "1005"),
        (question("TEACHER"), "1004"),
        (question("MARRIAGE"), "1001"),
        (question(holder_name="王建军"), "1002"),
        (question("PASSPORT", number="E1", holder_key=""), "1005"),
        (question("PASSPORT", number="E2", holder_key=""), "1001"),
        (question("PASSPORT", number="E1", holder_key="", holder_name="李四"), "1002"),
    ],
)
def test_it_answers_with_the_codes_of_the_domain(rig: Rig, asked: LicenceQuestion, code: str) -> None:
    reply = rig.source.find(asked)
    assert (reply.code, reply.request_id) == (code, asked.request_id)
    assert (reply.licence is not None) == (code in {"0000", "1003", "1004", "1005"})
    if reply.licence:
        assert reply.licence.holder_name == WANG.name and reply.licence.issuer


def test_a_quota_that_is_used_up_is_an_answer(rig: Rig) -> None:
    rig.service.fault = "quota"
    assert rig.source.find(question()).code is LicenceCode.QUOTA


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"none", "quota"}))
def test_whatever_the_other_side_does_it_is_no_answer_within_the_time(rig: Rig, fault: str) -> None:
    rig.service.fault = fault
    began = time.monotonic()
    with pytest.raises(OSError) as caught:
        rig.source.find(question())
    assert time.monotonic() - began < 1.2
    assert WANG.name not in str(caught.value) and WANG.key not in str(caught.value)
    assert isinstance(caught.value, TimeoutError) == (fault in {"slow", "hang", "drip"})


def test_a_redirect_leads_nowhere(rig: Rig) -> None:
    rig.service.fault = "redirect"
    with pytest.raises(OSError, match="302"):
        rig.source.find(question())
    assert rig.service.asked == 1


def test_nobody_there_is_said_at_once() -> None:
    source = HttpLicences(url=f"http://127.0.0.1:{free_port()}/", key=KEY)
    with pytest.raises(OSError):
        source.find(question())


def test_a_connection_that_breaks_is_tried_once_more(rig: Rig) -> None:
    rig.service.fault = "close"
    with pytest.raises(OSError):
        rig.source.find(question())
    assert rig.service.asked == 2


def test_another_key_is_not_answered(rig: Rig) -> None:
    with pytest.raises(OSError, match="401"):
        HttpLicences(url=rig.service.url, key="another key of ours").find(question())


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
