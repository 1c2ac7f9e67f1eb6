"""Looking into JPG and PNG files: a real decode, within limits, and nothing else hidden in them."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from hall.support.filestore import rules

# A phone's 50-megapixel photo passes; decoding a JPG is cheap because it is decoded at an eighth of its size.
PIXEL_LIMITS = {"jpg": 80_000_000, "png": 40_000_000}
_PILLOW_FORMATS = {"jpg": "JPEG", "png": "PNG"}
# Marks of another format inside an image: such files are read as two things at once.
_FOREIGN = (b"<script", b"<html", b"<!doctype html", b"<?php", b"<svg", b"<iframe", b"%pdf-", b"this program cannot be run in dos mode")
_ZIP_END = b"PK\x05\x06"
_CHUNK_BYTES = 1 << 20
# Wide enough for a code on a photographed page, small enough to be read in a moment.
_CODE_WIDTH = 2400

_TOO_MANY_PIXELS = "图片有 {pixels:,.0f} 万像素，超过了 {limit:,.0f} 万像素的上限。请降低扫描分辨率，或把图片缩小后再上传。"
_BROKEN = "图片不完整或已损坏，可能在保存、传输时中断了。请重新拍照或扫描后再上传。"
_TWO_THINGS = "图片文件里夹带了其他内容（网页、程序或压缩包），没有保存。请重新拍照或另存为新图片后再上传。"


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int


def inspect(path: Path, extension: str) -> Picture:
    """Decode the image once. `extension` is `jpg` or `png`, as the bytes say.

    Raises: UnreadableFile for broken images and too many pixels, DangerousFile for foreign content.
    """
    limit = PIXEL_LIMITS[extension]
    try:
        with Image.open(path, formats=[_PILLOW_FORMATS[extension]]) as image:
            width, height = image.size
            if width * height > limit:
                raise _too_many_pixels(width * height, limit)
            if extension == "jpg":
                image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise rules.UnreadableFile(f"图片的像素太多，超过了 {limit / 10_000:,.0f} 万像素的上限。请把图片缩小后再上传。") from fault
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as fault:
        raise rules.UnreadableFile(_BROKEN) from fault
    _refuse_foreign(path)
    return Picture(width, height)


def _too_many_pixels(pixels: int, limit: int) -> rules.UnreadableFile:
    return rules.UnreadableFile(_TOO_MANY_PIXELS.format(pixels=pixels / 10_000, limit=limit / 10_000))


def _refuse_foreign(path: Path) -> None:
    overlap, tail = max(map(len, _FOREIGN)), b""
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            window = (tail + chunk).lower()
            if any(mark in window for mark in _FOREIGN):
                raise rules.DangerousFile(_TWO_THINGS)
            tail = chunk[-overlap:]
        source.seek(max(0, path.stat().st_size - 66_000))  # a ZIP is read from its end
        if _ZIP_END in source.read():
            raise rules.DangerousFile(_TWO_THINGS)


def codes_in(path: Path) -> list[str]:
    """The texts of the QR codes in a JPG or PNG, at most eight. Only to be called apart: the reader is written in C++.

    Raises: UnreadableFile for what is no picture or has too many pixels, DangerousFile.
    """
    import zxingcpp  # noqa: PLC0415  (loaded in the child process alone)

    with path.open("rb") as source:
        start = source.read(8)
    extension = "png" if start.startswith(b"\x89PNG\r\n\x1a\n") else "jpg"
    inspect(path, extension)
    picture = thumbnail(path, _CODE_WIDTH)
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [one.text[:4000] for one in found[:8] if one.valid]


def thumbnail(path: Path, width: int) -> Image.Image:
    """The image turned upright, without metadata, at most `width` pixels wide; never enlarged."""
    with Image.open(path, formats=list(_PILLOW_FORMATS.values())) as image:
        image.draft("RGB", (width, width * 3))  # does nothing for PNG
        upright = ImageOps.exif_transpose(image)
        flat = on_white(upright)
        flat.thumbnail((width, width * 6))
        return flat


def on_white(image: Image.Image) -> Image.Image:
    """The image in RGB; what is see-through becomes white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        page = Image.new("RGBA", layered.size, "white")
        page.alpha_composite(layered)
        return page.convert("RGB")
    return image.convert("RGB")


def is_blank(image: Image.Image) -> bool:
    """Whether next to nothing can be seen on it: fewer than 1 in 2,000 pixels differ from the paper."""
    grey = image.convert("L")
    counts = grey.histogram()
    paper = max(range(256), key=counts.__getitem__)
    near = sum(counts[max(0, paper - 24) : paper + 25])
    return near >= sum(counts) * 0.9995
