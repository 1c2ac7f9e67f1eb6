"""Words as people type them, brought to one form: width, case, traditional characters, control characters, runs, syllables. Pure."""

import re
import unicodedata
from functools import lru_cache

import opencc

LONGEST_QUERY = 100
_simplify = opencc.OpenCC("t2s").convert
_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+|[^\W_]+")
_CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")

# What northern and southern tongues, and hurried fingers, mix up: zh/z, ch/c, sh/s, -ng/-n.
_FLAT = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_SYLLABLE_SHAPE = re.compile(r"[a-z]{1,6}")


def plain(text: str) -> str:
    """The text in one form, runs of letters, digits and characters parted by single spaces; "" when nothing readable is in it."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join(_RUN.findall(_simplify(folded)))


def solid(text: str) -> str:
    """`plain` without the spaces."""
    return plain(text).replace(" ", "")


@lru_cache(maxsize=2048)
def plain_query(text: str) -> str:
    """`plain` of what somebody typed, cut to the first 100 characters so that no query costs more than a long one."""
    return plain(text[:LONGEST_QUERY])[:LONGEST_QUERY].strip()


def runs(text: str) -> list[str]:
    """The runs of a plain text: each wholly Chinese or wholly letters and digits."""
    return _RUN.findall(text)


def is_chinese(run: str) -> bool:
    return bool(_CJK.match(run))


def flat(syllable: str) -> str:
    """A toneless syllable without the differences that people mix up: zheng and zen become the same."""
    for wide, narrow in _FLAT:
        if syllable.startswith(wide):
            syllable = narrow + syllable[2:]
            break
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


def flat_letters(letters: str) -> str:
    """`flat` of pinyin that is not split into syllables, for comparing beginnings."""
    for wide, narrow in (*_FLAT, ("ng", "n")):
        letters = letters.replace(wide, narrow)
    return letters


def pairs(parts: list[str] | str) -> list[str]:
    """Neighbouring pairs: of characters of a run, or of syllables (with a space between)."""
    between = "" if isinstance(parts, str) else " "
    return [parts[at] + between + parts[at + 1] for at in range(len(parts) - 1)]


def split_syllables(run: str, known: frozenset[str]) -> list[str]:
    """Letters as pinyin syllables, the fewest possible; an unfinished last syllable is dropped. [] when it is not pinyin."""
    if not _SYLLABLE_SHAPE.match(run) or not run.isascii():
        return []
    best: list[list[str] | None] = [[]] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and run[start:end] in known and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                best[end] = [*before, run[start:end]]
    for end in range(len(run), max(len(run) - 5, 0), -1):
        found = best[end]
        if found and (end == len(run) or len(found) >= 2):
            return found
    return []
