"""延期: once, up to ten working days, by the department's head, and the applicant is told why (许可法 42)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from hall.services.cases import clock_rules, deciding, extending, queries, rules
from hall.services.cases.clock_rules import ExtensionState
from hall.services.cases.models import Case, CaseDocument, CaseExtension, CaseStep
from hall.services.notices.models import Notice, NoticeDelivery
from hall.support.access.actors import Role
from hall.support.jobs import queue
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item
from tests.make.people import staff_actor

pytestmark = pytest.mark.django_db
WHY = "需要征求省公安厅意见，对方尚未回复"


def ask(case: MadeCase, *, days: int | None = 10, reason: str = WHY) -> None:
    extending.ask_extension(actor=case.reviewer, serial=case.serial, revision=case.revision, days=days, reason=reason, now=case.now)


def decide(case: MadeCase, *, is_approved: bool = True, answer: str = "") -> None:
    extending.decide_extension(
        actor=case.leader, serial=case.serial, revision=case.revision, is_approved=is_approved, answer=answer, now=case.now
    )


def dues(case: MadeCase) -> tuple[date | None, date | None]:
    return Case.objects.values_list("due_on", "statutory_due_on").get(serial=case.serial)


def test_asking_moves_nothing_and_the_heads_approval_moves_both_clocks_by_exactly_its_days() -> None:
    case = make_case(state="reviewing")
    assert dues(case) == (date(2026, 12, 7), date(2026, 12, 21))
    ask(case)
    assert dues(case) == (date(2026, 12, 7), date(2026, 12, 21))
    decide(case)
    assert dues(case) == (date(2026, 12, 21), date(2027, 1, 4))  # beyond the tests' empty table Monday to Friday work


def test_the_applicant_is_told_why_by_notice_and_document() -> None:
    case = make_case(state="reviewing")
    ask(case, days=5)
    decide(case)
    queue.run_due_now()
    document = CaseDocument.objects.get(case__serial=case.serial, kind="extension_notice")
    assert document.number.endswith("延字〔2026〕1号")
    notice = Notice.objects.filter(account_id=case.applicant.account_id).latest("pk")
    assert WHY in notice.body and "5 个工作日" in notice.body
    assert NoticeDelivery.objects.filter(notice=notice).exists() == NoticeDelivery.objects.exists()
    own = queries.case_file(case.applicant, case.serial, now=case.now)
    assert own is not None and own.clocks.extension is not None and own.clocks.extension.state is ExtensionState.APPROVED


def test_every_change_of_the_clock_says_who_when_why_and_from_which_day_to_which() -> None:
    case = make_case(state="reviewing")
    ask(case)
    decide(case)
    changes = case.file.clocks.changes
    assert [change.reason for change in changes] == [
        "收到申请，5 个工作日内答复是否受理",
        "已受理，办理时限起算",
        f"批准延期 10 个工作日：{WHY}",
    ]
    last = changes[-1]
    assert (last.from_on, last.to_on, last.statutory_from, last.statutory_to, last.actor_name) == (
        date(2026, 12, 7), date(2026, 12, 21), date(2026, 12, 21), date(2027, 1, 4), case.leader.name,
    )  # fmt: skip


@pytest.mark.parametrize("days", [0, -3, 11, None])
def test_other_days_than_one_to_ten_are_refused(days: int | None) -> None:
    case = make_case(state="reviewing")
    with pytest.raises(clock_rules.BadExtensionDays):
        ask(case, days=days)
    assert not CaseExtension.objects.exists()


def test_a_request_without_reason_is_refused() -> None:
    case = make_case(state="reviewing")
    with pytest.raises(rules.ReasonMissing):
        ask(case, reason=" ")
    assert not CaseExtension.objects.exists()


def test_a_second_extension_is_refused_but_after_a_refusal_it_may_be_asked_again() -> None:
    case = make_case(state="reviewing")
    ask(case)
    with pytest.raises(clock_rules.ExtensionUsed):
        ask(case)
    with pytest.raises(rules.ReasonMissing):
        decide(case, is_approved=False)
    decide(case, is_approved=False, answer="按原期限可以办结")
    assert dues(case)[0] == date(2026, 12, 7)
    ask(case, days=3)
    decide(case)
    with pytest.raises(clock_rules.ExtensionUsed):
        ask(case)
    assert CaseStep.objects.filter(case__serial=case.serial, note__startswith="不同意延期").count() == 1


def test_after_the_deadline_nothing_is_extended() -> None:
    case = make_case(state="reviewing")
    asked = make_case(state="reviewing")
    ask(asked)
    for one in (case, asked):
        one.now += timedelta(days=30)
    with pytest.raises(clock_rules.TooLateToExtend):
        ask(case)
    with pytest.raises(clock_rules.TooLateToExtend):
        decide(asked)
    decide(asked, is_approved=False, answer="已经超过期限")


def test_only_the_departments_head_decides_and_never_on_a_request_of_his_own() -> None:
    case = make_case(state="reviewing")
    both = staff_actor(Role.REVIEWER, Role.LEADER, department_code=case.item.department_code)
    extending.ask_extension(actor=both, serial=case.serial, revision=case.revision, days=5, reason=WHY, now=case.now)
    with pytest.raises(rules.SamePerson):
        extending.decide_extension(actor=both, serial=case.serial, revision=case.revision, is_approved=True, now=case.now)
    with pytest.raises(rules.RoleNotAllowed):
        extending.decide_extension(actor=case.reviewer, serial=case.serial, revision=case.revision, is_approved=True, now=case.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseExtension.objects.update(is_approved=True, decided_by=both.account_id, decided_at=case.now)


def test_a_decided_case_is_not_extended() -> None:
    case = make_case(state="decided")
    with pytest.raises(rules.StepNotAllowed):
        ask(case)


def test_months_and_natural_days_are_extended_by_working_days_too() -> None:
    natural = make_case(state="reviewing", item=make_item(day_unit="natural", promised_days=10, statutory_days=30))
    monthly = make_case(state="reviewing", item=make_item(day_unit="month", promised_days=1, statutory_days=3))
    assert dues(natural) == (date(2026, 12, 3), date(2026, 12, 23))
    assert dues(monthly) == (date(2026, 12, 23), date(2027, 2, 23))
    for case in (natural, monthly):
        ask(case)
        decide(case)
    assert dues(natural) == (date(2026, 12, 17), date(2027, 1, 6))
    assert dues(monthly) == (date(2027, 1, 6), date(2027, 3, 9))
    assert monthly.file.clocks.allowed == 44


def test_the_promise_stands_in_the_notice_of_acceptance_in_its_own_unit() -> None:
    case = make_case(state="accepted", item=make_item(day_unit="month", promised_days=2, statutory_days=3))
    assert "承诺 2 个月" in case.file.steps[-1].sentence


def test_a_decision_with_a_request_open_goes_its_way() -> None:
    case = make_case(state="opinion")
    ask(case)
    deciding.decide_case(actor=case.leader, serial=case.serial, revision=case.revision, is_granted=True, reason="", now=case.now)
    with pytest.raises(rules.StepNotAllowed):
        decide(case)
