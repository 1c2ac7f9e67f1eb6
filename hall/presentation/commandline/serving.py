"""The web server as one process with its children."""

import argparse
import gc
import multiprocessing
import os
import socket
import sys
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from hall.presentation.commandline import lifeline
from hall.presentation.commandline.places import var_folder

WORKERS = 2
# Two workers of eight threads keep sixteen database connections, far below the server's limit; more threads only wait for the
# processor. What exceeds them waits in the listening queue instead of in memory.
THREADS = 8
WAITING = 64


def listen_on(options: argparse.Namespace) -> tuple[str, int]:
    """Host and port, from the command line or the environment."""
    port = options.port if options.port is not None else int(os.environ.get("HALL_PORT") or 8000)
    return options.host or os.environ.get("HALL_HOST") or "127.0.0.1", port


def port_fault(host: str, port: int) -> str | None:
    """Why nobody can listen there, as a sentence; None when it is free."""
    if not 0 < port < 65536:
        return f"{port} is not a port; choose one between 1 and 65535."
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            # Connections of a server that just ended do not count; a listening one does.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return f"Port {port} needs more rights than this user has; choose one above 1023, for example PORT=8080."
        except OSError as fault:
            return f"Port {port} on {host} is not free ({fault.strerror}); another program uses it. Choose another one, for example PORT={port + 1}."
    return None


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def application(target: str) -> Any:
    """The WSGI application inside a web worker process, which ends with its parent."""
    lifeline.hold_parent()
    return _load()


def _load() -> Any:
    """The application with all its views: now, not at the first visitor's expense."""
    # Not at the top: settings are read from the environment that `serve` completes.
    from django.urls import get_resolver  # noqa: PLC0415

    from hall.wsgi import application as loaded  # noqa: PLC0415

    get_resolver().url_patterns  # noqa: B018
    return loaded


def _share_memory() -> None:
    """Load the application once in the keeper, so that the workers forked from it share its pages (docs/decisions/0029-workers-are-forked.md).

    Nothing that is loaded opens a connection, a file or a thread: there is nothing a fork could break.
    """
    _load()
    gc.collect()
    # What stands now stays out of every later collection, which would write to the shared pages.
    gc.freeze()


def serve(options: argparse.Namespace) -> int:
    """Run the web server until SIGTERM or SIGINT."""
    host, port = listen_on(options)
    fault = port_fault(host, port)
    if fault:
        print(f"hall: {fault}", file=sys.stderr)
        return 1
    var_folder()
    if os.environ.get("HALL_PUBLIC_ADDRESS") is None:
        os.environ["HALL_PUBLIC_ADDRESS"] = f"http://{host}:{port}"
    can_fork = sys.platform.startswith("linux")
    multiprocessing.set_start_method("fork" if can_fork else "spawn", force=True)
    if can_fork:
        _share_memory()
    lifeline.hold()
    server = Granian(
        "hall.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("HALL_WEB_WORKERS") or WORKERS),
        blocking_threads=int(os.environ.get("HALL_WEB_THREADS") or THREADS),
        blocking_threads_idle_timeout=600,
        backpressure=WAITING,
        http1_settings=None,
        websockets=False,
        log_level=LogLevels.error,  # its warnings advise fewer threads than connections call for
        log_access=False,  # query strings hold serial numbers and query codes
        respawn_failed_workers=True,
        workers_kill_timeout=8,
    )
    server.serve(target_loader=application)
    return 0
