"""`hall plugin`: which plugins are installed, whether one keeps the rules of its port, and the skeleton of a new one."""

import argparse
import sys
from importlib import metadata
from pathlib import Path

from hall.integration.conformance import kits, skeleton
from hall.integration.conformance.kit import Report
from hall.integration.plugins import ports


def run(options: argparse.Namespace) -> int:
    """`hall plugin list|test|new`: 1 when something does not hold."""
    if options.action == "list":
        return _list()
    if options.action == "new":
        return _new(options)
    return _test(options.name)


def _points() -> list[metadata.EntryPoint]:
    return sorted(
        (point for port in ports.all_ports() for point in metadata.entry_points(group=port.group)), key=lambda one: (one.group, one.name)
    )


def _list() -> int:
    titles = {port.group: port.title for port in ports.all_ports()}
    for point in _points():
        made_by = f"{point.dist.name} {point.dist.version}" if point.dist else ""
        print(f"{point.group:<16} {point.name:<22} {titles[point.group]}  {made_by}")
    return 0


def _test(name: str | None) -> int:
    wanted = [point for point in _points() if name in {None, point.name}]
    if not wanted:
        print(f"hall: no plugin {name!r} is installed; `hall plugin list` shows which are", file=sys.stderr)
        return 2
    reports = [kits.report_on(point) for point in wanted]
    for report in reports:
        _print(report)
    return 0 if all(report.good == report.tried for report in reports) else 1


def _print(report: Report) -> None:
    print(f"{report.name} ({report.group})")
    for one in report.outcomes:
        mark = {True: "通过", False: "不合", None: "没试"}[one.is_good]
        print(f"  {mark}  {one.rule.name:<14} {one.rule.sentence}{'：' + one.reason if one.reason else ''}")
    skipped = len(report.outcomes) - report.tried
    print(f"  {report.percent} 分：{report.tried} 条里通过 {report.good} 条{f'，{skipped} 条没试' if skipped else ''}\n")


def _new(options: argparse.Namespace) -> int:
    if not options.name or not options.port:
        print(f"hall: say which: hall plugin new NAME --port {'|'.join(sorted(skeleton.PORTS))}", file=sys.stderr)
        return 2
    try:
        folder = skeleton.write(name=options.name, port=options.port, into=Path(options.into))
    except (ValueError, FileExistsError) as refused:
        print(f"hall: {refused}", file=sys.stderr)
        return 1
    print(f"{folder}: pip install -e {folder} && python -m pytest {folder}")
    return 0
