"""What the words of a document say about whose it is and how long it holds. Pure; words may come from a PDF or from recognition."""

import re
import unicodedata
from datetime import date

_SPACES = re.compile(r"\s+")
_DATE = re.compile(r"((?:19|20)[0-9]{2})[年.\-/]([0-9]{1,2})[月.\-/]([0-9]{1,2})日?")
# 有效期至…, 有效期限：… 至 …, 营业期限自…至…; the end of the period is the last date of what follows.
_PERIOD = re.compile(r"(?:有效期限?|有效日期|营业期限|证书有效期)[^有营]{0,60}")
_NUMBERS = re.compile(r"(?<![0-9A-Z])(?:[0-9]{17}[0-9X]|[0-9A-HJ-NPQRTUWXY]{18})(?![0-9A-Z])")


def plain(text: str) -> str:
    """The words without spaces, in half-width capital letters: as they are compared."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


def ends_on(words: str) -> date | None:
    """The last day of the period of validity, None where none is stated or it is 长期. `words` as from `plain`."""
    ends = []
    for period in _PERIOD.findall(words):
        dates = [found for parts in _DATE.findall(period) if (found := _date(*map(int, parts))) is not None]
        if dates and "长期" not in period:
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


def numbers(words: str) -> tuple[str, ...]:
    """Everything that looks like an identity number or a unified social credit code."""
    return tuple(dict.fromkeys(_NUMBERS.findall(words)))
