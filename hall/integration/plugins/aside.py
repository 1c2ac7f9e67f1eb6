"""For plugins that ask the hall something while they are called: they run in a thread of their own, and are answered in the caller's.

So a plugin that hangs can be left, and what it asks is still read over the caller's connection and in its transaction.
"""

import queue
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Any, TypeVar

T = TypeVar("T")
_LONGEST_SECONDS = 60.0


class Aside:
    """Stands for `answerer` in the plugin's thread: each of its methods is run in the thread that serves."""

    def __init__(self, answerer: object) -> None:
        self._answerer = answerer
        self._errands: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(self._answerer, name)

        def ask(*arguments: Any, **named: Any) -> Any:
            reply: Future[Any] = Future()
            self._errands.put((lambda: method(*arguments, **named), reply))
            return reply.result(timeout=_LONGEST_SECONDS)

        return ask

    def serve(self, call: "Future[T]", seconds: float) -> T:
        """Answer until the call is done; what it returned. Raises: NotInTime, and whatever the call raised."""
        call.add_done_callback(lambda _: self._errands.put(None))
        ends_at = time.monotonic() + seconds
        while True:
            try:
                errand = self._errands.get(timeout=max(0.0, ends_at - time.monotonic()))
            except queue.Empty:
                raise NotInTime from None
            if errand is None:
                return call.result()
            answer, reply = errand
            try:
                reply.set_result(answer())
            except Exception as fault:  # the plugin's thread is told, and through it whoever called
                reply.set_exception(fault)
