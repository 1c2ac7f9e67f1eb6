"""Files as people save them: what is harmless passes, what is broken is named by line."""

import json
from pathlib import Path

import pytest

from hall.services.catalogue.intake.files import read_csv, read_jsonl
from hall.services.catalogue.report import Problem

COLUMNS = ("code", "name")


def file(folder: Path, content: bytes | str, name: str = "themes.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems_of(path: Path) -> list[tuple[int, str]]:
    found = read_csv(path, columns=COLUMNS)[1] if path.suffix == ".csv" else read_jsonl(path)[1]
    assert all(isinstance(problem, Problem) and problem.file == path.name and problem.reason for problem in found)
    return [(problem.line, problem.field) for problem in found]


def test_a_byte_order_mark_and_crlf_are_harmless(tmp_path: Path) -> None:
    rows, problems = read_csv(file(tmp_path, b"\xef\xbb\xbfcode,name\r\nP01,\xe7\x94\x9f\xe8\x82\xb2\r\n"), columns=COLUMNS)
    assert not problems
    assert [(row.line, row.values) for row in rows] == [(2, {"code": "P01", "name": "生育"})]
    rows, problems = read_jsonl(file(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}\r\n', "items.jsonl"))
    assert not problems
    assert [(row.line, row.values) for row in rows] == [(1, {"a": 1}), (3, {"a": 2})]


def test_columns_may_stand_in_any_order_and_cells_may_hold_line_feeds(tmp_path: Path) -> None:
    rows, problems = read_csv(file(tmp_path, 'name,code\n"第一行\n第二行", P01 \n乙,P02\n'), columns=COLUMNS)
    assert not problems
    assert [(row.line, row.values["code"]) for row in rows] == [(2, "P01"), (4, "P02")]


@pytest.mark.parametrize("name", ["themes.csv", "items.jsonl"])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert problems_of(file(tmp_path, content, name)) == [(0, "")]


@pytest.mark.parametrize("encoding", ["gb18030", "latin-1", "utf-16"])
@pytest.mark.parametrize("name", ["themes.csv", "items.jsonl"])
def test_other_encodings_are_refused_and_the_line_is_named(tmp_path: Path, encoding: str, name: str) -> None:
    text = "code,name\nP01,ok\nP02,caf\xe9\n" if encoding == "latin-1" else "code,name\nP01,ok\nP02,生育\n"
    [(line, _)] = problems_of(file(tmp_path, text.encode(encoding), name))
    assert line == (1 if encoding == "utf-16" else 3)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("code\nP01\n", [(1, "name")]),
        ("code,name,colour\nP01,a,b\n", [(1, "colour")]),
        ("code,name,name\nP01,a,b\n", [(1, "name")]),
        ("code,name\nP01,a\nP02\nP03,b,c\n", [(3, ""), (4, "")]),
        ("code,name\n", [(0, "")]),
        ('code,name\nP01,"open\n', [(2, "")]),
    ],
)
def test_broken_tables_are_named_by_line_and_column(tmp_path: Path, content: str, expected: list[tuple[int, str]]) -> None:
    assert problems_of(file(tmp_path, content)) == expected


@pytest.mark.parametrize(
    "line",
    ['{"a": 1', "[1]", '"text"', "17", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "{'a': 1}"],
)
def test_a_broken_line_is_named_and_the_others_are_read(tmp_path: Path, line: str) -> None:
    path = file(tmp_path, f'{{"a": 0}}\n{line}\n{{"a": 3}}\n', "items.jsonl")
    rows, problems = read_jsonl(path)
    assert [row.line for row in rows] == [1, 3]
    assert [problem.line for problem in problems] == [2]


def test_a_line_separator_inside_a_text_is_no_new_line(tmp_path: Path) -> None:
    path = file(tmp_path, json.dumps({"a": "x\u2028y"}, ensure_ascii=False) + "\n", "items.jsonl")
    assert read_jsonl(path)[0][0].values == {"a": "x\u2028y"}


def test_a_file_that_cannot_be_read_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "themes.csv").mkdir()
    assert problems_of(tmp_path / "themes.csv") == [(0, "")]
