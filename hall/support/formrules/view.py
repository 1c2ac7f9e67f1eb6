"""What a page needs to draw a form; it knows no HTML, and a template needs no rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hall.support.formrules.definition import FieldError, FormDefinition
from hall.support.formrules.fields import Field
from hall.support.formrules.rules import RuleBroken, check_date
from hall.support.formrules.values import input_texts
from hall.support.formrules.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class OptionView:
    """One radio, check box or list entry."""

    value: str
    title: str
    note: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field, ready to draw. `field` has title, hint, kind, unit, input_mode, autocomplete, is_wide, is_group.

    `value` is the text of a single input; `options` carry the choice of a group or list (a yes-or-no has two). `condition` is the
    sentence to show where no script hides the field, `is_asked` whether it applies to what the form holds now; with script a field
    with `depends_on` follows the inputs of that name and shows for `depends_values`.
    """

    field: Field
    value: str
    options: tuple[OptionView, ...]
    error: str
    is_read_only: bool
    verified_note: str
    is_asked: bool
    input_type: str

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def condition(self) -> str:
        return self.field.shown_when.sentence if self.field.shown_when else ""

    @property
    def depends_on(self) -> str:
        return self.field.shown_when.field if self.field.shown_when else ""

    @property
    def depends_values(self) -> str:
        """The values that show the field, separated by one space."""
        return " ".join(sorted(self.field.shown_when.values)) if self.field.shown_when else ""

    @property
    def is_optional(self) -> bool:
        """Whether to mark it 选填."""
        return not self.field.is_required

    @property
    def shown(self) -> str:
        """What stands beside a read-only field."""
        return "、".join(option.title for option in self.options if option.is_chosen) or self.value


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
        return not self.error_count and all(
            not field.is_asked or field.is_optional or field.value or any(option.is_chosen for option in field.options)
            for field in self.fields
        )


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole form. `errors` in the order of its fields, for the summary at the top."""

    title: str
    note: str
    sections: tuple[SectionView, ...]
    errors: tuple[FieldError, ...]


def form_view(
    definition: FormDefinition,
    values: Mapping[str, Any],
    errors: Iterable[FieldError] = (),
    prefilled: Mapping[str, str] | None = None,
) -> FormView:
    """Bring a definition, the values it holds (raw or checked), its errors and what was brought in together.

    `prefilled` by field name (`FormDefinition.prefill`): it fills fields that `values` does not name, and replaces verified ones.
    """
    prefilled = prefilled or {}
    held: dict[str, Any] = {**prefilled, **values}
    held |= {field.name: prefilled[field.name] for field in definition.fields if field.is_locked and prefilled.get(field.name)}
    wrong: dict[str, str] = {}
    for error in errors:
        wrong.setdefault(error.name, error.sentence)
    asked = {field.name for field in definition.asked(held)}

    def view(field: Field) -> FieldView:
        is_locked = field.is_locked and bool(prefilled.get(field.name))
        return _field_view(field, held.get(field.name), wrong.get(field.name, ""), is_locked, field.name in asked)

    sections = tuple(SectionView(s.title, s.note, tuple(view(field) for field in s.fields)) for s in definition.sections)
    ordered = tuple(FieldError(field.name, wrong[field.name]) for field in definition.fields if field.name in wrong)
    return FormView(definition.title, definition.note, sections, ordered)


def _field_view(field: Field, value: Any, error: str, is_locked: bool, is_asked: bool) -> FieldView:
    texts = input_texts(field, value)
    options = tuple(OptionView(o.value, o.title, o.note, o.value in texts) for o in field.options)
    if field.kind is Kind.YES_NO:
        options = (OptionView("yes", "是", "", texts[:1] == ("yes",)), OptionView("no", "否", "", texts[:1] == ("no",)))
    if field.kind is Kind.PROMISE:
        options = (OptionView("yes", field.title, field.hint, texts[:1] in {("yes",), ("on",), ("true",)}),)
    text = "" if options else "".join(texts[:1])
    return FieldView(
        field=field,
        value=(_iso(text) or text) if field.kind is Kind.DATE else text,
        options=options,
        error=error,
        is_read_only=is_locked,
        verified_note="已核验" if is_locked else "",
        is_asked=is_asked,
        input_type=_input_type(field, text),
    )


def _iso(text: str) -> str:
    """The date as an HTML input takes it; empty for what is no date."""
    try:
        return check_date(text) if text else ""
    except RuleBroken:
        return ""


def _input_type(field: Field, text: str) -> str:
    # A date input shows nothing for what is not a date: a wrong entry would be lost, so it comes back in a plain one.
    return "text" if field.kind is Kind.DATE and text and not _iso(text) else field.input_type
