"""Filling in any stored form and any material, the way a careful person would."""

import io
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import typst
from PIL import Image

from hall.support.documents import fonts
from hall.support.formrules.definition import Field, FormDefinition
from hall.support.formrules.vocabulary import Kind

ADDRESS = "山东省济南市历下区泉城路 188 号 3 单元 502 室"
_BY_RULE = {
    "id_number": "370102198506151235",
    "uscc": "91370000MA3C00001C",
    "org_code": "D2143569X",
    "mobile": "13800001234",
    "phone": "0531-82029999",
    "bank_card": "6228480123456789015",
    "postcode": "250001",
    "email": "demo@example.cn",
    "name_zh": "王建国",
    "org_name": "山东鲁味源食品有限公司",
    "plate": "鲁A12345",
}


def answers_for(definition: FormDefinition, today: date) -> dict[str, Any]:
    """A right answer for every field that is asked, in the form's order."""
    answers: dict[str, Any] = {}
    for field in definition.fields:
        if any(asked.name == field.name for asked in definition.asked(answers)):
            answers[field.name] = _answer(field, today)
    return answers


def _answer(field: Field, today: date) -> Any:
    if field.kind is Kind.TABLE:
        return [{column.name: _answer(column, today) for column in field.columns if not column.compute}] * max(field.min_items, 1)
    if field.kind is Kind.DATE_RANGE:
        return {"from": today.isoformat(), "to": today.isoformat()}
    if field.kind is Kind.SIGNATURE:
        return {"name": _BY_RULE["name_zh"], "agreed": "yes"}
    if field.kind in {Kind.COMPUTED, Kind.NOTE, Kind.FILE}:
        return None
    if field.options:
        first = field.options[0].value
        return [first] if field.kind is Kind.MULTI else first
    if field.kind in {Kind.PROMISE, Kind.YES_NO}:
        return "yes" if field.kind is Kind.PROMISE else "no"
    if field.kind is Kind.DATE or field.rule.startswith("date"):
        return today.isoformat()
    if field.kind is Kind.AMOUNT:
        return f"{max((field.minimum or 0) / 100, 1):.0f}"
    if field.kind is Kind.NUMBER:
        return f"{max(field.minimum or 0, 1):.0f}"
    known = _BY_RULE.get(field.rule or field.kind)
    if known is not None:
        return known
    text = ADDRESS if field.kind is Kind.ADDRESS else f"{field.title}按实际情况填写"
    return text.ljust(field.min_length, "。")[: field.max_length]


@lru_cache(maxsize=400)
def paper(title: str, extension: str) -> bytes:
    """A readable page named like the material, marked as a demonstration, as PDF or picture."""
    source = """
    #set page(paper: "a4", margin: 25mm)
    #set text(font: ("Noto Sans CJK SC", "Noto Serif CJK SC"), size: 13pt, lang: "zh")
    #align(center)[#text(size: 22pt, weight: "bold")[#sys.inputs.title]]
    #v(12mm)
    本材料为示范数据，由系统生成，不具有任何效力。
    #v(6mm)
    #table(columns: (1fr, 2fr), inset: 9pt, [材料名称], [#sys.inputs.title], [提供人], [示范申请人], [日期], [2026 年 11 月], [说明], [内容清晰、完整，与申请表一致])
    #v(10mm)
    #for i in range(8) [第 #(i + 1) 项：符合要求。#linebreak()]
    """
    form: Literal["png", "pdf"] = "png" if extension in {"jpg", "png"} else "pdf"
    made = typst.compile(source.encode(), format=form, ppi=110, font_paths=fonts.loaded(), sys_inputs={"title": title})
    content: bytes = made[0] if isinstance(made, list) else made
    if extension == "jpg":
        out = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").save(out, "JPEG", quality=80)
        content = out.getvalue()
    return content
