"""Measuring files: heavy, so never in a request; in a child process with limits, so that no file holds or brings down the worker."""

import dataclasses
import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hall.services.inspections import reading_jobs
from hall.services.inspections.models import Inspection, Reading, State
from hall.support.filestore import apart, disk, store
from hall.support.filestore.facts import FileFacts
from hall.support.identity import protection
from hall.support.jobs.queue import every, later

log = logging.getLogger("hall.inspections")
BATCH = 10
# A batch is measured well within it; whoever has not written by then was killed, and its files are taken again.
CLAIM = timedelta(minutes=3)


def measure_next() -> int:
    """Measure the next few contents; returns how many. May be cut off anywhere: each row is filled once, whoever measures it."""
    rows = _claimed(timezone.now())
    # Content may be gone: a virus was found in it, or its draft was thrown away.
    there = [row for row in rows if disk.content_path(row.sha256).exists()]
    found = dict(
        zip((row.pk for row in there), apart.measure([(disk.content_path(row.sha256), row.extension) for row in there]), strict=True)
    )
    for row in rows:
        _write(row, found.get(row.pk))
    return len(rows)


@transaction.atomic
def _claimed(now: datetime) -> list[Inspection]:
    waiting = Inspection.objects.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM), state=State.WAITING)
    rows = list(waiting.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
    Inspection.objects.filter(pk__in=[row.pk for row in rows]).update(claimed_at=now)
    return rows


def _write(row: Inspection, facts: FileFacts | None) -> None:
    waiting, now = Inspection.objects.filter(pk=row.pk, state=State.WAITING), timezone.now()
    if facts is None:
        log.warning("event=inspection.failed sha256=%s", row.sha256[:12])
        waiting.update(state=State.FAILED, measured_at=now)
        return
    pages = [dataclasses.asdict(page) for page in facts.pages]
    if facts.text:
        # It brought its words along: nothing to recognise.
        words, reading = protection.encrypt(facts.text), Reading.NONE
        waiting.update(state=State.DONE, pages=pages, words=words, reading=reading, measured_at=now)
        return
    waiting.update(state=State.DONE, pages=pages, measured_at=now)
    if row.extension == "pdf" and Inspection.objects.filter(pk=row.pk, reading=Reading.WAITING).exists():
        later(reading_jobs.read_waiting)


@every("* * * * *")
def catch_up(*, now: datetime) -> int:
    """Measure what a killed worker left behind; returns how many."""
    return measure_next() if Inspection.objects.filter(state=State.WAITING, asked_at__lt=now - CLAIM).exists() else 0


@every("53 4 * * *")
def forget(*, now: datetime, batch: int = 2000) -> int:
    """Drop what was measured of contents that nobody keeps any more; returns how many."""
    contents = list(Inspection.objects.order_by("pk").values_list("sha256", flat=True)[:batch])
    gone = set(contents) - store.contents_kept(contents)
    return Inspection.objects.filter(sha256__in=gone).delete()[0] if gone else 0
