"""Guides come with the hall as files: checked, idempotent, and never over what people wrote."""

import json
from pathlib import Path

import pytest

from hall.services.guidance import importing, queries, reading
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import GuideVersion
from hall.support.access.actors import NotAllowed, Role
from tests.make.guidance import guided_item, make_guide, make_tree, tree_row
from tests.make.people import NOW, SYSTEM, staff_actor

pytestmark = pytest.mark.django_db


def load(folder: Path, *, dry_run: bool = False) -> importing.GuideReport:
    return importing.import_guides(folder=folder, dry_run=dry_run, actor=SYSTEM, now=NOW)


def put(folder: Path, code: str, content: object) -> Path:
    (folder / "guides").mkdir(exist_ok=True)
    path = folder / "guides" / f"{code}.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    item = guided_item()
    put(tmp_path, item.code, tree_row())
    assert load(tmp_path).added == (item.code,)
    assert load(tmp_path).unchanged == (item.code,)
    assert GuideVersion.objects.count() == 1
    put(tmp_path, item.code, tree_row(title="新的名称"))
    assert load(tmp_path).changed == (item.code,)
    guide = queries.guide_of(Kinds.ITEM, item.code)
    assert guide is not None and (guide.number, guide.title) == (2, "新的名称")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path, guided_item().code, tree_row())
    assert len(load(tmp_path, dry_run=True).added) == 1
    assert GuideVersion.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "不是正确的 JSON"),
        ('{"title": "x"}', "缺少字段"),
        (tree_row(title=""), "没有名称"),
        (tree_row(questions=[]), "没有一个问题"),
        ("\ud800", "UTF-8"),
    ],
)
def test_a_bad_file_is_named_and_the_others_are_loaded(tmp_path: Path, content: object, told: str) -> None:
    good, bad = guided_item(), guided_item()
    put(tmp_path, good.code, tree_row())
    if content == "\ud800":
        put(tmp_path, bad.code, "x").write_bytes(b"\xff\xfe\x00")
    else:
        put(tmp_path, bad.code, content)
    report = load(tmp_path)
    assert report.added == (good.code,)
    assert f"guides/{bad.code}.json" in str(report.problems[0]) and told in str(report.problems[0])
    assert any("导办文件有问题" in line for line in report.lines())


def test_a_guide_of_an_item_that_is_not_there_is_named(tmp_path: Path) -> None:
    put(tmp_path, "370199999999", tree_row())
    put(tmp_path, "NOBUNDLE", tree_row())
    assert [problem.reason for problem in load(tmp_path).problems] == ["没有已发布的事项 370199999999", "没有已发布的一件事 NOBUNDLE"]


def test_a_file_does_not_write_over_what_the_hall_wrote(tmp_path: Path) -> None:
    item = guided_item()
    make_guide(item, make_tree(title="部门写的"), origin="hall")
    put(tmp_path, item.code, tree_row(title="文件里的"))
    report = load(tmp_path)
    assert report.kept == (item.code,)
    assert any(item.code in line for line in report.lines())


def test_a_folder_without_guides_is_no_fault(tmp_path: Path) -> None:
    report = load(tmp_path)
    assert (report.added, report.problems, list(report.lines())) == ((), (), [])
    assert load(tmp_path / "none.jsonl").problems == ()


def test_only_the_hall_imports(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        importing.import_guides(folder=tmp_path, actor=staff_actor(Role.CLERK), now=NOW)


def test_every_shipped_guide_can_be_read() -> None:
    folder = Path(__file__).resolve().parents[3] / "data" / "guides"
    files = sorted(folder.glob("*.json"))
    assert len(files) >= 12
    for path in files:
        tree = reading.read_tree(json.loads(path.read_text(encoding="utf-8")))
        assert (
            path.read_text(encoding="utf-8")
            == json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False, indent=1) + "\n"
        )
        assert 1 <= len(tree.questions) <= 8
