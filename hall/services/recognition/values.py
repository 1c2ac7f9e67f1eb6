"""Single values in words that a machine read: numbers with check digits, dates, sums of money. What fails its check is None. Pure."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from hall.support.formrules.rules import USCC_ALPHABET, RuleBroken, check_id_number, check_uscc

_RUNS = re.compile(r"[0-9A-Za-z|!]+")
# Signs that cannot stand where they were read, and the digit that looks so. Taken only when the check digit then fits.
_TWINS = {"O": "0", "o": "0", "I": "1", "i": "1", "l": "1", "|": "1", "!": "1", "Z": "2", "z": "2", "S": "5", "s": "5"}
_ID_REPAIRS = str.maketrans({**_TWINS, "D": "0", "Q": "0", "B": "8", "G": "6", "x": "X"})
_USCC_REPAIRS = str.maketrans(_TWINS)
_DATE = re.compile(r"((?:19|20)[0-9]{2})[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?")
_LONG = "长期"
# One identity number in thirty, misread by a digit, would pass for a credit code.
_CARD_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)

_DIGITS = {sign: at for signs in ("零壹贰叁肆伍陆柒捌玖", "〇一二三四五六七八九") for at, sign in enumerate(signs)} | {
    "两": 2,
    "貳": 2,
    "陸": 6,
}
_TENS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_MOST_FEN = 10**17
_MONEY = re.compile(r"([0-9]{1,12}(?:,[0-9]{3})*(?:\.[0-9]{1,6})?)(万|亿)?[元圆]?")
_FOREIGN = re.compile(r"美|港|欧|日元|英镑|澳|加元|法郎|卢布|USD|EUR|HKD|JPY")


def id_number(text: str) -> str | None:
    """The identity number in the words, None where there is none whose check digit fits."""
    return _number(text, _ID_REPAIRS, check_id_number)


def uscc(text: str) -> str | None:
    """The unified social credit code in the words, None where there is none whose check character fits."""
    return _number(_CARD_NUMBER.sub(" ", text), _USCC_REPAIRS, check_uscc)


def _number(text: str, repairs: dict[int, str], check: Callable[[str], str]) -> str | None:
    runs = [run for run in _RUNS.findall(text) if len(run) == 18]
    for run in [*runs, *(run.translate(repairs) for run in runs)]:
        try:
            return check(run)
        except RuleBroken:
            continue
    return None


def looks_like_number(text: str) -> bool:
    """Whether something as long as such a number stands there, right or wrong."""
    return any(15 <= len(run) <= 20 and sum(sign in USCC_ALPHABET for sign in run) > 10 for run in _RUNS.findall(text))


def dates(text: str) -> list[str]:
    """Every date, as 2026-11-23, in order; impossible ones are left out."""
    found = []
    for parts in _DATE.findall(text):
        try:
            found.append(date(*map(int, parts)).isoformat())
        except ValueError:
            continue
    return found


def period(text: str) -> tuple[str, str]:
    """First and last day of a period of validity, "" for what is not stated; the last may be 长期."""
    found = dates(text)
    if _LONG in text:
        return (found[0] if found else "", _LONG)
    if len(found) != 2 or found[1] <= found[0]:
        return ("", "")
    return (found[0], found[1])


def yuan(text: str) -> str | None:
    """A sum of money as `1000000` or `1000000.50`; None for other currencies and for what is no sum."""
    if _FOREIGN.search(text):
        return None
    bare = text.replace("人民币", "").replace("(", "").replace(")", "").replace("整", "").replace("正", "")
    written = _MONEY.fullmatch(bare)
    try:
        amount = Decimal(written[1].replace(",", "")) * {"万": 10_000, "亿": 10**8, None: 1}[written[2]] if written else _spelled(bare)
    except InvalidOperation:
        return None
    if amount is None or amount <= 0 or amount * 100 > _MOST_FEN or (amount * 100) % 1:
        return None
    return f"{amount:.2f}".removesuffix(".00")


def _spelled(text: str) -> Decimal | None:
    """壹佰万元 and its like; no fractions."""
    total = below = digit = 0
    for sign in text.rstrip("元圆"):
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TENS:
            below, digit = below + (digit or 1) * _TENS[sign], 0
        elif sign == "万":
            total, below, digit = total + (below + digit) * 10_000, 0, 0
        elif sign == "亿":
            total, below, digit = (total + below + digit) * 10**8, 0, 0
        else:
            return None
    return Decimal(total + below + digit)
