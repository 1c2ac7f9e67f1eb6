"""The real thing for tests: granian in processes of its own, on a free port, against a database of the tests."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.served import free_port as free_port

READY_SECONDS = 60
_STATIC = "import django; django.setup(); from hall.presentation.design.generated import prepare_static; prepare_static()"


@dataclass
class ServedHall:
    """A running hall: where it answers, and its processes, for tests that kill them."""

    address: str
    database_url: str
    var: Path
    web: "subprocess.Popen[bytes]"
    worker: "subprocess.Popen[bytes] | None" = None
    log: Path = field(default_factory=Path)

    def url(self, path: str) -> str:
        return f"{self.address}{path}"


def environment(database_url: str, var: Path, **more: str) -> dict[str, str]:
    """What a child of the tests runs with: the product's own settings, our database and folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HALL_") or name == "HALL_LOG_LEVEL"}
    return kept | {"HALL_DATABASE_URL": database_url, "HALL_VAR": str(var), "DJANGO_SETTINGS_MODULE": "hall.settings"} | more


def hall_command(*arguments: str, env: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start `hall …`; it ends with us, by the lifeline on its standard input."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "hall.presentation.commandline", *arguments],
            stdin=subprocess.PIPE, stdout=out, stderr=out, env=env | {"HALL_LIFELINE": "1"}, start_new_session=True,
        )  # fmt: skip


def wait_for_answer(address: str, web: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and web.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the hall did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def end(process: "subprocess.Popen[bytes] | None") -> None:
    """Stop a child in order; by force when it does not."""
    if process is None or process.poll() is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_family(process: "subprocess.Popen[bytes]") -> None:
    """Stop a child that may have children of its own."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
    process.kill()
    process.wait()


@contextlib.contextmanager
def serving(database_url: str, var: Path, *, workers: int = 1, with_worker: bool = False, **settings: str) -> Iterator[ServedHall]:
    """A served hall for as long as the block lasts. `with_worker` runs jobs too; else tests call `queue.run_due_now`."""
    port, log = free_port(), var / "served.log"
    address = f"http://127.0.0.1:{port}"
    env = environment(database_url, var, HALL_WEB_WORKERS=str(workers), HALL_WEB_THREADS="4", HALL_PUBLIC_ADDRESS=address, **settings)
    if not (var / "static" / ".made-of").exists():
        subprocess.run([sys.executable, "-c", _STATIC], env=env, check=True)
    web = hall_command("serve", "--port", str(port), env=env, log=log)
    worker = hall_command("worker", env=env, log=log) if with_worker else None
    try:
        wait_for_answer(address, web, log)
        yield ServedHall(address, database_url, var, web, worker, log)
    finally:
        end(web)
        end(worker)
