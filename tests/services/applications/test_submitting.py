"""Handing in: everything missing said at once, one case however often asked, nothing half done (§5.3.2, §6.2)."""

import dataclasses

import pytest

from hall.services.applications import commands, queries, rules
from hall.services.cases.models import Case, CaseMaterial, CaseStep
from hall.services.serials import rules as serials
from hall.support.audit.models import TrailEntry
from hall.support.identity import protection
from tests.make import people
from tests.make.applications import NOW, make_draft, make_filed, revision_of
from tests.make.catalogue import make_item

pytestmark = pytest.mark.django_db


def test_a_submission_becomes_one_complete_case() -> None:
    filed = make_filed()
    case = Case.objects.get(serial=filed.serial)
    assert serials.is_valid(filed.serial)
    assert case.item_version_id == filed.item.version_id and case.state == "submitted"
    assert CaseMaterial.objects.filter(case=case).count() == len(filed.item.materials)
    assert CaseStep.objects.filter(case=case).count() == 1
    assert TrailEntry.objects.filter(subject=filed.serial, deed="application.submitted").count() == 1
    assert protection.decrypt_json(bytes(case.answers))


def test_handing_in_twice_gives_the_same_case() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item)
    revision = revision_of(actor, draft_id)
    first = commands.submit_application(actor=actor, draft_id=draft_id, revision=revision, now=NOW)
    assert commands.submit_application(actor=actor, draft_id=draft_id, revision=revision, now=NOW) == first
    assert commands.submit_application(actor=actor, draft_id=draft_id, revision=0, now=NOW) == first
    assert Case.objects.count() == 1


def test_everything_missing_is_said_at_once() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item, is_filled=False, has_files=False)
    with pytest.raises(rules.NotComplete) as refused:
        commands.submit_application(actor=actor, draft_id=draft_id, revision=revision_of(actor, draft_id), now=NOW)
    anchors = {fault.anchor for fault in refused.value.faults}
    assert f"material-{item.materials[0].key}" in anchors and len(anchors) > 1
    assert not Case.objects.exists()


def test_without_a_real_name_nothing_is_handed_in() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item)
    nameless = dataclasses.replace(actor, auth_level=1)
    with pytest.raises(rules.RealNameNeeded):
        commands.submit_application(actor=nameless, draft_id=draft_id, revision=revision_of(actor, draft_id), now=NOW)


def test_a_form_that_changed_meanwhile_is_looked_at_again_with_all_answers_kept() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item)
    before = queries.draft_page(actor, draft_id, now=NOW)
    newer = make_item(code=item.code, promised_days=7)
    assert newer.version_id != item.version_id
    with pytest.raises(rules.StaleVersion):
        commands.submit_application(actor=actor, draft_id=draft_id, revision=revision_of(actor, draft_id), now=NOW)
    assert commands.renew_draft(actor=actor, draft_id=draft_id, now=NOW)
    after = queries.draft_page(actor, draft_id, now=NOW)
    assert before is not None and after is not None
    assert after.answers == before.answers and len(after.files) == len(before.files) and not after.is_outdated
    commands.submit_application(actor=actor, draft_id=draft_id, revision=after.revision, now=NOW)


def test_a_verified_name_cannot_be_changed_by_the_browser() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item)
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    if page.locked:
        name = next(iter(page.locked))
        commands.save_draft(actor=actor, draft_id=draft_id, revision=page.revision, answers={**page.answers, name: "别人"}, now=NOW)
        again = queries.draft_page(actor, draft_id, now=NOW)
        assert again is not None and again.answers[name] == page.answers[name]


def test_after_submission_the_draft_is_closed_for_changes() -> None:
    filed = make_filed()
    draft = queries.drafts_of(filed.applicant)
    assert draft == []
    with pytest.raises(rules.AlreadySubmitted):
        commands.save_draft(actor=filed.applicant, draft_id=_draft_id(filed.serial), revision=1, answers={}, now=NOW)


def _draft_id(serial: str) -> int:
    from hall.services.applications.models import Draft

    return Draft.objects.get(case__serial=serial).pk
