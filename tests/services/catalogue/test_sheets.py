"""The workbook of items: nothing is lost on the way out and back, nothing in it runs, and every fault is named by its place."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from hall.presentation.commandline.places import ROOT
from hall.services.catalogue import sheets
from hall.services.catalogue.report import Problem
from hall.services.catalogue.sheet_columns import SHEETS, field_title, shown_value
from hall.services.catalogue.sheet_text import from_cell, harmless, to_cell, without_apostrophe
from tests.make.catalogue import DATA, item_row, material_row
from tests.make.files import make_zip
from tests.make.workbooks import make_workbook, put

A, B = "370100000601", "370100000602"
ITEMS = [
    item_row(
        code=A,
        themes=["P01", "L08"],
        conditions=['=HYPERLINK("http://example.cn")', "第一行\n第二行", "'=引号开头"],
        keywords=["+7", "@我", "-负"],
        faqs=[{"question": "多久？", "answer": "10 天。"}],
        places=[{"name": "大厅", "longitude": "117.0207"}],
        variants=[{"key": "v1", "kind": "new", "name": "新办"}],
        related={"prerequisite": [B], "followup": [], "parallel": [B], "joint": []},
        materials=[material_row(1, variants=["v1"]), material_row(2, name="#N/A", when="委托他人时")],
    ),
    item_row(code=B, name="另一件事", materials=[]),
]


def told(folder: Path, spoil: Any) -> list[str]:
    return [str(problem) for problem in sheets.read_workbook(make_workbook(folder, ITEMS, spoil=spoil)).problems]


def filled(item: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: an empty cell says as much as an absent field."""
    return {name: value for name, value in item.items() if value not in ("", [], None)}


def simple(item: dict[str, Any]) -> dict[str, Any]:
    lists = {sheet.field for sheet in SHEETS if sheet.field and not sheet.is_plain and sheet.field != "related"}
    found = {name: [filled(member) for member in value] if name in lists else value for name, value in filled(item).items()}
    return json.loads(json.dumps(found, sort_keys=True))  # type: ignore[no-any-return]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    reading = sheets.read_workbook(make_workbook(tmp_path, ITEMS))
    assert reading.problems == []
    assert [simple(item) for item in reading.items] == [simple(item) for item in ITEMS]


def test_the_shipped_items_are_read_back_whole(tmp_path: Path) -> None:
    given_items = [json.loads(line) for line in (DATA / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    for item in given_items:
        for name in ("type_code", "type_name", "version", "bundles"):
            item.pop(name)
    reading = sheets.read_workbook(make_workbook(tmp_path, given_items))
    assert reading.problems == []
    assert [simple(item) for item in reading.items] == [simple(item) for item in given_items]


def test_a_file_saved_again_by_a_table_program_says_the_same(tmp_path: Path) -> None:
    """openpyxl rewrites it with shared strings, as Excel and WPS do."""
    reading = sheets.read_workbook(make_workbook(tmp_path, ITEMS, spoil=lambda book: None))
    assert reading.problems == []
    assert [simple(item) for item in reading.items] == [simple(item) for item in ITEMS]


ODD = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30),
    st.text(st.sampled_from("'=+-@＝＋－＠_x005FDE\ufffe\uffff\n"), max_size=12),
)


@given(ODD)
def test_any_text_comes_back_from_a_cell_and_none_begins_a_formula(text: str) -> None:
    cell = to_cell(text)
    assert from_cell(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert without_apostrophe(harmless(text)) == text


def test_no_cell_of_an_export_is_a_formula(tmp_path: Path) -> None:
    path = make_workbook(tmp_path, ITEMS)
    with zipfile.ZipFile(path) as package:
        markup = b"".join(package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/"))
    assert b"<f>" not in markup and b"<f " not in markup
    kinds = {cell.data_type for page in load_workbook(path) for row in page.iter_rows() for cell in row}
    assert "f" not in kinds
    assert load_workbook(path)["受理条件"]["B2"].value == '\'=HYPERLINK("http://example.cn")'


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (put("事项", 2, "承诺天数", "=5+5"), "工作表“事项” 第 2 行 承诺天数：单元格里是公式。请复制后“选择性粘贴—数值”，再导入"),
        (
            put("申请材料", 3, "来源渠道", "天上掉的"),
            "工作表“申请材料” 第 3 行 来源渠道：“天上掉的”应是 申请人自备、政府部门核发、中介或第三方出具、其他 之一",
        ),
        (put("申请材料", 3, "可复用", "也许"), "工作表“申请材料” 第 3 行 可复用：“也许”应是“是”或“否”"),
        (put("申请材料", 2, "事项编码", "999"), "工作表“申请材料” 第 2 行 事项编码：工作表“事项”里没有编码为“999”的事项"),
        (put("申请材料", 2, "事项编码", None), "工作表“申请材料” 第 2 行 事项编码：缺少这一项"),
        (put("事项", 3, "事项编码", A), f"工作表“事项” 第 3 行 事项编码：编码“{A}”与第 2 行重复"),
        (put("事项", 1, "收费", "收费吗"), "工作表“事项” 第 1 行 收费吗：没有这样的列"),
        (put("关联事项", 2, "关联事项编码", None), "工作表“关联事项” 第 2 行 关联事项编码：缺少这一项"),
        (lambda book: book.remove(book["收费项目"]), "工作表“收费项目”：缺少这个工作表；没有内容的也要保留表头"),
        (lambda book: book.create_sheet("草稿"), "工作表“草稿”：没有这样的工作表；多余的请删除"),
        (lambda book: book["俗称"].delete_rows(1, 9), "工作表“俗称” 第 1 行：缺少表头"),
        (lambda book: book["俗称"].cell(row=2, column=9, value="多"), "工作表“俗称” 第 2 行 I 列：这一列没有表头"),
    ],
)
def test_a_broken_place_is_named_by_sheet_row_and_column(tmp_path: Path, spoil: Any, sentence: str) -> None:
    assert sentence in told(tmp_path, spoil)


def test_numbers_that_table_programs_make_of_codes_are_codes_again(tmp_path: Path) -> None:
    def type_again(book: Workbook) -> None:
        for page in book:
            for row in page.iter_rows(min_row=2, max_col=1):
                if str(row[0].value).isdigit():
                    row[0].value = int(row[0].value)
        put("事项", 2, "承诺天数", 10.0)(book)
        put("办理地点", 2, "经度", 117.0207)(book)

    reading = sheets.read_workbook(make_workbook(tmp_path, ITEMS, spoil=type_again))
    assert reading.problems == []
    assert [item["code"] for item in reading.items] == [A, B]
    assert (reading.items[0]["promised_days"], reading.items[0]["places"][0]["longitude"]) == (10, "117.0207")


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("promised_days", "工作表“事项” 第 2 行 承诺天数：x"),
        ("audience[0]", "工作表“事项” 第 2 行 服务对象：x"),
        ("materials[1].name", "工作表“申请材料” 第 3 行 材料名称：x"),
        ("materials[1].accept[2]", "工作表“申请材料” 第 3 行 接受格式：x"),
        ("conditions[2]", "工作表“受理条件” 第 4 行 内容：x"),
        ("related.parallel", "工作表“关联事项” 第 3 行 关联事项编码：x"),
        ("related.parallel[0]", "工作表“关联事项” 第 3 行 关联事项编码：x"),
        ("faqs", "工作表“常见问题” 第 2 行：x"),
        ("special_procedures", "工作表“事项” 第 2 行 特别程序：x"),
    ],
)
def test_what_the_import_finds_is_told_by_the_place_in_the_workbook(tmp_path: Path, field: str, place: str) -> None:
    reading = sheets.read_workbook(make_workbook(tmp_path, ITEMS))
    assert str(reading.placed(Problem("items.jsonl", 1, field, "x"))) == place


def test_a_sheet_that_is_full_goes_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_SHEET_ROWS", 2)
    path = make_workbook(tmp_path, ITEMS)
    assert "受理条件 (2)" in load_workbook(path, read_only=True).sheetnames
    reading = sheets.read_workbook(path)
    assert [simple(item) for item in reading.items] == [simple(item) for item in ITEMS]
    assert str(reading.placed(Problem("", 1, "conditions[2]", "x"))) == "工作表“受理条件 (2)” 第 2 行 内容：x"


def test_more_rows_than_allowed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ITEMS", 1)
    assert "工作表“事项” 第 3 行：超过 1 行，请按部门分成几份导入" in told(tmp_path, None)


def test_a_package_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(make_zip({"[Content_Types].xml": "<Types/>", "xl/worksheets/sheet1.xml": b" " * (sheets.MOST_UNPACKED_BYTES + 1)}))
    assert path.stat().st_size < 200_000
    with pytest.raises(sheets.UnreadableBook, match="展开后有 100 MB，超过 100 MB"):
        sheets.read_workbook(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no package", make_zip({"xl/workbook.xml": "<workbook/>"}), b"\x00" * 1000])
def test_what_is_no_workbook_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(sheets.UnreadableBook, match="打不开这个工作簿"):
        sheets.read_workbook(path)


def test_a_broken_sheet_inside_a_good_package_gets_the_sentence_too(tmp_path: Path) -> None:
    path = make_workbook(tmp_path, ITEMS)
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    members["xl/worksheets/sheet2.xml"] = members["xl/worksheets/sheet2.xml"][:900]
    path.write_bytes(make_zip(dict(members)))
    with pytest.raises(sheets.UnreadableBook, match="打不开这个工作簿"):
        sheets.read_workbook(path)


def test_every_field_has_a_name_that_people_know() -> None:
    assert (field_title("promised_days"), field_title("item_type"), field_title("materials")) == ("承诺天数", "事项类型", "申请材料")
    assert (shown_value("item_type", "license"), shown_value("audience", "person、org"), shown_value("name", "x")) == (
        "行政许可",
        "个人、法人",
        "x",
    )


def test_the_columns_are_documented() -> None:
    text = (ROOT / "docs" / "how-to" / "exchange-items.zh.md").read_text(encoding="utf-8")
    for sheet in SHEETS:
        told = text.partition(f"### {sheet.title}\n")[2].partition("###")[0]
        rows = [line.split("|")[1].strip() for line in told.splitlines() if line.startswith("| ")]
        assert rows == ["列", *sheet.titles], sheet.title
