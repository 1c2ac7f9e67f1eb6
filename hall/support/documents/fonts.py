"""The fonts of the hall's documents, and which characters they can show.

Noto Sans CJK comes with a wheel, so that a document looks the same on every machine. A folder of one's own
(`HALL_DOCUMENT_FONTS`) may add the faces that official papers are usually set in; they are used when they are there.
"""

import struct
from functools import cache
from pathlib import Path

import manimgx_fonts_cjk
import typst
from django.conf import settings

BASE_FAMILY = "Noto Sans CJK SC"
# In order of preference. Source: GB/T 9704-2012 §5.2.2 (titles in 小标宋, text in 仿宋).
TITLE_FAMILIES = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "Noto Serif CJK SC", "Source Han Serif SC")
TEXT_FAMILIES = ("FangSong_GB2312", "FangSong", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC")
_WHEEL = Path(manimgx_fonts_cjk.__file__).parent


def font_folders() -> list[Path]:
    """Where fonts are looked for; the machine's own fonts are not."""
    own = settings.DOCUMENT_FONTS_DIR
    return [_WHEEL, *([Path(own)] if own else [])]


@cache
def loaded() -> typst.Fonts:
    """The fonts, found once per process."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=font_folders())


@cache
def families(wanted: tuple[str, ...]) -> list[str]:
    """Those of the wanted families that are there, and the base family behind them."""
    present = set(loaded().families())
    return [*(family for family in wanted if family in present), BASE_FAMILY]


@cache
def coverage() -> frozenset[int]:
    """The code points that the base font can show: some 44,000, the 8,105 of 通用规范汉字表 among them."""
    (path,) = sorted(_WHEEL.glob("*.ttc"))
    with path.open("rb") as source:
        head = source.read(16)
        (start,) = struct.unpack(">L", head[12:16])  # the collection's fonts differ in drawing, not in coverage
        source.seek(start)
        (tables,) = struct.unpack(">4xH6x", source.read(12))
        directory = source.read(16 * tables)
        offset, length = next(
            struct.unpack(">8x2L", directory[place : place + 16])
            for place in range(0, len(directory), 16)
            if directory[place : place + 4] == b"cmap"
        )
        source.seek(offset)
        return _code_points(source.read(length))


def _code_points(table: bytes) -> frozenset[int]:
    found: set[int] = set()
    (count,) = struct.unpack_from(">2xH", table)
    for number in range(count):
        (offset,) = struct.unpack_from(">4xL", table, 4 + 8 * number)
        if struct.unpack_from(">H", table, offset)[0] == 12:  # "segmented coverage": whole runs of code points
            (groups,) = struct.unpack_from(">L", table, offset + 12)
            for first, last, _ in struct.iter_unpack(">3L", table[offset + 16 : offset + 16 + 12 * groups]):
                found.update(range(first, last + 1))
    return frozenset(found)
