"""What can be measured of one page as a picture: sharpness, tilt, direction of the lines, light, colour, a red round seal.

Numbers only; what they mean for a material is judged elsewhere. Uses NumPy and runs as a child of `apart`, under its limits.
"""

import dataclasses
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from hall.support.filestore import apart, images, pdfs, rules
from hall.support.filestore.facts import FileFacts, PageFacts

# The long side at which pages are judged: small print keeps its strokes, and a photo's grain is averaged away.
LOOK_PIXELS = 1200
PAGES_LOOKED_AT = 30
SCANS_MEASURED = 12
_TILE = 48
_MOST_TILT = 8.0
_LINES_FROM = 2.0  # below it there are no lines of text to judge by
_PAPER_FROM = 125
_WASHED_OUT = 0.02  # so soft that lines of text would not be seen
_Grey = NDArray[np.float32]
_Mask = NDArray[np.bool_]


def measure_file(path: Path, extension: str) -> FileFacts:
    """All that can be measured of a PDF, JPG or PNG. Raises: UnreadableFile."""
    if extension == "pdf":
        return _measure_pdf(path)
    try:
        picture = images.thumbnail(path, LOOK_PIXELS * 2)
        with Image.open(path) as whole:
            wide, high = whole.size
    except (OSError, SyntaxError, ValueError) as fault:  # it could be opened when it came: the disk gave back something else
        raise rules.UnreadableFile from fault
    is_turned = (picture.width > picture.height) != (wide > high)
    return FileFacts((measure(picture, width=high if is_turned else wide, height=wide if is_turned else high),))


def _measure_pdf(path: Path) -> FileFacts:
    pages, scans = [], 0
    with pdfs.opened(path) as document:
        for number in range(1, min(PAGES_LOOKED_AT, len(document)) + 1):
            dpi = pdfs.scan_dpi(document, number)
            scans += dpi is not None
            wide, high = (round(side) for side in document[number - 1].get_size())
            if dpi is not None and scans <= SCANS_MEASURED:
                pages.append(measure(pdfs.draw(document, number, LOOK_PIXELS), width=wide, height=high, dpi=dpi))
            else:  # letters drawn by the reader itself are always sharp and straight
                pages.append(PageFacts(wide, high, images.is_blank(pdfs.draw(document, number, 200)), dpi))
        text = pdfs.words(document, pages=PAGES_LOOKED_AT)
    return FileFacts(tuple(pages), text)


def measure(picture: Image.Image, *, width: int, height: int, dpi: int | None = None) -> PageFacts:
    """Look at one page, drawn upright in RGB. Some 100 to 300 ms."""
    sheet = picture.copy()
    sheet.thumbnail((LOOK_PIXELS, LOOK_PIXELS), Image.Resampling.BOX)
    grey = np.asarray(sheet.convert("L"), dtype=np.float32)
    paper = int(np.percentile(grey, 90))
    colour, seal = _colours(sheet, paper)
    if images.is_blank(sheet):
        return PageFacts(width, height, True, dpi, paper=paper, colour=colour, seal=seal)
    grey = np.minimum(grey * (255 / max(paper, 16)), 255)  # as if it had been lit well
    ink = _ink(grey)
    tilt, sideways = _direction(ink)
    sharpness = _sharpness(grey)
    if sideways is None and sharpness is not None and sharpness > _WASHED_OUT:
        sharpness = None  # without lines of text a soft picture cannot be told from a picture of soft things
    return PageFacts(width, height, False, dpi, sharpness, tilt, sideways, paper, colour, seal)


def _sharpness(grey: _Grey) -> float | None:
    """The variance of the Laplacian over the variance of light, in the tiles with the strongest edges (their upper quartile)."""
    soft = _box(grey)
    lap = np.zeros_like(soft)
    lap[1:-1, 1:-1] = soft[:-2, 1:-1] + soft[2:, 1:-1] + soft[1:-1, :-2] + soft[1:-1, 2:] - 4 * soft[1:-1, 1:-1]
    rows, columns = soft.shape[0] // _TILE, soft.shape[1] // _TILE
    if not rows or not columns:
        return None
    spread = _tiles(soft, rows, columns).var(axis=(1, 3))
    edges = _tiles(lap, rows, columns).var(axis=(1, 3))
    told = spread > 150  # a standard deviation of 12 of 255: something is drawn there
    if told.sum() < 6:
        return None
    return round(float(np.percentile(edges[told] / spread[told], 75)), 3)


def _box(grey: _Grey) -> _Grey:
    """The mean over 2 by 2 pixels: grain is halved, strokes stay."""
    return (0.25 * (grey[:-1, :-1] + grey[1:, :-1] + grey[:-1, 1:] + grey[1:, 1:])).astype(np.float32)


def _tiles(plane: _Grey, rows: int, columns: int) -> _Grey:
    return plane[: rows * _TILE, : columns * _TILE].reshape(rows, _TILE, columns, _TILE)


def _ink(grey: _Grey) -> _Mask:
    """What is darker than the paper around it: shade does not count, nor the table on which the paper lies, nor long ruled lines."""
    high, wide = grey.shape
    cells = Image.fromarray(grey.astype(np.uint8)).resize((max(wide // 24, 1), max(high // 24, 1)), Image.Resampling.BOX)
    around = np.asarray(cells.resize((wide, high)), dtype=np.float32)
    # A cell is paper when it and all its neighbours are light.
    is_paper = np.asarray(cells.filter(ImageFilter.MinFilter(3)).resize((wide, high), Image.Resampling.NEAREST)) > _PAPER_FROM
    ink = (grey < around - 22) & is_paper
    return ink & ~_long_runs(ink) & ~_long_runs(ink.T).T


def _long_runs(ink: _Mask, length: int = 60) -> _Mask:
    """Pixels of horizontal runs at least this long: rules of tables, edges."""
    if ink.shape[1] <= length:
        return np.zeros_like(ink)
    sums = np.cumsum(np.pad(ink, ((0, 0), (1, 0))).astype(np.int32), axis=1)
    full = (sums[:, length:] - sums[:, :-length]) == length
    marks = np.zeros((ink.shape[0], ink.shape[1] + 1), dtype=np.int32)
    marks[:, : full.shape[1]] += full
    marks[:, length:] -= full[:, : marks.shape[1] - length]
    return np.cumsum(marks, axis=1)[:, :-1] > 0


def _lines(ink: _Mask) -> tuple[float, float]:
    """The angle (degrees, rising to the right) at which the ink falls best into rows, and how clearly it does: 1 is not at all."""
    ys, xs = np.nonzero(ink)
    if len(ys) < 400:
        return 0.0, 0.0
    step = max(1, len(ys) // 40_000)
    ys, xs = ys[::step].astype(np.float32), xs[::step].astype(np.float32)

    def steepness(angle: float) -> float:
        rows = (ys + xs * np.float32(np.tan(np.radians(angle)))).astype(np.int32)
        counts = np.bincount(rows - rows.min()).astype(np.float64)
        counts = np.convolve(counts, np.ones(3), mode="valid")
        return float((np.diff(counts) ** 2).sum())

    angles = np.arange(-_MOST_TILT, _MOST_TILT + 0.1, 0.5)
    found = [steepness(angle) for angle in angles]
    rough = float(angles[int(np.argmax(found))])
    fine = np.arange(rough - 0.5, rough + 0.51, 0.1)
    peaks = [steepness(angle) for angle in fine]
    return round(float(fine[int(np.argmax(peaks))]), 1), max(peaks) / max(float(np.median(found)), 1e-6)


def _direction(ink: _Mask) -> tuple[float | None, float | None]:
    """Tilt and `sideways` of a page with this ink; twice None where no lines are seen."""
    (rise, along), (turned_rise, across) = _lines(ink), _lines(ink.T)
    if max(along, across) < _LINES_FROM:
        return None, None
    # Characters stand in columns too; gaps between lines are wider than those between characters.
    sideways = round(across / max(along, 1e-6) * _gaps(ink.T) / max(_gaps(ink), 1e-6), 2)
    return (-turned_rise if sideways > 1 else rise), sideways


def _gaps(ink: _Mask) -> float:
    """How sharply the ink is parted into rows: mean over four strips of the steps between row sums."""
    found = []
    for strip in np.array_split(ink, 4, axis=1):
        profile = strip.mean(axis=1)
        used = np.flatnonzero(profile > 0.004)
        if len(used) < 40:
            continue
        # Bands of five pixels: single characters do not make a line.
        profile = np.convolve(profile[used[0] : used[-1] + 1], np.ones(5) / 5, mode="valid")
        found.append(float(np.abs(np.diff(profile)).sum() / max(profile.sum(), 1e-6)))
    return float(np.mean(found)) if found else 0.0


def _colours(sheet: Image.Image, paper: int) -> tuple[float, float]:
    small = sheet.copy()
    small.thumbnail((_SEAL_PIXELS, _SEAL_PIXELS), Image.Resampling.BOX)
    pixels = np.minimum(np.asarray(small, dtype=np.float32) * (255 / max(paper, 16)), 255)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    colour = float(((pixels.max(axis=2) - pixels.min(axis=2)) > 28).mean())
    return round(colour, 4), _seal((red - green > 45) & (green - blue < (red - blue) * 0.2) & (blue - green < (red - green) * 0.4))


_SEAL_PIXELS = 256
_PLANE = 384


def _seal(red: _Mask) -> float:
    """The largest share of a ring (radius 4 % to 20 % of the page) that is red, with no red around it and not much within."""
    if red.sum() < 30:
        return 0.0
    plane = np.zeros((_PLANE, _PLANE), dtype=np.float32)
    plane[: red.shape[0], : red.shape[1]] = red
    seen = np.fft.rfft2(plane)
    best = 0.0
    for radius in range(9, 52, 2):
        at_ring, around, within = _kernels(radius)
        ring = _share(seen, at_ring)
        if ring.max() * 1.15 <= best:
            continue
        outside, inside = _share(seen, around), _share(seen, within)
        score = np.minimum(ring * 1.15, 1) - 1.5 * outside - np.maximum(inside - 0.55, 0) * 2
        best = max(best, float(score.max()))
    return round(max(best, 0.0), 2)


@functools.cache
def _kernels(radius: int) -> tuple[NDArray[np.complexfloating], ...]:
    """A ring of this radius, what lies around it and what within, ready for laying over a page."""
    y, x = np.ogrid[-_PLANE // 2 : _PLANE // 2, -_PLANE // 2 : _PLANE // 2]
    away = np.sqrt(y * y + x * x)
    shapes = (np.abs(away - radius) <= 1.2, np.abs(away - radius * 1.35) <= radius * 0.15, away < radius * 0.8)
    return tuple(np.conj(np.fft.rfft2(np.fft.ifftshift(shape.astype(np.float32)) / shape.sum())) for shape in shapes)


def _share(seen: NDArray[np.complexfloating], kernel: NDArray[np.complexfloating]) -> _Grey:
    """For each place, how much of the shape laid there is red."""
    return np.fft.irfft2(seen * kernel, s=(_PLANE, _PLANE)).astype(np.float32)


def main(arguments: Sequence[str]) -> int:
    """The child's side: a line of JSON for each file, `null` where it cannot be measured, each within its own time."""
    apart.limit()
    for place in range(0, len(arguments), 2):
        apart.more_time()
        try:
            told = dataclasses.asdict(measure_file(Path(arguments[place]), arguments[place + 1]))
        except (rules.UnreadableFile, MemoryError, RecursionError):
            told = None
        print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
