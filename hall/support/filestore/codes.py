"""QR codes in foreign pictures: read in a process of its own, from pictures of bounded size; nothing is kept (§5.3.3)."""

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings

from hall.support.filestore import apart
from hall.support.refusals import Refusal

MOST_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 1 << 16
_CODE = re.compile(r"/verify/([2-9A-HJKMNP-Z]{4}(?:-[2-9A-HJKMNP-Z]{4}){3})", re.ASCII)


class NoPicture(Refusal):
    sentence = "请先选择一个文件，再点“识别并查验”。"


class PictureTooLarge(Refusal):
    sentence = f"文件不能超过 {MOST_BYTES // 1024 // 1024} MB。图片请只拍二维码那一块，再试一次。"


class NoCode(Refusal):
    sentence = "图片上没有找到二维码。请对准二维码，拍清楚、拍端正，再试一次；也可以输入旁边的核验码。"


class ForeignCode(Refusal):
    sentence = "图片上的二维码不是本大厅的，请不要扫它、也不要打开它指向的网站。可以输入文书上的核验码或编号查验。"


def read_upload(stream: BinaryIO | None) -> list[str]:
    """The texts of all QR codes in an uploaded JPG or PNG. Some 0.3 s, in a child process with limits on time and memory.

    Raises: NoPicture, PictureTooLarge, UnreadableFile for what is no picture or has too many pixels, NoCode.
    """
    if stream is None:
        raise NoPicture
    handle, name = tempfile.mkstemp(prefix="hall-code-")
    try:
        with os.fdopen(handle, "wb") as target:
            size = 0
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise PictureTooLarge
                target.write(chunk)
        if not size:
            raise NoPicture
        texts = apart.codes(Path(name))
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()
    if not texts:
        raise NoCode
    return texts


def is_pdf(stream: BinaryIO | None) -> bool:
    """Whether an upload begins like a PDF; it is read from its beginning afterwards."""
    if stream is None:
        return False
    start = stream.read(5)
    stream.seek(0)
    return start == b"%PDF-"


def read_pdf(stream: BinaryIO | None) -> bytes:
    """The whole of an uploaded PDF; nobody opens it, its bytes are compared. Raises: NoPicture, PictureTooLarge."""
    content = stream.read(MOST_BYTES + 1) if stream is not None else b""
    if not content:
        raise NoPicture
    if len(content) > MOST_BYTES:
        raise PictureTooLarge
    return content


def document_code(texts: list[str]) -> str:
    """The verification code of the hall's own document that one of the texts leads to. Raises: ForeignCode."""
    ours = urlsplit(settings.PUBLIC_ADDRESS)
    for text in texts:
        with contextlib.suppress(ValueError):  # no address at all
            parts = urlsplit(text)
            found = _CODE.fullmatch(parts.path)
            if found and (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
                return found[1]
    raise ForeignCode
