"""Asking for a file to be measured, and noting who handed a content in."""

from collections.abc import Iterable
from datetime import datetime

from hall.services.inspections import jobs
from hall.services.inspections.models import Inspection, State, Use
from hall.support.filestore.rows import FileRow
from hall.support.jobs.queue import later

# Word and Excel files have no pages to measure.
MEASURED = frozenset({"pdf", "jpg", "png"})


def ask(file: FileRow, *, now: datetime) -> None:
    """Have the file measured by a job, once for each content however often it is uploaded. In the caller's transaction.

    One SQL statement for a content that is known, two more for a new one.
    """
    is_measured = file.extension in MEASURED
    state = {"state": State.WAITING} if is_measured else {"state": State.DONE, "pages": [], "measured_at": now}
    _, is_new = Inspection.objects.get_or_create(sha256=file.sha256, defaults={"extension": file.extension, "asked_at": now, **state})
    if is_new and is_measured:
        later(jobs.measure_next)


def note_uses(files: Iterable[FileRow], *, holder_digest: str, now: datetime) -> None:
    """Remember that this applicant handed these files in, in the caller's transaction. Twice is the same. One SQL statement."""
    contents = sorted({file.sha256 for file in files})
    Use.objects.bulk_create([Use(sha256=sha256, holder_digest=holder_digest, used_at=now) for sha256 in contents], ignore_conflicts=True)
