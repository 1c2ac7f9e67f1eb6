"""One import under way, and the storing that all small tables share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Model

from hall.services.catalogue.intake.cells import Cells
from hall.services.catalogue.intake.files import RawRow
from hall.services.catalogue.report import Diff, FileReport, Problem

_SHOWN = 60


@dataclass(slots=True)
class Batch:
    """What one import has found so far. `touched` are items whose pages or search entries say something new."""

    now: datetime
    problems: list[Problem] = field(default_factory=list)
    diffs: list[Diff] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    versions: int = 0

    def is_bad(self, file: str) -> bool:
        """Whether the file has a problem: then nothing of it is stored."""
        return any(problem.file == file for problem in self.problems)

    def cells(self, path: Path, row: RawRow) -> Cells:
        """The row under check; its faults go to this import's problems."""
        return Cells(path.name, row.line, row.values, self.problems)

    def differs(self, file: str, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Note each field whose value changed."""
        for name in new:
            if comparable(old.get(name)) != comparable(new[name]):
                before, after = shown(old.get(name)), shown(new[name])
                # Two lists of the same length, or two long texts, look alike in short.
                self.diffs.append(Diff(file, key, name, before, after if after != before else "（内容有改动）"))


def comparable(value: Any) -> Any:
    """Equal for equal content, whether it comes from a file or from the database."""
    return list(value) if isinstance(value, tuple) else value


def shown(value: Any) -> str:
    """A value for the report: short, and readable where it is a text or a list of texts."""
    if isinstance(value, list | tuple) and all(isinstance(member, str) for member in value):
        text = "、".join(value)
    elif isinstance(value, dict | list | tuple):
        text = f"（{len(value)} 项）"
    else:
        text = "" if value is None else {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def most(model: type[Model], name: str) -> int:
    """How long a text column is."""
    length = getattr(model._meta.get_field(name), "max_length", None)
    return int(length) if length else 20_000


def unique(batch: Batch, path: Path, rows: Iterable[tuple[RawRow, Any]], what: str, column: str) -> None:
    """Refuse a value that stands in two rows; the second one is named."""
    seen: dict[Any, int] = {}
    for row, value in rows:
        if value in seen:
            batch.problems.append(Problem(path.name, row.line, column, f"{what}“{value}”与第 {seen[value]} 行重复"))
        else:
            seen[value] = row.line


def sync(batch: Batch, file: str, model: type[Model], records: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Bring a small table in line with the records, by code; rows not among them stay. Returns the codes that changed."""
    names = list(next(iter(records.values())))
    manager = model._default_manager
    held = {row["code"]: row for row in manager.filter(code__in=list(records)).values("code", *names)}
    added = [code for code in records if code not in held]
    changed = {code for code in held if any(comparable(held[code][name]) != comparable(records[code][name]) for name in names)}
    manager.bulk_create(
        [model(code=code, **records[code]) for code in records if code not in held or code in changed],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=names,
    )
    batch.diffs += [Diff(file, code, "", "", str(records[code]["name"])) for code in added]
    for code in records:
        if code in changed:
            batch.differs(file, code, held[code], records[code])
    batch.files.append(FileReport(file, len(added), len(changed), len(records) - len(added) - len(changed)))
    return changed
