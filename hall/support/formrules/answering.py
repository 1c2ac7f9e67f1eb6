"""Answers of several parts: date ranges, signatures, tables; reading them, keeping them as typed, showing them. Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from hall.support.formrules.computing import computed
from hall.support.formrules.conditions import is_filled
from hall.support.formrules.fields import Field, FieldError
from hall.support.formrules.rules import RULES, RuleBroken, check_date
from hall.support.formrules.values import MOST_TYPED, YES, Value, clean_prose, input_texts, read_value, shown_text, typed
from hall.support.formrules.vocabulary import MOST_ROWS, Kind

PART_KINDS = frozenset({Kind.DATE_RANGE, Kind.SIGNATURE, Kind.TABLE})
# A draft keeps one row more than any table may have, so that too many stay too many.
MOST_KEPT_ROWS = MOST_ROWS + 1
MOST_PARTS = 60


def gathered(sent: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What a page sent, one name each, with the parts put together: `x.from` into a mapping, `x.0.y` into rows."""
    found: dict[str, Any] = {}
    for name, value in sent:
        top, *parts = name.split(".")
        if not parts or len(parts) > 2 or not top:
            found[name] = value
            continue
        inner = found.setdefault(top, {})
        if not isinstance(inner, dict):
            continue
        if len(parts) == 2:
            inner = inner.setdefault(parts[0], {})
        if isinstance(inner, dict):
            inner[parts[-1]] = value
    return {name: _as_rows(value) if isinstance(value, dict) else value for name, value in found.items()}


def _as_rows(parts: dict[str, Any]) -> Any:
    if not all(isinstance(row, dict) and key.isascii() and key.isdecimal() and len(key) < 6 for key, row in parts.items()):
        return parts
    return [parts[key] for key in sorted(parts, key=int)]


def read_answer(field: Field, raw: object, today: date) -> tuple[Value | None, tuple[FieldError, ...]]:
    """The checked value of any field but a computed one, and what is wrong; never both. Never raises, whatever `raw` is."""
    if field.kind is Kind.NOTE:
        return None, ()
    if field.kind is Kind.TABLE:
        return _read_table(field, raw, today)
    if field.kind is Kind.FILE:
        return _read_files(field, raw)
    try:
        if field.kind is Kind.DATE_RANGE:
            return _read_range(field, raw), ()
        if field.kind is Kind.SIGNATURE:
            return _read_signature(field, raw), ()
        return read_value(field, raw, today), ()
    except RuleBroken as broken:
        return None, (FieldError(field.name, broken.shown),)


def _part(raw: object, name: str) -> str:
    if not isinstance(raw, Mapping):
        return ""
    texts = typed(raw.get(name))
    return clean_prose(texts[0][:MOST_TYPED], keep_lines=False) if texts else ""


def _read_range(field: Field, raw: object) -> Value | None:
    first, last = _part(raw, "from"), _part(raw, "to")
    if not first and not last:
        return None
    if not first or not last:
        raise RuleBroken(f"请把{field.title}的{'起' if not first else '止'}日期也填上")
    try:
        first, last = check_date(first), check_date(last)
    except RuleBroken as broken:
        raise RuleBroken(f"{field.title}：{broken.shown}") from None
    if last < first:
        raise RuleBroken(f"{field.title}的止日期（{last}）早于起日期（{first}），请核对")
    return {"from": first, "to": last}


def _read_signature(field: Field, raw: object) -> Value | None:
    name, agreed = _part(raw, "name"), _part(raw, "agreed").lower() in YES
    pictures = files_in(raw.get("picture")) if field.is_drawn and isinstance(raw, Mapping) else ()
    if not name and not agreed and not pictures:
        return None
    if not name and not pictures:
        raise RuleBroken(f"请在{field.title}处{'手写签名，或者' if field.is_drawn else ''}填写您的姓名")
    try:
        name = RULES["name_zh"].check(name, None) if name else ""
    except RuleBroken as broken:
        raise RuleBroken(f"{field.title}：{broken.shown}") from None
    if not agreed:
        raise RuleBroken(f"请勾选{field.title}处的确认，{'签名才有效' if pictures else '姓名才作为签名'}")
    return {"name": name, "agreed": True, **({"picture": pictures[-1]} if pictures else {})}


def files_in(raw: object) -> tuple[dict[str, Any], ...]:
    """The files of an answer, one or several; nothing for what is none."""
    given = raw if isinstance(raw, list | tuple) else [raw]
    kinds = {"id": str, "name": str, "size": int}
    return tuple(
        {key: one[key] for key in kinds}
        for one in given
        if isinstance(one, Mapping) and all(isinstance(one.get(key), kind) for key, kind in kinds.items())
    )


def _read_files(field: Field, raw: object) -> tuple[Value | None, tuple[FieldError, ...]]:
    files = list(files_in(raw))
    if not files:
        return None, ()
    if len(files) > field.most_files:
        return None, (FieldError(field.name, f"{field.title}最多上传 {field.most_files} 个文件，现在是 {len(files)} 个"),)
    if len(files) < field.min_items:
        return None, (FieldError(field.name, f"{field.title}至少上传 {field.min_items} 个文件，现在是 {len(files)} 个"),)
    return files, ()


def _rows(raw: object) -> list[Mapping[str, Any]]:
    given = raw if isinstance(raw, list | tuple) else []
    return [row if isinstance(row, Mapping) else {} for row in given]


def _read_table(field: Field, raw: object, today: date) -> tuple[Value | None, tuple[FieldError, ...]]:
    """Empty rows count for nothing; rows keep their places in the names of errors."""
    rows = [
        (at, row) for at, row in enumerate(_rows(raw)) if is_filled([row.get(c.name) for c in field.columns if c.kind != Kind.COMPUTED])
    ]
    if not rows:
        return None, ()
    most = field.max_items or MOST_ROWS
    if len(rows) > most:
        return None, (FieldError(field.name, f"{field.title}最多填写 {most} 行，现在是 {len(rows)} 行"),)
    errors: list[FieldError] = []
    kept: list[Any] = []
    for at, row in rows:
        values, wrong = _read_row(field, row, at, today)
        kept.append(values)
        errors += wrong
    if not errors and len(rows) < field.min_items:
        errors.append(FieldError(field.name, f"{field.title}至少填写 {field.min_items} 行，现在是 {len(rows)} 行"))
    return (None, tuple(errors)) if errors else (kept, ())


def _read_row(table: Field, row: Mapping[str, Any], at: int, today: date) -> tuple[dict[str, Any], list[FieldError]]:
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    columns = {column.name: column for column in table.columns}
    for column in table.columns:
        name = f"{table.name}.{at}.{column.name}"
        try:
            value = computed(column, values, columns, today) if column.compute else read_value(column, row.get(column.name), today)
        except RuleBroken as broken:
            errors.append(FieldError(name, f"{table.title}第 {at + 1} 行：{broken.shown}"))
            continue
        if value is not None:
            values[column.name] = value
        elif column.is_required and not column.compute:
            errors.append(FieldError(name, f"{table.title}第 {at + 1} 行：请填写{column.title}"))
    return values, errors


def drafted(field: Field, raw: object) -> Any:
    """What a draft keeps of an answer, as typed: texts, and nothing that no form can send; None when nothing is left."""
    if field.kind in {Kind.COMPUTED, Kind.NOTE, Kind.FILE}:
        return None
    if field.kind is Kind.TABLE:
        rows = [_kept((c.name, _text_of(c, row.get(c.name))) for c in field.columns if not c.compute) for row in _rows(raw)]
        return rows[:MOST_KEPT_ROWS] or None
    if field.kind in PART_KINDS:
        names = ("from", "to") if field.kind is Kind.DATE_RANGE else ("name", "agreed")
        return _kept((name, "".join(typed(raw.get(name))[:1])) for name in names if isinstance(raw, Mapping)) or None
    parts = tuple(part[:MOST_TYPED] for part in input_texts(field, raw))
    if not parts:
        return None
    return list(parts) if field.kind is Kind.MULTI or len(parts) > 1 else parts[0]


def _text_of(column: Field, raw: object) -> str:
    return "".join(input_texts(column, raw)[:1])


def _kept(parts: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: text[:MOST_TYPED] for name, text in parts if text}


def packed(field: Field, raw: object) -> str:
    """One answer as one text, for a place that holds texts: parts and several choices as JSON."""
    kept = drafted(field, raw)
    return kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False)


def unpacked(field: Field, text: str) -> Any:
    """What `packed` made a text of; a text that is no JSON stays one, and breaks the field's rule."""
    if field.kind not in PART_KINDS and field.kind is not Kind.MULTI:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def with_cells(field: Field, raw: object, today: date) -> list[dict[str, Any]]:
    """The rows of a table as typed, with the computed cells that can be made from them."""
    rows = []
    for at, row in enumerate(_rows(raw)[:MOST_KEPT_ROWS]):
        made, _ = _read_row(field, row, at, today)
        rows.append({**row, **{column.name: made[column.name] for column in field.columns if column.compute and column.name in made}})
    return rows


class TableText(str):
    """A table as people read it in one text, which a page may also draw: `head` and `rows`."""

    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def shown_answer(field: Field, value: object, mask: Any = None) -> str:
    """Any answer as people read it; "" for none. `mask` hides what need not be read; of a table, every cell of a column with a mask."""
    if field.kind is Kind.NOTE:
        return ""
    if field.kind is Kind.DATE_RANGE:
        first, last = (shown_text(_AS_DATE, _part(value, name)) for name in ("from", "to"))
        return f"{first} 至 {last}" if first or last else ""
    if field.kind is Kind.SIGNATURE:
        name = _part(value, "name")
        if isinstance(value, Mapping) and value.get("picture"):
            return f"{name}（手写签名）" if name else "手写签名"
        return f"{name}（本人键入姓名确认）" if name and _part(value, "agreed").lower() in YES else name
    if field.kind is Kind.FILE:
        return "、".join(file["name"] for file in files_in(value))
    if field.kind is Kind.TABLE:
        return _shown_table(field, value, mask or {})
    return shown_text(field, value)


_AS_DATE = Field(name="date", title="日期", kind=Kind.DATE)


def _shown_table(field: Field, value: object, masks: Any) -> str:
    rows = []
    for row in _rows(value)[:MOST_KEPT_ROWS]:
        cells = []
        for column in field.columns:
            shown = shown_text(column, row.get(column.name))
            cells.append(masks[column.mask](shown) if shown and column.mask in masks else shown)
        if any(cells):
            rows.append(tuple(cells))
    titles = tuple(column.title for column in field.columns)
    lines = [
        f"{at}. " + "；".join(f"{title}：{cell}" for title, cell in zip(titles, row, strict=True) if cell)
        for at, row in enumerate(rows, start=1)
    ]
    text = TableText("\n".join(lines))
    text.head, text.rows = titles, tuple(rows)
    return text
