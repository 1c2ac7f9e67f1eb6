"""人口库和法人库核对 · §5.3.2: does this name belong to this number. A register that cannot say is never taken for "no"."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hall.integration.ports.plugin import Plugin


class Register(StrEnum):
    """Which register is asked."""

    PERSON = "person"  # 人口库
    ORGANISATION = "organisation"  # 法人库


class Match(StrEnum):
    """What a register says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LookupQuestion:
    """One question; `request_id` (32 hex digits) names it on both sides."""

    request_id: str
    register: Register
    name: str = field(repr=False)
    number: str = field(repr=False)


class NameRegister(Plugin, Protocol):
    """姓名和号码核对接口. OSError means "cannot say now" and is taken for UNKNOWN.

    `match` answers within 1.5 seconds and may be called from several threads. No exception's text holds a name or a number.
    """

    group: str = "hall.lookup"  # entry-point group
    is_by_department: bool = True
    promised_seconds: float = 1.5

    def match(self, question: LookupQuestion) -> Match:
        """Whether name and number belong together. Raises: OSError."""
        ...
