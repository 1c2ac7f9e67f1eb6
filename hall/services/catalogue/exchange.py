"""Files of items in and out by the system administrator: exports in the background, imports checked first and written once confirmed.

Both formats go through the same checks as `import_catalogue`; an item's application forms stay as they are.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from hall.services.catalogue import rules, sheets
from hall.services.catalogue.commands import import_catalogue
from hall.services.catalogue.exchange_models import ItemExchange
from hall.services.catalogue.exchange_rows import CheckReport, ExchangeRow, check_report
from hall.services.catalogue.exporting import item_count, item_lines
from hall.services.catalogue.intake.files import read_jsonl
from hall.services.catalogue.models import Item, Material
from hall.services.catalogue.report import Problem
from hall.support.access.actors import Actor, NotAllowed, Role, require
from hall.support.access.throttles import count_try
from hall.support.audit import trail
from hall.support.filestore import rules as file_rules
from hall.support.filestore import store
from hall.support.formrules.files import AUDIENCES
from hall.support.identity import queries as identity
from hall.support.jobs.queue import every, later
from hall.support.refusals import Conflict, NotFound, Refusal

FORMS = {"xlsx": "Excel 工作簿", "jsonl": "JSON Lines"}
MOST_BYTES = 20 * 1024 * 1024
KEPT = timedelta(days=1)
PER_HOUR = 60
LISTED = 20
_STEP = 200
_MOST_IDS = 500


class NotAsked(Refusal):
    sentence = "请选择要导出的格式。"


class NothingToExport(Refusal):
    sentence = "没有符合条件的事项，没有生成文件。请放宽条件后再导出。"


class NotConfirmable(Conflict):
    sentence = "这份文件现在不能确认导入：它已经导入过，或者还没有核对完。"


# --- asking -----------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_export(*, actor: Actor, form: str, department_code: str = "", status: str = "", now: datetime) -> int:
    """Have a file of items made in the background; returns the number under which it is followed.

    Raises: NotAllowed, TooMany, NotAsked. Source: issue "found in their own words" A and D.
    """
    require(actor, Role.SYS_ADMIN)
    if form not in FORMS or (status and status not in set(rules.PublicStatus)):
        raise NotAsked
    if department_code and identity.department(department_code) is None:
        raise NotAsked("没有这个部门，请重新选择。")
    name = f"事项{'-' + department_code if department_code else ''}-{timezone.localtime(now):%Y%m%d-%H%M%S}.{form}"
    exchange = _begin(actor, "export", form, name, now, department_code=department_code, status=status)
    later(run_export, exchange_id=exchange.pk)
    return exchange.pk


def start_import(*, actor: Actor, stream: BinaryIO, name: str, now: datetime) -> int:
    """Take a file of items and have it checked in the background; nothing is written. Returns the number under which it is followed.

    Raises: NotAllowed, TooMany, FileTooLarge, and what `store_upload` refuses.
    """
    require(actor, Role.SYS_ADMIN)
    _check_size(stream)
    form = name.rpartition(".")[2].lower()
    if form == "xlsx":
        _check_package(stream)
    file = store.store_upload(actor=actor, stream=stream, declared_name=name, accept=tuple(FORMS), max_bytes=MOST_BYTES, now=now)
    with transaction.atomic():
        exchange = _begin(actor, "import", file.extension, file.name, now, file_id=file.file_id)
        later(check_import, exchange_id=exchange.pk)
    return exchange.pk


@transaction.atomic
def confirm_import(*, actor: Actor, exchange_id: int, now: datetime) -> None:
    """Have the checked file written, exactly as its report says. Raises: NotAllowed, NotFound, NotConfirmable."""
    require(actor, Role.SYS_ADMIN)
    own = _own(actor).filter(pk=exchange_id)
    if not own.exists():
        raise NotFound
    # One conditional UPDATE: pressed twice it is written once.
    if not own.filter(state="checked").update(state="confirmed", moved_at=now):
        raise NotConfirmable
    trail.record(actor, "catalogue.import_confirmed", str(exchange_id), at=now)
    later(apply_import, exchange_id=exchange_id)


def exchange_of(actor: Actor, exchange_id: int) -> ExchangeRow | None:
    """One of the actor's own exchanges; nobody else's. One SQL query. Raises: NotAllowed."""
    require(actor, Role.SYS_ADMIN)
    found = _own(actor).filter(pk=exchange_id).first()
    return _row(found) if found else None


def exchanges_of(actor: Actor) -> list[ExchangeRow]:
    """The actor's own exchanges of the last day, newest first, 20 at most. One SQL query. Raises: NotAllowed."""
    require(actor, Role.SYS_ADMIN)
    return [_row(found) for found in _own(actor).order_by("-pk")[:LISTED]]


def _own(actor: Actor) -> QuerySet[ItemExchange]:
    assert actor.account_id is not None
    return ItemExchange.objects.filter(account_id=actor.account_id)


def _row(found: ItemExchange) -> ExchangeRow:
    report = CheckReport.from_plain(found.report) if found.report else None
    names = ("direction", "form", "state", "done", "total", "file_id", "file_name", "sentence", "created_at", "moved_at")
    return ExchangeRow(exchange_id=found.pk, report=report, **{name: getattr(found, name) for name in names})


def _begin(actor: Actor, direction: str, form: str, name: str, now: datetime, **more: Any) -> ItemExchange:
    assert actor.account_id is not None
    count_try(f"exchange:{actor.account_id}", limit=PER_HOUR, window_seconds=3600, now=now)
    exchange = ItemExchange.objects.create(
        account_id=actor.account_id,
        account_name=actor.name,
        direction=direction,
        form=form,
        state="queued",
        file_name=name,
        created_at=now,
        moved_at=now,
        **more,
    )
    trail.record(actor, f"catalogue.{direction}_asked", str(exchange.pk), detail=form, at=now)
    return exchange


def _check_size(stream: BinaryIO) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > MOST_BYTES:
        limit = file_rules.size_words(MOST_BYTES)
        raise file_rules.FileTooLarge(
            f"文件有 {file_rules.size_words(size)}，超过了 {limit} 的上限。请删去图片等多余内容，或按部门分成几份导入。"
        )


def _check_package(stream: BinaryIO) -> None:
    """Before anything is unpacked; what is no package at all, the file store says better."""
    if zipfile.is_zipfile(stream):
        try:
            sheets.check_package(stream)
        except sheets.UnreadableBook as fault:
            raise Refusal(str(fault)) from fault
    stream.seek(0)


# --- making ----------------------------------------------------------------------------------------------------------------------


def _move(exchange_id: int, **changes: Any) -> None:
    ItemExchange.objects.filter(pk=exchange_id).update(moved_at=timezone.now(), **changes)


def _fail(exchange_id: int, refusal: Refusal) -> None:
    _move(exchange_id, state="failed", sentence=refusal.shown[:300])


def _actor(exchange: ItemExchange) -> Actor:
    """The one who asked, with the roles of today. Raises: NotAllowed."""
    actor = identity.actor_of(exchange.account_id)
    if actor is None:
        raise NotAllowed("账号已停用，没有继续。")
    require(actor, Role.SYS_ADMIN)
    return actor


def run_export(*, exchange_id: int) -> None:
    """Make the file of an export. Begun again it begins afresh; finished it stays as it is."""
    exchange = ItemExchange.objects.filter(pk=exchange_id, state__in=["queued", "running"]).first()
    if exchange is None:
        return
    try:
        _actor(exchange)
        total = item_count(department=exchange.department_code, status=exchange.status)
        if not total:
            raise NothingToExport
        _move(exchange_id, state="running", done=0, total=total)
        with TemporaryDirectory(prefix="hall-export-") as folder:
            path = Path(folder) / f"items.{exchange.form}"
            _write(path, exchange, lambda done: _move(exchange_id, done=done))
            media_type = file_rules.MADE_TYPES[exchange.form]
            file = store.store_made(path=path, name=exchange.file_name, media_type=media_type, now=timezone.now())
    except Refusal as refusal:
        _fail(exchange_id, refusal)
        return
    _move(exchange_id, state="done", done=total, file_id=file.file_id)


def _write(path: Path, exchange: ItemExchange, say: Callable[[int], None]) -> None:
    lines = _told(item_lines(department=exchange.department_code, status=exchange.status), say)
    if exchange.form == "jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as target:
            target.writelines(f"{line}\n" for line in lines)
        return
    notes = (
        ("导出时间", f"{timezone.localtime():%Y-%m-%d %H:%M:%S}"),
        ("怎样修改", "在原来的工作表里改；一个事项的材料、依据、条件等各占一行，用事项编码对应。不要改表头和工作表名。"),
        ("怎样导回", "在“事项导入导出”上传，先核对差异，确认后才写入。没有改动的文件导回来，什么都不会变。"),
        ("公式", "单元格里不要写公式。以 = + - @ 开头的文字前面有一个单引号，导入时会自动去掉。"),
    )
    sheets.write_workbook(path, map(json.loads, lines), notes=notes)


def _told(lines: Iterator[str], say: Callable[[int], None]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if number % _STEP == 0:
            say(number)
        yield line


# --- checking and writing ---------------------------------------------------------------------------------------------------------


def check_import(*, exchange_id: int) -> None:
    """Read the file and try it out; the report tells what it would change, or what is wrong with it. Writes nothing to the catalogue."""
    exchange = ItemExchange.objects.filter(pk=exchange_id, direction="import", state__in=["queued", "running"]).first()
    if exchange is None:
        return
    _move(exchange_id, state="running")
    try:
        report = _import(exchange, _actor(exchange), is_dry_run=True)
    except Refusal as refusal:
        _fail(exchange_id, refusal)
        return
    _move(exchange_id, state="refused" if report.problem_count else "checked", report=report.plain())


@transaction.atomic
def apply_import(*, exchange_id: int) -> None:
    """Write a confirmed file, once. What it changes must be what its report said: else nothing is written and the new report is shown."""
    exchange = ItemExchange.objects.select_for_update().filter(pk=exchange_id, state="confirmed").first()
    if exchange is None:
        return
    try:
        with transaction.atomic():
            report = _import(exchange, _actor(exchange), is_dry_run=False)
            is_as_told = exchange.report is not None and report.digest == exchange.report["digest"] and not report.problem_count
            if not is_as_told:
                transaction.set_rollback(True)
    except Refusal as refusal:
        _fail(exchange_id, refusal)
        return
    if is_as_told:
        _move(exchange_id, state="done", report=report.plain())
    else:
        told = "核对之后事项目录又有变化，没有写入。请看新的核对结果，再确认一次。"
        _move(exchange_id, state="refused" if report.problem_count else "checked", report=report.plain(), sentence=told)


def _import(exchange: ItemExchange, actor: Actor, *, is_dry_run: bool) -> CheckReport:
    assert exchange.file_id is not None
    with TemporaryDirectory(prefix="hall-import-") as name:
        folder = Path(name)
        reading = _lay_out(store.open_file(exchange.file_id), exchange, folder)
        if reading.problems:
            return check_report(None, reading.problems)
        report = import_catalogue(folder=folder, dry_run=is_dry_run, actor=actor, now=timezone.now())
    placed = [_told_of(reading, problem, exchange) for problem in report.problems]
    return check_report(report, placed)


def _told_of(reading: sheets.Reading, problem: Problem, exchange: ItemExchange) -> Problem:
    if exchange.form == "xlsx" and problem.line:
        return reading.placed(problem)
    return Problem(exchange.file_name, problem.line, problem.field, problem.reason)


def _lay_out(path: Path, exchange: ItemExchange, folder: Path) -> sheets.Reading:
    """Turn the file into a folder as `import_catalogue` takes it: items.jsonl, and the forms that the items have now."""
    target = folder / "items.jsonl"
    if exchange.form == "xlsx":
        try:
            reading = sheets.read_workbook(path, say=lambda done: _move(exchange.pk, done=done))
        except sheets.UnreadableBook as fault:
            raise Refusal(str(fault)) from fault
        target.write_text("".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in reading.items), encoding="utf-8")
    else:
        shutil.copyfile(path, target)
        rows, problems = read_jsonl(target)
        named = [Problem(exchange.file_name, problem.line, problem.field, problem.reason) for problem in problems]
        reading = sheets.Reading(items=[row.values for row in rows], problems=named[: sheets.MOST_PROBLEMS])
    if not reading.problems:
        _refuse_foreign_files(reading, exchange)
        _write_forms([item["code"] for item in reading.items if isinstance(item.get("code"), str)], folder / "forms")
    return reading


def _refuse_foreign_files(reading: sheets.Reading, exchange: ItemExchange) -> None:
    """A file may name only those blank forms and samples that its items have already: any other number could be somebody's own file."""
    named: list[tuple[int, str, str, str]] = []
    for line, item in enumerate(reading.items, start=1):
        materials = item.get("materials")
        for place, material in enumerate(materials if isinstance(materials, list) else ()):
            for field in ("blank_form_id", "sample_id"):
                if isinstance(material, dict) and material.get(field):
                    named.append((line, str(item.get("code")), f"materials[{place}].{field}", str(material[field])))
    if not named:
        return
    held = Material.objects.filter(version__item__in={code for _, code, _, _ in named}).values_list(
        "version__item_id", "blank_form_id", "sample_id"
    )
    known = {(code, str(number)) for code, *numbers in held.distinct() for number in numbers if isinstance(number, UUID)}
    for line, code, field, number in named:
        if (code, number.strip()) not in known:
            problem = Problem("", line, field, "这个事项没有这份文件。空白表格和示例样表请在部门工作台上传，不能用编号引入")
            reading.problems.append(_told_of(reading, problem, exchange))


def _write_forms(codes: list[str], folder: Path) -> None:
    """The forms that the items have now, and the two general ones for new items."""
    folder.mkdir()
    general: dict[str, Any] = {}
    for audience in AUDIENCES:
        source = settings.DATA_DIR / "forms" / f"{audience}.json"
        if source.exists():
            shutil.copyfile(source, folder / source.name)
            general[audience] = json.loads(source.read_text(encoding="utf-8-sig"))
    for start in range(0, len(codes), _MOST_IDS):
        held = Item.objects.filter(code__in=codes[start : start + _MOST_IDS], current_version__isnull=False)
        for code, schemas in held.values_list("code", "current_version__form_schemas"):
            for audience, schema in schemas.items():
                if schema != general.get(audience):
                    (folder / f"{code}.{audience}.json").write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")


@every("29 * * * *")
def forget_old(*, now: datetime) -> int:
    """Remove exchanges and their files after a day; returns how many."""
    old = list(ItemExchange.objects.filter(created_at__lt=now - KEPT).values_list("pk", "file_id")[:1000])
    with transaction.atomic():
        for _, file_id in old:
            if file_id is not None:
                store.forget_file(file_id)
        ItemExchange.objects.filter(pk__in=[pk for pk, _ in old]).delete()
    return len(old)
