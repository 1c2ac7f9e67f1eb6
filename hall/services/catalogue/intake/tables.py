"""The small files: divisions, departments, themes, licence types, holidays."""

from datetime import date
from pathlib import Path

from hall.services import events
from hall.services.catalogue import rules
from hall.services.catalogue.intake.batch import Batch, most, sync, unique
from hall.services.catalogue.intake.files import RawRow, read_csv
from hall.services.catalogue.models import CertType, Division, Item, Theme
from hall.services.catalogue.report import Diff, FileReport, Problem
from hall.support.identity import commands as identity
from hall.support.identity import queries as identity_queries
from hall.support.identity.queries import DepartmentRow
from hall.support.jobs.queue import publish
from hall.support.workdays import commands as workdays
from hall.support.workdays.rows import HolidayRow

DIVISION_CODE = (r"\d{6}(\d{3})?(\d{3})?", "6、9 或 12 位数字")
DEPARTMENT_CODE = (r"[A-Z0-9]{2,12}", "2 至 12 位大写字母或数字")
THEME_CODE = (r"[A-Z0-9]{2,12}", "2 至 12 位大写字母或数字")


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.replace("，", ",").split(",") if word.strip()))


def _read(batch: Batch, path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[RawRow]:
    rows, problems = read_csv(path, columns=columns, optional=optional)
    batch.problems += problems
    return rows


def load_divisions(batch: Batch, path: Path) -> None:
    """divisions_*.csv"""
    rows = _read(batch, path, ("code", "name", "level", "parent_code", "gb2260"))
    known = {row.values["code"] for row in rows} | set(Division.objects.values_list("code", flat=True))
    records = {}
    for row in rows:
        cells = batch.cells(path, row)
        code = cells.form("code", *DIVISION_CODE)
        records[code] = {
            "name": cells.text("name", most=most(Division, "name")),
            "level": cells.word("level", rules.DivisionLevel),
            "parent_code": cells.text("parent_code", most=12, default=""),
            "is_gb2260": cells.flag("gb2260"),
        }
        cells.known("parent_code", [str(records[code]["parent_code"])], known - {code}, "上级区划")
    unique(batch, path, ((row, row.values["code"]) for row in rows), "编码", "code")
    if not batch.is_bad(path.name):
        sync(batch, path.name, Division, records)


def _department(batch: Batch, path: Path, row: RawRow, divisions: set[str]) -> DepartmentRow:
    cells = batch.cells(path, row)
    uscc = "uscc" if cells.has("uscc") else "uscc_demo"
    division = cells.form("division_code", r"\d{6}", "6 位数字")
    cells.known("division_code", [division], divisions, "行政区划")
    return DepartmentRow(
        code=cells.form("dept_code", *DEPARTMENT_CODE),
        number=cells.whole("dept_no", least=1, most=999),
        name=cells.text("name", most=120),
        short_name=cells.text("short_name", most=40),
        aliases=tuple(_words(cells.text("aliases", most=400, default=""))),
        phone=cells.text("phone", most=60, default=""),
        address=cells.text("address", most=200, default=""),
        uscc=cells.form(uscc, r"[0-9A-HJ-NP-RTUW-Y]{18}", "18 位统一社会信用代码", default=""),
        division_code=division,
        category=cells.text("category", most=40, default=""),
        duties=cells.text("duties", most=2000, default=""),
    )


def load_departments(batch: Batch, path: Path) -> None:
    """departments.csv; the departments belong to identity."""
    columns = ("dept_no", "dept_code", "name", "short_name", "category", "duties", "aliases", "division_code")
    raw = _read(batch, path, columns, ("uscc", "uscc_demo", "phone", "address"))
    divisions = set(Division.objects.values_list("code", flat=True))
    rows = [_department(batch, path, row, divisions) for row in raw]
    pairs = list(zip(raw, rows, strict=True))
    if batch.is_bad(path.name):
        return
    unique(batch, path, ((row, found.code) for row, found in pairs), "编码", "dept_code")
    unique(batch, path, ((row, found.name) for row, found in pairs), "名称", "name")
    unique(batch, path, ((row, f"{found.division_code}-{found.number}") for row, found in pairs), "区划和序号", "dept_no")
    unique(batch, path, ((row, found.uscc) for row, found in pairs if found.uscc), "统一社会信用代码", "uscc")
    held = {row.code: row for row in identity_queries.departments()}
    codes = {row.code for row in rows}
    others = {row.name: row.code for row in held.values() if row.code not in codes}
    for line, row in pairs:
        if row.name in others:
            batch.problems.append(Problem(path.name, line.line, "name", f"名称“{row.name}”已经属于部门 {others[row.name]}"))
    if batch.is_bad(path.name):
        return
    changes = identity.upsert_departments(rows)
    for row in rows:
        if row.code in changes.added:
            batch.diffs.append(Diff(path.name, row.code, "", "", row.name))
        elif row.code in changes.changed:
            names = [name for name in DepartmentRow.__slots__ if not (name in {"phone", "address"} and not getattr(row, name))]
            batch.differs(path.name, row.code, {n: getattr(held[row.code], n) for n in names}, {n: getattr(row, n) for n in names})
    batch.files.append(FileReport(path.name, len(changes.added), len(changes.changed), len(changes.unchanged)))
    batch.touched |= set(Item.objects.filter(department_id__in=changes.changed).values_list("code", flat=True))


def load_themes(batch: Batch, path: Path) -> None:
    """themes.csv; the order of its lines is the order on the pages."""
    rows = _read(batch, path, ("code", "name", "audience", "stage"))
    records = {}
    for order, row in enumerate(rows, start=1):
        cells = batch.cells(path, row)
        records[cells.form("code", *THEME_CODE)] = {
            "name": cells.text("name", most=most(Theme, "name")),
            "audience": cells.word("audience", rules.Audience),
            "stage": cells.text("stage", most=most(Theme, "stage"), default=""),
            "order": order,
        }
    unique(batch, path, ((row, row.values["code"]) for row in rows), "编码", "code")
    unique(batch, path, ((row, f"{row.values['audience']} {row.values['name']}") for row in rows), "名称", "name")
    # What the console wrote into a theme stays.
    for code in Theme.objects.filter(origin=rules.Origin.HALL, code__in=list(records)).values_list("code", flat=True):
        del records[code]
    names = {(theme["audience"], theme["name"]) for theme in records.values()}
    for code, audience, name in Theme.objects.exclude(code__in=list(records)).values_list("code", "audience", "name"):
        if (audience, name) in names:
            batch.problems.append(Problem(path.name, 0, "name", f"名称“{name}”已经属于主题 {code}"))
    if records and not batch.is_bad(path.name):
        changed = sync(batch, path.name, Theme, records)
        batch.touched |= set(Item.objects.filter(itemtheme__theme__in=changed).values_list("code", flat=True))


def load_cert_types(batch: Batch, path: Path) -> None:
    """cert_types.csv"""
    rows = _read(batch, path, ("code", "name", "holder", "issuer", "issuer_dept_code", "number_field", "aliases"))
    departments = {row.code for row in identity_queries.departments()}
    records = {}
    for row in rows:
        cells = batch.cells(path, row)
        records[cells.form("code", r"[A-Z][A-Z0-9_]{1,39}", "大写字母、数字和下划线")] = {
            "name": cells.text("name", most=most(CertType, "name")),
            "holder": cells.word("holder", rules.Holder),
            "issuer": cells.text("issuer", most=most(CertType, "issuer"), default=""),
            "issuer_department_code": (issuer := cells.text("issuer_dept_code", most=12, default="")),
            "number_field": cells.text("number_field", most=most(CertType, "number_field"), default=""),
            "aliases": _words(cells.text("aliases", most=400, default="")),
        }
        cells.known("issuer_dept_code", [issuer], departments, "部门")
    unique(batch, path, ((row, row.values["code"]) for row in rows), "编码", "code")
    unique(batch, path, ((row, row.values["name"]) for row in rows), "名称", "name")
    names = {record["name"] for record in records.values()}
    for code, name in CertType.objects.filter(name__in=names).exclude(code__in=list(records)).values_list("code", "name"):
        batch.problems.append(Problem(path.name, 0, "name", f"名称“{name}”已经属于证照类型 {code}"))
    if not batch.is_bad(path.name):
        sync(batch, path.name, CertType, records)


def load_holidays(batch: Batch, path: Path) -> None:
    """holidays_*.csv; the table belongs to workdays. Years that the file names are replaced, others stay."""
    rows = _read(batch, path, ("date", "kind", "name"))
    holidays = []
    for row in rows:
        cells = batch.cells(path, row)
        text = cells.form("date", r"\d{4}-\d\d-\d\d", "像 2026-10-01 这样的日期")
        kind, name = cells.word("kind", rules.HolidayKind), cells.text("name", most=40)
        try:
            holidays.append(HolidayRow(date.fromisoformat(text), kind, name))
        except ValueError:
            if not cells.is_bad:
                cells.fail("date", f"没有“{text}”这一天")
    unique(batch, path, ((row, row.values["date"]) for row in rows), "日期", "date")
    if not batch.is_bad(path.name):
        done = workdays.load_holidays(holidays)
        if done.added or done.changed or done.removed:
            publish(events.HolidaysChanged())
        same = len(holidays) - done.added - done.changed
        batch.files.append(FileReport(path.name, done.added, done.changed, same, done.removed))
