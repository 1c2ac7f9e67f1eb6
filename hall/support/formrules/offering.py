"""Values that were read from a document, offered to the fields that take them; the person decides. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hall.support.formrules.answering import read_answer
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.fields import Field
from hall.support.formrules.values import shown_text
from hall.support.formrules.vocabulary import READ, READ_AS, Kind

# The kinds of fields that take a value read from a document.
TAKING = frozenset(
    {Kind.TEXT, Kind.LONG_TEXT, Kind.ADDRESS, Kind.NUMBER, Kind.AMOUNT, Kind.DATE, Kind.CHOICE, Kind.SELECT, Kind.ID_NUMBER, Kind.USCC}
)
_YUAN_OF = {"元": 1, "万元": 10_000, "亿元": 10**8}


@dataclass(frozen=True, slots=True)
class Offer:
    """One value for one field. `typed` is what the person would type; `shown` and `held` are for reading: the new and the present."""

    field: Field
    source: str
    typed: str
    shown: str
    held: str

    @property
    def is_same(self) -> bool:
        """Whether the field holds it already."""
        return self.shown == self.held

    @property
    def is_likely(self) -> bool:
        """Whether it is proposed ticked: only where nothing would be overwritten."""
        return not self.held


def source_of(field: Field) -> str:
    """Which value of a document the field takes, by the names of `vocabulary.READ`; "" for none."""
    if field.kind not in TAKING:
        return ""
    return field.prefill if field.prefill in READ else READ_AS.get(field.prefill, "")


def taken(definition: FormDefinition, locked: frozenset[str]) -> frozenset[str]:
    """The values of documents that some field of this form takes."""
    return frozenset(source_of(field) for field in definition.fields if field.name not in locked) - {""}


def offers(
    definition: FormDefinition, read: Mapping[str, str], held: Mapping[str, Any], locked: frozenset[str], today: date
) -> Iterator[Offer]:
    """What may be taken over into a form that holds these answers, in its order: for fields that are asked now and not verified.

    `read` by the names of `vocabulary.READ`. A value that breaks the field's own rule is not offered.
    """
    for field in definition.asked(held):
        source = source_of(field)
        words = read.get(source, "") if field.name not in locked else ""
        text = as_typed(field, words) if words else ""
        value, wrong = read_answer(field, text, today) if text else (None, ())
        if value is not None and not wrong:
            yield Offer(field, READ[source], text, shown_text(field, value), _shown(field, held.get(field.name), today))


def _shown(field: Field, raw: object, today: date) -> str:
    """An answer as people read it; a wrong one as it was typed."""
    value, _ = read_answer(field, raw, today)
    return shown_text(field, raw if value is None else value)


def as_typed(field: Field, words: str) -> str:
    """The words as they are typed into the field, "" where it has no place for them."""
    if field.kind in {Kind.CHOICE, Kind.SELECT}:
        # 汉 for 汉族; never the other way round, and never one of several.
        fitting = [option.value for option in field.options if option.title in {words, f"{words}族"}]
        return fitting[0] if len(fitting) == 1 else ""
    if field.kind is Kind.NUMBER:
        return _in_unit(words, _YUAN_OF.get(field.unit))
    return words


def _in_unit(words: str, yuan: int | None) -> str:
    if yuan is None or not words.replace(".", "", 1).isdecimal():
        return ""
    return f"{(Decimal(words) / yuan).normalize():f}"
