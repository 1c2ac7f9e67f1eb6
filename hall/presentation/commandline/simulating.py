"""`hall sim`: outside systems to try the hall against, each a process of its own. They come in by entry points, like plugins."""

import argparse
import sys
from importlib import metadata

from hall.presentation.commandline import lifeline

GROUP = "hall.simulator"


def simulate(options: argparse.Namespace) -> int:
    """`hall sim NAME …`: run one of them until SIGTERM or SIGINT; the rest of the line is its own."""
    simulators = {point.name: point for point in metadata.entry_points(group=GROUP)}
    if options.name not in simulators:
        print(f"hall: no simulator {options.name!r}; there are: {', '.join(sorted(simulators)) or 'none'}", file=sys.stderr)
        return 2
    lifeline.hold()
    return int(simulators[options.name].load()(options.rest))
