"""Where the hall keeps its data and finds its database, before any setting is loaded."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hall.support.environment import env
from hall.support.operations.postgres import EmbeddedPostgres, running_address

ROOT = Path(__file__).resolve().parents[3]


def use_plain_names() -> None:
    """Let PORT and VAR stand for HALL_PORT and HALL_VAR, and name the settings module."""
    for plain in ("PORT", "VAR"):
        if os.environ.get(plain):
            os.environ.setdefault(f"HALL_{plain}", os.environ[plain])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.settings")


def var_folder() -> Path:
    """The data folder; also set for the settings and every child."""
    folder = Path(os.environ.get("HALL_VAR") or ROOT / "var").resolve()
    os.environ["HALL_VAR"] = str(folder)
    return folder


@contextlib.contextmanager
def database() -> Iterator[None]:
    """A database for one command: the given server, the one that a running hall has, or our own for as long as it takes."""
    if env("HALL_DATABASE_URL"):
        yield
        return
    var = var_folder()
    server = EmbeddedPostgres(var)
    address = running_address(var) if server.lock.is_held_elsewhere() else None
    if address:
        os.environ["HALL_DATABASE_URL"] = address
        yield
        return
    os.environ["HALL_DATABASE_URL"] = server.start()
    try:
        yield
    finally:
        server.stop()
