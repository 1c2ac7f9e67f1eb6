"""Guesses at the same moment: the count comes before the look at the password, in one statement."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db.models import F

from hall.support.identity import guards
from hall.support.identity.models import SignInGuard
from tests.make.crowds import at_once
from tests.make.people import NOW

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def _let_through(count: Callable[[str], None], digest: str) -> int:
    return sum(outcome is None for outcome in at_once([partial(count, digest)] * 12))


def test_of_twelve_guesses_at_once_five_are_looked_at() -> None:
    for number in range(6):
        assert _let_through(lambda digest: guards.count_try(digest, "203.0.113.9", now=NOW), f"{number:064}") == guards.ADDRESS_FAILURES


def test_control_looking_first_and_counting_later_lets_more_through() -> None:
    gate = threading.Barrier(12, timeout=10)

    def look_then_count(digest: str) -> None:
        row = SignInGuard.objects.filter(login_digest=digest).first()
        if row is not None and row.failures >= guards.ADDRESS_FAILURES:
            raise guards.AccountLocked
        gate.wait()  # the password is being checked
        SignInGuard.objects.filter(login_digest=digest).update(failures=F("failures") + 1)

    SignInGuard.objects.create(login_digest="c" * 64, address="203.0.113.9", counted_from=NOW)
    assert _let_through(look_then_count, "c" * 64) > guards.ADDRESS_FAILURES
