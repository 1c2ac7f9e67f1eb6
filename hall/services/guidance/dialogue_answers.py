"""What the guided conversation says of an item, a bundle or the end of a guide: lines made of frames and of what the catalogue publishes. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from hall.services.catalogue.elements import Contact
from hall.services.catalogue.places import ImplementationRow
from hall.services.catalogue.rows import BundlePage, ItemCard, ItemPage, MaterialRow
from hall.services.catalogue.rules import ItemStatus
from hall.services.guidance import dialogue_words as words
from hall.services.guidance.dialogue_state import Choice, Clause, Line, Source, clause, entry, line
from hall.services.guidance.dialogue_words import Wish
from hall.services.guidance.facts import Kinds
from hall.services.guidance.sheet import Sheet
from hall.services.guidance.tree import Question

MOST_MATERIALS = 12
# From so many shared pairs of characters on a question of the guide is the one that was asked.
ALIKE = 0.5
# So much of what is asked for stands in one piece in the name of the material that is meant.
NAMED = 0.6
REGION_HREF = "/region?next=/ask"
_PAPERS = ("表", "申请书", "承诺书", "报告")


@dataclass(frozen=True, slots=True)
class Near:
    """An item that may be meant, with the names of its handling variants."""

    card: ItemCard
    variants: tuple[str, ...] = ()


def item_source(code: str, part: str = "") -> Source:
    """The item's page, or one part of it."""
    return Source(part or "page", f"/items/{code}{f'#{part}' if part else ''}")


# --- which item -------------------------------------------------------------------------------------------------------------------


def told_apart(near: Sequence[Near]) -> list[Clause]:
    """For each item the one fact that best tells it from the others: department, audience, variants, way, time, type."""
    facts: list[Callable[[Near], Clause]] = [
        lambda one: clause("by", one.card.department_short),
        lambda one: clause("for", "、".join(one.card.audience_names)),
        lambda one: clause("variants", "、".join(one.variants)) if one.variants else clause("kind", one.card.item_type_name),
        lambda one: clause("kind", one.card.online_depth_name),
        lambda one: clause("within", one.card.promised_days, one.card.day_unit_name) if one.card.promised_days else clause("on_the_spot"),
    ]
    best = max(facts, key=lambda fact: len({fact(one) for one in near}))  # the first of equally good ones
    return [best(one) for one in near]


def item_choices(near: Sequence[Near]) -> list[Choice]:
    """The items to choose from."""
    return [Choice(f"item:{one.card.code}", clause("name", one.card.name), note) for one, note in zip(near, told_apart(near), strict=True)]


# --- an item ----------------------------------------------------------------------------------------------------------------------


def overview(page: ItemPage) -> list[Line]:
    """How long it takes, whether one has to go, what it costs."""
    version, source = page.version, item_source(page.version.code, "guide")
    return [line(takes(_promised(page), version.day_unit_name), _visits(page), _fee(page), source=source)]


def headline(page: ItemPage) -> list[Line]:
    """What the item is called, who handles it, and whether it is handled at all now."""
    source = item_source(page.version.code)
    lines = [line(clause("item", page.version.name, page.department.name), source=source)]
    return lines if page.status == ItemStatus.PUBLISHED else [*lines, line(clause("suspended", page.status_name), source=source)]


def takes(days: int, unit: str) -> Clause:
    """The promise in words."""
    return clause("takes", days, unit) if days else clause("at_once")


def _promised(page: ItemPage) -> int:
    return page.place.promised_days if page.place else page.version.promised_days


def _visits(page: ItemPage) -> Clause:
    return clause("visits", page.version.onsite_visits) if page.version.onsite_visits else clause("no_visit")


def _fee(page: ItemPage) -> Clause:
    if not page.version.charged:
        return clause("free")
    return clause("charged", page.version.fee) if page.version.fee else clause("charged_only")


def answer(wish: str, page: ItemPage, *, about: str = "") -> list[Line]:
    """The answer to one wish, from the item's published version; `about` is the sentence, where one certain material was asked for."""
    if wish == Wish.BRING and about:
        return _one_material(page, about)
    return list(_ANSWERS[Wish(wish)](page))


def _bring(page: ItemPage) -> Iterator[Line]:
    materials, source = page.version.materials, item_source(page.version.code, "materials")
    if not materials:
        yield line(clause("no_materials"), source=source)
        return
    yield line(clause("materials", len(materials)), source=source)
    yield from _materials(materials[:MOST_MATERIALS], source)
    if len(materials) > MOST_MATERIALS:
        yield line(clause("materials_rest", len(materials) - MOST_MATERIALS), source=source)
    if any(not material.is_required for material in materials):
        yield line(clause("materials_some"), source=source)


def _materials(materials: Iterable[MaterialRow], source: Source) -> Iterator[Line]:
    for material in materials:
        parts = [clause("material", material.name)]
        if material.originals:
            parts.append(clause("originals", material.originals))
        if material.copies:
            parts.append(clause("copies", material.copies))
        if not material.originals and not material.copies:
            parts.append(clause("electronic"))
        if material.when:
            parts.append(clause("when", material.when))
        elif not material.is_required:
            parts.append(clause("not_required", material.necessity_name))
        if material.has_blank_form:
            parts.append(clause("blank_form"))
        yield entry(*parts, source=source)


def material_meant(page: ItemPage, sentence: str) -> tuple[MaterialRow, ...]:
    """The materials that a sentence names: most of what it is about stands in their names, 户口本 in 居民户口簿."""
    about = words.subject_of(sentence, is_narrow=False)
    return tuple(material for material in page.version.materials if about and _is_named(words.plain(material.name), about))


def _is_named(name: str, about: str) -> bool:
    # 户口簿补发申请表 is not the 户口簿 that somebody asks for.
    if name.endswith(_PAPERS) and not about.endswith(_PAPERS):
        return False
    longest = SequenceMatcher(None, name, about, autojunk=False).find_longest_match().size
    return longest > 1 and longest >= NAMED * len(about)


def _one_material(page: ItemPage, sentence: str) -> list[Line]:
    source, meant = item_source(page.version.code, "materials"), material_meant(page, sentence)
    if meant:
        return [line(clause("material_yes"), source=source), *_materials(meant, source)]
    if not page.version.materials:
        return [line(clause("no_materials"), source=source)]
    return [line(clause("material_no"), source=source), *_materials(page.version.materials[:MOST_MATERIALS], source)]


def _time(page: ItemPage) -> Iterator[Line]:
    version, source = page.version, item_source(page.version.code, "guide")
    unit = version.day_unit_name
    law = clause("statutory", version.statutory_days, unit) if version.statutory_days else clause("no_statutory")
    yield line(takes(_promised(page), unit), law, source=source)
    for procedure in version.special_procedures:
        yield line(clause("special", procedure.name), source=source)


def _fees(page: ItemPage) -> Iterator[Line]:
    source = item_source(page.version.code, "guide")
    yield line(_fee(page), source=source)
    for fee in page.version.fees if page.version.charged else ():
        parts = [clause("fee", fee.name, fee.standard)]
        if fee.reduction:
            parts.append(clause("fee_reduction", fee.reduction))
        yield entry(*parts, source=source)


def _where(page: ItemPage) -> Iterator[Line]:
    version, source, place = page.version, item_source(page.version.code), page.place
    yield line(clause("depth", version.online_depth_name), _visits(page), source=item_source(version.code, "guide"))
    if place is not None and place.is_below:
        yield line(clause("below"), source=Source("region", REGION_HREF))
        if place.venue_name and place.phone:
            yield line(clause("ask_venue", place.venue_name, place.phone), source=source)
    elif place is not None and place.venue_name:
        yield line(clause("place_in", place.division_name), source=source)
        yield from _venue(place, source)
    elif version.places:
        yield line(clause("place_in", page.department.short_name), source=source)
        for one in version.places:
            parts = (("place", one.name), ("address", one.address), ("hours", one.hours), ("phone", one.phone))
            yield from (entry(clause(frame, value), source=source) for frame, value in parts if value)
    else:
        yield line(clause("not_written"))
    yield from by_phone(page)


def _venue(place: ImplementationRow, source: Source) -> Iterator[Line]:
    counter = [clause("counter", place.counter)] if place.counter else []
    yield entry(clause("place", place.venue_name), *counter, source=source)
    for frame, value in (("address", place.address), ("hours", place.hours), ("phone", place.phone)):
        if value:
            yield entry(clause(frame, value), source=source)


def not_written(page: ItemPage) -> Iterator[Line]:
    """That the catalogue does not say it, and whom to ask."""
    yield line(clause("not_written"))
    yield from by_phone(page)


def by_phone(page: ItemPage) -> Iterator[Line]:
    """Whom to ring up about an item."""
    source = item_source(page.version.code)
    yield line(clause("ask_by_phone"), source=source)
    yield from contact_lines(page.consult_contacts, source)


def contact_lines(contacts: Iterable[Contact], source: Source | None = None) -> Iterator[Line]:
    """Telephone numbers and other ways to ask."""
    for contact in contacts:
        note = [clause("contact_note", contact.note)] if contact.note else []
        yield entry(clause("contact", contact.kind, contact.value), *note, source=source)


def _can(page: ItemPage) -> Iterator[Line]:
    version, source = page.version, item_source(page.version.code, "guide")
    yield line(clause("audience", "、".join(version.audience_names)), source=source)
    if not version.conditions:
        yield line(clause("no_conditions"))
        yield from by_phone(page)
        return
    yield line(clause("conditions"), source=source)
    yield from (entry(clause("condition", condition), source=source) for condition in version.conditions)
    if page.status == ItemStatus.PUBLISHED:
        yield line(clause("self_test"), source=Source("check", f"/items/{version.code}/check"))


def _apply(page: ItemPage) -> Iterator[Line]:
    source = item_source(page.version.code, "guide")
    if page.is_declarable:
        yield line(clause("declarable"), source=Source("apply", apply_href(page.version.code)))
        yield line(clause("depth", page.version.online_depth_name), _visits(page), source=source)
        return
    yield line(clause("not_declarable"), source=source)
    yield from _where(page)


def _flow(page: ItemPage) -> Iterator[Line]:
    version, source = page.version, item_source(page.version.code, "flow")
    if not version.flow_steps:
        yield from not_written(page)
        return
    yield line(clause("steps", len(version.flow_steps)), source=source)
    for step in version.flow_steps:
        known = clause("step", step.name, step.days, version.day_unit_name) if step.days else clause("step_plain", step.name)
        yield entry(known, *([clause("step_note", step.note)] if step.note else []), source=source)


def _basis(page: ItemPage) -> Iterator[Line]:
    source = item_source(page.version.code, "guide")
    if not page.version.legal_basis:
        yield from not_written(page)
        return
    yield line(clause("basis"), source=source)
    yield from (entry(clause("basis_one", basis), source=source) for basis in page.version.legal_basis)


_ANSWERS: Mapping[Wish, Callable[[ItemPage], Iterable[Line]]] = {
    Wish.BRING: _bring,
    Wish.TIME: _time,
    Wish.FEE: _fees,
    Wish.PLACE: _where,
    Wish.CAN: _can,
    Wish.APPLY: _apply,
    Wish.FLOW: _flow,
    Wish.BASIS: _basis,
    Wish.AMOUNT: not_written,
}


def apply_href(code: str) -> str:
    """Where the application begins."""
    return f"/my/applications/new?item={code}"


def faq_lines(page: ItemPage, sentence: str) -> list[Line]:
    """The question of the guide that was asked, with its answer; empty when none is like it."""
    source = item_source(page.version.code, "guide")
    alike = [(words.likeness(faq.question, sentence), faq) for faq in page.version.faqs]
    best = max(alike, key=lambda pair: pair[0], default=None)
    if best is None or best[0] < ALIKE:
        return []
    return [line(clause("faq_question", best[1].question), source=source), line(clause("faq_answer", best[1].answer), source=source)]


# --- a bundle ---------------------------------------------------------------------------------------------------------------------


def bundle_lines(page: BundlePage) -> list[Line]:
    """What is in it, and how many materials are left."""
    bundle, source = page.bundle, Source("bundle", f"/bundles/{page.bundle.code}")
    return [
        line(clause("bundle", bundle.name, len(page.cards)), source=source),
        *(entry(clause("bundle_item", card.name, card.department_short), source=item_source(card.code)) for card in page.cards),
        line(clause("bundle_materials", bundle.materials_distinct, bundle.materials_total), source=source),
    ]


# --- a guide ----------------------------------------------------------------------------------------------------------------------


def guide_href(kind: str, code: str) -> str:
    """The guide's own pages."""
    return f"/{'items' if kind == Kinds.ITEM else 'bundles'}/{code}/guide"


def question_lines(question: Question, kind: str, code: str) -> list[Line]:
    """One question of the guide."""
    source = Source("tree", guide_href(kind, code))
    lines = [line(clause("question", question.text), source=source)]
    return [*lines, line(clause("question_help", question.help), source=source)] if question.help else lines


def question_choices(question: Question) -> list[Choice]:
    """Its answers."""
    return [
        Choice(f"answer:{question.key}={one.key}", clause("answer", one.text), clause("answer_help", one.help) if one.help else None)
        for one in question.answers
    ]


def sheet_lines(sheet: Sheet, href: str) -> list[Line]:
    """What the answers come to, in short; the whole stands on the sheet."""
    source = Source("sheet", href)
    if sheet.refused:
        parts = [clause("guide_refused", sheet.refused.reason)]
        return [line(*parts, source=source), line(clause("guide_instead", sheet.refused.instead), source=source)]
    lines = [line(clause("guide_done"), takes(sheet.days, sheet.day_unit), source=source)] if sheet.kind == Kinds.ITEM else []
    if sheet.kind == Kinds.BUNDLE:
        lines += [line(clause("guide_done"), clause("guide_items", len(sheet.legs)), source=source)]
        lines += [entry(clause("name", leg.name), source=source) for leg in sheet.legs]
        lines += [line(clause("guide_skip", one.name), source=source) for one in sheet.skipped]
    if sheet.bring:
        lines.append(line(clause("guide_bring", len(sheet.bring)), source=source))
        lines += [entry(clause("material", one.name), source=source) for one in sheet.bring[:MOST_MATERIALS]]
        if len(sheet.bring) > MOST_MATERIALS:
            lines.append(line(clause("materials_rest", len(sheet.bring) - MOST_MATERIALS), source=source))
    else:
        lines.append(line(clause("no_materials"), source=source))
    lines += [line(clause("guide_spare", one.name), source=source) for one in sheet.spare[:MOST_MATERIALS]]
    if sheet.kind == Kinds.ITEM:
        lines.append(line(clause("guide_fee", sheet.fee), source=source))
    return lines + [line(clause("guide_note", note), source=source) for note in (*sheet.place_notes, *sheet.notes)]
