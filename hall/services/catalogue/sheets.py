"""The workbook of items (.xlsx): written row by row, read row by row, with every fault named by sheet, row, column and reason.

What is written can be read again and says the same. Nothing in it is ever a formula, and a file with formulas is not read.
"""

import dataclasses
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from hall.services.catalogue import rules
from hall.services.catalogue.report import Problem
from hall.services.catalogue.sheet_columns import CODE, ITEMS, RELATIONS, SHEETS, Column, Kind, Sheet
from hall.services.catalogue.sheet_text import from_cell, to_cell

# A workbook is a package of XML: what counts is its size unpacked.
MOST_UNPACKED_BYTES = 100 * 1024 * 1024
MOST_ITEMS = 20_000
MOST_ROWS = 200_000
MOST_PROBLEMS = 500
_SHEET_ROWS = 1_048_000  # a sheet ends at 1,048,576; what does not fit goes on in another one
_WIDEST = 100
NOTES = "说明"
_CONTINUED = re.compile(r" \(\d{1,3}\)$")
_SPLIT = re.compile(r"[\s、，,；;]+")
_FLAGS = {"是": True, "否": False, "TRUE": True, "FALSE": False, "1": True, "0": False}
# Whatever a broken package makes openpyxl stumble over: the file is at fault, not the hall.
_STUMBLES = (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError)
_BROKEN = "打不开这个工作簿，可能没有保存完整。请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。"


# --- writing ----------------------------------------------------------------------------------------------------------------------


@cache
def _library() -> Any:
    """openpyxl, loaded by who reads or writes a workbook: with numpy it takes 30 MB that no page needs."""
    import openpyxl  # noqa: PLC0415
    import openpyxl.cell  # noqa: PLC0415
    import openpyxl.styles  # noqa: PLC0415
    import openpyxl.utils.exceptions  # noqa: PLC0415

    return openpyxl


def write_workbook(target: Path, items: Iterable[Mapping[str, Any]], *, notes: Sequence[tuple[str, str]]) -> int:
    """Write items (rows of items.jsonl) as a workbook; returns how many. `notes` are lines for the sheet 说明.

    Row by row on the disk: the memory it takes does not grow with the number of items.
    """
    book = _library().Workbook(write_only=True)
    pages = {sheet.title: _Pages(book, sheet) for sheet in SHEETS}
    count = 0
    for item in items:
        for sheet in SHEETS:
            for row in _rows(sheet, item):
                pages[sheet.title].add(row)
        count += 1
    page = book.create_sheet(NOTES)
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 18, 80
    for name, text in notes:
        page.append([_cell(page, name), _cell(page, text)])
    book.save(target)
    return count


class _Pages:
    """A sheet, and its continuations when there are more rows than one can hold."""

    def __init__(self, book: Any, sheet: Sheet) -> None:
        self._book, self._sheet = book, sheet
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number, self._left = self._number + 1, _SHEET_ROWS
        self._page = self._book.create_sheet(self._sheet.title if self._number == 1 else f"{self._sheet.title} ({self._number})")
        self._page.freeze_panes = "B2"
        for place, column in enumerate(self._sheet.columns, start=1):
            self._page.column_dimensions[_library().utils.get_column_letter(place)].width = column.width
        styles = _library().styles
        heads = [_cell(self._page, title) for title in self._sheet.titles]
        for head in heads:
            head.font, head.fill = styles.Font(bold=True), styles.PatternFill("solid", fgColor="FFDCE8F5")
        self._page.append(heads)

    def add(self, values: Iterable[Any]) -> None:
        if not self._left:
            self._begin()
        self._page.append([_cell(self._page, value) if isinstance(value, str) else value for value in values])
        self._left -= 1


def _cell(page: Any, text: str) -> Any:
    cell: Any = _library().cell.WriteOnlyCell(page)
    # Set past openpyxl's guessing, which takes a text beginning with "=" for a formula and "#N/A" for an error.
    cell._value, cell.data_type = to_cell(text), "s"
    return cell


def _rows(sheet: Sheet, item: Mapping[str, Any]) -> Iterator[list[Any]]:
    if sheet is ITEMS:
        yield [_shown(column, item.get(column.field)) for column in sheet.columns]
        return
    code = item["code"]
    for member in _members(sheet, item):
        yield [code, *(_shown(column, member.get(column.field)) for column in sheet.columns[1:])]


def _members(sheet: Sheet, item: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    held = item.get(sheet.field) or ()
    if sheet is RELATIONS:
        return ({"kind": kind, "to": other} for kind, others in dict(held).items() for other in others)
    return ({"text": text} for text in held) if sheet.is_plain else held


def _shown(column: Column, value: Any) -> Any:
    if value is None or value in ("", []):
        return None
    match column.kind:
        case Kind.FLAG:
            return "是" if value else "否"
        case Kind.WORD:
            return _label(column, value)
        case Kind.WORDS:
            return "、".join(_label(column, part) for part in value)
        case Kind.CODES:
            return "、".join(value)
        case _:
            return value


def _label(column: Column, value: str) -> str:
    assert column.words is not None
    return next((word.label for word in column.words if word.value == value), value)


# --- reading ----------------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class Reading:
    """What a workbook holds: items as rows of items.jsonl, and where each of them and of its members stands."""

    items: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    _rows: list[int] = dataclasses.field(default_factory=list)
    _members: dict[tuple[int, str], list[tuple[str, int]]] = dataclasses.field(default_factory=dict)

    def placed(self, problem: Problem) -> Problem:
        """A problem of a line and field of items.jsonl, told by sheet, row and column."""
        if not 1 <= problem.line <= len(self._rows):
            return problem
        place = re.match(r"(related\.\w+|\w+)(?:\[(\d+)\])?(?:\.(\w+))?", problem.field)
        field, index, inner = place.groups() if place else ("", None, None)
        members = self._members.get((problem.line, field))
        if members and (index is None or int(index) < len(members)):
            title, row = members[int(index or 0)]
            sheet = next(sheet for sheet in SHEETS if sheet.title == _CONTINUED.sub("", title))
            column = inner or ("to" if sheet is RELATIONS else "text" if sheet.is_plain else "")
            return Problem(_sheet_name(title), row, _column_name(sheet, column), problem.reason)
        return Problem(_sheet_name(ITEMS.title), self._rows[problem.line - 1], _column_name(ITEMS, field), problem.reason)


def _sheet_name(title: str) -> str:
    return f"工作表“{title}”"


def _column_name(sheet: Sheet, field: str) -> str:
    for column in sheet.columns:
        if column.field == field:
            return column.title
    return next((other.title for other in SHEETS if field and other.field == field), field)


class UnreadableBook(ValueError):
    """The file as a whole cannot be read; its text is a sentence for people."""


def check_package(source: Path | BinaryIO) -> None:
    """Look at the package's table of contents before anything is unpacked. Raises: UnreadableBook.

    `zipfile` never gives more bytes of a member than its entry says, so the sizes written there hold.
    """
    try:
        with zipfile.ZipFile(source) as package:
            total = sum(member.file_size for member in package.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as fault:
        raise UnreadableBook(_BROKEN) from fault
    if total > MOST_UNPACKED_BYTES:
        raise UnreadableBook(
            f"工作簿展开后有 {total // (1024 * 1024)} MB，超过 {MOST_UNPACKED_BYTES // (1024 * 1024)} MB。请删去图片和多余的行列，或按部门分成几份导入。"
        )


def read_workbook(path: Path, *, say: Callable[[int], None] = lambda _: None) -> Reading:
    """Read a workbook as `write_workbook` writes it; `say` hears now and then how many rows were read.

    Nothing of it may be used while there are problems. Raises: UnreadableBook.
    """
    check_package(path)
    # Opened here: openpyxl judges a path by its extension, and kept files have none.
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions that it leaves out
        try:
            book = _library().load_workbook(stream, read_only=True, keep_links=False)
        except (*_STUMBLES, _library().utils.exceptions.InvalidFileException) as fault:
            raise UnreadableBook(_BROKEN) from fault
        try:
            return _Reader(book, say).read()
        finally:
            book.close()


def _cells(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet that hold anything, by their numbers. Raises: UnreadableBook."""
    page.reset_dimensions()  # some programs write a wrong one
    rows = enumerate(page.iter_rows(max_col=_WIDEST), start=1)
    while True:
        try:
            row = next(rows, None)
        except (*_STUMBLES, _library().utils.exceptions.InvalidFileException) as fault:
            raise UnreadableBook(_BROKEN) from fault
        if row is None:
            return
        if any(cell.value is not None for cell in row[1]):
            yield row


class _Reader:
    """One workbook under way."""

    def __init__(self, book: Any, say: Callable[[int], None]) -> None:
        self._book, self._say = book, say
        self._found = Reading()
        self._lines: dict[str, int] = {}  # of each item code the line that its item becomes
        self._read = 0

    def read(self) -> Reading:
        pages: dict[str, list[Any]] = {sheet.title: [] for sheet in SHEETS}
        for page in self._book.worksheets:
            title = _CONTINUED.sub("", page.title.strip())
            if title in pages:
                pages[title].append(page)
            elif title != NOTES:
                self._fail(page.title[:40], 0, "", "没有这样的工作表；多余的请删除")
        for title in (title for title, found in pages.items() if not found):
            self._fail(title, 0, "", "缺少这个工作表；没有内容的也要保留表头")
        # The items first: the rows of all other sheets belong to them.
        for sheet in SHEETS:
            for page in pages[sheet.title]:
                self._sheet(sheet, page)
        if not self._found.items and not self._found.problems:
            self._fail(ITEMS.title, 0, "", "只有表头，没有事项")
        return self._found

    def _fail(self, title: str, row: int, column: str, reason: str) -> None:
        if len(self._found.problems) < MOST_PROBLEMS:
            self._found.problems.append(Problem(_sheet_name(title), row, column, reason))

    def _sheet(self, sheet: Sheet, page: Any) -> None:
        columns: list[Column | None] | None = None
        most = MOST_ITEMS if sheet is ITEMS else MOST_ROWS
        for place, (number, cells) in enumerate(_cells(page)):
            if place == 0:
                columns = self._columns(sheet, page.title, number, cells)
            if columns is None or place > most:
                break
            if place:
                self._row(sheet, page.title, number, zip(columns, cells, strict=False))
            self._read += 1
            if self._read % 1000 == 0:
                self._say(self._read)
        else:
            if columns is None:
                self._fail(page.title, 1, "", "缺少表头")
            return
        if columns is not None:
            self._fail(page.title, number, "", f"超过 {most} 行，请按部门分成几份导入")

    def _columns(self, sheet: Sheet, title: str, number: int, cells: Sequence[Any]) -> list[Column | None] | None:
        by_title = {column.title: column for column in sheet.columns}
        heads = ["" if cell.value is None else str(cell.value).strip() for cell in cells]
        faults = len(self._found.problems)
        for head in dict.fromkeys(filter(None, heads)):
            if head not in by_title:
                self._fail(title, number, head[:40], "没有这样的列")
            elif heads.count(head) > 1:
                self._fail(title, number, head, "这一列出现了两次")
        for missing in (name for name in by_title if name not in heads):
            self._fail(title, number, missing, "缺少这一列")
        return [by_title.get(head) for head in heads] if len(self._found.problems) == faults else None

    def _row(self, sheet: Sheet, title: str, number: int, pairs: Iterable[tuple[Column | None, Any]]) -> None:
        values: dict[str, Any] = {column.field: [] for column in sheet.columns if column.kind in {Kind.WORDS, Kind.CODES}}
        faults = len(self._found.problems)
        for column, cell in pairs:
            if column is not None and cell.value is not None:
                try:
                    value = _value(column, cell)
                except ValueError as fault:
                    self._fail(title, number, column.title, str(fault))
                else:
                    values |= {column.field: value} if value is not None else {}
            elif cell.value is not None:
                self._fail(title, number, f"{cell.column_letter} 列", "这一列没有表头")
        is_bad = len(self._found.problems) > faults
        code = values.get(CODE.field)
        if code is None and not is_bad:
            self._fail(title, number, CODE.title, "缺少这一项")
        elif code is not None and sheet is ITEMS:
            self._item(number, title, code, values)
        elif code is not None and code not in self._lines:
            self._fail(title, number, CODE.title, f"工作表“{ITEMS.title}”里没有编码为“{code[:40]}”的事项")
        elif not is_bad:
            self._member(sheet, title, number, self._lines[values.pop(CODE.field)], values)

    def _item(self, number: int, title: str, code: str, values: dict[str, Any]) -> None:
        if code in self._lines:
            earlier = self._found._rows[self._lines[code] - 1]
            self._fail(title, number, CODE.title, f"编码“{code[:40]}”与第 {earlier} 行重复")
            return
        empty: dict[str, Any] = {sheet.field: [] for sheet in SHEETS if sheet.field}
        self._found.items.append({**empty, "related": {kind.value: [] for kind in rules.RelationKind}, **values})
        self._found._rows.append(number)
        self._lines[code] = len(self._found.items)

    def _member(self, sheet: Sheet, title: str, number: int, line: int, values: dict[str, Any]) -> None:
        held, field = self._found.items[line - 1][sheet.field], sheet.field
        if sheet is RELATIONS or sheet.is_plain:
            for column in sheet.columns[1:]:
                if column.field not in values:
                    self._fail(title, number, column.title, "缺少这一项")
                    return
        if sheet is RELATIONS:
            held[values["kind"]].append(values["to"])
            field = f"related.{values['kind']}"
        else:
            held.append(values["text"] if sheet.is_plain else values)
        self._found._members.setdefault((line, field), []).append((title, number))


def _value(column: Column, cell: Any) -> Any:
    """The value of a cell that is not empty; None for one of spaces only. Raises: ValueError with the reason."""
    value = cell.value
    if cell.data_type == "f":
        raise ValueError("单元格里是公式。请复制后“选择性粘贴—数值”，再导入")
    if cell.data_type == "e":
        raise ValueError(f"单元格里是错误值 {str(value)[:20]}")
    if isinstance(value, date | time | timedelta):
        raise ValueError("单元格是日期格式，请改成文本")
    if column.kind is Kind.FLAG:
        return _flag(value)
    if isinstance(value, bool):
        raise ValueError("应是文字，现在是“是/否”值")
    if column.kind is Kind.WHOLE and isinstance(value, int):
        return value
    text = from_cell(value)
    if not text.strip():
        return None
    if column.kind is Kind.WORD:
        return _word(column, text.strip())
    if column.kind is Kind.WORDS:
        return [_word(column, part) for part in _SPLIT.split(text.strip()) if part]
    if column.kind is Kind.CODES:
        return [part for part in _SPLIT.split(text.strip()) if part]
    if column is CODE:
        return text.strip()
    return text


def _flag(value: Any) -> bool:
    text = from_cell(value).strip() if not isinstance(value, bool) else str(value)
    if text.upper() not in _FLAGS:
        raise ValueError(f"“{text[:20]}”应是“是”或“否”")
    return _FLAGS[text.upper()]


def _word(column: Column, text: str) -> str:
    assert column.words is not None
    for word in column.words:
        if text in {word.value, word.label}:
            return word.value
    raise ValueError(f"“{text[:20]}”应是 {'、'.join(word.label for word in column.words)} 之一")
