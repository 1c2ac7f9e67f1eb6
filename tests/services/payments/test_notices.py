"""缴费通知单: a bill opens with its paper (domain.md §4.4: fee items, total, 缴款码)."""

import pytest

from hall.services.cases.models import CaseDocument
from hall.services.payments import billing
from hall.services.payments.models import Bill
from hall.support.filestore import store
from tests.make.papers import squeezed, text_of
from tests.make.payments import EXAM, make_bill

pytestmark = pytest.mark.django_db


def test_a_bill_opens_with_its_notice_and_one_taken_back_and_opened_anew_has_another() -> None:
    long = {**EXAM, "name": "检验检测费" * 12, "standard": "按照省级定额标准的规定执行，" * 20}
    case, bill_id = make_bill(fees=(EXAM, long))
    papers = CaseDocument.objects.filter(case__serial=case.serial, kind="payment_notice").order_by("version")
    text = text_of(store.open_file(papers[0].file_id).read_bytes())
    number = Bill.objects.get(pk=bill_id).number
    for part in (f"缴款码{number}", "应缴合计241.00元", "考试费每人120.50元1120.50", "检验检测费" * 12):
        assert squeezed(part) in text
    billing.cancel_bill(actor=case.clerk, bill_id=bill_id, reason="开错了金额", now=case.now)
    billing.open_bill(actor=case.clerk, serial=case.serial, charges=[billing.Charge(0, 12050)], now=case.now)
    assert [paper.version for paper in papers.all()] == [1, 2]
