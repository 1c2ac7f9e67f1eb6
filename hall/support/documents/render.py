"""Content → PDF/A-2b. The same content gives the same bytes on every machine; text is passed as data, never as template."""

import dataclasses
import json
import threading
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from PIL import Image

from hall.support.documents import fonts
from hall.support.documents.barcode import barcode_picture
from hall.support.documents.blank_contents import BlankField, BlankFormContent
from hall.support.documents.contents import (
    Block,
    Grid,
    NoticeContent,
    PaymentContent,
    ReceiptContent,
    ResultContent,
    SheetContent,
    SlipContent,
    TicketContent,
)
from hall.support.documents.qr import qr_picture
from hall.support.documents.wording import date_words, printable, printable_lines, time_words

__all__ = [
    "FONT_PATHS",
    "BlankFormContent",
    "Grid",
    "NoticeContent",
    "PaymentContent",
    "ReceiptContent",
    "ResultContent",
    "SheetContent",
    "SlipContent",
    "TicketContent",
    "picture_of",
    "render_blank_form",
    "render_notice",
    "render_payment",
    "render_receipt",
    "render_result",
    "render_sheet",
    "render_slip",
    "render_ticket",
]

FONT_PATHS = fonts.font_folders()
_TEMPLATES = Path(__file__).parent / "templates"
_SEAL_PIXELS = 500
_GAP_PIXELS, _GAP_GREY = 16, (217, 222, 229)
_own = threading.local()


def render_notice(content: NoticeContent) -> bytes:
    """A legal document (文书) with number, seal and QR code. Some 10 ms. Source: §4.4 of domain.md; GB/T 9704-2012 for the look."""
    return _compile("notice.typ", _notice(content))


def _notice(content: NoticeContent) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(content) if field.name != "blocks"]
    data = {name: _shown(getattr(content, name)) for name in names}
    data |= _paper(content.title, content.department, content.made_at, content.verify_address)
    data["paragraphs"] = [line for paragraph in content.paragraphs for line in printable_lines(paragraph)]
    data["blocks"] = [_block(block) for block in content.blocks]
    return data


def _block(block: Block) -> dict[str, Any]:
    """One of: lines of a paragraph, lines of each point, head and rows."""
    if isinstance(block, str):
        return {"lines": printable_lines(block)}
    if isinstance(block, Grid):
        return {"head": _shown(block.head), "rows": _shown(block.rows)}
    return {"points": [printable_lines(point) for point in block]}


def render_receipt(content: ReceiptContent) -> bytes:
    """申办回执 with the state of its moment. Some 15 ms."""
    return _compile("receipt.typ", _receipt(content))


def _receipt(content: ReceiptContent) -> dict[str, Any]:
    return _plain(content) | _paper(content.title, content.department, content.made_at, content.verify_address)


def render_result(content: ResultContent) -> bytes:
    """The result itself (证照、批文、证明), bordered and sealed. Some 15 ms."""
    return _compile("result.typ", _result(content))


def _result(content: ResultContent) -> dict[str, Any]:
    data = _plain(content) | _paper(content.title, content.department, content.made_at, content.verify_address)
    return data | {"offline": qr_picture(content.signed_code) if content.signed_code else None}


def picture_of(content: NoticeContent | ReceiptContent | ResultContent) -> bytes:
    """The same paper as one PNG, 794 pixels wide, its pages below one another. Some 100 ms a page."""
    if isinstance(content, NoticeContent):
        pages = _pages("notice.typ", _notice(content))
    elif isinstance(content, ReceiptContent):
        pages = _pages("receipt.typ", _receipt(content))
    else:
        pages = _pages("result.typ", _result(content))
    sheets = [Image.open(BytesIO(page), formats=["PNG"]).convert("RGB") for page in pages]
    whole = Image.new("RGB", (sheets[0].width, sum(one.height for one in sheets) + _GAP_PIXELS * (len(sheets) - 1)), _GAP_GREY)
    top = 0
    for one in sheets:
        whole.paste(one, (0, top))
        top += one.height + _GAP_PIXELS
    target = BytesIO()
    whole.save(target, "PNG")
    return target.getvalue()


def render_sheet(content: SheetContent) -> bytes:
    """办事单 with a QR code back to its page; no seal: it decides nothing. Smaller type where one page would not hold it. Some 20 ms."""
    hall = settings.HALL_NAME
    return _compile("sheet.typ", _plain(content) | _paper(content.title, hall, content.made_at, content.address) | {"department": hall})


def render_ticket(content: TicketContent) -> bytes:
    """预约凭证 on A5, with the booking's code as a QR code. Some 15 ms. Source: domain.md §7.1 ticket exchanged on arrival."""
    hall = settings.HALL_NAME
    return _compile("ticket.typ", _plain(content) | _paper(content.title, hall, content.made_at, content.code) | {"department": hall})


def render_payment(content: PaymentContent) -> bytes:
    """缴费凭证 on A5, with a QR code to the payment's page. Some 15 ms. Source: domain.md §13; it does not stand for the 财政电子票据."""
    data = _plain(content) | _paper(content.title, settings.HALL_NAME, content.made_at, content.address)
    return _compile("payment.typ", data | {"department": content.department})


def render_slip(content: SlipContent) -> bytes:
    """受理回执 on A5, across: number as text, bars and QR code. Some 15 ms. Source: §6.2 (2) 统一受理回执号."""
    hall = settings.HALL_NAME
    data = _plain(content) | _paper(content.title, hall, content.made_at, content.progress_address)
    return _compile("slip.typ", data | {"department": hall, "bars": barcode_picture(content.digits)})


def render_blank_form(content: BlankFormContent) -> bytes:
    """空白表格 on A4, or the sample beside it. Some 25 ms. Source: domain.md §3.1 空白表格、示例样表."""
    data = _paper(content.title, content.department, content.made_at, content.address)
    names = ("item_name", "item_code", "department", "note", "is_for_org", "is_sample", "version", "issued_on")
    data |= {name: _shown(getattr(content, name)) for name in names}
    data["sections"] = [
        {
            "title": printable(part.title),
            "note": printable(part.note),
            "rows": [[_blank_field(field) for field in row] for row in part.rows],
        }
        for part in content.sections
    ]
    return _compile("blank_form.typ", data)


def _blank_field(field: BlankField) -> dict[str, Any]:
    plain = {part.name: _shown(getattr(field, part.name)) for part in dataclasses.fields(field) if part.name != "options"}
    options = [{name: _shown(getattr(option, name)) for name in ("title", "note", "is_chosen")} for option in field.options]
    return plain | {"lines": printable_lines(field.value), "options": options}


def _plain(
    content: PaymentContent | ReceiptContent | ResultContent | SheetContent | SlipContent | TicketContent,
) -> dict[str, Any]:
    return {field.name: _shown(getattr(content, field.name)) for field in dataclasses.fields(content)}


def _shown(value: object) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, datetime):
        return time_words(value)
    if isinstance(value, date):
        return date_words(value)
    if isinstance(value, tuple):
        return [_shown(part) for part in value]
    return value


def _paper(title: str, department: str, made_at: datetime, verify_address: str) -> dict[str, Any]:
    """What every paper carries beside its content."""
    return {
        "title": printable(title),
        "hall": settings.HALL_NAME,
        "hotline": settings.HOTLINE,
        "qr": qr_picture(verify_address),
        "seal": _seal_picture(department),
        "made": [made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second],
        "title_fonts": fonts.families(fonts.TITLE_FAMILIES),
        "text_fonts": fonts.families(fonts.TEXT_FAMILIES),
    }


def _seal_picture(department: str) -> list[int] | None:
    """The department's real seal, `<its name>.png` in the folder of seals; without one the seal is drawn and marked 演示."""
    folder = settings.SEALS_DIR
    if not folder or any(letter in department for letter in "/\\\0"):
        return None
    path = Path(folder) / f"{department}.png"
    return list(_read_seal(path, path.stat().st_mtime_ns)) if path.exists() else None


@cache
def _read_seal(path: Path, changed: int) -> bytes:
    with Image.open(path, formats=["PNG"]) as image:
        picture = image.convert("RGBA")
        picture.thumbnail((_SEAL_PIXELS, _SEAL_PIXELS))
        target = BytesIO()
        picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def _compiler() -> typst.Compiler:
    # One for each thread: it must not be shared, and it keeps what it has read.
    compiler = getattr(_own, "compiler", None)
    if compiler is None:
        compiler = _own.compiler = typst.Compiler(root=str(_TEMPLATES), font_paths=fonts.loaded())
    return compiler


def _inputs(data: dict[str, Any]) -> dict[str, str]:
    return {"content": json.dumps(data, ensure_ascii=False, separators=(",", ":"))}


def _compile(template: str, data: dict[str, Any]) -> bytes:
    made = _compiler().compile(str(_TEMPLATES / template), format="pdf", pdf_standards=["a-2b"], sys_inputs=_inputs(data))
    assert isinstance(made, bytes)
    return made


def _pages(template: str, data: dict[str, Any]) -> list[bytes]:
    made = _compiler().compile(str(_TEMPLATES / template), format="png", ppi=96, sys_inputs=_inputs(data))
    return [page for page in (made if isinstance(made, list) else [made]) if page is not None]
