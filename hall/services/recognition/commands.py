"""Having a picture read, and forgetting it."""

import uuid
from datetime import datetime

from hall.services.recognition import jobs
from hall.services.recognition.models import Reading
from hall.support.filestore import erasing
from hall.support.filestore.rows import FileRow
from hall.support.jobs.queue import later


def ask(*, place: str, file: FileRow, now: datetime) -> uuid.UUID:
    """Have a stored picture read by a job, in the caller's transaction, in place of whatever was read there before."""
    forget(place=place)
    reading = Reading.objects.create(pk=uuid.uuid4(), place=place, file_id=file.file_id, asked_at=now)
    later(jobs.read_waiting)
    return reading.pk


def forget(*, place: str, keep_picture: bool = False) -> None:
    """Forget what was read there, and the picture with it unless it has found another place. Twice is harmless."""
    for reading in Reading.objects.filter(place=place).select_for_update():
        if not keep_picture:
            erasing.erase_file(reading.file_id)
        reading.delete()
