"""What the words of a document say about whose it is and how long it holds. Pure; words may come from a PDF or from recognition."""

import re
import unicodedata
from datetime import date

from hall.services.recognition import layout, values

_SPACES = re.compile(r"\s+")
_DATE = re.compile(r"((?:19|20)[0-9]{2})[年.\-/]([0-9]{1,2})[月.\-/]([0-9]{1,2})日?")
# 有效期至…, 有效期限：… 至 …, 营业期限自…至…; the end of the period is the last date of what follows.
_PERIOD = re.compile(r"(?:有效期限?|有效日期|营业期限|证书有效期)[^有营]{0,60}")
# A first day without its last: 自2019年05月21日至, cut off where the line ends.
_BEGINS = re.compile(rf"自{_DATE.pattern}|{_DATE.pattern}(?:至|起|[-—~])")
_NUMBERS = re.compile(r"(?<![0-9A-Z])(?:[0-9]{17}[0-9X]|[0-9A-HJ-NPQRTUWXY]{18})(?![0-9A-Z])")


def plain(text: str) -> str:
    """The words without spaces, in half-width capital letters: as they are compared."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


def ends_on(words: str) -> date | None:
    """The last day of the period of validity, None where none is stated or it is 长期. `words` as from `plain`."""
    ends = []
    for period in _PERIOD.findall(words):
        dates = [found for parts in _DATE.findall(period) if (found := _date(*map(int, parts))) is not None]
        is_begin = len(dates) == 1 and _BEGINS.search(period) is not None
        if dates and not is_begin and "长期" not in period:
            ends.append(max(dates))
    return max(ends) if ends else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def names(words: str, name: str) -> bool:
    """Whether the name stands in the words."""
    bare = plain(name).replace("·", "").replace("•", "")
    return bool(bare) and bare in words.replace("·", "").replace("•", "")


def sound_numbers(lines: str) -> tuple[str, ...]:
    """The same in lines that a machine recognised: confused signs repaired, and only what the check digit confirms."""
    found = [find(layout.plain(line)) for line in lines.splitlines() for find in (values.id_number, values.uscc)]
    return tuple(dict.fromkeys(number for number in found if number))


def is_back_of_card(words: str) -> bool:
    """Whether it is the side of an identity card that names nobody. `words` as from `plain`."""
    return "签发机关" in words and "公民身份号码" not in words


def numbers(words: str) -> tuple[str, ...]:
    """Everything that looks like an identity number or a unified social credit code."""
    return tuple(dict.fromkeys(_NUMBERS.findall(words)))
