"""Answers kept for a moment in this process, the least used thrown away first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """At most so many answers by their keys, none older than `seconds`; safe between threads."""

    most: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _answers: OrderedDict[Hashable, tuple[float, T]] = field(default_factory=OrderedDict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable) -> T | None:
        """The answer kept under this key; None when there is none, or none young enough."""
        with self._guard:
            made_at, answer = self._answers.get(key, (0.0, None))
            if answer is None or self.clock() - made_at > self.seconds:
                return None
            self._answers.move_to_end(key)
            return answer

    def put(self, key: Hashable, answer: T) -> None:
        """Keep the answer from now on."""
        with self._guard:
            self._answers[key] = (self.clock(), answer)
            self._answers.move_to_end(key)
            while len(self._answers) > self.most:
                self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._answers.clear()
