"""What monitors are told."""

import pytest
from django.db import connection
from pytest_django import Settings

from hall.support.operations import health


def _beat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))", [seconds_ago])


def _bad() -> list[str]:
    return [check.name for check in health.readiness().checks if not check.is_good]


@pytest.mark.django_db
def test_ready_with_database_worker_and_disk() -> None:
    _beat(seconds_ago=3)
    assert health.readiness().is_ready


@pytest.mark.django_db
def test_not_ready_without_a_worker_or_with_a_silent_one() -> None:
    assert _bad() == ["worker"]
    _beat(seconds_ago=120)
    assert _bad() == ["worker"]


@pytest.mark.django_db
def test_not_ready_on_a_full_disk(settings: Settings) -> None:
    _beat(seconds_ago=3)
    settings.DISK_FLOOR_BYTES = 10**18
    assert _bad() == ["disk"]


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_the_database_and_ready_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    assert _bad() == ["database", "worker"]
    monkeypatch.setitem(connection.settings_dict, "PORT", port)
    _beat(seconds_ago=3)
    assert health.readiness().is_ready


def test_alive_needs_nothing() -> None:
    assert health.liveness().version
