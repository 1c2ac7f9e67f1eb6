"""A visit from the item page to the counter (§5.3.1, §5.8.2), and a photograph that is checked and tidied and a signature drawn by hand (§5.3.2)."""

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from PIL import Image

from hall.services.applications import commands
from hall.services.applications.models import DraftMaterial
from hall.services.appointments.models import Appointment, Slot
from hall.services.cases.models import CaseMaterial
from hall.support.access.actors import Role
from hall.support.jobs.queue import run_due_now
from tests.ground import servers
from tests.ground.browsers import OpenPage
from tests.ground.plain import PlainBrowser
from tests.ground.tab import TabBrowser
from tests.make import scenes
from tests.make.appointments import make_bookable_item, make_coming_slot
from tests.make.cases import make_draft
from tests.make.catalogue import make_item
from tests.make.forms import SIGNATURE, make_schema
from tests.make.people import NOW, PASSWORD, actor_for, make_citizen, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def served(django_db_setup: None) -> Iterator[servers.ServedHall]:
    """The tests' own database, served: what a test makes is there, and what people do is there for the test."""
    with servers.serving(os.environ["HALL_DATABASE_URL"], Path(os.environ["HALL_VAR"])) as hall:
        yield hall


def _sign_in(browser: TabBrowser | PlainBrowser, login: str) -> None:
    browser.open("/sign-in")
    browser.press("登录", {"login": login, "password": PASSWORD})
    assert browser.path != "/sign-in", browser.text[:300]


def _choose(citizen: TabBrowser | PlainBrowser, slot: Slot) -> None:
    """Choose the time and go on; the button stands beside the form that it sends."""
    if isinstance(citizen, TabBrowser):
        citizen.tab.locator(f'#book [name="slot"][value="{slot.pk}"]').check()
        with citizen.tab.expect_navigation():
            citizen.tab.locator('button[form="book"]:visible').first.click()
        return
    form = citizen.page.get_element_by_id("book")
    sent = [(name, value) for name, value in form.form_values() if name != "slot"]
    assert str(slot.pk) in form.xpath('.//input[@name="slot"]/@value') and citizen.page.xpath('//button[@form="book"]')
    citizen.open(f"{form.get('action')}?{urlencode([*sent, ('slot', str(slot.pk))])}")


def _visit(citizen: TabBrowser | PlainBrowser, clerk: TabBrowser | PlainBrowser, slot: Slot, item_code: str) -> None:
    """From the item to the counter, by links and buttons alone."""
    citizen.open(f"/items/{item_code}")
    citizen.follow("预约到现场办")
    citizen.open(f"/appointments?item={item_code}&day={slot.day.isoformat()}")
    _choose(citizen, slot)
    assert "确认预约" in citizen.text
    citizen.press("确认预约")
    assert "到场请出示这个码" in citizen.text
    booked = Appointment.objects.get()
    citizen.open("/my")
    assert "下次到大厅" in citizen.text and "历下区政务服务中心" in citizen.text
    # The day comes.
    now = timezone.now().replace(second=0, microsecond=0)
    moved = {
        "day": timezone.localdate(now),
        "starts_at": now - timedelta(minutes=1),
        "ends_at": now + timedelta(minutes=59),
        "book_until": now - timedelta(minutes=31),
        "cancel_until": now - timedelta(minutes=61),
        "opens_at": now - timedelta(days=14),
    }
    Slot.objects.filter(pk=slot.pk).update(**moved)
    Appointment.objects.filter(pk=booked.pk).update(day=moved["day"])
    clerk.open("/desk/appointments")
    clerk.press("签到", {"code": booked.code})
    assert "已签到，号码" in clerk.text
    clerk.press("叫下一位", {"counter": "3 号窗口"})
    assert "3 号窗口 正在办理" in clerk.text
    citizen.open(f"/my/appointments/{booked.code}")
    assert "3 号窗口" in citizen.text
    clerk.press("办完")
    assert "已登记办理" in clerk.text
    assert Appointment.objects.get().state == "served"
    citizen.open("/my")
    assert "没有要来的预约" in citizen.text


@pytest.mark.parametrize("has_scripts", [True, False], ids=["in a browser", "without scripts"])
def test_a_visit_from_the_item_to_the_counter(served: servers.ServedHall, chromium_page: OpenPage, has_scripts: bool) -> None:
    item = make_bookable_item()
    slot = make_coming_slot(item=item)
    make_citizen(name="韩晓梅", phone="13912345001")
    make_staff(Role.CLERK, department_code=item.department_code, username="visit.clerk")

    def window() -> TabBrowser | PlainBrowser:
        return TabBrowser(served.address, chromium_page()) if has_scripts else PlainBrowser(served.address)

    citizen, clerk = window(), window()
    _sign_in(citizen, "13912345001")
    _sign_in(clerk, "visit.clerk")
    _visit(citizen, clerk, slot, item.code)


def test_a_sideways_photo_gets_its_card_is_turned_and_handed_in(served: servers.ServedHall, chromium_page: OpenPage) -> None:
    account_id = make_citizen(name="曹志远", phone="13912345002")
    draft_id, _ = make_draft(actor_for(account_id), make_item().code)
    citizen = TabBrowser(served.address, chromium_page())
    _sign_in(citizen, "13912345002")
    materials = f"/my/applications/{draft_id}/materials"
    citizen.open(materials)
    row = citizen.tab.locator("[data-upload-row]").first
    row.locator("input[type=file]").set_input_files({"name": "坏的.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 broken"})
    citizen.tab.locator(".err").first.wait_for()
    assert "坏的.pdf" not in citizen.tab.locator(".file__n").all_text_contents(), "a file that nobody can open is not kept"
    citizen.hand_in("项目申请书", {"file": ("照片.jpg", scenes.as_jpg(scenes.turn(scenes.draw_page(wide=900, size=22))))})
    run_due_now()
    citizen.open(materials)
    assert "文字像是横躺着的" in citizen.text and "请看一眼" in citizen.text
    citizen.press("向右转：照片.jpg")
    assert "原来的" in citizen.text and "整理后" in citizen.text
    citizen.press("用整理后的")
    run_due_now()
    citizen.open(materials)
    assert "照片-向右转.jpg" in citizen.text and "横躺" not in citizen.text
    citizen.follow("下一步：核对")
    citizen.press("确认提交")
    assert citizen.path.endswith("/submitted")
    assert "照片-向右转.jpg" in CaseMaterial.objects.values_list("file_name", flat=True)


def test_a_signature_is_drawn_with_the_mouse_and_comes_with_the_case(served: servers.ServedHall, chromium_page: OpenPage) -> None:
    schema = make_schema(required=("sign",), sign={**SIGNATURE, "x-drawn": True})
    item = make_item(form_schemas={"person": schema, "org": schema})
    account_id = make_citizen(name="秦玉兰", phone="13912345003")
    draft_id = commands.start_draft(actor=actor_for(account_id), item_code=item.code, now=NOW)
    citizen = TabBrowser(served.address, chromium_page())
    _sign_in(citizen, "13912345003")
    citizen.open(f"/my/applications/{draft_id}/form")
    citizen.tab.get_by_role("button", name="用这个签名").click()
    assert "还没有签名" in citizen.text, "an empty frame is no signature"
    frame = citizen.tab.locator("[data-drawn] canvas").bounding_box()
    assert frame is not None
    mouse = citizen.tab.mouse
    mouse.move(frame["x"] + 40, frame["y"] + 30)
    mouse.down()
    for step in range(1, 9):
        mouse.move(frame["x"] + 40 + 30 * step, frame["y"] + (90 if step % 2 else 30))
    mouse.up()
    citizen.tab.locator('input[name="sign.agreed"]').check()
    with citizen.tab.expect_navigation():
        citizen.tab.get_by_role("button", name="用这个签名").click()
    assert citizen.tab.locator('img[alt="您的手写签名"]').evaluate("one => one.complete && one.naturalWidth") == 900
    citizen.press("下一步：上传材料")
    assert citizen.path.endswith("/materials"), citizen.text[:300]
    picture = DraftMaterial.objects.get(material_key="form.sign")
    drawn = Image.open(io.BytesIO(citizen.fetch(f"/my/applications/{draft_id}/files/{picture.file_id}")))
    assert drawn.convert("L").getextrema()[0] < 128, "ink on paper"
