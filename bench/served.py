"""The hall's own processes, driven from outside: started with the product's command, looked after as `hall run` does, killed at will.

The fault tests use this too.
"""

import contextlib
import os
import secrets
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from hall.presentation.commandline.children import Child

READY_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections: it stays free between two starts."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Served:
    """`hall serve`, and `hall worker` if wanted, over one database; a dead one is started again as the supervisor would."""

    def __init__(
        self,
        database: str,
        var: Path,
        *,
        with_worker: bool = False,
        settings: str = "hall.settings",
        environment: dict[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.notes: list[str] = []
        self._environment = {
            **os.environ,
            "HALL_DATABASE_URL": database,
            "HALL_VAR": str(var),
            "DJANGO_SETTINGS_MODULE": settings,
            "HALL_PUBLIC_ADDRESS": self.address,
            "HALL_LOG_LEVEL": "ERROR",
            **(environment or {}),
        }
        self._wish = threading.Event()
        self._web = self._child("web", "serve", "--port", str(self.port), "--host", "127.0.0.1")
        self._worker = self._child("worker", "worker") if with_worker else None
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def _child(self, name: str, *arguments: str) -> Child:
        return Child(name, list(arguments), self.notes.append, self._environment)

    @property
    def _children(self) -> list[Child]:
        return [child for child in (self._web, self._worker) if child]

    def __enter__(self) -> "Served":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until pages are answered. Raises: TimeoutError."""
        for child in self._children:
            child.start()
        self._keeper.start()
        self.wait_for("/healthz", 200)

    def _keep(self) -> None:
        while not self._wish.wait(0.1):
            for child in self._children:
                child.look_after()

    def stop(self) -> None:
        self._wish.set()
        if self._keeper.is_alive():
            self._keeper.join()
        deadline = time.monotonic() + 10
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.wait_for_stop(deadline)

    def status(self, path: str) -> int:
        """The status of one GET; 0 when nobody answered."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as fault:
            return fault.code
        except OSError:
            return 0

    def text(self, path: str) -> str:
        """The page's text, whatever its status."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as fault:
            return fault.read().decode()

    def wait_for(self, path: str, status: int, seconds: float = READY_SECONDS) -> float:
        """Seconds until the page answers with this status. Raises: TimeoutError."""
        began = time.monotonic()
        while self.status(path) != status:
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{path} did not answer {status} within {seconds:.0f} s; {self.notes}")
            time.sleep(0.05)
        return time.monotonic() - began

    def web_processes(self) -> list[psutil.Process]:
        """The processes that answer requests, without the one that watches over them."""
        return workers_of(self._web.process_id) if self._web.process_id else []

    def processes(self, name: str) -> list[psutil.Process]:
        """Everything that runs as "web" or as "worker", helpers included."""
        roots = [psutil.Process(child.process_id) for child in self._children if child.name == name and child.process_id]
        return [process for root in roots for process in (root, *root.children(recursive=True))]

    def kill_web(self, place: int = 0) -> bool:
        """kill -9 one answering process; whether there was one."""
        workers = self.web_processes()
        if workers:
            workers[place % len(workers)].kill()
        return bool(workers)

    def kill_worker(self) -> bool:
        """kill -9 the job worker; whether there was one."""
        process_id = self._worker.process_id if self._worker else None
        if process_id:
            os.kill(process_id, signal.SIGKILL)
        return process_id is not None


def workers_of(root: int) -> list[psutil.Process]:
    """The children that do the work, oldest first; multiprocessing's own helper left out."""
    try:
        children = psutil.Process(root).children()
        return sorted((one for one in children if "resource_tracker" not in " ".join(one.cmdline())), key=lambda one: one.create_time())
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """User and system time used so far, by those that still live."""
    total = 0.0
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return total


def pss_bytes(processes: list[psutil.Process]) -> int:
    """Memory with each shared page counted once in all; RSS where the system does not tell."""
    total = 0
    for one in processes:
        try:
            info = one.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        total += getattr(info, "pss", info.rss)
    return total
