"""What happens to deadlines by themselves: a new table of holidays, silence, overdue corrections (domain.md §4.2, §4.3; 许可法 32)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from hall.services import events
from hall.services.cases import clock_rules, hearings, jobs
from hall.services.cases.models import Case, CaseDocument, CasePause, CaseStep
from hall.support.workdays import commands as workdays
from hall.support.workdays import queries as calendar
from hall.support.workdays.rows import HolidayRow
from tests.make.cases import make_case
from tests.make.catalogue import import_folder, make_item, write_csv

pytestmark = pytest.mark.django_db
FREE = [HolidayRow(date(2026, 12, day), "off", "调休") for day in (1, 2)]


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    calendar.forget_calendar()
    yield
    calendar.forget_calendar()


def _due(serial: str) -> tuple[date | None, date | None]:
    return Case.objects.values_list("due_on", "statutory_due_on").get(serial=serial)


def test_open_deadlines_follow_a_new_table_once_and_say_why() -> None:
    case = make_case(state="reviewing")
    waiting = make_case(state="submitted")
    closed = make_case(state="closed")
    workdays.load_holidays(FREE)
    jobs.recalculate_deadlines(events.HolidaysChanged())
    assert _due(case.serial) == (date(2026, 12, 9), date(2026, 12, 23))
    change = case.file.clocks.changes[-1]
    assert (change.reason, change.from_on, change.to_on) == (clock_rules.RECALCULATED, date(2026, 12, 7), date(2026, 12, 9))
    assert _due(waiting.serial)[0] == date(2026, 11, 30)  # ends before the new days
    steps = CaseStep.objects.count()
    jobs.recalculate_deadlines(events.HolidaysChanged())
    assert CaseStep.objects.count() == steps
    assert not CaseStep.objects.filter(case__serial=closed.serial, action="recalculate").exists()


def test_the_applicants_days_grow_and_never_shrink() -> None:
    corrected, heard = make_case(state="correction"), make_case(state="reviewing")
    hearings.give_hearing_notice(actor=heard.leader, serial=heard.serial, revision=heard.revision, reason="重大利益", now=heard.now)
    workdays.load_holidays([*FREE, HolidayRow(date(2026, 11, 26), "off", "调休")])
    jobs.recalculate_deadlines(events.HolidaysChanged())
    assert Case.objects.get(serial=corrected.serial).correction_due_on == date(2026, 12, 10)
    hearing = heard.file.clocks.hearing
    assert hearing is not None and hearing.ask_until == date(2026, 12, 3)
    workdays.load_holidays([HolidayRow(date(2026, 11, 28), "work", "调休")])
    jobs.recalculate_deadlines(events.HolidaysChanged())
    assert Case.objects.get(serial=corrected.serial).correction_due_on == date(2026, 12, 10)


def test_importing_a_table_queues_the_job(tmp_path: object, django_capture_on_commit_callbacks: object) -> None:
    from pathlib import Path

    from django.db import connection

    assert isinstance(tmp_path, Path)
    write_csv(tmp_path, "holidays_cn.csv", [{"date": "2026-12-01", "kind": "off", "name": "调休"}])

    def queued() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'fact' LIKE '%%HolidaysChanged'")
            return int(cursor.fetchone()[0])

    before = queued()
    import_folder(tmp_path)
    assert queued() == before + 1
    import_folder(tmp_path)
    assert queued() == before + 1


def test_silence_accepts_from_the_day_the_papers_came() -> None:
    case = make_case(state="submitted", item=make_item(promised_days=10))
    later = case.now + timedelta(days=8)
    assert (jobs.accept_silently(now=later), jobs.accept_silently(now=later)) == (1, 0)
    assert Case.objects.get(serial=case.serial).accepted_at == case.now
    assert _due(case.serial)[0] == date(2026, 12, 7)
    assert CaseDocument.objects.filter(case__serial=case.serial, kind="acceptance").count() == 1


def test_an_overdue_correction_ends_the_case_and_no_pause_stays_open() -> None:
    case = make_case(state="correction")
    later = case.now + timedelta(days=20)
    assert (jobs.void_overdue_corrections(now=later), jobs.void_overdue_corrections(now=later)) == (1, 0)
    assert not CasePause.objects.filter(to_on__isnull=True).exists()
    assert CaseDocument.objects.filter(case__serial=case.serial, kind="termination").count() == 1
