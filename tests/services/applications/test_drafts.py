"""Drafts: one for each applicant and item, kept as typed, nobody else's (§5.3.2)."""

from datetime import timedelta

import pytest

from hall.services.applications import commands, jobs, queries, rules
from hall.services.applications.models import Draft
from hall.support.refusals import NotFound
from tests.make import people
from tests.make.applications import NOW, make_draft, make_file, revision_of
from tests.make.catalogue import make_item

pytestmark = pytest.mark.django_db


def test_starting_twice_goes_on_with_the_same_draft() -> None:
    actor, item = people.citizen_actor(), make_item()
    first = commands.start_draft(actor=actor, item_code=item.code, now=NOW)
    assert commands.start_draft(actor=actor, item_code=item.code, now=NOW + timedelta(days=1)) == first
    offered = queries.open_draft(actor, item.code)
    assert offered is not None and offered.draft_id == first


def test_a_person_and_an_enterprise_have_drafts_of_their_own() -> None:
    item, company = make_item(), people.enterprise_actor()
    assert company.account_id is not None
    as_person = people.actor_for(company.account_id)
    assert commands.start_draft(actor=company, item_code=item.code, now=NOW) != commands.start_draft(
        actor=as_person, item_code=item.code, now=NOW
    )


def test_what_was_typed_wrong_is_kept() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item, is_filled=False, has_files=False)
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    name = next(field.name for field in page.definition.fields if not field.is_locked)
    commands.save_draft(actor=actor, draft_id=draft_id, revision=page.revision, answers={name: "写了一半"}, now=NOW)
    again = queries.draft_page(actor, draft_id, now=NOW)
    assert again is not None and again.answers[name] == "写了一半"
    assert Draft.objects.filter(pk=draft_id, answers__isnull=False).exists()


def test_form_contents_are_not_readable_in_the_table() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item)
    stored = bytes(Draft.objects.get(pk=draft_id).answers)
    assert "张三".encode() not in stored


def test_a_second_window_does_not_overwrite_the_first() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item, has_files=False)
    seen = revision_of(actor, draft_id)
    commands.save_draft(actor=actor, draft_id=draft_id, revision=seen, answers={}, now=NOW)
    with pytest.raises(rules.StaleDraft):
        commands.save_draft(actor=actor, draft_id=draft_id, revision=seen, answers={}, now=NOW)


def test_a_draft_is_its_owners_alone() -> None:
    item, stranger = make_item(), people.citizen_actor(name="李四")
    draft_id = make_draft(people.citizen_actor(), item)
    assert queries.draft_page(stranger, draft_id, now=NOW) is None
    with pytest.raises(NotFound):
        commands.save_draft(actor=stranger, draft_id=draft_id, revision=0, answers={}, now=NOW)
    with pytest.raises(NotFound):
        commands.submit_application(actor=stranger, draft_id=draft_id, revision=1, now=NOW)


def test_a_sixth_file_is_refused_and_the_five_stay() -> None:
    actor, item = people.citizen_actor(), make_item()
    draft_id = make_draft(actor, item, has_files=False)
    key = item.materials[0].key
    for _ in range(rules.MOST_FILES):
        commands.add_material(actor=actor, draft_id=draft_id, material_key=key, file=make_file(actor), now=NOW)
    with pytest.raises(rules.TooManyFiles):
        commands.add_material(actor=actor, draft_id=draft_id, material_key=key, file=make_file(actor), now=NOW)
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None and len(page.files) == rules.MOST_FILES


def test_an_item_that_is_only_explained_cannot_be_applied_for() -> None:
    item = make_item(online_depth="info", onsite_visits=1)
    with pytest.raises(rules.NotApplicable):
        commands.start_draft(actor=people.citizen_actor(), item_code=item.code, now=NOW)


def test_a_person_is_told_how_to_apply_for_an_enterprises_item() -> None:
    item = make_item(audience=["org"])
    with pytest.raises(rules.WrongAudience, match="我的企业"):
        commands.start_draft(actor=people.citizen_actor(), item_code=item.code, now=NOW)


def test_drafts_are_emptied_after_thirty_days() -> None:
    actor, item = people.citizen_actor(), make_item()
    make_draft(actor, item)
    assert jobs.expire_drafts(now=NOW + timedelta(days=29)) == 0
    assert jobs.expire_drafts(now=NOW + timedelta(days=31)) == 1
    assert queries.open_draft(actor, item.code) is None
