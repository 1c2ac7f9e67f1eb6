"""Importing: whole files or nothing, once or twice the same, a new version where the content changed (issue C)."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hall.services import events
from hall.services.catalogue import announcing, commands, queries
from hall.services.catalogue.models import Bundle, Item, ItemVersion, Keyword, Material, Synonym, Theme
from hall.support.access.actors import VISITOR, Actor, NotAllowed, Role, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.identity import queries as identity
from hall.support.workdays.models import Holiday
from tests.make.catalogue import DATA, import_folder, item_row, make_theme, material_row, write_csv, write_items, write_small_data
from tests.make.people import NOW, make_department

pytestmark = pytest.mark.django_db
A, B = "370100000101", "370100000102"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    codes: list[str] = []
    monkeypatch.setattr(announcing, "publish", lambda fact: codes.extend(fact.codes) if isinstance(fact, events.ItemsPublished) else None)
    return codes


def state() -> tuple[Any, ...]:
    return (
        queries.content_stamp(),
        *(list(model._default_manager.order_by("pk").values()) for model in (Item, ItemVersion, Material, Keyword, Theme, Bundle, Synonym)),
    )


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A small cut of the shipped data, to be broken."""
    return write_small_data(tmp_path / "data")


def change(folder: Path, code: str, **changes: Any) -> None:
    path = folder / "items.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write_items_only(path, [row | changes if row["code"] == code else row for row in rows])


def write_items_only(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_the_shipped_catalogue_comes_in_whole_and_a_second_time_changes_nothing(published: list[str]) -> None:
    with CaptureQueriesContext(connection) as statements:
        first = import_folder(DATA)
    assert len(statements) < 200
    assert first.problems == ()
    assert first.versions == Item.objects.count() == ItemVersion.objects.count() == len(set(published)) == 599
    assert Material.objects.count() == 2748
    assert len(queries.bundles()) == 40
    assert Holiday.objects.count() == 256
    assert len(identity.departments()) == 60
    assert not ItemVersion.objects.filter(published_at__isnull=True).exists()
    assert TrailEntry.objects.filter(deed="catalogue.imported").count() == 1
    before = state()
    published.clear()
    with CaptureQueriesContext(connection) as statements:
        second = import_folder(DATA)
    assert (second.added, second.changed, second.versions, second.diffs, second.problems) == (0, 0, 0, (), ())
    assert second.unchanged == first.added
    assert state() == before
    assert published == []
    assert TrailEntry.objects.filter(deed="catalogue.imported").count() == 1
    assert [s for s in statements if s["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []
    assert list(second.lines())[-1] == "没有变化。"


def test_every_item_that_takes_applications_has_a_form_for_each_audience(shipped: Path) -> None:
    import_folder(shipped)
    for item in Item.objects.select_related("current_version"):
        version = item.current_version
        assert version is not None
        is_declarable = version.applicable and version.online_depth in {"prelim", "full"}
        assert set(version.form_schemas) == (set(version.audience) if is_declarable else set())


def test_a_changed_item_gets_a_new_version_and_the_old_one_stays(tmp_path: Path, published: list[str]) -> None:
    make_department()
    write_items(tmp_path, [item_row(code=A), item_row(code=B, name="另一件事")])
    import_folder(tmp_path)
    old, stamp = queries.current_version(A), queries.content_stamp()
    assert old is not None
    published.clear()
    write_items(tmp_path, [item_row(code=A, promised_days=5), item_row(code=B, name="另一件事")])
    report = import_folder(tmp_path)
    assert (report.added, report.changed, report.unchanged, report.versions) == (0, 1, 1, 1)
    new = queries.current_version(A)
    assert new is not None
    assert (new.number, new.promised_days) == (2, 5)
    assert queries.item_version(old.version_id) == old
    assert [(diff.field, diff.old, diff.new) for diff in report.diffs if diff.field != "flow_steps"] == [("promised_days", "10", "5")]
    assert published == [A]
    assert queries.content_stamp() > stamp


def test_going_back_to_old_content_makes_a_third_version(tmp_path: Path) -> None:
    make_department()
    for days in (10, 5, 10):
        write_items(tmp_path, [item_row(code=A, promised_days=days)])
        import_folder(tmp_path)
    version = queries.current_version(A)
    assert version is not None
    assert (version.number, version.promised_days) == (3, 10)


def test_a_changed_material_or_form_makes_a_new_version(tmp_path: Path) -> None:
    make_department()
    write_items(tmp_path, [item_row(code=A)])
    import_folder(tmp_path)
    write_items(tmp_path, [item_row(code=A, materials=[material_row(max_mb=5)])])
    report = import_folder(tmp_path)
    assert [diff.field for diff in report.diffs] == ["materials"]
    form = tmp_path / "forms" / "person.json"
    form.write_text(form.read_text(encoding="utf-8").replace("项目名称", "项目全称"), encoding="utf-8")
    report = import_folder(tmp_path)
    assert [(diff.field, diff.new) for diff in report.diffs] == [("form_schemas", "（内容有改动）")]
    assert ItemVersion.objects.filter(item=A).count() == 3


def test_links_and_status_change_without_a_new_version(tmp_path: Path, published: list[str]) -> None:
    make_department()
    make_theme("L08")
    write_items(tmp_path, [item_row(code=A), item_row(code=B, name="另一件事")])
    import_folder(tmp_path)
    published.clear()
    changed = item_row(code=A, themes=["L08"], keywords=["立项"], related={"followup": [B]}, status="suspended")
    write_items(tmp_path, [changed, item_row(code=B, name="另一件事")])
    report = import_folder(tmp_path)
    assert (report.changed, report.versions) == (1, 0)
    assert {(diff.field, diff.old, diff.new) for diff in report.diffs} == {
        ("themes", "", "L08"),
        ("keywords", "项目核准", "立项"),
        ("related", "", f"followup {B}"),
        ("status", "published", "suspended"),
    }
    assert published == [A]
    assert queries.current_version(A) is None
    page = queries.item_page(A)
    assert page is not None
    assert not page.is_declarable
    assert [card.code for card in page.neighbours.after] == [B]


def test_an_item_missing_from_the_file_stays_and_is_reported(tmp_path: Path) -> None:
    make_department()
    write_items(tmp_path, [item_row(code=A), item_row(code=B)])
    import_folder(tmp_path)
    write_items(tmp_path, [item_row(code=A)])
    report = import_folder(tmp_path)
    assert report.missing == (B,)
    assert (report.added, report.changed) == (0, 0)
    assert queries.current_version(B) is not None


def test_a_dry_run_tells_the_difference_and_writes_nothing(shipped: Path, published: list[str]) -> None:
    first = import_folder(shipped, dry_run=True)
    assert first.added > 300
    assert (Item.objects.count(), Holiday.objects.count(), len(identity.departments()), queries.content_stamp()) == (0, 0, 0, 1)
    import_folder(shipped)
    before = state()
    published.clear()
    change(shipped, "370102002000", promised_days=5)
    report = import_folder(shipped, dry_run=True)
    assert "  ~ 370102002000 promised_days：10 → 5" in list(report.lines())
    assert report.changed == 1
    assert state() == before
    assert published == []
    assert TrailEntry.objects.filter(deed="catalogue.imported").count() == 1


def test_a_bad_row_keeps_its_whole_file_and_its_dependants_out_and_nothing_else(shipped: Path) -> None:
    change(shipped, "370102002000", promised_days=99)
    report = import_folder(shipped)
    assert str(report.problems[0]) == "items.jsonl 第 2 行 promised_days：承诺 99 天超过法定 20 天"
    assert [problem.file for problem in report.problems] == ["items.jsonl", "bundles.jsonl", "synonyms.csv"]
    assert not Item.objects.exists() and not Bundle.objects.exists() and not Synonym.objects.exists()
    assert Theme.objects.count() == 60
    assert len(identity.departments()) == 60


def test_a_bad_row_leaves_what_was_there(shipped: Path) -> None:
    import_folder(shipped)
    before = state()
    change(shipped, "370102002000", type="licence")
    report = import_folder(shipped)
    assert report.problems[0].field == "type"
    assert state() == before


def test_a_broken_line_among_the_items_is_named(shipped: Path) -> None:
    path = shipped / "items.jsonl"
    last = path.read_text(encoding="utf-8").count("\n") + 1
    with path.open("a", encoding="utf-8") as file:
        file.write('{"code": "3701\n')
    report = import_folder(shipped)
    assert (report.problems[0].file, report.problems[0].line) == ("items.jsonl", last)
    assert not Item.objects.exists()


def test_a_repeated_item_is_named_with_the_line_of_the_first(tmp_path: Path) -> None:
    make_department()
    write_items(tmp_path, [item_row(code=A), item_row(code=B), item_row(code=A)])
    assert [str(problem) for problem in import_folder(tmp_path).problems] == [f"items.jsonl 第 3 行 code：编码“{A}”与第 1 行重复"]


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "field"),
    [
        ("divisions_shandong.csv", "370100,济南市,city,370000,1", "370100,济南市,town,370000,1", 3, "level"),
        ("divisions_shandong.csv", "370100,济南市,city,370000,1", "370100,济南市,city,990000,1", 3, "parent_code"),
        ("divisions_shandong.csv", "370100,济南市,city,370000,1", "370100,济南市,city,370000,yes", 3, "gb2260"),
        ("departments.csv", "02,SD02,", "0,SD02,", 3, "dept_no"),
        ("departments.csv", "02,SD02,", "01,SD02,", 3, "dept_no"),
        ("departments.csv", "02,SD02,", "02,SD01,", 3, "dept_code"),
        ("departments.csv", "11370000MB000014XM", "11370000MB000014XI", 3, "uscc_demo"),
        ("themes.csv", "P02,户籍办理,person", "P02,户籍办理,people", 3, "audience"),
        ("themes.csv", "P02,户籍办理,person", "P02,生育收养,person", 3, "name"),
        ("themes.csv", "P02,户籍办理,person", "P01,户籍办理,person", 3, "code"),
        (
            "cert_types.csv",
            "HUKOU_BOOK,居民户口簿,person,省公安厅,SD07",
            "HUKOU_BOOK,居民户口簿,person,省公安厅,SD99",
            3,
            "issuer_dept_code",
        ),
        ("bundles.jsonl", '"370126014000","372030007000"', '"370126014000","999999999999"', 2, "items"),
        ("bundles.jsonl", '"code":"YJS002"', '"code":"YJS001"', 2, "code"),
        ("synonyms.csv", "驾驶本,机动车驾驶证,370107006000", "驾驶本,机动车驾驶证,370107006999", 3, "item_codes"),
        ("synonyms.csv", "驾驶本,机动车驾驶证", "驾照,机动车驾驶证", 3, ""),
        ("holidays_cn.csv", "2020-01-19,work", "2020-02-30,work", 3, "date"),
        ("holidays_cn.csv", "2020-01-19,work", "2020-01-19,party", 3, "kind"),
    ],
)
def test_a_fault_in_any_file_is_named(shipped: Path, name: str, old: str, new: str, line: int, field: str) -> None:
    path = shipped / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    problems = [problem for problem in import_folder(shipped).problems if problem.line]
    assert [(problem.file, problem.line, problem.field) for problem in problems] == [(name, line, field)]


def test_a_broken_form_keeps_the_items_out(shipped: Path) -> None:
    (shipped / "forms" / "person.json").write_text("{", encoding="utf-8")
    problems = import_folder(shipped).problems
    assert [problem.file for problem in problems] == ["forms/person.json", "items.jsonl", "bundles.jsonl", "synonyms.csv"]
    assert not Item.objects.exists()


def test_a_form_for_no_item_is_named(shipped: Path) -> None:
    shutil.copy(shipped / "forms" / "person.json", shipped / "forms" / "370100009999.person.json")
    assert "forms 370100009999：没有这个编码的事项" in [str(problem) for problem in import_folder(shipped).problems]


def test_a_renamed_department_or_theme_reaches_its_items(shipped: Path, published: list[str]) -> None:
    import_folder(shipped)
    published.clear()
    for name, old, new in (("departments.csv", "省审计厅", "省审计局"), ("themes.csv", "户籍办理", "户口办理")):
        path = shipped / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    report = import_folder(shipped)
    assert {diff.field for diff in report.diffs} == {"short_name", "name"}
    assert set(published) == {
        *Item.objects.filter(itemtheme__theme="P02").values_list("code", flat=True),
        *Item.objects.filter(department="SD24").values_list("code", flat=True),
    }


def test_two_themes_may_change_names_with_one_another(shipped: Path) -> None:
    import_folder(shipped)
    path = shipped / "themes.csv"
    text = path.read_text(encoding="utf-8").replace("P01,生育收养", "P01,x").replace("P02,户籍办理", "P02,生育收养")
    path.write_text(text.replace("P01,x", "P01,户籍办理"), encoding="utf-8")
    assert import_folder(shipped).changed == 2


def test_synonyms_follow_the_file_also_in_what_is_gone(shipped: Path, published: list[str]) -> None:
    import_folder(shipped)
    published.clear()
    path = shipped / "synonyms.csv"
    text = path.read_text(encoding="utf-8").replace("驾照,机动车驾驶证,370107006000 370707013000 370707014000,word\n", "")
    path.write_text(text.replace("驾驶本,机动车驾驶证,370107006000 ", "驾驶本,机动车驾驶证,"), encoding="utf-8")
    report = import_folder(shipped)
    assert not Synonym.objects.filter(citizen_term="驾照").exists()
    assert (report.changed, report.added) == (2, 0)
    assert sorted(published) == ["370107006000", "370707013000", "370707014000"]


def test_one_file_alone_is_enough(tmp_path: Path) -> None:
    make_department()
    path = write_items(tmp_path, [item_row(code=A)])
    write_csv(tmp_path, "themes.csv", [{"code": "P01", "name": "生育", "audience": "person", "stage": ""}])
    report = import_folder(path)
    assert [file.file for file in report.files] == ["items.jsonl"]
    assert not Theme.objects.exists()


@pytest.mark.parametrize("name", ["nowhere", "notes.txt"])
def test_nothing_to_import_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    [problem] = import_folder(tmp_path / name).problems
    assert problem.reason in {"没有可以导入的文件", "没有这个文件或文件夹"}


def test_only_the_hall_and_its_administrator_import(tmp_path: Path) -> None:
    clerk = Actor(account_id=1, roles=frozenset({Role.CLERK}), department_code="SD02")
    for actor, refusal in ((VISITOR, SignInNeeded), (clerk, NotAllowed)):
        with pytest.raises(refusal):
            commands.import_catalogue(folder=tmp_path, actor=actor, now=NOW)
