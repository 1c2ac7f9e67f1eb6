"""Looking after a hall: tables, catalogue, staff, audit trail, demo world. Imported once the settings are there."""

import argparse
import getpass
import sys
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from hall.presentation.commandline import preparing
from hall.presentation.commandline.demo import scale, world
from hall.services.catalogue import commands as catalogue
from hall.services.guidance import importing as guidance
from hall.services.serials import restoring
from hall.services.serials.rules import CHANNEL_NAMES
from hall.support.access.actors import ROLE_NAMES, Role, system_actor
from hall.support.audit import trail
from hall.support.identity import staffing

OPERATOR = "命令行"


def migrate(options: argparse.Namespace) -> int:
    """`hall migrate`."""
    with preparing.alone():
        print(preparing.migrate())
    return 0


def import_catalogue(options: argparse.Namespace) -> int:
    """`hall import-catalogue [FOLDER] [--dry-run]`: 1 when something in the files is wrong."""
    folder = Path(options.folder) if options.folder else settings.DATA_DIR
    if not folder.exists():
        print(f"hall: there is no {folder}", file=sys.stderr)
        return 1
    report = catalogue.import_catalogue(folder=folder, dry_run=options.dry_run, actor=system_actor(OPERATOR), now=timezone.now())
    guides = guidance.import_guides(folder=folder, dry_run=options.dry_run, actor=system_actor(OPERATOR), now=timezone.now())
    for line in (*report.lines(), *guides.lines()):
        print(line)
    return 1 if report.problems or guides.problems else 0


def build_demo(options: argparse.Namespace) -> int:
    """`hall demo [--scale items=N]`: the people are told once it stands."""
    world.build_world(now=timezone.now(), say=print)
    if options.scale:
        made = scale.build(count=options.scale, now=timezone.now(), say=lambda line: print(line, flush=True))
        print(
            f"{made.items:,} 个基本事项 × {made.regions} 个地区：{made.implementations:,} 条，用时 {made.seconds + made.index_seconds:.1f} 秒"
        )
    return 0


def create_staff(options: argparse.Namespace) -> int:
    """`hall create-staff`: asks for the password twice, or reads it from standard input when that is no terminal."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            print("hall: the two passwords differ; nothing was done.", file=sys.stderr)
            return 1
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    roles = frozenset(Role(role) for role in options.role)
    staffing.create_staff(
        actor=system_actor(OPERATOR), username=options.username, name=options.name, password=password,
        department_code=options.department, roles=roles, now=timezone.now(),
    )  # fmt: skip
    print(f"{options.username}: {'、'.join(ROLE_NAMES[role] for role in sorted(roles))}")
    return 0


def serials(options: argparse.Namespace) -> int:
    """`hall serials after-restore [--head-room N]`: what the backup does not know is never given again."""
    moved = restoring.move_ahead(actor=system_actor(OPERATOR), head_room=options.head_room, now=timezone.now())
    print(f"{moved.counters} counters of today moved ahead by {options.head_room}")
    for number, channel in moved.used_up:
        print(f"department {number:03d}, {CHANNEL_NAMES[channel]}: nothing left for today, numbers again from tomorrow")
    return 0


def audit(options: argparse.Namespace) -> int:
    """`hall audit verify|seal|head`: 1 when the chain is broken."""
    if options.action == "seal":
        print(f"{trail.seal_all()} entries sealed")
        return 0
    if options.action == "head":
        print(trail.head())
        return 0
    verdict = trail.verify(expected_head=options.head)
    for fault in verdict.faults:
        print(f"FAULT {fault}")
    state = "is BROKEN" if verdict.faults else "holds"
    print(f"The chain {state}: {verdict.entries} entries, {verdict.unsealed} not sealed yet, head {verdict.head}")
    return 1 if verdict.faults else 0
