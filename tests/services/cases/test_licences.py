"""The department sees the licence that stands for a material, looks again on its own ground, and the applicant can see that."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.services.applications import commands as applications
from hall.services.applications import licence_commands
from hall.services.cases import queries, reading
from hall.services.cases.commands import record_reading
from hall.services.cases.licences import recheck_licence
from hall.services.cases.rows import LicenceRow
from hall.services.licences.rules import Ground
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.refusals import NotFound
from tests.make.cases import make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.licences import licence_of, licence_service
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = pytest.mark.django_db


@dataclass
class Made:
    serial: str
    applicant: Actor
    clerk: Actor
    service: LicenceService

    @property
    def licence(self) -> LicenceRow:
        file = queries.case_file(self.clerk, self.serial, now=NOW)
        assert file is not None
        (one,) = file.licences
        return one


@pytest.fixture
def made() -> Iterator[Made]:
    wang = citizen_actor(name="王建国")
    with licence_service(licence_of(licence_commands.holder_of(applications.applicant_of(wang)))) as service:
        item = make_item(materials=[material_row(cert_type="ID_CARD", source="government")])
        draft_id, revision = make_draft(wang, item.code)
        licence_commands.fetch_licences(actor=wang, draft_id=draft_id, cert_types=["ID_CARD"], ground=Ground.ONCE, now=NOW)
        serial = applications.submit_application(actor=wang, draft_id=draft_id, revision=revision, now=NOW).serial
        yield Made(serial, wang, staff_actor(Role.CLERK, department_code="SD02"), service)


def test_looking_again_keeps_both_answers(made: Made) -> None:
    assert made.licence.latest.code == "0000" and made.licence.rechecked is None
    made.service.licences[0]["status"] = "revoked"  # type: ignore[index]
    code = recheck_licence(actor=made.clerk, serial=made.serial, licence_id=made.licence.licence_id, now=NOW)
    assert code == "1004"
    assert (made.licence.given.code, made.licence.latest.code) == ("0000", "1004")
    assert made.licence.given.request_id != made.licence.latest.request_id


def test_a_service_that_is_down_at_the_desk_is_no_verdict(made: Made) -> None:
    made.service.fault = "error"
    assert recheck_licence(actor=made.clerk, serial=made.serial, licence_id=made.licence.licence_id, now=NOW) == "3002"


def test_other_departments_and_citizens_do_not_look(made: Made) -> None:
    licence_id, asked = made.licence.licence_id, made.service.asked
    with pytest.raises(NotFound):
        recheck_licence(actor=staff_actor(Role.CLERK, department_code="SD33"), serial=made.serial, licence_id=licence_id, now=NOW)
    with pytest.raises(NotFound):
        recheck_licence(actor=made.clerk, serial=made.serial, licence_id=licence_id + 1, now=NOW)
    for who in (made.applicant, staff_actor(Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            recheck_licence(actor=who, serial=made.serial, licence_id=licence_id, now=NOW)
    assert made.service.asked == asked


def test_the_applicant_sees_who_opened_the_case_and_nobody_elses(made: Made) -> None:
    record_reading(actor=made.clerk, serial=made.serial, what="case page", now=NOW)
    record_reading(actor=staff_actor(Role.SUPERVISOR), serial=made.serial, what="material", now=NOW)
    rows = reading.readings_of(made.applicant, before=None, limit=10)
    assert [(row.department_code, row.what, row.serial) for row in rows] == [
        ("", "material", made.serial),
        ("SD02", "case page", made.serial),
    ]
    assert [row.what for row in reading.readings_of(made.applicant, before=rows[0].entry_id, limit=10)] == ["case page"]
    assert reading.readings_of(citizen_actor(), before=None, limit=10) == []
    assert reading.readings_of(made.clerk, before=None, limit=10) == []
