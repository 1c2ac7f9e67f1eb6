"""Asking the reader that is set up here. Only jobs ask: it may take a minute."""

from typing import cast

from hall.integration.plugins import finder
from hall.integration.ports.ocr import Line, Page, TextReader, UnreadablePicture

__all__ = ["Line", "Page", "UnreadablePicture", "is_ready", "read"]


def is_ready() -> bool:
    """Whether pictures can be read here at all. No SQL."""
    return bool(finder.ready(TextReader.group))


def read(picture: bytes) -> Page:
    """The words in a JPG or PNG. Never in a request, nor inside a transaction. Raises: UnreadablePicture, OSError (also without a reader)."""
    ready = finder.ready(TextReader.group)
    if not ready:
        raise OSError("no reader is set up")
    name, plugin = next(iter(ready.items()))
    reader = cast(TextReader, plugin)
    return finder.call(name, lambda: reader.read(picture), known=(UnreadablePicture,))
