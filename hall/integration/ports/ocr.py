"""文字识别 · §5.3.2: the words in a picture. What they mean is for the hall to say; a reader knows nothing of documents."""

from dataclasses import dataclass, field
from typing import Protocol

from hall.integration.ports.plugin import Plugin


class UnreadablePicture(Exception):
    """This picture cannot be opened, or is too much to read. Trying again will not help. Its text holds nothing of the picture."""


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand together. The box is in pixels of the page, straightened; `confidence` from 0 to 1."""

    text: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """One picture as it was read: turned upright, its lines in no order."""

    width: int
    height: int
    lines: tuple[Line, ...]


class TextReader(Plugin, Protocol):
    """文字识别接口. OSError means "cannot now"; UnreadablePicture means never.

    `read` may take a minute and much memory, so it does its work in a process of its own, and is only called by jobs. It may be
    called from several threads, keeps nothing of a picture, and sends it nowhere. No exception's text holds a word of it.
    """

    group: str = "hall.ocr"  # entry-point group

    def read(self, picture: bytes) -> Page:
        """The words in a JPG or PNG; a page without lines where there are none. Raises: UnreadablePicture, OSError."""
        ...
