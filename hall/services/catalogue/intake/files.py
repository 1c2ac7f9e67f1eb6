"""Reading CSV and JSON Lines: every row with its line number, every fault as a problem. Pure, but for the reading."""

import csv
import io
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hall.services.catalogue.report import Problem


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file."""

    line: int
    values: dict[str, Any]


class _Unreadable(ValueError):
    """A JSON text that json would read, and we will not."""


def _text(path: Path, problems: list[Problem]) -> str | None:
    try:
        content = path.read_bytes()
    except OSError as fault:
        problems.append(Problem(path.name, 0, "", f"读不了这个文件：{fault.strerror}"))
        return None
    # Spreadsheet programs on Windows write a byte order mark and CRLF: both are harmless.
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        problems.append(Problem(path.name, line, "", "不是 UTF-8 编码，请另存为 UTF-8 后再导入"))
        return None
    if not text.strip():
        problems.append(Problem(path.name, 0, "", "文件是空的"))
        return None
    return text


def read_csv(path: Path, *, columns: Collection[str], optional: Collection[str] = ()) -> tuple[list[RawRow], list[Problem]]:
    """Rows of a CSV file whose header names the columns in any order. Cells come stripped."""
    problems: list[Problem] = []
    text = _text(path, problems)
    if text is None:
        return [], problems
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[RawRow] = []
    try:
        header = [name.strip() for name in next(reader)]
        problems += _header_problems(path.name, header, columns, optional)
        if problems:
            return [], problems
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                rows.append(RawRow(line, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
            elif cells:
                problems.append(Problem(path.name, line, "", f"应有 {len(header)} 列，现在是 {len(cells)} 列"))
            line = reader.line_num + 1
    except csv.Error as fault:
        problems.append(Problem(path.name, reader.line_num, "", f"不是正确的 CSV：{fault}"))
    if not rows and not problems:
        problems.append(Problem(path.name, 0, "", "只有表头，没有数据"))
    return rows, problems


def _header_problems(file: str, header: list[str], columns: Collection[str], optional: Collection[str]) -> list[Problem]:
    found = [Problem(file, 1, name, "缺少这一列") for name in columns if name not in header]
    found += [Problem(file, 1, name, "没有这样的列") for name in header if name not in columns and name not in optional]
    found += [Problem(file, 1, name, "这一列出现了两次") for name in sorted({name for name in header if header.count(name) > 1})]
    return found


def _no_constant(word: str) -> None:
    raise _Unreadable(f"{word} 不是 JSON 的数")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Unreadable(f"字段 {next(name for name in names if names.count(name) > 1)} 出现了两次")
    return values


_decode: Callable[[str], Any] = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant).decode


def read_jsonl(path: Path) -> tuple[list[RawRow], list[Problem]]:
    """Objects of a JSON Lines file; blank lines are passed over."""
    problems: list[Problem] = []
    text = _text(path, problems)
    rows: list[RawRow] = []
    for number, line in enumerate((text or "").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = _decode(line.strip())
        except json.JSONDecodeError as fault:
            problems.append(Problem(path.name, number, "", f"不是正确的 JSON（第 {fault.colno} 个字符附近）"))
        except _Unreadable as fault:
            problems.append(Problem(path.name, number, "", str(fault)))
        except (RecursionError, ValueError):
            problems.append(Problem(path.name, number, "", "这一行嵌套太深，或数字太长"))
        else:
            if isinstance(values, dict):
                rows.append(RawRow(number, values))
            else:
                problems.append(Problem(path.name, number, "", "每行应是一个 JSON 对象"))
    return rows, problems
