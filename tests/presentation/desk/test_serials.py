"""现场取号 at the desk: a number, its slip read back by scanners, the day's list, steps that the public sees at once (§6.2 (2))."""

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.utils import timezone

from hall.services.serials.models import OutsideSerial
from hall.support.access.actors import Role
from hall.support.audit.models import TrailEntry
from tests.make.catalogue import make_item
from tests.make.people import make_staff, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    return signed_in(make_staff(Role.CLERK, department_code="SD02"))


def take(desk: Client, **more: str) -> OutsideSerial:
    name = make_item(name="企业投资项目备案").name
    answer = desk.post("/desk/serials/new", {"item": name, "applicant": "田桂芳", "key": "k-1", **more})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    row = OutsideSerial.objects.select_related("issued").latest("pk")
    assert answer.headers["Location"] == f"/desk/serials/{row.issued.serial}?done=issued"
    return row


def test_a_clerk_takes_a_number_and_the_public_follows_it(desk: Client) -> None:
    assert "今天还没有发过号" in desk.get("/desk/serials").content.decode()
    row = take(desk)
    serial = str(row.issued.serial)
    again = desk.post("/desk/serials/new", {"item": row.item_code, "applicant": "田桂芳", "key": "k-1"})
    assert again.headers["Location"].startswith(f"/desk/serials/{serial}") and OutsideSerial.objects.count() == 1
    page, day = desk.get(f"/desk/serials/{serial}").content.decode(), desk.get("/desk/serials").content.decode()
    assert "田桂芳" in page and serial[18:23] in page
    assert serial[:6] in day and "企业投资项目备案" in day and "田桂芳" not in day, "no names in the list"
    assert "审查中" in desk.post(f"/desk/serials/{serial}/states", {"state": "reviewing", "key": "s-1"}, follow=True).content.decode()
    desk.post(f"/desk/serials/{serial}/states", {"state": "reviewing", "key": "s-1"})
    desk.post(f"/desk/serials/{serial}/states", {"state": "closed", "key": "s-1"})
    code = page.partition("查询码</dt><dd>")[2][:6]
    public = Client().get("/progress", {"serial": serial, "code": code}).content.decode()
    assert "已办结" in public and public.count("审查中") == 1 and "田桂芳" not in public
    filled = Client().get("/progress", {"serial": serial})
    assert filled.status_code == 200 and serial in filled.content.decode(), "a link on the slip asks for nothing but the code"


def test_the_slip_says_the_number_to_people_and_scanners(desk: Client) -> None:
    serial = str(take(desk).issued.serial)
    answer = desk.get(f"/desk/serials/{serial}/slip")
    assert answer.headers["Content-Type"] == "application/pdf" and "no-store" in answer.headers["Cache-Control"]
    page = pypdfium2.PdfDocument(answer.content)[0]
    text = page.get_textpage().get_text_range()
    assert all(words in text for words in ("统一受理回执号", "田桂芳", "企业投资项目备案", "查询码"))
    read = {code.format: code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())}
    assert read[zxingcpp.BarcodeFormat.Code128] == serial
    assert read[zxingcpp.BarcodeFormat.QRCode].endswith(f"/progress?serial={serial}")
    assert TrailEntry.objects.filter(deed="serial.slip_printed", subject=serial).count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"), [({"item": ""}, "请选择办理的事项。"), ({"item": "没有这件事"}, "不是本部门已公布的事项"), ({"applicant": "长" * 61}, "不超过 60 个字")]
)  # fmt: skip
def test_a_refused_form_keeps_what_was_typed(desk: Client, wrong: dict[str, str], said: str) -> None:
    sent = {"item": make_item().code, "applicant": "田桂芳", "key": "k-1", **wrong}
    answer = desk.post("/desk/serials/new", sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and sent["applicant"] in page
    assert not OutsideSerial.objects.exists()


def test_days_that_are_no_days_are_today(desk: Client) -> None:
    take(desk)
    today = timezone.localdate()
    for day in ("", "tomorrow", "9999-12-31", "2026-02-30", today.isoformat()):
        assert "企业投资项目备案" in desk.get("/desk/serials", {"day": day, "before": "x"}).content.decode()
    assert "这一天没有发过号" in desk.get("/desk/serials", {"day": "2026-01-05"}).content.decode()
    assert desk.post(f"/desk/serials/{'9' * 24}/states", {"state": "closed", "key": "x"}).status_code == 404


def test_a_form_used_for_something_else_says_so(desk: Client) -> None:
    take(desk)
    answer = desk.post("/desk/serials/new", {"item": make_item().code, "applicant": "别人", "key": "k-1"})
    assert answer.status_code == 422 and "这张表单已经取过号" in answer.content.decode()
    assert "请选择进展。" in desk.post(f"/desk/serials/{OutsideSerial.objects.get().issued.serial}/states", {"state": "x"}).content.decode()
