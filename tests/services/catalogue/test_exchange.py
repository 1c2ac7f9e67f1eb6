"""Files of items in and out: made and checked in the background, written once confirmed, seen by the one who asked only (§5.1)."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hall.services.catalogue import exchange, queries, sheets
from hall.services.catalogue.exchange import (
    NotAsked,
    NotConfirmable,
    confirm_import,
    exchange_of,
    exchanges_of,
    start_export,
    start_import,
)
from hall.services.catalogue.exchange_models import ItemExchange
from hall.services.catalogue.exchange_rows import ExchangeRow
from hall.services.catalogue.models import Item, ItemVersion, Material
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.audit.models import TrailEntry
from hall.support.filestore import rules as file_rules
from hall.support.filestore import store
from hall.support.identity import commands as identity
from hall.support.jobs.queue import run_due_now
from hall.support.refusals import NotFound, Refusal
from tests.make.catalogue import item_row, make_item, material_row
from tests.make.crowds import at_once
from tests.make.files import make_docx, make_zip
from tests.make.people import NOW, SYSTEM, make_department, staff_actor
from tests.make.workbooks import as_upload, make_workbook, put

pytestmark = pytest.mark.django_db
A, B = "370100000701", "370100000702"


@pytest.fixture
def admin() -> Actor:
    return staff_actor(Role.SYS_ADMIN)


def exported(actor: Actor, form: str = "xlsx", **narrowed: str) -> Path:
    row = finished(actor, start_export(actor=actor, form=form, now=NOW, **narrowed))
    assert (row.state, row.sentence) == ("done", "") and row.file_id is not None
    return store.open_file(row.file_id)


def finished(actor: Actor, exchange_id: int) -> ExchangeRow:
    run_due_now()
    row = exchange_of(actor, exchange_id)
    assert row is not None and not row.is_under_way
    return row


def checked(actor: Actor, content: bytes | Path, name: str = "事项.xlsx") -> ExchangeRow:
    stream = io.BytesIO(content.read_bytes() if isinstance(content, Path) else content)
    return finished(actor, start_import(actor=actor, stream=stream, name=name, now=NOW))


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def faults(row: ExchangeRow) -> list[str]:
    assert row.report is not None
    return [f"{fault.place}：{fault.reason}" for fault in row.report.faults]


# --- the whole catalogue ----------------------------------------------------------------------------------------------------------


@pytest.mark.shipped
@pytest.mark.parametrize("form", ["xlsx", "jsonl"])
def test_the_shipped_catalogue_exported_and_imported_again_changes_nothing(admin: Actor, form: str) -> None:
    before = (queries.content_stamp(), ItemVersion.objects.count(), list(Item.objects.order_by("pk").values()))
    row = checked(admin, exported(admin, form), f"事项.{form}")
    assert faults(row) == []
    assert row.state == "checked" and row.report is not None
    assert (row.report.added, row.report.changed, row.report.unchanged, row.report.missing) == (0, 0, 599, 0)
    assert not row.report.is_changed and row.report.diffs == ()
    confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    assert finished(admin, row.exchange_id).state == "done"
    assert (queries.content_stamp(), ItemVersion.objects.count(), list(Item.objects.order_by("pk").values())) == before


# --- exports ----------------------------------------------------------------------------------------------------------------------


def test_an_export_is_narrowed_by_department_and_status(admin: Actor) -> None:
    make_item(code=A)
    make_item(code=B, department_code="SD33", status="suspended")
    codes = [json.loads(line)["code"] for line in exported(admin, "jsonl", department_code="SD33").read_text(encoding="utf-8").splitlines()]
    assert codes == [B]
    assert [item["code"] for item in sheets.read_workbook(exported(admin, status="published")).items] == [A]


def test_an_export_tells_how_far_it_has_got(admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        make_item()
    monkeypatch.setattr(exchange, "_STEP", 2)
    told: list[int] = []
    move = exchange._move
    monkeypatch.setattr(
        exchange, "_move", lambda pk, **changes: (told.append(changes["done"]) if "done" in changes else None, move(pk, **changes))
    )
    row = finished(admin, start_export(actor=admin, form="jsonl", now=NOW))
    assert told == [0, 2, 4, 5]
    assert (row.done, row.total, row.state_name) == (5, 5, "已生成")


def test_an_export_of_nothing_says_so(admin: Actor) -> None:
    row = finished(admin, start_export(actor=admin, form="xlsx", now=NOW))
    assert (row.state, row.sentence, row.file_id) == ("failed", "没有符合条件的事项，没有生成文件。请放宽条件后再导出。", None)


def test_only_a_known_format_department_and_status_can_be_asked_for(admin: Actor) -> None:
    for asked in ({"form": "exe"}, {"form": "xlsx", "department_code": "XX99"}, {"form": "xlsx", "status": "draft"}):
        with pytest.raises(NotAsked):
            start_export(actor=admin, now=NOW, **asked)
    assert not ItemExchange.objects.exists()


def test_an_export_begun_twice_makes_one_file(admin: Actor) -> None:
    make_item()
    exchange_id = start_export(actor=admin, form="jsonl", now=NOW)
    row = finished(admin, exchange_id)
    exchange.run_export(exchange_id=exchange_id)
    assert exchange_of(admin, exchange_id) == row


# --- who may --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.CLERK, Role.LEADER, Role.SUPERVISOR, Role.AUDITOR])
def test_nobody_but_the_system_administrator_exchanges_files(role: Role) -> None:
    actor = staff_actor(role)
    for ask in (
        lambda: start_export(actor=actor, form="xlsx", now=NOW),
        lambda: start_import(actor=actor, stream=io.BytesIO(b"{}"), name="a.jsonl", now=NOW),
        lambda: confirm_import(actor=actor, exchange_id=1, now=NOW),
        lambda: exchanges_of(actor),
        lambda: exchange_of(actor, 1),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_an_exchange_belongs_to_the_one_who_asked(admin: Actor) -> None:
    make_item(code=A)
    exchange_id = start_export(actor=admin, form="xlsx", now=NOW)
    other = staff_actor(Role.SYS_ADMIN)
    assert exchange_of(other, exchange_id) is None and exchanges_of(other) == []
    with pytest.raises(NotFound):
        confirm_import(actor=other, exchange_id=exchange_id, now=NOW)
    assert [row.exchange_id for row in exchanges_of(admin)] == [exchange_id]


def test_an_account_that_was_shut_meanwhile_imports_nothing(admin: Actor) -> None:
    make_department()
    row = checked(admin, lines([item_row(code=A)]), "a.jsonl")
    confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    assert admin.account_id is not None
    identity.disable_account(actor=staff_actor(Role.SYS_ADMIN), account_id=admin.account_id, now=NOW)
    assert finished(admin, row.exchange_id).state == "failed"
    assert not Item.objects.filter(code=A).exists()


# --- imports ----------------------------------------------------------------------------------------------------------------------


def test_a_check_shows_the_differences_and_writes_nothing_until_they_are_confirmed(admin: Actor, tmp_path: Path) -> None:
    make_item(code=A, promised_days=10)
    items = [json.loads(line) for line in exported(admin, "jsonl").read_text(encoding="utf-8").splitlines()]
    new = item_row(code=B, name="新事项", online_depth="info", materials=[])
    path = make_workbook(tmp_path, [*items, new], spoil=put("事项", 2, "承诺天数", 8))
    # Its steps add up to ten days.
    row = checked(admin, path)
    assert any("承诺的 8 天" in fault for fault in faults(row)), "the hall's own checks read the workbook too"
    path = make_workbook(tmp_path, [*items, new], spoil=put("事项", 2, "承诺天数", 12))
    row = checked(admin, path)
    assert row.state == "checked" and row.report is not None
    assert [(diff.code, diff.field, diff.old, diff.new) for diff in row.report.diffs] == [
        (B, "", "", "新事项"),
        (A, "承诺天数", "10", "12"),
    ]
    assert ItemVersion.objects.count() == 1
    confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    assert finished(admin, row.exchange_id).state == "done"
    version = queries.current_version(A)
    assert version is not None and (version.number, version.promised_days) == (2, 12)
    assert Item.objects.filter(code=B, status="published").exists()
    entry = TrailEntry.objects.get(deed="catalogue.imported")
    assert entry.actor_id == admin.account_id


def test_an_imported_item_keeps_its_forms(admin: Actor) -> None:
    item = make_item(code=A)
    changed = json.loads(exported(admin, "jsonl").read_text(encoding="utf-8")) | {"fee": "按标准收费"}
    row = checked(admin, lines([changed]), "a.jsonl")
    assert row.report is not None and [diff.field for diff in row.report.diffs] == ["收费说明"]
    confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    finished(admin, row.exchange_id)
    version = queries.current_version(A)
    assert version is not None and version.fee == "按标准收费"
    assert version.form_schemas == item.form_schemas


def test_one_broken_row_and_nothing_is_written(admin: Actor, tmp_path: Path) -> None:
    make_department()
    good, bad = item_row(code=A), item_row(code=B, promised_days=99, statutory_days=20)
    for content, name, place in (
        (make_workbook(tmp_path, [good, bad]).read_bytes(), "事项.xlsx", "工作表“事项” 第 3 行 · 承诺天数"),
        (lines([good, bad]), "事项.jsonl", "事项.jsonl 第 2 行 · promised_days"),
    ):
        row = checked(admin, content, name)
        assert row.state == "refused"
        assert faults(row) == [f"{place}：承诺 99 天超过法定 20 天"]
        with pytest.raises(NotConfirmable):
            confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    assert not Item.objects.exists()


def test_unknown_words_duplicate_codes_and_broken_lines_are_named(admin: Actor) -> None:
    make_department()
    row = checked(admin, lines([item_row(code=A), item_row(code=A, legal_basis_quality="圣旨")]), "a.jsonl")
    assert "a.jsonl 第 2 行 · code：编码“370100000701”与第 1 行重复" in faults(row)
    assert any("legal_basis_quality" in fault and "圣旨" in fault for fault in faults(row))
    assert faults(checked(admin, b'{"code": \n', "b.jsonl")) == ["b.jsonl 第 1 行：不是正确的 JSON（第 9 个字符附近）"]
    assert faults(checked(admin, lines([item_row(code=A, materials="许多")]), "c.jsonl"))[0].startswith("c.jsonl 第 1 行 · materials")


def test_what_changed_between_check_and_confirmation_is_checked_again(admin: Actor) -> None:
    make_item(code=A, promised_days=10, name="旧名")
    changed = json.loads(exported(admin, "jsonl").read_text(encoding="utf-8")) | {"name": "新名"}
    row = checked(admin, lines([changed]), "a.jsonl")
    make_item(code=A, promised_days=10, name="中间的名")
    confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    row = finished(admin, row.exchange_id)
    assert row.state == "checked" and "又有变化" in row.sentence and row.report is not None
    assert [(diff.old, diff.new) for diff in row.report.diffs if diff.field == "事项名称"] == [("中间的名", "新名")]
    assert ItemVersion.objects.filter(name="新名").count() == 0
    confirm_import(actor=admin, exchange_id=row.exchange_id, now=NOW)
    assert finished(admin, row.exchange_id).state == "done"
    assert ItemVersion.objects.filter(name="新名").count() == 1


def test_a_file_cannot_bring_in_other_peoples_files_by_their_numbers(admin: Actor, tmp_path: Path) -> None:
    private = store.store_bytes(content=b"%PDF-1.4", name="身份证.jsonl", media_type="application/x-ndjson", now=NOW).file_id
    own = store.store_bytes(content=b"blank", name="空表.txt", media_type="text/plain", now=NOW).file_id
    make_item(code=A, materials=[material_row(1, blank_form_id=str(own))])
    items = [json.loads(line) for line in exported(admin, "jsonl").read_text(encoding="utf-8").splitlines()]
    assert checked(admin, lines(items), "a.jsonl").state == "checked", "its own file may stay"
    items[0]["materials"][0]["sample_id"] = str(private)
    assert faults(checked(admin, lines(items), "a.jsonl")) == [
        "a.jsonl 第 1 行 · materials[0].sample_id：这个事项没有这份文件。空白表格和示例样表请在部门工作台上传，不能用编号引入"
    ]
    row = checked(admin, make_workbook(tmp_path, items))
    assert faults(row)[0].startswith("工作表“申请材料” 第 2 行 · 示例样表文件：")
    assert not Material.objects.filter(sample_id=private).exists()


class _Large(io.BytesIO):
    """A hundred megabytes that take no room."""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 100 * 1024 * 1024 if whence == 2 else super().seek(offset, whence)

    def read(self, *_: Any) -> bytes:
        raise AssertionError("it is not read")


def test_a_file_that_is_too_large_gets_a_sentence(admin: Actor) -> None:
    with pytest.raises(file_rules.FileTooLarge) as refused:
        start_import(actor=admin, stream=_Large(), name="事项.xlsx", now=NOW)
    assert refused.value.shown == "文件有 100 MB，超过了 20 MB 的上限。请删去图片等多余内容，或按部门分成几份导入。"


def test_a_small_package_that_unpacks_to_too_much_gets_a_sentence(admin: Actor) -> None:
    bomb = make_zip({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": b" " * (sheets.MOST_UNPACKED_BYTES + 1)})
    with pytest.raises(Refusal, match="展开后有 100 MB"):
        start_import(actor=admin, stream=io.BytesIO(bomb), name="事项.xlsx", now=NOW)
    assert not ItemExchange.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [(make_docx(), "事项.xlsx"), (make_docx(), "事项.docx"), (b"MZ\x90", "事项.jsonl"), (b"", "事项.xlsx"), (b"{}", "事项")],
)
def test_what_is_no_file_of_items_is_refused_at_the_door(admin: Actor, content: bytes, name: str) -> None:
    with pytest.raises(Refusal):
        start_import(actor=admin, stream=io.BytesIO(content), name=name, now=NOW)
    assert not ItemExchange.objects.exists()


def test_a_formula_is_refused_with_its_place(admin: Actor, tmp_path: Path) -> None:
    make_department()
    row = checked(admin, make_workbook(tmp_path, [item_row(code=A)], spoil=put("受理条件", 2, "内容", '=CMD("x")')))
    assert faults(row) == ["工作表“受理条件” 第 2 行 · 内容：单元格里是公式。请复制后“选择性粘贴—数值”，再导入"]


def test_files_go_after_a_day(admin: Actor) -> None:
    make_item()
    row = finished(admin, start_export(actor=admin, form="xlsx", now=NOW))
    assert exchange.forget_old(now=NOW + timedelta(hours=23)) == 0
    assert exchange.forget_old(now=NOW + timedelta(hours=25)) == 1
    assert exchange_of(admin, row.exchange_id) is None
    assert row.file_id is not None
    with pytest.raises(file_rules.FileMissing):
        store.file_row(row.file_id)


# --- twice at once ----------------------------------------------------------------------------------------------------------------

ROUNDS = 8


def _confirm_twice(admin: Actor) -> Iterator[list[Any]]:
    make_department()
    for number in range(1, ROUNDS + 1):
        row = checked(admin, lines([item_row(code=A, promised_days=number)]), "a.jsonl")
        yield at_once([lambda pk=row.exchange_id: confirm_import(actor=admin, exchange_id=pk, now=timezone.now())] * 2)  # type: ignore[misc]
        run_due_now()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_confirmed_twice_at_once_it_is_written_once() -> None:
    for outcome in _confirm_twice(staff_actor(Role.SYS_ADMIN)):
        assert sorted(type(one).__name__ for one in outcome) == ["NoneType", "NotConfirmable"]
    assert TrailEntry.objects.filter(deed="catalogue.import_confirmed").count() == ROUNDS
    assert ItemVersion.objects.filter(item=A).count() == ROUNDS


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_confirmation_that_looks_first_and_writes_then_counts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the conditional UPDATE both of two presses are taken."""

    class Careless:
        def __init__(self, found: Any) -> None:
            self._found = found

        def filter(self, **wanted: Any) -> "Careless":
            return Careless(self._found.filter(**{name: value for name, value in wanted.items() if name != "state"}))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._found, name)

    own = exchange._own
    monkeypatch.setattr(exchange, "_own", lambda actor: Careless(own(actor)))
    taken = [outcome for outcome in _confirm_twice(staff_actor(Role.SYS_ADMIN)) if outcome == [None, None]]
    assert taken


def test_a_system_actor_has_no_exchanges_of_its_own() -> None:
    with pytest.raises(NotAllowed):
        start_export(actor=SYSTEM, form="xlsx", now=NOW)


def test_uploads_come_as_streams(tmp_path: Path, admin: Actor) -> None:
    make_department()
    stream = as_upload(make_workbook(tmp_path, [item_row(code=A)]))
    assert finished(admin, start_import(actor=admin, stream=stream, name="事项.XLSX", now=NOW)).state == "checked"
