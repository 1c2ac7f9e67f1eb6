"""A form: read from its stored schema, and checked against what people send."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from hall.support.formrules import reading
from hall.support.formrules.fields import Field, Section
from hall.support.formrules.reading import BadForm
from hall.support.formrules.rules import RuleBroken
from hall.support.formrules.values import MOST_TYPED, Value, input_texts, read_value, shown_text, typed
from hall.support.formrules.vocabulary import OPTION_KINDS, Kind

__all__ = ["Answers", "BadForm", "Checked", "Field", "FieldError", "FormDefinition", "Section"]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and how to mend it."""

    name: str
    sentence: str


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
        for field in self.fields:
            if not _is_asked(field, kept):
                continue
            try:
                value = read_value(field, values.get(field.name), today)
            except RuleBroken as broken:
                errors.append(FieldError(field.name, broken.shown))
                continue
            if value is not None:
                kept[field.name] = value
            elif field.is_required:
                errors.append(FieldError(field.name, _missing(field)))
        return Checked(dict(kept), tuple(errors), self._unknown(values))

    def check_partial(self, values: Mapping[str, Any], today: date) -> Checked:
        """For a draft: every known field's text is kept as typed, even a wrong one, also of fields not asked just now.

        `errors` tell only what is wrong with what was typed so far; empty fields are no fault yet.
        """
        drafted: dict[str, Any] = {}
        errors: list[FieldError] = []
        for field in self.fields:
            raw = values.get(field.name)
            parts = tuple(part[:MOST_TYPED] for part in input_texts(field, raw))
            if not parts:
                continue
            drafted[field.name] = list(parts) if field.kind is Kind.MULTI or len(parts) > 1 else parts[0]
            try:
                read_value(field, raw, today)
            except RuleBroken as broken:
                errors.append(FieldError(field.name, broken.shown))
        asked = {field.name for field in self.asked(drafted)}
        return Checked(drafted, tuple(error for error in errors if error.name in asked), self._unknown(values))

    def asked(self, values: Mapping[str, Any]) -> Iterator[Field]:
        """The fields that are asked when the form holds these values, raw or checked."""
        seen: dict[str, Any] = {}
        for field in self.fields:
            if _is_asked(field, seen):
                seen[field.name] = values.get(field.name)
                yield field

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
                shown = shown_text(field, values.get(field.name)) if field.name in asked else ""
                if shown:
                    rows.append((field.title, masks[field.mask](shown) if field.mask in masks else shown))
            if rows:
                found.append((section, tuple(rows)))
        return tuple(found)

    def _unknown(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        known = {field.name for field in self.fields}
        return tuple(sorted(str(name) for name in values if name not in known))


@lru_cache(maxsize=512)
def _from_text(text: str) -> FormDefinition:
    schema = json.loads(text)
    reading.check_shape(schema)
    return FormDefinition(schema["title"], schema.get("description", ""), reading.read_sections(schema))


def _is_asked(field: Field, earlier: Mapping[str, Any]) -> bool:
    condition = field.shown_when
    return condition is None or condition.holds(typed(earlier.get(condition.field)))


def _missing(field: Field) -> str:
    if field.kind is Kind.PROMISE:
        return f"请阅读并勾选“{field.title}”"
    if field.kind in OPTION_KINDS or field.kind in {Kind.YES_NO, Kind.DATE}:
        return f"请选择{field.title}"
    return f"请填写{field.title}"
