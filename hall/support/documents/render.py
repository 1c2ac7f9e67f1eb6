"""Documents as PDF/A-2b by typst. Contents go in as data, never as markup, and the same content gives the same bytes."""

import dataclasses
import json
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import segno
import typst

from hall.support.documents.contents import NoticeContent, ReceiptContent, ResultContent

__all__ = ["FONT_PATHS", "NoticeContent", "ReceiptContent", "ResultContent", "render_notice", "render_receipt", "render_result"]

_TEMPLATES = Path(__file__).parent / "templates"
# The wheel's folder holds Noto Sans CJK, so that paper looks the same on a machine without any font.
FONT_PATHS = [str(Path(manimgx_fonts_cjk.__file__).parent)]
_kept = threading.local()


def render_notice(content: NoticeContent) -> bytes:
    """A legal document."""
    return _render("notice.typ", content, content.verify_address, content.made_at)


def render_receipt(content: ReceiptContent) -> bytes:
    """申办回执."""
    return _render("receipt.typ", content, content.verify_address, content.made_at)


def render_result(content: ResultContent) -> bytes:
    """证照、批文、证明."""
    return _render("result.typ", content, content.verify_address, content.made_at)


def _render(template: str, content: Any, address: str, made_at: datetime) -> bytes:
    inputs = {"data": json.dumps(_plain(dataclasses.asdict(content)), ensure_ascii=False), "qr": _qr_rows(address)}
    # One compiler for each thread and template: reading the fonts takes longer than a document.
    compilers: dict[str, typst.Compiler] = _kept.__dict__.setdefault("compilers", {})
    compiler = compilers.get(template)
    if compiler is None:
        compiler = compilers[template] = typst.Compiler(
            str(_TEMPLATES / template), root=str(_TEMPLATES), font_paths=FONT_PATHS, ignore_system_fonts=True
        )
    pdf = compiler.compile(sys_inputs=inputs, format="pdf", pdf_standards=["a-2b"], timestamp=int(made_at.timestamp()))
    assert isinstance(pdf, bytes)
    return pdf


def _qr_rows(address: str) -> str:
    """The QR code as rows of 0 and 1, drawn by the template itself."""
    return "\n".join("".join("1" if dark else "0" for dark in row) for row in segno.make(address, error="m", micro=False).matrix)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _words(value) for name, value in values.items()}


def _words(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value.year} 年 {value.month} 月 {value.day} 日"
    if isinstance(value, str):
        # Signs that no font draws would break the PDF/A promise.
        return "".join(c for c in value if c.isprintable() or c == "\n")
    return value
