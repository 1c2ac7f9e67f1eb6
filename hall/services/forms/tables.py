"""代码表 (§5.3.2): what a profession's codes stand for and what they ask for, kept by departments: 食品类别, 执业类别."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hall.services.forms.models import CodeTable
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import Conflict, NotFound, Refusal

MOST_ROWS, MOST_COLUMNS, MOST_CELL = 2000, 10, 100


class BadTable(Refusal):
    """The text is no code table; the sentence says which line."""

    field = "text"


class CodeTaken(Refusal):
    sentence = "这个编号已经有代码表在用，请换一个。"
    field = "code"


class StaleTable(Conflict):
    sentence = "这张代码表刚刚在别处改过。请刷新页面，核对后再保存。"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One code table. `columns` are the names of its attributes, `rows` the attributes by value."""

    code: str
    title: str
    department_code: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]
    revision: int
    saved_at: datetime

    @property
    def text(self) -> str:
        """As it is edited: a line of headings, a line for each value."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["代码", *self.columns])
        writer.writerows([value, *(attributes.get(name, "") for name in self.columns)] for value, attributes in self.rows.items())
        return out.getvalue()


def _visible(actor: Actor) -> QuerySet[CodeTable]:
    require(actor, *DEPARTMENT_ROLES, Role.SYS_ADMIN)
    return CodeTable.objects.all() if actor.has(Role.SYS_ADMIN) else CodeTable.objects.filter(department_code=actor.department_code)


_COLUMNS = ("code", "title", "department_code", "columns", "rows", "revision", "saved_at")


def code_tables(actor: Actor) -> list[TableRow]:
    """The tables of the actor's department, all for the hall, by code; 200 at most. One SQL query."""
    found = _visible(actor).order_by("code").values_list(*_COLUMNS)[:200]
    return [TableRow(code, title, of, tuple(columns), dict(rows), *more) for code, title, of, columns, rows, *more in found]


def titles() -> list[tuple[str, str]]:
    """Code and title of every table, for the designer. One SQL query."""
    return list(CodeTable.objects.order_by("code").values_list("code", "title")[:500])


def attributes(code: str, value: str) -> Mapping[str, str] | None:
    """The attributes of one value; None when there is no such table or value. One SQL query."""
    rows = CodeTable.objects.filter(code=code).values_list("rows", flat=True).first()
    found: Mapping[str, str] | None = (rows or {}).get(value)
    return found


def read_text(text: str) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Columns and rows out of lines of comma- or tab-separated cells, headings first. Raises: BadTable."""
    text = text.replace("\0", "").replace("，", ",").strip()
    lines = [row for row in csv.reader(io.StringIO(text), delimiter="\t" if "\t" in text.split("\n", 1)[0] else ",") if any(row)]
    if len(lines) < 2:
        raise BadTable("请至少写两行：第一行是列名（代码、各列的名称），下面一行一个代码。")
    heads = [cell.strip() for cell in lines[0][1:]]
    if not 1 <= len(heads) <= MOST_COLUMNS or len(set(heads)) != len(heads) or not all(heads):
        raise BadTable(f"第 1 行应有 1 至 {MOST_COLUMNS} 个不同的列名，写在“代码”后面。")
    if len(lines) > MOST_ROWS + 1:
        raise BadTable(f"一张代码表最多 {MOST_ROWS} 行，现在是 {len(lines) - 1} 行。")
    rows: dict[str, dict[str, str]] = {}
    for at, line in enumerate(lines[1:], start=2):
        cells = [cell.strip() for cell in line]
        if len(cells) > len(heads) + 1 or not cells[0]:
            raise BadTable(f"第 {at} 行的格数和列名对不上，或者没有代码。")
        if any(len(cell) > MOST_CELL for cell in cells):
            raise BadTable(f"第 {at} 行有一格超过 {MOST_CELL} 个字。")
        if cells[0] in rows:
            raise BadTable(f"第 {at} 行的代码“{cells[0]}”重复了。")
        rows[cells[0]] = dict(zip(heads, [*cells[1:], *[""] * len(heads)], strict=False))
    return heads, rows


@transaction.atomic
def save_table(*, actor: Actor, code: str, title: str, text: str, revision: int | None, now: datetime) -> None:
    """Keep a code table; None as `revision` for a new one. Forms that use it check by the new rows from now on.

    Raises: SignInNeeded, NotAllowed, NotFound, BadTable, CodeTaken, StaleTable.
    """
    mine = _visible(actor)
    code, title = code.strip(), title.replace("\0", "").strip()[:60]
    if not (code.isascii() and code.replace("_", "").replace("-", "").isalnum() and len(code) <= 40):
        raise BadTable("编号由字母、数字、下划线组成，最多 40 个。", field="code")
    if not title:
        raise BadTable("请填写名称。", field="title")
    heads, rows = read_text(text)
    if revision is None:
        try:
            with transaction.atomic():
                CodeTable.objects.create(
                    code=code, title=title, department_code=actor.department_code or "", columns=heads, rows=rows, saved_at=now
                )
        except IntegrityError:
            raise CodeTaken from None
    else:
        table = mine.select_for_update().filter(code=code).first()
        if table is None:
            raise NotFound
        if table.revision != revision:
            raise StaleTable
        table.title, table.columns, table.rows, table.revision, table.saved_at = title, heads, rows, revision + 1, now
        table.save(update_fields=["title", "columns", "rows", "revision", "saved_at"])
    trail.record(actor, "code_table.saved", f"table {code}", detail=f"rows={len(rows)}", at=now)
