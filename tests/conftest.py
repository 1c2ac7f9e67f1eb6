"""The ground that every test stands on: real PostgreSQL, a data folder of its own, a served hall and a browser on demand."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker

from tests.ground import browsers, servers

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-soak", action="store_true", help="run the long fault tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    has_browser = browsers.find_chromium() is not None
    for item in items:
        if item.get_closest_marker("browser") and not has_browser:
            item.add_marker(pytest.mark.skip(reason=browsers.MISSING))
        if item.get_closest_marker("soak") and not config.option.run_soak:
            item.add_marker(pytest.mark.skip(reason="long; make soak runs it"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    if any(browsers.MISSING in str(report.longrepr) for report in reports):
        terminalreporter.write_line(browsers.MISSING)


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


@pytest.fixture
def served_hall(transactional_db: None) -> Iterator[servers.ServedHall]:
    """A real server process on the tests' own database; what a test commits, it shows. Starts afresh for each test."""
    with servers.serving(os.environ["HALL_DATABASE_URL"], _VAR) as hall:
        yield hall


@pytest.fixture
def working_hall(transactional_db: None) -> Iterator[servers.ServedHall]:
    """The same with a job worker."""
    with servers.serving(os.environ["HALL_DATABASE_URL"], _VAR, with_worker=True) as hall:
        yield hall


@pytest.fixture(scope="session")
def demo_hall(django_db_setup: None) -> Iterator[servers.ServedHall]:
    """A served hall with the real catalogue and the demo world, in a database of its own. For tests that mostly look."""
    from tests.ground import databases

    name, var = databases.own_name("_demo"), _VAR / "demo"
    var.mkdir()
    address = databases.clone(name)
    try:
        env = servers.environment(address, var)
        subprocess.run(
            [sys.executable, "-m", "hall.presentation.commandline", "prepare", "--demo"], env=env, check=True, stdout=subprocess.PIPE
        )
        with servers.serving(address, var) as hall:
            yield hall
    finally:
        databases.drop(name)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; its event loop ends with it, so that it does not stay in other tests' way."""
    with browsers.running_browser() as browser:
        yield browser


@pytest.fixture
def chromium_page(chromium: Browser) -> Iterator[browsers.OpenPage]:
    """`chromium_page(viewport=…, java_script_enabled=…)` opens a page for a new visitor."""
    with browsers.page_opener(chromium) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def town(django_db_setup: None) -> Iterator[servers.ServedHall]:
    """A served hall with worker, catalogue, the demo's people and a case in every state, in a database of its own."""
    from tests.ground import town as towns

    with towns.founded(_VAR / "town") as found:
        yield found
