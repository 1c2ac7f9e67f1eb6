"""What a file is, told by its first bytes only. Our own small table: general detectors misjudged samples that matter here."""

import re
from collections.abc import Callable
from enum import StrEnum


class Kind(StrEnum):
    """What the bytes are. The first five can be accepted, the others only named in a refusal."""

    PDF = "pdf"
    JPG = "jpg"
    PNG = "png"
    ZIP = "zip"  # docx, xlsx and OFD are told apart by their members
    EXECUTABLE = "executable"
    SCRIPT = "script"
    HTML = "html"
    SVG = "svg"
    XML = "xml"
    ARCHIVE = "archive"
    OLD_OFFICE = "old_office"
    RTF = "rtf"
    GIF = "gif"
    BMP = "bmp"
    WEBP = "webp"
    TIFF = "tiff"
    HEIC = "heic"
    VIDEO = "video"
    GLUED_PDF = "glued_pdf"
    TEXT = "text"
    UNKNOWN = "unknown"


# How people call it, for "文件内容是 …".
KIND_NAMES: dict[Kind, str] = {
    Kind.PDF: "PDF",
    Kind.JPG: "JPG 图片",
    Kind.PNG: "PNG 图片",
    Kind.ZIP: "压缩包",
    Kind.EXECUTABLE: "可执行程序",
    Kind.SCRIPT: "脚本程序",
    Kind.HTML: "网页（HTML）",
    Kind.SVG: "SVG 矢量图",
    Kind.XML: "XML 数据",
    Kind.ARCHIVE: "压缩包",
    Kind.OLD_OFFICE: "旧版 Office 文件（doc、xls、ppt）",
    Kind.RTF: "RTF 文档",
    Kind.GIF: "GIF 图片",
    Kind.BMP: "BMP 图片",
    Kind.WEBP: "WebP 图片",
    Kind.TIFF: "TIFF 图片",
    Kind.HEIC: "HEIC 照片（苹果手机的格式）",
    Kind.VIDEO: "视频",
    Kind.TEXT: "纯文本",
}

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", Kind.PDF),
    (b"\xff\xd8\xff", Kind.JPG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ARCHIVE),
    (b"PK\x07\x08", Kind.ARCHIVE),
    (b"MZ", Kind.EXECUTABLE),
    (b"\x7fELF", Kind.EXECUTABLE),
    (b"\xca\xfe\xba\xbe", Kind.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", Kind.EXECUTABLE),
    (b"\xce\xfa\xed\xfe", Kind.EXECUTABLE),
    (b"\xfe\xed\xfa\xce", Kind.EXECUTABLE),
    (b"\xfe\xed\xfa\xcf", Kind.EXECUTABLE),
    (b"\x00asm", Kind.EXECUTABLE),
    (b"dex\n", Kind.EXECUTABLE),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Kind.EXECUTABLE),  # a Windows shortcut starts what it points to
    (b"#!", Kind.SCRIPT),
    (b"@echo", Kind.SCRIPT),
    (b"<?php", Kind.SCRIPT),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"BZh", Kind.ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.ARCHIVE),
    (b"MSCF", Kind.ARCHIVE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLD_OFFICE),
    (b"{\\rtf", Kind.RTF),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"BM", Kind.BMP),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
    (b"\x1aE\xdf\xa3", Kind.VIDEO),
)
_INSIDE: tuple[tuple[Callable[[bytes], bool], Kind], ...] = (
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", Kind.WEBP),
    (lambda head: head[:4] == b"RIFF", Kind.VIDEO),
    (lambda head: head[4:8] == b"ftyp" and head[8:11] in {b"hei", b"hev", b"mif", b"avi"}, Kind.HEIC),
    (lambda head: head[4:8] == b"ftyp", Kind.VIDEO),
    (lambda head: head[257:262] == b"ustar", Kind.ARCHIVE),
)
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe|meta|title|table|div|a\s)", re.IGNORECASE)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
HEAD_BYTES = 2048


def sniff(head: bytes) -> Kind:
    """The kind of a file by its first `HEAD_BYTES` bytes."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    for test, kind in _INSIDE:
        if test(head):
            return kind
    if b"%PDF-" in head:
        return Kind.GLUED_PDF
    text = _text(head)
    if text is None:
        return Kind.UNKNOWN
    if _SVG.search(text):
        return Kind.SVG
    if _HTML.search(text):
        return Kind.HTML
    if text.lstrip().startswith(b"<?xml"):
        return Kind.XML
    return Kind.TEXT


def _text(head: bytes) -> bytes | None:
    """The head as UTF-8 text, or None for binary data. Browsers also read UTF-16, so markup hidden in it counts."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore").encode()
    if b"\x00" in head:
        return None
    return head.removeprefix(b"\xef\xbb\xbf")
