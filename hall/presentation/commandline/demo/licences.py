"""The demo's people have licences too: a licence service of our own, as a process of its own, for as long as the world is built."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime

from hall.presentation.commandline.lifeline import LIFELINE
from hall.presentation.commandline.serving import free_port
from hall.services.applications import licence_commands, queries
from hall.services.applications.licences import types_offered
from hall.services.licences import source
from hall.services.licences.rules import Ground
from hall.support.access.actors import Actor

_READY_SECONDS = 10
_SETTINGS = ("HALL_LICENCE_URL", "HALL_LICENCE_KEY")


@contextlib.contextmanager
def service() -> Iterator[None]:
    """Run it, and let this process ask it and nobody else: people who do not exist are nothing to ask a real service about."""
    port, before = free_port(), {name: os.environ.get(name) for name in _SETTINGS}
    os.environ |= {"HALL_LICENCE_URL": f"http://127.0.0.1:{port}/licences", "HALL_LICENCE_KEY": secrets.token_urlsafe(24)}
    running = subprocess.Popen(
        [sys.executable, "-m", "hall.presentation.commandline", "sim", "licences", "--listen", f"127.0.0.1:{port}"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, LIFELINE: "1"},
    )
    try:
        _wait_for(port)
        source.forget()
        yield
    finally:
        running.terminate()
        running.wait()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        source.forget()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)


def fetch_for(actor: Actor, draft_id: int, *, now: datetime) -> frozenset[str]:
    """Fetch whatever the draft asks for; the keys of the materials that need no upload."""
    page = queries.draft_page(actor, draft_id, now=now)
    assert page is not None
    wanted = types_offered(page.version, page.variant, is_enterprise=page.is_for_enterprise)
    licence_commands.fetch_licences(actor=actor, draft_id=draft_id, cert_types=wanted, ground=Ground.ONCE, now=now)
    page = queries.draft_page(actor, draft_id, now=now)
    assert page is not None
    return page.covered
