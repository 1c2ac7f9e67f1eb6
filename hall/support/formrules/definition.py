"""A form: read from its stored schema, and checked against what people send."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from hall.support.formrules import reading
from hall.support.formrules.answering import drafted, read_answer, shown_answer, with_cells
from hall.support.formrules.computing import computed
from hall.support.formrules.conditions import holds
from hall.support.formrules.fields import Field, FieldError, FormCheck, Section
from hall.support.formrules.reading import BadForm
from hall.support.formrules.rules import RuleBroken
from hall.support.formrules.values import Value, number_in, within
from hall.support.formrules.vocabulary import LISTED_KINDS, Kind

__all__ = ["Answers", "BadForm", "Checked", "Field", "FieldError", "FormDefinition", "Section"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check. `values` holds only what is known, asked and right; `unknown` are names that no field has."""

    values: dict[str, Any]
    errors: tuple[FieldError, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        return not self.errors


# One section's answers as people read them: title and text, in the form's order.
Answers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormDefinition:
    """A form that was found sound. Make it with `from_schema`."""

    title: str
    note: str
    sections: tuple[Section, ...]
    checks: tuple[FormCheck, ...] = ()

    @classmethod
    def from_schema(cls, schema: Mapping[str, Any]) -> "FormDefinition":
        """Read a stored form; the same schema read again costs next to nothing.

        Raises: BadForm with the path and the reason, when it is not a form of ours.
        """
        try:
            return _from_text(json.dumps(schema, sort_keys=True, ensure_ascii=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise BadForm("", f"不是 JSON：{error}") from None

    @property
    def fields(self) -> Iterator[Field]:
        """Every field, in order."""
        return (field for section in self.sections for field in section.fields)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def steps(self) -> tuple[tuple[Section, ...], ...]:
        """The sections by page; one page for a form that names no steps."""
        steps: list[list[Section]] = []
        for section in self.sections:
            if section.is_step or not steps:
                steps.append([])
            steps[-1].append(section)
        return tuple(tuple(step) for step in steps)

    def step_of(self, name: str) -> int:
        """The page, from 1, on which a field (or a cell, `table.0.column`) stands; 1 for what is on none."""
        top = name.partition(".")[0]
        return next((at for at, step in enumerate(self.steps, 1) for part in step for field in part.fields if field.name == top), 1)

    def of_step(self, step: int, given: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
        """The answers of one page as given, and those of all others as they were held."""
        sources = ((field.name, given if self.step_of(field.name) == step else held) for field in self.fields)
        return {name: source[name] for name, source in sources if name in source}

    def prefill(self, source: Mapping[str, str]) -> dict[str, str]:
        """First values by field name, from a source by the names of `vocabulary.PREFILLS`; empty ones are left out."""
        return {field.name: source[field.prefill] for field in self.fields if field.prefill and source.get(field.prefill)}

    def check(self, values: Mapping[str, Any], today: date) -> Checked:
        """Check what was sent. Never raises, whatever it is.

        Fields that are not asked (x-shown-when) are neither required nor kept. Locked fields are checked like all others: it is the
        caller who puts the hall's own facts (`prefill`) over what was sent.
        """
        kept: dict[str, Value] = {}
        errors: list[FieldError] = []
        fields = self._by_name()
        for field in fields.values():
            if not _is_asked(field, kept, fields):
                continue
            value, wrong = _read(field, values.get(field.name), kept, fields, today)
            errors += wrong
            if value is not None:
                kept[field.name] = value
            elif not wrong and _is_needed(field, kept, fields):
                errors.append(FieldError(field.name, _missing(field)))
        return Checked(dict(kept), tuple(errors), self._unknown(values))

    def check_partial(self, values: Mapping[str, Any], today: date) -> Checked:
        """For a draft: every known field's text is kept as typed, even a wrong one, also of fields not asked just now.

        `errors` tell only what is wrong with what was typed so far; empty fields are no fault yet.
        """
        kept: dict[str, Any] = {}
        errors: list[FieldError] = []
        for field in self.fields:
            raw = values.get(field.name)
            text = drafted(field, raw)
            if text is None:
                continue
            kept[field.name] = text
            errors += read_answer(field, raw, today)[1]
        asked = {field.name for field in self.asked(kept)}
        return Checked(kept, tuple(error for error in errors if error.name.partition(".")[0] in asked), self._unknown(values))

    def computed(self, values: Mapping[str, Any], today: date) -> dict[str, Any]:
        """What the form computes from what stands in it now: its computed fields, and tables with their computed cells.

        Of what is wrong or missing, nothing is made.
        """
        if not self.is_computing:
            return {}
        checked = self.check(values, today).values
        found = {field.name: checked[field.name] for field in self.fields if field.compute and field.name in checked}
        tables = (field for field in self.fields if values.get(field.name) and any(column.compute for column in field.columns))
        return {**found, **{field.name: with_cells(field, values.get(field.name), today) for field in tables}}

    @property
    def is_computing(self) -> bool:
        """Whether any field or column is computed."""
        return any(field.compute or any(column.compute for column in field.columns) for field in self.fields)

    def asked(self, values: Mapping[str, Any]) -> Iterator[Field]:
        """The fields that are asked when the form holds these values, raw or checked."""
        seen: dict[str, Any] = {}
        fields = self._by_name()
        for field in fields.values():
            if _is_asked(field, seen, fields):
                value = values.get(field.name)
                # A number is read once, however many conditions look at it.
                number = number_in(field, value) if field.is_number else None
                seen[field.name] = value if number is None else number
                yield field

    def needed(self, values: Mapping[str, Any]) -> Iterator[Field]:
        """The asked fields that must be answered when the form holds these values."""
        fields = self._by_name()
        asked = list(self.asked(values))
        seen = {field.name: values.get(field.name) for field in asked}
        return (field for field in asked if _is_needed(field, seen, fields))

    def answers(
        self, values: Mapping[str, Any], masks: Mapping[str, Callable[[str], str]] | None = None
    ) -> tuple[tuple[Section, Answers], ...]:
        """What was answered, as people read it: for the review page, the desk and the documents. Empty answers are left out.

        `masks` hide what need not be read: functions by the names of `vocabulary.MASKS`, used on fields with that x-mask.
        """
        masks = masks or {}
        asked = {field.name for field in self.asked(values)}
        found = []
        for section in self.sections:
            rows: list[tuple[str, str]] = []
            for field in section.fields:
                shown = shown_answer(field, values.get(field.name), masks) if field.name in asked else ""
                if shown:
                    rows.append((field.title, masks[field.mask](shown) if field.mask in masks else shown))
            if rows:
                found.append((section, tuple(rows)))
        return tuple(found)

    def without_files(self) -> "FormDefinition":
        """The form for a place that takes no files: fields that ask for some are left out, signatures are typed."""
        sections = tuple(
            replace(part, fields=tuple(replace(field, is_drawn=False) for field in part.fields if field.kind is not Kind.FILE))
            for part in self.sections
        )
        return replace(self, sections=tuple(part for part in sections if part.fields))

    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    def _unknown(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        known = {field.name for field in self.fields}
        return tuple(sorted(str(name) for name in values if name not in known))


@lru_cache(maxsize=512)
def _from_text(text: str) -> FormDefinition:
    schema = json.loads(text)
    reading.check_shape(schema)
    sections = reading.read_sections(schema)
    return FormDefinition(schema["title"], schema.get("description", ""), sections, reading.read_checks(schema, sections))


def _read(
    field: Field, raw: object, kept: Mapping[str, Any], fields: Mapping[str, Field], today: date
) -> tuple[Value | None, tuple[FieldError, ...]]:
    if field.compute is None:
        return read_answer(field, raw, today)
    try:
        made = computed(field, kept, fields, today)
        return None if made is None else within(field, made), ()
    except RuleBroken as broken:
        return None, (FieldError(field.name, broken.shown),)


def _is_asked(field: Field, earlier: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    return field.shown_when is None or holds(field.shown_when, earlier, fields)


def _is_needed(field: Field, earlier: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    if field.compute or field.kind is Kind.NOTE:
        return False
    return field.is_required or (field.required_when is not None and holds(field.required_when, earlier, fields))


def _missing(field: Field) -> str:
    if field.kind is Kind.PROMISE:
        return f"请阅读并勾选“{field.title}”"
    if field.kind is Kind.FILE:
        return f"请上传{field.title}"
    if field.kind is Kind.SIGNATURE:
        return f"请在{field.title}处签名"
    if field.kind is Kind.TABLE:
        return f"请填写{field.title}，至少 {max(field.min_items, 1)} 行"
    if field.kind in LISTED_KINDS or field.kind in {Kind.YES_NO, Kind.DATE, Kind.DATE_RANGE}:
        return f"请选择{field.title}"
    return f"请填写{field.title}"
