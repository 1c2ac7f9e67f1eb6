"""The job worker and the meaning process, each as one process. Imported once the settings are there."""

import argparse
import signal
import sys
import threading

from django.conf import settings

from hall.presentation.commandline import lifeline
from hall.support.jobs import worker


def work(options: argparse.Namespace) -> int:
    """`hall worker`: run jobs until SIGTERM or SIGINT."""
    lifeline.hold()
    worker.run_worker()
    return 0


def mean(options: argparse.Namespace) -> int:
    """`hall meaning`: answer what queries mean until SIGTERM or SIGINT."""
    host, _, port = (options.listen or settings.MEANING_ADDRESS).rpartition(":")
    if not host or not port.isdecimal():
        print("hall: say where to listen, for example hall meaning --listen 127.0.0.1:8011", file=sys.stderr)
        return 1
    from hall.services.search import meaning_server  # noqa: PLC0415  (numpy and the encoder, which nobody else here needs)

    wish = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: wish.set())
    lifeline.hold()
    try:
        meaning_server.serve(host, int(port), wish)
    except OSError as fault:
        print(f"hall: {host}:{port} is not free ({fault.strerror})", file=sys.stderr)
        return 1
    return 0
