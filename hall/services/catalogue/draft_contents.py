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
from hall.services.catalogue.models import CertType, Item, Situation, Theme
from hall.services.catalogue.naming import Fault, faults_of
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


ALL_KNOWN = Known(Everything(), Everything(), Everything(), Everything())


def known_to(content: Mapping[str, Any]) -> Known:
    """What a draft may refer to, by code, with names. Four SQL queries."""
    related = content.get("related")
    lists = related.values() if isinstance(related, dict) else ()
    asked = {code for codes in lists if isinstance(codes, list) for code in codes if isinstance(code, str)}
    return Known(
        departments={row.code: row.name for row in identity.departments()},
        themes=dict(Theme.objects.values_list("code", "name")),
        cert_types=dict(CertType.objects.values_list("code", "name")),
        items=dict(Item.objects.filter(code__in=asked).values_list("code", "current_version__name")),
    )


def labels_of(known: Known) -> dict[str, str]:
    """What the codes stand for."""
    parts = (known.departments, known.themes, known.items, known.cert_types)
    return {code: name for part in parts if isinstance(part, dict) for code, name in part.items()}


def check(content: Mapping[str, Any], known: Known) -> Checked:
    """Check a draft as the import checks a line."""
    problems: list[Problem] = []
    line = {name: value for name, value in content.items() if name not in _BESIDE}
    record = check_item(Cells("", 0, line, problems), 0, known)
    beside = Cells("", 0, {SITUATIONS: content.get(SITUATIONS)}, problems)
    said = tuple(beside.texts(SITUATIONS, most=most(Situation, "text"), default=None))
    return Checked(record, said, tuple(faults_of(problems)))


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
