"""Paying by the pages, at a real bank over HTTP: the way back from the bank proves nothing, the bank's word does (§6.3)."""

import pytest
from django.test import Client

from hall.services.payments import asking
from hall.services.payments.models import Order
from tests.make.payments import BANK, bank_service, make_bill
from tests.make.people import signed_in

pytestmark = pytest.mark.django_db


def text(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_from_the_bill_to_the_receipt() -> None:
    case, bill_id = make_bill()
    assert case.applicant.account_id is not None
    browser = signed_in(case.applicant.account_id)
    assert "请缴费 140.50 元" in text(browser, f"/my/cases/{case.serial}") and "待缴费" in text(browser, "/my/cases?tab=mine")
    home = text(browser, "/my")
    assert f"请缴费：{case.item.name}" in home and f'href="/my/cases/{case.serial}"' in home and "补正：" not in home
    assert "网上缴费暂时不能使用" in text(browser, f"/my/payments/{bill_id}")
    with bank_service() as service:
        page = text(browser, f"/my/payments/{bill_id}")
        assert "证件工本费" in page and "鲁价费发〔2020〕1 号" in page and "去缴费 140.50 元" in page
        assert browser.post(f"/my/payments/{bill_id}/start", {"provider": "nobody"}).status_code == 409
        answer = browser.post(f"/my/payments/{bill_id}/start", {"provider": BANK})
        order = Order.objects.get()
        here = f"/my/payments/orders/{order.number}"
        assert (answer.status_code, answer.headers["Location"]) == (302, here)
        page = text(browser, here)
        assert "正在确认" in page and f'href="{order.pay_url}"' in page and "<title>用手机扫码付款</title>" in page
        # Back from the bank, whatever stands in the address: still not paid.
        assert "正在确认" in text(browser, f"{here}?status=success&amount=14050")
        service.bank.pay(order.number)
        assert "正在确认" in text(browser, here)
        assert browser.post(f"{here}/ask").status_code == 302
        asking.ask_order(order_id=order.pk)
        part = browser.get(here, headers={"HX-Request": "true"}).content.decode()
        assert "缴费成功" in part and "hx-get" not in part and "<html" not in part
    assert "已缴费" in text(browser, "/my/payments") and "下载缴费凭证" in text(browser, f"/my/payments/{bill_id}")
    receipt = browser.get(f"/my/payments/{bill_id}/receipt.pdf")
    assert receipt.headers["Content-Type"] == "application/pdf" and receipt.content.startswith(b"%PDF")
    answer = browser.post(f"/my/payments/{bill_id}/start", {"provider": BANK})
    assert answer.status_code == 409 and Order.objects.count() == 1


def test_a_bank_that_is_away_is_told_of_plainly_and_nothing_is_lost() -> None:
    case, bill_id = make_bill()
    assert case.applicant.account_id is not None
    browser = signed_in(case.applicant.account_id)
    with bank_service() as service:
        service.bank.fault = "error"
        answer = browser.post(f"/my/payments/{bill_id}/start", {"provider": BANK})
    assert answer.status_code == 503 and "没有扣款" in answer.content.decode()
