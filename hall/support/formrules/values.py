"""From what a person typed to what is stored, and back to what is read."""

import re
import unicodedata
from datetime import date
from typing import Any

from hall.support.formrules.fields import Field
from hall.support.formrules.rules import INVISIBLE, MAX_TYPED, RULES, RuleBroken, check_date, normalised
from hall.support.formrules.vocabulary import LISTED_KINDS, Kind

Value = str | int | float | bool | list[str] | dict[str, Any] | list[dict[str, Any]]

# A draft keeps at most so much of one answer; what was typed beyond is not silently dropped but told.
MOST_TYPED = 8000
MOST_CHOSEN = 200
# Beyond it, and for what is no number at all (JSON can bring NaN and numbers of a million digits), only a word stands.
MOST_NUMBER = 10**15
BEYOND = "超出范围"
# PostgreSQL stores neither NUL nor halves of surrogate pairs.
_UNSTORABLE = dict.fromkeys((0, *range(0xD800, 0xE000)))
_NUMBER = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{0,6}))?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
YES = frozenset({"yes", "true", "on", "1", "是"})
NO = frozenset({"no", "false", "off", "0", "否"})


def typed(value: object) -> tuple[str, ...]:
    """Any stored or sent value as the texts that stand in the form's inputs; nothing at all for what no form can send."""
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int | float):
        return (plain_number(value),)
    given = [value] if isinstance(value, str) else value[:MOST_CHOSEN] if isinstance(value, list | tuple) else []
    return tuple(text for one in given if isinstance(one, str) and (text := one.translate(_UNSTORABLE)))


def plain_number(value: float) -> str:
    """A number without exponent and without needless zeros."""
    if not -MOST_NUMBER < value < MOST_NUMBER:
        return BEYOND
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def clean_prose(text: str, *, keep_lines: bool) -> str:
    """Text without control characters and doubled spaces at its ends. Punctuation stays as typed (no NFKC: it would turn ， into ,)."""
    kept = (c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or unicodedata.category(c) not in INVISIBLE)
    text = unicodedata.normalize("NFC", "".join(kept)).replace("\t", " ")
    return text.strip() if keep_lines else " ".join(text.split())


def read_value(field: Field, raw: object, today: date) -> Value | None:
    """The checked value of a field; None when nothing was given. Reading a checked value again gives the same.

    Raises: RuleBroken with a sentence for the person, and nothing else, whatever `raw` is.
    """
    if field.kind is Kind.AMOUNT and isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < MOST_NUMBER:
        return within(field, raw)
    parts = typed(raw)
    if any(len(part) > MOST_TYPED for part in parts):
        raise RuleBroken(f"{field.title}最多 {field.max_length} 个字，现在超过 {MOST_TYPED} 个")
    if field.kind is Kind.MULTI:
        return _chosen(field, parts)
    if len(parts) > 1:
        raise RuleBroken(f"{field.title}只能填写一项，现在收到 {len(parts)} 项")
    text = clean_prose(parts[0], keep_lines=field.kind is Kind.LONG_TEXT) if parts else ""
    if not text:
        return None
    if field.kind in LISTED_KINDS:
        return _one_option(field, text)
    if field.kind in {Kind.YES_NO, Kind.PROMISE}:
        return _yes_or_no(field, text)
    if field.kind is Kind.NUMBER:
        return within(field, _number(field, text))
    if field.kind is Kind.AMOUNT:
        return within(field, _fen(field, text))
    return _text(field, text, today)


def _text(field: Field, text: str, today: date) -> str:
    if field.rule:
        try:
            text = RULES[field.rule].check(text, today)
        except RuleBroken as broken:
            # The rule speaks of 日期; the form's own word says which of its dates is meant.
            said = re.sub("^日期", field.title, broken.shown) if field.kind is Kind.DATE else broken.shown
            raise RuleBroken(said) from None
    if len(text) > field.max_length:
        raise RuleBroken(f"{field.title}最多 {field.max_length} 个字，现在是 {len(text)} 个")
    if len(text) < field.min_length:
        raise RuleBroken(f"{field.title}至少 {field.min_length} 个字，现在是 {len(text)} 个")
    return text


def _one_option(field: Field, text: str) -> str:
    if all(option.value != text for option in field.options):
        raise RuleBroken(f"请在{field.title}的选项中选择一项")
    return text


def _chosen(field: Field, parts: tuple[str, ...]) -> Value | None:
    parts = tuple(text for part in parts if (text := clean_prose(part, keep_lines=False)))
    if not parts:
        return None
    known = [option.value for option in field.options]
    if not set(parts) <= set(known):
        raise RuleBroken(f"请在{field.title}列出的选项中选择")
    chosen = [value for value in known if value in parts]
    if len(chosen) < field.min_items:
        raise RuleBroken(f"{field.title}至少选择 {field.min_items} 项，现在是 {len(chosen)} 项")
    if field.max_items is not None and len(chosen) > field.max_items:
        raise RuleBroken(f"{field.title}最多选择 {field.max_items} 项，现在是 {len(chosen)} 项")
    return chosen


def _yes_or_no(field: Field, text: str) -> bool | None:
    word = text.lower()
    if field.kind is Kind.PROMISE:
        return True if word in YES else None
    if word not in YES | NO:
        raise RuleBroken(f"请在{field.title}中选择“是”或“否”")
    return word in YES


def _parts(field: Field, text: str, unit: str) -> tuple[str, str, str]:
    said = normalised(text[:MAX_TYPED]).replace(" ", "").replace("，", ",").removesuffix(normalised(unit)).lstrip("¥￥")
    if _GROUPED.fullmatch(said):
        said = said.replace(",", "")
    found = _NUMBER.fullmatch(said)
    if found is None:
        example = "1200" if field.is_whole else "1200.5"
        raise RuleBroken(f"{field.title}应为数字，例如 {example}")
    sign, whole, rest = found.groups()
    return sign, whole, (rest or "").rstrip("0")


def _number(field: Field, text: str) -> int | float:
    sign, whole, rest = _parts(field, text, field.unit)
    if field.is_whole and rest:
        raise RuleBroken(f"{field.title}应为整数，现在是 {sign}{whole}.{rest}")
    if rest:
        # 15 digits are what a number keeps exactly in JSON.
        if len(whole.lstrip("0")) + len(rest) > 15:
            raise RuleBroken(f"{field.title}的小数位数过多，请少写几位")
        return float(f"{sign}{whole}.{rest}")
    return int(f"{sign}{whole}")


def _fen(field: Field, text: str) -> int:
    sign, whole, rest = _parts(field, text, "元")
    if len(rest) > 2:
        raise RuleBroken(f"{field.title}精确到分，小数最多 2 位，现在是 {len(rest)} 位")
    return int(f"{sign}{whole}{rest:0<2}")


def number_in(field: Field, value: object) -> float | None:
    """The number in an answer, raw or checked, of money in fen; None for what is no number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    texts = typed(value)
    if len(texts) != 1:
        return None
    try:
        return _fen(field, texts[0]) if field.is_money else _number(field, texts[0])
    except RuleBroken:
        return None


def within(field: Field, value: int | float) -> int | float:
    """The number, when it lies within the field's limits. Raises: RuleBroken."""
    if field.minimum is not None and value < field.minimum:
        raise RuleBroken(f"{field.title}不能小于{_quantity(field, field.minimum)}，现在是{_quantity(field, value)}")
    if field.maximum is not None and value > field.maximum:
        raise RuleBroken(f"{field.title}不能大于{_quantity(field, field.maximum)}，现在是{_quantity(field, value)}")
    return value


def _quantity(field: Field, value: float) -> str:
    if field.is_money:
        return f" {_yuan(int(value))} 元"
    return f" {plain_number(value)}{' ' + field.unit if field.unit else ''}"


def _yuan(fen: int) -> str:
    if abs(fen) >= MOST_NUMBER:
        return BEYOND
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02}"


def input_texts(field: Field, value: object) -> tuple[str, ...]:
    """What stands in the inputs of a field: a checked value or raw text, as the person would type it."""
    if field.is_money and isinstance(value, int) and not isinstance(value, bool):
        return (_yuan(value),)
    return typed(value)


def shown_text(field: Field, value: object) -> str:
    """A value as people read it: option titles, units, dates in Chinese. Raw text of a draft comes as it is."""
    parts = input_texts(field, value)
    if not parts:
        return ""
    if field.kind in LISTED_KINDS:
        return "、".join(field.option_title(part) for part in parts)
    text = parts[0]
    if field.kind is Kind.YES_NO:
        return {"yes": "是", "no": "否"}.get(text, text)
    if field.kind is Kind.PROMISE:
        return "已承诺" if text.lower() in YES else ""
    if field.kind is Kind.DATE:
        return _date_zh(text)
    if isinstance(value, str):
        return text
    if field.is_money and isinstance(value, int):
        return f"{value / 100:,.2f} 元" if abs(value) < MOST_NUMBER else BEYOND
    if field.is_number and isinstance(value, int | float):
        whole, dot, rest = text.partition(".")
        grouped = f"{int(whole):,}" if re.fullmatch("-?[0-9]{1,15}", whole) else whole
        return f"{grouped}{dot}{rest}{' ' + field.unit if field.unit else ''}"
    return text


def _date_zh(text: str) -> str:
    try:
        day = date.fromisoformat(check_date(text))
    except RuleBroken:
        return text
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
