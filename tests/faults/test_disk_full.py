"""A full disk refuses an upload with a sentence and leaves nothing half-written (trust.md §5, 6)."""

import errno
import io
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from hall.services.applications import commands
from hall.services.applications.models import DraftMaterial
from hall.support.filestore import disk, rules
from hall.support.filestore.models import StoredFile
from tests.make import people
from tests.make.catalogue import make_item
from tests.make.files import make_png

SMALL_DISK_BYTES = 256 * 1024


class _FullDisk:
    """A place with too little room, and how to make room."""

    def __init__(self, folder: Path, filler: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._filler, self._monkeypatch = folder, filler, monkeypatch

    def make_room(self) -> None:
        if self._filler is not None:
            self._filler.unlink()
        else:
            self._monkeypatch.undo()


@pytest.fixture
def full_disk(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[_FullDisk]:
    """A real file system of exact size where we may mount one; elsewhere writing fails as on a full one, after the first bytes."""
    folder = tmp_path / "files"
    folder.mkdir()
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES = folder, 0
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", str(folder)]
    is_mounted = hasattr(os, "geteuid") and os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not is_mounted:
        monkeypatch.setattr(disk.os, "fsync", _no_space)
        yield _FullDisk(folder, None, monkeypatch)
        return
    try:
        filler = folder / "filler"
        filler.write_bytes(b"\0" * (SMALL_DISK_BYTES - 8192))
        yield _FullDisk(folder, filler, monkeypatch)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _no_space(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _upload(client: Client, draft_id: int, content: bytes) -> tuple[int, str]:
    file = io.BytesIO(content)
    file.name = "照片.png"
    answer = client.post(f"/my/applications/{draft_id}/materials/m1", {"file": file}, HTTP_X_FRAGMENT="1")
    return answer.status_code, answer.content.decode()


def _draft() -> tuple[Client, int]:
    account_id, item = people.make_citizen(), make_item()
    draft_id = commands.start_draft(actor=people.actor_for(account_id), item_code=item.code, now=timezone.now())
    return people.signed_in(account_id), draft_id


def _large_picture() -> bytes:
    """More than the full disk has room for, less than the whole disk: noise does not compress."""
    target = io.BytesIO()
    Image.frombytes("RGB", (150, 150), random.Random(3).randbytes(150 * 150 * 3)).save(target, "PNG")
    return target.getvalue()


def _left_on(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "filler"]


@pytest.mark.django_db
def test_a_disk_that_fills_up_while_a_file_arrives_is_said_and_leaves_nothing(full_disk: _FullDisk) -> None:
    client, draft_id = _draft()
    content = _large_picture()
    status, text = _upload(client, draft_id, content)
    assert status == 507 and rules.DiskFull.sentence in text
    assert _left_on(full_disk.folder) == []
    assert not StoredFile.objects.exists() and not DraftMaterial.objects.exists()
    full_disk.make_room()
    status, _ = _upload(client, draft_id, content)
    assert status == 200, "with room again the same upload goes through"
    assert StoredFile.objects.count() == DraftMaterial.objects.count() == 1
    assert len(_left_on(full_disk.folder)) == 1


@pytest.mark.django_db
def test_uploads_stop_before_the_database_runs_out_of_room(tmp_path: Path, settings: Any) -> None:
    client, draft_id = _draft()
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES = tmp_path, 1 << 60
    status, text = _upload(client, draft_id, make_png())
    assert status == 507 and rules.DiskFull.sentence in text
    assert _left_on(tmp_path) == [] and not StoredFile.objects.exists()
    assert client.get("/readyz").status_code == 503
