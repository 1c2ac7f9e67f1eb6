"""What every reader of pictures must do, ours and theirs. A new adapter adds itself to `READERS` with a picture that it can read."""

import importlib.util
import io
from dataclasses import dataclass

import pytest
from PIL import Image

from hall.integration.adapters.rapid_ocr import RapidReader
from hall.integration.adapters.sandbox_ocr import SandboxReader
from hall.integration.ports.ocr import Page, TextReader, UnreadablePicture
from hall.services.recognition import rules
from hall.services.recognition.rules import Paper
from tests.make import scenes

HAS_RAPID = importlib.util.find_spec("rapidocr") is not None
needs_rapid = pytest.mark.skipif(not HAS_RAPID, reason="rapidocr is not installed (pip install govhall[ocr]): the real model was not tried")


@dataclass
class Rig:
    """One adapter, and pictures of a card with and without words as it reads them."""

    reader: TextReader
    card: bytes
    blank: bytes


def png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


BLANK = png(Image.new("RGB", (400, 300), "white"))
READERS = [
    pytest.param(Rig(SandboxReader(), scenes.with_words(scenes.draw_id_card(), scenes.card_lines()), BLANK), id="sandbox_ocr"),
    pytest.param(Rig(RapidReader(), scenes.as_jpg(scenes.draw_id_card()), BLANK), id="rapid_ocr", marks=needs_rapid),
]


@pytest.mark.parametrize("rig", READERS)
def test_it_reads_words_with_their_places_and_nothing_out_of_nothing(rig: Rig) -> None:
    page = rig.reader.read(rig.card)
    assert scenes.ID_NUMBER in "".join(line.text for line in page.lines)
    for line in page.lines:
        assert 0 <= line.confidence <= 1 and line.left < line.right and line.top < line.bottom
        assert line.left >= -20 and line.right <= page.width + 20 and line.top >= -20 and line.bottom <= page.height + 20
    assert scenes.ID_NUMBER not in repr(page), "a page prints no words"
    assert rig.reader.read(rig.blank) == Page(400, 300, ())


@pytest.mark.parametrize("rig", READERS)
@pytest.mark.parametrize("content", [b"", b"no picture at all", scenes.as_jpg(scenes.draw_portrait())[:2000]])
def test_what_is_no_picture_is_never_tried_again(rig: Rig, content: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        rig.reader.read(content)


def test_each_is_there_only_where_it_is_meant_to_be() -> None:
    assert SandboxReader.configured({}.get) is None and SandboxReader.configured({"HALL_OCR": "rapid_ocr"}.get) is None
    assert SandboxReader.configured({"HALL_OCR": "sandbox_ocr"}.get) is not None
    assert RapidReader.configured({"HALL_OCR": "off"}.get) is None
    assert (RapidReader.configured({}.get) is not None) is HAS_RAPID
    if not HAS_RAPID:
        with pytest.raises(ValueError, match="govhall"):
            RapidReader.configured({"HALL_OCR": "rapid_ocr"}.get)


@needs_rapid
def test_the_real_model_reads_cards_and_licences_as_phones_take_them() -> None:
    reader = RapidReader()
    card = rules.stated(reader.read(scenes.as_jpg(scenes.phone(scenes.draw_id_card(), 3))).lines)
    assert card.paper is Paper.ID_FRONT
    assert card.values["id_card.id_number"] == scenes.ID_NUMBER and card.values["id_card.name"] == "李晓燕"
    assert card.values["id_card.born_on"] == "1988-06-15" and card.values["id_card.sex"] == "女"
    lying = rules.stated(reader.read(scenes.as_jpg(scenes.turn(scenes.draw_licence()))).lines)
    assert lying.paper is Paper.LICENCE and lying.values["business_licence.uscc"] == scenes.LICENCE[0][1]
    assert lying.values["business_licence.name"] == "济南泉城文化传播有限公司"
