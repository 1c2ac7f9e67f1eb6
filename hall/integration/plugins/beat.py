"""One quiet thread a process: every two seconds it looks whether a plugin was changed, and writes down what was called meanwhile.

So nothing that a person waits for pays a statement for either. Started with the first use of a plugin; processes without one have none.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

log = logging.getLogger("hall.plugins")
_tasks: list[Callable[[], object]] = []
_lock = threading.Lock()
_started_in = 0


def every_beat(task: Callable[[], object]) -> Callable[[], object]:
    """Run the decorated function with every beat."""
    _tasks.append(task)
    return task


def start() -> None:
    """Begin, unless this process has begun already. With HALL_PLUGIN_BEAT_SECONDS=0 nothing is done by itself."""
    global _started_in  # noqa: PLW0603  (a child of a fork begins anew)
    if _started_in == os.getpid() or not settings.PLUGIN_BEAT_SECONDS:
        return
    with _lock:
        if _started_in != os.getpid():
            _started_in = os.getpid()
            threading.Thread(target=_beat, name="plugins", daemon=True).start()


def once() -> None:
    """One beat, here and now. Raises: DatabaseError, InterfaceError."""
    for task in _tasks:
        task()


def _beat() -> None:
    global _started_in  # noqa: PLW0603
    is_away = False
    while settings.PLUGIN_BEAT_SECONDS:
        time.sleep(settings.PLUGIN_BEAT_SECONDS)
        try:
            close_old_connections()
            once()
            is_away = False
        except (DatabaseError, InterfaceError) as fault:
            # The database comes back by itself; until then everybody goes on with what they know.
            if not is_away:
                log.warning("event=plugin.beat_failed fault=%s", type(fault).__name__)
            is_away = True
    connection.close()
    _started_in = 0
