"""What a page needs to draw a form; it knows no HTML, and a template needs no rules."""

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from hall.support.formrules.answering import MOST_KEPT_ROWS, drafted, files_in, shown_answer
from hall.support.formrules.conditions import is_filled, look_holds
from hall.support.formrules.definition import FieldError, FormDefinition
from hall.support.formrules.fields import Condition, Field, Look
from hall.support.formrules.rules import RuleBroken, check_date
from hall.support.formrules.values import YES, input_texts, shown_text
from hall.support.formrules.vocabulary import MOST_ROWS, Kind

_NO_PARTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the same applicant wrote in an earlier case, as a draft keeps it; `words` say which case: 上次办理时填写（2026 年 3 月 5 日）."""

    value: Any
    words: str


@dataclass(frozen=True, slots=True)
class OptionView:
    """One radio, check box or list entry."""

    value: str
    title: str
    note: str
    is_chosen: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a table: its place and a cell for each column, named `table.place.column`."""

    place: int
    cells: tuple["FieldView", ...]


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field, ready to draw. `field` has title, hint, kind, unit, input_mode, autocomplete, is_wide, is_group.

    `value` is the text of a single input; `options` carry the choice of a group or list (a yes-or-no has two); `parts` are the texts of
    an answer of several parts; `rows` those of a table. `condition` is the sentence to show where no script hides the field, `is_asked`
    whether it applies to what the form holds now; with script a field follows `depends`, a list of looks as JSON (see fields.js).
    `origin` says that the value is the one of an earlier case; `offer` is that value, as people read it, where the field is empty.
    `files` are those that are there already: id, name, size.
    """

    field: Field
    value: str
    options: tuple[OptionView, ...]
    error: str
    is_read_only: bool
    verified_note: str
    is_asked: bool
    input_type: str
    is_optional: bool = True
    depends: str = ""
    rows: tuple[RowView, ...] = ()
    parts: Mapping[str, str] = dataclasses.field(default_factory=lambda: _NO_PARTS)
    cell: str = ""
    origin: str = ""
    offer: str = ""
    files: tuple[Mapping[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return self.cell or self.field.name

    @property
    def condition(self) -> str:
        return "；".join(condition.sentence for condition in self.field.conditions)

    @property
    def option_groups(self) -> list[tuple[str, list[OptionView]]]:
        """The options under their headings, in order."""
        return [(group, list(options)) for group, options in groupby(self.options, key=lambda option: option.group)]

    @property
    def takes_more_rows(self) -> bool:
        """Whether one more row may be added to the table."""
        return len(self.rows) < (self.field.max_items or MOST_ROWS)

    @property
    def shown(self) -> str:
        """What stands beside a read-only field."""
        return "、".join(option.title for option in self.options if option.is_chosen) or self.value

    @property
    def is_filled(self) -> bool:
        """Whether there is an answer, right or wrong."""
        return bool(
            self.value
            or any(option.is_chosen for option in self.options)
            or any(self.parts.values())
            or any(cell.is_filled for row in self.rows for cell in row.cells)
        )


@dataclass(frozen=True, slots=True)
class SectionView:
    """Fields under one heading; `error_count` for the list of what is done and what is not."""

    title: str
    note: str
    fields: tuple[FieldView, ...]

    @property
    def error_count(self) -> int:
        return sum(bool(field.error) for field in self.fields)

    @property
    def is_complete(self) -> bool:
        """Nothing wrong, and nothing missing that is asked and required."""
        return not self.error_count and all(not field.is_asked or field.is_optional or field.is_filled for field in self.fields)


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole form. `errors` in the order of its fields, for the summary at the top."""

    title: str
    note: str
    sections: tuple[SectionView, ...]
    errors: tuple[FieldError, ...]
    step: int = 1
    step_titles: tuple[str, ...] = ()

    @property
    def takes_files(self) -> bool:
        """Whether files are sent along with what is typed here."""
        return any(field.field.takes_files for section in self.sections for field in section.fields)


def form_view(
    definition: FormDefinition,
    values: Mapping[str, Any],
    errors: Iterable[FieldError] = (),
    prefilled: Mapping[str, str] | None = None,
    step: int | None = None,
    earlier: Mapping[str, Earlier] | None = None,
) -> FormView:
    """Bring a definition, the values it holds (raw or checked), its errors and what was brought in together.

    `prefilled` by field name (`FormDefinition.prefill`): it fills fields that `values` does not name, and replaces verified ones.
    `step` is the one page of the form to draw, from 1; None for the whole form. `values` hold computed fields too, where there are any.
    `earlier` is what the same applicant wrote before, by field name.
    """
    prefilled, earlier = prefilled or {}, earlier or {}
    held: dict[str, Any] = {**prefilled, **values}
    held |= {field.name: prefilled[field.name] for field in definition.fields if field.is_locked and prefilled.get(field.name)}
    wrong: dict[str, str] = {}
    for error in errors:
        wrong.setdefault(error.name, error.sentence)
    asked = {field.name for field in definition.asked(held)}
    needed = {field.name for field in definition.needed(held)}
    steps = definition.steps
    sections = definition.sections if step is None else steps[min(max(step, 1), len(steps)) - 1]
    here = {field.name for section in sections for field in section.fields}
    fields = {field.name: field for field in definition.fields}

    def view(field: Field) -> FieldView:
        drawn = _field_view(field, held.get(field.name), wrong)
        is_locked = field.is_locked and bool(prefilled.get(field.name))
        origin, offer = _from_earlier(field, held.get(field.name), earlier.get(field.name))
        return replace(
            drawn,
            is_read_only=is_locked,
            verified_note="已核验" if is_locked else "",
            is_asked=field.name in asked,
            is_optional=field.name not in needed and not field.is_required,
            depends=_depends(field.shown_when, here, held, asked, fields) if field.shown_when else "",
            origin=origin,
            offer=offer,
        )

    def views(given: Iterable[Field]) -> Iterator[FieldView]:
        for field in given:
            # What depends on another page alone is decided: it is asked here, or it is not there.
            if step is None or field.name in asked or (field.shown_when and not here.isdisjoint(field.shown_when.fields)):
                yield view(field)

    drawn = tuple(SectionView(s.title, s.note, tuple(views(s.fields))) for s in sections)
    order = [field.name for section in sections for field in section.fields]
    # A fault of the whole form stands before everything.
    order = ["", *order]
    ordered = [FieldError(name, wrong[name]) for one in order for name in wrong if name.partition(".")[0] == one]
    return FormView(
        definition.title, definition.note, drawn, tuple(ordered), step or 1, tuple(one[0].title for one in steps) if step else ()
    )


def _from_earlier(field: Field, value: Any, earlier: Earlier | None) -> tuple[str, str]:
    """Where the value comes from, or what is offered for an empty field; both say of which case it is."""
    if earlier is None:
        return "", ""
    if not is_filled(value):
        return "", f"{earlier.words}：{shown_answer(field, earlier.value)}"
    return (f"{earlier.words}，请核对", "") if drafted(field, value) == earlier.value else ("", "")


def _depends(
    condition: Condition, here: Collection[str], held: Mapping[str, Any], asked: Collection[str], fields: Mapping[str, Field]
) -> str:
    """The looks for the script: a field of this page by its inputs, any other as what it comes to already."""

    def look_of(look: Look) -> dict[str, Any] | bool:
        field = fields[look.field]
        if look.field not in here or field.kind is Kind.COMPUTED:
            return look_holds(look, field, held.get(look.field) if look.field in asked else None)
        found: dict[str, Any] = {"field": look.field, "op": look.op.value}
        if look.limit is not None:
            return {**found, "limit": look.limit / 100 if field.is_money else look.limit}
        return {**found, "values": sorted(look.values)} if look.values else found

    return json.dumps({"any": condition.is_any, "looks": [look_of(look) for look in condition.looks]}, ensure_ascii=False)


def _field_view(field: Field, value: Any, wrong: Mapping[str, str], cell: str = "") -> FieldView:
    texts = input_texts(field, value)
    options = tuple(OptionView(o.value, o.title, o.note, o.value in texts, o.group) for o in field.options)
    if field.kind is Kind.YES_NO:
        options = (OptionView("yes", "是", "", texts[:1] == ("yes",)), OptionView("no", "否", "", texts[:1] == ("no",)))
    if field.kind is Kind.PROMISE:
        options = (OptionView("yes", field.title, field.hint, texts[:1] in {("yes",), ("on",), ("true",)}),)
    text = "" if options else shown_text(field, value) if field.kind is Kind.COMPUTED else "".join(texts[:1])
    return FieldView(
        field=field,
        value=(_iso(text) or text) if field.kind is Kind.DATE else text,
        options=options,
        error=wrong.get(cell or field.name, ""),
        is_read_only=False,
        verified_note="",
        is_asked=True,
        input_type=_input_type(field, text),
        is_optional=not field.is_required,
        rows=_row_views(field, value, wrong) if field.kind is Kind.TABLE else (),
        parts=_parts(field, value),
        cell=cell,
        files=_files(field, value),
    )


def _row_views(field: Field, value: Any, wrong: Mapping[str, str]) -> tuple[RowView, ...]:
    """The rows there are, and never none: one may begin to write."""
    rows = [row if isinstance(row, Mapping) else {} for row in value] if isinstance(value, list) else []
    if len(rows) < max(field.min_items, 1):
        rows += [{}] * (max(field.min_items, 1) - len(rows))
    return tuple(
        RowView(at, tuple(_field_view(c, row.get(c.name), wrong, f"{field.name}.{at}.{c.name}") for c in field.columns))
        for at, row in enumerate(rows[:MOST_KEPT_ROWS])
    )


def _parts(field: Field, value: Any) -> Mapping[str, str]:
    if field.kind not in {Kind.DATE_RANGE, Kind.SIGNATURE}:
        return _NO_PARTS
    given = value if isinstance(value, Mapping) else {}
    if field.kind is Kind.SIGNATURE:
        agreed = "".join(input_texts(field, given.get("agreed"))[:1])
        return {"name": "".join(input_texts(field, given.get("name"))[:1]), "agreed": "yes" if agreed.lower() in YES else ""}
    texts = {name: "".join(input_texts(field, given.get(name))[:1]) for name in ("from", "to")}
    return {name: _iso(text) or text for name, text in texts.items()}


def _files(field: Field, value: Any) -> tuple[Mapping[str, Any], ...]:
    if field.is_drawn:
        return files_in(value.get("picture")) if isinstance(value, Mapping) else ()
    return files_in(value) if field.kind is Kind.FILE else ()


def _iso(text: str) -> str:
    """The date as an HTML input takes it; empty for what is no date."""
    try:
        return check_date(text) if text else ""
    except RuleBroken:
        return ""


def _input_type(field: Field, text: str) -> str:
    # A date input shows nothing for what is not a date: a wrong entry would be lost, so it comes back in a plain one.
    return "text" if field.kind is Kind.DATE and text and not _iso(text) else field.input_type
