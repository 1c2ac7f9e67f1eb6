from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hall.support.access.actors import NotAllowed, Role
from hall.support.identity import commands, sessions
from tests.make.people import NOW, PASSWORD, SYSTEM, actor_for, make_agency, make_citizen, make_enterprise, make_staff, signed_in

pytestmark = pytest.mark.django_db


def request(cookie: str | None = None, **headers: Any) -> HttpRequest:
    """A request as the session middleware hands it on."""
    made = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7", **headers)
    if cookie:
        made.COOKIES[settings.SESSION_COOKIE_NAME] = cookie
    made.session = SessionStore(cookie)
    return made


def session_of(account_id: int) -> str:
    """Sign in and come back with the cookie."""
    first = request()
    sessions.start_session(first, account_id)
    first.session.save()
    return first.session.session_key or ""


def test_a_visitor_without_a_cookie_costs_no_sql(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        actor = sessions.request_actor(request())
    assert not actor.is_signed_in
    assert actor.address == "198.51.100.7"


def test_signed_in_is_signed_in_in_the_next_request_too(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account_id = make_citizen(name="张三")
    cookie = session_of(account_id)
    again = request(cookie)
    with django_assert_num_queries(2):
        actor = sessions.request_actor(again)
        assert sessions.request_actor(again) is actor
    assert (actor.account_id, actor.name, actor.roles, actor.auth_level) == (account_id, "张三", frozenset({Role.CITIZEN}), 2)


def test_staff_carry_their_roles_and_department(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cookie = session_of(make_staff(Role.CLERK, Role.LEADER, department_code="SD07"))
    with django_assert_num_queries(2):
        actor = sessions.request_actor(request(cookie))
    assert (actor.roles, actor.department_code) == (frozenset({Role.CLERK, Role.LEADER}), "SD07")


def test_the_actor_is_there_right_after_signing_in() -> None:
    account_id, first = make_citizen(), request()
    assert not sessions.request_actor(first).is_signed_in
    sessions.start_session(first, account_id)
    assert sessions.request_actor(first).account_id == account_id
    sessions.end_session(first)
    assert not sessions.request_actor(first).is_signed_in


def test_the_session_key_changes_at_sign_in_and_what_the_visitor_kept_stays() -> None:
    before = request()
    before.session["draft"] = "kept"
    before.session.save()
    planted = before.session.session_key
    again = request(planted)
    sessions.start_session(again, make_citizen())
    assert again.session.session_key not in {None, planted}
    assert again.session["draft"] == "kept"
    assert not Session.objects.filter(session_key=planted).exists()


def test_another_persons_session_is_emptied_at_sign_in() -> None:
    first = request()
    sessions.start_session(first, make_citizen())
    first.session["draft"] = "theirs"
    first.session.save()
    again = request(first.session.session_key)
    sessions.start_session(again, make_citizen())
    assert "draft" not in again.session


def test_signing_out_deletes_the_session() -> None:
    cookie = session_of(make_citizen())
    last = request(cookie)
    sessions.end_session(last)
    assert not Session.objects.exists()
    assert not sessions.request_actor(request(cookie)).is_signed_in


def test_a_changed_password_ends_every_other_session() -> None:
    account_id = make_citizen()
    here, elsewhere = session_of(account_id), session_of(account_id)
    commands.change_password(actor=actor_for(account_id), current=PASSWORD, new="Daming-lake-72", now=NOW)
    mine = request(here)
    sessions.start_session(mine, account_id)
    assert sessions.request_actor(mine).account_id == account_id
    assert not sessions.request_actor(request(elsewhere)).is_signed_in
    assert not Session.objects.filter(session_key=elsewhere).exists()


def test_a_disabled_account_is_out_with_the_next_request() -> None:
    account_id = make_citizen()
    cookie = session_of(account_id)
    commands.disable_account(actor=SYSTEM, account_id=account_id, now=NOW)
    assert not sessions.request_actor(request(cookie)).is_signed_in
    with pytest.raises(NotAllowed):
        sessions.start_session(request(), account_id)


def test_staff_sessions_end_after_half_an_hour_of_idleness_and_all_after_twelve_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = timezone.now()
    staff, citizen = session_of(make_staff()), session_of(make_citizen())

    def at(minutes: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: begun + timedelta(minutes=minutes))

    def is_signed_in(cookie: str) -> bool:
        made = request(cookie)
        actor = sessions.request_actor(made)
        if made.session.modified and not made.session.is_empty():
            made.session.save()
        return actor.is_signed_in

    at(29)
    assert is_signed_in(staff)
    at(58)
    assert is_signed_in(staff)
    at(89)
    assert not is_signed_in(staff)
    for minutes in range(60, 720, 60):
        at(minutes)
        assert is_signed_in(citizen)
    at(721)
    assert not is_signed_in(citizen)


def test_a_session_is_not_written_with_every_request() -> None:
    made = request(session_of(make_citizen()))
    sessions.request_actor(made)
    assert not made.session.modified


def test_an_enterprise_is_chosen_and_checked_with_every_request(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account_id = make_citizen(name="李小明")
    enterprise_id = make_enterprise(agent_id=account_id, name="济南泉城餐饮有限公司")
    owner_id = make_citizen()
    make_agency(enterprise_id, owner_id, may_appoint=True)
    made = request(session_of(account_id))
    assert sessions.choose_enterprise(made, enterprise_id).enterprise_name == "济南泉城餐饮有限公司"
    made.session.save()
    cookie = made.session.session_key
    with django_assert_num_queries(3):
        assert sessions.request_actor(request(cookie)).enterprise_id == enterprise_id
    commands.end_agency(actor=actor_for(owner_id), enterprise_id=enterprise_id, account_id=account_id, now=NOW + timedelta(days=1))
    actor = sessions.request_actor(request(cookie))
    assert (actor.account_id, actor.enterprise_id, actor.enterprise_name) == (account_id, None, "")


def test_acting_as_oneself_again() -> None:
    account_id = make_citizen()
    made = request(session_of(account_id))
    sessions.choose_enterprise(made, make_enterprise(agent_id=account_id))
    assert sessions.choose_enterprise(made, None).enterprise_id is None


def test_nobody_chooses_an_enterprise_of_others() -> None:
    enterprise_id = make_enterprise()
    for account_id in (make_citizen(), make_staff()):
        with pytest.raises(NotAllowed):
            sessions.choose_enterprise(request(session_of(account_id)), enterprise_id)
    with pytest.raises(NotAllowed):
        sessions.choose_enterprise(request(), enterprise_id)


def test_behind_a_proxy_the_address_is_the_one_the_proxy_added(settings: Any) -> None:
    forged = {"HTTP_X_FORWARDED_FOR": "10.0.0.1, 203.0.113.9"}
    assert sessions.client_address(request(**forged)) == "198.51.100.7"
    settings.IS_BEHIND_PROXY = True
    assert sessions.client_address(request(**forged)) == "203.0.113.9"
    assert sessions.client_address(request()) == "198.51.100.7"
    assert sessions.client_address(request(HTTP_X_FORWARDED_FOR="<script>")) == ""


def test_a_cookie_that_is_none_is_a_visitor() -> None:
    for cookie in ("x" * 32, "'; --", "\0"):
        assert not sessions.request_actor(request(cookie)).is_signed_in


def test_djangos_test_browser_signs_in_without_the_auth_app() -> None:
    account_id = make_citizen()
    browser = signed_in(account_id)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert sessions.request_actor(request(cookie)).account_id == account_id
    assert auth.authenticate(request(), username="13812340000", password=PASSWORD) is None  # sign_in is the only way
