"""What a form consists of, as frozen values: sections, fields, options, conditions."""

from dataclasses import dataclass
from enum import StrEnum

from hall.support.formrules.vocabulary import MOST_RADIOS, Kind

_WIDE = frozenset(
    {Kind.LONG_TEXT, Kind.ADDRESS, Kind.CHOICE, Kind.MULTI, Kind.YES_NO, Kind.PROMISE, Kind.TABLE, Kind.NOTE, Kind.SIGNATURE, Kind.FILE}
)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: what is stored, what is read, a line of explanation, and the heading it stands under in a long list."""

    value: str
    title: str
    note: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and how to mend it. A cell of a table is named `table.row.column`, rows from 0."""

    name: str
    sentence: str


class Op(StrEnum):
    """How a condition looks at another field."""

    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    FILLED = "is_filled"
    EMPTY = "is_empty"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at another field: its `values` ("yes" and "no" for a yes-or-no), or a `limit` (of an amount: fen)."""

    field: str
    op: Op
    values: frozenset[str] = frozenset()
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """All of the looks hold, or with `is_any` one of them does."""

    looks: tuple[Look, ...]
    sentence: str  # “取件方式”选“邮寄”时填写
    is_any: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that it looks at."""
        return tuple(dict.fromkeys(look.field for look in self.looks))


class Operation(StrEnum):
    """What a computed field does with its operands."""

    SUM = "sum"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    COUNT = "count"
    DAYS = "days"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Compute:
    """How a field follows from others: `of` names them, a column of a table as `table.column`; money comes out in fen."""

    operation: Operation
    of: tuple[str, ...]
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class FormCheck:
    """A check that the form asks for by name, with the fields it looks at and its parameters; `message` replaces its own sentence."""

    check: str
    fields: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `is_required` counts only while it is asked; `rule` names an entry of RULES.

    `columns` are those of a table, whose `min_items` and `max_items` count rows.

    `is_from_last`: it may start with what the same applicant wrote in an earlier case.
    `is_locked`: the value brought in by `prefill` cannot be changed here. `minimum` and `maximum` of an amount are fen.
    """

    name: str
    title: str
    kind: Kind
    hint: str = ""
    options: tuple[Option, ...] = ()
    is_required: bool = False
    rule: str = ""
    prefill: str = ""
    is_locked: bool = False
    mask: str = ""
    unit: str = ""
    is_whole: bool = False
    min_length: int = 0
    max_length: int = 200
    minimum: float | None = None
    maximum: float | None = None
    min_items: int = 0
    max_items: int | None = None
    autocomplete: str = ""
    shown_when: Condition | None = None
    example: str = ""
    required_when: Condition | None = None
    columns: tuple["Field", ...] = ()
    compute: Compute | None = None
    is_from_last: bool = False
    accept: tuple[str, ...] = ()
    max_mb: int = 0
    is_drawn: bool = False

    @property
    def takes_files(self) -> bool:
        """Whether it asks for files: extensions in `accept`, `max_mb` each, `most_files` of them."""
        return self.kind is Kind.FILE or self.is_drawn

    @property
    def most_files(self) -> int:
        """How many files it takes, one unless it says otherwise."""
        return (self.max_items or 1) if self.kind is Kind.FILE else 1

    @property
    def is_money(self) -> bool:
        """Whether its value is fen."""
        return self.kind is Kind.AMOUNT or (self.compute is not None and self.compute.is_money)

    @property
    def is_number(self) -> bool:
        """Whether its value is a number."""
        return self.kind in {Kind.NUMBER, Kind.AMOUNT, Kind.COMPUTED}

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Everything that its being asked or required depends on."""
        return tuple(one for one in (self.shown_when, self.required_when) if one is not None)

    def column(self, name: str) -> "Field | None":
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def input_type(self) -> str:
        """The `type` of an HTML input, for the right keyboard."""
        if self.kind is Kind.DATE:
            return "date"
        if self.kind is Kind.MOBILE or self.rule in {"mobile", "phone"}:
            return "tel"
        return "email" if self.rule == "email" else "text"

    @property
    def input_mode(self) -> str:
        """The `inputmode`, empty when the plain keyboard is right."""
        if self.kind is Kind.MOBILE or self.rule in {"mobile", "postcode", "bank_card"}:
            return "numeric"
        if self.kind in {Kind.NUMBER, Kind.AMOUNT}:
            return "numeric" if self.is_whole and self.kind is Kind.NUMBER and (self.minimum or 0) >= 0 else "decimal"
        return ""

    @property
    def is_wide(self) -> bool:
        """Whether it takes a whole row: long answers and groups do, short pairs stand side by side."""
        return self.kind in _WIDE

    @property
    def is_group(self) -> bool:
        """Whether it is asked as a group of radios or check boxes, under a legend instead of a label."""
        return self.kind in {Kind.CHOICE, Kind.MULTI, Kind.YES_NO}

    def option_title(self, value: str) -> str:
        """The words of an option; the value itself when there is none such."""
        return next((option.title for option in self.options if option.value == value), value)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading; with `is_step` it begins a page of its own."""

    title: str
    note: str
    fields: tuple[Field, ...]
    is_step: bool = False


def kind_of(widget: str | None, json_type: str, *, option_count: int, format_: str, rule: str, max_length: int) -> Kind:
    """The kind of a stored field: what it says itself, else what its type suggests."""
    if widget:
        return Kind(widget)
    if json_type == "array":
        return Kind.MULTI
    if json_type == "boolean":
        return Kind.YES_NO
    if json_type in {"number", "integer"}:
        return Kind.NUMBER
    if option_count:
        return Kind.CHOICE if option_count <= MOST_RADIOS else Kind.SELECT
    if format_ == "date" or rule.startswith("date"):
        return Kind.DATE
    if rule in {Kind.ID_NUMBER, Kind.MOBILE, Kind.USCC}:
        return Kind(rule)
    return Kind.LONG_TEXT if max_length > 200 else Kind.TEXT
