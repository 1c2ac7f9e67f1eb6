"""`python -m bench [--quick] [section …]`: build a hall of its own, measure it, print one table with ratios, leave nothing behind."""

import argparse
import importlib
import os
import sys
import time

from bench.ground import ground
from bench.table import Table

# In this order: memory before a million generated cases fill the database's cache, the large catalogue last of all.
SECTIONS = ("pages", "searching", "memory", "forms", "serials", "submissions", "appointments", "lists", "papers", "scale")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the hall and print a table with ratios.")
    parser.add_argument("sections", nargs="*", metavar="section", help=f"{', '.join(SECTIONS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a small run: fewer requests, fewer cases")
    options = parser.parse_args()
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    with ground() as hall:
        table = Table()
        table.head(f"{hall.server_words()}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")
        for name in options.sections or SECTIONS:
            section = importlib.import_module(f"bench.{name}")
            table.section(name, (section.__doc__ or "").split("\n", 1)[0])
            for row in section.measure(hall, is_quick=options.quick):
                table.add(row)
        table.foot(f"load {os.getloadavg()[0]:.1f} at the end; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
