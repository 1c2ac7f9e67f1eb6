"""证照 on the case page: what was found, under which request, and looking again."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.services.applications import commands as applications
from hall.services.applications import licence_commands
from hall.services.licences.models import Lookup
from hall.services.licences.rules import Ground
from hall.support.access.actors import Role
from tests.make.cases import make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.licences import licence_of, licence_service
from tests.make.people import NOW, citizen_actor, make_staff, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_in() -> Iterator[tuple[str, LicenceService]]:
    wang = citizen_actor(name="王建国")
    with licence_service(licence_of(licence_commands.holder_of(applications.applicant_of(wang)))) as service:
        item = make_item(materials=[material_row(cert_type="ID_CARD", source="government", name="申请人身份证明")])
        draft_id, revision = make_draft(wang, item.code)
        licence_commands.fetch_licences(actor=wang, draft_id=draft_id, cert_types=["ID_CARD"], ground=Ground.ONCE, now=NOW)
        yield applications.submit_application(actor=wang, draft_id=draft_id, revision=revision, now=NOW).serial, service


def clerk() -> Client:
    return signed_in(make_staff(Role.CLERK, department_code="SD02"))


def test_the_case_says_what_was_found_and_under_which_request(handed_in: tuple[str, LicenceService]) -> None:
    serial, _ = handed_in
    browser = clerk()
    browser.get(f"/desk/cases/{serial}")
    with CaptureQueriesContext(connection) as seen:
        page = browser.get(f"/desk/cases/{serial}").content.decode()
    lookup = Lookup.objects.get()
    assert "免提交 1 份" in page and lookup.request_id.hex in page and "王建国" in page and "再核验" in page
    assert len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]]) <= 12


def test_looking_again_shows_the_new_answer(handed_in: tuple[str, LicenceService]) -> None:
    serial, service = handed_in
    browser = clerk()
    service.licences[0]["status"] = "lost"  # type: ignore[index]
    from hall.services.cases.models import CaseLicence

    place = f"/desk/cases/{serial}/licences/{CaseLicence.objects.get().pk}/recheck"
    assert browser.post(place)["Location"] == f"/desk/cases/{serial}#licences"
    page = browser.get(f"/desk/cases/{serial}").content.decode()
    assert "已暂扣或挂失" in page and "部门复核" in page
    service.fault = "hang"
    assert browser.post(place).status_code == 302
    page = browser.get(f"/desk/cases/{serial}").content.decode()
    assert "没有及时答复" in page and "不等于无效" in page


def test_a_supervisor_sees_it_and_has_no_button(handed_in: tuple[str, LicenceService]) -> None:
    page = signed_in(make_staff(Role.SUPERVISOR)).get(f"/desk/cases/{handed_in[0]}").content.decode()
    assert "免提交 1 份" in page and "再核验" not in page
