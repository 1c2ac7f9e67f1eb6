"""Asking for a file to be measured, and noting who handed a content in."""

from collections.abc import Iterable
from datetime import datetime

from hall.services.catalogue.rows import MaterialRow
from hall.services.inspections import jobs, reading_jobs, rules
from hall.services.inspections.models import Inspection, Reading, State, Use
from hall.services.recognition import queries as recognition
from hall.support.filestore.rows import FileRow
from hall.support.jobs.queue import later

# Word and Excel files have no pages to measure.
MEASURED = frozenset({"pdf", "jpg", "png"})


def ask(file: FileRow, *, material: MaterialRow | None = None, now: datetime) -> None:
    """Have the file measured by a job, once for each content however often it is uploaded. In the caller's transaction.

    Where the `material` it is handed in for asks whose it is or how long it holds, a picture's words are recognised too, if
    something here can. One SQL statement for a content that is known, two more for a new one, two for its words.
    """
    is_measured = file.extension in MEASURED
    state = {"state": State.WAITING} if is_measured else {"state": State.DONE, "pages": [], "measured_at": now}
    _, is_new = Inspection.objects.get_or_create(sha256=file.sha256, defaults={"extension": file.extension, "asked_at": now, **state})
    if is_new and is_measured:
        later(jobs.measure_next)
    if is_measured and material is not None and rules.wants_words(material) and recognition.is_ready():
        unread = Inspection.objects.filter(sha256=file.sha256, reading=Reading.NONE, words=None)
        # A PDF may bring its words along: whether it did is known once it was measured.
        if unread.update(reading=Reading.WAITING) and file.is_image:
            later(reading_jobs.read_waiting)


def note_uses(files: Iterable[FileRow], *, holder_digest: str, now: datetime) -> None:
    """Remember that this applicant handed these files in, in the caller's transaction. Twice is the same. One SQL statement."""
    contents = sorted({file.sha256 for file in files})
    Use.objects.bulk_create([Use(sha256=sha256, holder_digest=holder_digest, used_at=now) for sha256 in contents], ignore_conflicts=True)
