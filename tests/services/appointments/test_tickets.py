"""The ticket on paper and in the calendar."""

from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp

from hall.services.appointments import commands, tickets
from tests.make.appointments import book, make_bookable_item, make_slot, visitor
from tests.make.people import NOW

pytestmark = pytest.mark.django_db
LONG = "社会保障卡申领（含首次申领、补领、换领及加载金融功能，委托他人代办的另需委托书）" * 2


def test_the_ticket_says_when_and_where_and_its_code_can_be_scanned() -> None:
    slot, zhang = make_slot(item=make_bookable_item(name=LONG)), visitor()
    code = book(zhang, slot).code
    made = tickets.ticket_pdf(zhang, code, now=NOW)
    assert made is not None and tickets.ticket_pdf(visitor(), code, now=NOW) is None
    assert made == tickets.ticket_pdf(zhang, code, now=NOW), "the same content gives the same bytes"
    document = pypdfium2.PdfDocument(made)
    text = document[0].get_textpage().get_text_range()
    assert len(document) == 1
    for words in ("2026 年 11 月 24 日（周二）", "09:00-10:00", "历下区政务服务中心", code, "11 月 24 日 08:00"):
        assert words.replace(" ", "") in text.replace(" ", "").replace("\r\n", "")
    picture = document[0].render(scale=3).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [code]


def test_the_calendar_entry_keeps_to_its_standard() -> None:
    slot, zhang = make_slot(item=make_bookable_item(name=LONG)), visitor()
    code = book(zhang, slot).code
    text = tickets.ticket_calendar(zhang, code, now=NOW)
    assert text is not None and tickets.ticket_calendar(visitor(), code, now=NOW) is None
    lines = text.split("\r\n")
    assert lines[-1] == "" and "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= 75
    whole = text.replace("\r\n ", "")
    assert "DTSTART:20261124T010000Z" in whole and "DTEND:20261124T020000Z" in whole and "STATUS:CONFIRMED" in whole
    assert whole.count("BEGIN:VALARM") == 2 and "TRIGGER:-PT120M" in whole
    assert LONG in whole
    commands.cancel_appointment(actor=zhang, code=code, now=NOW + timedelta(minutes=1))
    off = tickets.ticket_calendar(zhang, code, now=NOW)
    assert off is not None and "STATUS:CANCELLED" in off and "METHOD:CANCEL" in off and "VALARM" not in off
