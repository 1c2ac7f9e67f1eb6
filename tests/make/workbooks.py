"""Workbooks of items for tests: written as the hall writes them, then spoilt in one place."""

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from hall.services.catalogue import sheets


def make_workbook(folder: Path, items: Iterable[Mapping[str, Any]], *, spoil: Callable[[Workbook], None] | None = None) -> Path:
    """A workbook of these items; `spoil` changes it as somebody at a table program would, who then saves it."""
    path = folder / "items.xlsx"
    sheets.write_workbook(path, items, notes=[("说明", "测试")])
    if spoil is not None:
        book = load_workbook(path)
        spoil(book)
        book.save(path)
    return path


def put(sheet: str, row: int, column: str, value: Any) -> Callable[[Workbook], None]:
    """Write a value into the column with this heading."""

    def change(book: Workbook) -> None:
        page = book[sheet]
        place = next(cell.column for cell in page[1] if cell.value == column)
        page.cell(row=row, column=place).value = value

    return change


def as_upload(path: Path) -> io.BytesIO:
    """The file as a stream that a request brings."""
    return io.BytesIO(path.read_bytes())
