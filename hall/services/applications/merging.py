"""One form and one list of materials for several items (一件事): what they have in common is asked for once (domain.md §3). Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hall.services.cases.joining import may_come_from_forerunner
from hall.services.catalogue.rows import MaterialRow
from hall.services.materials.rules import grade_needed, same_name
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.fields import Condition, Field, Section
from hall.support.formrules.vocabulary import Kind

TITLE = "一件事申请表"
# Papers addressed to one department: the same name at another one is another paper.
_ADDRESSED = frozenset({"form", "promise"})
_STRENGTH = ("optional", "conditional", "deferrable", "required")


@dataclass(frozen=True, slots=True)
class FormPart:
    """One item's form, and the short name of its department."""

    code: str
    department: str
    definition: FormDefinition


@dataclass(frozen=True, slots=True)
class MergedForm:
    """The one form. `uses` names for each of its fields the items' own fields that it answers, as (item, field name)."""

    definition: FormDefinition
    uses: Mapping[str, tuple[tuple[str, str], ...]]

    def items_of(self, key: str) -> tuple[str, ...]:
        """The codes of the items that use this field."""
        return tuple(code for code, _ in self.uses[key])

    def gathered(self, by_item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The one form's values out of those of the items: of each field the first that is there."""
        found: dict[str, Any] = {}
        for key, uses in self.uses.items():
            for code, name in uses:
                value = by_item.get(code, {}).get(name)
                if value not in (None, "", []):
                    found[key] = value
                    break
        return found

    def spread(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The items' own values, by item, out of those of the one form."""
        found: dict[str, dict[str, Any]] = {code: {} for uses in self.uses.values() for code, _ in uses}
        for key, uses in self.uses.items():
            if key in values:
                for code, name in uses:
                    found[code][name] = values[key]
        return found


@dataclass(frozen=True, slots=True)
class _Question:
    """One question of the one form: the same field of one item or more."""

    field: Field
    uses: tuple[tuple[str, str], ...]
    section: Section
    department: str

    @property
    def is_promise(self) -> bool:
        return self.field.kind is Kind.PROMISE


def _meaning(field: Field, definition: FormDefinition) -> tuple[Any, ...]:
    """What makes two fields the same question: name, words and every rule; not whether it must be answered, nor its hint."""

    def looked_at(name: str) -> tuple[Any, ...]:
        other = definition.field(name.partition(".")[0])
        return (_meaning(other, definition) if other is not None else (), name.partition(".")[2])

    conditions = tuple(
        (condition.is_any, tuple((look.op, look.values, look.limit, looked_at(look.field)) for look in condition.looks))
        for condition in field.conditions
    )
    made = (field.compute.operation, field.compute.is_money, tuple(looked_at(name) for name in field.compute.of)) if field.compute else ()
    rules = (field.kind, field.rule, field.options, field.prefill, field.is_locked, field.unit, field.is_whole, field.columns)
    limits = (field.min_length, field.max_length, field.minimum, field.maximum, field.min_items, field.max_items)
    return (field.name, field.title, *rules, *limits, conditions, made)


def _needs(field: Field) -> set[str]:
    """The fields that have to stand before this one."""
    found = {name for condition in field.conditions for name in condition.fields}
    return found | ({name.partition(".")[0] for name in field.compute.of} if field.compute else set())


def merge_forms(parts: Sequence[FormPart]) -> MergedForm:
    """One form for all: a question that several items ask with the same words and rules stands in it once.

    What is common comes first, then each department's own, promises last. A field is required where one of its items requires it.
    Source: §5.4 一件事, one merged form.
    """
    found: dict[tuple[Any, ...], _Question] = {}
    keys: dict[tuple[Any, ...], str] = {}
    names: dict[str, int] = {}
    for part in parts:
        for section in part.definition.sections:
            for field in section.fields:
                meaning = _meaning(field, part.definition)
                before = found.get(meaning)
                if before is None:
                    names[field.name] = names.get(field.name, 0) + 1
                    keys[meaning] = field.name if names[field.name] == 1 else f"{field.name}__{names[field.name]}"
                    key = keys[meaning]
                    renamed = replace(_renamed(field, part.definition, keys), name=key)
                    found[meaning] = _Question(renamed, ((part.code, field.name),), section, part.department)
                else:
                    joined = replace(
                        before.field,
                        is_required=before.field.is_required or field.is_required,
                        hint=before.field.hint or field.hint,
                        is_from_last=before.field.is_from_last or field.is_from_last,
                    )
                    found[meaning] = replace(before, field=joined, uses=(*before.uses, (part.code, field.name)))
    questions = list(found.values())
    sections = _sections(questions, is_one=len(parts) == 1)
    checks = dict.fromkeys(
        replace(check, fields=tuple(_key_of(name, part.definition, keys) for name in check.fields))
        for part in parts
        for check in part.definition.checks
    )
    definition = FormDefinition(TITLE, "", sections, tuple(checks))
    return MergedForm(definition, {question.field.name: question.uses for question in questions})


def _key_of(name: str, definition: FormDefinition, keys: Mapping[tuple[Any, ...], str]) -> str:
    """The name in the one form of a field, or of a column of a table, of one item's form."""
    top, dot, column = name.partition(".")
    field = definition.field(top)
    return (keys[_meaning(field, definition)] if field is not None else top) + dot + column


def _renamed(field: Field, definition: FormDefinition, keys: Mapping[tuple[Any, ...], str]) -> Field:
    """The field looking at the one form's names. What it looks at stands before it in its form, so it has its name here already."""

    def moved(condition: Condition | None) -> Condition | None:
        if condition is None:
            return None
        return replace(condition, looks=tuple(replace(look, field=_key_of(look.field, definition, keys)) for look in condition.looks))

    compute = field.compute and replace(field.compute, of=tuple(_key_of(name, definition, keys) for name in field.compute.of))
    return replace(field, shown_when=moved(field.shown_when), required_when=moved(field.required_when), compute=compute)


def _sections(questions: Sequence[_Question], *, is_one: bool) -> tuple[Section, ...]:
    drafted: dict[tuple[int, str, str], tuple[str, list[Field]]] = {}
    departments = {department: place for place, department in enumerate(dict.fromkeys(question.department for question in questions))}
    for question in questions:
        is_common = is_one or len(question.uses) > 1
        owner = "" if is_common or question.is_promise else question.department
        rank = len(departments) + 1 if question.is_promise else (0 if is_common else departments[question.department] + 1)
        title = f"{owner}：{question.section.title}" if owner else question.section.title
        note = question.section.note if is_common else ""
        drafted.setdefault((rank, owner, title), (note, []))[1].append(question.field)
    ordered = [Section(title, note, tuple(fields)) for (_, _, title), (note, fields) in sorted(drafted.items(), key=lambda row: row[0][0])]
    return _in_order_of_conditions(ordered)


def _in_order_of_conditions(sections: Sequence[Section]) -> tuple[Section, ...]:
    """A field never stands before the one that decides whether it is asked."""
    placed: set[str] = set()
    done: list[Section] = []
    rest = list(sections)
    while rest:
        late: list[Section] = []
        for section in rest:
            now: list[Field] = []
            for field in section.fields:
                if _needs(field) <= placed:
                    placed.add(field.name)
                    now.append(field)
            left = tuple(field for field in section.fields if field.name not in placed)
            if now:
                done.append(replace(section, fields=tuple(now)))
            if left:
                late.append(replace(section, fields=left))
        if late == rest:  # only a form with a condition on nothing ends here
            return (*done, *late)
        rest = late
    return tuple(done)


# --- materials --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MaterialPart:
    """One item's materials, narrowed to its variant. `is_waiting`: it starts only when a forerunner among the items is granted."""

    code: str
    department: str
    materials: tuple[MaterialRow, ...]
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class MergedMaterial:
    """One document, given once. `key` stays the same whichever items are chosen; `uses` are (item, its own material's key).

    `accept`, `max_mb` and `trust_grade` suit every item. `is_from_forerunner`: nobody can have it yet, an item before brings it about.
    """

    key: str
    first: MaterialRow
    necessity: str
    accept: tuple[str, ...]
    max_mb: int
    uses: tuple[tuple[str, str], ...]
    is_from_forerunner: bool
    trust_grade: str = ""

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def is_required(self) -> bool:
        """Whether the application cannot be handed in without it."""
        return self.necessity == "required" and not self.is_from_forerunner

    @property
    def max_bytes(self) -> int:
        return self.max_mb * 1024 * 1024

    @property
    def items(self) -> tuple[str, ...]:
        """The codes of the items that need it."""
        return tuple(code for code, _ in self.uses)


def _identity(material: MaterialRow, department: str) -> tuple[str, ...]:
    if material.cert_type:
        return ("cert", material.cert_type)
    if material.kind in _ADDRESSED:
        return (material.kind, department, same_name(material.name))
    return (material.kind, same_name(material.name))


def _key(*words: object) -> str:
    return "m" + hashlib.sha256("|".join(map(str, words)).encode()).hexdigest()[:15]


def merge_materials(parts: Iterable[MaterialPart]) -> tuple[MergedMaterial, ...]:
    """One list: documents of the same licence type, or of the same kind and name, stand in it once; what one must give comes first, and of it
    what most items need.

    Two of a kind within one item (both parents' papers) stay two. Source: §5.4 一件事, one merged material list.
    """
    found: dict[str, MergedMaterial] = {}
    for part in parts:
        taken: set[str] = set()
        for material in part.materials:
            identity = _identity(material, part.department)
            key = next(key for number in range(1, 1000) if (key := _key(*identity, number)) not in taken)
            if key in found and not set(found[key].accept) & set(material.accept):
                key = _key(*identity, part.code, material.key)  # no file would suit both
            taken.add(key)
            found[key] = _joined(found.get(key), key, part, material)
    return tuple(
        sorted(found.values(), key=lambda material: (material.necessity != "required", not material.is_required, -len(material.uses)))
    )


def _joined(before: MergedMaterial | None, key: str, part: MaterialPart, material: MaterialRow) -> MergedMaterial:
    use, from_forerunner = (part.code, material.key), part.is_waiting and may_come_from_forerunner(material)
    if before is None:
        return MergedMaterial(
            key, material, material.necessity, material.accept, material.max_mb, (use,), from_forerunner, material.trust_grade
        )
    # Only what every item that must have it can wait for, may be left out at first.
    must = [
        is_late
        for is_must, is_late in ((before.necessity == "required", before.is_from_forerunner), (material.is_required, from_forerunner))
        if is_must
    ]
    return replace(
        before,
        necessity=max(before.necessity, material.necessity, key=_STRENGTH.index),
        accept=tuple(word for word in before.accept if word in material.accept),
        max_mb=min(before.max_mb, material.max_mb),
        uses=(*before.uses, use),
        is_from_forerunner=all(must) if must else before.is_from_forerunner and from_forerunner,
        trust_grade=_stricter((before.first, before.trust_grade), (material, material.trust_grade)),
    )


def _stricter(*said: tuple[MaterialRow, str]) -> str:
    """The better of the grades that they need; "" where no department said anything."""
    if not any(grade for _, grade in said):
        return ""
    return min(grade_needed(material.kind, material.name, grade).value for material, grade in said)


@dataclass(frozen=True, slots=True)
class Saving:
    """The arithmetic of the merged list: `total` − `repeated` − `not_always` = `to_prepare`."""

    total: int
    repeated: int
    not_always: int
    to_prepare: int


def saving_of(materials: Sequence[MergedMaterial]) -> Saving:
    """How much less there is to prepare when everything is done together."""
    total, to_prepare = sum(len(material.uses) for material in materials), sum(material.is_required for material in materials)
    return Saving(total, total - len(materials), len(materials) - to_prepare, to_prepare)
