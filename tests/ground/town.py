"""A small whole hall: catalogue, the demo's people, one case or more in every state; served with its worker."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.ground import databases, servers

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def founded(var: Path) -> Iterator[servers.ServedHall]:
    """Build it in a database of its own, serve it, and leave nothing behind."""
    name = databases.own_name("_town")
    var.mkdir()
    address = databases.clone(name)
    try:
        env = servers.environment(address, var)
        built = subprocess.run(
            [sys.executable, "-m", "tests.ground.small_world"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, f"the small world was not built:\n{built.stdout}\n{built.stderr}"
        with servers.serving(address, var, with_worker=True) as hall:
            yield hall
    finally:
        databases.drop(name)
