"""A joint application put together: its items at their versions, one form, one list of materials, the order. Reads only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hall.services.applications import around, form_files, licences, rules
from hall.services.applications.applicants import Applicant, definition_of, locked_answers
from hall.services.applications.merging import (
    FormPart,
    MaterialPart,
    MergedForm,
    MergedMaterial,
    Saving,
    merge_forms,
    merge_materials,
    saving_of,
)
from hall.services.applications.models import JointDraft, JointDraftPart
from hall.services.applications.planning import Link, Plan, Task, make_plan
from hall.services.applications.rules import Fault
from hall.services.cases.rows import variant_name
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue import rules as catalogue_rules
from hall.services.catalogue import together
from hall.services.catalogue.queries import ItemCard, ItemVersionRow, MaterialRow
from hall.services.inspections import rules as inspections
from hall.services.inspections.rules import Asked, refusal_of
from hall.services.licences.rows import Looked
from hall.support.filestore.rows import FileRow
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.vocabulary import FILE_KEY
from hall.support.identity import protection
from hall.support.identity import queries as identity

Answers = dict[str, dict[str, Any]]  # by item, then by field


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that was asked for and cannot be part of the joint application, with the reason and the way on."""

    code: str
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Sifted:
    """Which of the wanted items can be applied for together, and which not."""

    versions: tuple[ItemVersionRow, ...]
    left_out: tuple[LeftOut, ...]


def sift(codes: Iterable[str], *, is_enterprise: bool) -> Sifted:
    """Split the items by whether this kind of applicant can apply for them online now; unknown codes are nobody's. Two SQL queries.

    Raises: TooManyTogether. Source: domain.md §3 服务对象, 网上办理深度, 状态.
    """
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > rules.MOST_TOGETHER:
        raise rules.TooManyTogether
    current = together.current_versions(wanted)
    fitting: list[ItemVersionRow] = []
    left: list[LeftOut] = []
    for card in catalogue.item_cards(wanted):
        problem = _problem(card, is_enterprise)
        if problem or card.code not in current:
            left.append(LeftOut(card.code, card.name, problem or "现在不能办。"))
        else:
            fitting.append(current[card.code])
    return Sifted(tuple(fitting), tuple(left))


def plan_of(versions: Sequence[ItemVersionRow]) -> Plan:
    """The order of these items and how long they take. One SQL query."""
    tasks = [Task(version.code, rules.working_days(version.promised_days, version.day_unit)) for version in versions]
    return make_plan(tasks, [Link(order.first, order.then) for order in together.orders_around(task.code for task in tasks)])


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a joint application."""

    version: ItemVersionRow
    variant: str
    definition: FormDefinition
    department_short: str
    department_number: int
    letter: str
    # What its form asks for as files; together with others these are materials, and `definition` is the form without them.
    form_materials: tuple[MaterialRow, ...] = ()

    @property
    def materials(self) -> tuple[MaterialRow, ...]:
        """Everything that is handed in as a file for this item and variant."""
        return (*(one for one in self.version.materials if one.belongs_to(self.variant)), *self.form_materials)

    @property
    def code(self) -> str:
        return self.version.code

    @property
    def name(self) -> str:
        return self.version.name

    @property
    def variant_name(self) -> str:
        return variant_name(self.version, self.variant)


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that a joint application consists of."""

    parts: tuple[Part, ...]
    form: MergedForm
    materials: tuple[MergedMaterial, ...]
    plan: Plan

    def part(self, code: str) -> Part:
        """The part of one item."""
        return next(part for part in self.parts if part.code == code)


def letters(number: int) -> list[str]:
    """A, B, C … for so many items; no list is longer than the alphabet."""
    return [chr(ord("A") + place) for place in range(number)]


def whole_of(applicant: Applicant, rows: Sequence[JointDraftPart]) -> Whole:
    """Put the parts of a draft together, each at the version it is pinned to. Two SQL queries, and two for each version not held yet."""
    departments = {row.code: row for row in identity.departments()}
    parts = []
    for row, letter in zip(rows, letters(len(rows)), strict=True):
        version = catalogue.item_version(row.item_version_id)
        assert version is not None
        department = departments[version.department_code]
        definition = definition_of(applicant, version)
        asked = tuple(one for one in form_files.materials_of(definition) if not _is_drawn(definition, one))
        short, number = department.short_name, department.number
        parts.append(Part(version, row.variant, definition.without_files(), short, number, letter, asked))
    plan = plan_of([part.version for part in parts])
    materials = merge_materials(
        MaterialPart(
            part.code,
            part.version.department_code,
            part.materials,
            is_waiting=bool(plan.forerunners(part.code)),
        )
        for part in parts
    )
    form = merge_forms([FormPart(part.code, part.department_short, part.definition) for part in parts])
    return Whole(tuple(parts), form, materials, plan)


def _is_drawn(definition: FormDefinition, material: MaterialRow) -> bool:
    field = definition.field(material.key.removeprefix(FILE_KEY))
    return field is not None and field.is_drawn


def parts_of(draft: JointDraft) -> list[JointDraftPart]:
    """The draft's items in their order. One SQL query."""
    return list(JointDraftPart.objects.filter(draft=draft).order_by("position"))


def outdated(rows: Sequence[JointDraftPart]) -> bool:
    """Whether an item of the draft changed, or is not handled any more. One SQL query, and two for each version not held yet."""
    current = together.current_versions(row.item_code for row in rows)
    return any(
        row.item_code not in current or current[row.item_code].version_id != row.item_version_id or not current[row.item_code].applicable
        for row in rows
    )


def stored_answers(draft: JointDraft) -> Answers:
    """The draft's answers by item."""
    return {code: dict(values) for code, values in protection.decrypt_json(bytes(draft.answers)).items()}


def answers_with_facts(applicant: Applicant, whole: Whole, stored: Mapping[str, Mapping[str, Any]]) -> Answers:
    """The stored answers of the parts, with the verified facts that nobody types put over them."""
    return {part.code: {**stored.get(part.code, {}), **locked_answers(applicant, part.definition)} for part in whole.parts}


def locked_names(applicant: Applicant, whole: Whole) -> frozenset[str]:
    """Fields of the one form that hold verified facts."""
    known = {part.code: locked_answers(applicant, part.definition) for part in whole.parts}
    return frozenset(key for key, uses in whole.form.uses.items() if any(name in known[code] for code, name in uses))


def faults_of(
    whole: Whole, answers: Mapping[str, Any], files: Iterable[tuple[str, FileRow]], today: date, held: Mapping[str, Looked]
) -> list[Fault]:
    """Everything that still keeps the whole, with these files and licences, from being handed in. `files` are (merged key, file)."""
    files = list(files)
    given = Counter(key for key, _ in files) + licences.covered_jointly(whole.materials, held, today)
    checked = whole.form.definition.check(answers, today)
    faults = [Fault(error.name, error.sentence) for error in checked.errors]
    # Whether one case of an item is enough is each item's own question; the one form belongs to no item.
    said = around.outcomes(whole.form.definition, checked.values, draft=None, item_code="", applicant_key="", today=today)
    faults += around.split(said)[0]
    wanted = [(material.key, material.name, "required" if material.is_required else "optional") for material in whole.materials]
    merged = {material.key: material for material in whole.materials}
    refused = [(key, merged[key].name, refusal_of(asked_of(merged[key], file))) for key, file in files if key in merged]
    return faults + rules.missing_materials(wanted, given) + rules.refused_files(refused)


def asked_of(material: MergedMaterial, file: FileRow, also_in: Sequence[str] = ()) -> Asked:
    """The question about one file of a document that several items share: the narrowest of their limits counts."""
    asked = inspections.asked_of(material.first, file, also_in)
    return replace(asked, accept=material.accept, max_bytes=material.max_bytes)


# --- before anybody applies: bundle pages and the basket --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """One item of a plan. `problem` says why it is not part of a joint application, "" when it is."""

    card: ItemCard
    version: ItemVersionRow
    letter: str
    problem: str


@dataclass(frozen=True, slots=True)
class Outline:
    """Several items as one matter: what to bring, in which order, how long. Suspended and abolished items are in `left_out` only."""

    items: tuple[OutlineItem, ...]
    left_out: tuple[LeftOut, ...]
    plan: Plan
    materials: tuple[MergedMaterial, ...]
    saving: Saving

    @property
    def online(self) -> tuple[OutlineItem, ...]:
        """What can be applied for together."""
        return tuple(item for item in self.items if not item.problem)

    @property
    def visits(self) -> int:
        """How often one has to come in all."""
        return sum(item.version.onsite_visits for item in self.items)

    @property
    def departments(self) -> int:
        return len({item.version.department_code for item in self.items})

    def letters(self, material: MergedMaterial) -> tuple[str, ...]:
        """The letters of the items that need a document."""
        return tuple(item.letter for item in self.items if item.card.code in material.items)


def outline(cards: Sequence[ItemCard], *, is_enterprise: bool | None = None) -> Outline:
    """Lay out these items as one matter. `is_enterprise` is for whom, None while that is open. Two SQL queries, and two for each
    version not held yet."""
    current = together.current_versions(card.code for card in cards)
    held = [card for card in cards if card.code in current]
    items = tuple(
        OutlineItem(card, current[card.code], letter, _problem(card, is_enterprise))
        for card, letter in zip(held, letters(len(held)), strict=True)
    )
    plan = plan_of([item.version for item in items])
    materials = merge_materials(
        MaterialPart(item.card.code, item.card.department_code, item.version.materials, bool(plan.forerunners(item.card.code)))
        for item in items
    )
    left = tuple(LeftOut(card.code, card.name, _problem(card, None) or "现在不能办。") for card in cards if card.code not in current)
    return Outline(items, left, plan, materials, saving_of(materials))


def _problem(card: ItemCard, is_enterprise: bool | None) -> str:
    kinds = (True, False) if is_enterprise is None else (is_enterprise,)
    found = [
        rules.why_not_together(
            status=card.status,
            status_name=catalogue_rules.ItemStatus(card.status).label,
            applicable=card.applicable,
            online_depth=card.online_depth,
            audience=card.audience,
            is_enterprise=kind,
        )
        for kind in kinds
    ]
    return "" if "" in found else found[0]
