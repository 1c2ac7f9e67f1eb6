"""What can be measured of a file: numbers only, no judgement. Plain values, so that they can be stored and sent between processes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page. `width` and `height` are pixels of a picture, upright, or points of a PDF page.

    `sharpness`: strength of edges against contrast, some 0.1 (washed out) to 3 (crisp), None where no lines of text are seen to judge by.
    `tilt`: degrees by which lines of text rise to the right, None without lines. `sideways`: how much better lines of text are seen
    across than along the page, above 1 when it lies on its side. `paper`: lightness of the paper, 0 to 255. `colour`: share of
    coloured pixels. `seal`: how much of a red ring is there, 0 to 1.
    """

    width: int
    height: int
    is_blank: bool
    dpi: int | None = None
    sharpness: float | None = None
    tilt: float | None = None
    sideways: float | None = None
    paper: int = 255
    colour: float = 0.0
    seal: float = 0.0


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file: its first pages, and the words of a PDF that was not scanned. The words may be personal."""

    pages: tuple[PageFacts, ...]
    text: str = ""
