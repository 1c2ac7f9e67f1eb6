"""Departments write guides for their own items, the hall publishes them; nothing is overwritten unseen."""

import pytest
from django.db import DatabaseError, connection, transaction

from hall.services.guidance import commands, queries, rules
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide, GuideDraft
from hall.services.guidance.tree import Tree
from hall.support.access.actors import VISITOR, NotAllowed, Role, SignInNeeded
from hall.support.audit import trail
from hall.support.refusals import NotFound
from tests.make.guidance import guided_item, make_guide, make_tree
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = pytest.mark.django_db


def begun(actor: object = None) -> tuple[int, object]:
    item = guided_item()
    clerk = actor or staff_actor(Role.CLERK, department_code=item.department_code)
    guide_id = commands.start_draft(actor=clerk, kind=Kinds.ITEM, code=item.code, now=NOW)  # type: ignore[arg-type]
    return guide_id, clerk


def test_a_guide_goes_from_draft_to_review_to_the_public() -> None:
    item = guided_item()
    clerk, admin = staff_actor(Role.CLERK, department_code=item.department_code), staff_actor(Role.SYS_ADMIN)
    guide_id = commands.start_draft(actor=clerk, kind=Kinds.ITEM, code=item.code, now=NOW)
    assert commands.start_draft(actor=clerk, kind=Kinds.ITEM, code=item.code, now=NOW) == guide_id
    revision = commands.save_draft(actor=clerk, guide_id=guide_id, revision=0, tree=make_tree(), now=NOW)
    commands.submit_draft(actor=clerk, guide_id=guide_id, revision=revision, now=NOW)
    assert queries.waiting_for_review() == 1
    assert queries.guide_of(Kinds.ITEM, item.code) is None, "a draft is nobody's to read"
    assert commands.publish_draft(actor=admin, guide_id=guide_id, revision=revision, now=NOW) == 1
    published = queries.guide_of(Kinds.ITEM, item.code)
    assert published is not None and published.tree == make_tree()
    assert queries.guided_codes() == {item.code}
    deeds = [entry.deed for entry in trail.entries_before(subject=f"guide {guide_id}")]
    assert deeds == ["guide.published", "guide.submitted", "guide.draft_started"]


def test_a_tree_with_faults_is_neither_handed_in_nor_published() -> None:
    guide_id, clerk = begun()
    revision = commands.save_draft(actor=clerk, guide_id=guide_id, revision=0, tree=make_tree(title=""), now=NOW)  # type: ignore[arg-type]
    with pytest.raises(rules.NotSound, match="没有名称"):
        commands.submit_draft(actor=clerk, guide_id=guide_id, revision=revision, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(rules.NotSound):
        commands.publish_draft(actor=staff_actor(Role.SYS_ADMIN), guide_id=guide_id, revision=revision, now=NOW)


def test_only_the_hall_publishes_returns_and_switches() -> None:
    guide_id, clerk = begun()
    for deed in (
        lambda: commands.publish_draft(actor=clerk, guide_id=guide_id, revision=0, now=NOW),  # type: ignore[arg-type]
        lambda: commands.return_draft(actor=clerk, guide_id=guide_id, revision=0, comment="不行", now=NOW),  # type: ignore[arg-type]
        lambda: commands.switch_guide(actor=clerk, guide_id=guide_id, is_off=True, now=NOW),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_another_departments_guide_looks_like_none() -> None:
    guide_id, _ = begun()
    stranger = staff_actor(Role.CLERK, department_code="SD33")
    with pytest.raises(NotFound):
        commands.save_draft(actor=stranger, guide_id=guide_id, revision=0, tree=make_tree(), now=NOW)
    assert queries.guide_file(stranger, guide_id) is None
    assert queries.desk_guides(stranger) == []
    with pytest.raises(NotAllowed):
        commands.start_draft(actor=stranger, kind=Kinds.ITEM, code=Guide.objects.get(pk=guide_id).code, now=NOW)


@pytest.mark.parametrize("outsider", [VISITOR, None])
def test_people_without_the_role_are_turned_away(outsider: object) -> None:
    guide_id, _ = begun()
    actor = outsider or citizen_actor()
    with pytest.raises((NotAllowed, SignInNeeded)):
        commands.save_draft(actor=actor, guide_id=guide_id, revision=0, tree=make_tree(), now=NOW)  # type: ignore[arg-type]
    with pytest.raises((NotAllowed, SignInNeeded)):
        queries.desk_guides(actor)  # type: ignore[arg-type]


def test_two_windows_do_not_overwrite_one_another() -> None:
    guide_id, clerk = begun()
    commands.save_draft(actor=clerk, guide_id=guide_id, revision=0, tree=make_tree(), now=NOW)  # type: ignore[arg-type]
    with pytest.raises(rules.StaleDraft):
        commands.save_draft(actor=clerk, guide_id=guide_id, revision=0, tree=Tree("别的"), now=NOW)  # type: ignore[arg-type]
    assert GuideDraft.objects.get().content["title"] == "我要办这件事"


def test_a_returned_draft_says_why_and_can_be_written_on() -> None:
    guide_id, clerk = begun()
    admin = staff_actor(Role.SYS_ADMIN)
    with pytest.raises(rules.CommentNeeded):
        commands.return_draft(actor=admin, guide_id=guide_id, revision=0, comment=" ", now=NOW)
    commands.return_draft(actor=admin, guide_id=guide_id, revision=0, comment="问题太绕", now=NOW)
    file = queries.guide_file(clerk, guide_id)  # type: ignore[arg-type]
    assert file is not None and file.draft is not None
    assert (file.draft.state_name, file.draft.comment) == ("已退回", "问题太绕")
    commands.save_draft(actor=clerk, guide_id=guide_id, revision=0, tree=make_tree(), now=NOW)  # type: ignore[arg-type]
    assert GuideDraft.objects.get().state == "editing"


def test_an_older_version_is_restored_as_a_new_draft() -> None:
    item = guided_item()
    guide = make_guide(item, make_tree(title="第一版"))
    make_guide(item, make_tree(title="第二版"))
    clerk = staff_actor(Role.CLERK, department_code=item.department_code)
    commands.restore_version(actor=clerk, guide_id=guide.pk, number=1, now=NOW)
    file = queries.guide_file(clerk, guide.pk)
    assert file is not None and file.tree.title == "第一版"
    assert [version.number for version in file.versions] == [2, 1]
    with pytest.raises(rules.DraftOpen):
        commands.restore_version(actor=clerk, guide_id=guide.pk, number=1, now=NOW)
    commands.discard_draft(actor=clerk, guide_id=guide.pk, revision=0, now=NOW)
    with pytest.raises(NotFound):
        commands.restore_version(actor=clerk, guide_id=guide.pk, number=9, now=NOW)
    with pytest.raises(rules.DraftClosed):
        commands.save_draft(actor=clerk, guide_id=guide.pk, revision=0, tree=make_tree(), now=NOW)


def test_a_guide_switched_off_is_not_shown() -> None:
    guide = make_guide()
    admin = staff_actor(Role.SYS_ADMIN)
    commands.switch_guide(actor=admin, guide_id=guide.pk, is_off=True, now=NOW)
    assert queries.guide_of(Kinds.ITEM, guide.code) is None
    assert queries.guides() == []
    commands.switch_guide(actor=admin, guide_id=guide.pk, is_off=False, now=NOW)
    assert [link.code for link in queries.guides()] == [guide.code]


def test_an_item_that_is_not_published_has_no_guide() -> None:
    admin = staff_actor(Role.SYS_ADMIN)
    for kind, code in ((Kinds.ITEM, "370199999999"), (Kinds.BUNDLE, "NONE")):
        with pytest.raises(rules.NoGuideHere):
            commands.start_draft(actor=admin, kind=kind, code=code, now=NOW)


@pytest.mark.parametrize("statement", ["UPDATE guidance_version SET title = 'x'", "DELETE FROM guidance_version"])
def test_the_database_refuses_every_change_of_a_published_version(statement: str) -> None:
    make_guide()
    with pytest.raises(DatabaseError, match="is published and cannot change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
