"""Files are measured by a job, once for each content; the card says what is known at the moment."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from hall.services.applications import checking, queries
from hall.services.applications import commands as applications
from hall.services.applications.rules import NotComplete
from hall.services.cases import checking as case_checking
from hall.services.cases import queries as case_queries
from hall.services.cases.rows import CaseFile
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.inspections import commands, jobs
from hall.services.inspections.models import Inspection, State
from hall.services.inspections.queries import Card
from hall.services.inspections.rules import Level
from hall.support.access.actors import Actor
from hall.support.filestore import apart, disk, store
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rows import FileRow
from hall.support.jobs.queue import run_due_now
from tests.make import files, scenes
from tests.make.cases import make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.people import NOW, citizen_actor
from tests.support.filestore.test_previews import upload

pytestmark = pytest.mark.django_db
SOFT = scenes.as_jpg(scenes.soften(scenes.draw_page(wide=900, size=22), 3))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""  # type: ignore[attr-defined]
    return tmp_path / "files"


def card_of(actor: Actor, draft_id: int, file: FileRow) -> Card:
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    return checking.cards_of_draft(page, today=timezone.localdate(NOW))[file.file_id]


@pytest.fixture
def draft() -> tuple[Actor, int, str]:
    actor = citizen_actor()
    item = make_item()
    draft_id, _ = make_draft(actor, item.code)
    return actor, draft_id, item.materials[0].key


def give(draft: tuple[Actor, int, str], content: bytes = SOFT, name: str = "照片.jpg") -> FileRow:
    actor, draft_id, key = draft
    file = store.store_upload(
        actor=actor, stream=io.BytesIO(content), declared_name=name, accept=("pdf", "jpg", "png"), max_bytes=20 << 20, now=NOW
    )
    applications.add_material(actor=actor, draft_id=draft_id, material_key=key, file=file, now=NOW)
    return file


def test_the_card_waits_then_tells(draft: tuple[Actor, int, str]) -> None:
    file = give(draft)
    before = card_of(*draft[:2], file)
    assert (before.level, before.level_name, before.is_waiting) == (Level.FINE, "正在检查", True)
    run_due_now()
    after = card_of(*draft[:2], file)
    assert (after.level, after.is_waiting, after.is_unmeasured) == (Level.LOOK, False, False)
    assert "有些模糊" in after.findings[0].sentence


def test_one_content_is_measured_once_however_often_it_comes(draft: tuple[Actor, int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    give(draft)
    give(draft, name="同一张.jpg")
    run_due_now()
    monkeypatch.setattr(apart, "measure", lambda given: [] if given == [] else pytest.fail("measured again"))
    row = Inspection.objects.get(sha256=give(draft, name="又一张.jpg").sha256)
    run_due_now()
    assert Inspection.objects.filter(sha256=row.sha256, state=State.DONE).count() == 1


def test_what_a_killed_worker_left_is_measured_again_and_written_once(
    draft: tuple[Actor, int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = give(draft, files.make_pdf(2), "合同.pdf")
    measure, now = apart.measure, timezone.now()
    with monkeypatch.context() as killed:
        killed.setattr(apart, "measure", lambda given: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            jobs.measure_next()
    assert card_of(*draft[:2], file).is_waiting
    assert jobs.measure_next() == 0  # still claimed: the other worker may be at it
    monkeypatch.setattr(jobs.timezone, "now", lambda: now + jobs.CLAIM * 2)
    assert jobs.catch_up(now=now + jobs.CLAIM * 2) > 0
    first = Inspection.objects.get(sha256=file.sha256)
    assert first.state == State.DONE
    # The one that was thought dead comes back late: what is written stays.
    jobs._write(first, measure([(disk.content_path(file.sha256), "pdf")])[0])
    assert Inspection.objects.get(sha256=file.sha256).measured_at == first.measured_at


def test_a_file_that_cannot_be_measured_is_left_to_people(draft: tuple[Actor, int, str]) -> None:
    file = give(draft)
    disk.content_path(file.sha256).write_bytes(b"\xff\xd8\xff rubbish")
    run_due_now()
    card = card_of(*draft[:2], file)
    assert (card.is_waiting, card.is_unmeasured, card.level) == (False, True, Level.FINE)


def test_words_are_sealed_in_the_table(draft: tuple[Actor, int, str]) -> None:
    give(draft, files.make_pdf(text="Secret words of 2026"), "合同.pdf")
    run_due_now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text, encode(words, 'escape') FROM inspections_inspection i WHERE words IS NOT NULL")
        assert all("Secret" not in part for row in cursor.fetchall() for part in row)


def test_the_same_file_in_two_materials_is_pointed_out() -> None:
    actor = citizen_actor()
    item = make_item(materials=[material_row(seq=1, name="营业执照"), material_row(seq=2, name="场地证明")])
    draft_id, _ = make_draft(actor, item.code)
    first = give((actor, draft_id, "m1"))
    give((actor, draft_id, "m2"), name="另一份.jpg")
    assert "同一个文件也放在“场地证明”里。" in [finding.sentence for finding in card_of(actor, draft_id, first).findings]


def test_only_a_refused_file_keeps_a_draft_from_being_handed_in(draft: tuple[Actor, int, str]) -> None:
    actor, draft_id, _ = draft
    file = give(draft)
    run_due_now()
    assert card_of(actor, draft_id, file).level is Level.LOOK
    StoredFile.objects.filter(pk=file.file_id).update(size_bytes=900 << 20)
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    with pytest.raises(NotComplete) as refused:
        applications.submit_application(actor=actor, draft_id=draft_id, revision=page.revision, now=NOW)
    assert ["超过了" in fault.sentence for fault in refused.value.faults] == [True]
    StoredFile.objects.filter(pk=file.file_id).update(size_bytes=1000)
    applications.submit_application(actor=actor, draft_id=draft_id, revision=page.revision, now=NOW)


def hand_in(name: str, item: ItemVersionRow) -> CaseFile:
    actor = citizen_actor(name=name)
    draft_id, revision = make_draft(actor, item.code)
    give((actor, draft_id, item.materials[0].key))
    made = applications.submit_application(actor=actor, draft_id=draft_id, revision=revision, now=NOW)
    case = case_queries.case_file(actor, made.serial, now=NOW)
    assert case is not None
    return case


def said(case: CaseFile, *, for_staff: bool) -> str:
    rows = store.file_rows([material.file_id for material in case.materials])
    given = [(material.key, rows[material.file_id]) for material in case.materials]
    cards = case_checking.cards_of_case(case, given, today=timezone.localdate(NOW), for_staff=for_staff)
    return " ".join(finding.sentence + finding.remedy for card in cards.values() for finding in card.findings)


def test_staff_learn_that_another_applicant_used_the_file_and_applicants_do_not() -> None:
    item = make_item()
    first = hand_in("张三", item)
    assert "另一位申请人" not in said(first, for_staff=True)
    second = hand_in("李四", item)
    assert "另一位申请人也交过内容完全相同的文件" in said(second, for_staff=True)
    assert "另一位申请人" not in said(second, for_staff=False)
    assert "张三" not in said(second, for_staff=True) and first.row.serial not in said(second, for_staff=True)


def test_using_ones_own_file_again_is_no_doubt() -> None:
    actor = citizen_actor()
    for name in ("第一件", "第二件"):
        item = make_item(name=name, code=None)
        draft_id, revision = make_draft(actor, item.code)
        give((actor, draft_id, item.materials[0].key))
        made = applications.submit_application(actor=actor, draft_id=draft_id, revision=revision, now=NOW)
    case = case_queries.case_file(actor, made.serial, now=NOW)
    assert case is not None
    assert "另一位申请人" not in said(case, for_staff=True)


def test_cards_cost_one_query(draft: tuple[Actor, int, str], django_assert_num_queries: Callable[..., object]) -> None:
    give(draft)
    give(draft, files.make_pdf(2), "合同.pdf")
    run_due_now()
    page = queries.draft_page(draft[0], draft[1], now=NOW)
    assert page is not None
    with django_assert_num_queries(1):
        checking.cards_of_draft(page, today=timezone.localdate(NOW))


def test_what_nobody_keeps_is_forgotten() -> None:
    kept, gone = upload(files.make_pdf(), "留.pdf"), upload(files.make_pdf(2), "走.pdf")
    for file in (kept, gone):
        commands.ask(file, now=NOW)
    store.forget_file(gone.file_id)
    assert jobs.forget(now=NOW) == 1
    assert list(Inspection.objects.values_list("sha256", flat=True)) == [kept.sha256]
