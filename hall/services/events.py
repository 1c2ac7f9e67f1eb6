"""Everything that can happen, on one page: frozen facts of plain values, published by commands in their transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemsPublished:
    """Items of the catalogue became visible, changed or disappeared."""

    codes: list[str]


@dataclass(frozen=True, slots=True)
class ApplicationSubmitted:
    """An application became a case; it has its serial number."""

    case_id: int
    serial: str
    account_id: int
    item_code: str
    item_name: str
    department_code: str


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """A case took a step along the table of transitions. `sentence` tells the applicant what happened and what comes next."""

    case_id: int
    serial: str
    step_id: int
    account_id: int
    item_name: str
    from_state: str
    to_state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """A case reached an end state; `close_kind` says how."""

    case_id: int
    serial: str
    account_id: int
    item_code: str
    item_name: str
    department_code: str
    close_kind: str


@dataclass(frozen=True, slots=True)
class CaseRated:
    """An applicant rated a finished case, grade 1 to 5."""

    rating_id: int
    case_id: int
    item_code: str
    department_code: str
    grade: int


@dataclass(frozen=True, slots=True)
class RatingAnswered:
    """The department answered a rating."""

    rating_id: int
    serial: str
    account_id: int
    item_name: str
