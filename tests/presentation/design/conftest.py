"""The kit's site, in process and over HTTP, and a Chromium where one is installed.

This file is read before the settings are: what needs them is imported by the fixtures.
"""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture(autouse=True)
def kit_urls(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit's pages instead of the hall's; a content stamp that asks no database."""
    from hall.presentation.design import cache
    from tests.presentation.design import kit

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns without it
    settings.ROOT_URLCONF = "tests.presentation.design.kit"
    monkeypatch.setattr(cache, "STAMP", cache.Stamp(lambda: 1))
    cache.PAGES.clear()
    kit.READ.clear()
    kit.SAVED.clear()
    kit.ANSWER["status"] = 200


@pytest.fixture
def visitor() -> "Client":
    """A browser that checks form tokens and gets error pages as people do."""
    from django.test import Client

    return Client(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def kit_site() -> Iterator[str]:
    """The address of the kit, served by threads."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from hall.presentation.design import generated

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    generated.build_generated()
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, connections_override={})
    server.set_app(StaticFilesHandler(WSGIHandler()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A page whose script errors and policy violations fail the test."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    page.close()
    assert complaints == []
