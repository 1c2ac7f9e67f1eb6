"""From a query to weighted tokens: what was meant, corrected, replaced by official words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hall.services.search import phrases
from hall.services.search import text as texts
from hall.services.search.lexicon import LONGEST_WORD, Lexicon

WORD, PAIR, SOUND, CHARACTER, ALONE, PART = 1.0, 0.45, 0.3, 0.06, 0.4, 0.4
INITIALS, DEPARTMENT, THEME, OFFICIAL, OFFICIAL_BESIDE, SYNONYM, SHARE = 1.2, 0.9, 0.3, 0.6, 0.15, 1.5, 0.3


@dataclass(slots=True)
class Meaning:
    """A query understood. `tokens` weigh index tokens, `boosts` items themselves; `words` are what was understood, for the reader.

    `corrected` is the query as it was probably meant, "" when nothing was mended; `phrases` are what to mark in names. `said` is what to
    ask the meaning process for: the mended query, pinyin as the words heard in it; "" for initials, which mean nothing by themselves.
    """

    plain: str
    said: str = ""
    tokens: dict[str, float] = field(default_factory=dict)
    boosts: dict[str, float] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    corrected: str = ""
    phrases: list[str] = field(default_factory=list)

    def weigh(self, token: str, weight: float) -> None:
        """Keep the heaviest weight of a token."""
        if weight > self.tokens.get(token, 0.0):
            self.tokens[token] = weight

    def understand(self, word: str) -> None:
        if word not in self.words:
            self.words.append(word)


def understand(query: str, lexicon: Lexicon) -> Meaning:
    """The meaning of what somebody typed; without tokens and boosts when nothing of it can be looked up."""
    meaning = Meaning(texts.plain_query(query))
    read = []
    letters: list[str] = []
    is_corrected = False
    for run in texts.runs(meaning.plain):
        if texts.is_chinese(run):
            right = correct(run, lexicon)
            read.append(right)
            _weigh_sounds(meaning, lexicon.sound(run))
            _understand_chinese(meaning, right, lexicon)
            if right != run:
                # The guess may be wrong: what was typed keeps its say.
                is_corrected = True
                _understand_chinese(meaning, run, lexicon, 0.9)
        else:
            read.append(run)
            letters += _understand_letters(meaning, run, lexicon)
    heard = _heard(letters, lexicon)
    for word in heard:
        meaning.understand(word)
        _understand_chinese(meaning, word, lexicon, 0.9)
    meaning.said = _said_of(read, heard, lexicon)
    if is_corrected:
        meaning.corrected = " ".join(read)
    return meaning


def _said_of(read: list[str], heard: list[str], lexicon: Lexicon) -> str:
    said = [run for run in read if texts.is_chinese(run)] + heard
    if not said or not heard:
        # English words mean something; pinyin that was not heard and initials do not.
        said += [run for run in read if not texts.is_chinese(run) and len(run) > 2 and not _is_sound(run, lexicon)]
    return " ".join(said)


def _is_sound(run: str, lexicon: Lexicon) -> bool:
    return run in lexicon.initials or sum(map(len, texts.split_syllables(run, lexicon.syllables))) == len(run)


def correct(run: str, lexicon: Lexicon) -> str:
    """The run with stretches that are no words replaced by the most used words that sound the same: 身分证 becomes 身份证."""
    is_known: list[bool] = []
    for word in lexicon.split(run):
        is_known += [len(word) > 1] * len(word)
    for start, end in _asking(run, lexicon):
        is_known[start:end] = [True] * (end - start)
    if all(is_known):
        return run
    sounds = lexicon.sound(run)
    for length in range(min(8, len(run)), 1, -1):
        for start in range(len(run) - length + 1):
            typed = run[start : start + length]
            found = lexicon.sounds.get(" ".join(sounds[start : start + length]), ())
            if all(is_known[start : start + length]) or not found or typed in lexicon.corpus:
                continue
            if _is_likelier(found[0], typed):
                run = run[:start] + found[0] + run[start + length :]
                is_known[start : start + length] = [True] * length
    return run


def _is_likelier(found: str, typed: str) -> bool:
    """Two characters that merely sound like a word prove little; one of them right is enough."""
    alike = sum(a == b for a, b in zip(found, typed, strict=True))
    return alike >= 1


def _weigh_sounds(meaning: Meaning, sounds: list[str], weight: float = SOUND) -> None:
    for pair in texts.pairs(sounds):
        if not pair.startswith(" ") and not pair.endswith(" "):
            meaning.weigh(f"s:{pair}", weight)


def _understand_chinese(meaning: Meaning, run: str, lexicon: Lexicon, weight: float = 1.0) -> None:
    kept = _said(run, lexicon)
    length = max(4, sum(map(len, kept)))
    for synonym in _contained(run, lexicon):
        _replace(meaning, synonym, lexicon, weight * (SHARE + (1 - SHARE) * min(1.0, len(synonym) / length)))
    if not kept or all(len(piece) == 1 and piece in phrases.GLUE for piece in kept):
        kept = [run]
    for piece in kept:
        _weigh_words(meaning, piece, lexicon, weight)
    stem = lexicon.stems.get(kept[0])
    if stem is not None and kept == [meaning.plain]:
        meaning.weigh(f"d:{stem.code}", DEPARTMENT * weight)


def _asking(run: str, lexicon: Lexicon) -> list[tuple[int, int]]:
    """Where the run only asks. Characters of a longer word stay: 所得税 holds no 得."""
    words = []
    at = 0
    for word in lexicon.split(run):
        words.append((at, at + len(word)))
        at += len(word)
    return [
        (found.start(), found.end())
        for found in phrases.ASKING.finditer(run)
        if all(end <= found.start() or start >= found.end() or (found.start() <= start and end <= found.end()) for start, end in words)
    ]


def _said(run: str, lexicon: Lexicon) -> list[str]:
    """The pieces of the run that are left without the asking."""
    pieces = []
    at = 0
    for start, end in [*_asking(run, lexicon), (len(run), len(run))]:
        if start > at:
            pieces.append(run[at:start])
        at = end
    return pieces


def _weigh_words(meaning: Meaning, piece: str, lexicon: Lexicon, weight: float, *, is_said: bool = True) -> None:
    """Tokens of a stretch of words; `is_said` when the person said them, not the catalogue for him."""
    meaning.phrases.append(piece)
    for pair in texts.pairs(piece):
        generic = 0.5 if pair in phrases.GENERIC else 1.0
        meaning.weigh(f"b:{pair}", PAIR * weight * generic)
    is_short = len(piece) == 1
    for character in piece:
        if character not in phrases.GLUE or is_short:
            meaning.weigh(f"c:{character}", weight * (WORD if is_short else CHARACTER))
    for word in lexicon.split(piece):
        if len(word) < 2:
            if word not in phrases.GLUE:
                meaning.weigh(f"c:{word}", ALONE * weight)
            continue
        place = lexicon.departments.get(word)
        if place is not None and is_said:
            meaning.weigh(f"d:{place.code}", DEPARTMENT * weight)
            meaning.understand(place.shown)
        theme = lexicon.themes.get(word)
        if theme is not None:
            meaning.weigh(f"t:{theme.code}", THEME * weight)
        if word in lexicon.words:
            meaning.weigh(f"w:{word}", WORD * weight * (0.5 if word in phrases.GENERIC else 1.0))
            meaning.phrases.append(word)
            if is_said:
                meaning.understand(word)
            for part in _parts(word, lexicon):
                meaning.phrases.append(part)
                meaning.weigh(f"w:{part}", PART * weight * (0.5 if part in phrases.GENERIC else 1.0))


def _parts(word: str, lexicon: Lexicon) -> Iterable[str]:
    for length in range(2, len(word)):
        for start in range(len(word) - length + 1):
            if word[start : start + length] in lexicon.words:
                yield word[start : start + length]


def _contained(run: str, lexicon: Lexicon) -> list[str]:
    """Synonyms that stand in the run as words of their own, those inside a longer one left out."""
    edges = {0}
    for word in lexicon.split(run):
        edges.add(max(edges) + len(word))
    taken = [False] * len(run)
    found = []
    for length in range(min(LONGEST_WORD, len(run)), 1, -1):
        for start in range(len(run) - length + 1):
            term = run[start : start + length]
            if term in lexicon.synonyms and {start, start + length} <= edges and not all(taken[start : start + length]):
                taken[start : start + length] = [True] * length
                found.append(term)
    return found


def _replace(meaning: Meaning, term: str, lexicon: Lexicon, weight: float) -> None:
    """Add the official words of a citizen's word, and lift the items that it leads to."""
    synonym = lexicon.synonyms[term]
    meaning.understand(term)
    # Where the catalogue names the items, the official words would only lift their neighbours too.
    weight_of_words = weight * (OFFICIAL_BESIDE if synonym.codes else OFFICIAL)
    for official in synonym.official:
        for run in texts.runs(texts.plain(official)):
            if texts.is_chinese(run):
                _weigh_words(meaning, run, lexicon, weight_of_words, is_said=False)
            else:
                meaning.weigh(f"w:{run}", weight_of_words)
    for code, strength in synonym.codes.items():
        meaning.boosts[code] = max(meaning.boosts.get(code, 0.0), SYNONYM * weight * strength)


def _understand_letters(meaning: Meaning, run: str, lexicon: Lexicon) -> list[str]:
    """Letters are a word of the catalogue (etc, icp), initials (sfz) or pinyin (shenfenzheng), whose flat syllables are returned."""
    meaning.weigh(f"w:{run}", WORD * 1.5)
    if run in lexicon.words:
        meaning.understand(run)
        return []
    if run in lexicon.synonyms:
        _replace(meaning, run, lexicon, 1.0)
    if len(run) == 1:
        return []
    parts = texts.split_syllables(run, lexicon.syllables)
    is_whole = sum(map(len, parts)) == len(run)
    if not (is_whole and len(run) > 3):
        meaning.weigh(f"i:{run}", INITIALS)
        for place, word in enumerate(lexicon.initials.get(run, ())):
            if not place:
                meaning.understand(word)
            _understand_chinese(meaning, word, lexicon, 0.5)
    if len(parts) == 1 and not (is_whole and len(run) > 3):
        return []
    flat = [texts.flat(part) for part in parts]
    _weigh_sounds(meaning, flat, SOUND * 1.5)
    return flat


def _heard(sounds: list[str], lexicon: Lexicon) -> list[str]:
    """The known words in a chain of syllables, longest first; single syllables say nothing."""
    found: list[str] = []
    at = 0
    while at < len(sounds):
        for end in range(min(len(sounds), at + LONGEST_WORD), at + 1, -1):
            words = lexicon.sounds.get(" ".join(sounds[at:end]))
            if words:
                found += words[:2]
                at = end
                break
        else:
            at += 1
    return found
