"""What a cell may hold so that the text comes back exactly and no table program runs it. Pure."""

import re
from typing import Any

# A table program takes a text that begins so for a formula; the full-width signs too, in Chinese programs.
# Source: OWASP, CSV Injection. Apostrophes before such a sign count, so that what begins with one comes back too.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
_NEUTRAL = re.compile(r"'+[=+\-@＝＋－＠\t\r]")
# The workbook's own way to write characters that its XML cannot hold (ECMA-376 22.9.2.19).
_ESCAPED = re.compile(r"_x(005F|000D|FFFE|FFFF)_")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNESCAPED = {"005F": "_", "000D": "", "FFFE": "\ufffe", "FFFF": "\uffff"}


def harmless(text: str) -> str:
    """The text with an apostrophe in front where a table program would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def without_apostrophe(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if _NEUTRAL.match(text) else text


def to_cell(text: str) -> str:
    """A text as it goes into a cell."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text).replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_")
    return harmless(text)


def from_cell(value: Any) -> str:
    """The text of a cell that holds text or a number; table programs turn codes and phone numbers into numbers."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value if isinstance(value, str) else repr(value)
    return _ESCAPED.sub(lambda found: _UNESCAPED[found[1]], without_apostrophe(text))
