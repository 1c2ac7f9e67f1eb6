"""Reading pictures, one at a time in a worker, and forgetting what nobody confirmed."""

import logging
import threading
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hall.services.recognition import rules, source
from hall.services.recognition.models import Reading, State
from hall.support.filestore import erasing, store
from hall.support.filestore.rules import FileMissing
from hall.support.identity import protection
from hall.support.jobs.queue import every

log = logging.getLogger("hall.recognition")
# A reader is cut off well within it; whoever has not written by then was killed, and the picture is read again.
CLAIM = timedelta(minutes=3)
# With the schedule below nothing outlives the hour that the page promises.
KEPT = timedelta(minutes=50)
_reading = threading.Lock()


def read_waiting() -> int:
    """Read whatever waits, the oldest first; returns how many. May be cut off anywhere: a result is written once, whoever read it.

    While one job of a worker reads, others leave it to that one, so that pictures never hold all of its threads.
    """
    read = 0
    while _waiting(timezone.now()).exists() and _reading.acquire(blocking=False):
        try:
            while (row := _claimed(timezone.now())) is not None:
                said = _said(row)
                state = State.FAILED if said is None else State.DONE
                Reading.objects.filter(pk=row.pk, state=State.WAITING).update(state=state, said=said)
                read += 1
        finally:
            _reading.release()
    return read


def _waiting(now: datetime) -> QuerySet[Reading]:
    return Reading.objects.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM), state=State.WAITING)


@transaction.atomic
def _claimed(now: datetime) -> Reading | None:
    row = _waiting(now).select_for_update(skip_locked=True).order_by("asked_at").first()
    if row is not None:
        Reading.objects.filter(pk=row.pk).update(claimed_at=now)
    return row


def _said(row: Reading) -> bytes | None:
    try:
        page = source.read(store.preview_source(store.file_row(row.file_id)).read_bytes())
    except (source.UnreadablePicture, FileMissing, FileNotFoundError):
        return None
    except OSError as fault:
        log.warning("event=recognition.failed fault=%s", fault)
        return None
    stated = rules.stated(page.lines)
    told = {"paper": stated.paper, "values": dict(stated.values), "unsure": list(stated.unsure)}
    return protection.encrypt_json(told, purpose="reading")


@every("* * * * *")
def catch_up(*, now: datetime) -> int:
    """Read what a killed worker left behind; returns how many."""
    return read_waiting() if Reading.objects.filter(state=State.WAITING, asked_at__lt=now - CLAIM).exists() else 0


@every("*/10 * * * *")
@transaction.atomic
def forget_old(*, now: datetime, batch: int = 500) -> int:
    """Forget pictures and words that nobody confirmed within the hour; returns how many."""
    old = list(Reading.objects.filter(asked_at__lt=now - KEPT).select_for_update(skip_locked=True).order_by("asked_at")[:batch])
    for row in old:
        erasing.erase_file(row.file_id)
    return Reading.objects.filter(pk__in=[row.pk for row in old]).delete()[0] if old else 0
