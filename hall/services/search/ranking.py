"""From scores to a page: what the name itself adds, filters and their counts, where the tail is cut, why a hit is a hit. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from hall.services.catalogue.rules import OnlineDepth
from hall.services.search import rules
from hall.services.search.analysis import Meaning
from hall.services.search.lexicon import Entry, Lexicon
from hall.services.search.meaning import Nearness
from hall.services.search.rows import Facet, Part

ONLINE = frozenset({OnlineDepth.PRELIM.value, OnlineDepth.FULL.value})
Scored = tuple[int, Entry]
_UNIT = 1000
_OFFSET = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor narrowed by; None where nothing was chosen. `is_online` asks for items that can be applied for online."""

    audience: str | None = None
    department: str | None = None
    theme: str | None = None
    item_type: str | None = None
    depth: str | None = None
    region: str | None = None
    is_online: bool | None = None
    is_bookable: bool | None = None
    is_free: bool | None = None

    @property
    def is_any(self) -> bool:
        return self != Filters()

    def tests(self) -> dict[str, Callable[[Entry], bool]]:
        """One test for each filter that is set, by the filter's name."""
        possible: dict[str, Callable[[Entry], bool]] = {
            "audience": lambda entry: self.audience in entry.audience,
            "department": lambda entry: self.department == entry.department_code,
            "theme": lambda entry: self.theme in entry.themes,
            "item_type": lambda entry: self.item_type == entry.item_type,
            "depth": lambda entry: self.depth == entry.online_depth,
            "region": lambda entry: self.region == entry.region_scope,
            "is_online": lambda entry: self.is_online == (entry.online_depth in ONLINE),
            "is_bookable": lambda entry: self.is_bookable == entry.is_bookable,
            "is_free": lambda entry: self.is_free == entry.is_free,
        }
        return {name: test for name, test in possible.items() if getattr(self, name) is not None}


def scored(scores: Mapping[str, float], meaning: Meaning, lexicon: Lexicon) -> list[Scored]:
    """Items that share words with the query, best first, ties by code. The name that was typed stands first."""
    typed = {meaning.plain.replace(" ", ""), meaning.corrected.replace(" ", "")} - {""}
    found = []
    for code, score in scores.items():
        entry = lexicon.entries.get(code)
        if entry is not None:
            found.append((round(_with_name(score, entry.plain, typed) * _UNIT), entry))
    found.sort(key=lambda one: (-one[0], one[1].code))
    return found


def _kept(found: Sequence[Scored], meaning: Meaning, lexicon: Lexicon) -> list[Scored]:
    """The hits by words that mean something: those far behind the best only share a character or two.

    Below a good part of what one rare word in a name is worth nothing was really found.
    """
    # A single character asks for whatever holds it, a department or theme for all that is in it.
    is_wide = len(meaning.plain) < 2 or any(token.startswith(("d:", "t:")) for token in meaning.tokens)
    floor = 0 if is_wide else math.log(1 + len(lexicon.entries)) * rules.FLOOR * _UNIT
    least = max(found[0][0] * rules.TAIL, floor) if found else 0
    return [one for one in found if one[0] >= least]


def together(found: Sequence[Scored], near: Mapping[str, Nearness], meaning: Meaning, lexicon: Lexicon) -> list[Scored]:
    """Hits by words and by meaning, best first; by words alone where the meaning process did not answer.

    Scores are standardised over all items and added with the weights of `rules`; a hit is what stands among the kept hits by words, or
    comes near enough by its meaning and is not far behind the best.
    """
    kept = _kept(found, meaning, lexicon)
    if not near:
        return kept
    words = _standardised(found, len(lexicon.entries))
    least = min(one.score for one in near.values())
    nothing = words[""]
    entries = {entry.code: entry for _, entry in found}
    entries |= {code: lexicon.entries[code] for code in near if code in lexicon.entries}
    total = {code: rules.WORDS * words.get(code, nothing) + (near[code].score if code in near else least) for code in entries}
    best = max(total.values())
    is_kept = {entry.code for _, entry in kept}
    floor = _least_near(near)
    meant = [code for code, one in near.items() if code in total and one.score >= floor and one.likeness >= rules.LEAST_LIKENESS]
    meant = [code for code in meant if total[code] > best - rules.BEHIND]
    is_kept |= set(sorted(meant, key=lambda code: (-total[code], code))[: rules.MOST_BY_MEANING])
    # Scores may be negative; a cursor holds whole numbers that are not.
    hits = [(max(0, round((total[code] + _OFFSET) * _UNIT)), entries[code]) for code in is_kept]
    return sorted(hits, key=lambda one: (-one[0], one[1].code))


def _least_near(near: Mapping[str, Nearness]) -> float:
    """From which nearness on an item is a hit: where something was clearly meant its neighbours may be what was meant, too."""
    best = max((one.score for one in near.values() if one.likeness >= rules.LEAST_LIKENESS), default=0.0)
    return max(rules.LEAST_BESIDE, rules.SHARE_OF_NEAREST * best) if best >= rules.LEAST_NEAR else rules.LEAST_NEAR


def _standardised(found: Sequence[Scored], items: int) -> dict[str, float]:
    """Square roots of scores by words in standard deviations from the mean over all items; "" holds the value of an item without one."""
    roots = {entry.code: math.sqrt(score) for score, entry in found}
    mean = sum(roots.values()) / max(1, items)
    spread = math.sqrt(max(0.0, sum(root * root for root in roots.values()) / max(1, items) - mean * mean)) + 1e-6
    return {code: (root - mean) / spread for code, root in roots.items()} | {"": -mean / spread}


def _with_name(score: float, name: str, typed: set[str]) -> float:
    if name in typed:
        return score * 2 + 100
    best = 1.0
    for query in typed:
        if len(query) > 1 and name.startswith(query):
            best = max(best, 1.1 + 0.2 * len(query) / len(name))
        elif len(query) > 2 and query in name:
            best = max(best, 1.0 + 0.2 * len(query) / len(name))
    return score * best


def sifted(hits: Iterable[Scored], filters: Filters) -> tuple[list[Scored], dict[str, list[Scored]]]:
    """The hits that pass every filter, and by filter those that it alone keeps out: each facet counts both."""
    tests = list(filters.tests().items())
    passing: list[Scored] = []
    almost: dict[str, list[Scored]] = {name: [] for name, _ in tests}
    for hit in hits:
        failed = [name for name, test in tests if not test(hit[1])]
        if not failed:
            passing.append(hit)
        elif len(failed) == 1:
            almost[failed[0]].append(hit)
    return passing, almost


def counted(values: Iterable[str], names: Mapping[str, str]) -> tuple[Facet, ...]:
    """Values by how often they occur, most first."""
    counts = Counter(values)
    return tuple(Facet(code, names.get(code, code), count) for code, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def marked(name: str, phrases: Iterable[str]) -> tuple[Part, ...]:
    """The name in stretches, those that are one of the phrases marked."""
    shape = "".join(one if len(one := normalize("NFKC", character).lower()) == 1 else character for character in name)
    flags = [False] * len(name)
    for phrase in {phrase for phrase in phrases if len(phrase) > 1}:
        at = shape.find(phrase)
        while at >= 0:
            flags[at : at + len(phrase)] = [True] * len(phrase)
            at = shape.find(phrase, at + 1)
    parts: list[Part] = []
    for character, is_match in zip(name, flags, strict=True):
        if parts and parts[-1].is_match == is_match:
            parts[-1] = Part(parts[-1].text + character, is_match)
        else:
            parts.append(Part(character, is_match))
    return tuple(parts)


def reasons(entry: Entry, meaning: Meaning, lexicon: Lexicon, *, phrase: str = "") -> tuple[str, ...]:
    """Why an item was found, in short sentences for people, three at most; `phrase` is what people say of it that comes nearest."""
    found: list[str] = []
    if entry.plain == meaning.plain.replace(" ", ""):
        found.append("与事项名称一致")
    elif words := [word for word in meaning.words if word in entry.plain]:
        found.append("名称里有" + "、".join(f"“{word}”" for word in words[:3]))
    for word in meaning.words:
        synonym = lexicon.synonyms.get(word)
        if synonym and entry.code in synonym.codes and word not in entry.plain:
            found.append(f"大家也叫它“{word}”")
            break
    else:
        if phrase and phrase != entry.name and not found:
            found.append(f"有人这样说：“{phrase}”")
    if f"d:{entry.department_code}" in meaning.tokens:
        found.append("由这个部门办理")
    if not found:
        found.append("名称或常用说法相近")
    return tuple(found[:3])
