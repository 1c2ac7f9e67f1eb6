"""Lines under the search box, from the lexicon alone. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hall.services.search import text as texts
from hall.services.search.lexicon import Lexicon
from hall.services.search.rows import Suggestion

_AT_MOST = {"theme": 2, "department": 2}
# How well a line fits what was typed so far, best first.
_WHOLE, _BEGINS, _CALLED, _HOLDS, _SOUNDS, _SHORT, _HOLDS_SOUND = range(7)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: as characters, as flat pinyin (characters read, letters kept), and as letters if it is letters only."""

    plain: str
    letters: str
    initials: str


def typed(q: str, lexicon: Lexicon) -> Typed:
    """The three shapes of what was typed."""
    plain = texts.plain_query(q).replace(" ", "")
    letters = texts.flat_letters("".join(sound or one for one, sound in zip(plain, lexicon.sound(plain), strict=True)))
    return Typed(plain, letters, plain if plain.isascii() else "")


def suggestions(q: str, lexicon: Lexicon, *, limit: int) -> list[Suggestion]:
    """Items, themes and departments that begin with, hold or sound like what was typed: items first, then themes, then departments."""
    asked = typed(q, lexicon)
    if not asked.plain:
        return []
    scored = sorted(_fitting(asked, lexicon), key=lambda one: one[0])
    taken: dict[tuple[str, str], Suggestion] = {}
    counts: dict[str, int] = {}
    for _, line in scored:
        if (line.kind, line.code) in taken or counts.get(line.kind, 0) >= _AT_MOST.get(line.kind, limit):
            continue
        taken[line.kind, line.code] = line
        counts[line.kind] = counts.get(line.kind, 0) + 1
    # Places are few and stand last, but are never crowded out by items.
    others = [line for line in taken.values() if line.kind != "item"][:limit]
    items = [line for line in taken.values() if line.kind == "item"][: limit - len(others)]
    chosen = items + sorted(others, key=lambda line: line.kind, reverse=True)
    return [replace(line, marks=_marks(line.text, asked, lexicon)) for line in chosen]


def _fitting(asked: Typed, lexicon: Lexicon) -> Iterator[tuple[tuple[int, int, int], Suggestion]]:
    led_to = {code for term in _beginning(asked, lexicon.synonyms) for code in lexicon.synonyms[term].codes}
    for order, entry in enumerate(lexicon.entries.values()):
        fit = _fit(asked, entry.plain, entry.letters, entry.initials)
        if (fit is None or fit > _CALLED) and entry.code in led_to:
            fit = _CALLED
        if fit is not None:
            yield (fit, 0, order), Suggestion("item", entry.name, entry.code)
    for order, place in enumerate(lexicon.places):
        fit = _fit(asked, place.term, place.letters, place.initials)
        if fit is not None and len(asked.plain) > 1:
            yield (fit, 1, order), Suggestion(place.kind, place.shown, place.code)


def _beginning(asked: Typed, terms: Iterable[str]) -> list[str]:
    return [term for term in terms if term.startswith(asked.plain)]


def _fit(asked: Typed, plain: str, letters: str, initials: str) -> int | None:
    if plain == asked.plain:
        return _WHOLE
    if plain.startswith(asked.plain):
        return _BEGINS
    if asked.plain in plain:
        return _HOLDS
    if len(asked.letters) > 1 and letters.startswith(asked.letters):
        return _SOUNDS
    if len(asked.initials) > 1 and initials.startswith(asked.initials):
        return _SHORT
    if (len(asked.letters) > 3 and asked.letters in letters) or (len(asked.initials) > 1 and asked.initials in initials):
        return _HOLDS_SOUND
    return None


def _marks(text: str, asked: Typed, lexicon: Lexicon) -> tuple[tuple[int, int], ...]:
    """Where what was typed stands in the text: as it is, else the characters that sound so, else those that begin so."""
    at = text.lower().find(asked.plain)
    if at >= 0:
        return ((at, at + len(asked.plain)),)
    sounds = [lexicon.readings.get(one) or (one if one.isascii() else "") for one in text.lower()]
    for start in range(len(text)):
        if sounds[start] and len(asked.letters) > 1 and texts.flat_letters("".join(sounds[start:])).startswith(asked.letters):
            ends = (end for end in range(start + 1, len(text) + 1))
            heard = (end for end in ends if len(texts.flat_letters("".join(sounds[start:end]))) >= len(asked.letters))
            return ((start, next(heard)),)
    at = "".join(sound[:1] or "-" for sound in sounds).find(asked.initials) if len(asked.initials) > 1 else -1
    return ((at, at + len(asked.initials)),) if at >= 0 else ()
