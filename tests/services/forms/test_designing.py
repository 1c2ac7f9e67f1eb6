"""Who designs and who publishes a form, and what becomes of applications and items under way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hall.services.applications import commands as applications
from hall.services.applications import queries as drafts
from hall.services.applications import rules as application_rules
from hall.services.catalogue import drafting, forming
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.models import ItemVersion
from hall.services.forms import commands, queries, rules
from hall.services.forms.models import FormDraft
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.audit import trail
from hall.support.formrules import editing
from hall.support.refusals import NotFound
from tests.make.applications import make_draft
from tests.make.catalogue import FORM, make_item
from tests.make.forms import make_table
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = pytest.mark.django_db


class Desk:
    """An item with its department's clerk and the hall's administrator."""

    def __init__(self) -> None:
        self.item = make_item()
        self.clerk = staff_actor(Role.CLERK, department_code=self.item.department_code)
        self.admin = staff_actor(Role.SYS_ADMIN)

    def start(self, actor: Actor | None = None, **more: Any) -> int:
        return commands.start_draft(actor=actor or self.clerk, item_code=self.item.code, audience="person", now=NOW, **more)

    def file(self, draft_id: int) -> queries.FormFile:
        found = queries.form_file(self.admin, draft_id)
        assert found is not None
        return found

    def save(self, draft_id: int, schema: dict[str, Any], actor: Actor | None = None) -> int:
        return commands.save_draft(
            actor=actor or self.clerk, draft_id=draft_id, revision=self.file(draft_id).revision, schema=schema, now=NOW
        )

    def publish(self, schema: dict[str, Any]) -> int:
        draft_id = self.start()
        revision = self.save(draft_id, schema)
        commands.submit_draft(actor=self.clerk, draft_id=draft_id, revision=revision, now=NOW)
        return commands.publish_draft(actor=self.admin, draft_id=draft_id, revision=revision, now=NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def with_table(schema: dict[str, Any] = FORM) -> dict[str, Any]:
    return editing.put_new(schema, make_table(), 0)[0]


def test_a_department_designs_and_the_hall_publishes(desk: Desk) -> None:
    draft_id = desk.start()
    assert desk.start() == draft_id, "one open draft, however often one starts"
    revision = desk.save(draft_id, with_table())
    assert desk.file(draft_id).changes == ("新增“生产设备”", "调整了分节或顺序")
    commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)
    with pytest.raises(rules.DraftClosed):
        desk.save(draft_id, FORM)
    number = commands.publish_draft(actor=desk.admin, draft_id=draft_id, revision=revision, now=NOW)
    version = catalogue.current_version(desk.item.code)
    assert version is not None and version.number == number == desk.item.number + 1
    assert "f1" in version.form_schemas["person"]["properties"]
    assert version.form_schemas["org"] == desk.item.form_schemas["org"]
    # Everything else of the item is as it was.
    assert (version.name, version.materials, version.fee) == (desk.item.name, desk.item.materials, desk.item.fee)
    deeds = [row.deed for row in trail.entries_before(subject=f"form {draft_id}", limit=9)]
    assert deeds == ["form.submitted", "form.draft_started"]


def test_nobody_publishes_what_he_wrote_the_last_word_of(desk: Desk) -> None:
    draft_id = desk.start(desk.admin)
    revision = desk.save(draft_id, with_table(), desk.admin)
    commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)
    for call in (commands.publish_draft, commands.return_draft):
        more = {"comment": "x"} if call is commands.return_draft else {}
        with pytest.raises(rules.OwnDraft):
            call(actor=desk.admin, draft_id=draft_id, revision=revision, now=NOW, **more)
    commands.publish_draft(actor=staff_actor(Role.SYS_ADMIN), draft_id=draft_id, revision=revision, now=NOW)


def test_another_department_and_a_citizen_see_nothing(desk: Desk) -> None:
    draft_id = desk.start()
    other = staff_actor(Role.LEADER, department_code="SD33")
    assert queries.form_file(other, draft_id) is None
    with pytest.raises(NotFound):
        commands.save_draft(actor=other, draft_id=draft_id, revision=0, schema=FORM, now=NOW)
    with pytest.raises(NotAllowed):
        commands.start_draft(actor=other, item_code=desk.item.code, audience="person", now=NOW)
    with pytest.raises(NotAllowed):
        queries.form_file(citizen_actor(), draft_id)
    with pytest.raises(NotAllowed):
        commands.publish_draft(actor=desk.clerk, draft_id=draft_id, revision=0, now=NOW)


def test_an_old_window_overwrites_nothing(desk: Desk) -> None:
    draft_id = desk.start()
    desk.save(draft_id, with_table())
    with pytest.raises(rules.StaleDraft):
        commands.save_draft(actor=desk.clerk, draft_id=draft_id, revision=0, schema=FORM, now=NOW)
    assert desk.file(draft_id).schema == with_table()


def test_a_form_with_a_fault_stays_a_draft(desk: Desk) -> None:
    draft_id = desk.start()
    revision = desk.save(draft_id, editing.put_new(FORM, {"type": "string", "title": "甲", "x-rule": "telepathy"}, 0)[0])
    with pytest.raises(rules.NotSound, match="“甲”"):
        commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)
    revision = desk.save(draft_id, FORM)
    with pytest.raises(rules.NothingNew):
        commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)


@pytest.mark.parametrize(("code", "audience"), [("999999999999", "person"), ("", "org"), (None, "martian"), ("\0", "person")])
def test_what_has_no_form_cannot_be_designed(desk: Desk, code: str | None, audience: str) -> None:
    with pytest.raises(rules.NoFormHere):
        commands.start_draft(actor=desk.clerk, item_code=desk.item.code if code is None else code, audience=audience, now=NOW)
    assert not FormDraft.objects.exists()


def test_a_returned_draft_comes_back_with_the_reason(desk: Desk) -> None:
    draft_id = desk.start()
    revision = desk.save(draft_id, with_table())
    commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)
    with pytest.raises(rules.CommentNeeded):
        commands.return_draft(actor=desk.admin, draft_id=draft_id, revision=revision, comment=" ", now=NOW)
    commands.return_draft(actor=desk.admin, draft_id=draft_id, revision=revision, comment="请写明单位", now=NOW)
    file = desk.file(draft_id)
    assert (file.row.state, file.comment, file.is_open) == ("returned", "请写明单位", True)


def test_an_open_application_is_told_and_keeps_its_answers(desk: Desk) -> None:
    person = citizen_actor()
    draft_id = make_draft(person, desk.item)
    before = drafts.draft_page(person, draft_id, now=NOW)
    assert before is not None
    desk.publish(with_table())
    after = drafts.draft_page(person, draft_id, now=NOW)
    assert after is not None and after.is_outdated and after.definition == before.definition and after.answers == before.answers
    with pytest.raises(application_rules.StaleVersion):
        applications.submit_application(actor=person, draft_id=draft_id, revision=after.revision, now=NOW)
    applications.renew_draft(actor=person, draft_id=draft_id, now=NOW)
    renewed = drafts.draft_page(person, draft_id, now=NOW)
    assert renewed is not None and renewed.answers["project_name"] == before.answers["project_name"]
    assert renewed.definition.field("f1") is not None


def test_an_old_form_is_put_into_the_draft_again(desk: Desk) -> None:
    first = desk.item.number
    desk.publish(with_table())
    assert [row.number for row in forming.form_versions(desk.item.code, "person")] == [first + 1, first]
    draft_id = desk.start(number=first)
    assert desk.file(draft_id).schema == FORM
    desk.save(draft_id, with_table())
    assert desk.start(number=first) == draft_id and desk.file(draft_id).schema == FORM
    with pytest.raises(NotFound):
        desk.start(number=77)


def test_a_form_published_meanwhile_is_not_overwritten_unseen(desk: Desk) -> None:
    draft_id = desk.start()
    revision = desk.save(draft_id, editing.add_field(FORM, "text", 0)[0])
    forming.publish_form(actor=desk.admin, item_code=desk.item.code, audience="person", schema=with_table(), now=NOW)
    assert desk.file(draft_id).is_overtaken
    with pytest.raises(rules.NewerForm):
        commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)
    commands.catch_up(actor=desk.clerk, draft_id=draft_id, revision=revision, now=NOW)
    commands.submit_draft(actor=desk.clerk, draft_id=draft_id, revision=revision + 1, now=NOW)


def test_an_item_written_meanwhile_keeps_the_new_form(desk: Desk) -> None:
    item_draft = drafting.start_draft(actor=desk.clerk, item_code=desk.item.code, now=NOW)
    desk.publish(with_table())
    saved = drafting.save_draft(actor=desk.clerk, draft_id=item_draft, revision=0, changes={"promised_days": 7, "flow_steps": []}, now=NOW)
    drafting.catch_up(actor=desk.clerk, draft_id=item_draft, revision=saved.revision, now=NOW)
    drafting.submit_draft(actor=desk.clerk, draft_id=item_draft, revision=saved.revision + 1, now=NOW)
    drafting.publish_draft(actor=desk.admin, draft_id=item_draft, revision=saved.revision + 1, now=NOW + timedelta(hours=1))
    version = catalogue.current_version(desk.item.code)
    assert version is not None and version.promised_days == 7 and "f1" in version.form_schemas["person"]["properties"]


def test_the_database_lets_no_second_open_draft_in(desk: Desk) -> None:
    row = FormDraft.objects.get(pk=desk.start())
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_published_form_never_changes(desk: Desk) -> None:
    desk.publish(with_table())
    numbers = ItemVersion.objects.filter(item=desk.item.code).values_list("number", "form_schemas__person__title")
    assert len(numbers) == desk.item.number + 1
