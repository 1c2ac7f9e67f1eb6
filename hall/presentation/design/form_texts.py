"""Stored values of a form in the making as the texts of inputs, and back."""

from collections.abc import Mapping
from typing import Any

from hall.support.formrules.fields import kind_of
from hall.support.formrules.values import plain_number
from hall.support.formrules.vocabulary import Kind

# What stands in the inputs of a page, by name.
Texts = Mapping[str, str]
_UNSTORABLE = dict.fromkeys((0, *range(0xD800, 0xE000)))


def text_of(value: Any) -> str:
    """A stored value as text; "" for none."""
    if value is None:
        return ""
    return plain_number(value) if isinstance(value, float) else str(value)


def storable(text: str) -> str:
    """The text without signs that the database cannot hold."""
    return text.translate(_UNSTORABLE)


def kind_of_stored(stored: Mapping[str, Any]) -> Kind:
    """The kind of a stored field, plain text for one that is not sound."""
    options = stored.get("oneOf") or ()
    try:
        return kind_of(
            stored.get("x-widget"),
            stored.get("type", ""),
            option_count=len(options),
            format_=stored.get("format", ""),
            rule=stored.get("x-rule", ""),
            max_length=stored.get("maxLength", 0),
        )
    except (TypeError, ValueError):
        return Kind.TEXT


def is_money(stored: Mapping[str, Any]) -> bool:
    """Whether its limits are fen."""
    return stored.get("x-widget") == "amount" or stored.get("x-compute", {}).get("as") == "amount"


def limit_text(stored: Mapping[str, Any], key: str) -> str:
    """A limit as one types it, of money in yuan."""
    value = stored.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return plain_number(value / 100) if is_money(stored) else plain_number(value)


def read_limit(stored: Mapping[str, Any], text: str) -> int | float | None:
    """A limit as it is stored, of money in fen; None for what is no number."""
    try:
        number = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        return None
    if not abs(number) < 10**13:
        return None
    if is_money(stored):
        return round(number * 100)
    return int(number) if number.is_integer() else number


def set_text(stored: dict[str, Any], key: str, sent: Texts, before: Texts, most: int = 300) -> None:
    """Take over a text that was changed; an empty one takes the key away. The title always stays one."""
    text = storable(sent.get(key, before.get(key, ""))).strip()
    if text == before.get(key, "").strip():
        return
    stored.pop(key, None)
    if text or key == "title":
        stored[key] = text[: 60 if key == "title" else 12 if key == "x-unit" else most]
