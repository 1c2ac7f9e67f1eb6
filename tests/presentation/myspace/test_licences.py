"""The licence inside the materials page, and the page 谁查看过我的信息."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.presentation.myspace.licences import TRIES
from hall.services.applications import commands, licence_commands, queries
from hall.services.applications.models import DraftMaterial
from hall.services.cases.commands import record_reading
from hall.services.licences import queries as licences
from hall.services.licences.wording import LATER
from hall.support.access.actors import Actor, Role
from tests.make.cases import make_case, make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.licences import licence_of, licence_service
from tests.make.people import NOW, citizen_actor, signed_in, staff_actor

pytestmark = pytest.mark.django_db


@dataclass
class Made:
    browser: Client
    wang: Actor
    draft_id: int
    service: LicenceService

    @property
    def place(self) -> str:
        return f"/my/applications/{self.draft_id}"

    def page(self, path: str = "/materials") -> str:
        return self.browser.get(self.place + path).content.decode()

    def fetch(self, **more: str) -> str:
        answer = self.browser.post(f"{self.place}/licences", {"cert_type": "ID_CARD", "at": "m1", **more})
        assert answer.status_code == 302 and answer["Location"].endswith("/materials#row-material-m1")
        return self.page()


@pytest.fixture
def made() -> Iterator[Made]:
    wang = citizen_actor(name="王建国")
    rows = [material_row(cert_type="ID_CARD", source="government", name="申请人身份证明"), material_row(2)]
    draft_id, _ = make_draft(wang, make_item(materials=rows).code)
    DraftMaterial.objects.filter(draft_id=draft_id, material_key="m1").delete()
    assert wang.account_id is not None
    with licence_service(licence_of(licence_commands.holder_of(commands.applicant_of(wang)))) as service:
        yield Made(signed_in(wang.account_id), wang, draft_id, service)


def test_one_press_makes_the_upload_needless(made: Made) -> None:
    before = made.page()
    assert before.count("从证照库取") == 3 and "免提交" not in before  # the box, its words, the row
    after = made.fetch()
    assert "免提交" in after and "验真通过" in after and "必要材料已齐" in after and "从证照库取" not in after
    assert "免提交" in made.page("/review")


def test_a_service_that_hangs_says_so_and_uploading_goes_on(made: Made) -> None:
    made.service.fault = "hang"
    after = made.fetch()
    assert LATER in after and "再查一次" in after and 'type="file"' in after
    assert "无效" not in after


def test_what_does_not_hold_is_said_with_what_to_do(made: Made) -> None:
    made.service.licences[0]["status"] = "revoked"  # type: ignore[index]
    after = made.fetch()
    assert "已吊销或注销" in after and 'type="file"' in after


def test_a_standing_agreement_is_asked_for_once_then_fetches_at_the_step_before(made: Made) -> None:
    made.fetch(remember="1")
    assert licences.consent_given_at(made.wang)
    assert made.browser.post(f"{made.place}/licences/drop", {"cert_type": "ID_CARD", "at": "m1"}).status_code == 302
    assert "以后我申办时都自动取" not in made.page()
    page = queries.draft_page(made.wang, made.draft_id, now=NOW)
    assert page is not None
    form = {"version": page.revision, **page.answers}
    assert made.browser.post(f"{made.place}/form", form)["Location"] == f"{made.place}/materials"
    assert "免提交" in made.page()
    assert made.browser.post("/my/accesses/withdraw")["Location"] == "/my/accesses"
    assert licences.consent_given_at(made.wang) is None


def test_without_a_service_nothing_is_offered(made: Made) -> None:
    from hall.integration.plugins import finder

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HALL_LICENCE_URL")
        finder.forget()
        assert "证照库" not in made.page()
    finder.forget()


def test_pressing_without_end_is_slowed_down(made: Made) -> None:
    for _ in range(TRIES):
        made.fetch()
    answer = made.browser.post(f"{made.place}/licences", {"cert_type": "ID_CARD"})
    assert answer.status_code == 429
    assert made.service.asked == 1


@pytest.mark.parametrize("place", ["", "../../evil", "m1\r\nX: y", "材料", "m" * 17])
def test_a_strange_place_to_go_back_to_is_not_gone_to(made: Made, place: str) -> None:
    answer = made.browser.post(f"{made.place}/licences", {"cert_type": "ID_CARD", "at": place})
    assert answer["Location"] == f"{made.place}/materials#licences"


def test_who_looked_is_shown_with_purpose_ground_and_outcome(made: Made) -> None:
    assert "还没有人查过" in made.browser.get("/my/accesses").content.decode()
    made.fetch()
    page = made.browser.get("/my/accesses").content.decode()
    assert "您本人" in page and "查了ID_CARD" in page and "您当时点了同意" in page and "结果：有效" in page


def test_who_opened_ones_cases_is_shown_by_department(made: Made) -> None:
    case = make_case(applicant=made.wang)
    record_reading(actor=staff_actor(Role.CLERK, department_code="SD02"), serial=case.serial, what="case page", now=NOW)
    page = made.browser.get("/my/accesses?tab=cases").content.decode()
    assert "办件内容" in page and f"/my/cases/{case.serial}" in page
    assert "没有更早的记录了" in made.browser.get("/my/accesses?tab=cases&before=1").content.decode()
    assert made.browser.get("/my/accesses?tab=x&before=abc").status_code == 200


def test_the_fullest_materials_page_costs_twelve_statements(made: Made) -> None:
    made.service.fault = "error"
    made.fetch(remember="1")
    with CaptureQueriesContext(connection) as seen:
        made.page()
    assert len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]]) <= 12
