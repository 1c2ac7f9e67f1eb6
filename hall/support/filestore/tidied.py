"""Asking for tidied contents, made in a child process, and keeping them like uploads: with every check at the door."""

import io
from collections.abc import Sequence
from datetime import datetime

from hall.support.access.actors import Actor
from hall.support.filestore import apart, store
from hall.support.filestore.rows import FileRow


def make(act: str, number: float, files: Sequence[FileRow]) -> tuple[str, list[bytes]]:
    """The extension and contents of the result, as `tidying.tidy` makes them. Raises: FileMissing, FileHeld, UnreadableFile."""
    for file in files:
        store.check_may_leave(file)
    return apart.tidy(act, number, [(store.preview_source(file), file.extension) for file in files])


def keep(*, actor: Actor, content: bytes, name: str, accept: Sequence[str], max_bytes: int, now: datetime) -> FileRow:
    """Keep one result as a file of the actor's. Raises: all that `store_upload` raises."""
    return store.store_upload(actor=actor, stream=io.BytesIO(content), declared_name=name, accept=accept, max_bytes=max_bytes, now=now)
