"""Storing files: what is accepted, what is kept, and what stays behind a refusal (nothing)."""

import errno
import io
import os
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, ObjectStreamMode, OutlineItem, String
from PIL import Image

from hall.support.access.actors import VISITOR, Actor, Role, SignInNeeded
from hall.support.documents import render
from hall.support.filestore import disk, jobs, names, rules, store
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rows import FileRow, ScanState
from hall.support.refusals import Refusal
from tests.make import files

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ZHANG_SAN = Actor(account_id=7, name="张三", roles=frozenset({Role.CITIZEN}))
ALL = ("pdf", "jpg", "png", "docx", "xlsx")
CORPUS = files.bad_files()
HYPERLINK = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"'
    ' Target="https://example.cn" TargetMode="External"/></Relationships>'
)
NOTICE = render.NoticeContent(
    title="受理通知书",
    number="鲁发改受字〔2026〕1号",
    addressee="张三",
    paragraphs=("现予受理。",),
    facts=(),
    blocks=(),
    department="山东省发展和改革委员会",
    issued_on=NOW.date(),
    verify_code="7KQM",
    verify_address="http://127.0.0.1:8000/verify/7KQM",
    serial="1",
    version=1,
    made_at=NOW,
    hotline="12345",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""
    return tmp_path / "files"


def upload(content: bytes, name: str, *, accept: tuple[str, ...] = ALL, max_bytes: int = 1 << 20) -> FileRow:
    return store.store_upload(actor=ZHANG_SAN, stream=io.BytesIO(content), declared_name=name, accept=accept, max_bytes=max_bytes, now=NOW)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "media_type", "measure"),
    [
        ("营业执照.pdf", files.make_pdf(3), "application/pdf", (3, None, None)),
        ("身份证.JPEG", files.make_jpg(900, 700), "image/jpeg", (None, 900, 700)),
        ("照片.png", files.make_png(640, 480), "image/png", (None, 640, 480)),
        ("合同.docx", files.make_docx(), rules.MEDIA_TYPES["docx"], (None, None, None)),
        ("名册.xlsx", files.make_xlsx(), rules.MEDIA_TYPES["xlsx"], (None, None, None)),
    ],
)
def test_a_good_file_is_kept_as_it_came(name: str, content: bytes, media_type: str, measure: tuple[int | None, ...], folder: Path) -> None:
    row = upload(content, name)
    assert (row.media_type, (row.pages, row.width, row.height)) == (media_type, measure)
    assert row.size_bytes == len(content)
    assert row.scan is ScanState.NOT_SCANNED
    assert row.scan_name == "未扫描"
    assert store.file_row(row.file_id) == row
    path = store.open_file(row.file_id)
    assert path == folder / row.sha256[:2] / row.sha256[2:4] / row.sha256
    assert path.read_bytes() == content
    assert files_below(folder) == [path]


@pytest.mark.django_db
def test_what_honest_programs_write_is_accepted() -> None:
    """Papers of our own, scans of many pages, packed object streams, a link, a table of contents, a picture with metadata."""
    pdf = files.new_pdf(3)
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.URI, URI=String("https://example.cn")))
    pdf.pages[0].Annots = Array([link])
    pdf.attachments["发票.xml"] = AttachedFileSpec(pdf, "<发票/>".encode(), filename="发票.xml")
    with pdf.open_outline() as outline:
        outline.root.append(OutlineItem("第一章", 0))
    assert upload(files.pdf_bytes(pdf, object_stream_mode=ObjectStreamMode.generate), "带目录.pdf").pages == 3
    assert upload(files.pdf_bytes(pdf, linearize=True), "网页优化.pdf").pages == 3
    assert upload(files.make_pdf() + b"\r\n\x00\x00", "尾部有空白.pdf").pages == 1
    assert upload(files.make_scan(dpi=150, pages=4), "扫描.pdf", max_bytes=20 << 20).pages == 4
    assert upload(render.render_notice(NOTICE), "受理通知书.pdf").pages == 1
    exif = Image.Exif()
    exif[0x010F] = "相机"
    assert upload(files.make_jpg(exif=exif, progressive=True) + b"\x00" * 200, "手机.jpg").width == 900
    styled = files.make_docx({"word/_rels/document.xml.rels": HYPERLINK, "word/media/image1.png": files.make_png()})
    assert upload(styled, "合同.docx").extension == "docx"


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 40
    assert len({bad.label for bad in CORPUS}) == len(CORPUS)


@pytest.mark.django_db
@pytest.mark.parametrize("bad", CORPUS, ids=lambda bad: bad.label)
def test_a_bad_file_is_refused_with_a_sentence_and_leaves_nothing(bad: files.BadFile, folder: Path) -> None:
    with pytest.raises(Refusal) as refused:
        upload(bad.content, bad.name)
    assert type(refused.value) is bad.refusal, refused.value.shown
    assert re.search(r"[\u4e00-\u9fff]", refused.value.shown)
    assert refused.value.shown.endswith("。")
    assert "！" not in refused.value.shown
    assert not StoredFile.objects.exists()
    assert files_below(folder) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "accept", "sentence"),
    [
        (files.make_docx(), "合同.pdf", ("pdf", "docx"), "文件内容是 Word 文档，扩展名却是 .pdf。请另存为 PDF 后再上传。"),
        (files.make_docx(), "合同.docx", ("pdf", "jpg"), "文件内容是 Word 文档，这里只收 PDF 或 JPG。请打开后另存为 PDF，再上传。"),
        (files.make_pdf(), "合同", ("pdf",), "文件名没有扩展名，文件内容是 PDF。请把文件名改成以 .pdf 结尾后再上传。"),
        (files.make_jpg(), "照片.png", ("jpg", "png"), "文件内容是 JPG 图片，扩展名却是 .png。请把扩展名改成 .jpg 后再上传。"),
        (files.make_exe(), "a.exe", ("pdf", "jpg", "png"), "这个文件是可执行程序，不能上传。请换成 PDF、JPG 或 PNG 文件。"),
    ],
)
def test_the_sentence_says_what_is_wrong_and_what_to_do(content: bytes, name: str, accept: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        upload(content, name, accept=accept)
    assert refused.value.shown == sentence


@pytest.mark.django_db
def test_too_large_names_the_limit_and_the_size(folder: Path) -> None:
    content = files.make_pdf() + b" " * (3 << 20)
    stream = io.BytesIO(content)
    stream.size = len(content)  # type: ignore[attr-defined]
    with pytest.raises(rules.FileTooLarge, match=r"文件有 3\.0 MB|文件有 3 MB") as refused:
        store.store_upload(actor=ZHANG_SAN, stream=stream, declared_name="a.pdf", accept=ALL, max_bytes=2 << 20, now=NOW)
    assert "2 MB 的上限" in refused.value.shown
    assert stream.tell() == 0  # nothing was read
    assert files_below(folder) == []


@pytest.mark.django_db
def test_an_undeclared_stream_is_cut_off_at_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"\x00" * size

    stream = Endless()
    with pytest.raises(rules.FileTooLarge, match="1 MB"):
        store.store_upload(actor=ZHANG_SAN, stream=stream, declared_name="a.pdf", accept=ALL, max_bytes=1 << 20, now=NOW)
    assert stream.given <= (1 << 20) + disk.CHUNK_BYTES


@pytest.mark.django_db
def test_the_same_content_is_kept_once_under_two_names(folder: Path) -> None:
    content = files.make_pdf()
    first, second = upload(content, "一.pdf"), upload(content, "二.pdf")
    assert first.sha256 == second.sha256
    assert first.file_id != second.file_id
    assert len(files_below(folder)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("../../营业执照.pdf", "营业执照.pdf"),
        (r"C:\Users\张三\执照.PDF", "执照.pdf"),
        ("a" * 500 + ".pdf", "a" * 100 + ".pdf"),
        ("  多 \u3000 空格 .pdf", "多 空格.pdf"),
        ("con.pdf", "文件_con.pdf"),
        (".pdf", "文件.pdf"),
        ("<b>x</b>:?.pdf", "b___.pdf"),
        ("零宽\u200b字.pdf", "零宽字.pdf"),
        ("100%.pdf", "100_.pdf"),
    ],
)
def test_tricks_in_the_name_are_harmless(declared: str, kept: str, folder: Path) -> None:
    row = upload(files.make_pdf(), declared)
    assert row.name == kept
    assert all(folder in path.parents for path in files_below(folder))


@given(st.text(max_size=300))
def test_no_name_escapes(declared: str) -> None:
    try:
        stem, extension = names.split_name(declared)
    except rules.DangerousFile:
        return
    assert 1 <= len(stem) <= names.STEM_LIMIT + 3
    assert not re.search(r'[/\\\x00-\x1f<>:"|?*%]', stem)
    assert stem not in {".", ".."}
    assert stem == stem.strip()
    assert "/" not in extension
    assert "." not in extension


@pytest.mark.django_db
def test_nobody_uploads_without_signing_in(folder: Path) -> None:
    with pytest.raises(SignInNeeded):
        store.store_upload(actor=VISITOR, stream=io.BytesIO(b"x"), declared_name="a.pdf", accept=ALL, max_bytes=9, now=NOW)
    assert files_below(folder) == []


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["write", "fsync", "replace", "mkdir"])
def test_a_full_disk_is_a_clear_answer_and_leaves_nothing(broken: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.check_space()
    (folder / "incoming").mkdir()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if broken == "write":
        real = os.fdopen

        def open_full(descriptor: int, mode: str) -> object:
            target = real(descriptor, mode)

            class Full:
                def __enter__(self) -> "Full":
                    return self

                def __exit__(self, *_: object) -> None:
                    target.close()

                write = staticmethod(full)

            return Full()

        monkeypatch.setattr(disk.os, "fdopen", open_full)
    elif broken == "fsync":
        monkeypatch.setattr(disk.os, "fsync", full)
    else:
        monkeypatch.setattr(Path, broken, full)
    with pytest.raises(rules.DiskFull) as refused:
        upload(files.make_pdf(), "a.pdf")
    assert refused.value.status == 507
    assert refused.value.shown == "存储空间暂时不足，您已填写的内容不受影响，请过一会儿再上传。"
    monkeypatch.undo()
    assert not StoredFile.objects.exists()
    assert files_below(folder) == []


@pytest.mark.django_db
def test_uploads_stop_before_the_disk_is_full(settings: object, folder: Path) -> None:
    settings.DISK_FLOOR_BYTES = 1 << 60
    with pytest.raises(rules.DiskFull):
        upload(files.make_pdf(), "a.pdf")
    assert files_below(folder) == []


@pytest.mark.django_db
def test_our_own_document_is_read_back_before_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    content = files.make_pdf(2)
    row = store.store_bytes(content=content, name="受理通知书.pdf", media_type="application/pdf", now=NOW)
    assert (row.pages, row.scan, row.uploaded_by) == (2, ScanState.MADE_HERE, None)
    assert store.open_file(row.file_id).read_bytes() == content
    monkeypatch.setattr(disk, "hash_of", lambda _: "0" * 64)
    with pytest.raises(OSError, match="other bytes"):
        store.store_bytes(content=files.make_pdf(3), name="决定书.pdf", media_type="application/pdf", now=NOW)
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_a_stroke_in_a_title_is_not_a_folder() -> None:
    row = store.store_bytes(content=files.make_pdf(), name="登记/备案证明.pdf", media_type="application/pdf", now=NOW)
    assert row.name == "登记／备案证明.pdf"


@pytest.mark.django_db
def test_a_damaged_content_of_another_size_is_healed_by_the_next_upload() -> None:
    content = files.make_pdf()  # made once: its identifier holds the time
    path = store.open_file(upload(content, "a.pdf").file_id)
    path.write_bytes(b"half")
    assert store.open_file(upload(content, "b.pdf").file_id).read_bytes() == content


@pytest.mark.django_db
def test_a_missing_file_is_not_found() -> None:
    with pytest.raises(rules.FileMissing):
        store.file_row(uuid.uuid4())
    assert store.file_rows([uuid.uuid4()]) == {}


def age(path: Path, days: int) -> None:
    then = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


@pytest.mark.django_db
def test_the_sweep_removes_what_nobody_refers_to(folder: Path) -> None:
    kept, dropped, fresh = (upload(files.make_pdf(pages), f"{pages}.pdf") for pages in (1, 2, 3))
    store.forget_file(dropped.file_id)
    store.forget_file(dropped.file_id)
    store.forget_file(fresh.file_id)
    for row in (kept, dropped):
        age(disk.content_path(row.sha256), 2)
    fresh_time = NOW.timestamp()
    os.utime(disk.content_path(fresh.sha256), (fresh_time, fresh_time))
    cut_off = folder / "incoming" / "abc.part"
    cut_off.write_bytes(b"half")
    age(cut_off, 2)
    assert jobs.sweep(now=NOW) == 2
    assert not cut_off.exists()
    assert not disk.content_path(dropped.sha256).exists()
    assert disk.content_path(fresh.sha256).exists()  # its day of grace is not over
    assert store.open_file(kept.file_id).exists()
    assert jobs.sweep(now=NOW) == 0


@pytest.mark.django_db
def test_an_upload_costs_few_statements(django_assert_max_num_queries: Callable[..., object]) -> None:
    with django_assert_max_num_queries(6):  # throttle, savepoint twice, lock, insert
        upload(files.make_pdf(), "a.pdf")
