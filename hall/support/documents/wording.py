"""Making foreign text fit for paper: nothing invisible, nothing the font cannot show, nothing that runs off the page."""

import re
import unicodedata
from datetime import date, datetime

from hall.support.documents import fonts

# What printers set for a character they do not have.
MISSING = "〓"
# Neither spaces nor the scripts that may break after every letter (Chinese, Japanese, Korean).
_LONG_RUN = re.compile(r"[^\s\u200b\u2e80-\u2fff\u3003-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]{25,}")
_RUN = 24
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def printable(text: str) -> str:
    """One line of text as it goes onto paper. A character without a glyph becomes `〓`: a name is never silently shortened."""
    shown = []
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        if category in {"Zs", "Zl", "Zp"} or letter in "\t\r\n":
            shown.append("　" if letter == "　" else " ")
        elif category in {"Cc", "Cf", "Cs"} or any(ord(letter) in selectors for selectors in _VARIATION_SELECTORS):
            continue
        else:
            shown.append(letter if ord(letter) in fonts.coverage() else MISSING)
    return _LONG_RUN.sub(_breakable, "".join(shown).strip())


def unprintable(text: str) -> str:
    """The characters of a text that paper would show as `〓`, each once."""
    return "".join(dict.fromkeys(letter for letter in unicodedata.normalize("NFC", text) if letter != MISSING == printable(letter)))


def _breakable(run: re.Match[str]) -> str:
    """Long addresses and numbers get places where a line may break."""
    return "\u200b".join(run[0][place : place + _RUN] for place in range(0, len(run[0]), _RUN))


def printable_lines(text: str) -> list[str]:
    """The paragraphs of a text, empty ones left out."""
    return [line for line in map(printable, re.split(r"[\r\n\u2028\u2029]+", text)) if line]


def date_words(day: date) -> str:
    """`2026年3月2日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def time_words(moment: datetime) -> str:
    """`2026年3月2日 09:30`, in the zone that the moment carries."""
    return f"{date_words(moment)} {moment:%H:%M}"
