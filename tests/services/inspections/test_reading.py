"""Words of photographed documents in the check card: whose it is and how long it holds, as 请看一眼 at most, and only where it is asked."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from hall.integration.adapters.sandbox_ocr import SandboxReader
from hall.integration.plugins import finder
from hall.services.applications import checking, commands, queries
from hall.services.inspections import reading, reading_jobs
from hall.services.inspections.models import Inspection, Reading
from hall.services.inspections.queries import Card
from hall.services.inspections.rules import Level
from hall.support.access.actors import Actor
from hall.support.filestore.rows import FileRow
from hall.support.jobs.queue import run_due_now
from tests.make import files, people, scenes
from tests.make.catalogue import make_item, material_row
from tests.make.people import NOW, actor_for
from tests.support.filestore.test_previews import upload

pytestmark = pytest.mark.django_db
BACK = [
    ["中华人民共和国居民身份证", 300, 100, 700, 150],
    ["签发机关", 200, 430, 320, 460],
    ["济南市公安局历下分局", 350, 428, 720, 464],
    ["有效期限", 200, 520, 320, 550],
    ["2006.06.15-2026.06.15", 350, 518, 720, 554],
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> None:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""  # type: ignore[attr-defined]


@pytest.fixture
def no_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HALL_OCR", "off")
    finder.forget()
    yield
    monkeypatch.undo()
    finder.forget()


def given(
    content: bytes, name: str = "证件.png", *, kind: str = "id", holder: str = "李晓燕", number: str = ""
) -> tuple[Actor, int, FileRow]:
    actor = actor_for(people.make_citizen(name=holder, id_number=number or None))
    item = make_item(materials=[material_row(name="身份证", kind=kind)])
    draft_id = commands.start_draft(actor=actor, item_code=item.code, now=NOW)
    file = upload(content, name)
    commands.add_material(actor=actor, draft_id=draft_id, material_key=item.materials[0].key, file=file, now=NOW)
    return actor, draft_id, file


def card_of(actor: Actor, draft_id: int, file: FileRow) -> Card:
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    return checking.cards_of_draft(page, today=timezone.localdate(NOW))[file.file_id]


def judged(*args: object, **kwargs: object) -> Card:
    draft = given(*args, **kwargs)  # type: ignore[arg-type]
    run_due_now()
    return card_of(*draft)


def sentences(card: Card) -> str:
    return " ".join(finding.sentence for finding in card.findings)


CARD = scenes.with_words(scenes.draw_id_card(), scenes.card_lines())


def test_ones_own_card_passes_and_anothers_is_looked_at() -> None:
    assert card_of(*given(CARD)).is_waiting
    own = judged(CARD)
    assert "读到了申请人的名称或号码" in sentences(own) and not own.is_unread
    other = judged(CARD, holder="王建国")
    assert "文件里的号码和申请人的不一样" in sentences(other) and other.level is Level.LOOK


def test_a_misread_number_accuses_nobody() -> None:
    misread = scenes.with_words(scenes.draw_id_card(), scenes.card_lines(number="370102198806150024"))
    card = judged(misread, holder="王建国")
    assert "不一样" not in sentences(card) and card.level is Level.LOOK
    repaired = scenes.with_words(scenes.draw_id_card(), scenes.card_lines(number=scenes.ID_NUMBER.replace("0", "O")))
    assert "读到了申请人的名称或号码" in sentences(judged(repaired, holder="李晓艳", number=scenes.ID_NUMBER))


def test_the_back_of_a_card_names_nobody_and_says_when_it_ends() -> None:
    card = judged(scenes.with_words(scenes.draw_id_card(), BACK))
    assert "看起来已经过期" in sentences(card) and "申请人" not in sentences(card) and card.level is Level.LOOK
    assert reading.ends_on(reading.plain("营业期限：自2019年05月21日至")) is None, "a first day is not a last one"


def test_only_materials_that_ask_are_read_and_every_content_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    own = SandboxReader.read
    monkeypatch.setattr(SandboxReader, "read", lambda self, picture: (read.append(1), own(self, picture))[1])
    card = judged(CARD, kind="form")
    assert not read and not card.is_unread and Inspection.objects.get().reading == Reading.NONE
    for _ in range(2):  # now for a material that asks
        draft = given(CARD)
        run_due_now()
        assert "读到了申请人" in sentences(card_of(*draft))
    assert len(read) == 1


def test_a_pdf_with_words_needs_no_reader_and_a_scan_is_drawn_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    own = SandboxReader.read
    monkeypatch.setattr(SandboxReader, "read", lambda self, picture: (seen.append(picture), own(self, picture))[1])
    judged(files.make_pdf(text="Certificate of something that is long enough to judge by"), "证书.pdf")
    assert not seen
    card = judged(scenes.as_scan(scenes.draw_id_card(), scenes.draw_id_card(), scenes.draw_id_card()), "扫描.pdf")
    assert [picture[:4] for picture in seen] == [b"\x89PNG"] * 2 and card.is_unread


def test_without_a_reader_people_look(no_reader: None) -> None:
    draft = given(CARD)
    run_due_now()
    card = card_of(*draft)
    assert card.is_unread and not card.is_waiting and "申请人" not in sentences(card)


def test_what_a_killed_worker_left_is_read_again_and_a_failure_is_peoples_work(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = given(CARD)
    Inspection.objects.update(reading_claimed_at=NOW, asked_at=NOW)
    assert reading_jobs.catch_up_reading(now=NOW + timedelta(minutes=3)) == 0
    assert reading_jobs.catch_up_reading(now=NOW + timedelta(minutes=5)) == 1
    monkeypatch.setattr(SandboxReader, "read", lambda self, picture: 1 / 0)
    other = judged(scenes.with_words(scenes.draw_id_card(), scenes.card_lines(number="1")))
    assert other.is_unread and not other.is_waiting
    run_due_now()
    assert not card_of(*draft).is_unread
