"""Erasing a file: gone from the disk at once with its previews, unless somebody else has the same content."""

from pathlib import Path

import pytest
from django.db import transaction

from hall.support.filestore import disk, erasing, preview, store
from hall.support.jobs.queue import run_due_now
from tests.make import files
from tests.support.filestore.test_previews import upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""  # type: ignore[attr-defined]
    return tmp_path / "files"


def test_content_and_previews_are_gone_and_twice_is_harmless(folder: Path) -> None:
    row = upload(files.make_jpg(), "照片.jpg")
    preview.page_png(row)
    for _ in range(2):
        erasing.erase_file(row.file_id)
        run_due_now()
        assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert not store.file_rows([row.file_id])


def test_the_same_content_of_another_file_stays() -> None:
    first, second = upload(files.make_jpg(), "照片.jpg"), upload(files.make_jpg(), "再交一份.jpg")
    erasing.erase_file(first.file_id)
    run_due_now()
    assert disk.content_path(second.sha256).exists()


def test_an_erasing_that_is_taken_back_erases_nothing() -> None:
    row = upload(files.make_jpg(), "照片.jpg")
    with transaction.atomic():
        erasing.erase_file(row.file_id)
        transaction.set_rollback(True)
    run_due_now()
    assert store.file_rows([row.file_id]) and store.is_there(row.sha256)
