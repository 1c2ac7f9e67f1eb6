"""证照验真 for anybody: by number and holder, by picture; it says no more than the asker knew, and not without end."""

import io
import re
from collections.abc import Iterator

import pytest
import segno
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.presentation.storefront.verify_licences import TRIES
from hall.services.licences.models import Lookup
from hall.services.licences.rows import Holder
from tests.make.cases import make_case
from tests.make.catalogue import make_cert_type
from tests.make.licences import licence_of, licence_service

pytestmark = pytest.mark.django_db
COMPANY = Holder("org", "91370102MA3DEMC019", "山东鲁味源食品有限公司")
HERE = "/verify/licence"


@pytest.fixture
def service() -> Iterator[LicenceService]:
    make_cert_type()
    make_cert_type("FOOD_LICENSE", name="食品经营许可证")
    held = licence_of(COMPANY, "BUSINESS_LICENSE", issuer="济南市历下区市场监督管理局", valid_to="2099-05-06")
    with licence_service(held, licence_of(COMPANY, "FOOD_LICENSE", number="JY1", status="revoked")) as running:
        yield running


def ask(
    number: str = COMPANY.key, holder: str = COMPANY.name, cert_type: str = "BUSINESS_LICENSE", browser: Client | None = None
) -> tuple[int, str]:
    answer = (browser or Client()).post(HERE, {"cert_type": cert_type, "licence_number": number, "holder": holder})
    return answer.status_code, answer.content.decode()


def test_a_valid_licence_is_said_to_be_valid_and_nothing_else_is_told(service: LicenceService) -> None:
    status, page = ask()
    assert status == 200 and "这份证照有效" in page and COMPANY.name in page
    assert "历下区市场监督管理局" not in page and "2099" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"status": "lost"}, "已暂扣或挂失"), ({"valid_to": "2024-01-01"}, "已过有效期"), ({"status": "cancelled"}, "已吊销或注销")],
)
def test_what_does_not_hold_is_said_without_its_dates(service: LicenceService, changes: dict[str, str], words: str) -> None:
    service.licences[0].update(changes)  # type: ignore[attr-defined]
    status, page = ask()
    assert status == 200 and words in page and "2024" not in page


def test_a_wrong_holder_and_an_unknown_number_get_the_same_answer_after_the_same_steps(service: LicenceService) -> None:
    seen = []
    for number, holder in ((COMPANY.key, "另一家有限公司"), ("91370102MA3DEMC099", COMPANY.name)):
        browser = Client()
        browser.get("/verify")
        with CaptureQueriesContext(connection) as queries:
            status, page = ask(number, holder, browser=browser)
        shapes = [one["sql"].split("VALUES")[0].split("WHERE")[0][:60] for one in queries.captured_queries if "SAVEPOINT" not in one["sql"]]
        for typed in (number, holder):
            page = page.replace(typed, "…")
        seen.append((status, re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page), shapes))
    assert seen[0] == seen[1] and seen[0][0] == 404
    assert "没有查到与您填写的内容一致的证照" in seen[0][1]
    assert service.asked == 2 and not Lookup.objects.exclude(holder_digest="").exists()


@pytest.mark.parametrize("fault", ["hang", "error", "garbage", "huge", "xml", "redirect", "unsigned"])
def test_a_service_that_misbehaves_is_no_verdict(service: LicenceService, fault: str) -> None:
    service.fault = fault
    status, page = ask()
    assert status == 503 and "这不表示证照无效" in page and COMPANY.key in page


def test_guessing_holders_a_thousand_times_comes_to_nothing(service: LicenceService) -> None:
    browser = Client()
    statuses = [ask(holder=f"猜的第{n}家公司", browser=browser)[0] for n in range(TRIES + 30)]
    assert statuses == [404] * TRIES + [429] * 30 and service.asked == TRIES


def test_guessing_from_many_places_is_slowed_down_for_the_one_number(service: LicenceService) -> None:
    for n in range(25):
        answer = Client(REMOTE_ADDR=f"198.51.100.{n}").post(
            HERE, {"cert_type": "BUSINESS_LICENSE", "licence_number": COMPANY.key, "holder": f"甲{n}"}
        )
    assert answer.status_code == 429 and service.asked == 20


@pytest.mark.parametrize(
    ("number", "holder", "cert_type", "field"),
    [
        ("", COMPANY.name, "BUSINESS_LICENSE", "licence_number"),
        (COMPANY.key, "", "BUSINESS_LICENSE", "holder"),
        ("1", "甲", "NOTHING", "cert_type"),
        ("<script>", "甲\x00乙", "'--", "cert_type"),
    ],
)
def test_half_a_form_is_answered_at_the_field(service: LicenceService, number: str, holder: str, cert_type: str, field: str) -> None:
    status, page = ask(number, holder, cert_type)
    assert status == 422 and f'href="#f-{field}"' in page and service.asked == 0 and "<script>甲" not in page


def test_without_a_service_there_is_no_form() -> None:
    page = Client().get("/verify").content.decode()
    assert "查验其他部门发的证照" not in page and "用图片或 PDF 查验" in page
    for place in (HERE, "/verify/picture"):
        assert Client().get(place)["Location"] == "/verify"


def picture(text: str, kind: str = "PNG", scale: int = 6) -> io.BytesIO:
    drawn, target = io.BytesIO(), io.BytesIO()
    segno.make_qr(text).save(drawn, kind="png", scale=scale, border=4)
    with Image.open(drawn) as image:
        image.convert("RGB").save(target, kind)
    target.seek(0)
    target.name = f"照片.{kind.lower()}"
    return target


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_of_a_paper_leads_to_its_page(kind: str) -> None:
    case = make_case(state="closed")
    code = case.file.documents[-1].verify_code
    answer = Client().post("/verify/picture", {"picture": picture(f"{settings.PUBLIC_ADDRESS}/verify/{code}", kind)})
    assert (answer.status_code, answer["Location"]) == (302, f"/verify/{code}")


@pytest.mark.parametrize(
    "text", ["https://evil.example.cn/verify/ABCD-EFGH-JKMN-PQRS", "javascript:alert(1)", "你好", "http://[", "/verify/ABCD-EFGH-JKMN-PQRS"]
)
def test_a_code_that_leads_elsewhere_is_not_followed(text: str) -> None:
    answer = Client().post("/verify/picture", {"picture": picture(text)})
    assert answer.status_code == 422 and "不是本大厅的" in answer.content.decode() and "evil" not in answer.content.decode()


def _blank() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(target, "PNG")
    return target.getvalue()


def _enormous() -> bytes:
    """60,000 × 60,000 pixels that say so in the header, in few bytes."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 7501)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_blank(), "没有找到二维码"),
        (_enormous(), "像素"),
        (b"no picture at all", "图片不完整或已损坏"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "图片不完整或已损坏"),
        (b"GIF89a" + b"\0" * 100, "图片不完整或已损坏"),
        (b"\xff\xd8" + b"\0" * (9 * 1024 * 1024), "不能超过"),
        (b"", "请先选择一个文件"),
    ],
    ids=["blank", "60000 px", "text", "cut", "gif", "9 MB", "empty"],
)
def test_bad_pictures_get_a_sentence(content: bytes, words: str) -> None:
    given = io.BytesIO(content)
    given.name = "x.png"
    answer = Client().post("/verify/picture", {"picture": given})
    assert answer.status_code in {413, 422} and words in answer.content.decode()
