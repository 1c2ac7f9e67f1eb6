"""Writing the catalogue: the import."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from hall.services.catalogue.announcing import announce
from hall.services.catalogue.intake import places, tables, tags, versions, words
from hall.services.catalogue.intake.batch import Batch
from hall.services.catalogue.report import Diff, FileReport, ImportReport, Problem
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail

__all__ = ["Diff", "FileReport", "ImportReport", "Problem", "import_catalogue"]

log = logging.getLogger("hall.catalogue")

_IMPORT_LOCK = 0x6361746C


@dataclass(frozen=True, slots=True)
class _Step:
    """One file: `pattern` names it, `needs` are the steps that it refers to."""

    word: str
    pattern: str
    needs: tuple[str, ...]
    load: Callable[[Batch, Path], None]


def _load_items(batch: Batch, path: Path) -> None:
    versions.load_items(batch, path, path.parent / "forms")


_STEPS = (
    _Step("divisions", "divisions_*.csv", (), tables.load_divisions),
    _Step("venues", "venues.csv", ("divisions",), places.load_venues),
    _Step("departments", "departments.csv", ("divisions",), tables.load_departments),
    _Step("themes", "themes.csv", (), tables.load_themes),
    _Step("cert_types", "cert_types.csv", ("departments",), tables.load_cert_types),
    _Step("items", "items.jsonl", ("departments", "themes", "cert_types"), _load_items),
    _Step("implementations", "implementations.csv", ("items", "venues"), places.load_implementations),
    _Step("bundles", "bundles.jsonl", ("items",), words.load_bundles),
    _Step("synonyms", "synonyms.csv", ("items",), words.load_synonyms),
    _Step("situations", "situations.jsonl", ("items",), words.load_situations),
    _Step("life_events", "life_events.csv", (), tags.load_life_events),
    _Step("item_tags", "item_tags.csv", ("items", "life_events"), tags.load_item_tags),
    _Step("holidays", "holidays_*.csv", (), tables.load_holidays),
)


@transaction.atomic
def import_catalogue(*, folder: Path, dry_run: bool = False, actor: Actor, now: datetime) -> ImportReport:
    """Bring the catalogue in line with the files of a folder (or with one file), in one transaction.

    A file with a problem is not loaded at all, nor are the files that refer to it; the report names file, line, field and
    reason. The same files again change nothing. Changed items get a new version, the old ones stay. Items that the file no
    longer has stay and are reported. A dry run does everything and takes it back. Imports wait for one another.

    Raises: NotAllowed. Source: §5.1; issue "the real catalogue".
    """
    require(actor, Role.SYSTEM, Role.SYS_ADMIN)
    started = time.monotonic()
    _wait_for_other_imports()
    batch = Batch(now)
    _run_steps(batch, folder)
    report = ImportReport(
        is_dry_run=dry_run,
        files=tuple(batch.files),
        versions=batch.versions,
        missing=tuple(batch.missing),
        kept=tuple(batch.kept),
        problems=tuple(batch.problems),
        diffs=tuple(batch.diffs),
    )
    if dry_run:
        transaction.set_rollback(True)
    elif report.is_changed:
        words.refresh_figures()
        announce(batch.touched)
        trail.record(actor, "catalogue.imported", "catalogue", detail=_summary(report), at=now)
    log.info("event=catalogue.imported dry_run=%d %s ms=%d", dry_run, _summary(report), (time.monotonic() - started) * 1000)
    return report


def _summary(report: ImportReport) -> str:
    return (
        f"added={report.added} changed={report.changed} unchanged={report.unchanged} versions={report.versions}"
        f" missing={len(report.missing)} problems={len(report.problems)}"
    )


def _wait_for_other_imports() -> None:
    with connection.cursor() as cursor:
        # A page waits 3 s for a lock at most; a second import waits for the first one's end.
        cursor.execute("SET LOCAL lock_timeout = '120s'")
        cursor.execute("SET LOCAL statement_timeout = '180s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def _run_steps(batch: Batch, folder: Path) -> None:
    blocked: dict[str, str] = {}
    is_anything = False
    for step in _STEPS:
        for path in _files(folder, step.pattern):
            is_anything = True
            culprits = [blocked[need] for need in step.needs if need in blocked]
            if culprits:
                batch.problems.append(Problem(path.name, 0, "", f"没有导入：它引用的 {'、'.join(culprits)} 有问题"))
            else:
                step.load(batch, path)
            if batch.is_bad(path.name):
                blocked[step.word] = path.name
    if not is_anything:
        reason = "没有可以导入的文件" if folder.exists() else "没有这个文件或文件夹"
        batch.problems.append(Problem(str(folder), 0, "", reason))


def _files(folder: Path, pattern: str) -> list[Path]:
    if folder.is_file():
        return [folder] if folder.match(pattern) else []
    return sorted(folder.glob(pattern))
