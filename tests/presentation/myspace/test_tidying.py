"""Tidying on the page: a proposal, before and after, a choice; complete without scripts, nothing silent, nothing lost."""

import html
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from hall.services.applications import queries
from hall.support.filestore.models import StoredFile
from hall.support.jobs.queue import run_due_now
from tests.make import files, scenes
from tests.make.people import NOW
from tests.presentation.myspace.test_inspections import SIDEWAYS, Applying

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> None:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES = tmp_path / "files", 0  # type: ignore[attr-defined]


def names(applying: Applying) -> list[str]:
    page = queries.draft_page(applying.actor, applying.draft_id, now=NOW)
    assert page is not None
    return [file.file.name for file in page.files_of("m1")]


def propose(applying: Applying, act: str, file_id: str = "") -> str:
    answer = applying.browser.post(f"/my/applications/{applying.draft_id}/tidy/m1", {"act": act, "file": file_id})
    assert answer.status_code == 302, html.unescape(answer.content.decode())
    return str(answer.headers["Location"])


def choose(applying: Applying, shown: str, choice: str, browser: Client | None = None) -> int:
    query = {name: values[0] for name, values in parse_qs(urlsplit(shown).query).items()}
    path = f"/my/applications/{applying.draft_id}/tidy/m1/choose"
    return (browser or applying.browser).post(path, {"old": query["old"], "new": query["new"], "choice": choice}).status_code


def test_a_sideways_photo_is_turned_and_used() -> None:
    applying = Applying()
    file_id = applying.upload()
    run_due_now()
    page = applying.text(f"/my/applications/{applying.draft_id}/materials")
    assert '<details class="tidy" open>' in page and "向右转" in page
    shown = propose(applying, "turn_right", file_id)
    assert "照片.jpg" in names(applying)  # nothing has changed yet
    text = applying.text(shown)
    assert "原来的" in text and "整理后" in text and "照片-向右转.jpg" in text
    new_id = parse_qs(urlsplit(shown).query)["new"][0]
    picture = applying.browser.get(f"/my/applications/{applying.draft_id}/tidied/{new_id}/picture.png")
    assert picture.content.startswith(b"\x89PNG")
    assert [choose(applying, shown, "use") for _ in range(2)] == [302, 302]  # twice is the same
    assert names(applying).count("照片-向右转.jpg") == 1 and "照片.jpg" not in names(applying)
    run_due_now()
    assert "横躺" not in applying.text(f"/my/applications/{applying.draft_id}/materials")


def test_keeping_the_original_throws_the_other_away() -> None:
    applying = Applying()
    shown = propose(applying, "turn_left", applying.upload())
    count = StoredFile.objects.count()
    assert [choose(applying, shown, "keep") for _ in range(2)] == [302, 302]
    assert StoredFile.objects.count() == count - 1
    assert "照片.jpg" in names(applying)
    assert applying.browser.get(shown).status_code == 404


def test_files_are_merged_and_split() -> None:
    applying = Applying()
    applying.upload()
    before = len(names(applying))
    assert choose(applying, propose(applying, "merge"), "use") == 302
    assert before > 1 and len(names(applying)) == 1
    split = applying.upload(files.make_pdf(7), "七页.pdf")
    assert choose(applying, propose(applying, "split", split), "use") == 302
    assert [name for name in names(applying) if "七页" in name] == ["七页-拆开1.pdf", "七页-拆开2.pdf"]


def test_what_cannot_be_tidied_says_so_and_nothing_changes() -> None:
    applying = Applying()
    file_id = applying.upload(scenes.as_jpg(scenes.draw_page(wide=900, size=22)), "正.jpg")
    answer = applying.browser.post(f"/my/applications/{applying.draft_id}/tidy/m1", {"act": "crop", "file": file_id})
    assert answer.status_code == 422 and "不用裁" in html.unescape(answer.content.decode())
    assert "正.jpg" in names(applying)


def test_an_original_that_went_away_meanwhile_is_not_replaced() -> None:
    applying = Applying()
    file_id = applying.upload()
    shown = propose(applying, "turn_right", file_id)
    applying.browser.post(f"/my/applications/{applying.draft_id}/files/{file_id}/remove")
    assert choose(applying, shown, "use") == 409
    assert all("向右转" not in name for name in names(applying))


@pytest.mark.parametrize("sent", [{"act": "burn", "file": ""}, {"act": "crop", "file": "x"}, {"act": "crop"}, {}])
def test_nonsense_is_answered_and_changes_nothing(sent: dict[str, str]) -> None:
    applying = Applying()
    assert applying.browser.post(f"/my/applications/{applying.draft_id}/tidy/m1", sent).status_code == 422
    assert applying.browser.get(f"/my/applications/{applying.draft_id}/tidy/m1").status_code == 302
    assert applying.browser.get(f"/my/applications/{applying.draft_id}/tidy/m1?act=crop&old=x&new=y").status_code == 422
    assert applying.browser.post(f"/my/applications/{applying.draft_id}/tidy/m1/choose", sent).status_code == 422


def test_others_can_neither_see_nor_choose() -> None:
    applying, other = Applying(), Applying("李四")
    shown = propose(applying, "turn_right", applying.upload(SIDEWAYS))
    new_id = parse_qs(urlsplit(shown).query)["new"][0]
    assert other.browser.get(shown).status_code == 404
    assert other.browser.get(f"/my/applications/{other.draft_id}/tidied/{new_id}/picture.png").status_code == 404
    assert choose(applying, shown, "use", other.browser) == 404
    # Nor into one's own draft.
    own = other.upload()
    path = f"/my/applications/{other.draft_id}/tidy/m1/choose"
    assert other.browser.post(path, {"old": own, "new": new_id, "choice": "use"}).status_code == 404
    assert other.browser.post(path, {"old": own, "new": new_id, "choice": "keep"}).status_code == 302
    assert StoredFile.objects.filter(pk=new_id).exists()
