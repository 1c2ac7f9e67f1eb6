"""Two people on one case, steps that are not open, numbers that are not there: one sentence, and nothing lost or changed."""

import pytest
from django.test import Client

from hall.services.cases import handling
from hall.support.access.actors import Actor, Role
from tests.make.cases import MadeCase, make_case
from tests.make.people import make_citizen, make_staff, signed_in, staff_actor

pytestmark = pytest.mark.django_db


def _act(actor: Actor, case: MadeCase, action: str, **sent: object) -> tuple[int, str]:
    assert actor.account_id is not None
    answer = signed_in(actor.account_id).post(f"/desk/cases/{case.serial}/actions/{action}", sent)
    return answer.status_code, answer.content.decode()


def test_the_slower_of_two_clerks_is_told_and_keeps_what_he_wrote() -> None:
    case = make_case(state="submitted")
    slower = staff_actor(Role.CLERK)
    seen = case.revision
    handling.claim_case(actor=case.clerk, serial=case.serial, now=case.now)
    status, text = _act(slower, case, "not_accept", revision=seen, reason="依法不需要取得许可，写了很久的理由。")
    assert status == 409
    assert "刚刚有人处理过" in text
    assert "依法不需要取得许可，写了很久的理由。" in text
    assert case.file.row.state == "pre_review"


def test_what_was_typed_stays_when_its_form_is_gone() -> None:
    case = make_case(state="opinion")
    seen = case.revision
    leader = case.leader
    assert leader.account_id is not None
    first = signed_in(leader.account_id).post(f"/desk/cases/{case.serial}/actions/decide", {"revision": seen, "verdict": "grant"})
    assert first.status_code == 302, first.content.decode()
    status, text = _act(case.reviewer, case, "give_opinion", revision=seen, verdict="deny", opinion="现场核查发现三处不符合，详见记录。")
    assert status == 409
    assert "您刚才写的内容" in text
    assert "现场核查发现三处不符合，详见记录。" in text
    assert case.file.row.state == "decided"


def test_claiming_what_a_colleague_has_names_him() -> None:
    case = make_case(state="pre_review")
    status, text = _act(staff_actor(Role.CLERK), case, "pre_review")
    assert status == 409
    assert f"{case.clerk.name}已经领取了这个办件" in text


@pytest.mark.parametrize("action", ["accept", "give_opinion", "decide", "make_result", "deliver", "close", "end_special", "end_hearing"])
def test_a_step_that_is_not_open_changes_nothing(action: str) -> None:
    case = make_case(state="closed")
    before = case.file
    sent = {"revision": case.revision, "verdict": "grant", "opinion": "可以。", "reason": "理由。", "outcome": "结果。"}
    for actor in (case.clerk, case.reviewer, case.leader):
        status, text = _act(actor, case, action, **sent)
        assert status in {403, 409}
        assert "没有办成" in text
    assert case.file == before


def test_a_stale_page_never_acts() -> None:
    case = make_case(state="pre_review")
    before = case.file
    status, text = _act(case.clerk, case, "accept", revision=case.revision - 1)
    assert (status, case.file) == (409, before)
    assert "您的操作没有生效" in text


@pytest.mark.parametrize(
    ("action", "sent", "sentence"),
    [
        ("correct", {}, "请至少写明一处需要补正的内容"),
        ("not_accept", {"reason": " "}, "请写明理由"),
        ("return", {"reason": ""}, "请写明理由"),
    ],
)
def test_a_missing_reason_is_asked_for(action: str, sent: dict[str, str], sentence: str) -> None:
    case = make_case(state="pre_review")
    status, text = _act(case.clerk, case, action, revision=case.revision, **sent)
    assert status == 422
    assert sentence in text
    assert case.file.row.state == "pre_review"


@pytest.mark.parametrize("sent", [{}, {"revision": "x"}, {"revision": "-1"}, {"revision": "9" * 40}])
def test_a_form_without_its_revision_is_refused(sent: dict[str, str]) -> None:
    case = make_case(state="pre_review")
    status, _ = _act(case.clerk, case, "accept", **sent)
    assert status in {409, 422}
    assert case.file.row.state == "pre_review"


def test_a_wrong_date_is_named_and_kept() -> None:
    case = make_case(state="decided")
    status, text = _act(case.clerk, case, "make_result", revision=case.revision, valid_until="2020-01-01")
    assert status == 422
    assert "有效期应晚于今天" in text
    assert 'value="2020-01-01"' in text


def test_cases_of_other_departments_and_unknown_ones_look_alike() -> None:
    case = make_case(state="pre_review")
    other = signed_in(make_staff(Role.CLERK, department_code="SD21"))
    known = other.get(f"/desk/cases/{case.serial}")
    unknown = other.get("/desk/cases/370000000000000000000000")
    assert known.status_code == unknown.status_code == 404
    assert other.post(f"/desk/cases/{case.serial}/actions/accept", {"revision": case.revision}).status_code == 404
    assert other.post(f"/desk/cases/{case.serial}/actions/nonsense").status_code == 404
    assert other.post(f"/desk/cases/{case.serial}/put-back", {"revision": case.revision}).status_code == 404
    assert case.file.row.state == "pre_review"


def test_the_desk_is_closed_to_citizens_and_asks_visitors_to_sign_in() -> None:
    assert signed_in(make_citizen()).get("/desk").status_code == 403
    answer = Client().get("/desk")
    assert (answer.status_code, answer.url) == (302, "/sign-in?next=%2Fdesk")
