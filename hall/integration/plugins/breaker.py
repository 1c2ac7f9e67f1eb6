"""Calling a plugin while a person waits: never longer than promised, and not at all while the other side is known to be down."""

import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from typing import TypeVar

from hall.integration.plugins import beat, exchanges, finder
from hall.integration.plugins.aside import Aside
from hall.integration.plugins.exchanges import BreakerState
from hall.integration.ports import wire

T = TypeVar("T")
FAILURES = 3
PAUSES_SECONDS = (10.0, 30.0, 60.0)


class Resting(OSError):
    """The other side failed several times in a row; it is left alone for a while. Nothing was asked."""


@dataclass(eq=False)
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

    def __post_init__(self) -> None:
        _everywhere.add(self)

    def call(
        self,
        action: Callable[[], T],
        *,
        known: tuple[type[Exception], ...] = (),
        seconds: float | None = None,
        request_id: str = "",
        aside: Aside | None = None,
    ) -> T:
        """Run one call of the plugin within `seconds`; what it asks through `aside` is answered here meanwhile.

        Raises: Resting, TimeoutError, OSError, `known` exceptions of the port.
        """
        threads, trace = self._enter(), wire.Trace()
        running = threads.submit(finder.call, self.name, action, known=known, request_id=request_id, trace=trace)
        # Counted until the thread is free again, also when nobody waits for it any more.
        running.add_done_callback(lambda _: self._free())
        most = min(self.seconds, seconds or self.seconds)
        try:
            answer = aside.serve(running, most) if aside else running.result(timeout=most)
        except NotInTime:
            if not running.done():
                finder.note_timeout(self.name, action, trace, seconds=most, request_id=request_id)
            self._leave(is_failure=True)
            raise TimeoutError(f"{self.name}: no answer in {most} s") from None
        except OSError:
            self._leave(is_failure=True)
            raise
        except BaseException:
            self._leave(is_failure=False)
            raise
        self._leave(is_failure=False)
        return answer

    def state(self) -> BreakerState:
        """How it stands: closed, open, or half_open when the next call, or one under way, tries whether the other side is back."""
        with self._lock:
            if self._failures < FAILURES:
                return BreakerState(self.name, "closed", self._failures)
            is_open = self.clock() < self._rests_until and not self._is_tried
            return BreakerState(self.name, "open" if is_open else "half_open", self._failures)

    def close(self) -> None:
        """Think well of the other side again."""
        with self._lock:
            self._failures, self._rests_until = 0, 0.0

    def _enter(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._failures >= FAILURES and (self.clock() < self._rests_until or self._is_tried):
                raise Resting(f"{self.name} rests")
            if self._waiting >= self.most_at_once:
                raise Resting(f"{self.name} has {self._waiting} calls under way")
            self._is_tried = self._failures >= FAILURES
            self._waiting += 1
            # Made late: a process that never asks needs no threads, and they would not survive a fork.
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.most_at_once, thread_name_prefix=self.name)
            return self._threads

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


_everywhere: "weakref.WeakSet[Breaker]" = weakref.WeakSet()
_shared: dict[tuple[str, float], Breaker] = {}
_shared_lock = threading.Lock()


def of(name: str, seconds: float, *, most_at_once: int = 6) -> Breaker:
    """The one breaker of this process for calls of a plugin that may take so long."""
    with _shared_lock:
        return _shared.setdefault((name, seconds), Breaker(name, seconds, most_at_once))


def close(name: str) -> None:
    """Let calls of a plugin through again in this process: it was tried by hand, and works."""
    for one in list(_everywhere):
        if one.name == name:
            one.close()


def forget() -> None:
    """Look for plugins anew, and think well of all of them, as a new process does."""
    finder.forget()
    with _shared_lock:
        _shared.clear()


@beat.every_beat
def write_down() -> int:
    """Write down what was called since the last beat, and how the breakers stand."""
    states = sorted((one.state() for one in list(_everywhere)), key=lambda state: state.failures)
    return exchanges.flush({state.name: state for state in states}.values())
