"""Erasing: the row goes in the caller's transaction, the content and its previews right after, not with the daily sweep."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from hall.support.filestore import disk
from hall.support.filestore.models import StoredFile
from hall.support.filestore.store import content_lock
from hall.support.jobs.queue import later


def erase_file(file_id: uuid.UUID) -> None:
    """Drop a file that nobody refers to, and have a job remove its content from the disk at once. Twice is harmless. Three SQL statements."""
    sha256 = StoredFile.objects.filter(pk=file_id).values_list("sha256", flat=True).first()
    if sha256 is not None:
        StoredFile.objects.filter(pk=file_id).delete()
        later(remove_content, sha256=sha256)


@transaction.atomic
def remove_content(*, sha256: str) -> None:
    """Remove one content and its previews from the disk, unless some stored file has it. Twice is harmless."""
    with connection.cursor() as cursor:
        # Waits for whoever is about to keep the very same content, and holds back the next one.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [content_lock(sha256)])
    if StoredFile.objects.filter(sha256=sha256).exists():
        return
    for preview in (Path(settings.FILES_DIR) / "previews").glob(f"{sha256}-*"):
        preview.unlink(missing_ok=True)
    disk.content_path(sha256).unlink(missing_ok=True)
