"""What comes into a library by itself: results always, files handed in with the holder's consent (§5.3.4)."""

import pytest
from django.utils import timezone

from hall.services import events
from hall.services.cases import handling, keeping, results
from hall.services.cases.queries import document_file
from hall.services.cases.results import Replacement
from hall.services.materials import commands, queries
from hall.services.materials.models import Material
from hall.services.materials.rules import Grade, Origin, Source
from hall.support.access.actors import Actor
from hall.support.filestore.models import StoredFile
from hall.support.filestore.store import open_file
from hall.support.jobs import queue
from tests.make import cases, people
from tests.make.cases import STEPS, DeliveryMethod, MadeCase, make_case
from tests.make.catalogue import make_item, material_row
from tests.make.files import make_pdf
from tests.make.materials import make_material, names_in, paper, row_of
from tests.make.people import NOW

pytestmark = pytest.mark.django_db


def _items_materials() -> object:
    return make_item(
        materials=[material_row(name="租赁合同", kind="venue", reusable=True), material_row(seq=2, name="申请书", kind="form")]
    )


def _only(actor: Actor) -> int:
    (material_id,) = Material.objects.filter(space__account_id=actor.account_id).values_list("pk", flat=True)
    return material_id


def _case(zhang: Actor, state: str = "submitted") -> MadeCase:
    made = make_case(state=state, applicant=zhang, item=_items_materials())  # type: ignore[arg-type]
    queue.run_due_now()
    return made


def test_a_result_lands_in_the_library_by_itself_and_is_grade_a() -> None:
    zhang = people.citizen_actor()
    case = _case(zhang, "closed")
    row = row_of(zhang, _only(zhang))
    assert (row.origin, row.source, row.grade, row.serial) == (Origin.RESULT, Source.GOV_RESULT, Grade.ISSUED, case.serial)
    document = next(one for one in case.file.documents if one.kind == "result")
    assert (row.name, row.document_number, row.issuer) == (document.title, document.number, "省发展改革委")
    assert open_file(row.files[0].file_id).read_bytes().startswith(b"%PDF")
    assert queries.shelf(zhang).used_bytes == 0, "results take no room"


def test_a_result_asked_for_twice_is_one_and_can_be_deleted_while_the_case_keeps_it() -> None:
    zhang = people.citizen_actor()
    case = _case(zhang, "closed")
    case_id = case.file.row.case_id
    finished = events.CaseFinished(case_id, case.serial, zhang.account_id or 0, case.item.code, case.item.name, "SD02", "granted")
    keeping.keep_finished(finished)
    commands.delete_material(actor=zhang, material_id=_only(zhang), now=NOW)
    document = next(one for one in case.file.documents if one.kind == "result")
    file_id = document_file(zhang, case.serial, document.document_id)
    assert file_id is not None and open_file(file_id).exists()


def test_nothing_handed_in_is_kept_before_the_holder_agreed() -> None:
    zhang = people.citizen_actor()
    _case(zhang)
    assert names_in(zhang) == [] and queries.is_agreed(zhang) is None
    commands.stop_keeping(actor=zhang, now=NOW)
    _case(zhang)
    assert names_in(zhang) == [] and queries.is_agreed(zhang) is False


def test_with_consent_what_was_and_will_be_handed_in_is_kept_but_no_forms() -> None:
    zhang = people.citizen_actor()
    before = _case(zhang)
    commands.agree_to_keep(actor=zhang, now=NOW)
    commands.agree_to_keep(actor=zhang, now=NOW)
    queue.run_due_now()
    assert names_in(zhang) == ["租赁合同"]
    row = row_of(zhang, _only(zhang))
    assert (row.origin, row.grade, row.serial) == (Origin.KEPT, Grade.UPLOADED, before.serial)
    page = queries.material_page(zhang, row.material_id)
    assert page is not None and [use.serial for use in page.uses] == [before.serial]


def test_the_same_content_handed_in_again_is_one_material_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_pdf()
    monkeypatch.setattr(cases, "make_pdf", lambda: content)
    zhang = people.citizen_actor()
    commands.agree_to_keep(actor=zhang, now=NOW)
    first, second = _case(zhang), _case(zhang)
    assert len(names_in(zhang)) == 1
    page = queries.material_page(zhang, _only(zhang))
    assert page is not None and {use.serial for use in page.uses} == {first.serial, second.serial}


def test_withdrawing_removes_what_was_kept_and_nothing_else() -> None:
    zhang = people.citizen_actor()
    commands.agree_to_keep(actor=zhang, now=NOW)
    case = _case(zhang, "closed")
    make_material(zhang, name="自己传的", text="Own")
    result = next(one.title for one in case.file.documents if one.kind == "result")
    assert sorted(names_in(zhang)) == sorted([result, "租赁合同", "自己传的"])
    assert commands.stop_keeping(actor=zhang, now=NOW) == 1
    assert commands.stop_keeping(actor=zhang, now=NOW) == 0
    assert sorted(names_in(zhang)) == sorted([result, "自己传的"])
    assert all(open_file(material.file_id).exists() for material in case.file.materials), "the case keeps its own"
    assert queries.shelf(zhang).held == 2


def test_what_the_holder_replaced_is_his_own_and_stays() -> None:
    zhang = people.citizen_actor()
    commands.agree_to_keep(actor=zhang, now=NOW)
    _case(zhang)
    commands.replace_material(actor=zhang, material_id=_only(zhang), number=1, files=[paper("Newer")], valid_until="", now=NOW)
    assert commands.stop_keeping(actor=zhang, now=NOW) == 0
    assert names_in(zhang) == ["租赁合同"]


def test_a_full_library_keeps_what_fits_and_submitting_goes_on(settings: object) -> None:
    settings.MATERIALS_PERSON_BYTES = 10  # type: ignore[attr-defined]
    zhang = people.citizen_actor()
    commands.agree_to_keep(actor=zhang, now=NOW)
    _case(zhang)
    assert names_in(zhang) == []


def test_the_clerks_tick_makes_grade_b_in_the_library_and_for_what_is_kept_later() -> None:
    agreed, later = people.citizen_actor(), people.citizen_actor(name="李四")
    commands.agree_to_keep(actor=agreed, now=NOW)
    for zhang in (agreed, later):
        item = make_item(online_depth="prelim", materials=[material_row(name="租赁合同", kind="venue", originals=1, reusable=True)])
        case = make_case(state="pre_review", applicant=zhang, item=item)
        queue.run_due_now()
        key = case.file.materials[0].key
        handling.receive_originals(
            actor=case.clerk, serial=case.serial, revision=case.revision, checked=[key, "m99", "<script>"], now=case.now
        )
        commands.agree_to_keep(actor=zhang, now=NOW)
        queue.run_due_now()
        row = row_of(zhang, _only(zhang))
        assert (row.grade, row.issuer) == (Grade.CHECKED, "省发展改革委")


def test_a_case_of_an_enterprise_fills_the_enterprises_library_only() -> None:
    company = people.enterprise_actor()
    commands.agree_to_keep(actor=company, now=NOW)
    make_case(state="closed", applicant=company, item=make_item(audience=["org"], materials=[material_row(kind="venue")]))
    queue.run_due_now()
    assert len(names_in(company)) == 2
    assert company.account_id is not None and names_in(people.actor_for(company.account_id)) == []


def test_a_correction_is_kept_when_the_case_ends_and_a_deleted_one_does_not_come_back() -> None:
    zhang = people.citizen_actor()
    commands.agree_to_keep(actor=zhang, now=NOW)
    case = make_case(state="delivering", applicant=zhang, item=_items_materials())  # type: ignore[arg-type]
    queue.run_due_now()
    commands.delete_material(actor=zhang, material_id=_only(zhang), now=NOW)
    STEPS["closed"](case, DeliveryMethod.COUNTER)
    queue.run_due_now()
    assert [row.origin for row in [row_of(zhang, _only(zhang))]] == [Origin.RESULT]
    assert StoredFile.objects.filter(name="租赁合同.pdf").exists()


def test_a_result_that_was_made_anew_or_taken_back_is_good_no_longer() -> None:
    zhang = people.citizen_actor()
    case = _case(zhang, "closed")
    old = next(one for one in case.file.documents if one.kind == "result")
    now = timezone.now()
    made = results.replace_result(
        actor=case.clerk,
        serial=case.serial,
        document_id=old.document_id,
        kind=Replacement.CHANGED,
        reason="地址变更",
        valid_until=None,
        now=now,
    )
    queue.run_due_now()
    rows = {row.document_number: row for row in queries.library(zhang, today=timezone.localdate(now)).rows}
    assert {number: row.lamp(timezone.localdate(now)) for number, row in rows.items()} == {old.number: "r", made.number: "g"}
    results.revoke_result(actor=case.leader, serial=case.serial, document_id=made.pk, reason="以欺骗手段取得", now=now)
    queue.run_due_now()
    assert {row.lamp(timezone.localdate(now)) for row in queries.library(zhang, today=timezone.localdate(now)).rows} == {"r"}
