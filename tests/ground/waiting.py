"""Waiting for another process, with an end."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], object], *, seconds: float = 40.0, what: str = "it") -> None:
    """Look again and again until it is so; fail when it is not so in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)
