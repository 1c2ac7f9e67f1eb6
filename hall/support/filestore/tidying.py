"""Tidying files for people who cannot: turn, straighten, crop, compress, split, merge. Makes new contents; the given ones stay as they are.

Runs as a child of `apart`, under its limits: `python -m hall.support.filestore.tidying <act> <number> <path> <extension> […]`.
It answers with a line of JSON, the extension and the sizes of the results, and then the results one after the other.
"""

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from PIL import Image, ImageOps

from hall.support.filestore import apart, images, pdfs, rules

# 200 dpi on A4: small print and seals stay readable, and five such pages stay below 3 MB.
_LONG_SIDE = 2400
_SCAN_DPI = 150
_QUALITY = 88
_SMALL_QUALITY = 72
_CELL = 16
_NOTHING_TO_CROP = "没有看出多余的边，不用裁。"
_NOT_A_SCAN = "这份 PDF 不是扫描件，已经很小，不用压缩。"


def tidy(act: str, number: float, files: Sequence[tuple[Path, str]]) -> tuple[str, list[bytes]]:
    """The extension and contents of the result. `number`: degrees clockwise to turn or straighten by, pages of each part to split into.

    Raises: UnreadableFile with a sentence when there is nothing to do or it cannot be done.
    """
    path, extension = files[0]
    if act == "merge":
        return "pdf", [_merged(files)]
    if act == "split" and extension == "pdf":
        return "pdf", list(_split(path, round(number)))
    if extension == "pdf":
        return "pdf", [{"turn": _turned_pdf, "compress": _small_pdf}[act](path, number)]
    with _picture(path) as picture:
        if act == "compress":
            picture.thumbnail((_LONG_SIDE, _LONG_SIDE))
            return "jpg", [_saved(picture, "jpg", _SMALL_QUALITY)]
        return extension, [_saved(_changed(picture, act, number), extension)]


def _changed(picture: Image.Image, act: str, number: float) -> Image.Image:
    if act == "turn":
        return picture.rotate(-number, expand=True)
    if act == "straighten":
        return picture.rotate(-number, expand=True, resample=Image.Resampling.BICUBIC, fillcolor="white")
    return picture.crop(_paper(picture))


@contextmanager
def _picture(path: Path) -> Iterator[Image.Image]:
    """Upright, on white, not larger than anybody can make use of."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (_LONG_SIDE * 2, _LONG_SIDE * 2))
            upright = ImageOps.exif_transpose(image)
            flat = images.on_white(upright)
            flat.thumbnail((_LONG_SIDE * 2, _LONG_SIDE * 2))
            yield flat
    except (OSError, SyntaxError, ValueError) as fault:
        raise rules.UnreadableFile from fault


def _saved(picture: Image.Image, extension: str, quality: int = _QUALITY) -> bytes:
    target = io.BytesIO()
    if extension == "png":
        picture.save(target, "PNG", optimize=True)
    else:
        picture.save(target, "JPEG", quality=quality, optimize=True)
    return target.getvalue()


def _paper(picture: Image.Image) -> tuple[int, int, int, int]:
    """The light part of a photo of a sheet on something darker. Raises: UnreadableFile when there are no such surroundings."""
    cells = picture.convert("L").resize((max(picture.width // _CELL, 1), max(picture.height // _CELL, 1)), Image.Resampling.BOX)
    counts = cells.histogram()
    total, seen, light = sum(counts), 0, 255
    while light > 0 and seen < total * 0.1:
        seen += counts[light]
        light -= 1
    mask = cells.point(lambda value: 255 if value > light * 0.62 else 0)
    columns = mask.resize((mask.width, 1), Image.Resampling.BOX)
    rows = mask.resize((1, mask.height), Image.Resampling.BOX)
    # Half of a row or column is paper: single bright spots on the table do not count.
    wide = [x for x in range(columns.width) if _at(columns, x, 0) > 115]
    high = [y for y in range(rows.height) if _at(rows, 0, y) > 115]
    if not wide or not high:
        raise rules.UnreadableFile(_NOTHING_TO_CROP)
    across, down = picture.width / mask.width, picture.height / mask.height
    box = (round(wide[0] * across), round(high[0] * down), round((wide[-1] + 1) * across), round((high[-1] + 1) * down))
    share = (box[2] - box[0]) * (box[3] - box[1]) / (picture.width * picture.height)
    if not 0.2 < share < 0.97:
        raise rules.UnreadableFile(_NOTHING_TO_CROP)
    return box


def _at(strip: Image.Image, x: int, y: int) -> int:
    value = strip.getpixel((x, y))
    assert isinstance(value, int)
    return value


def _turned_pdf(path: Path, degrees: float) -> bytes:
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            page.rotate(round(degrees), relative=True)
        return _pdf_saved(pdf)


def _pdf_saved(pdf: pikepdf.Pdf) -> bytes:
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def _small_pdf(path: Path, _number: float) -> bytes:
    target, sheets = io.BytesIO(), []
    with pdfs.opened(path) as document:
        for number in range(1, len(document) + 1):
            if pdfs.scan_dpi(document, number) is None:
                raise rules.UnreadableFile(_NOT_A_SCAN)
            wide = round(document[number - 1].get_width() / 72 * _SCAN_DPI)
            sheets.append(Image.open(io.BytesIO(_saved(pdfs.draw(document, number, wide), "jpg", _SMALL_QUALITY))))
    sheets[0].save(target, "PDF", resolution=_SCAN_DPI, save_all=True, append_images=sheets[1:], quality=_SMALL_QUALITY)
    return target.getvalue()


def _split(path: Path, most: int) -> Iterator[bytes]:
    with pikepdf.open(path) as pdf:
        for start in range(0, len(pdf.pages), most):
            part = pikepdf.Pdf.new()
            part.pages.extend(pdf.pages[start : start + most])
            yield _pdf_saved(part)


def _merged(files: Sequence[tuple[Path, str]]) -> bytes:
    whole = pikepdf.Pdf.new()
    for path, extension in files:
        if extension == "pdf":
            with pikepdf.open(path) as pdf:
                whole.pages.extend(pdf.pages)
            continue
        with _picture(path) as picture:
            picture.thumbnail((_LONG_SIDE, _LONG_SIDE))
            sheet = io.BytesIO()
            # As if it filled A4: the hall's checks and printers take the size of the page for that of the paper.
            picture.save(sheet, "PDF", resolution=max(picture.size) / 11.69, quality=_QUALITY)
            with pikepdf.open(sheet) as pdf:
                whole.pages.extend(pdf.pages)
    return _pdf_saved(whole)


def main(arguments: Sequence[str]) -> int:
    """The child's side."""
    apart.limit()
    act, number, *rest = arguments
    files = [(Path(rest[place]), rest[place + 1]) for place in range(0, len(rest), 2)]
    try:
        extension, contents = tidy(act, float(number), files)
    except rules.UnreadableFile as refusal:
        print(json.dumps({"refused": refusal.shown}), flush=True)
        return 0
    except (pikepdf.PdfError, MemoryError, RecursionError):
        print(json.dumps({"refused": "这份文件太大或太复杂，没有整理成。原件还在，可以照样提交。"}), flush=True)
        return 0
    print(json.dumps({"extension": extension, "sizes": [len(content) for content in contents]}), flush=True)
    for content in contents:
        sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
