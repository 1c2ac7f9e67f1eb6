"""Previews and answers to a browser."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from hall.support.access.actors import Actor, Role
from hall.support.filestore import preview, response, rules, store
from hall.support.filestore.rows import FileRow
from tests.make import files

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WANG_WU = Actor(account_id=9, name="王五", roles=frozenset({Role.CITIZEN}))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""
    return tmp_path / "files"


def upload(content: bytes, name: str) -> FileRow:
    return store.store_upload(
        actor=WANG_WU, stream=io.BytesIO(content), declared_name=name, accept=("pdf", "jpg", "png", "docx"), max_bytes=20 << 20, now=NOW
    )


def test_a_preview_is_small_upright_and_without_metadata(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the phone on its side
    exif[0x8825] = {1: "N", 2: (36.0, 40.0, 0.0)}
    row = upload(files.make_jpg(1200, 800, exif=exif), "照片.jpg")
    picture = Image.open(io.BytesIO(preview.page_png(row, width=390)))
    assert picture.size == (400, 600)
    assert not picture.getexif()
    assert picture.format == "PNG"
    assert store.open_file(row.file_id).read_bytes() == files.make_jpg(1200, 800, exif=exif)  # the evidence stays as it came


def test_a_page_is_drawn_once(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    row = upload(files.make_pdf(2), "合同.pdf")
    first = preview.page_png(row.file_id, 2, 800)
    assert Image.open(io.BytesIO(first)).width == 800
    monkeypatch.setattr(preview.apart, "draw", None)
    assert preview.page_png(row.file_id, 2, 780) == first
    assert len(list((folder / "previews").iterdir())) == 1


@pytest.mark.parametrize("page", [0, -1, 3])
def test_a_page_that_is_not_there_is_not_found(page: int) -> None:
    with pytest.raises(rules.FileMissing):
        preview.page_png(upload(files.make_pdf(2), "合同.pdf"), page)


def test_a_preview_survives_a_full_disk(settings: object) -> None:
    row = upload(files.make_pdf(), "合同.pdf")
    settings.DISK_FLOOR_BYTES = 1 << 60
    assert preview.page_png(row).startswith(b"\x89PNG")


def test_word_has_no_preview() -> None:
    with pytest.raises(rules.NoPreview):
        preview.page_png(upload(files.make_docx(), "合同.docx"))


@pytest.mark.parametrize(
    ("name", "content", "inline", "disposition"),
    [
        (
            "营业 执照.pdf",
            files.make_pdf(),
            True,
            "inline; filename=\"file.pdf\"; filename*=UTF-8''%E8%90%A5%E4%B8%9A%20%E6%89%A7%E7%85%A7.pdf",
        ),
        ("a.jpg", files.make_jpg(), False, "attachment; filename=\"file.jpg\"; filename*=UTF-8''a.jpg"),
        ("合同.docx", files.make_docx(), True, "attachment; filename=\"file.docx\"; filename*=UTF-8''%E5%90%88%E5%90%8C.docx"),
        ('x";a=b.pdf', files.make_pdf(), True, "inline; filename=\"file.pdf\"; filename*=UTF-8''x_%3Ba%3Db.pdf"),
    ],
)
def test_an_answer_cannot_be_run_in_our_name(name: str, content: bytes, inline: bool, disposition: str) -> None:
    answer = response.file_response(upload(content, name), inline=inline)
    assert answer["Content-Disposition"] == disposition
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Length"] == str(len(content))
    assert b"".join(answer) == content
    answer.close()
