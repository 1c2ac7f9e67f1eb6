"""空白表格和示例样表: which materials have one, given by the department or made from the item's own application form (§5.1)."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from hall.services.catalogue import rules
from hall.services.catalogue.card_forms import FORM_KIND
from hall.services.catalogue.models import Item
from hall.services.catalogue.queries import item_version
from hall.services.catalogue.rows import ItemVersionRow, MaterialRow
from hall.support.documents.blank_contents import BlankField, BlankFormContent, BlankOption, BlankSection
from hall.support.formrules.answering import TableText, shown_answer
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.examples import example_values
from hall.support.formrules.fields import Field, Section
from hall.support.formrules.values import input_texts
from hall.support.formrules.vocabulary import Kind
from hall.support.identity import queries as identity

_BOXES = {"id_number": 18, "uscc": 18, "mobile": 11}
_LONG = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """What an item's page shows now: its version, and the day it was published."""

    version: ItemVersionRow
    published_on: date


@dataclass(frozen=True, slots=True)
class Papers:
    """What can be downloaded for one material: for each audience a name and a word for the address; an uploaded file has one for all."""

    blanks: tuple[tuple[str, str], ...] = ()
    samples: tuple[tuple[str, str], ...] = ()


def shown_version(code: str) -> Shown | None:
    """The version on the item's page, also of a suspended or abolished item; None for an unknown one. Three SQL queries, one while it is kept."""
    item = Item.objects.filter(code=code, current_version__isnull=False)
    found = item.values_list("current_version_id", "current_version__published_at").first()
    version = item_version(found[0]) if found and found[0] else None
    return Shown(version, timezone.localdate(found[1])) if version is not None and found and found[1] else None


def own_form(version: ItemVersionRow) -> MaterialRow | None:
    """The material that is the item's own application form; None where there is none, or nothing to fill in online."""
    if not version.form_schemas:
        return None
    return next((material for material in version.materials if material.kind == FORM_KIND), None)


def papers_of(version: ItemVersionRow, on: date) -> dict[str, Papers]:
    """What can be downloaded, by material key; materials with nothing are left out. No SQL."""
    form = own_form(version)
    found = {}
    for material in version.materials:
        made = _audiences(version) if material is form else ()
        samples = [one for one in made if example_values(_definition(version, one[1]), on) is not None]
        papers = Papers(
            blanks=(("", ""),) if material.blank_form_id else made,
            samples=(("", ""),) if material.sample_id else tuple(samples),
        )
        if papers.blanks or papers.samples:
            found[material.key] = papers
    return found


def first_audience(version: ItemVersionRow) -> str:
    """Whose form is meant where nobody says; empty without any."""
    return next((audience for _, audience in _audiences(version)), "")


def _audiences(version: ItemVersionRow) -> tuple[tuple[str, str], ...]:
    given = [audience for audience in rules.Audience if audience in version.form_schemas]
    return tuple((audience.label if len(given) > 1 else "", audience.value) for audience in given)


def _definition(version: ItemVersionRow, audience: str) -> FormDefinition:
    return FormDefinition.from_schema(version.form_schemas[audience])


def uploaded_file(material: MaterialRow, *, is_sample: bool) -> UUID | None:
    """The file that the department gave; None where it gave none."""
    return material.sample_id if is_sample else material.blank_form_id


def form_content(shown: Shown, material: MaterialRow, audience: str, *, is_sample: bool) -> BlankFormContent | None:
    """The application form as it goes onto paper; None where this material has none, or no whole sample. One SQL query."""
    version = shown.version
    if material != own_form(version) or audience not in version.form_schemas:
        return None
    definition = _definition(version, audience)
    values = example_values(definition, shown.published_on) if is_sample else {}
    if values is None:
        return None
    department = identity.department(version.department_code)
    made_at = timezone.localtime().replace(year=shown.published_on.year, month=shown.published_on.month, day=shown.published_on.day)
    return BlankFormContent(
        title=material.name,
        item_name=version.name,
        item_code=version.code,
        department=department.name if department else "",
        note=definition.note,
        sections=tuple(_section(definition, section, values) for section in definition.sections),
        is_for_org=audience == rules.Audience.ORG,
        is_sample=is_sample,
        address=f"{settings.PUBLIC_ADDRESS}/items/{version.code}",
        version=version.number,
        issued_on=shown.published_on,
        # Midnight of the publication: the same form gives the same bytes.
        made_at=made_at.replace(hour=0, minute=0, second=0, microsecond=0),
    )


def _section(definition: FormDefinition, section: Section, values: dict[str, object]) -> BlankSection:
    rows: list[tuple[BlankField, ...]] = []
    waiting: BlankField | None = None
    for field in section.fields:
        blank = _field(field, values.get(field.name))
        if not _is_short(field):
            rows += [(waiting,)] if waiting else []
            rows.append((blank,))
            waiting = None
        elif waiting:
            rows.append((waiting, blank))
            waiting = None
        else:
            waiting = blank
    rows += [(waiting,)] if waiting else []
    # Where the hall fills in what it knows, the note tells that; paper knows nothing.
    note = "" if any(field.prefill for field in section.fields) else section.note
    return BlankSection(section.title, note, tuple(rows))


def _is_short(field: Field) -> bool:
    is_plain = not (field.is_wide or field.options or field.hint or field.shown_when)
    return is_plain and _BOXES.get(field.rule, 0) < 18 and len(field.title) <= 9


def _field(field: Field, value: object) -> BlankField:
    note = "。".join(part for part in (*(condition.sentence for condition in field.conditions), field.hint) if part)
    shown = shown_answer(field, value)
    blank = BlankField(
        title=field.title, kind="line", note=note, is_required=field.is_required, value=shown, unit="" if shown else field.unit
    )
    chosen = input_texts(field, value)
    if field.kind is Kind.PROMISE:
        return replace(blank, kind="promise", options=(BlankOption("", "", bool(value)),))
    if field.kind is Kind.YES_NO:
        words = (("yes", "是"), ("no", "否"))
        return replace(blank, kind="ticks", options=tuple(BlankOption(title, "", chosen == (word,)) for word, title in words))
    if field.kind in _OWN_LINE:
        return _own_line(field, blank, shown)
    if field.options:
        return replace(blank, kind="ticks", options=tuple(BlankOption(o.title, o.note, o.value in chosen) for o in field.options))
    if field.kind is Kind.DATE:
        return replace(blank, kind="date")
    if field.rule in _BOXES:
        return replace(blank, kind="boxes", count=_BOXES[field.rule])
    if field.kind is Kind.LONG_TEXT:
        return replace(blank, kind="area", height=34 if field.max_length > _LONG else 22)
    return blank


_OWN_LINE = frozenset({Kind.TABLE, Kind.DATE_RANGE, Kind.NOTE, Kind.REGION, Kind.SIGNATURE, Kind.FILE})
_EMPTY_ROWS = 5


def _own_line(field: Field, blank: BlankField, shown: str) -> BlankField:
    if field.kind is Kind.TABLE:
        head = tuple(f"{column.title}（{column.unit}）" if column.unit else column.title for column in field.columns)
        empty = ("",) * len(head)
        rows = shown.rows if isinstance(shown, TableText) else ()
        return replace(blank, kind="table", value="", head=head, cells=rows or (empty,) * min(field.max_items or _EMPTY_ROWS, _EMPTY_ROWS))
    if field.kind is Kind.FILE:
        return replace(blank, note="；".join(part for part in (blank.note, "附在后面，写明名称") if part))
    return replace(blank, kind={Kind.DATE_RANGE: "range", Kind.NOTE: "note"}.get(field.kind, "line"))
