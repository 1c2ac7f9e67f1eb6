"""The papers of a case: each says what the norm asks for (domain.md §4.4), and none changes once it is issued."""

from datetime import timedelta
from uuid import UUID

import pypdfium2
import pytest
from django.db import IntegrityError, transaction

from hall.services.cases import commands, extending, hearings, receipts
from hall.services.cases.models import Case, CaseDocument
from hall.support.filestore import store
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item

pytestmark = pytest.mark.django_db


def text_of(case: MadeCase, kind: str) -> str:
    """The words of a paper as a reader sees them, without spaces and line ends."""
    file_id: UUID = CaseDocument.objects.values_list("file_id", flat=True).get(case__serial=case.serial, kind=kind)
    document = pypdfium2.PdfDocument(store.open_file(file_id))
    return "".join("".join(page.get_textpage().get_text_range() for page in document).split())


def closed() -> MadeCase:
    case = make_case(state="closed", item=make_item(statutory_days=20))
    receipts.receipt_for(actor=case.applicant, serial=case.serial, now=case.now)
    return case


# What each must contain, domain.md §4.4.
@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("receipt", ["流水号", "查询码", "企业投资项目核准", "项目申请书", "12345"]),
        ("acceptance", ["受理", "承诺时限", "预计办结", "收费", "2026年11月23日"]),
        ("grant", ["准予", "依据", "2026年11月23日"]),
        ("delivery_receipt", ["受送达人", "签收人", "送达方式"]),
        ("closure", ["已经办结", "评价", "投诉"]),
    ],
)
def test_the_papers_of_the_usual_way(kind: str, parts: list[str]) -> None:
    words = text_of(closed(), kind)
    assert [part for part in parts if part not in words] == []


def test_the_papers_of_other_ways() -> None:
    corrected, reviewed = make_case(state="correction"), make_case(state="reviewing")
    commands.withdraw_case(actor=corrected.applicant, serial=corrected.serial, reason="", now=corrected.now)
    extending.ask_extension(
        actor=reviewed.reviewer, serial=reviewed.serial, revision=reviewed.revision, days=5, reason="等待检测结果", now=reviewed.now
    )
    extending.decide_extension(
        actor=reviewed.leader, serial=reviewed.serial, revision=reviewed.revision, is_approved=True, now=reviewed.now
    )
    hearings.give_hearing_notice(
        actor=reviewed.leader,
        serial=reviewed.serial,
        revision=reviewed.revision,
        reason="涉及重大利益",
        now=reviewed.now + timedelta(hours=1),
    )
    for case, kind, parts in (
        (corrected, "correction_notice", ["第1页不清晰", "逾期不补正的", "不计入办理时限"]),
        (corrected, "withdrawal", ["已撤回", "重新申办", "撤回时间"]),
        (reviewed, "extension_notice", ["等待检测结果", "批准", "原定期限", "延长至"]),
        (reviewed, "hearing_notice", ["有权要求听证", "5个工作日", "视为放弃"]),
    ):
        words = text_of(case, kind)
        assert [part for part in parts if part not in words] == [], kind


def test_an_issued_paper_is_neither_changed_nor_deleted_but_may_be_void() -> None:
    case = closed()
    papers = CaseDocument.objects.filter(case=Case.objects.get(serial=case.serial))
    for change in ({"number": "鲁假字〔2026〕1号"}, {"sha256": "0" * 64}, {"title": "别的"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            papers.filter(kind="grant").update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        papers.filter(kind="grant").delete()
    papers.filter(kind="grant").update(is_revoked=True, revoked_at=case.now, revoke_reason="依法撤销")
    with pytest.raises(IntegrityError), transaction.atomic():
        papers.filter(kind="grant").update(is_revoked=False, revoked_at=None, revoke_reason="")
