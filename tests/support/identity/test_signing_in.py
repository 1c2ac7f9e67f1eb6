import time
from datetime import timedelta
from statistics import median

import pytest
from django.contrib.auth.hashers import make_password
from django.test import override_settings

from hall.support.access import throttles
from hall.support.access.actors import Role
from hall.support.audit.models import TrailEntry
from hall.support.identity import commands, guards, passwords, queries, rules
from hall.support.identity.models import Account, SignInGuard
from hall.support.refusals import Refusal
from tests.make.people import NOW, PASSWORD, actor_for, make_citizen, make_staff

HOME, ATTACKER = "198.51.100.7", "203.0.113.9"
pytestmark = pytest.mark.django_db


def sign_in(login: str = "13812340000", password: str = PASSWORD, *, address: str = HOME, after: timedelta = timedelta(0)) -> int:
    return commands.sign_in(login=login, password=password, address=address, now=NOW + after)


def fail(times: int, *, address: str = HOME, after: timedelta = timedelta(0), login: str = "13812340000") -> None:
    for _ in range(times):
        with pytest.raises(rules.WrongCredentials):
            sign_in(login, "Wrong-guess-1", address=address, after=after)


@pytest.mark.parametrize("login", ["13812340000", "138 1234 0000", "+8613812340000", "１３８１２３４００００"])
def test_a_citizen_signs_in_by_phone(login: str) -> None:
    account_id = make_citizen(phone="13812340000")
    assert sign_in(login) == account_id
    assert Account.objects.get().signed_in_at == NOW


def test_staff_sign_in_by_user_name() -> None:
    account_id = make_staff(username="zhao.jb")
    assert sign_in(" Zhao.JB ") == account_id


def test_full_width_letters_in_a_password_count_as_plain_ones() -> None:
    account_id = make_citizen(phone="13812340000")
    assert sign_in(password="Ｑuancheng－２０２６") == account_id


def test_every_wrong_case_gets_the_same_sentence() -> None:
    make_citizen(phone="13812340000", is_enabled=False)
    for login, password in (("13812340000", "no"), ("13912345678", PASSWORD), ("nobody", PASSWORD), ("", ""), ("张三\0", "x" * 5000)):
        with pytest.raises(rules.WrongCredentials) as refused:
            sign_in(login, password)
        assert refused.value.shown == "手机号（用户名）或密码不对。"


def test_only_who_knows_the_password_hears_that_the_account_is_disabled() -> None:
    make_citizen(phone="13812340000", is_enabled=False)
    with pytest.raises(rules.AccountDisabled):
        sign_in()


@override_settings(PASSWORD_HASHERS=["hall.support.identity.passwords.HallArgon2"])
def test_an_unknown_login_costs_the_same_time() -> None:
    make_citizen(phone="13812340000")
    Account.objects.update(password=passwords.hashed(PASSWORD))
    taken: dict[str, list[float]] = {"13812340000": [], "13912345678": []}
    for number in range(24):
        for login, times in taken.items():
            started = time.perf_counter()
            with pytest.raises(rules.WrongCredentials):
                sign_in(login, "Wrong-guess-1", address=f"203.0.113.{number}", after=timedelta(hours=number))
            times.append(time.perf_counter() - started)
    known, unknown = (median(times) for times in taken.values())
    assert 0.6 < known / unknown < 1.6


def test_after_five_failures_even_the_right_password_waits() -> None:
    account_id = make_citizen(phone="13812340000")
    fail(5)
    with pytest.raises(guards.AccountLocked, match="1 分钟"):
        sign_in()
    assert sign_in(after=timedelta(seconds=61)) == account_id


def test_the_wait_grows_and_a_success_ends_it() -> None:
    make_citizen(phone="13812340000")
    fail(5)
    clock = timedelta(0)
    for minutes in (1, 2, 4, 8, 15, 15):
        with pytest.raises(guards.AccountLocked):
            sign_in(after=clock + timedelta(minutes=minutes, seconds=-1))
        clock += timedelta(minutes=minutes)
        fail(1, after=clock)
    clock += timedelta(minutes=15)
    sign_in(after=clock)
    fail(4, after=clock)
    sign_in(after=clock)


def test_failures_of_long_ago_do_not_count() -> None:
    make_citizen(phone="13812340000")
    fail(4)
    fail(4, after=timedelta(minutes=16))
    sign_in(after=timedelta(minutes=16))


def test_an_attacker_does_not_lock_the_victim_out() -> None:
    account_id = make_citizen(phone="13812340000")
    fail(5, address=ATTACKER)
    assert sign_in() == account_id  # another address, at the same moment


def test_many_addresses_slow_strangers_down_but_not_the_persons_own_address() -> None:
    account_id = make_citizen(phone="13812340000")
    sign_in()
    for network in range(guards.LOGIN_FAILURES):
        fail(1, address=f"203.0.113.{network}")
    with pytest.raises(guards.AccountLocked):
        sign_in(address="192.0.2.1")
    assert sign_in() == account_id
    assert sign_in(address="192.0.2.1", after=timedelta(minutes=5, seconds=1)) == account_id


def test_an_unknown_login_is_locked_like_a_known_one() -> None:
    fail(5, login="nobody")
    with pytest.raises(guards.AccountLocked):
        sign_in("nobody")


def test_all_addresses_of_one_ipv6_network_count_as_one() -> None:
    make_citizen(phone="13812340000")
    for number in range(5):
        fail(1, address=f"2001:db8::{number}")
    with pytest.raises(guards.AccountLocked):
        sign_in(address="2001:db8::ffff")
    assert guards.network_of("::ffff:198.51.100.7") == "198.51.100.7"
    assert guards.network_of("not an address") == ""


def test_one_network_cannot_try_many_accounts() -> None:
    for number in range(commands.SIGN_INS_A_NETWORK):
        throttles.count_try(f"sign-in:{ATTACKER}", limit=1000, window_seconds=300, now=NOW)
        assert number < 1000
    with pytest.raises(throttles.TooMany):
        sign_in(address=ATTACKER)


def test_an_old_hash_is_renewed_at_sign_in() -> None:
    account_id = make_citizen(phone="13812340000")
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher", "hall.support.identity.passwords.HallArgon2"]
    ):
        Account.objects.update(password=make_password(PASSWORD))
    old = Account.objects.get().password
    with override_settings(PASSWORD_HASHERS=["hall.support.identity.passwords.HallArgon2"]):
        assert sign_in() == account_id
        renewed = Account.objects.get().password
        assert renewed != old
        assert "m=19456,t=2,p=1" in renewed
        sign_in()
        assert Account.objects.get().password == renewed


def test_signing_in_and_failing_stand_in_the_trail_without_the_login() -> None:
    account_id = make_citizen(phone="13812340000")
    fail(1)
    sign_in()
    lines = TrailEntry.objects.filter(deed="account.sign_in").order_by("pk")
    assert [(line.outcome, line.subject, line.address) for line in lines] == [
        ("refused", str(account_id), HOME),
        ("done", str(account_id), HOME),
    ]
    assert not SignInGuard.objects.filter(login_digest__contains="138").exists()


def test_old_guards_are_forgotten() -> None:
    make_citizen(phone="13812340000")
    fail(2, address=ATTACKER)
    sign_in()
    assert guards.forget_old(now=NOW + timedelta(hours=1)) == 0
    assert guards.forget_old(now=NOW + timedelta(days=2)) == 2  # the attacker's, and the sum over all
    assert guards.forget_old(now=NOW + timedelta(days=200)) == 1


def test_a_password_is_changed_with_the_current_one() -> None:
    actor = actor_for(make_citizen(phone="13812340000"))
    with pytest.raises(rules.WrongCredentials) as refused:
        commands.change_password(actor=actor, current="Wrong-guess-1", new="Daming-lake-72", now=NOW)
    assert refused.value.at_field == "current"
    with pytest.raises(passwords.WeakPassword):
        commands.change_password(actor=actor, current=PASSWORD, new="13812340000", now=NOW)
    commands.change_password(actor=actor, current=PASSWORD, new="Daming-lake-72", now=NOW)
    assert sign_in(password="Daming-lake-72") == actor.account_id
    fail(1)


def test_guessing_the_current_password_in_a_stolen_session_is_limited() -> None:
    actor = actor_for(make_staff(Role.AUDITOR))
    for _ in range(commands.PASSWORD_TRIES_AN_HOUR):
        with pytest.raises(Refusal):
            commands.change_password(actor=actor, current="Wrong-guess-1", new="Daming-lake-72", now=NOW)
    with pytest.raises(throttles.TooMany):
        commands.change_password(actor=actor, current=PASSWORD, new="Daming-lake-72", now=NOW)
    assert queries.staff_member(actor.account_id or 0) is not None
