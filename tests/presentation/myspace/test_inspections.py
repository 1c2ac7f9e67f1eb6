"""The check card on the applicant's pages and on the desk: complete without scripts, and one's own only."""

import html
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hall.services.applications import commands, queries
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.jobs.queue import run_due_now
from tests.make import files, scenes
from tests.make.cases import make_case, make_draft
from tests.make.catalogue import make_item
from tests.make.people import NOW, actor_for, make_citizen, signed_in

pytestmark = pytest.mark.django_db
SIDEWAYS = scenes.as_jpg(scenes.turn(scenes.draw_page(wide=900, size=22)))


class Applying:
    """A citizen at the materials of a draft."""

    def __init__(self, name: str = "张三") -> None:
        self.account_id = make_citizen(name=name)
        self.actor: Actor = actor_for(self.account_id)
        self.draft_id, _ = make_draft(self.actor, make_item().code)
        self.browser = signed_in(self.account_id)

    def upload(self, content: bytes = SIDEWAYS, name: str = "照片.jpg") -> str:
        answer = self.browser.post(f"/my/applications/{self.draft_id}/materials/m1", {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 302, answer.content.decode()
        page = queries.draft_page(self.actor, self.draft_id, now=NOW)
        assert page is not None
        return str(next(file.file.file_id for file in page.files if file.file.name == name))

    def text(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200
        return html.unescape(answer.content.decode())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> None:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES = tmp_path / "files", 0  # type: ignore[attr-defined]


def test_the_page_waits_without_holding_anybody_up_and_then_tells() -> None:
    applying = Applying()
    file_id = applying.upload()
    page, card = f"/my/applications/{applying.draft_id}/materials", f"/my/checks/application/{applying.draft_id}/{file_id}"
    before = applying.text(page)
    assert f'hx-get="{card}?tries=1"' in before and "不用等，可以接着办" in before and "下一步：核对" in before
    run_due_now()
    after = applying.text(page)
    assert "hx-get" not in after
    assert "请看一眼" in after and "文字像是横躺着的" in after
    assert "横躺" in applying.text(card)
    assert applying.browser.get(f"{card}/picture.png").content.startswith(b"\x89PNG")


def test_asking_again_has_an_end() -> None:
    applying = Applying()
    card = f"/my/checks/application/{applying.draft_id}/{applying.upload()}"
    assert "hx-get" in applying.text(f"{card}?tries=19")
    last = applying.text(f"{card}?tries=20")
    assert "hx-get" not in last and "不影响提交；刷新本页就能看到结果" in last
    assert applying.browser.get(f"{card}?tries=９").status_code == 200


@pytest.mark.parametrize("where", ["application", "joint", "case", "nowhere"])
def test_others_find_nothing(where: str) -> None:
    applying, other = Applying(), Applying("李四")
    file_id = applying.upload()
    for path in (f"/my/checks/{where}/{applying.draft_id}/{file_id}", f"/my/checks/{where}/x/{file_id}/picture.png"):
        assert other.browser.get(path).status_code == 404
        assert Client().get(path).status_code == 302


def test_a_correction_has_its_card_too() -> None:
    made = make_case(state="correction")
    assert made.applicant.account_id is not None
    browser = signed_in(made.applicant.account_id)
    point = next(point for point in made.file.points if point.kind == "material")
    answer = browser.post(f"/my/cases/{made.serial}/correction/{point.point_id}/files", {"file": SimpleUploadedFile("补.jpg", SIDEWAYS)})
    assert answer.status_code == 302
    run_due_now()
    assert "文字像是横躺着的" in html.unescape(browser.get(f"/my/cases/{made.serial}/correction").content.decode())


def test_the_clerk_sees_the_same_card_and_which_files_need_a_look() -> None:
    applicant = actor_for(make_citizen())
    made = make_case()
    draft_id, revision = make_draft(applicant, made.item.code)
    for content, name in ((SIDEWAYS, "照片.jpg"), (files.make_pdf(text="Not handed in by anybody else"), "申请书.pdf")):
        file = store.store_upload(
            actor=applicant, stream=io.BytesIO(content), declared_name=name, accept=("pdf", "jpg"), max_bytes=20 << 20, now=NOW
        )
        commands.add_material(actor=applicant, draft_id=draft_id, material_key="m1", file=file, now=NOW)
    serial = commands.submit_application(actor=applicant, draft_id=draft_id, revision=revision, now=NOW).serial
    run_due_now()
    assert made.clerk.account_id is not None
    page = html.unescape(signed_in(made.clerk.account_id).get(f"/desk/cases/{serial}").content.decode())
    rows = [row for row in page.split("</li>") if 'href="?file=' in row]
    marked = {name: ">请看一眼</span>" in row for row in rows for name in ("照片.jpg", "申请书.pdf") if f">{name}<" in row}
    assert marked == {"照片.jpg": True, "申请书.pdf": False}
