"""What an item is indexed under: words, character and syllable pairs, initials.

The dictionaries of rjieba and pypinyin take some 115 MB of a process. Only the job that indexes needs them, so they are loaded at
the first use, not at import: web processes understand queries with the lexicon alone.

A token's first letter tells its kind: w word, b pair of characters, c character, s pair of syllables, i initials, d department, t theme.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from hall.services.search import text as texts

NAME, KEYWORD, SYNONYM, THEME = 1.0, 0.9, 0.7, 0.3
_LONGEST_INITIALS = 8
# Place names of Shandong that the dictionary reads wrongly.
_PLACES = {"单县": [["shàn"], ["xiàn"]], "莘县": [["shēn"], ["xiàn"]], "东阿": [["dōng"], ["ē"]]}


class Segmenter:
    """Chinese text to words; the official terms given stay whole, and their parts are found too."""

    def __init__(self, terms: Iterable[str]) -> None:
        import rjieba  # noqa: PLC0415  (see above)

        self._jieba = rjieba.Jieba()
        for term in sorted(set(terms)):
            if 2 <= len(term) <= 8:
                self._jieba.add_word(term, 2000, "n")

    def words(self, run: str) -> list[tuple[str, int, int]]:
        """Words and the words inside them, each with its start and end."""
        return [(word, start, end) for word, start, end in self._jieba.tokenize(run, "search", False)]


@lru_cache(maxsize=1)
def _reader() -> Callable[[str], list[str]]:
    import pypinyin  # noqa: PLC0415  (see above)

    pypinyin.load_phrases_dict(_PLACES)
    return lambda run: pypinyin.lazy_pinyin(run, errors=_unread)


def _unread(rest: str) -> Any:
    # One empty reading for each character; pypinyin's stubs know only of one string.
    return [""] * len(rest)


def syllables(run: str) -> list[str]:
    """One toneless syllable for each character, read in context; "" for what is not Chinese."""
    return [reading if reading.isascii() else "" for reading in _reader()(run)]


def sound_of(phrase: str) -> tuple[str, str]:
    """A phrase's flat syllables parted by spaces, and its initials; letters and digits sound like themselves."""
    solid = texts.solid(phrase)
    sounds = [texts.flat(sound) or character for sound, character in zip(syllables(solid), solid, strict=True)]
    return " ".join(sounds), "".join(sound[:1] for sound in sounds)


@lru_cache(maxsize=1)
def readings() -> dict[str, str]:
    """Every syllable with the characters that are mostly read so, over the 20,902 common ones."""
    found: dict[str, list[str]] = defaultdict(list)
    for number in range(0x4E00, 0x9FA6):
        (syllable,) = syllables(chr(number))
        if syllable:
            found[syllable].append(chr(number))
    return {syllable: "".join(characters) for syllable, characters in sorted(found.items())}


def tokens_of(phrase: str, segmenter: Segmenter) -> set[str]:
    """The tokens of one name or phrase."""
    found: set[str] = set()
    for run in texts.runs(texts.plain(phrase)):
        if not texts.is_chinese(run):
            found.add(f"w:{run[:60]}")
            continue
        words = segmenter.words(run)
        sounds = syllables(run)
        found |= {f"w:{word}" for word, _, _ in words if len(word) > 1}
        found |= {f"b:{pair}" for pair in texts.pairs(run)}
        found |= {f"c:{character}" for character in run}
        found |= {f"s:{pair}" for pair in texts.pairs([texts.flat(one) for one in sounds])}
        found |= _initials("".join(one[:1] or "-" for one in sounds), words)
    return found


def _initials(firsts: str, words: list[tuple[str, int, int]]) -> set[str]:
    """Initials of every stretch of whole words: 住房公积金提取 is found by gjj, zfgjj and gjjtq."""
    starts = {start for _, start, _ in words}
    ends = {end for _, _, end in words}
    return {f"i:{firsts[a:b]}" for a in starts for b in ends if 2 <= b - a <= _LONGEST_INITIALS}


def postings(
    *,
    name: str,
    keywords: Iterable[str],
    synonyms: Iterable[str],
    department_code: str,
    themes: Iterable[tuple[str, str]],
    segmenter: Segmenter,
) -> dict[str, float]:
    """Every token of an item with its weight: heavier where it is in the name, lighter for long names."""
    sums: dict[str, float] = defaultdict(float)
    themes = list(themes)
    fields: list[tuple[float, Iterable[str]]] = [
        (NAME, [name]),
        (KEYWORD, keywords),
        (SYNONYM, set(synonyms) - set(keywords)),
        (THEME, [theme_name for _, theme_name in themes]),
    ]
    for weight, phrases in fields:
        here: set[str] = set()
        for phrase in phrases:
            here |= tokens_of(phrase, segmenter)
        for token in here:
            sums[token] += weight
    length = 0.75 + 0.25 * len(texts.plain(name)) / 12
    result = {token: round(tf * 2.2 / (tf + 1.2 * length), 4) for token, tf in sums.items()}
    result[f"d:{department_code}"] = 1.0
    for code, _ in themes:
        result[f"t:{code}"] = 1.0
    return result
