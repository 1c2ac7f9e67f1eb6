"""The auditor's page: entries, the check of the chain, and a table file that runs nothing."""

import csv
import io

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.presentation.console.trail import harmless
from hall.support.access.actors import Role
from hall.support.audit import trail
from tests.make.people import SYSTEM, make_staff, signed_in, staff_actor

pytestmark = pytest.mark.django_db


def _record(count: int = 3) -> None:
    actor = staff_actor(Role.CLERK)
    for number in range(count):
        trail.record(actor, "case.accepted", f"serial-{number}", detail="受理")
    trail.seal()


def test_entries_are_read_newest_first_and_by_subject(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    _record(53)
    auditor = signed_in(make_staff(Role.AUDITOR))
    auditor.get("/console/trail")  # the first request of a session renews it
    with django_assert_max_num_queries(3):
        text = auditor.get("/console/trail").content.decode()
    assert "serial-52" in text and "serial-2<" not in text and "窗口经办" in text
    before = text.split("before=")[1].split('"')[0]
    assert "serial-2<" in auditor.get(f"/console/trail?before={before}").content.decode()
    narrowed = auditor.get("/console/trail?subject=serial-7").content.decode()
    assert ">serial-7<" in narrowed and "serial-8" not in narrowed
    assert "style=" not in text and "<script>" not in text


def test_a_whole_chain_is_confirmed_with_its_head() -> None:
    _record()
    auditor = signed_in(make_staff(Role.AUDITOR))
    head = trail.verify().head
    text = auditor.post("/console/trail/verify").content.decode()
    assert "校验通过" in text and head in text
    _record(2)
    assert "您记下的校验值仍在链上" in auditor.post("/console/trail/verify", {"head": f" {head.upper()} "}).content.decode()


def test_a_cut_or_changed_chain_is_told() -> None:
    _record()
    auditor = signed_in(make_staff(Role.AUDITOR))
    text = auditor.post("/console/trail/verify", {"head": "a" * 64}).content.decode()
    assert "校验没有通过" in text and "the tail was cut" in text
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET detail = '改过' WHERE subject = 'serial-1'")
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    assert "校验没有通过" in auditor.post("/console/trail/verify").content.decode()


def test_a_mistyped_head_is_told_beside_the_field() -> None:
    response = signed_in(make_staff(Role.AUDITOR)).post("/console/trail/verify", {"head": "<b>zz"})
    text = response.content.decode()
    assert response.status_code == 422 and 'id="f-head-err"' in text and "&lt;b&gt;zz" in text


def test_the_table_file_holds_the_shown_page_and_runs_nothing() -> None:
    _record()
    trail.record(SYSTEM, "import.done", "=cmd|' /C calc'!A1", detail='@SUM(1+1), "引号"')
    auditor = signed_in(make_staff(Role.AUDITOR))
    response = auditor.get("/console/trail.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="trail-')
    text = response.content.decode()
    assert text.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert lines[0][0] == "编号" and lines[1][7] == "'=cmd|' /C calc'!A1" and lines[1][9] == '\'@SUM(1+1), "引号"'
    assert len(list(csv.reader(io.StringIO(auditor.get("/console/trail.csv?subject=serial-1").content.decode())))) == 2


@given(st.text(max_size=20))
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    written = harmless(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert written in {cell, f"'{cell}"}
