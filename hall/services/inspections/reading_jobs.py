"""Recognising the words of photographed and scanned documents, where a material asks whose they are or how long they hold."""

import logging
import threading
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hall.services.inspections.models import Inspection, Reading, State
from hall.services.recognition import layout, source
from hall.support.filestore import apart, disk
from hall.support.filestore.rules import UnreadableFile
from hall.support.identity import protection
from hall.support.jobs.queue import every

log = logging.getLogger("hall.inspections")
# Two pages are read well within it; whoever has not written by then was killed, and the file is read again.
CLAIM = timedelta(minutes=4)
# An identity card and its copy on one sheet, a licence: what such a material shows stands on the first pages.
PAGES_READ = 2
PAGE_WIDTH = 1600
_reading = threading.Lock()


def read_waiting() -> int:
    """Recognise the words of whatever waits, the oldest first; returns how many. Written once, whoever reads it.

    While one job of a worker reads, others leave it to that one, so that pictures never hold all of its threads.
    """
    read = 0
    while _waiting(timezone.now()).exists() and _reading.acquire(blocking=False):
        try:
            while (row := _claimed(timezone.now())) is not None:
                words = _words(row)
                reading = Reading.FAILED if words is None else Reading.DONE
                sealed = protection.encrypt(words) if words else None
                Inspection.objects.filter(pk=row.pk, reading=Reading.WAITING).update(reading=reading, words=sealed)
                read += 1
        finally:
            _reading.release()
    return read


def _waiting(now: datetime) -> QuerySet[Inspection]:
    free = Q(reading_claimed_at__isnull=True) | Q(reading_claimed_at__lt=now - CLAIM)
    # A PDF is measured first: most bring their words along.
    return Inspection.objects.filter(free, ~Q(extension="pdf") | ~Q(state=State.WAITING), reading=Reading.WAITING)


@transaction.atomic
def _claimed(now: datetime) -> Inspection | None:
    row = _waiting(now).select_for_update(skip_locked=True).order_by("pk").first()
    if row is not None:
        Inspection.objects.filter(pk=row.pk).update(reading_claimed_at=now)
    return row


def _words(row: Inspection) -> str | None:
    path = disk.content_path(row.sha256)
    try:
        if row.extension == "pdf":
            # `pages` says how many were measured; a page that is not there is not drawn.
            pages = range(1, min(PAGES_READ, len(row.pages or ())) + 1)
            pictures = [apart.draw(path, page=page, width=PAGE_WIDTH) for page in pages]
        else:
            pictures = [path.read_bytes()]
        found = [piece for picture in pictures for piece in layout.in_order(layout.pieces(source.read(picture).lines))]
    except (source.UnreadablePicture, UnreadableFile, FileNotFoundError):
        return None
    except OSError as fault:
        log.warning("event=inspection.unread sha256=%s fault=%s", row.sha256[:12], fault)
        return None
    return "\n".join(piece.text for piece in found)


@every("* * * * *")
def catch_up_reading(*, now: datetime) -> int:
    """Read what a killed worker left behind; returns how many."""
    return read_waiting() if Inspection.objects.filter(reading=Reading.WAITING, asked_at__lt=now - CLAIM).exists() else 0
