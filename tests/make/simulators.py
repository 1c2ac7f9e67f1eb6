"""Simulators of outside systems, running in this process over real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from hall.integration.simulators.frame import Simulator

S = TypeVar("S", bound=Simulator)


@contextmanager
def running(simulator: S) -> Iterator[S]:
    """The simulator, answering until the end of the block."""
    threading.Thread(target=simulator.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield simulator
    finally:
        simulator.ending.set()
        simulator.shutdown()
        simulator.server_close()
