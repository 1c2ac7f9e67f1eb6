"""Tries are counted per key and window, exactly, also by many at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from hall.support.access import jobs
from hall.support.access.models import Throttle
from hall.support.access.throttles import TooMany, count_try

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _is_let_through(key: str, *, limit: int, now: datetime = NOW) -> bool:
    try:
        count_try(key, limit=limit, window_seconds=60, now=now)
    except TooMany:
        return False
    return True


@pytest.mark.django_db
def test_the_limit_is_reached_and_the_next_window_starts_afresh() -> None:
    assert [_is_let_through("a", limit=2) for _ in range(4)] == [True, True, False, False]
    assert _is_let_through("b", limit=2)
    assert _is_let_through("a", limit=2, now=NOW + timedelta(seconds=60))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_crowd_gets_through_exactly_as_often_as_allowed() -> None:
    def knock(number: int) -> bool:
        try:
            return _is_let_through("crowd", limit=5)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(knock, range(64))) == 5


@pytest.mark.django_db
def test_what_has_expired_is_forgotten() -> None:
    _is_let_through("old", limit=2)
    _is_let_through("new", limit=2, now=NOW + timedelta(minutes=5))
    Session.objects.create(session_key="old", session_data="", expire_date=NOW - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=NOW + timedelta(days=1))
    assert jobs.forget_tries(now=NOW + timedelta(minutes=2)) == 1
    assert jobs.forget_sessions(now=NOW) == 1
    assert [row.key for row in Throttle.objects.all()] == ["new"]
    assert [row.session_key for row in Session.objects.all()] == ["new"]
