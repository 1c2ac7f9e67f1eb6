"""Filling in a form from a picture: only what was ticked is written, and the picture is gone afterwards (§5.3.2)."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from hall.integration.adapters.sandbox_ocr import SandboxReader
from hall.integration.plugins import finder
from hall.services.applications import commands, recognition, rules
from hall.services.recognition import jobs
from hall.services.recognition.models import Reading, State
from hall.support.access.throttles import TooMany
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rules import WrongFileType
from hall.support.jobs.queue import run_due_now
from hall.support.refusals import NotFound
from tests.make import people, scenes
from tests.make.applications import make_file
from tests.make.files import make_pdf
from tests.make.people import NOW
from tests.make.recognition import CARD, Filling, make_filling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""  # type: ignore[attr-defined]
    return tmp_path / "files"


def contents(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_only_what_was_ticked_is_written_and_the_picture_is_erased(folder: Path) -> None:
    filling = make_filling()
    before, reading_id = filling.page, filling.give()
    assert [(offer.field.name, offer.shown) for offer in filling.reading.offers] == [
        ("elder_name", "李晓燕"),
        ("elder_id", scenes.ID_NUMBER),
        ("home", "济南市历下区泉城路一百八十号"),
    ]
    assert filling.page.answers == before.answers, "nothing is written by reading"
    # The verified name is the applicant's own: it is not offered, and asking for it by name brings nothing.
    assert filling.take(reading_id, "elder_id", "applicant_name", "nowhere") == 1
    after = filling.page
    assert after.answers == {**before.answers, "elder_id": scenes.ID_NUMBER} and after.revision == before.revision + 1
    run_due_now()
    assert not Reading.objects.exists() and contents(folder) == []
    assert filling.take(reading_id, "elder_name") == 0, "the second of two clicks"
    assert filling.page.answers == after.answers


def test_the_picture_may_become_a_material_and_is_the_only_thing_kept(folder: Path) -> None:
    filling = make_filling()
    reading_id = filling.give()
    with pytest.raises(NotFound):
        filling.take(reading_id, material="m1")  # a form is no identity document
    assert filling.take(reading_id, "elder_name", material="m2") == 1
    run_due_now()
    assert [file.file.name for file in filling.page.files_of("m2")] == ["身份证.png"]
    assert len(contents(folder)) == 1 and not Reading.objects.exists()


def test_a_full_material_refuses_and_nothing_at_all_is_written() -> None:
    filling = make_filling()
    for _ in range(rules.MOST_FILES):
        commands.add_material(actor=filling.actor, draft_id=filling.draft_id, material_key="m2", file=make_file(filling.actor), now=NOW)
    before, reading_id = filling.page.answers, filling.give()
    with pytest.raises(rules.TooManyFiles):
        filling.take(reading_id, "elder_name", material="m2")
    assert filling.page.answers == before and filling.reading.row.reading_id == reading_id


def test_another_picture_takes_the_place_of_the_first(folder: Path) -> None:
    filling = make_filling()
    first, second = filling.give(), filling.give(scenes.with_words(scenes.draw_licence(), scenes.licence_lines()))
    assert filling.reading.row.reading_id == second and filling.reading.offers == () and len(contents(folder)) == 1
    with pytest.raises(recognition.PictureChanged):
        filling.take(first, "elder_name")
    recognition.drop_reading(actor=filling.actor, draft_id=filling.draft_id, now=NOW)
    recognition.drop_reading(actor=filling.actor, draft_id=filling.draft_id, now=NOW)
    run_due_now()
    assert contents(folder) == []


def test_nothing_stays_behind_a_refusal(folder: Path) -> None:
    filling, stranger = make_filling(), people.citizen_actor(name="李四")
    with pytest.raises(WrongFileType):
        filling.give(make_pdf())
    with pytest.raises(NotFound):
        Filling(0, stranger, filling.draft_id).give()
    run_due_now()
    assert contents(folder) == [] and not StoredFile.objects.exists()
    for _ in range(recognition.TRIES - 1):
        filling.give(is_read=False)
    with pytest.raises(TooMany):
        filling.give(is_read=False)


def test_what_cannot_be_read_is_said_and_typing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    filling = make_filling()
    filling.give(scenes.with_words(scenes.draw_portrait(), []))
    stated = filling.reading.row.stated
    assert stated is not None and stated.paper is None
    monkeypatch.setattr(SandboxReader, "read", lambda self, picture: 1 / 0)
    filling.give()
    assert not filling.reading.row.is_waiting and filling.reading.row.stated is None
    monkeypatch.setenv("HALL_OCR", "off")
    finder.forget()
    try:
        assert not recognition.is_offered(filling.page)
    finally:
        monkeypatch.undo()
        finder.forget()
    assert recognition.is_offered(filling.page)


def test_a_killed_workers_picture_is_read_again_and_an_old_one_forgotten(folder: Path) -> None:
    filling = make_filling()
    filling.give(is_read=False)
    Reading.objects.update(asked_at=NOW, claimed_at=NOW)
    assert jobs.read_waiting() == 1, "a claim of long ago counts for nothing"
    assert Reading.objects.get().state == State.DONE
    assert jobs.forget_old(now=NOW + timedelta(minutes=49)) == 0
    assert [jobs.forget_old(now=NOW + timedelta(minutes=51)) for _ in range(2)] == [1, 0]
    run_due_now()
    assert contents(folder) == []


def test_what_was_read_is_sealed() -> None:
    filling = make_filling()
    filling.give()
    said = bytes(Reading.objects.get().said or b"")
    assert said and "李晓燕".encode() not in said and scenes.ID_NUMBER.encode() not in said


def test_a_reading_is_its_owners_alone() -> None:
    filling = make_filling()
    filling.give()
    stranger = people.citizen_actor(name="李四")
    with pytest.raises(NotFound):
        recognition.drop_reading(actor=stranger, draft_id=filling.draft_id, now=NOW)
    with pytest.raises(NotFound):
        recognition.ask_reading(actor=stranger, draft_id=filling.draft_id, stream=io.BytesIO(CARD), declared_name="身份证.png", now=NOW)
    assert filling.reading.offers
