"""What a page learns of one file going in or out. Pure."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hall.services.catalogue.report import ImportReport, Problem
from hall.services.catalogue.sheet_columns import field_title, shown_value

MOST_PROBLEMS = 300
MOST_DIFFS = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of an item. An added item has no field and its name as `new`."""

    code: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Where something is wrong, and what."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a file would change, or changed; the first of many. `digest` is that of every difference.

    `missing` counts items that the file does not have: they stay. `kept` are items that the file does not write over.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    versions: int = 0
    missing: int = 0
    kept: tuple[str, ...] = ()
    diffs: tuple[Change, ...] = ()
    diff_count: int = 0
    faults: tuple[Fault, ...] = ()
    problem_count: int = 0
    digest: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether anything would be different from before."""
        return bool(self.added or self.changed)

    def plain(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return dataclasses.asdict(self)

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> "CheckReport":
        """What `plain` gave."""
        kept = {name: value for name, value in values.items() if name not in {"kept", "diffs", "faults"}}
        diffs = tuple(Change(**row) for row in values["diffs"])
        return cls(**kept, kept=tuple(values["kept"]), diffs=diffs, faults=tuple(Fault(**row) for row in values["faults"]))


def check_report(report: ImportReport | None, problems: Sequence[Problem]) -> CheckReport:
    """The report for a page; without an import's report only the problems."""
    faults = tuple(_fault(problem) for problem in problems[:MOST_PROBLEMS])
    if report is None or problems:
        return CheckReport(faults=faults, problem_count=len(problems))
    told = [(diff.key, diff.field, diff.old, diff.new) for diff in report.diffs]
    changes = (
        Change(code, field and field_title(field), shown_value(field, old), shown_value(field, new))
        for code, field, old, new in told[:MOST_DIFFS]
    )
    return CheckReport(
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        versions=report.versions,
        missing=len(report.missing),
        kept=report.kept,
        diffs=tuple(changes),
        diff_count=len(told),
        digest=hashlib.sha256(repr((told, report.added, report.changed, report.kept)).encode()).hexdigest(),
    )


def _fault(problem: Problem) -> Fault:
    place = f"{problem.file} 第 {problem.line} 行" if problem.line else problem.file
    return Fault(f"{place} · {problem.field}" if problem.field else place, problem.reason)


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """导入导出: one file and how far it has got. `done` of `total` items; a total of 0 is not known yet."""

    exchange_id: int
    direction: str
    form: str
    state: str
    done: int
    total: int
    file_id: UUID | None
    file_name: str
    sentence: str
    created_at: datetime
    moved_at: datetime
    report: CheckReport | None

    @property
    def is_export(self) -> bool:
        return self.direction == "export"

    @property
    def is_under_way(self) -> bool:
        """Whether the page should look again by itself."""
        return self.state in {"queued", "running", "confirmed"}

    @property
    def state_name(self) -> str:
        """The state in the words of the page."""
        names = {"queued": "排队中", "running": "正在生成" if self.is_export else "正在核对", "checked": "待确认", "confirmed": "正在写入"}
        names |= {"done": "已生成" if self.is_export else "已导入", "refused": "有问题，没有导入", "failed": "没有完成"}
        return names[self.state]
