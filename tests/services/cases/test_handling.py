"""The department's side, from claim to delivery, each step with its document, clock and trail (domain.md §4)."""

from datetime import date, timedelta

import pytest

from hall.services.cases import commands, deciding, handling, jobs, queries, receipts, rules
from hall.services.cases.deciding import DeliveryMethod
from hall.services.cases.handling import Point
from hall.services.cases.models import Case, CaseDocument
from hall.services.cases.rows import CaseFile, QueueFilter
from hall.services.cases.rules import CaseState
from hall.support.access.actors import Role
from hall.support.audit.models import TrailEntry
from hall.support.filestore import store
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from tests.make import people
from tests.make.applications import NOW, Filed, make_file, make_filed

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def look(filed: Filed, *, now: object = NOW) -> CaseFile:
    file = queries.case_file(filed.clerk, filed.serial, now=NOW)
    assert file is not None
    return file


def revision(filed: Filed) -> int:
    return look(filed).row.revision


def kinds(filed: Filed) -> set[str]:
    return set(CaseDocument.objects.filter(case__serial=filed.serial).values_list("kind", flat=True))


def accept(filed: Filed) -> None:
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW + HOUR)
    handling.accept_case(actor=filed.clerk, serial=filed.serial, revision=revision(filed), now=NOW + HOUR)


def review(filed: Filed, *, is_granted: bool = True) -> None:
    accept(filed)
    handling.claim_case(actor=filed.reviewer, serial=filed.serial, now=NOW + 2 * HOUR)
    deciding.give_opinion(
        actor=filed.reviewer,
        serial=filed.serial,
        revision=revision(filed),
        is_grant_advised=is_granted,
        opinion="符合条件",
        now=NOW + 3 * HOUR,
    )


def decide(filed: Filed, *, is_granted: bool = True) -> None:
    review(filed, is_granted=is_granted)
    deciding.decide_case(
        actor=filed.leader,
        serial=filed.serial,
        revision=revision(filed),
        is_granted=is_granted,
        reason="" if is_granted else "面积不足",
        now=NOW + 4 * HOUR,
    )


def test_the_whole_way_leaves_every_document_and_closes_the_case() -> None:
    filed = make_filed(statutory_days=20)
    decide(filed)
    deciding.make_result(actor=filed.clerk, serial=filed.serial, revision=revision(filed), valid_until=date(2031, 1, 1), now=NOW + 5 * HOUR)
    deciding.deliver_case(
        actor=filed.clerk, serial=filed.serial, revision=revision(filed), method=DeliveryMethod.ELECTRONIC, now=NOW + 6 * HOUR
    )
    assert kinds(filed) == {"acceptance", "grant", "result", "delivery_receipt", "closure"}
    case = Case.objects.get(serial=filed.serial)
    assert (case.state, case.close_kind, case.due_on) == ("closed", "granted", None)
    assert queries.item_tallies([filed.item.code]) == {filed.item.code: 1}
    assert TrailEntry.objects.filter(subject=filed.serial).count() >= 8


def test_documents_are_numbered_without_gaps_and_can_be_verified_by_anybody() -> None:
    first, second = make_filed(), make_filed()
    for filed in (first, second):
        accept(filed)
    numbers = list(CaseDocument.objects.filter(kind="acceptance").order_by("pk").values_list("number", flat=True))
    assert [number[-2:] for number in numbers] == ["1号", "2号"]
    document = CaseDocument.objects.filter(kind="acceptance").first()
    assert document is not None
    for found in (queries.verified_document(code=document.verify_code), queries.verified_document(number=document.number)):
        assert found is not None and found.sha256 == store.file_row(document.file_id).sha256
    assert queries.verified_document(code="AAAA-BBBB-CCCC-DDDD") is None


def test_acceptance_starts_the_promised_clock() -> None:
    filed = make_filed(promised_days=10)
    assert Case.objects.get(serial=filed.serial).due_on == date(2026, 11, 30)  # five working days to answer
    accept(filed)
    assert Case.objects.get(serial=filed.serial).due_on == date(2026, 12, 7)  # ten working days, day 1 is the next


def test_a_correction_lists_all_faults_pauses_the_clock_and_comes_back() -> None:
    filed = make_filed()
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    file = look(filed)
    material, field = file.version.materials[0], _free_field(file)
    points = [Point("material", material.key, material.name, "看不清"), Point("field", field, "栏目", "请写具体")]
    handling.request_correction(actor=filed.clerk, serial=filed.serial, revision=file.row.revision, points=points, now=NOW)
    case = Case.objects.get(serial=filed.serial)
    assert (case.state, case.due_on) == ("correction", None) and case.correction_due_on == date(2026, 12, 7)
    with pytest.raises(rules.NotCorrectedYet):
        commands.resubmit_case(actor=filed.applicant, serial=filed.serial, now=NOW)
    for point in look(filed).points:
        if point.kind == "material":
            commands.correct_material(
                actor=filed.applicant, serial=filed.serial, point_id=point.point_id, file=make_file(filed.applicant, text="clear"), now=NOW
            )
        else:
            commands.correct_field(actor=filed.applicant, serial=filed.serial, point_id=point.point_id, value="具体内容写在这里", now=NOW)
    two_days_later = NOW + timedelta(days=2)
    commands.resubmit_case(actor=filed.applicant, serial=filed.serial, now=two_days_later)
    after = look(filed)
    assert after.row.state is CaseState.PRE_REVIEW and after.answers[field] == "具体内容写在这里"
    assert {m.round for m in after.materials} == {1, 2}, "what was handed in first is still there"
    assert {m.round for m in after.latest_materials} == {2}
    assert Case.objects.get(serial=filed.serial).due_on == date(2026, 12, 2), "two working days later than without the pause"


def _free_field(file: CaseFile) -> str:
    from hall.support.formrules.definition import FormDefinition

    definition = FormDefinition.from_schema(file.version.form_schemas["person"])
    return next(f.name for f in definition.fields if not f.is_locked and f.kind in {"text", "long_text"} and not f.rule)


def test_a_second_correction_is_refused_and_changes_nothing() -> None:
    filed = make_filed()
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    material = filed.item.materials[0]
    points = [Point("material", material.key, material.name, "看不清")]
    handling.request_correction(actor=filed.clerk, serial=filed.serial, revision=revision(filed), points=points, now=NOW)
    point = look(filed).points[0]
    commands.correct_material(actor=filed.applicant, serial=filed.serial, point_id=point.point_id, file=make_file(filed.applicant), now=NOW)
    commands.resubmit_case(actor=filed.applicant, serial=filed.serial, now=NOW)
    with pytest.raises(rules.CorrectionUsed):
        handling.request_correction(actor=filed.clerk, serial=filed.serial, revision=revision(filed), points=points, now=NOW)


def test_two_clerks_at_once_the_slower_is_told_and_changes_nothing() -> None:
    filed = make_filed()
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    seen = revision(filed)
    handling.accept_case(actor=filed.clerk, serial=filed.serial, revision=seen, now=NOW)
    with pytest.raises(rules.CaseChanged):
        handling.refuse_case(actor=filed.clerk, serial=filed.serial, revision=seen, reason="不属于", now=NOW)
    assert look(filed).row.state is CaseState.ACCEPTED


def test_a_claimed_case_is_left_to_who_claimed_it() -> None:
    filed = make_filed()
    colleague = people.staff_actor(Role.CLERK, department_code=filed.item.department_code)
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    with pytest.raises(rules.HandledByAnother):
        handling.claim_case(actor=colleague, serial=filed.serial, now=NOW)
    with pytest.raises(rules.HandledByAnother):
        handling.accept_case(actor=colleague, serial=filed.serial, revision=revision(filed), now=NOW)
    handling.put_back(actor=filed.clerk, serial=filed.serial, revision=revision(filed), now=NOW)
    handling.claim_case(actor=colleague, serial=filed.serial, now=NOW)


def test_another_departments_clerk_finds_nothing() -> None:
    filed = make_filed()
    people.make_department(code="SD07", number=7)
    stranger = people.staff_actor(Role.CLERK, department_code="SD07")
    assert queries.case_file(stranger, filed.serial, now=NOW) is None
    with pytest.raises(NotFound):
        handling.claim_case(actor=stranger, serial=filed.serial, now=NOW)
    assert queries.queue(stranger, wanted=QueueFilter(q=filed.serial), after=None, limit=10, now=NOW).rows == ()


def test_bulk_claiming_goes_on_after_a_refusal() -> None:
    first, second = make_filed(), make_filed()
    colleague = people.staff_actor(Role.CLERK, department_code=first.item.department_code)
    handling.claim_case(actor=colleague, serial=first.serial, now=NOW)
    results = handling.claim_cases(actor=second.clerk, serials=[first.serial, second.serial, "0" * 24], now=NOW)
    assert [bool(result.refused) for result in results] == [True, False, True]


def test_the_department_that_stays_silent_has_accepted() -> None:
    filed = make_filed()
    assert jobs.accept_silently(now=NOW + timedelta(days=7)) == 0, "the last day is still in time"
    assert jobs.accept_silently(now=NOW + timedelta(days=8)) == 1
    file = look(filed)
    assert file.row.state is CaseState.ACCEPTED and "视为受理" in file.steps[-1].sentence
    assert jobs.accept_silently(now=NOW + timedelta(days=9)) == 0


def test_a_correction_that_never_comes_ends_the_case() -> None:
    filed = make_filed()
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    material = filed.item.materials[0]
    points = [Point("material", material.key, material.name, "看不清")]
    handling.request_correction(actor=filed.clerk, serial=filed.serial, revision=revision(filed), points=points, days=5, now=NOW)
    assert jobs.void_overdue_corrections(now=NOW + timedelta(days=20)) == 1
    assert look(filed).row.close_kind == "void" and "termination" in kinds(filed)


def test_a_denial_says_why_and_names_the_remedies() -> None:
    filed = make_filed()
    review(filed, is_granted=False)
    with pytest.raises(rules.ReasonMissing):
        deciding.decide_case(
            actor=filed.leader, serial=filed.serial, revision=revision(filed), is_granted=False, reason=" ", now=NOW + 4 * HOUR
        )
    deciding.decide_case(
        actor=filed.leader, serial=filed.serial, revision=revision(filed), is_granted=False, reason="面积不足", now=NOW + 4 * HOUR
    )
    document = CaseDocument.objects.get(case__serial=filed.serial, kind="denial")
    text = _text_of(document)
    assert "面积不足" in text and "行政复议" in text


def _text_of(document: CaseDocument) -> str:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(store.open_file(document.file_id))
    return "".join(page.get_textpage().get_text_bounded() for page in pdf).replace("\r\n", "").replace("\n", "")


def test_special_procedures_do_not_count() -> None:
    filed = make_filed(promised_days=10)
    accept(filed)
    handling.claim_case(actor=filed.reviewer, serial=filed.serial, now=NOW + HOUR)
    due = Case.objects.get(serial=filed.serial).due_on
    deciding.start_special_procedure(
        actor=filed.reviewer,
        serial=filed.serial,
        revision=revision(filed),
        procedure="现场核查",
        institution="",
        expected_days=5,
        now=NOW + HOUR,
    )
    assert Case.objects.get(serial=filed.serial).due_on is None
    deciding.end_special_procedure(
        actor=filed.reviewer, serial=filed.serial, revision=revision(filed), outcome="核查通过", now=NOW + timedelta(days=3)
    )
    moved = Case.objects.get(serial=filed.serial).due_on
    assert due is not None and moved is not None and moved > due


def test_an_applicant_withdraws_before_the_decision_but_not_after() -> None:
    filed = make_filed()
    decide(filed)
    with pytest.raises(rules.TooLateToWithdraw):
        commands.withdraw_case(actor=filed.applicant, serial=filed.serial, reason="", now=NOW + 5 * HOUR)
    other = make_filed()
    commands.withdraw_case(actor=other.applicant, serial=other.serial, reason="不办了", now=NOW)
    assert look(other).row.close_kind == "withdrawn"


def test_receipts_are_dated_versions_of_what_was_so() -> None:
    filed = make_filed()
    first = receipts.receipt_for(actor=filed.applicant, serial=filed.serial, now=NOW)
    assert receipts.receipt_for(actor=filed.applicant, serial=filed.serial, now=NOW + HOUR) == first
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW + HOUR)
    assert receipts.receipt_for(actor=filed.applicant, serial=filed.serial, now=NOW + HOUR) != first
    old = CaseDocument.objects.filter(case__serial=filed.serial, kind="receipt").order_by("version").first()
    assert old is not None
    found = queries.verified_document(code=old.verify_code)
    assert found is not None and not found.is_latest


def test_a_case_keeps_the_version_it_was_filed_under() -> None:
    from tests.make.catalogue import make_item

    filed = make_filed(promised_days=10)
    make_item(code=filed.item.code, promised_days=3)
    accept(filed)
    assert look(filed).version.promised_days == 10
    assert Case.objects.get(serial=filed.serial).due_on == date(2026, 12, 7)


def test_the_public_sees_states_and_times_only_with_both_numbers() -> None:
    filed = make_filed()
    code = look(filed).query_code
    found = queries.public_case(serial=filed.serial, query_code=code, now=NOW)
    assert found is not None and found.state_name == "待受理" and not hasattr(found, "applicant_name")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert queries.public_case(serial=filed.serial, query_code=wrong, now=NOW) is None
    assert queries.public_case(serial="0" * 24, query_code=code, now=NOW) is None


def test_the_queue_pages_through_everything_once_nearest_deadline_first() -> None:
    filed = [make_filed(now=NOW - timedelta(days=n)) for n in range(5)]
    seen: list[str] = []
    after = None
    while True:
        page = queries.queue(filed[0].clerk, wanted=QueueFilter(), after=after, limit=2, now=NOW)
        seen += [row.serial for row in page.rows]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(f.serial for f in filed) and len(seen) == 5
    assert seen[0] == filed[4].serial
    assert queries.queue_counts(filed[0].clerk, now=NOW).all == 5


def test_ending_a_case_by_order_takes_two_people() -> None:
    filed = make_filed()
    supervisor = people.staff_actor(Role.SUPERVISOR)
    with pytest.raises(rules.StepNotAllowed):
        deciding.void_case(actor=supervisor, serial=filed.serial, revision=revision(filed), reason="事项取消", now=NOW)
    deciding.ask_void(actor=filed.leader, serial=filed.serial, revision=revision(filed), reason="事项取消", now=NOW)
    deciding.void_case(actor=supervisor, serial=filed.serial, revision=revision(filed), reason="事项取消", now=NOW)
    assert look(filed).row.state is CaseState.VOID


def test_every_step_is_told_after_the_commit() -> None:
    filed = make_filed()
    handling.claim_case(actor=filed.clerk, serial=filed.serial, now=NOW)
    assert queue.run_due_now() > 0
    from hall.services.notices import queries as notices

    assert filed.applicant.account_id is not None
    assert len(notices.notices_of(filed.applicant.account_id)) == 2
