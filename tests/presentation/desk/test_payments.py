"""Bills at the desk: opened with what was counted, what was typed wrong kept, refunds with a second person, the finance's days."""

import pytest

from hall.services.payments import queries
from hall.services.payments.models import Bill, Refund
from hall.support.access.actors import Role
from tests.make.cases import make_case
from tests.make.payments import CARD, charged_item, make_bill
from tests.make.people import make_staff, signed_in

pytestmark = pytest.mark.django_db


def test_the_window_opens_a_bill_on_the_cases_page() -> None:
    case = make_case(state="opinion", item=charged_item(fees=[CARD, {"name": "占用费", "standard": "按频段"}]))
    clerk = signed_in(case.clerk.account_id or 0)
    page = clerk.get(f"/desk/cases/{case.serial}").content.decode()
    assert "开缴费单" in page and 'name="price-0"' in page and 'value="20"' in page
    for wrong in (
        {"price-0": "二十"},
        {"price-0": "20", "quantity-0": "x"},
        {"price-0": "20.555"},
        {},
        {"price-99": "5"},
        {"price-x": "5"},
    ):
        answer = clerk.post(f"/desk/cases/{case.serial}/bill", wrong)
        assert answer.status_code == 422 and "请至少写一项收费" in answer.content.decode()
    assert not Bill.objects.exists()
    answer = clerk.post(f"/desk/cases/{case.serial}/bill", {"price-0": "20", "quantity-0": "3", "price-1": "", "quantity-1": "1"})
    (row,) = queries.bill_rows_of_case(case.clerk, case.serial)
    assert answer.headers["Location"] == f"/desk/payments/{row.bill_id}" and row.due_fen == 6000


def test_money_at_the_window_and_back_again() -> None:
    case, bill_id = make_bill()
    clerk, leader = signed_in(case.clerk.account_id or 0), signed_in(case.leader.account_id or 0)
    here = f"/desk/payments/{bill_id}"
    assert "减免" in leader.get(here).content.decode() and 'id="reduce"' not in clerk.get(here).content.decode()
    answer = clerk.post(f"{here}/counter", {"number": "1"})
    assert answer.status_code == 422 and "4 至 40 位" in answer.content.decode()
    assert clerk.post(f"{here}/counter", {"number": "POS-0001"}).status_code == 302
    number = queries.bill(case.clerk, bill_id).orders[0].number  # type: ignore[union-attr]
    assert clerk.post(f"{here}/refunds", {"order": number, "amount": "900", "reason": "多收了费用", "key": "k"}).status_code == 422
    assert clerk.post(f"{here}/refunds", {"order": number, "amount": "40.50", "reason": "多收了费用", "key": "k"}).status_code == 302
    refund = Refund.objects.get()
    assert "退款待审批<small>1</small>" in leader.get("/desk/payments?only=refunds").content.decode()
    assert "请先选择批准还是不批准" in leader.post(f"{here}/refunds/{refund.pk}", {}).content.decode()
    assert leader.post(f"{here}/refunds/{refund.pk}", {"verdict": "grant"}).status_code == 302
    page = clerk.get(here).content.decode()
    assert "已部分退款" in page and "已退款" in page and "最多可退 100 元" in page
    assert clerk.get(f"{here}/receipt.pdf").content.startswith(b"%PDF")


def test_the_finance_sees_orders_without_their_payers() -> None:
    case, bill_id = make_bill()
    signed_in(case.clerk.account_id or 0).post(f"/desk/payments/{bill_id}/counter", {"number": "POS-0001"})
    finance = signed_in(make_staff(Role.FINANCE))
    page = finance.get("/console/payments?state=paid").content.decode()
    assert "窗口缴费" in page and case.applicant.name not in page and case.serial not in page
    assert "没有符合条件的订单" in finance.get("/console/payments?number=%00nothing").content.decode()
    assert "还没有对过账" in finance.get("/console/payments/days").content.decode()
    assert finance.get("/console").headers["Location"] == "/console/payments"
    answer = finance.post("/console/payments/days/files", {"provider": "nobody", "day": "soon"})
    assert answer.status_code == 422 and "只能取昨天" in answer.content.decode()
