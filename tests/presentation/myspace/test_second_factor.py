"""Signing in with a second step, as those who work here meet it: no session before the code, and the way back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from hall.presentation.myspace import second_factor as pages
from hall.support.access.actors import Role
from hall.support.identity import second_factor, totp
from tests.make.people import PASSWORD, make_citizen, make_staff, signed_in

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return str(answer.content.decode())


def password(login: str, **more: str) -> tuple[Client, Any]:
    browser = Client()
    return browser, browser.post("/sign-in", {"login": login, "password": PASSWORD, **more})


def code(secret: str) -> str:
    return totp.code_at(secret, totp.step_of(timezone.now()))


def bound(account_id: int) -> tuple[str, list[str]]:
    """The phone's secret and the recovery codes; bound with the code of the last half minute, so that this one's is still good."""
    secret, then = second_factor.begin(account_id=account_id).secret, timezone.now() - timedelta(seconds=totp.STEP_SECONDS)
    code_then = totp.code_at(secret, totp.step_of(then))
    return secret, second_factor.confirm(account_id=account_id, code=code_then, address="", now=then)


def test_an_administrator_binds_a_phone_at_the_first_sign_in() -> None:
    make_staff(Role.SYS_ADMIN, username="wu.guan")
    browser, answer = password("wu.guan", next="/console/accounts")
    assert answer.url == "/sign-in/phone"
    assert browser.get("/console/accounts").status_code == 302, "the password alone opens nothing"
    page = browser.get("/sign-in/phone")
    assert "no-store" in page.headers["Cache-Control"]
    secret = re.search(r"<b class=\"mono wrap-any\">([A-Z2-7 ]+)</b>", text(page))
    assert secret is not None and '<svg class="qr"' in text(page)
    wrong = browser.post("/sign-in/phone", {"code": "000 00x"})
    assert wrong.status_code == 422 and "动态口令不对" in text(wrong) and secret[1] in text(wrong)
    done = browser.post("/sign-in/phone", {"code": code(secret[1].replace(" ", ""))})
    assert done.status_code == 200
    assert len(re.findall(r"<li>[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}</li>", text(done))) == second_factor.RECOVERY_CODES
    assert 'href="/console/accounts"' in text(done)
    assert browser.get("/console/accounts").status_code == 200


def test_after_that_each_sign_in_asks_for_the_code() -> None:
    secret, codes = bound(make_staff(username="zhao.jb"))
    browser, answer = password("zhao.jb")
    assert answer.url == "/sign-in/code"
    assert browser.get("/desk").status_code == 302
    assert browser.get("/sign-in/phone").url == "/sign-in/code", "whoever has only the password binds no other phone"
    refused = browser.post("/sign-in/code", {"code": "123 45x"})
    assert refused.status_code == 422 and 'value="123 45x"' not in text(refused)
    used = code(secret)
    assert browser.post("/sign-in/code", {"code": used}).url == "/desk"
    assert browser.get("/desk").status_code == 200
    other, _ = password("zhao.jb", next="https://evil.example/")
    assert other.post("/sign-in/code", {"code": used}).status_code == 422, "the same code again"
    assert other.post("/sign-in/code", {"code": codes[3]}).url == "/desk"


def test_the_second_step_waits_ten_minutes_and_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _ = bound(make_staff(username="zhao.jb"))
    assert Client().get("/sign-in/code").url.startswith("/sign-in?next=")
    browser, _ = password("zhao.jb")
    late = timezone.now() + timedelta(seconds=601)
    monkeypatch.setattr(pages.timezone, "now", lambda: late)
    assert browser.post("/sign-in/code", {"code": code(secret)}).status_code in {302, 401}
    assert browser.get("/desk").status_code == 302


def test_who_needs_none_signs_in_as_before() -> None:
    make_staff(username="zhao.jb")
    make_staff(Role.SYS_ADMIN, username="demo.admin", is_demo=True)
    make_citizen(phone="13800000001")
    for login, home in (("zhao.jb", "/desk"), ("demo.admin", "/console"), ("13800000001", "/my")):
        assert password(login)[1].url == home


def test_a_member_of_staff_binds_a_phone_and_changes_the_given_password() -> None:
    account_id = make_staff(username="zhao.jb")
    browser = signed_in(account_id)
    assert "没有绑定" in text(browser.get("/account"))
    assert browser.get("/account/phone").status_code == 200
    secret = second_factor.begin(account_id=account_id).secret
    assert "请保存备用码" in text(browser.post("/account/phone", {"code": code(secret)}))
    assert "已绑定" in text(browser.get("/account"))
    assert browser.get("/account/phone").url == "/account"
    weak = browser.post("/account/password", {"current": PASSWORD, "new": "1234567890"})
    assert weak.status_code == 422 and 'href="#f-new"' in text(weak)
    assert browser.post("/account/password", {"current": PASSWORD, "new": "Daming-lake-72"}).url == "/account"
    assert "密码已修改" in text(browser.get("/account"))


def test_an_administrator_resets_a_lost_phone_in_the_console() -> None:
    admin, account_id = signed_in(make_staff(Role.SYS_ADMIN)), make_staff(username="zhao.jb")
    bound(account_id)
    page = f"/console/accounts/{account_id}"
    assert "已绑定手机" in text(admin.get(page))
    assert admin.post(f"{page}/second-factor").url == f"{page}?done=second_factor"
    assert "没有绑定手机" in text(admin.get(f"{page}?done=second_factor"))
    assert password("zhao.jb")[1].url == "/desk"
