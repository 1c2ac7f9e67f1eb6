"""免提交 from door to door (§5.3.3): fetched with one press, seen at the desk, signed as a result, checked by anybody, taken back."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from hall.services.applications import commands, licence_commands
from hall.services.applications.models import DraftMaterial
from hall.services.cases import results
from hall.services.cases.models import CaseDocument
from hall.services.licences.wording import LATER
from hall.support.access.actors import Role
from tests.ground import servers
from tests.ground.browsers import OpenPage
from tests.make.cases import make_case, make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.licences import licence_of, licence_service
from tests.make.people import PASSWORD, actor_for, make_citizen, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = "13912345678"


def _sign_in(page: Page, hall: servers.ServedHall, login: str) -> None:
    page.goto(hall.url("/sign-in"))
    page.locator("main input:not([type=hidden]):not([type=password])").first.fill(login)
    page.locator("main input[type=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def test_a_licence_instead_of_an_upload(chromium_page: OpenPage, tmp_path: Path) -> None:
    wang = actor_for(make_citizen(name="王建国", phone=PHONE))
    make_staff(Role.CLERK, department_code="SD02", username="hall.clerk")
    rows = [material_row(cert_type="ID_CARD", source="government", name="申请人身份证明")]
    item = make_item(materials=rows)
    draft_id, _ = make_draft(wang, item.code)
    DraftMaterial.objects.filter(draft_id=draft_id).delete()
    held = licence_of(licence_commands.holder_of(commands.applicant_of(wang)))
    with licence_service(held) as service:
        settings = {name: os.environ[name] for name in ("HALL_LICENCE_URL", "HALL_LICENCE_KEY")}
        keys = {"HALL_SIGNING_KEYS": str(tmp_path)}
        with servers.serving(os.environ["HALL_DATABASE_URL"], Path(os.environ["HALL_VAR"]), **settings, **keys) as hall:
            page = chromium_page()
            _sign_in(page, hall, PHONE)
            service.fault = "hang"
            page.goto(hall.url(f"/my/applications/{draft_id}/materials"))
            page.get_by_role("button", name="从证照库取").first.click()
            page.get_by_text(LATER).wait_for()
            assert page.locator("input[type=file]").count() == 1
            service.fault = "none"
            page.get_by_role("button", name="再查一次").click()
            page.get_by_text("免提交").wait_for()
            page.get_by_role("link", name="下一步：核对").click()
            page.get_by_role("button", name="确认提交").click()
            page.wait_for_url("**/submitted")
            serial = page.url.split("/")[-2]
            page.goto(hall.url("/my/accesses"))
            assert page.get_by_text("结果：有效").count() == 1
            desk = chromium_page()
            _sign_in(desk, hall, "hall.clerk")
            desk.goto(hall.url(f"/desk/cases/{serial}"))
            service.licences[0]["status"] = "revoked"  # type: ignore[index]
            desk.get_by_role("button", name="再核验").click()
            desk.get_by_text("已吊销或注销").wait_for()
            page.goto(hall.url("/my/accesses"))
            assert page.get_by_text("部门审查办件").count() == 1


def test_a_result_that_was_taken_back(chromium_page: OpenPage) -> None:
    made = make_case(state="closed")
    document = CaseDocument.objects.get(case__serial=made.serial, kind="result")
    results.revoke_result(actor=made.leader, serial=made.serial, document_id=document.pk, reason="不真实", now=made.now)
    with servers.serving(os.environ["HALL_DATABASE_URL"], Path(os.environ["HALL_VAR"])) as hall:
        page = chromium_page(java_script_enabled=False)
        page.goto(hall.url("/verify"))
        page.locator("#f-number").fill(document.number)
        page.get_by_role("button", name="查验", exact=True).click()
        page.get_by_text("这份文书已被撤销").wait_for()
