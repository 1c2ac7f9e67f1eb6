"""The administrator writes what papers say: drafts, versions that stay, papers that were issued before."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from hall.services.cases import receipts
from hall.services.cases.models import CaseDocument
from hall.services.papers import commands, queries, rules
from hall.services.papers.defaults import DEFAULTS
from hall.services.papers.kinds import DocType
from hall.services.papers.models import PaperDraft, PaperVersion
from hall.support.access.actors import VISITOR, NotAllowed, Role, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.filestore import store
from hall.support.refusals import NotFound
from tests.make.cases import make_case
from tests.make.crowds import at_once
from tests.make.papers import make_wording_draft, publish_wording, squeezed, text_of, wording_parts
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = pytest.mark.django_db
ACCEPTANCE = DocType.ACCEPTANCE


def paper(serial: str, kind: DocType) -> tuple[CaseDocument, str]:
    document = CaseDocument.objects.filter(case__serial=serial, kind=kind).order_by("-pk")[0]
    return document, text_of(store.open_file(document.file_id).read_bytes())


def test_a_published_wording_is_used_from_then_on_and_what_was_issued_stays() -> None:
    before = make_case(state="accepted")
    old, old_text = paper(before.serial, ACCEPTANCE)
    assert publish_wording(ACCEPTANCE, title="受理决定", closing="感谢您的等待，{部门}。") == 1
    after = make_case(state="accepted", item=before.item, clerk=before.clerk)
    new, new_text = paper(after.serial, ACCEPTANCE)
    assert (old.wording, old.title, new.wording, new.title) == (0, "受理通知书", 1, "受理决定")
    assert "感谢您的等待" not in old_text and squeezed("感谢您的等待，山东省") in new_text
    assert paper(before.serial, ACCEPTANCE)[0].sha256 == old.sha256
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseDocument.objects.filter(pk=old.pk).update(wording=1)


def test_the_receipt_and_the_result_follow_their_wordings_too() -> None:
    publish_wording(DocType.RECEIPT, opening="请拍照留存。", closing="第 {版次} 版，{制作时间}。")
    publish_wording(DocType.RESULT, closing="以网上核验为准。")
    case = make_case(state="closed")
    receipts.receipt_for(actor=case.applicant, serial=case.serial, now=case.now)
    for kind, said in ((DocType.RECEIPT, "请拍照留存。"), (DocType.RESULT, "以网上核验为准。")):
        document, text = paper(case.serial, kind)
        assert document.wording == 1 and said in text


def test_drafts_are_saved_published_restored_and_given_up_each_with_a_line_in_the_trail() -> None:
    admin = staff_actor(Role.SYS_ADMIN)
    assert make_wording_draft(ACCEPTANCE, actor=admin, closing="一") == 1
    assert make_wording_draft(ACCEPTANCE, actor=admin, closing="二") == 2
    assert make_wording_draft(ACCEPTANCE, actor=admin, closing="二") == 2  # the same again
    publish = partial(commands.publish_draft, actor=admin, doc_type=ACCEPTANCE, now=NOW + timedelta(days=1))
    assert publish(revision=2, note=" 加一句\0 感谢 ") == 1
    with pytest.raises(rules.StaleDraft):
        publish(revision=2, note="")
    publish_wording(ACCEPTANCE, actor=admin, closing="三")
    restore = partial(commands.restore_version, actor=admin, doc_type=ACCEPTANCE, now=NOW)
    with pytest.raises(rules.NothingNew):
        restore(number=2)
    with pytest.raises(NotFound):
        restore(number=9)
    assert restore(number=0) == 1
    with pytest.raises(rules.DraftInTheWay):
        restore(number=1)
    commands.discard_draft(actor=admin, doc_type=ACCEPTANCE, revision=1, now=NOW)
    file = queries.kind_file(admin, "acceptance", limit=1)
    assert file is not None and file.row.draft is None and file.older == 2
    assert [(one.number, one.wording.closing, one.note) for one in file.versions] == [(2, "三", "")]
    older = queries.kind_file(admin, "acceptance", before=file.older, limit=1)
    assert older is not None and older.row.latest.number == 2
    assert [(one.number, one.note) for one in older.versions] == [(1, "加一句 感谢"), (0, "")]
    deeds = list(TrailEntry.objects.filter(subject="paper acceptance").order_by("pk").values_list("deed", "detail"))
    saved = ("paper.draft_saved", "")
    assert deeds == [
        saved, saved, ("paper.published", "version 1"), saved, ("paper.published", "version 2"),
        ("paper.restored", "version 0"), ("paper.draft_discarded", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "refusal"),
    [
        ({"opening": "{没有这个}"}, rules.BadWording),
        ({"details": "收费：{收费}"}, rules.BadWording),
        ({"closing": "笑😀脸"}, rules.BadWording),
        ({}, rules.NothingNew),
    ],
)
def test_what_cannot_be_used_changes_nothing(parts: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        make_wording_draft(ACCEPTANCE, **parts)
    assert not PaperDraft.objects.exists() and not TrailEntry.objects.filter(deed__startswith="paper.").exists()


def test_only_the_system_administrator_writes_and_reads_wordings() -> None:
    for actor, refusal in ((staff_actor(Role.AUDITOR), NotAllowed), (citizen_actor(), NotAllowed), (VISITOR, SignInNeeded)):
        for call in (
            partial(make_wording_draft, ACCEPTANCE, actor=actor, closing="一"),
            partial(commands.publish_draft, actor=actor, doc_type=ACCEPTANCE, revision=1, note="", now=NOW),
            partial(commands.restore_version, actor=actor, doc_type=ACCEPTANCE, number=0, now=NOW),
            partial(commands.discard_draft, actor=actor, doc_type=ACCEPTANCE, revision=1, now=NOW),
            partial(queries.kind_rows, actor),
            partial(queries.kind_file, actor, "acceptance"),
        ):
            with pytest.raises(refusal):
                call()


def test_whoever_did_not_see_the_last_word_does_not_write_over_it() -> None:
    admin = staff_actor(Role.SYS_ADMIN)
    save = partial(commands.save_draft, actor=admin, doc_type=ACCEPTANCE, parts=wording_parts(ACCEPTANCE, closing="旧窗口"), now=NOW)
    make_wording_draft(ACCEPTANCE, actor=admin, closing="一")
    with pytest.raises(rules.StaleDraft):
        save(revision=0, seen=0)
    commands.publish_draft(actor=admin, doc_type=ACCEPTANCE, revision=1, note="", now=NOW)
    with pytest.raises(rules.StaleDraft):
        save(revision=0, seen=0)
    assert save(revision=0, seen=1) == 1


def test_a_version_stays_as_it_was_published() -> None:
    publish_wording(ACCEPTANCE, closing="一")
    for change in (lambda: PaperVersion.objects.update(closing="二"), lambda: PaperVersion.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_version_that_lacks_what_a_paper_must_contain_by_now_gives_way_to_the_programs_own() -> None:
    """As after an update of the program that asks for more."""
    number, admin = publish_wording(ACCEPTANCE, closing="一"), staff_actor(Role.SYS_ADMIN)
    PaperVersion.objects.create(
        kind=ACCEPTANCE,
        number=number + 1,
        title="受理通知书",
        opening="{以前有的}",
        published_at=NOW,
        published_by=1,
        published_by_name="王",
    )
    assert queries.in_force(ACCEPTANCE) == queries.InForce(0, DEFAULTS[ACCEPTANCE])
    file = queries.kind_file(admin, "acceptance")
    assert file is not None and file.row.is_outdated and file.previewed == DEFAULTS[ACCEPTANCE]
    with pytest.raises(rules.BadWording):
        commands.restore_version(actor=admin, doc_type=ACCEPTANCE, number=number + 1, now=NOW)
    assert commands.restore_version(actor=admin, doc_type=ACCEPTANCE, number=number, now=NOW) == 1


def _publishers(rounds: int) -> list[Any]:
    admin, outcomes = staff_actor(Role.SYS_ADMIN), []
    for turn in range(rounds):
        revision = make_wording_draft(ACCEPTANCE, actor=admin, closing=f"第 {turn} 次")
        call = partial(commands.publish_draft, actor=admin, doc_type=ACCEPTANCE, revision=revision, note="", now=NOW)
        outcomes += at_once([call] * 4)
        PaperDraft.objects.all().delete()
    return outcomes


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_draft_is_published_once_however_many_press_the_button(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = _publishers(5)
    assert sorted(one for one in outcomes if isinstance(one, int)) == [1, 2, 3, 4, 5]
    assert sum(isinstance(one, rules.StaleDraft) for one in outcomes) == 15
    # Control: without the lock several publish at once, and only the unique number stops them.
    monkeypatch.setattr(type(PaperDraft.objects.all()), "select_for_update", lambda rows: rows)
    assert any(isinstance(one, IntegrityError) for one in _publishers(8))
    connection.close()
