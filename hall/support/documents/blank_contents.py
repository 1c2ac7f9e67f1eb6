"""What a printed application form says, as plain values; render.py turns it into a PDF."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class BlankOption:
    """Something to tick."""

    title: str
    note: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class BlankField:
    """One question of a printed form. `kind` is line, area, boxes (one letter each, `count` of them), ticks, date, range, promise, or
    table with the headings `head` and the rows `cells`.

    `height` of an area in mm; `value` is what a sample holds.
    """

    title: str
    kind: str
    note: str = ""
    is_required: bool = False
    value: str = ""
    unit: str = ""
    count: int = 0
    height: int = 0
    options: tuple[BlankOption, ...] = ()
    head: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class BlankSection:
    """Questions under a heading; a row holds one of them, or two short ones side by side."""

    title: str
    note: str
    rows: tuple[tuple[BlankField, ...], ...]


@dataclass(frozen=True, slots=True)
class BlankFormContent:
    """空白表格, or the same filled in as a sample (示例样表). `address` is the item's page, `version` the item's."""

    title: str
    item_name: str
    item_code: str
    department: str
    note: str
    sections: tuple[BlankSection, ...]
    is_for_org: bool
    is_sample: bool
    address: str
    version: int
    issued_on: date
    made_at: datetime
