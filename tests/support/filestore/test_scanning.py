"""Virus scanning against a server process that speaks clamd's protocol."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hall.support.access.actors import Actor, Role
from hall.support.filestore import disk, jobs, preview, response, rules, store
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rows import FileRow, ScanState
from tests.make import files

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LI_SI = Actor(account_id=8, name="李四", roles=frozenset({Role.CITIZEN}))
INFECTED = files.make_jpg(comment=files.EICAR)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""
    return tmp_path / "files"


@pytest.fixture
def clamd() -> Iterator[Callable[..., str]]:
    """Start a scanner; gives its address."""
    running = []

    def start(*arguments: str) -> str:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fake_clamd.py")), *arguments], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.wait()


def upload(content: bytes, name: str = "照片.jpg") -> FileRow:
    return store.store_upload(
        actor=LI_SI, stream=io.BytesIO(content), declared_name=name, accept=("jpg", "pdf"), max_bytes=1 << 20, now=NOW
    )


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_the_scanner_decides(kind: str, clamd: Callable[..., str], settings: object, folder: Path, tmp_path: Path) -> None:
    settings.CLAMD_ADDRESS = clamd("tcp" if kind == "tcp" else str(tmp_path / "s"))
    assert upload(files.make_jpg()).scan is ScanState.CLEAN
    with pytest.raises(rules.InfectedFile, match="发现病毒"):
        upload(INFECTED)
    assert StoredFile.objects.count() == 1
    assert len(on_disk(folder)) == 1


def test_without_a_scanner_nothing_is_clean() -> None:
    assert upload(INFECTED).scan is ScanState.NOT_SCANNED
    assert jobs.rescan(now=NOW) == 0


@pytest.mark.parametrize("trouble", ["down", "silent", "over its limit"])
def test_a_scanner_in_trouble_holds_the_file(trouble: str, clamd: Callable[..., str], settings: object) -> None:
    settings.CLAMD_ADDRESS = {
        "down": lambda: "127.0.0.1:1",
        "silent": lambda: clamd("tcp", "silent"),
        "over its limit": lambda: clamd("tcp", "100"),
    }[trouble]()
    row = upload(files.make_jpg())
    assert row.scan is ScanState.HELD
    with pytest.raises(rules.FileHeld):
        store.open_file(row.file_id)
    with pytest.raises(rules.FileHeld):
        response.file_response(row, inline=True)
    assert preview.page_png(row, width=400).startswith(b"\x89PNG")  # drawn by us, so it may be seen


def test_held_files_are_scanned_again_and_infected_ones_removed(clamd: Callable[..., str], settings: object, folder: Path) -> None:
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    clean, infected, again = upload(files.make_jpg()), upload(INFECTED), upload(INFECTED, "另一张.jpg")
    assert jobs.rescan(now=NOW) == 0
    settings.CLAMD_ADDRESS = clamd("tcp")
    assert jobs.rescan(now=NOW + timedelta(minutes=5)) == 3
    assert store.file_row(clean.file_id).scan is ScanState.CLEAN
    assert store.open_file(clean.file_id).exists()
    for row in (infected, again):
        assert store.file_row(row.file_id).scan is ScanState.INFECTED
        with pytest.raises(rules.FileMissing):
            store.open_file(row.file_id)
        with pytest.raises(rules.FileMissing):
            preview.page_png(row.file_id)
    assert on_disk(folder) == [disk.content_path(clean.sha256)]
    assert jobs.rescan(now=NOW + timedelta(minutes=10)) == 0
