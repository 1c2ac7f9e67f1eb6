"""Reads the words that were written beside a picture when it was made, for trying the hall without a reader: `HALL_OCR=sandbox_ocr`.

A PNG made for it carries its lines as JSON in a text chunk: [[text, left, top, right, bottom], …]. Of any other picture it says
that there are no words in it.
"""

import io
import json
from typing import Self

from PIL import Image

from hall.integration.ports.ocr import Line, Page, TextReader, UnreadablePicture
from hall.integration.ports.plugin import ReadSetting, Setting

CHUNK = "sandbox-ocr"


class SandboxReader(TextReader):
    """Looks for words beside the picture, never at the picture."""

    name = "sandbox_ocr"
    title = "试用识别（读图片旁附的文字，不看图）"
    settings = (Setting("HALL_OCR", "启用", help="写 sandbox_ocr 启用。只给试用和演练，正式使用时清空"),)

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made only where HALL_OCR asks for it by name: it must never stand in for a real reader."""
        return cls() if read("HALL_OCR") == cls.name else None

    def read(self, picture: bytes) -> Page:
        """The lines that came with the picture. Raises: UnreadablePicture."""
        try:
            with Image.open(io.BytesIO(picture), formats=["JPEG", "PNG"]) as image:
                image.load()
                told, (width, height) = image.info.get(CHUNK, "[]"), image.size
            return Page(width, height, tuple(Line(*line) for line in json.loads(told)))
        except (OSError, ValueError, TypeError, SyntaxError):
            raise UnreadablePicture("no picture, or no lines beside it") from None
