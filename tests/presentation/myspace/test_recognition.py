"""用照片填写 on the page: complete without scripts, every refusal beside its cause, off and said so where nothing can read."""

import html
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hall.integration.plugins import finder
from hall.support.jobs.queue import run_due_now
from tests.make import scenes
from tests.make.files import make_pdf
from tests.make.people import signed_in
from tests.make.recognition import CARD, Filling, make_filling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> None:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES = tmp_path / "files", 0  # type: ignore[attr-defined]


class Browsing:
    def __init__(self) -> None:
        self.filling: Filling = make_filling()
        self.browser = signed_in(self.filling.account_id)
        self.base = f"/my/applications/{self.filling.draft_id}"

    def text(self, path: str = "/photo", status: int = 200) -> str:
        answer = self.browser.get(self.base + path)
        assert answer.status_code == status
        return html.unescape(answer.content.decode())

    def post(self, path: str, status: int = 302, **sent: object) -> str:
        answer = self.browser.post(self.base + path, sent)
        assert answer.status_code == status, answer.content.decode()
        return answer.headers["Location"] if status == 302 else html.unescape(answer.content.decode())


def test_from_the_form_to_the_picture_and_back_without_scripts() -> None:
    seen = Browsing()
    assert "用照片填写" in seen.text("/form")
    saved = seen.post("/form", version=str(seen.filling.page.revision), step="1", elder_name="李", go="photo")
    assert saved.endswith("/photo") and seen.filling.page.answers["elder_name"] == "李", "what was typed is saved first"
    assert "1 小时内自动删除" in seen.text() and "capture=" in seen.text()
    assert seen.post("/photo", file=SimpleUploadedFile("身份证.png", CARD)).endswith("/photo")
    waiting = seen.text()
    assert "正在读取" in waiting and "?tries=1" in waiting and "刷新看结果" in waiting and "填入勾选" not in waiting
    run_due_now()
    page = seen.text()
    assert "身份证人像面" in page and scenes.ID_NUMBER in page and "hx-get" not in page
    assert 'value="elder_id" checked' in page and 'value="elder_name">' in page, "what would be overwritten is not ticked"
    assert "现在填的是“李”" in page and "同时交到材料“身份证复印件”" in page
    assert seen.browser.get(seen.base + "/photo/picture.png").content.startswith(b"\x89PNG")
    back = seen.post("/photo/take", reading=str(seen.filling.reading.row.reading_id), field=["elder_id", "home"], material="")
    assert back == f"{seen.base}/form?step=1&filled=2"
    form = seen.text("/form?step=1&filled=2")
    assert "已填入 2 项" in form and scenes.ID_NUMBER in form and 'value="李"' in form
    assert seen.browser.get(seen.base + "/photo/picture.png").status_code == 404


def test_refusals_stand_beside_the_input_and_keep_what_is_there() -> None:
    seen = Browsing()
    assert "请先拍一张照片" in seen.post("/photo", 422)
    assert "这里只收" in (said := seen.post("/photo", 422, file=SimpleUploadedFile("a.pdf", make_pdf()))) and "错误：" in said
    seen.post("/photo", file=SimpleUploadedFile("a.png", CARD))
    old = str(seen.filling.reading.row.reading_id)
    seen.post("/photo", file=SimpleUploadedFile("b.png", CARD))
    assert "照片刚刚换过" in seen.post("/photo/take", 409, reading=old, field="elder_id")
    for nonsense in ("", "1", "x" * 300):
        seen.post("/photo/take", 404, reading=nonsense)
    assert seen.post("/photo/drop").endswith("/form")
    assert "elder_id" not in seen.filling.page.answers


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (scenes.with_words(scenes.draw_portrait(), []), "没有认出是哪种证件"),
        (scenes.with_words(scenes.draw_licence(), scenes.licence_lines()), "营业执照上没有这张表用得到的内容"),
        (scenes.with_words(scenes.draw_id_card(), scenes.card_lines(number="370102198806150024")), "“号码”没有读准"),
    ],
)
def test_what_was_not_read_is_said(content: bytes, said: str) -> None:
    seen = Browsing()
    seen.post("/photo", file=SimpleUploadedFile("a.png", content))
    run_due_now()
    assert said in seen.text()


def test_where_nothing_can_read_the_offer_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Browsing()
    monkeypatch.setenv("HALL_OCR", "off")
    finder.forget()
    try:
        assert "用照片填写" not in seen.text("/form")
        assert "没有安装识别组件" in seen.text()
        seen.post("/photo", 404, file=SimpleUploadedFile("a.png", CARD))
    finally:
        monkeypatch.undo()
        finder.forget()
