"""Looking into PDF files: encryption, programs, bombs; then the pages themselves. For foreign files only through `apart`.

PDFium is not safe in several threads at once: every use of it stands under one lock.
"""

import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image

from hall.support.filestore import rules

PAGE_LIMIT = 1_000
OBJECT_LIMIT = 300_000
INFLATED_LIMIT_BYTES = 128 * 1024 * 1024
IMAGE_PIXEL_LIMIT = 120_000_000
_DEPTH_LIMIT = 60
_PIECE_BYTES = 1 << 16
_pdfium = threading.Lock()

_BROKEN = "PDF 打不开，可能已经损坏。请重新导出或扫描后再上传。"
_CUT = "PDF 不完整，可能在保存、传输时中断了。请重新导出或下载后再上传。"
_LOCKED = "PDF 设置了密码，或限制了打印、复制。请去掉限制，或用“打印”另存为新的 PDF 后再上传。"
_PROGRAM = "PDF 里含有{what}，没有保存。请打开后用“打印”另存为新的 PDF，再上传。"
_BOMB = "PDF 解压后异常庞大，没有保存。请打开后用“打印”另存为新的 PDF，再上传。"
_TWO_THINGS = "PDF 末尾夹带了其他内容，没有保存。请打开后用“打印”另存为新的 PDF，再上传。"

_ACTIONS = {"/JavaScript": "会自动运行的脚本", "/Launch": "启动其他程序的指令", "/ImportData": "自动读取外部数据的指令"}
_ANNOTATIONS = {"/RichMedia": "动画或视频", "/Movie": "动画或视频", "/Screen": "动画或视频"}
_EXECUTABLE_STARTS = (b"MZ", b"\x7fELF", b"#!", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0", b"\xca\xfe\xba\xbe")
_EXECUTABLE_NAMES = re.compile(
    r"\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|jar|lnk|sh|py|app|apk|cpl|reg|html?|svg|zip|rar|7z|docm|xlsm)$",
    re.IGNORECASE,
)
_INFLATED_WHOLE = re.compile(rb"/(?:ObjStm|XRef)\b")
_RARE_PACKING = re.compile(rb"/(?:LZWDecode|LZW|ASCIIHexDecode|AHx|ASCII85Decode|A85|RunLengthDecode|RL|Crypt)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")  # names may be written with escapes: /Obj#53tm


@dataclass(frozen=True, slots=True)
class Papers:
    pages: int


def inspect(path: Path) -> Papers:
    """Open, search and render the PDF once. Raises: UnreadableFile, DangerousFile."""
    raw = path.read_bytes()  # at most the upload limit
    _check_tail(raw)
    _check_object_streams(raw)
    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                raise rules.UnreadableFile(_LOCKED)
            _check_objects(pdf)
            pages = len(pdf.pages)
    except pikepdf.PasswordError as fault:
        raise rules.UnreadableFile(_LOCKED) from fault
    except (pikepdf.PdfError, pikepdf.DataDecodingError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as fault:
        raise rules.UnreadableFile(_BROKEN) from fault
    if pages == 0:
        raise rules.UnreadableFile("PDF 里一页也没有。请重新导出或扫描后再上传。")
    if pages > PAGE_LIMIT:
        raise rules.UnreadableFile(f"PDF 有 {pages:,} 页，超过了 {PAGE_LIMIT:,} 页的上限。请拆成几份后再上传。")
    page_image(path, page=1, width=160)
    return Papers(pages)


def _check_tail(raw: bytes) -> None:
    end = raw.rfind(b"%%EOF")
    if end < 0:
        raise rules.UnreadableFile(_CUT)
    rest = raw[end + 5 :].strip(b"\x00\r\n\t ")
    if any(mark in rest.lower() for mark in (b"pk\x05\x06", b"<script", b"<html", b"<?php")):
        raise rules.DangerousFile(_TWO_THINGS)
    if len(rest) > 1024:  # an update that was cut off, or a foreign tail; a few stray bytes do no harm
        raise rules.UnreadableFile(_CUT)


def _check_object_streams(raw: bytes) -> None:
    """Object and cross-reference streams are inflated whole by every reader, so they are measured before one is let near."""
    spent, before = 0, 0
    while (start := raw.find(b"stream", before)) >= 0:
        head = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw[before:start])
        before = start + 6
        if head.endswith(b"end") or not _INFLATED_WHOLE.search(head):
            continue
        if _RARE_PACKING.search(head):
            raise rules.DangerousFile(_BOMB)
        start += 8 if raw[start + 6 : start + 8] == b"\r\n" else 7
        spent += _inflated_size(memoryview(raw)[start:], INFLATED_LIMIT_BYTES - spent)


def _inflated_size(packed: bytes | memoryview, left: int) -> int:
    """The size of the data when inflated. Raises: DangerousFile when it exceeds what is left."""
    inflater, size = zlib.decompressobj(), 0
    try:
        for place in range(0, len(packed), _PIECE_BYTES):
            piece: bytes | memoryview = packed[place : place + _PIECE_BYTES]
            while piece:
                size += len(inflater.decompress(piece, 1 << 20))
                piece = inflater.unconsumed_tail
                if size > left:
                    raise rules.DangerousFile(_BOMB)
            if inflater.eof:
                break
    except zlib.error:
        return size  # not deflated, or broken: the reader will say so
    return size


def _check_objects(pdf: pikepdf.Pdf) -> None:
    if len(pdf.objects) > OBJECT_LIMIT:
        raise rules.DangerousFile(_BOMB)
    spent = 0
    for thing in pdf.objects:
        for entry in _dictionaries(thing):
            _check_dictionary(entry)
        if isinstance(thing, pikepdf.Stream):
            spent += _check_stream(thing, INFLATED_LIMIT_BYTES - spent)


def _dictionaries(thing: Any, depth: int = 0) -> Iterator[Any]:
    """The thing and the dictionaries written directly inside it; indirect ones come by themselves."""
    if depth > _DEPTH_LIMIT:
        raise rules.DangerousFile(_BOMB)
    if isinstance(thing, pikepdf.Array):
        children = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        yield thing
        children = [value for _, value in thing.items()]
    else:
        return
    for child in children:
        if isinstance(child, pikepdf.Object) and not child.is_indirect:
            yield from _dictionaries(child, depth + 1)


def _check_dictionary(entry: Any) -> None:
    action, subtype = str(entry.get("/S", "")), str(entry.get("/Subtype", ""))
    what = _ACTIONS.get(action) or _ANNOTATIONS.get(subtype)
    if "/JS" in entry or "/JavaScript" in entry:
        what = _ACTIONS["/JavaScript"]
    if "/XFA" in entry:
        what = "动态表单（XFA）"
    if "/EF" in entry and _names_a_program(entry):
        what = "附带的程序文件"
    if what:
        raise rules.DangerousFile(_PROGRAM.format(what=what))


def _names_a_program(specification: Any) -> bool:
    return any(_EXECUTABLE_NAMES.search(str(specification.get(key, ""))) for key in ("/F", "/UF"))


def _check_stream(stream: Any, left: int) -> int:
    """The inflated size of one stream, as far as it counts. Raises: DangerousFile."""
    if str(stream.get("/Type", "")) == "/EmbeddedFile":
        size = _inflated_size(stream.read_raw_bytes(), left)
        if stream.read_bytes()[:8].startswith(_EXECUTABLE_STARTS):
            raise rules.DangerousFile(_PROGRAM.format(what="附带的程序文件"))
        return size
    if str(stream.get("/Subtype", "")) == "/Image":
        if int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > IMAGE_PIXEL_LIMIT:
            raise rules.UnreadableFile("PDF 里的图片太大（超过 1.2 亿像素）。请降低扫描分辨率（300 dpi 足够）后再上传。")
        return 0  # readers decode images row by row: their size is bounded by their pixels
    filters = stream.get("/Filter", [])
    names = [str(filters)] if isinstance(filters, pikepdf.Name) else [str(name) for name in filters]
    raw = stream.read_raw_bytes()
    if names and names[0] == "/FlateDecode":
        if len(names) > 1 and len(raw) > 1 << 16:
            raise rules.DangerousFile(_BOMB)  # packed twice: nobody does so honestly
        return _inflated_size(raw, left)
    if names and len(raw) > 1 << 20:
        raise rules.DangerousFile(_BOMB)  # other packings of page contents died with the last century
    return 0


@contextmanager
def opened(source: Path | bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The document, for one thread at a time. Raises: UnreadableFile."""
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(source)
        except pypdfium2.PdfiumError as fault:
            raise rules.UnreadableFile(_BROKEN) from fault
        try:
            yield document
        finally:
            document.close()


def count_pages(content: bytes) -> int:
    """The pages of a PDF that the hall made. Raises: UnreadableFile."""
    with opened(content) as document:
        return len(document)


def page_image(path: Path, *, page: int, width: int) -> Image.Image:
    """One page (from 1) as an image `width` pixels wide, at most six times as tall.

    Raises: UnreadableFile when the page cannot be drawn, IndexError when there is none.
    """
    with opened(path) as document:
        return draw(document, page, width)


def draw(document: pypdfium2.PdfDocument, page: int, width: int) -> Image.Image:
    """As `page_image`, of an open document."""
    if not 1 <= page <= len(document):
        raise IndexError(page)
    try:
        sheet = document[page - 1]
        # Half a pixel less, because PDFium rounds up.
        scale = min((width - 0.5) / max(sheet.get_width(), 1), (width * 6 - 0.5) / max(sheet.get_height(), 1))
        image: Image.Image = sheet.render(scale=scale, may_draw_forms=False).to_pil()
        sheet.close()
    except (pypdfium2.PdfiumError, MemoryError, ValueError) as fault:
        raise rules.UnreadableFile(_BROKEN) from fault
    return image.convert("RGB")


_MOST_WORDS = 20_000


def words(document: pypdfium2.PdfDocument, *, pages: int) -> str:
    """The text of the first pages, as far as the PDF holds letters and not pictures of them; at most 20,000 characters."""
    found: list[str] = []
    for number in range(min(pages, len(document))):
        sheet = document[number]
        text = sheet.get_textpage()
        found.append(text.get_text_bounded())
        text.close()
        sheet.close()
        if sum(map(len, found)) > _MOST_WORDS:
            break
    return "\n".join(found)[:_MOST_WORDS].strip()


def scan_dpi(document: pypdfium2.PdfDocument, page: int) -> int | None:
    """The resolution of a scan that fills the page (from 1), None for pages of text."""
    sheet = document[page - 1]
    area = sheet.get_width() * sheet.get_height()
    best: int | None = None
    for thing in sheet.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = thing.get_bounds()
        shown_width = max(right - left, 1)
        if shown_width * (top - bottom) < area * 0.6:
            continue
        pixels, _ = thing.get_px_size()
        best = max(best or 0, round(pixels / shown_width * 72))
    sheet.close()
    return best
