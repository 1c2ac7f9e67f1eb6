"""One child process that is kept running."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from hall.presentation.commandline.lifeline import LIFELINE

LONGEST_PAUSE_SECONDS = 30
# Whoever ran for so long was healthy; the next fault starts with a short pause again.
HEALTHY_SECONDS = 60


class Child:
    """`hall <command>` as a child of ours, started again when it dies, with growing pauses."""

    def __init__(self, name: str, arguments: list[str], say: Callable[[str], None], environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._environment = environment
        self._arguments = arguments
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._due_at = 0.0
        self._pause = 1.0

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hall.presentation.commandline", *self._arguments],
            stdin=subprocess.PIPE,  # its lifeline: closed when we end, however we end
            # Many threads with an arena each keep memory that nobody uses: 33 MB less over web server and worker, no slower (bench memory).
            env={"MALLOC_ARENA_MAX": "2", **(os.environ if self._environment is None else self._environment), LIFELINE: "1"},
            # Out of reach of the terminal's Ctrl-C: we stop things in order.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    @property
    def process_id(self) -> int | None:
        """The running process; None while it waits to be started again."""
        return self._process.pid if self._process is not None else None

    def look_after(self) -> None:
        """Start it again when it has died and its pause is over. Called several times a second."""
        if self._process is None:
            if time.monotonic() >= self._due_at:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        if time.monotonic() - self._started_at > HEALTHY_SECONDS:
            self._pause = 1.0
        self._say(f"{self.name} ended with code {code}; starting it again in {self._pause:.0f} s.")
        self._clear_group()
        self._due_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    def ask_to_stop(self) -> None:
        """Ask it to end: finish what it has begun, take nothing new."""
        if self._process is not None and self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            if sys.platform != "win32":
                self._process.send_signal(signal.SIGTERM)

    def wait_for_stop(self, deadline: float) -> None:
        """Wait until it has ended; what is left at the deadline is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._say(f"{self.name} does not stop; ending it by force.")
            self._process.kill()
        self._clear_group()

    def _clear_group(self) -> None:
        """End what a dead child left behind in its session: its own workers."""
        assert self._process is not None
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
