"""The job worker, as one process. Imported once the settings are there."""

import argparse

from hall.presentation.commandline import lifeline
from hall.support.jobs import worker


def work(options: argparse.Namespace) -> int:
    """`hall worker`: run jobs until SIGTERM or SIGINT."""
    lifeline.hold()
    worker.run_worker()
    return 0
