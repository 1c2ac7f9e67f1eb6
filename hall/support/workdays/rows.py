"""The holiday table as a file: day, kind (off, work), name."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hall.support.refusals import Refusal


class BadHolidayRow(Refusal):
    """A line of the holiday table cannot be used; nothing of it is loaded."""


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """One day of the table. `kind`: "off" (free) or "work" (a weekend day worked instead)."""

    day: date
    kind: str
    name: str


def parse_holidays(lines: Iterable[str], file_name: str = "holidays_cn.csv") -> list[HolidayRow]:
    """The rows of a CSV file with the columns date, kind, name.

    Raises: BadHolidayRow with file, line, column and reason.
    """
    reader = csv.DictReader(lines)
    if reader.fieldnames is None or not {"date", "kind", "name"} <= set(reader.fieldnames):
        raise BadHolidayRow(f"{file_name} 第 1 行：应有 date、kind、name 三列")
    rows: dict[date, HolidayRow] = {}
    for record in reader:
        row = _row(record, f"{file_name} 第 {reader.line_num} 行")
        if row.day in rows:
            raise BadHolidayRow(f"{file_name} 第 {reader.line_num} 行 date：{row.day} 出现了两次")
        rows[row.day] = row
    return [rows[day] for day in sorted(rows)]


def _row(record: dict[str, str | None], where: str) -> HolidayRow:
    try:
        day = date.fromisoformat((record["date"] or "").strip())
    except ValueError:
        raise BadHolidayRow(f"{where} date：“{record['date']}”不是日期，应像 2026-10-01 这样") from None
    kind, name = (record["kind"] or "").strip(), (record["name"] or "").strip()
    if kind not in {"off", "work"}:
        raise BadHolidayRow(f"{where} kind：“{kind}”应为 off（休）或 work（班）")
    if not name or len(name) > 40:
        raise BadHolidayRow(f"{where} name：应为 1 至 40 个字")
    return HolidayRow(day, kind, name)
