"""What the hall does with its files by itself: scanning again, sweeping."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction

from hall.support.filestore import disk, rules, scanning
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rows import ScanState
from hall.support.filestore.store import content_lock
from hall.support.jobs.queue import every

log = logging.getLogger("hall.filestore")
GRACE = timedelta(hours=24)
PREVIEW_LIFE = timedelta(days=30)


@every("*/5 * * * *")
def rescan(*, now: datetime, batch: int = 200) -> int:
    """Scan files that no scanner has judged yet, oldest first; returns how many got an answer. Does nothing without a scanner."""
    if not scanning.is_configured():
        return 0
    waiting = StoredFile.objects.filter(scan__in=[ScanState.NOT_SCANNED, ScanState.HELD]).order_by("created_at", "pk")
    answered = 0
    for sha256 in dict.fromkeys(waiting.values_list("sha256", flat=True)[:batch]):
        path = disk.content_path(sha256)
        if not path.exists():
            log.error("event=file.content_missing sha256=%s", sha256)
            continue
        try:
            state = scanning.scan(path)
        except rules.InfectedFile:
            state = ScanState.INFECTED
        if state is ScanState.HELD:
            break  # the scanner is away; the next round tries again
        with transaction.atomic():
            rows = StoredFile.objects.filter(sha256=sha256).exclude(scan=ScanState.MADE_HERE)
            answered += rows.update(scan=state, scanned_at=now)
        # A document of our own with the same bytes stays: there the scanner errs.
        if state is ScanState.INFECTED and not StoredFile.objects.filter(sha256=sha256, scan=ScanState.MADE_HERE).exists():
            path.unlink(missing_ok=True)
    return answered


@every("23 * * * *")
def sweep(*, now: datetime) -> int:
    """Remove what nobody refers to: cut-off arrivals, content without a row (both after 24 hours), old previews. Returns how many."""
    removed = disk.remove_old("incoming", now, GRACE) + disk.remove_old("previews", now, PREVIEW_LIFE)
    for path in disk.old_contents(now, GRACE):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [content_lock(path.name)])
            (is_ours,) = cursor.fetchone()
            if is_ours and not StoredFile.objects.filter(sha256=path.name).exists():
                path.unlink(missing_ok=True)
                removed += 1
    if removed:
        log.info("event=file.swept count=%d", removed)
    return removed
