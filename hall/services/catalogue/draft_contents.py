"""What a draft holds and what the import's checks say of it: a line of items.jsonl, `situations`, and `began_from`."""

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hall.services.catalogue import rules
from hall.services.catalogue.intake.batch import most
from hall.services.catalogue.intake.cells import Cells
from hall.services.catalogue.intake.items import ItemRecord, Known, check_item
from hall.services.catalogue.models import CertType, Situation, Theme
from hall.services.catalogue.naming import Fault, faults_of
from hall.services.catalogue.relation_checks import known_items, walked
from hall.services.catalogue.relation_rules import Edge, KnownItem, ProblemKind, check_relations
from hall.services.catalogue.report import Problem
from hall.support.identity import queries as identity

SITUATIONS, BEGAN_FROM = "situations", "began_from"
_BESIDE = frozenset({SITUATIONS, BEGAN_FROM})
_LINKS = ("themes", "keywords", SITUATIONS)
# PostgreSQL refuses NUL in JSON, and half a surrogate pair breaks every page that shows it.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Checked:
    """The record that a draft's content makes; usable only without faults."""

    record: ItemRecord
    situations: tuple[str, ...]
    faults: tuple[Fault, ...] = field(default=())

    def says_the_same(self, other: "Checked") -> bool:
        """Whether publishing either would make the same item."""
        return self._whole == other._whole

    @property
    def _whole(self) -> tuple[Any, ...]:
        return (self.record.digest, self.record.themes, self.record.keywords, sorted(self.record.relations), self.situations)

    @property
    def declarable_audience(self) -> tuple[str, ...]:
        """Who fills in a form for the item online; nobody where it cannot be declared."""
        content = self.record.content
        is_declared = content["applicable"] and content["online_depth"] in rules.DECLARABLE_DEPTHS
        return tuple(content["audience"]) if is_declared else ()

    def with_forms(self, forms: Mapping[str, Any]) -> ItemRecord:
        """The record with the forms that its version freezes too."""
        return dataclasses.replace(self.record, form_schemas=forms)


def skeleton(code: str, name: str, department: str) -> dict[str, Any]:
    """A new item with the answers that most items give; the rest is for the department to write."""
    return {
        "code": code,
        "name": name,
        "type": rules.ItemType.PUBLIC_SERVICE.value,
        "dept_code": department,
        "levels": [rules.Level.PROVINCE.value],
        "audience": [rules.Audience.PERSON.value],
        "handling_type": rules.HandlingType.PROMISE.value,
        "day_unit": rules.DayUnit.WORKING.value,
        "online_depth": rules.OnlineDepth.INFO.value,
        "onsite_visits": 1,
        "applicable": True,
        "charged": False,
        "region_scope": rules.RegionScope.LOCAL.value,
        "legal_basis": [],
        "conditions": [],
        "materials": [],
        "themes": [],
        "keywords": [],
        SITUATIONS: [],
        "related": {},
    }


class Everything(Collection[str]):
    """Holds every code: for looking at a draft without asking what is there."""

    def __contains__(self, code: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a draft stands among: what it may refer to, what codes stand for, and how its relations go with those of others."""

    known: Known
    labels: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def labels_of(self, codes: Collection[str]) -> dict[str, str]:
        """All codes of one kind with their names."""
        return {code: self.labels.get(code, code) for code in codes}


ALL_KNOWN = Surroundings(Known(Everything(), Everything(), Everything(), Everything()))


def around(content: Mapping[str, Any]) -> Surroundings:
    """What the catalogue knows of everything that the draft names. Five SQL queries, three for a draft without relations."""
    departments = {row.code: row.name for row in identity.departments()}
    themes = dict(Theme.objects.values_list("code", "name"))
    cert_types = dict(CertType.objects.values_list("code", "name"))
    items, faults = _related(str(content.get("code") or ""), str(content.get("name") or ""), _relations(content.get("related")))
    return Surroundings(Known(departments, themes, cert_types, items), {**cert_types, **themes, **departments, **items}, faults)


def _relations(related: Any) -> dict[str, list[str]]:
    lists = related if isinstance(related, dict) else {}
    found = {kind.value: lists.get(kind.value) for kind in rules.RelationKind}
    return {kind: [one for one in codes if isinstance(one, str)] for kind, codes in found.items() if isinstance(codes, list)}


def _related(code: str, name: str, related: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """The names of the items in question, and what is wrong with the relations beyond what a single line shows."""
    new = [Edge(code, kind, other) for kind, others in related.items() for other in others]
    if not new:
        return {}, ()
    edges = [edge for edge in walked({code, *(edge.to_item for edge in new)}) if edge.item != code]
    items = known_items({end for edge in (*edges, *new) for end in (edge.item, edge.to_item)})
    names = {one: item.name for one, item in items.items()}
    items[code] = KnownItem(name or code)
    problems = check_relations(edges, items=items, new=new)
    told = [problem for problem in problems if problem.kind not in {ProblemKind.SELF, ProblemKind.UNKNOWN}]
    own = [(next((edge.kind for edge in problem.edges if edge.item == code), new[0].kind), problem.sentence) for problem in told]
    return names, tuple(Fault(f"related.{kind}", sentence) for kind, sentence in own)


def check(content: Mapping[str, Any], surroundings: Surroundings) -> Checked:
    """Check a draft as the import checks a line, and its relations as the console does."""
    problems: list[Problem] = []
    line = {name: value for name, value in content.items() if name not in _BESIDE}
    record = check_item(Cells("", 0, line, problems), 0, surroundings.known)
    beside = Cells("", 0, {SITUATIONS: content.get(SITUATIONS)}, problems)
    said = tuple(beside.texts(SITUATIONS, most=most(Situation, "text"), default=None))
    return Checked(record, said, (*faults_of(problems), *surroundings.faults))


def merged(began_from: Mapping[str, Any], mine: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The links to publish: what the draft changed since it began, upon what others changed in the meantime (in the shape of a line)."""
    links: dict[str, Any] = {name: _merged(began_from.get(name), mine.get(name), present.get(name)) for name in _LINKS}
    links["related"] = {
        kind.value: _merged(*((part.get("related") or {}).get(kind.value) for part in (began_from, mine, present)))
        for kind in rules.RelationKind
    }
    return links


def _merged(began_from: Iterable[str] | None, mine: Iterable[str] | None, present: Iterable[str] | None) -> list[str]:
    base, own, theirs = (list(part or ()) for part in (began_from, mine, present))
    if theirs == base:
        return own
    gone = set(base) - set(own)
    return [one for one in theirs if one not in gone] + [one for one in own if one not in base and one not in theirs]


def objects_in(content: Mapping[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """The members of a list that are objects, each with its place: a draft may hold anything."""
    members = content.get(name)
    return [(place, one) for place, one in enumerate(members) if isinstance(one, dict)] if isinstance(members, list) else []


def named_files(content: Mapping[str, Any]) -> set[str]:
    """The stored files that the materials of a draft name."""
    return {str(one[name]) for _, one in objects_in(content, "materials") for name in ("blank_form_id", "sample_id") if one.get(name)}


def storable(value: Value) -> Value:
    """The same without signs that the database cannot hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)  # type: ignore[return-value]
    if isinstance(value, Mapping):
        return {storable(name): storable(part) for name, part in value.items()}  # type: ignore[return-value]
    if isinstance(value, Sequence):
        return [storable(part) for part in value]  # type: ignore[return-value]
    return value
