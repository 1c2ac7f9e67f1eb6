"""听证: told, asked for or waived within 5 working days, told of 7 days ahead, held within 20 (许可法 46-48)."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from hall.services.cases import clock_rules, hearings, jobs, rules
from hall.services.cases.clock_rules import HearingState
from hall.services.cases.models import Case, CaseHearing
from hall.services.cases.rules import CaseState
from hall.support.access.actors import Role
from hall.support.refusals import NotFound
from tests.make.cases import MadeCase, make_case
from tests.make.people import citizen_actor, staff_actor

pytestmark = pytest.mark.django_db


def told() -> MadeCase:
    case = make_case(state="reviewing")
    hearings.give_hearing_notice(actor=case.leader, serial=case.serial, revision=case.revision, reason="涉及相邻单位重大利益", now=case.now)
    return case


def asked() -> MadeCase:
    case = told()
    hearings.ask_hearing(actor=case.applicant, serial=case.serial, now=case.now)
    return case


def arrange(case: MadeCase, day: date, place: str = "省政务服务大厅 302 室") -> None:
    at = timezone.make_aware(datetime(day.year, day.month, day.day, 9, 30))
    hearings.arrange_hearing(actor=case.leader, serial=case.serial, revision=case.revision, arranged_for=at, place=place, now=case.now)


def end(case: MadeCase) -> None:
    hearings.end_hearing(actor=case.leader, serial=case.serial, revision=case.revision, outcome="双方已陈述意见", now=case.now)


def test_the_notice_names_the_day_until_which_a_hearing_may_be_asked_for_and_stops_the_clock() -> None:
    case = told()
    hearing = case.file.clocks.hearing
    assert hearing is not None and (hearing.state, hearing.ask_until) == (HearingState.TOLD, date(2026, 11, 30))
    assert Case.objects.get(serial=case.serial).due_on is None


def test_a_hearing_asked_for_is_arranged_held_and_then_the_clock_runs_on() -> None:
    case = asked()
    assert CaseHearing.objects.get().hold_until == date(2026, 12, 21)
    with pytest.raises(clock_rules.HearingNotHeld):
        end(case)
    arrange(case, date(2026, 12, 4))
    with pytest.raises(clock_rules.HearingNotHeld):
        end(case)
    case.now = timezone.make_aware(datetime(2026, 12, 4, 11, 0))
    end(case)
    found = Case.objects.get(serial=case.serial)
    # Ten working days from 23 November; nine of them (after the 23rd) did not count.
    assert (found.state, found.due_on) == (CaseState.REVIEWING, date(2026, 12, 18))


@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 12, 5), date(2026, 12, 22)])
def test_a_hearing_is_told_of_seven_days_ahead_on_a_working_day_and_within_twenty(day: date) -> None:
    case = asked()
    with pytest.raises(clock_rules.BadHearingTime):
        arrange(case, day)
    with pytest.raises(clock_rules.PlaceMissing):
        arrange(case, date(2026, 12, 4), place=" ")
    assert CaseHearing.objects.get().arranged_for is None


def test_arranged_too_late_it_is_still_held_a_week_ahead() -> None:
    case = asked()
    case.now += timedelta(days=27)
    arrange(case, date(2026, 12, 28))


def test_a_waived_hearing_lets_the_review_go_on_at_once() -> None:
    case = told()
    hearings.waive_hearing(actor=case.applicant, serial=case.serial, now=case.now)
    assert Case.objects.get(serial=case.serial).due_on == date(2026, 12, 7)
    with pytest.raises(rules.StepNotAllowed):
        hearings.ask_hearing(actor=case.applicant, serial=case.serial, now=case.now)


def test_while_it_may_be_asked_for_nobody_ends_it_and_afterwards_nobody_asks() -> None:
    case = told()
    with pytest.raises(clock_rules.HearingMayBeAsked):
        end(case)
    case.now += timedelta(days=8)
    with pytest.raises(clock_rules.TooLateToAsk):
        hearings.ask_hearing(actor=case.applicant, serial=case.serial, now=case.now)
    end(case)


def test_the_job_lets_the_clock_run_where_nobody_asked_and_twice_is_harmless() -> None:
    silent, wanted = told(), asked()
    later = silent.now + timedelta(days=8)
    assert (jobs.end_unasked_hearings(now=later), jobs.end_unasked_hearings(now=later)) == (1, 0)
    assert silent.file.row.state is CaseState.REVIEWING and wanted.file.row.state is CaseState.HEARING
    assert silent.file.clocks.changes[-1].reason == "听证结束，恢复计时"


def test_a_case_has_one_hearing() -> None:
    case = told()
    hearings.waive_hearing(actor=case.applicant, serial=case.serial, now=case.now)
    with pytest.raises(clock_rules.HearingUsed):
        hearings.give_hearing_notice(actor=case.leader, serial=case.serial, revision=case.revision, reason="再次告知", now=case.now)


def test_nobody_asks_for_anothers_hearing() -> None:
    case = told()
    with pytest.raises(NotFound):
        hearings.ask_hearing(actor=citizen_actor(), serial=case.serial, now=case.now)
    with pytest.raises(NotFound):
        hearings.arrange_hearing(
            actor=staff_actor(Role.LEADER, department_code="SD26"),
            serial=case.serial,
            revision=case.revision,
            arranged_for=None,
            place="",
            now=case.now,
        )
