"""What an import found and did, for the one who ran it."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file was not loaded. `line` counts from 1, 0 means the whole file; `field` is empty when it is the whole line."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file} 第 {self.line} 行" if self.line else self.file
        return f"{place} {self.field}：{self.reason}" if self.field else f"{place}：{self.reason}"


@dataclass(frozen=True, slots=True)
class Diff:
    """One difference. An added row has no field and its name as `new`, a removed one its name as `old`."""

    file: str
    key: str
    field: str
    old: str
    new: str

    def __str__(self) -> str:
        if self.field:
            return f"~ {self.key} {self.field}：{self.old or '（空）'} → {self.new or '（空）'}"
        return f"+ {self.key} {self.new}" if self.new else f"- {self.key} {self.old}"


@dataclass(frozen=True, slots=True)
class FileReport:
    """Rows of one file by what became of them."""

    file: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The whole import. Counts are rows of all files; `missing` are listed items that items.jsonl no longer has: they stay.
    `kept` are items that a department has edited at its desk since: the file does not write over them.

    `versions` counts new item versions. With problems, the files that they name were not loaded; the others were.
    """

    is_dry_run: bool
    files: tuple[FileReport, ...]
    versions: int
    missing: tuple[str, ...]
    problems: tuple[Problem, ...]
    diffs: tuple[Diff, ...]
    kept: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        return sum(file.added for file in self.files)

    @property
    def changed(self) -> int:
        return sum(file.changed + file.removed for file in self.files)

    @property
    def unchanged(self) -> int:
        return sum(file.unchanged for file in self.files)

    @property
    def is_changed(self) -> bool:
        """Whether anything is different from before."""
        return bool(self.added or self.changed)

    def lines(self) -> Iterator[str]:
        """The report for a terminal; the single differences only after a dry run."""
        if self.is_dry_run:
            yield "试运行：以下变化没有写入。"
        for file in self.files:
            counts = [f"新增 {file.added}", f"变更 {file.changed}", f"未变 {file.unchanged}"]
            counts += [f"删除 {file.removed}"] if file.removed else []
            yield f"{file.file}：{'，'.join(counts)}"
            if self.is_dry_run:
                yield from (f"  {diff}" for diff in self.diffs if diff.file == file.file)
        if self.versions:
            yield f"事项新版本 {self.versions} 个"
        if self.missing:
            yield f"文件中没有、仍保留的事项 {len(self.missing)} 个：{' '.join(self.missing[:20])}{' …' if len(self.missing) > 20 else ''}"
        if self.kept:
            yield f"部门已在平台修改、文件没有覆盖的事项 {len(self.kept)} 个：{' '.join(self.kept[:20])}{' …' if len(self.kept) > 20 else ''}"
        if self.problems:
            yield f"发现问题 {len(self.problems)} 处，有问题的文件没有导入："
            yield from (f"  {problem}" for problem in self.problems)
        elif not self.is_changed:
            yield "没有变化。"
