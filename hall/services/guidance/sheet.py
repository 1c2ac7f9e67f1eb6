"""办事单: what a path through a tree comes to for one person. Pure: everything it says stands in the guide or in the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from hall.services.catalogue.elements import Contact
from hall.services.catalogue.places import ImplementationRow
from hall.services.catalogue.rows import ItemCard, ItemVersionRow, MaterialRow
from hall.services.catalogue.rules import DayUnit, Necessity, OnlineDepth
from hall.services.guidance.facts import Facts, Kinds, MaterialFact
from hall.services.guidance.tree import Narrowed, Prefill, Refused, Tree, Walk, narrow, undecided


@dataclass(frozen=True, slots=True)
class Around:
    """What the catalogue says around the items of a guide, for one region. Mappings are by item code."""

    facts: Facts
    cards: tuple[ItemCard, ...]
    places: Mapping[str, ImplementationRow]
    contacts: tuple[Contact, ...]
    before: tuple[ItemCard, ...] = ()
    after: tuple[ItemCard, ...] = ()
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bring:
    """A material to bring. `is_open`: a question still to come may take it away."""

    name: str
    note: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Spare:
    """What need not be brought or done, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of the way, in order. `code` is an item's, empty for a step of handling; `is_declarable` offers the application."""

    name: str
    note: str
    takes: str
    code: str = ""
    is_declarable: bool = False


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where to go: the hall or counter with address, hours and phone, empty where nobody published them."""

    name: str
    address: str = ""
    hours: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The finished (or growing) sheet. `declarable` are codes of items that the hall takes applications for. `days` 0 is decided on the spot; `most_days` says that several items add up to at most that."""

    kind: Kinds
    code: str
    name: str
    title: str
    answers: tuple[tuple[str, str], ...]
    refused: Refused | None
    variant_names: tuple[str, ...]
    bring: tuple[Bring, ...]
    spare: tuple[Spare, ...]
    undecided: tuple[str, ...]
    skipped: tuple[Spare, ...]
    legs: tuple[Leg, ...]
    days: int
    day_unit: str
    visits: int
    fee: str
    ways: str
    places: tuple[PlaceRow, ...]
    place_notes: tuple[str, ...]
    notes: tuple[str, ...]
    contacts: tuple[Contact, ...]
    basis: tuple[str, ...]
    after: tuple[tuple[str, str], ...]
    published_at: datetime | None
    declarable: tuple[str, ...] = ()

    @property
    def takes(self) -> str:
        """The time in words."""
        return days_words(self.days, self.day_unit, is_most=self.kind == Kinds.BUNDLE)


def days_words(days: int, unit: str, *, is_most: bool = False) -> str:
    """5 个工作日; 当场办结 for none; 最多 before a sum."""
    return f"{'最多 ' if is_most else ''}{days} 个{unit}" if days else "当场办结"


def make_sheet(tree: Tree, walked: Walk, around: Around) -> Sheet:
    """The sheet of the answers so far; with open questions it says what is not decided yet."""
    facts, narrowed = around.facts, narrow(walked)
    skipped = {one.item for one in narrowed.skipped}
    versions = [version for version in facts.versions if version.code not in skipped]
    unsure = set(undecided(tree, walked))
    bring, spare = _materials(facts, narrowed, skipped, unsure)
    return Sheet(
        kind=facts.kind,
        code=facts.code,
        name=facts.name,
        title=tree.title or facts.name,
        answers=tuple((known.question.text, known.answer.text) for known in walked.known),
        refused=narrowed.refused,
        variant_names=tuple(facts.variants[ref].name for ref in narrowed.variants if ref in facts.variants),
        bring=bring,
        spare=spare
        if walked.is_done
        else tuple(one for one in spare if one.name not in {facts.materials[ref].name for ref in unsure if ref in facts.materials}),
        undecided=_open_names(facts, unsure, bring),
        skipped=tuple(Spare(facts.items.get(one.item, one.item), one.reason) for one in narrowed.skipped),
        legs=tuple(_legs(around, versions, narrowed)),
        days=_days(around, versions, narrowed),
        day_unit=DayUnit(versions[0].day_unit).label if versions else "",
        visits=sum(version.onsite_visits for version in versions),
        fee=narrowed.fee or _fee(versions),
        ways="、".join(dict.fromkeys(OnlineDepth(version.online_depth).label for version in versions)),
        places=tuple(_places(around, versions)),
        place_notes=narrowed.places,
        notes=narrowed.notes,
        contacts=around.contacts,
        basis=tuple(dict.fromkeys(basis for version in versions for basis in version.legal_basis)),
        after=tuple((card.code, card.name) for card in around.after),
        published_at=around.published_at,
        declarable=tuple(card.code for card in around.cards if card.is_declarable and card.code not in skipped),
    )


# --- materials --------------------------------------------------------------------------------------------------------------------


def _materials(facts: Facts, narrowed: Narrowed, skipped: set[str], unsure: set[str]) -> tuple[tuple[Bring, ...], tuple[Spare, ...]]:
    """What to bring and what not, equal names of a bundle once."""
    bring: dict[str, Bring] = {}
    spare: dict[str, Spare] = {}
    gone = {removed.material: removed.reason for removed in narrowed.removed}
    for fact in facts.materials.values():
        if fact.item in skipped:
            continue
        reason = _why_not(fact, narrowed, gone, facts)
        if reason is None:
            is_open = fact.ref in unsure and bring.get(fact.name, Bring("", is_open=True)).is_open
            bring[fact.name] = Bring(fact.name, material_note(fact.row), is_open)
        else:
            spare.setdefault(fact.name, Spare(fact.name, reason))
    return tuple(bring.values()), tuple(one for one in spare.values() if one.name not in bring)


def _why_not(fact: MaterialFact, narrowed: Narrowed, gone: Mapping[str, str], facts: Facts) -> str | None:
    """Why the material need not be brought; None when it must."""
    if fact.ref in gone:
        return gone[fact.ref]
    if fact.ref in narrowed.added:
        return None
    if not fact.is_base:
        return f"只在{fact.row.when}时提供" if fact.row.when else "按您的回答，不需要"
    chosen = [ref for ref in narrowed.variants if ref in facts.variants and facts.variants[ref].item == fact.item]
    if fact.variants and chosen and not set(chosen) & set(fact.variants):
        names = "、".join(facts.variants[ref].name for ref in fact.variants if ref in facts.variants)
        return f"只有“{names}”才要"
    return None


def _open_names(facts: Facts, unsure: set[str], bring: tuple[Bring, ...]) -> tuple[str, ...]:
    shown = {one.name for one in bring}
    return tuple(dict.fromkeys(fact.name for ref, fact in facts.materials.items() if ref in unsure and fact.name not in shown))


def material_note(row: MaterialRow) -> str:
    """How the material is handed in, from the catalogue: copies, form, who issues it."""
    counts = [f"{word} {number} 份" for word, number in (("原件", row.originals), ("复印件", row.copies)) if number]
    parts = ["、".join(counts), row.medium_name, f"由{row.issuer}出具" if row.issuer else "", row.guideline]
    if row.has_blank_form:
        parts.append("有空白表格")
    if row.necessity == Necessity.DEFERRABLE:
        parts.append("可以先受理、后补交")
    return "；".join(part for part in parts if part)


# --- time, cost, way --------------------------------------------------------------------------------------------------------------


def _promised(around: Around, version: ItemVersionRow) -> int:
    place = around.places.get(version.code)
    return version.promised_days if place is None or place.promised_days is None else place.promised_days


def _days(around: Around, versions: list[ItemVersionRow], narrowed: Narrowed) -> int:
    if narrowed.days is not None:
        return narrowed.days
    return sum(_promised(around, version) for version in versions)


def _fee(versions: list[ItemVersionRow]) -> str:
    charged = [version for version in versions if version.charged]
    if not charged:
        return "不收费"
    if len(versions) == 1:
        return charged[0].fee or "收费"
    return "；".join(f"{version.name}：{version.fee or '收费'}" for version in charged)


def _legs(around: Around, versions: list[ItemVersionRow], narrowed: Narrowed) -> Iterator[Leg]:
    cards = {card.code: card for card in around.cards}
    for card in around.before:
        yield Leg(card.name, f"{card.department_short} · 还没办的，先办这件", days_words(card.promised_days, card.day_unit_name), card.code)
    if around.facts.kind == Kinds.ITEM:
        for version in versions:
            unit = DayUnit(version.day_unit).label
            yield from (Leg(step.name, step.note, f"{step.days} 个{unit}" if step.days else "") for step in version.flow_steps)
        return
    for version in versions:
        card = cards[version.code]
        takes = days_words(_promised(around, version), card.day_unit_name)
        yield Leg(version.name, f"{card.department_short} · {card.online_depth_name}", takes, version.code, card.is_declarable)


def _places(around: Around, versions: list[ItemVersionRow]) -> Iterator[PlaceRow]:
    seen: set[PlaceRow] = set()
    for version in versions:
        for row in _places_of(around, version):
            if row.name and row not in seen:
                seen.add(row)
                yield row


def _places_of(around: Around, version: ItemVersionRow) -> Iterator[PlaceRow]:
    found = around.places.get(version.code)
    if found is not None and found.venue_name:
        yield PlaceRow(f"{found.venue_name}{f' {found.counter}' if found.counter else ''}", found.address, found.hours, found.phone)
        return
    for place in version.places:
        yield PlaceRow(place.name, place.address, place.hours, place.phone)


# --- carried into the application -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes into the draft of one item: values by field name, and the variant's key ("" where none was chosen)."""

    answers: dict[str, str | list[str]]
    variant: str
    shown: tuple[tuple[str, str], ...]


def carried(narrowed: Narrowed, facts: Facts, item: str) -> Carried:
    """The values that the answers give to the form of one item, and how they read."""
    answers: dict[str, str | list[str]] = {}
    shown = []
    for prefill in narrowed.prefill:
        fact = facts.fields.get(prefill.field)
        owner, name = facts.of_item(prefill.field)
        if fact is None or owner != item:
            continue
        answers[name] = list(prefill.values) if fact.is_many else prefill.values[0]
        shown.append((fact.title, _read(prefill, facts)))
    variant = next((facts.of_item(ref)[1] for ref in narrowed.variants if facts.of_item(ref)[0] == item), "")
    return Carried(answers, variant, tuple(shown))


def _read(prefill: Prefill, facts: Facts) -> str:
    titles = {option.value: option.title for option in facts.fields[prefill.field].options}
    return "、".join(titles.get(value, value) for value in prefill.values)
