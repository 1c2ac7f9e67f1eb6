"""Bytes on the disk: arriving files, content by hash, sweeping. Knows nothing of types and people.

FILES_DIR/incoming/<random>.part      arriving, deleted unless it is kept
FILES_DIR/ab/cd/<sha256>              content, written once, never changed
FILES_DIR/previews/<sha256>-….png     can be made again any time
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from hall.support.filestore import rules

CHUNK_BYTES = 256 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that arrived whole, still under its temporary name."""

    path: Path
    sha256: str
    size_bytes: int


def content_path(sha256: str) -> Path:
    """Where the content with this hash lies, or would lie."""
    return Path(settings.FILES_DIR) / sha256[:2] / sha256[2:4] / sha256


@contextmanager
def full_disk_is_a_refusal() -> Iterator[None]:
    """Turn the system's "no space left" into an answer. Raises: DiskFull."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _FULL:
            raise rules.DiskFull from fault
        raise


def check_space() -> None:
    """Raises: DiskFull when less than `DISK_FLOOR_BYTES` would be left for the database and the logs."""
    folder = Path(settings.FILES_DIR)
    with full_disk_is_a_refusal():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(folder).free < settings.DISK_FLOOR_BYTES:
        raise rules.DiskFull


@contextmanager
def arriving(stream: BinaryIO, *, max_bytes: int) -> Iterator[Arrival]:
    """Write the stream under a temporary name while hashing and counting it; the temporary name is gone afterwards.

    Raises: FileTooLarge (as soon as the limit is passed), FileEmpty, DiskFull.
    """
    declared_size = getattr(stream, "size", None)
    if isinstance(declared_size, int) and declared_size > max_bytes:
        raise rules.too_large(max_bytes, declared_size)
    check_space()
    path = Path(settings.FILES_DIR) / "incoming" / f"{secrets.token_hex(16)}.part"
    try:
        with full_disk_is_a_refusal():
            path.parent.mkdir(exist_ok=True, mode=0o700)
            sha256, size_bytes = _receive(stream, path, max_bytes)
            if size_bytes == 0:
                raise rules.FileEmpty
            yield Arrival(path, sha256, size_bytes)
    finally:
        path.unlink(missing_ok=True)


def _receive(stream: BinaryIO, path: Path, max_bytes: int) -> tuple[str, int]:
    digest, size_bytes = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as target:
        while chunk := stream.read(CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise rules.too_large(max_bytes, None)
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest(), size_bytes


def keep(arrival: Arrival) -> Path:
    """Give an arrival its final place; after this returns the content survives a power cut. Raises: DiskFull."""
    target = content_path(arrival.sha256)
    with full_disk_is_a_refusal():
        _make_folders(target.parent)
        if target.exists() and target.stat().st_size == arrival.size_bytes:
            os.utime(target)  # young again: the sweep leaves it alone until the row is there
        else:
            arrival.path.replace(target)
            _sync_folder(target.parent)
    return target


def _make_folders(folder: Path) -> None:
    for level in (folder.parent, folder):
        if not level.exists():
            level.mkdir(exist_ok=True, mode=0o700)
            _sync_folder(level.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # no such thing there; NTFS journals its folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hash_of(path: Path) -> str:
    """SHA-256 of a file, read back from the disk."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def old_contents(now: datetime, grace: timedelta) -> Iterator[Path]:
    """Content files that nobody touched for the grace period, in no order."""
    for folder in sorted(Path(settings.FILES_DIR).glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
        yield from (path for path in folder.iterdir() if _is_older(path, now - grace))


def remove_old(subfolder: str, now: datetime, grace: timedelta) -> int:
    """Delete files of `incoming` or `previews` older than the grace period; returns how many."""
    removed = 0
    for path in (Path(settings.FILES_DIR) / subfolder).glob("*"):
        if _is_older(path, now - grace):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _is_older(path: Path, than: datetime) -> bool:
    try:
        return path.stat().st_mtime < than.timestamp()
    except FileNotFoundError:  # another worker sweeps too
        return False
