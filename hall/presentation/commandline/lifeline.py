"""Children that end with their parent, on every system and even when the parent was killed.

The supervisor keeps the other end of a child's standard input; when that end closes, for whatever reason, the child stops in order.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time

LIFELINE = "HALL_LIFELINE"
LAST_SECONDS = 12
_LOOK_SECONDS = 0.5


def hold() -> None:
    """Watch our standard input if the supervisor asked for it."""
    if os.environ.pop(LIFELINE, None):
        threading.Thread(target=_until_stdin_closes, daemon=True, name="lifeline").start()


def hold_parent() -> None:
    """End with the process that started us by `multiprocessing`."""
    if multiprocessing.parent_process() is not None:
        threading.Thread(target=_until_parent_ends, daemon=True, name="lifeline").start()


def _until_stdin_closes() -> None:
    # Not sys.stdin: its lock, held by a waiting thread, aborts the interpreter when it shuts down.
    while os.read(0, 1024):
        pass
    _end()


def _until_parent_ends() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    if sys.platform.startswith("linux"):
        # Forked siblings hold copies of the pipe that `join` waits on; the kernel knows better whose child we are.
        while os.getppid() == parent.pid:
            time.sleep(_LOOK_SECONDS)
    else:
        parent.join()
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_SECONDS)
    os._exit(1)
