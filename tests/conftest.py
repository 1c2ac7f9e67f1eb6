"""The ground that every test stands on: real PostgreSQL, a data folder of its own, a served hall and a browser on demand."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as properties
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker

from tests.ground import browsers, servers

if TYPE_CHECKING:
    from hall.support.operations.postgres import EmbeddedPostgres
    from tests.ground.own import Own

_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
if settings.configured:
    raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the tests bring their own settings and database.")
_VAR = Path(tempfile.mkdtemp(prefix="hall-test-"))
_VAR.chmod(0o755)
os.environ["HALL_VAR"] = str(_VAR)
os.environ.setdefault("HALL_LOG_LEVEL", "WARNING")
# Whatever is installed here, tests read what stands beside their pictures; the real reader is tried under its own name.
os.environ["HALL_OCR"] = "sandbox_ocr"

# No test depends on wall time: a busy machine is no fault of the hall's. With CI set Hypothesis takes a profile of its own, which says the
# same and tries the same examples each time.
if "CI" not in os.environ:
    properties.register_profile("hall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    properties.load_profile("hall")


class _Run:
    """What this process holds until it ends."""

    server: "EmbeddedPostgres | None" = None
    builder: "subprocess.Popen[bytes] | None" = None
    own: "Own | None" = None
    purpose = ""


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the one server; its workers find the address in the environment."""
    from tests.ground import built, databases

    is_controller = not _IS_WORKER and not config.option.collectonly and not config.option.help
    if is_controller:
        os.environ["HALL_TEST_SERVER"], _Run.server = databases.start_server()
        os.environ["HALL_DATABASE_URL"] = os.environ["HALL_TEST_SERVER"]
        # On a server of ours what was built outlives the run; on another one it is named, and swept, as this run's own.
        place = _Run.server.var / "hall_built" if _Run.server else _VAR / databases.own_name("_built")
        os.environ["HALL_TEST_BUILT"] = str(place)
        databases.sweep(is_ours=_Run.server is not None, current=built.names())
        built.forget_old()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    if is_controller and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        _Run.builder = built.begin()  # everything is asked for; the first tests do not need it yet
    django.setup()
    # Workers inherit the environment; they must read this file before their settings.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure(config: pytest.Config) -> None:
    if _Run.builder:
        servers.end_family(_Run.builder)
    if _Run.server:
        _Run.server.stop()
        if _Run.server.var.name != "test-postgres":
            shutil.rmtree(_Run.server.var, ignore_errors=True)
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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture: the empty database or, for tests marked so, the one that holds the shipped catalogue."""
    _Run.purpose = "shipped" if item.get_closest_marker("shipped") else ""
    if _Run.own:
        _Run.own.choose(_Run.purpose)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A clone of the migrated template instead of pytest-django's own migration for each run."""
    from tests.ground import own

    with django_db_blocker.unblock():
        _Run.own = own.Own()
        _Run.own.choose(_Run.purpose)
    yield
    with django_db_blocker.unblock():
        _Run.own.end()


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
