"""Which commands there are. Each one's work is imported only when it is asked for, so that `--help` is quick and needs nothing."""

import argparse
import importlib
import re
import sys
from collections.abc import Callable, Sequence

import django

from hall import __version__
from hall.presentation.commandline.places import database, use_plain_names
from hall.support.access.actors import STAFF_ROLES
from hall.support.operations.binaries import PostgresFault
from hall.support.refusals import Refusal

Command = Callable[[argparse.Namespace], int]
_HERE = "hall.presentation.commandline"
# These need settings, tables and a database before they can even be imported.
_NEED_THE_HALL = frozenset({"administration", "preparing", "signing_keys", "working"})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `hall`; returns the exit code: 0 done, 1 not done and said why, 2 asked wrongly."""
    parser = _parser()
    options, more = parser.parse_known_args(arguments)
    if more and not hasattr(options, "rest"):
        parser.error(f"unknown arguments: {' '.join(more)}")
    if more:
        options.rest += more
    use_plain_names()
    module, function = options.does.split(":")
    try:
        if module not in _NEED_THE_HALL:
            return _load(module, function)(options)
        with database():
            django.setup()
            return _load(module, function)(options)
    except PostgresFault as fault:
        print(f"\nhall: {fault}", file=sys.stderr)
    except Refusal as refusal:
        print(f"hall: {refusal.shown}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _load(module: str, function: str) -> Command:
    command: Command = getattr(importlib.import_module(f"{_HERE}.{module}"), function)
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hall",
        description="The online government-services hall: run it and look after it.",
        epilog="Settings come from the environment (HALL_…): docs/how-to/configure.md. `hall COMMAND --help` explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"hall {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, does: str, summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary[:1].upper() + summary[1:] + ".")
        command.set_defaults(does=does)
        return command

    _add_running(add)
    _add_looking_after(add)
    _add_building(add)
    return parser


Add = Callable[[str, str, str], argparse.ArgumentParser]


def _add_running(add: Add) -> None:
    run = add("run", "supervisor:run", "start everything: database, web server, job worker; stop with Ctrl-C")
    run.add_argument("--port", type=int, help="port to serve on (default: HALL_PORT, PORT, or 8000)")
    run.add_argument("--host", help="address to listen on (default: HALL_HOST, or 127.0.0.1)")
    run.add_argument("--var", help="data folder (default: HALL_VAR, VAR, or var/ in the repository)")
    run.add_argument("--no-demo", action="store_true", help="start empty, without the demo world")
    prepare = add("prepare", "preparing:prepare", "migrate, build the static files and load the catalogue where they changed, then exit")
    prepare.add_argument("--demo", action="store_true", help="also build the demo world if nobody has an account yet")
    serve = add("serve", "serving:serve", "run the web server alone, for a set-up with its own process manager")
    serve.add_argument("--port", type=int, help="port to serve on (default: HALL_PORT, PORT, or 8000)")
    serve.add_argument("--host", help="address to listen on (default: HALL_HOST, or 127.0.0.1)")
    add("worker", "working:work", "run the job worker alone; several may run, on several machines")
    meaning = add("meaning", "working:mean", "run the meaning process alone: it tells the web server which items a query means")
    meaning.add_argument("--listen", help="address and port, for example 127.0.0.1:8011 (default: HALL_MEANING_ADDRESS)")
    sim = add(
        "sim",
        "simulating:simulate",
        "run an outside system to try the hall against, with faults on demand: hall sim licences, hall sim sms",
    )
    sim.add_argument("name", help="which one, for example licences")
    sim.add_argument("rest", nargs=argparse.REMAINDER, help="its own arguments, for example --listen 127.0.0.1:8012 --fault hang")


def _add_looking_after(add: Add) -> None:
    add("migrate", "administration:migrate", "bring the database's tables up to date; safe while the hall runs")
    catalogue = add(
        "import-catalogue", "administration:import_catalogue", "load the service catalogue; the same files again change nothing"
    )
    catalogue.add_argument("folder", nargs="?", help="folder or one file with the catalogue (default: data/)")
    catalogue.add_argument("--dry-run", action="store_true", help="show the differences and load nothing")
    demo = add("demo", "administration:build_demo", "build the demo world: people, departments' staff and some 60 cases")
    demo.add_argument("--scale", type=_scale, metavar="items=NUMBER", help="also make a catalogue of so many items in 152 regions")
    staff = add("create-staff", "administration:create_staff", "open an account for a member of staff; asks for the password")
    staff.add_argument("username", help="the name to sign in with")
    staff.add_argument("--name", required=True, help="the person's name")
    staff.add_argument(
        "--role",
        action="append",
        required=True,
        choices=sorted(STAFF_ROLES),
        help="may be given more than once",
    )
    staff.add_argument("--department", help="code of the department, for clerk, reviewer and dept_leader")
    serials = add("serials", "administration:serials", "after a restore from a backup: let no serial number be given a second time")
    serials.add_argument("action", choices=["after-restore"], help="after-restore moves today's counters ahead; before anybody is let in")
    serials.add_argument("--head-room", type=_head_room, default=10_000, help="by how many numbers, 1 to 99999 (default: 10000)")
    plugin = add("plugin", "plugins:run", "list the installed plugins, test one against the rules of its port, or begin a new one")
    plugin.add_argument("action", choices=["list", "test", "new"], help="test prints a scored report; new writes a package that works")
    plugin.add_argument("name", nargs="?", help="which plugin; with test: all without one")
    plugin.add_argument("--port", help="with new: which port, for example message, licence or lookup")
    plugin.add_argument("--into", default=".", help="with new: the folder to write the package's folder into (default: here)")
    draws = add("appointments", "draws:verify", "recompute a draw of appointments from its public record")
    draws.add_argument("action", choices=["draw-verify"], help="draw-verify checks a record")
    draws.add_argument("file", help="the record, as /api/v1/appointments/draws/CODE hands it out")
    draws.add_argument("--commitment", default="", help="the commitment that was published before the draw")
    keys = add("keys", "signing_keys:keys", "make, list or retire the keys that results are signed with")
    keys.add_argument(
        "action", choices=["new", "list", "retire"], help="new: from now on this one signs; retire: its private half is destroyed"
    )
    keys.add_argument("key_id", nargs="?", help="with retire: which key")
    audit = add("audit", "administration:audit", "check, seal or note the head of the audit trail")
    audit.add_argument(
        "action", choices=["verify", "seal", "head"], help="verify recomputes the chain; seal chains new entries; head prints the last hash"
    )
    audit.add_argument("--head", help="with verify: a hash noted earlier, which must still be on the chain")


def _scale(text: str) -> int:
    found = re.fullmatch(r"items=([0-9]{1,9})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} should be like items=300000")
    return int(found[1])


def _head_room(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 99_999):
        raise argparse.ArgumentTypeError(f"{text!r} should be a number from 1 to 99999")
    return int(text)


def _add_building(add: Add) -> None:
    setup = add("setup", "workshop:setup", "install or update what the lock files name into .venv")
    setup.add_argument("--dev", action="store_true", help="also what tests and checks need")
    add("check", "workshop:check", "style, types, contracts, sizes, migrations, map: everything but the tests")
    test = add("test", "workshop:test", "run the tests on a real PostgreSQL")
    test.add_argument("rest", nargs="*", help="arguments for pytest, such as a path")
    for name, summary in (("bench", "measure, and print a table with ratios"), ("soak", "run the long fault tests")):
        command = add(name, f"workshop:{name}", summary)
        command.add_argument("rest", nargs="*", help="arguments to hand on")
    add("map", "workshop:write_map", "write docs/where.md from the modules' own words")
