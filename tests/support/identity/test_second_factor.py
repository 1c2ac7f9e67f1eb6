"""The second factor: RFC 6238's own numbers, each code once, few tries, and the way back when the phone is lost."""

import base64
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.access.actors import NotAllowed, Role
from hall.support.access.throttles import TooMany
from hall.support.audit.models import TrailEntry
from hall.support.identity import protection, rules, second_factor, totp
from hall.support.identity.models import RecoveryCode, SecondFactor
from hall.support.identity.second_factor import AlreadyEnrolled, Need, NothingBegun, WrongCode
from tests.make.crowds import at_once
from tests.make.people import NOW, make_citizen, make_staff, staff_actor

LATER = NOW + timedelta(minutes=10)
SHARED = base64.b32encode(b"12345678901234567890").decode()


# RFC 6238, appendix B, the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_numbers_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(SHARED, totp.step_of(now)) == code
    assert totp.matching_step(SHARED, code, now=now) == seconds // 30


@given(off=st.integers(-4, 4), second=st.integers(0, 29))
def test_half_a_minute_to_either_side_is_right_and_no_more(off: int, second: int) -> None:
    now = NOW + timedelta(seconds=second)
    step = totp.step_of(now) + off
    assert totp.matching_step(SHARED, totp.code_at(SHARED, step), now=now) == (step if abs(off) <= 1 else None)


def test_the_address_is_what_apps_read() -> None:
    assert totp.address(SHARED, account="wu.guan", issuer="山东政务大厅") == (
        "otpauth://totp/%E5%B1%B1%E4%B8%9C%E6%94%BF%E5%8A%A1%E5%A4%A7%E5%8E%85%3Awu.guan"
        f"?secret={SHARED}&issuer=%E5%B1%B1%E4%B8%9C%E6%94%BF%E5%8A%A1%E5%A4%A7%E5%8E%85"
    )
    assert len(base64.b32decode(totp.new_secret())) == 20


def code_now(account_id: int, now: datetime = LATER) -> str:
    sealed = SecondFactor.objects.get(pk=account_id).secret_sealed
    return totp.code_at(protection.decrypt(sealed, purpose=second_factor.PURPOSE), totp.step_of(now))


def bound(account_id: int) -> list[str]:
    """Bind a phone ten minutes ago; the recovery codes."""
    second_factor.begin(account_id=account_id)
    return second_factor.confirm(account_id=account_id, code=code_now(account_id, NOW), address="", now=NOW)


check = partial(second_factor.check, address="198.51.100.7", now=LATER)


@pytest.mark.django_db
def test_who_must_have_one_and_who_may(settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"sys_admin", "reviewer"})
    admin, clerk, both = make_staff(Role.SYS_ADMIN), make_staff(), make_staff(Role.CLERK, Role.REVIEWER)
    demo, citizen = make_staff(Role.SYS_ADMIN, is_demo=True), make_citizen()
    assert [second_factor.need_of(one) for one in (admin, clerk, both, demo, citizen)] == [
        Need.ENROLMENT, Need.NOTHING, Need.ENROLMENT, Need.NOTHING, Need.NOTHING,
    ]  # fmt: skip
    for one in (admin, clerk, demo):
        bound(one)
        assert second_factor.need_of(one) == Need.CODE
    with pytest.raises(NotAllowed):
        second_factor.begin(account_id=citizen)


@pytest.mark.django_db
def test_until_it_is_confirmed_the_secret_stays_and_opens_nothing() -> None:
    account_id = make_staff()
    first = second_factor.begin(account_id=account_id)
    assert second_factor.begin(account_id=account_id) == first
    assert first.secret.encode() not in bytes(SecondFactor.objects.get().secret_sealed)
    with pytest.raises(NothingBegun):
        check(account_id=account_id, code=code_now(account_id))
    with pytest.raises(WrongCode):
        second_factor.confirm(account_id=account_id, code="000000x", address="", now=NOW)
    assert second_factor.need_of(account_id) == Need.NOTHING
    with pytest.raises(NothingBegun):
        second_factor.confirm(account_id=make_staff(), code="000000", address="", now=NOW)


@pytest.mark.django_db
def test_a_code_opens_once_and_an_older_one_no_more() -> None:
    account_id = make_staff()
    bound(account_id)
    old = code_now(account_id, LATER - timedelta(seconds=30))
    check(account_id=account_id, code=f" {code_now(account_id)[:3]} {code_now(account_id)[3:]} ")
    for replayed in (code_now(account_id), old):
        with pytest.raises(WrongCode):
            check(account_id=account_id, code=replayed)
    assert list(TrailEntry.objects.filter(deed="account.second_factor").order_by("pk").values_list("outcome", flat=True))[1:] == [
        "replayed",
        "replayed",
    ]
    with pytest.raises(AlreadyEnrolled):
        second_factor.begin(account_id=account_id)
    with pytest.raises(AlreadyEnrolled):
        second_factor.confirm(account_id=account_id, code=code_now(account_id), address="", now=LATER)


@pytest.mark.django_db
def test_the_code_that_bound_the_phone_opens_nothing_afterwards() -> None:
    account_id = make_staff()
    bound(account_id)
    with pytest.raises(WrongCode):
        check(account_id=account_id, code=code_now(account_id, NOW), now=NOW)


@pytest.mark.django_db
def test_guessing_ends_after_a_few_tries_and_the_right_code_waits_too() -> None:
    account_id = make_staff()
    bound(account_id)
    for _ in range(second_factor.TRIES):
        with pytest.raises(WrongCode):
            check(account_id=account_id, code="12345x")
    with pytest.raises(TooMany):
        check(account_id=account_id, code=code_now(account_id))
    later = LATER + timedelta(seconds=second_factor.TRIES_SECONDS)
    check(account_id=account_id, code=code_now(account_id, later), now=later)


@pytest.mark.django_db
def test_each_recovery_code_opens_once_and_only_its_own_account() -> None:
    account_id, other = make_staff(), make_staff()
    codes = bound(account_id)
    bound(other)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert check(account_id=account_id, code=codes[0].upper().replace("-", " ")) == second_factor.RECOVERY_CODES - 1
    for refused, code in ((account_id, codes[0]), (other, codes[1])):
        with pytest.raises(WrongCode):
            check(account_id=refused, code=code)
    assert not RecoveryCode.objects.filter(digest__in=codes).exists(), "they are kept as digests"


@pytest.mark.django_db
def test_an_administrator_unbinds_a_lost_phone_but_not_his_own() -> None:
    admin, account_id = staff_actor(Role.SYS_ADMIN), make_staff()
    codes = bound(account_id)
    assert admin.account_id is not None
    with pytest.raises(rules.NotOneself):
        second_factor.reset(actor=admin, account_id=admin.account_id, now=LATER)
    with pytest.raises(NotAllowed):
        second_factor.reset(actor=staff_actor(Role.SUPERVISOR), account_id=account_id, now=LATER)
    assert second_factor.enrolled_among([account_id]) == {account_id}
    assert second_factor.reset(actor=admin, account_id=account_id, now=LATER)
    assert not second_factor.reset(actor=admin, account_id=account_id, now=LATER), "twice is harmless"
    assert second_factor.need_of(account_id) == Need.NOTHING
    with pytest.raises(NothingBegun):
        check(account_id=account_id, code=codes[0])
    assert TrailEntry.objects.filter(deed="account.second_factor_reset").count() == 1


# --- at once ----------------------------------------------------------------------------------------------------------------------


def _together(account_id: int, code: str) -> int:
    outcomes = at_once([partial(check, account_id=account_id, code=code)] * 4)
    assert all(one is None or isinstance(one, WrongCode | int) for one in outcomes), outcomes
    return sum(not isinstance(one, WrongCode) for one in outcomes)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_the_same_code_at_the_same_moment_one_gets_in() -> None:
    for _ in range(4):
        by_phone, by_paper = make_staff(), make_staff()
        bound(by_phone)
        assert _together(by_phone, code_now(by_phone)) == 1
        assert _together(by_paper, bound(by_paper)[0]) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_a_step_that_is_looked_at_first_and_written_then_lets_several_in(monkeypatch: pytest.MonkeyPatch) -> None:
    meet = threading.Barrier(4)

    def careless(account_id: int, step: int) -> bool:
        is_new = SecondFactor.objects.get(pk=account_id).last_step < step
        meet.wait(10)
        SecondFactor.objects.filter(pk=account_id).update(last_step=step)
        return is_new

    monkeypatch.setattr(second_factor, "_take", careless)
    account_id = make_staff()
    bound(account_id)
    assert _together(account_id, code_now(account_id)) == 4
