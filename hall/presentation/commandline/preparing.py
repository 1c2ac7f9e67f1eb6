"""Everything between an empty database and the first page. Each step does nothing when there is nothing to do."""

import argparse
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from hall.presentation.commandline import signing_keys
from hall.presentation.commandline.demo import people, world
from hall.presentation.commandline.freshness import Notes, digest_of_everything
from hall.presentation.design import generated
from hall.services.catalogue import commands as catalogue
from hall.services.guidance import importing as guidance
from hall.services.search import commands as search
from hall.services.search import meaning_server
from hall.services.search.encoding import Encoder
from hall.support.access.actors import ROLE_NAMES, system_actor
from hall.support.identity import queries as identity

_LOCK = 0x68616C70  # one preparation at a time on one database
_LOCK_TIMEOUT_MS = 500
_TRIES_SECONDS = 120


def prepare(options: argparse.Namespace) -> int:
    """`hall prepare`: migrations, static files, catalogue and, if wanted, the demo world."""
    step, digest = _Steps(), digest_of_everything()
    notes = Notes(settings.DATABASE_URL, settings.VAR_DIR)
    with alone():
        step.begin(2, "数据表", "Tables")
        step.end(migrate())
        signing_keys.make_first()
        step.begin(3, "页面资源", "Static files")
        step.end("made" if generated.prepare_static() else "unchanged")
        step.begin(4, "事项目录", "Service catalogue")
        problems = _load_catalogue(notes, step)
        step.begin(5, "演示数据", "Demo world")
        step.end(_build_demo(notes) if options.demo else "not wanted")
        if not problems:
            notes.keep_fresh(digest)
    return 0


class _Steps:
    """Short progress lines: what begins, then how it ended and how long it took."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def begin(self, number: int, chinese: str, english: str) -> None:
        self._began = time.monotonic()
        print(f"{number}/6 {chinese} {english} … ", end="", flush=True)

    def end(self, note: str) -> None:
        print(f"{note} ({time.monotonic() - self._began:.1f} s)", flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Let one preparation at a time work on this database; a second one waits for the first."""
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield


def migrate() -> str:
    """Bring the tables up to date while the hall may be running; says what was done.

    A migration waits half a second for a lock, gives way and tries again: a waiting ALTER TABLE would make every page wait behind it.
    """
    options = f"-c lock_timeout={_LOCK_TIMEOUT_MS} -c statement_timeout=0"
    connection.settings_dict["OPTIONS"]["options"] = options
    connection.close()
    deadline = time.monotonic() + _TRIES_SECONDS
    before: int | None = None
    while True:
        try:
            before = _applied() if before is None else before
            call_command("migrate", verbosity=0, interactive=False)
            return f"{_applied() - before} migrations applied"
        except OperationalError as fault:
            if not isinstance(fault.__cause__, psycopg.errors.LockNotAvailable) or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(1)


def _applied() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        if cursor.fetchone()[0] is None:
            return 0
        cursor.execute("SELECT count(*) FROM django_migrations")
        return int(cursor.fetchone()[0])


def _digest_of_data() -> str:
    """Of the catalogue's files and of the code that reads them."""
    total = hashlib.sha256()
    code = (Path(module.__file__ or "").parent for module in (catalogue, guidance))
    for path in sorted((*settings.DATA_DIR.rglob("*"), *(path for folder in code for path in folder.rglob("*.py")))):
        if path.is_file():
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def _load_catalogue(notes: Notes, step: _Steps) -> int:
    digest = _digest_of_data()
    if notes.read("catalogue") == digest:
        step.end("unchanged")
        return 0
    report = catalogue.import_catalogue(folder=settings.DATA_DIR, actor=system_actor("启动"), now=timezone.now())
    guides = guidance.import_guides(folder=settings.DATA_DIR, actor=system_actor("启动"), now=timezone.now())
    # Now, not by the first job after the start: the first visitor finds everything, in his own words too.
    search.reindex(now=timezone.now())
    meaning_server.fill(Encoder(), nullcontext())
    problems = len(report.problems) + len(guides.problems)
    if problems:
        step.end(f"{problems} problems; `hall import-catalogue` names them")
    else:
        added, changed = report.added + len(guides.added), report.changed + len(guides.changed)
        step.end(f"{added} rows added, {changed} changed")
        notes.write("catalogue", digest)
    return problems


def _build_demo(notes: Notes) -> str:
    accounts = settings.VAR_DIR / "demo-accounts.txt"
    if identity.has_real_accounts():
        accounts.unlink(missing_ok=True)
        notes.write("demo", "left out")
        return "left out: this database holds real accounts"
    accounts.write_text("\n".join(_accounts()) + "\n", encoding="utf-8")
    if notes.read("demo"):
        return "unchanged"
    # Whole or not at all: a start that is interrupted here begins it afresh next time.
    with transaction.atomic():
        world.build_world(now=timezone.now(), say=_dot)
    notes.write("demo", "built")
    return "built"


def _dot(line: str) -> None:
    print(".", end="", flush=True)


def _accounts() -> Iterator[str]:
    yield f"演示账号 Demo accounts, password {people.PASSWORD}:"
    yield f"  {people.CITIZEN.phone}  {people.CITIZEN.name}，申请人"
    yield f"  {people.AGENT.phone}  {people.AGENT.name}，{people.ENTERPRISE_NAME}经办人"
    for staff in people.STAFF:
        yield f"  {staff.username:<16} {staff.name}，{ROLE_NAMES[staff.role]}"
