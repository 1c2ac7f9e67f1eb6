"""Wrong numbers and hostile words on the public pages."""

import pytest
from django.test import Client

from hall.services.cases import queries
from hall.services.ratings import commands as ratings
from tests.make.cases import make_case
from tests.make.people import NOW, actor_for, make_citizen, signed_in
from tests.make.ratings import rate

pytestmark = pytest.mark.django_db
PAYLOAD = """"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'"""


def _query_code(serial: str, case: object) -> str:
    found = queries.case_file(case.applicant, serial, now=NOW)  # type: ignore[attr-defined]
    assert found is not None
    return str(found.query_code)


def test_the_timeline_is_shown_to_who_holds_both_numbers() -> None:
    case = make_case(state="accepted")
    answer = Client().get("/progress", {"serial": case.serial, "code": _query_code(case.serial, case)})
    assert answer.status_code == 200
    assert case.item.name in answer.content.decode()
    assert case.applicant.name not in answer.content.decode()


def test_a_wrong_query_code_and_an_unknown_number_are_told_alike() -> None:
    case = make_case()
    right = _query_code(case.serial, case)
    wrong = Client().get("/progress", {"serial": case.serial, "code": f"{(int(right) + 1) % 1_000_000:06d}"})
    assert wrong.status_code == 422
    assert "流水号或查询码不对" in wrong.content.decode()
    assert case.item.name not in wrong.content.decode()


@pytest.mark.parametrize(
    ("serial", "code", "sentence"),
    [
        ("123", "123456", "现在是 3 位"),
        ("3" * 24, "123456", "有一位不对"),
        ("", "12", "查询码是回执上的 6 位数字"),
        ("１２３", "一二三四五六", "6 位数字"),
    ],
)
def test_a_mistyped_number_says_what_is_wrong(serial: str, code: str, sentence: str) -> None:
    answer = Client().get("/progress", {"serial": serial, "code": code})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_guessing_query_codes_is_stopped() -> None:
    case = make_case()
    right = _query_code(case.serial, case)
    guesses = [f"{number:06d}" for number in range(25) if f"{number:06d}" != right]
    statuses = [Client().get("/progress", {"serial": case.serial, "code": guess}).status_code for guess in guesses]
    assert statuses[0] == 422
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    "path",
    [
        "/items/none",
        "/items/x'--",
        "/themes/none",
        "/departments/none",
        "/departments/none/reviews",
        "/bundles/none",
        "/verify/ABCD-EFGH-JKMN-PQRS",
    ],
)
def test_what_is_not_there_is_a_friendly_404(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert "没有" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["after=x", "before=x", "before=99999999999999999999", "after=" + "9" * 300, "lamp=x&state=x", "tab=x", "page=-1"]
)
def test_broken_page_marks_never_break_a_page(query: str) -> None:
    case = make_case(state="closed")
    rate(case.applicant, case.serial)
    paths = [f"/items/{case.item.code}/reviews", "/departments/SD02", "/departments/SD02/reviews", "/search?q=投资&x=1"]
    for path in paths:
        assert Client().get(f"{path}{'&' if '?' in path else '?'}{query}").status_code == 200, path
    assert case.applicant.account_id is not None
    for path in ("/my/cases", "/my/notices"):
        assert signed_in(case.applicant.account_id).get(f"{path}?{query}").status_code == 200, path
    assert case.clerk.account_id is not None
    for path in ("/desk", "/desk/ratings", f"/desk/cases/{case.serial}"):
        assert signed_in(case.clerk.account_id).get(f"{path}?{query}").status_code == 200, path


def _assert_escaped(text: str, where: str) -> None:
    assert "<script>alert(1)" not in text, where
    assert "<img src=x" not in text, where


def test_hostile_words_come_back_as_words() -> None:
    case = make_case(state="closed", answers={"project_name": PAYLOAD[:60]})
    rated = rate(case.applicant, case.serial, text=PAYLOAD)
    ratings.reply_to_rating(actor=case.leader, rating_id=rated.rating_id, text=PAYLOAD, now=NOW)
    assert case.applicant.account_id is not None
    assert case.clerk.account_id is not None
    own, desk, visitor = signed_in(case.applicant.account_id), signed_in(case.clerk.account_id), Client()
    seen = [
        (own, f"/my/cases/{case.serial}"),
        (desk, f"/desk/cases/{case.serial}"),
        (desk, "/desk/ratings"),
        (visitor, f"/items/{case.item.code}"),
        (visitor, f"/items/{case.item.code}/reviews"),
        (visitor, "/departments/SD02/reviews"),
    ]
    for browser, path in seen:
        text = browser.get(path).content.decode()
        assert "&lt;script&gt;" in text, path
        _assert_escaped(text, path)


@pytest.mark.parametrize(
    "path",
    [
        "/search?q={}",
        "/progress?serial={}&code={}",
        "/verify?number={}",
        "/sign-in?next={}",
        "/register?next={}",
        "/themes?audience={}",
        "/items/{}",
    ],
)
def test_hostile_words_in_an_address_come_back_as_words(path: str) -> None:
    from urllib.parse import quote

    answer = Client().get(path.replace("{}", quote(PAYLOAD, safe="")))
    assert answer.status_code < 500
    _assert_escaped(answer.content.decode(), path)


def test_hostile_words_in_forms_come_back_as_words() -> None:
    account = signed_in(make_citizen())
    sent = dict.fromkeys(
        ("phone", "name", "id_number", "uscc", "legal_representative", "authority", "login", "email", "next", "text"), PAYLOAD
    )
    for path in ("/register", "/sign-in"):
        _assert_escaped(Client().post(path, sent).content.decode(), path)
    for path in ("/my/enterprises/register", "/my/profile", "/my/profile/identity"):
        answer = account.post(path, sent)
        assert answer.status_code == 422, path
        _assert_escaped(answer.content.decode(), path)


def test_a_hostile_name_is_not_taken_for_markup() -> None:
    account_id = make_citizen(name='<b onmouseover="x">张三</b>')
    assert actor_for(account_id).name.startswith("<b")
    text = signed_in(account_id).get("/my").content.decode()
    assert '<b onmouseover="x">' not in text
    assert "&lt;b onmouseover" in text
