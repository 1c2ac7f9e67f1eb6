"""Calling a plugin while a person waits: never longer than promised, and not at all while the other side is known to be down."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from typing import TypeVar

from hall.integration.plugins import finder

T = TypeVar("T")
FAILURES = 3
PAUSES_SECONDS = (10.0, 30.0, 60.0)


class Resting(OSError):
    """The other side failed several times in a row; it is left alone for a while. Nothing was asked."""


@dataclass
class Breaker:
    """One outside system as this process knows it. After three failures in a row it rests 10, then 30, then 60 seconds; in between
    one call tries whether it is back, all others are answered at once.

    `most_at_once` threads at most wait for it, however many people ask: a system that hangs holds nothing else up.
    """

    name: str
    seconds: float
    most_at_once: int = 6
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _rests_until: float = 0.0
    _is_tried: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: ThreadPoolExecutor | None = None
    _waiting: int = 0

    def call(self, action: Callable[[], T], *, known: tuple[type[Exception], ...] = (), seconds: float | None = None) -> T:
        """Run one call of the plugin within `seconds`. Raises: Resting, TimeoutError, OSError, `known` exceptions of the port."""
        threads = self._enter()
        try:
            answer = self._within_time(threads, action, known, min(self.seconds, seconds or self.seconds))
        except OSError:
            self._leave(is_failure=True)
            raise
        except BaseException:
            self._leave(is_failure=False)
            raise
        self._leave(is_failure=False)
        return answer

    def _enter(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._failures >= FAILURES:
                if self.clock() < self._rests_until or self._is_tried:
                    raise Resting(f"{self.name} rests")
                self._is_tried = True
            if self._waiting >= self.most_at_once:
                raise Resting(f"{self.name} has {self._waiting} calls under way")
            self._waiting += 1
            # Made late: a process that never asks needs no threads, and they would not survive a fork.
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.most_at_once, thread_name_prefix=self.name)
            return self._threads

    def _within_time(self, threads: ThreadPoolExecutor, action: Callable[[], T], known: tuple[type[Exception], ...], seconds: float) -> T:
        call = threads.submit(finder.call, self.name, action, known=known)
        # Counted until the thread is free again, also when nobody waits for it any more.
        call.add_done_callback(lambda _: self._free())
        try:
            return call.result(timeout=seconds)
        except NotInTime:
            raise TimeoutError(f"{self.name}: no answer in {seconds} s") from None

    def _free(self) -> None:
        with self._lock:
            self._waiting -= 1

    def _leave(self, *, is_failure: bool) -> None:
        with self._lock:
            self._is_tried = False
            if not is_failure:
                self._failures = 0
                return
            self._failures += 1
            if self._failures >= FAILURES:
                pause = PAUSES_SECONDS[min(self._failures - FAILURES, len(PAUSES_SECONDS) - 1)]
                self._rests_until = self.clock() + pause
