"""What a query is understood with: the words of the index, synonyms, departments, themes, and how they sound. Small, one per process. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from hall.services.search import text as texts

LONGEST_WORD = 12
# An item's own keyword says more than a word that stands for several items.
OWN_WORD = 1.6


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as search lists it; `called` are its keywords, `plain` its name in one form without spaces.

    `letters` is the flat pinyin of the name in one piece, for comparing what is typed so far.
    """

    code: str
    name: str
    department_code: str
    themes: tuple[str, ...]
    audience: tuple[str, ...]
    item_type: str
    online_depth: str
    is_free: bool
    called: tuple[str, ...]
    plain: str
    letters: str
    initials: str
    is_bookable: bool = False
    region_scope: str = "local"
    promised_days: int = 0
    popularity: int = 0
    prior: int = 0


@dataclass(frozen=True, slots=True)
class Synonym:
    """A citizen's word: the official words it stands for, and the items it leads to, each with its strength."""

    official: tuple[str, ...]
    codes: Mapping[str, float]


_NO_SYNONYM = Synonym((), {})


@dataclass(frozen=True, slots=True)
class Place:
    """A department or a theme under one of its names; `shown` is the one that people read."""

    kind: str
    code: str
    term: str
    shown: str
    letters: str
    initials: str


@dataclass(slots=True)
class Lexicon:
    """One state of the index, known by its `stamp`. `sounds` and `initials` lead from pinyin to words, most used first.

    `stems` are departments' names without their last word: 民政 alone means the department, inside a sentence it does not.
    """

    stamp: UUID | None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    synonyms: dict[str, Synonym] = field(default_factory=dict)
    departments: dict[str, Place] = field(default_factory=dict)
    stems: dict[str, Place] = field(default_factory=dict)
    themes: dict[str, Place] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    sounds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    initials: dict[str, tuple[str, ...]] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    syllables: frozenset[str] = frozenset()
    corpus: str = ""

    def knows(self, term: str) -> bool:
        """Whether the index, a synonym or a department's or theme's name holds the term as one word."""
        return term in self.words or term in self.synonyms or term in self.departments or term in self.themes

    def use(self, term: str) -> int:
        """How many items the term leads to; a name of a department counts as one."""
        if term in self.words:
            return self.words[term]
        synonym = self.synonyms.get(term)
        return max(1, len(synonym.codes)) if synonym else 1

    def sound(self, run: str) -> list[str]:
        """The flat syllables of characters, each read alone; "" for a character that nobody reads."""
        return [texts.flat(self.readings.get(character, "")) for character in run]

    def split(self, run: str) -> list[str]:
        """The run in known words and single characters: most characters covered, then fewest words, then the more used ones."""
        best: list[tuple[tuple[int, int, int], list[str]]] = [((0, 0, 0), [])]
        for end in range(1, len(run) + 1):
            choices = []
            for start in range(max(0, end - LONGEST_WORD), end):
                word = run[start:end]
                (covered, fewer, use), before = best[start]
                if len(word) > 1 and not self.knows(word):
                    continue
                gain = len(word) if len(word) > 1 else 0
                choices.append(((covered + gain, fewer - 1, use + min(self.use(word), 99) * (gain > 0)), [*before, word]))
            best.append(max(choices, key=lambda choice: choice[0]))
        return best[-1][1]


@dataclass(frozen=True, slots=True)
class Term:
    """A row of the terms table. `kind`: word, synonym, keyword, name, department, stem, theme; `uses` counts the items that hold a word."""

    kind: str
    text: str
    target: str
    shown: str
    codes: tuple[str, ...]
    sound: str
    initials: str
    uses: int


def build(stamp: UUID | None, entries: Iterable[Entry], terms: Iterable[Term], readings: Iterable[tuple[str, str]]) -> Lexicon:
    """A lexicon from rows of the tables: readings are pairs of a syllable and all characters read so."""
    lexicon = Lexicon(stamp, entries={entry.code: entry for entry in entries})
    by_sound: dict[str, dict[str, int]] = {}
    by_initials: dict[str, dict[str, int]] = {}
    places: list[Place] = []
    for term in terms:
        _take(lexicon, term, places)
        if term.kind == "word" and not term.uses:
            continue
        if len(term.text) > 1 and term.sound:
            by_sound.setdefault(term.sound, {})[term.text] = max(term.uses, 1)
            by_initials.setdefault(term.initials, {})[term.text] = max(term.uses, 1)
    lexicon.places = tuple(places)
    lexicon.sounds = {sound: tuple(sorted(found, key=lambda one: (-found[one], one))[:3]) for sound, found in by_sound.items()}
    lexicon.initials = {short: tuple(sorted(found, key=lambda one: (-found[one], one))[:3]) for short, found in by_initials.items()}
    # Names and keywords in one piece: whatever stands in it is no typing error.
    lexicon.corpus = " ".join([*(entry.plain for entry in lexicon.entries.values()), *lexicon.synonyms])
    known = dict(readings)
    lexicon.syllables = frozenset(known) | {texts.flat(syllable) for syllable in known}
    lexicon.readings = {character: syllable for syllable, characters in known.items() for character in characters}
    return lexicon


def _take(lexicon: Lexicon, term: Term, places: list[Place]) -> None:
    if term.kind == "word":
        if term.uses:
            lexicon.words[term.text] = term.uses
    elif term.kind in {"synonym", "keyword"}:
        known = lexicon.synonyms.get(term.text, _NO_SYNONYM)
        strength = OWN_WORD if term.kind == "keyword" else 1.0 / max(1, len(term.codes)) ** 0.3
        codes = {
            **dict.fromkeys(term.codes, strength),
            **{code: max(old, strength) for code, old in known.codes.items() if code in term.codes},
        }
        official = known.official + ((term.target,) if term.kind == "synonym" else ())
        lexicon.synonyms[term.text] = Synonym(official, {**known.codes, **codes})
    elif term.kind != "name":
        place = Place(term.kind, term.target, term.text, term.shown, texts.flat_letters(term.sound.replace(" ", "")), term.initials)
        if term.kind == "stem":
            lexicon.stems[term.text] = place
            return
        places.append(place)
        (lexicon.departments if term.kind == "department" else lexicon.themes).setdefault(term.text, place)
