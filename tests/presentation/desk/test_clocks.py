"""The buttons about deadlines at the desk, and what the case pages say of both clocks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hall.services.cases import extending, hearings
from hall.services.cases.models import Case, CaseExtension, CaseHearing
from hall.support.access.actors import Actor
from tests.make.cases import MadeCase, make_case
from tests.make.people import NOW, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(hours=1))


def _act(actor: Actor, case: MadeCase, action: str, **sent: object) -> tuple[int, str]:
    assert actor.account_id is not None
    answer = signed_in(actor.account_id).post(f"/desk/cases/{case.serial}/actions/{action}", {"revision": case.revision, **sent})
    return answer.status_code, answer.content.decode()


def _see(actor: Actor, path: str) -> str:
    assert actor.account_id is not None
    answer = signed_in(actor.account_id).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"extension_days": "-5", "reason": "等待专家意见"}, "延期应为 1 至 10 个工作日"),
        ({"extension_days": "11", "reason": "等待专家意见"}, "延期应为 1 至 10 个工作日"),
        ({"extension_days": "五", "reason": "等待专家意见"}, "延期应为 1 至 10 个工作日"),
        ({"reason": "等待专家意见"}, "延期应为 1 至 10 个工作日"),
        ({"extension_days": "5", "reason": " "}, "请写明理由"),
        ({"extension_days": "5", "reason": "长" * 100_000}, "理由最多 300 字"),
    ],
)
def test_a_bad_request_for_more_days_is_told_and_changes_nothing(sent: dict[str, str], sentence: str) -> None:
    case = make_case(state="reviewing")
    before = case.file
    status, text = _act(case.reviewer, case, "ask_extension", **sent)
    assert (status, case.file) == (422, before)
    assert sentence in text
    assert not CaseExtension.objects.exists()


def test_the_head_finds_what_waits_for_him_and_decides_it() -> None:
    case = make_case(state="reviewing")
    assert _act(case.reviewer, case, "ask_extension", extension_days="4", reason="等待专家意见")[0] == 302
    assert case.serial in _see(case.leader, "/desk?state=extension")
    page = _see(case.leader, f"/desk/cases/{case.serial}")
    assert "等待专家意见" in page and "4 个工作日" in page
    status, text = _act(case.leader, case, "extend", answer="同意")
    assert status == 422 and "请先选择是否批准" in text
    assert _act(case.leader, case, "extend", verdict="grant")[0] == 302
    assert case.serial not in _see(case.leader, "/desk?state=extension")
    assert f"{Case.objects.get(serial=case.serial).due_on}" == "2026-12-11"


def test_both_clocks_and_their_history_stand_on_both_pages() -> None:
    case = make_case(state="reviewing")
    extending.ask_extension(actor=case.reviewer, serial=case.serial, revision=case.revision, days=4, reason="等待专家意见", now=case.now)
    extending.decide_extension(actor=case.leader, serial=case.serial, revision=case.revision, is_approved=True, now=case.now)
    for page in (_see(case.clerk, f"/desk/cases/{case.serial}"), _see(case.applicant, f"/my/cases/{case.serial}")):
        for words in ("承诺", "法定时限", "批准延期 4 个工作日：等待专家意见", "2026-12-07 → 2026-12-11", "2026-12-21 → 2026-12-25"):
            assert words in page
    # Who of the department did it stays inside the department.
    assert case.leader.name in _see(case.clerk, f"/desk/cases/{case.serial}")
    assert f"　{case.leader.name}" not in _see(case.applicant, f"/my/cases/{case.serial}")


def test_an_applicant_asks_for_a_hearing_on_the_page_and_the_desk_arranges_it() -> None:
    case = make_case(state="reviewing")
    hearings.give_hearing_notice(actor=case.leader, serial=case.serial, revision=case.revision, reason="重大利益", now=case.now)
    own = f"/my/cases/{case.serial}"
    assert "要求听证" in _see(case.applicant, own)
    assert case.applicant.account_id is not None
    browser = signed_in(case.applicant.account_id)
    assert browser.post(f"{own}/hearing/ask").status_code == 302
    again = browser.post(f"{own}/hearing/ask")
    assert again.status_code == 409 and "没有办成" in again.content.decode()
    assert browser.post(f"{own}/hearing/waive").status_code == 409
    for sent, sentence in (
        ({"arranged_for": "明天", "place": "302 室"}, "的样子填写听证时间"),
        ({"arranged_for": "2026-11-24T09:30", "place": "302 室"}, "须提前 7 日告知"),
        ({"arranged_for": "9999-12-31T23:59", "place": "302 室"}, "须提前 7 日告知"),
        ({"place": "302 室"}, "请选择听证的日期和时间"),
    ):
        status, text = _act(case.leader, case, "arrange_hearing", **sent)
        assert (status, sentence in text) == (422, True), sent
    assert CaseHearing.objects.get().arranged_for is None
    assert _act(case.leader, case, "arrange_hearing", arranged_for="2026-12-03T09:30", place="省政务服务大厅 302 室")[0] == 302
    assert "2026-12-03 09:30" in _see(case.applicant, own) and "302 室" in _see(case.applicant, own)
