"""表单校验 · §5.3.2 专业信息校验: a named check over the answers of a form, which departments combine in the designer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from hall.integration.ports.lookup import Match
from hall.integration.ports.plugin import Plugin


class AnswerKind(StrEnum):
    """What an answer is, for a check to say which it takes."""

    TEXT = "text"  # str
    ID_NUMBER = "id_number"  # str, sound by its own rule
    USCC = "uscc"  # str, sound by its own rule
    NUMBER = "number"  # int or float
    MONEY = "money"  # int, fen
    DATE = "date"  # str, 2026-11-23
    DATE_RANGE = "date_range"  # {"from": …, "to": …}
    CHOICE = "choice"  # str, the stored value of an option
    CHOICES = "choices"  # list of str
    NUMBERS = "numbers"  # list of int or float: a column of a table
    MONEYS = "moneys"  # list of int, fen: a column of a table


@dataclass(frozen=True, slots=True)
class Takes:
    """One field that a check looks at. With `is_optional` it may be left out in the designer."""

    title: str
    kinds: frozenset[AnswerKind]
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a check. `options` are (value, title) where one of them is chosen; `is_table` offers the code tables."""

    name: str
    title: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_number: bool = False
    is_table: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, found right by the rules of its field. `shown` is the answer as people read it."""

    name: str
    title: str
    kind: AnswerKind
    value: Any = field(repr=False)
    shown: str = field(default="", repr=False)


class Around(Protocol):
    """What a check may ask about besides the answers. Nothing here goes out to another system while it is asked."""

    def person(self, name: str, id_number: str) -> Match:
        """Whether the population register knows this person by this number; UNKNOWN until it has been asked."""
        ...

    def organisation(self, name: str, uscc: str) -> Match:
        """The same of the register of legal persons."""
        ...

    def attributes(self, table: str, value: str) -> Mapping[str, str] | None:
        """The attributes of a value in a code table; None when the table does not hold it."""
        ...

    def has_open_case(self) -> bool:
        """Whether the applicant has a case of the same item that is not at an end."""
        ...


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """What is examined: every field that the form gave the check, in the order of `takes` (None: left out in the designer)."""

    answers: tuple[Answered | None, ...]
    parameters: Mapping[str, str]
    today: date
    around: Around


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found wrong, in one sentence that says what is wrong and how to mend it. `field` is the answer it stands beside.

    `is_unknown`: it could not be found out now. That is never wrong: the applicant goes on, and the department reads it.
    """

    sentence: str
    field: str = ""
    is_unknown: bool = False


class FormCheck(Plugin, Protocol):
    """一项校验. It is asked only when every field that it needs was answered; it is fast, keeps nothing and calls nobody."""

    group: str = "hall.check"  # entry-point group
    promised_seconds: float = 2
    title: str  # 两项比较
    help: str  # what it is for, in a sentence
    takes: tuple[Takes, ...]
    parameters: tuple[Parameter, ...]

    def examine(self, question: CheckQuestion) -> Finding | None:
        """What is wrong, None for nothing. Raises nothing for any answers of the kinds it takes."""
        ...
