"""What a form consists of, as frozen values: sections, fields, options, conditions."""

from dataclasses import dataclass

from hall.support.formrules.vocabulary import MOST_RADIOS, Kind


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: what is stored, what is read, and a line of explanation."""

    value: str
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """The field is asked only when `field` has one of the values ("yes" and "no" for a yes-or-no)."""

    field: str
    values: frozenset[str]
    sentence: str  # “取件方式”选“邮寄”时填写

    def holds(self, typed: tuple[str, ...]) -> bool:
        """Whether what stands in the other field asks for this one."""
        return not self.values.isdisjoint(typed)


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `is_required` counts only while it is asked; `rule` names an entry of RULES.

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
        return self.kind in {Kind.LONG_TEXT, Kind.ADDRESS, Kind.CHOICE, Kind.MULTI, Kind.YES_NO, Kind.PROMISE}

    @property
    def is_group(self) -> bool:
        """Whether it is asked as a group of radios or check boxes, under a legend instead of a label."""
        return self.kind in {Kind.CHOICE, Kind.MULTI, Kind.YES_NO}

    def option_title(self, value: str) -> str:
        """The words of an option; the value itself when there is none such."""
        return next((option.title for option in self.options if option.value == value), value)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    title: str
    note: str
    fields: tuple[Field, ...]


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
