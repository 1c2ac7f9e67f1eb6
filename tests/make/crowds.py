"""Several people doing one thing at the same moment, each on a database connection of their own."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(actions: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run the actions from one starting signal, connections already open; what each returned or raised, in order."""
    barrier = threading.Barrier(len(actions))
    outcomes: list[T | Exception] = [RuntimeError("did not run")] * len(actions)

    def run(place: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            outcomes[place] = actions[place]()
        except Exception as fault:
            outcomes[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
