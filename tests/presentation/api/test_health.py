"""What monitors hear: alive without asking anybody, ready only when database, worker and disk are good."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.utils import OperationalError
from django.test import Client

from hall.presentation.api import health as door


def _beat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))", [seconds_ago])


def test_alive_needs_no_database() -> None:
    # No django_db mark: pytest-django refuses every database connection here.
    response = Client().get("/healthz")
    assert response.status_code == 200 and response.json()["status"] == "alive"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_ready_with_a_database_a_worker_and_room() -> None:
    _beat(2)
    response = Client().get("/readyz")
    assert response.status_code == 200, response.content
    assert {name: check["is_good"] for name, check in response.json()["checks"].items()} == {"database": True, "worker": True, "disk": True}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds_ago", [None, 120])
def test_not_ready_without_a_living_worker(seconds_ago: int | None) -> None:
    if seconds_ago:
        _beat(seconds_ago)
    response = Client().get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"]["is_good"] and not checks["worker"]["is_good"]


@pytest.mark.django_db(transaction=True)
def test_not_ready_on_a_full_disk(settings: Any) -> None:
    _beat(1)
    settings.DISK_FLOOR_BYTES = 10**18
    response = Client().get("/readyz")
    assert response.status_code == 503 and not response.json()["checks"]["disk"]["is_good"]


@pytest.mark.django_db(transaction=True)
def test_not_ready_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **options: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(DatabaseWrapper, "get_new_connection", away)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert set(response.json()["checks"]) == {"database", "worker", "disk"}
    assert "refused" not in response.content.decode(), "operators' notes hold no inner words"


def test_a_hanging_database_does_not_hang_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(door, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("hall.support.operations.health.readiness", lambda: release.wait(20) and door._SILENT)
    try:
        assert {Client().get("/readyz").status_code for _ in range(4)} == {503}
    finally:
        release.set()
