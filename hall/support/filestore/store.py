"""Keeping files: the only place that writes stored-file rows. What a file may be is decided in `checks`, who may read it by the caller."""

import io
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction

from hall.support.access.actors import Actor, Role, SignInNeeded
from hall.support.access.throttles import count_try
from hall.support.filestore import checks, disk, names, pdfs, rules, scanning
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rows import FileRow, ScanState

__all__ = [
    "FileRow",
    "ScanState",
    "contents_kept",
    "copy_file",
    "file_row",
    "file_rows",
    "forget_file",
    "is_there",
    "open_file",
    "preview_source",
    "resolve",
    "store_bytes",
    "store_made",
    "store_upload",
]

UPLOADS_PER_HOUR = 300
_COLUMNS = (
    "pk",
    "name",
    "media_type",
    "extension",
    "size_bytes",
    "sha256",
    "pages",
    "width",
    "height",
    "scan",
    "uploaded_by",
    "created_at",
)


def store_upload(*, actor: Actor, stream: BinaryIO, declared_name: str, accept: Sequence[str], max_bytes: int, now: datetime) -> FileRow:
    """Receive one file, look into it, have it scanned, keep it. Three or four SQL statements; nothing stays behind a refusal.

    `accept` lists extensions without dot (`pdf`, `jpg`, `png`, `docx`, `xlsx`). When this returns the content is safe on the
    disk. Raises: SignInNeeded, TooMany, FileEmpty, FileTooLarge, WrongFileType, DangerousFile, UnreadableFile, InfectedFile,
    DiskFull. Source: §7.1; domain.md §3.1.
    """
    if not actor.is_signed_in and not actor.has(Role.SYSTEM):
        raise SignInNeeded
    if actor.is_signed_in:
        count_try(f"upload:{actor.account_id}", limit=UPLOADS_PER_HOUR, window_seconds=3600, now=now)
    stem, extension = names.split_name(declared_name)
    with disk.arriving(stream, max_bytes=max_bytes) as arrival:
        found = _seen_before(arrival.sha256, extension, accept) or checks.inspect(arrival.path, extension=extension, accept=accept)
        scan = scanning.scan(arrival.path)
        row = StoredFile(
            name=f"{stem}.{found.extension}",
            media_type=found.media_type,
            extension=found.extension,
            pages=found.pages,
            width=found.width,
            height=found.height,
            scan=scan,
            scanned_at=now if scan is ScanState.CLEAN else None,
            uploaded_by=actor.account_id,
            created_at=now,
        )
        return _keep(row, arrival)


def _seen_before(sha256: str, extension: str, accept: Sequence[str]) -> checks.Inspected | None:
    """What an earlier look into the very same content found: one scan handed in for several matters is opened once only."""
    if extension not in accept:
        return None
    earlier = StoredFile.objects.filter(sha256=sha256, extension=extension, uploaded_by__isnull=False).exclude(scan=ScanState.INFECTED)
    row = earlier.values_list("media_type", "extension", "pages", "width", "height").first()
    return checks.Inspected(*row) if row else None


def store_bytes(*, content: bytes, name: str, media_type: str, now: datetime) -> FileRow:
    """Keep a document that the hall made, and read it back from the disk before saying so. Two or three SQL statements.

    `name` carries the extension. Raises: FileEmpty, DiskFull; OSError when the disk gives back other bytes.
    """
    pages = pdfs.count_pages(content) if media_type == "application/pdf" else None
    return _store_made(io.BytesIO(content), len(content), name, media_type, pages, now)


def store_made(*, path: Path, name: str, media_type: str, now: datetime) -> FileRow:
    """Keep a file that the hall wrote, as `store_bytes` does, without holding it in memory. Two or three SQL statements.

    Raises: FileEmpty, DiskFull; OSError when the disk gives back other bytes.
    """
    with path.open("rb") as stream:
        return _store_made(stream, path.stat().st_size, name, media_type, None, now)


def _store_made(stream: BinaryIO, size_bytes: int, name: str, media_type: str, pages: int | None, now: datetime) -> FileRow:
    stem, extension = names.split_name(name.replace("/", "／"))  # a title may hold a stroke; here it is no folder
    if rules.MADE_TYPES.get(extension) != media_type:
        raise ValueError(f"{name}: not a name for {media_type}")
    with disk.arriving(stream, max_bytes=size_bytes) as arrival:
        row = StoredFile(
            name=f"{stem}.{extension}",
            media_type=media_type,
            extension=extension,
            pages=pages,
            scan=ScanState.MADE_HERE,
            created_at=now,
        )
        return _keep(row, arrival, is_read_back=True)


def _keep(row: StoredFile, arrival: disk.Arrival, *, is_read_back: bool = False) -> FileRow:
    row.sha256, row.size_bytes = arrival.sha256, arrival.size_bytes
    with transaction.atomic():
        # Shared with other uploads, exclusive for the sweep: it cannot remove content whose row is about to be there.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [content_lock(row.sha256)])
        path = disk.keep(arrival)
        if is_read_back and disk.hash_of(path) != row.sha256:
            raise OSError(f"the disk gave back other bytes for {row.sha256}")
        row.save(force_insert=True)
    return _row(row)


def copy_file(file_id: uuid.UUID, *, actor: Actor, now: datetime) -> FileRow:
    """A second row of the same content, for a second owner: either may be forgotten without the other. Three SQL statements.

    Call inside a transaction. Raises: FileMissing, also when the content on the disk is no longer what was kept.
    """
    source = file_row(file_id)
    with connection.cursor() as cursor:
        # Held until the new row is committed: the sweep cannot take the content away in between.
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [content_lock(source.sha256)])
    if disk.hash_of(preview_source(source)) != source.sha256:
        raise rules.FileMissing("文件的内容和存入时不一样，不能再用。请重新上传。")
    copied = {column: getattr(source, "file_id" if column == "pk" else column) for column in _COLUMNS}
    scanned = {"scanned_at": now if source.scan is ScanState.CLEAN else None}
    row = StoredFile(**{**copied, **scanned, "pk": uuid.uuid4(), "uploaded_by": actor.account_id, "created_at": now})
    row.save(force_insert=True)
    return _row(row)


def is_there(sha256: str) -> bool:
    """Whether the content with this hash lies on the disk. No SQL."""
    return disk.content_path(sha256).exists()


def content_lock(sha256: str) -> int:
    """The number of the advisory lock that guards one content."""
    return int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)


def _row(stored: StoredFile) -> FileRow:
    values = [getattr(stored, column) for column in _COLUMNS]
    values[_COLUMNS.index("scan")] = ScanState(stored.scan)
    return FileRow(*values)


def file_row(file_id: uuid.UUID) -> FileRow:
    """One stored file. The caller has checked who may see it. One SQL query. Raises: FileMissing."""
    stored = StoredFile.objects.filter(pk=file_id).first()
    if stored is None:
        raise rules.FileMissing
    return _row(stored)


def resolve(file: FileRow | uuid.UUID) -> FileRow:
    """The row itself, or the one with this id. Raises: FileMissing."""
    return file if isinstance(file, FileRow) else file_row(file)


def file_rows(file_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, FileRow]:
    """Several stored files by their id; missing ones are left out. One SQL query, none without ids."""
    wanted = list(file_ids)
    if not wanted:
        return {}
    return {stored.pk: _row(stored) for stored in StoredFile.objects.filter(pk__in=wanted).order_by("pk")}


def open_file(file_id: uuid.UUID) -> Path:
    """The path of the content, for reading only. One SQL query. Raises: FileMissing, FileHeld."""
    file = file_row(file_id)
    check_may_leave(file)
    return preview_source(file)


def check_may_leave(file: FileRow) -> None:
    """Raises: FileHeld while the scanner owes its answer, FileMissing once it found something."""
    if file.scan is ScanState.HELD:
        raise rules.FileHeld
    if file.scan is ScanState.INFECTED:
        raise rules.FileMissing("文件里后来发现了病毒，内容已删除。")


def preview_source(file: FileRow) -> Path:
    """The path of the content for our own drawing, held files included. Raises: FileMissing."""
    path = disk.content_path(file.sha256)
    if file.scan is ScanState.INFECTED or not path.exists():
        raise rules.FileMissing
    return path


def contents_kept(contents: Iterable[str]) -> set[str]:
    """Those of these contents (SHA-256) that some stored file still has. One SQL query."""
    return set(StoredFile.objects.filter(sha256__in=list(contents)).values_list("sha256", flat=True))


def forget_file(file_id: uuid.UUID) -> None:
    """Drop the row of a replaced or deleted draft file; twice is harmless. The sweep removes the content a day later.

    The caller makes sure that nothing refers to it any more. One SQL statement.
    """
    StoredFile.objects.filter(pk=file_id).delete()
