"""What is measured of pictures of documents: clearly apart for good and bad ones. The large table is `make bench ARGS=papers`."""

from pathlib import Path

import pytest
from PIL import Image

from hall.support.filestore import apart, measures
from hall.support.filestore.facts import PageFacts
from tests.make import files, scenes

PAGE, LICENCE, ID_CARD = scenes.draw_page(3, wide=1000, size=22, table=True), scenes.draw_licence(), scenes.draw_id_card()


def facts(picture: Image.Image) -> PageFacts:
    return measures.measure(picture, width=picture.width, height=picture.height)


@pytest.mark.parametrize("paper", [PAGE, LICENCE, ID_CARD], ids=["page", "licence", "identity card"])
def test_good_photos_and_bad_ones_are_far_apart(paper: Image.Image) -> None:
    good, soft, turned = facts(scenes.phone(paper)), facts(scenes.phone(paper, sigma=3)), facts(scenes.turn(scenes.phone(paper)))
    assert good.sharpness is not None and soft.sharpness is not None
    assert good.sharpness > 0.5 > 0.25 > soft.sharpness
    assert good.sideways is not None and turned.sideways is not None
    assert good.sideways < 0.8 < 1.6 < turned.sideways


@pytest.mark.parametrize("degrees", [-6.0, -1.0, 0.0, 3.0])
def test_the_tilt_is_measured_to_half_a_degree(degrees: float) -> None:
    assert facts(scenes.tilt(PAGE, degrees)).tilt == pytest.approx(degrees, abs=0.5)


def test_a_page_on_its_side_keeps_its_tilt() -> None:
    found = facts(scenes.turn(scenes.tilt(PAGE, 4)))
    assert found.tilt == pytest.approx(4, abs=0.5)


def test_a_red_seal_is_told_from_none_and_from_the_emblem() -> None:
    with_seal, without = facts(scenes.phone(LICENCE)), facts(scenes.phone(scenes.draw_licence(seal=False)))
    assert with_seal.seal > 0.45 > 0.32 > without.seal


def test_a_portrait_is_not_judged_by_its_softness() -> None:
    found = facts(scenes.draw_portrait())
    assert (found.sharpness, found.tilt, found.sideways) == (None, None, None)
    assert found.colour > 0.3


def test_a_dark_photo_is_dark_and_otherwise_judged_as_if_it_were_lit() -> None:
    found = facts(scenes.dim(PAGE, 0.3))
    assert found.paper < 100
    assert found.sharpness is not None and found.sharpness > 0.6


def test_blank_paper_is_blank_and_nothing_else() -> None:
    found = facts(Image.new("RGB", (900, 1270), (250, 250, 248)))
    assert found.is_blank
    assert (found.sharpness, found.tilt) == (None, None)


def test_a_file_is_measured_by_its_kind_in_a_process_of_its_own(tmp_path: Path) -> None:
    def measured(content: bytes, extension: str) -> list[PageFacts]:
        path = tmp_path / "x"
        path.write_bytes(content)
        (found,) = apart.measure([(path, extension)])
        assert found is not None
        return list(found.pages)

    text, blank = measured(files.make_pdf(2, blank=(2,)), "pdf")
    assert (text.is_blank, text.dpi, blank.is_blank) == (False, None, True)
    (scan,) = measured(scenes.as_scan(scenes.draw_page(wide=800, size=20), dpi=97), "pdf")
    assert scan.dpi == 97 and scan.sharpness is not None
    # A photo that says by a mark how it is to be turned is measured as people see it.
    exif = Image.Exif()
    exif[0x0112] = 6
    (photo,) = measured(files.make_jpg(900, 700, exif=exif), "jpg")
    assert (photo.width, photo.height) == (700, 900)


def test_the_words_of_a_pdf_come_along(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(files.make_pdf(2, text="Valid until 2030"))
    (found,) = apart.measure([(path, "pdf")])
    assert found is not None and "Valid until 2030 2" in found.text


def test_a_bad_file_in_a_batch_costs_the_others_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(name: str, content: bytes) -> tuple[Path, str]:
        path = tmp_path / name
        path.write_bytes(content)
        return path, name.rpartition(".")[2]

    good, cut, photo = kept("a.pdf", files.make_pdf()), kept("b.pdf", files.make_pdf()[:200]), kept("c.jpg", files.make_jpg()[:400])
    assert [found is not None for found in apart.measure([good, cut, photo, good])] == [True, False, False, True]
    assert apart.measure([]) == []
    # A file at which the child is ended by its limits, after it had told of the first.
    run, calls = apart._run, []

    def ended(command: list[str], seconds: float) -> tuple[int | None, bytes, bytes]:
        calls.append(command)
        status, output, errors = run(command, seconds)
        return (-9, output.splitlines(keepends=True)[0] + b'{"half', b"") if len(calls) == 1 else (status, output, errors)

    monkeypatch.setattr(apart, "_run", ended)
    assert [found is not None for found in apart.measure([good, good, good])] == [True, False, True]
    assert len(calls) == 2
