"""The ground that every test stands on: real PostgreSQL, a data folder of its own, a served hall and a browser on demand."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests bring their own settings and database.")
_VAR = Path(tempfile.mkdtemp(prefix="hall-test-"))
_VAR.chmod(0o755)
os.environ["HALL_VAR"] = str(_VAR)
os.environ.setdefault("HALL_LOG_LEVEL", "WARNING")
_server = None


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the one server; its workers find the address in the environment."""
    global _server
    from tests.ground import databases

    if not _IS_WORKER and not config.option.collectonly and not config.option.help:
        os.environ["HALL_TEST_SERVER"], _server = databases.start_server()
        os.environ["HALL_DATABASE_URL"] = os.environ["HALL_TEST_SERVER"]
        databases.sweep(is_ours=_server is not None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    # Workers inherit the environment; they must read this file before their settings.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server:
        _server.stop()
        if _server.var.name != "test-postgres":
            shutil.rmtree(_server.var, ignore_errors=True)
    shutil.rmtree(_VAR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A clone of the migrated template instead of pytest-django's own migration for each run."""
    from tests.ground import databases

    with django_db_blocker.unblock():
        own = databases.own_database()
        own.__enter__()
    yield
    with django_db_blocker.unblock():
        own.__exit__(None, None, None)
