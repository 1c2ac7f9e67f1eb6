"""A system that is down costs nobody the wait twice, and one that hangs holds only its own few threads."""

import threading
import time

import pytest

from hall.integration.plugins.breaker import FAILURES, Breaker, Resting
from hall.integration.plugins.finder import PluginBroken


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fails() -> str:
    raise OSError("down")


def works() -> str:
    return "ok"


def test_after_three_failures_it_rests_then_one_call_tries() -> None:
    clock = Clock()
    breaker = Breaker("x", 1, clock=clock)
    for _ in range(FAILURES):
        with pytest.raises(OSError, match="down"):
            breaker.call(fails)
    with pytest.raises(Resting):
        breaker.call(works)
    clock.now = 11
    with pytest.raises(OSError, match="down"):
        breaker.call(fails)
    clock.now = 22  # now it rests for 30 seconds
    with pytest.raises(Resting):
        breaker.call(works)
    clock.now = 45
    assert breaker.call(works) == "ok"
    assert breaker.call(works) == "ok"


def test_a_success_forgets_the_failures_before_it() -> None:
    breaker = Breaker("x", 1)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            with pytest.raises(OSError, match="down"):
                breaker.call(fails)
        assert breaker.call(works) == "ok"


def test_a_foreign_fault_is_a_failure_and_says_nothing_of_its_words() -> None:
    def leaks() -> str:
        raise ValueError("370102195603120816")

    with pytest.raises(PluginBroken) as caught:
        Breaker("x", 1).call(leaks)
    assert "3701" not in str(caught.value)


def test_one_that_hangs_costs_the_promised_time_and_no_more_threads_than_allowed() -> None:
    release = threading.Event()
    breaker = Breaker("x", 0.05, most_at_once=2, clock=Clock())
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            breaker.call(release.wait)
    with pytest.raises(Resting, match="under way"):
        breaker.call(works)
    assert time.monotonic() - began < 1
    release.set()


def test_while_one_call_tries_whether_it_is_back_the_others_are_not_kept_waiting() -> None:
    clock, entered, release = Clock(), threading.Event(), threading.Event()
    breaker = Breaker("x", 5, clock=clock)
    for _ in range(FAILURES):
        with pytest.raises(OSError, match="down"):
            breaker.call(fails)
    clock.now = 11

    def slow() -> bool:
        entered.set()
        return release.wait(5)

    trying = threading.Thread(target=breaker.call, args=(slow,))
    trying.start()
    assert entered.wait(5)
    with pytest.raises(Resting):
        breaker.call(works)
    release.set()
    trying.join()
    assert breaker.call(works) == "ok"
