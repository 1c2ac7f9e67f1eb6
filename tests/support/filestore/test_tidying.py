"""Tidied files: made by us, in a limited child, from contents that stay as they are."""

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from hall.support.filestore import apart, measures, rules
from tests.make import files, scenes

SHEET = scenes.draw_page(4, wide=900, size=22)


@pytest.fixture
def kept(tmp_path: Path) -> "Kept":
    return Kept(tmp_path)


class Kept:
    """Puts contents into files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, content: bytes, extension: str) -> tuple[Path, str]:
        path = self.folder / f"{len(list(self.folder.iterdir()))}"
        path.write_bytes(content)
        return path, extension


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def facts(content: bytes) -> "measures.PageFacts":
    image = picture(content)
    return measures.measure(image, width=image.width, height=image.height)


def test_a_photo_on_its_side_is_turned_upright(kept: Kept) -> None:
    given = kept(scenes.as_jpg(scenes.turn(SHEET)), "jpg")
    before = given[0].read_bytes()
    extension, (made,) = apart.tidy("turn", 90, [given])
    found = facts(made)
    assert (extension, picture(made).size) == ("jpg", SHEET.size)
    assert found.sideways is not None and found.sideways < 1
    assert given[0].read_bytes() == before


def test_a_tilted_photo_is_put_straight_by_what_was_measured(kept: Kept) -> None:
    tilted = scenes.as_jpg(scenes.tilt(SHEET, 5))
    measured = facts(tilted).tilt
    assert measured is not None
    _, (made,) = apart.tidy("straighten", measured, [kept(tilted, "jpg")])
    assert abs(facts(made).tilt or 0) < 0.6


def test_the_table_around_a_sheet_is_cut_away_and_a_scan_left_alone(kept: Kept) -> None:
    table = Image.new("RGB", (1500, 1900), (95, 70, 50))
    table.paste(SHEET, (300, 310))
    _, (made,) = apart.tidy("crop", 0, [kept(scenes.as_jpg(table), "jpg")])
    assert picture(made).width == pytest.approx(SHEET.width, abs=40)
    assert picture(made).height == pytest.approx(SHEET.height, abs=40)
    with pytest.raises(rules.UnreadableFile, match="不用裁"):
        apart.tidy("crop", 0, [kept(scenes.as_jpg(SHEET), "jpg")])


def test_compressing_makes_smaller_and_stays_readable(kept: Kept) -> None:
    large = scenes.as_jpg(scenes.grain(scenes.draw_page(4, wide=2600, size=56), 6), quality=97)
    extension, (made,) = apart.tidy("compress", 0, [kept(large, "jpg")])
    assert extension == "jpg" and len(made) < len(large) / 2
    assert (facts(made).sharpness or 0) > 0.5


def test_a_scan_is_compressed_page_by_page_and_a_text_needs_none(kept: Kept) -> None:
    scan = scenes.as_scan(scenes.draw_page(wide=2480, size=56), scenes.draw_page(2, wide=2480, size=56), dpi=300)
    _, (made,) = apart.tidy("compress", 0, [kept(scan, "pdf")])
    assert len(made) < len(scan)
    assert len(pikepdf.open(io.BytesIO(made)).pages) == 2
    with pytest.raises(rules.UnreadableFile, match="不是扫描件"):
        apart.tidy("compress", 0, [kept(files.make_pdf(), "pdf")])


def test_a_pdf_is_split_into_parts_and_pictures_become_one(kept: Kept) -> None:
    extension, parts = apart.tidy("split", 2, [kept(files.make_pdf(5), "pdf")])
    assert extension == "pdf" and [len(pikepdf.open(io.BytesIO(part)).pages) for part in parts] == [2, 2, 1]
    extension, (whole,) = apart.tidy("merge", 0, [kept(scenes.as_jpg(SHEET), "jpg"), kept(files.make_pdf(2), "pdf")])
    pages = pikepdf.open(io.BytesIO(whole)).pages
    assert extension == "pdf" and len(pages) == 3
    assert max(float(side) for side in pages[0].mediabox) == pytest.approx(842, abs=3)  # as if it filled A4


def test_what_cannot_be_opened_is_a_sentence(kept: Kept) -> None:
    for content, extension in ((files.make_jpg()[:300], "jpg"), (files.make_pdf()[:200], "pdf")):
        with pytest.raises(rules.UnreadableFile):
            apart.tidy("turn", 90, [kept(content, extension)])
