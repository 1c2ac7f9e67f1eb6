"""Items in the making: who may do what, the review, suspension and abolition, what lists cost (§5.1)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hall.services.catalogue import drafting, drafts, queries, rules
from hall.services.catalogue.draft_refusals import (
    CommentMissing,
    DraftClosed,
    ItemAbolished,
    OwnDraft,
    ReasonMissing,
    WrongStatus,
)
from hall.services.catalogue.intake.words import refresh_figures
from hall.services.catalogue.models import Item, ItemDraft, Tally
from hall.services.search import commands as search
from hall.support.access.actors import NotAllowed, Role
from hall.support.audit import trail
from hall.support.jobs.queue import run_due_now
from hall.support.refusals import NotFound
from tests.make.catalogue import import_folder, item_row, make_item, write_items
from tests.make.drafts import clerk_of, make_draft, make_submitted, page_of, reviewer, revision_of
from tests.make.people import NOW, citizen_actor, make_department, staff_actor

pytestmark = pytest.mark.django_db


def _publish(draft_id: int, actor: Any = None) -> drafting.Published:
    return drafting.publish_draft(actor=actor or reviewer(), draft_id=draft_id, revision=revision_of(draft_id), now=NOW)


def _tallies() -> dict[tuple[str, str], tuple[int, int, int]]:
    rows = Tally.objects.exclude(items=0).values_list("scope", "key", "items", "applicable", "full_online")
    return {(scope, key): counts for scope, key, *counts in rows}  # type: ignore[misc]


# --- who may ------------------------------------------------------------------------------------------------------------------------


def test_a_department_sees_and_writes_its_own_items_only() -> None:
    item, stranger = make_item(), clerk_of("SD33")
    draft_id = make_draft(clerk_of(), item.code)
    with pytest.raises(NotFound):
        drafting.start_draft(actor=stranger, item_code=item.code, now=NOW)
    for command in (drafting.discard_draft, drafting.submit_draft, drafting.catch_up):
        with pytest.raises(NotFound):
            command(actor=stranger, draft_id=draft_id, revision=0, now=NOW)  # type: ignore[operator]
    with pytest.raises(NotFound):
        drafting.save_draft(actor=stranger, draft_id=draft_id, revision=0, changes={}, now=NOW)
    assert drafts.draft_page(stranger, draft_id) is None
    assert drafts.managed_item(stranger, item.code) is None
    assert drafts.managed_items(stranger).rows == () and drafts.item_versions(stranger, item.code) == []
    assert drafts.compared_versions(stranger, item.code, old=1, new=1) is None


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.SUPERVISOR, Role.MEDIATOR, Role.AUDITOR])
def test_others_neither_write_nor_publish(role: Role) -> None:
    item = make_item()
    draft_id = make_submitted(clerk_of(), item.code)
    actor = citizen_actor() if role is Role.CITIZEN else staff_actor(role)
    with pytest.raises(NotAllowed):
        drafting.start_draft(actor=actor, item_code=item.code, now=NOW)
    with pytest.raises(NotAllowed):
        _publish(draft_id, actor)
    with pytest.raises(NotAllowed):
        drafts.managed_items(actor)


def test_a_department_never_publishes_and_the_hall_never_writes() -> None:
    item = make_item()
    draft_id = make_submitted(clerk_of(role=Role.LEADER), item.code)
    with pytest.raises(NotAllowed):
        _publish(draft_id, clerk_of(role=Role.LEADER))
    with pytest.raises(NotAllowed):
        drafting.save_draft(actor=reviewer(), draft_id=draft_id, revision=1, changes={}, now=NOW)


def test_nobody_publishes_what_he_wrote_himself() -> None:
    item, admin = make_item(), reviewer()
    draft_id = make_submitted(clerk_of(), item.code)
    ItemDraft.objects.filter(pk=draft_id).update(author_id=admin.account_id)
    with pytest.raises(OwnDraft):
        _publish(draft_id, admin)


def test_the_hall_does_not_read_what_was_never_handed_in() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code)
    assert drafts.draft_page(reviewer(), draft_id) is None


# --- review -------------------------------------------------------------------------------------------------------------------------


def test_a_returned_draft_is_mended_and_handed_in_again() -> None:
    item, clerk = make_item(), clerk_of()
    draft_id = make_submitted(clerk, item.code)
    with pytest.raises(DraftClosed):
        drafting.save_draft(actor=clerk, draft_id=draft_id, revision=1, changes={"name": "晚了"}, now=NOW)
    with pytest.raises(CommentMissing):
        drafting.return_draft(actor=reviewer(), draft_id=draft_id, revision=1, comment="  ", now=NOW)
    drafting.return_draft(actor=reviewer(), draft_id=draft_id, revision=1, comment="承诺时限请与办法一致。", now=NOW)
    page = page_of(clerk, draft_id)
    assert (page.row.state, page.row.comment) == (rules.DraftState.RETURNED, "承诺时限请与办法一致。")
    drafting.save_draft(actor=clerk, draft_id=draft_id, revision=1, changes={"promised_days": 8}, now=NOW)
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=2, now=NOW)
    assert _publish(draft_id).number == 2


def test_a_reviewer_publishes_what_he_saw() -> None:
    item = make_item()
    draft_id = make_submitted(clerk_of(), item.code)
    with pytest.raises(DraftClosed):
        drafting.publish_draft(actor=reviewer(), draft_id=draft_id, revision=0, now=NOW)


def test_a_given_up_draft_makes_room_for_another() -> None:
    item, clerk = make_item(), clerk_of()
    draft_id = make_draft(clerk, item.code)
    drafting.discard_draft(actor=clerk, draft_id=draft_id, revision=0, now=NOW)
    assert make_draft(clerk, item.code) != draft_id
    assert [row.draft_id for row in drafts.department_drafts(clerk, is_open=False).rows] == [draft_id]


def test_every_step_stands_in_the_trail() -> None:
    item = make_item()
    draft_id = make_submitted(clerk_of(), item.code)
    drafting.return_draft(actor=reviewer(), draft_id=draft_id, revision=1, comment="请核对。", now=NOW)
    drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=1, now=NOW)
    _publish(draft_id)
    drafting.suspend_item(actor=reviewer(), item_code=item.code, reason="系统升级", now=NOW)
    drafting.resume_item(actor=reviewer(), item_code=item.code, reason="升级完成", now=NOW)
    drafting.abolish_item(actor=reviewer(), item_code=item.code, reason="法规废止", now=NOW)
    deeds = [entry.deed for entry in reversed(trail.entries_before(subject=f"item {item.code}"))]
    assert deeds == [
        *("item.draft_started", "item.draft_saved", "item.draft_submitted", "item.draft_returned", "item.draft_submitted"),
        *("item.published", "item.suspended", "item.resumed", "item.abolished"),
    ]
    log = drafts.item_log(reviewer(), item.code)
    assert (log[0].deed, log[0].detail) == ("item.abolished", "法规废止")


# --- suspended and abolished --------------------------------------------------------------------------------------------------------


def test_a_suspended_item_takes_no_applications_and_is_resumed() -> None:
    item = make_item()
    refresh_figures()
    drafting.suspend_item(actor=reviewer(), item_code=item.code, reason="设备检修", now=NOW)
    assert queries.current_version(item.code) is None
    with pytest.raises(WrongStatus):
        drafting.suspend_item(actor=reviewer(), item_code=item.code, reason="再停一次", now=NOW)
    _publish(make_submitted(clerk_of(), item.code))
    assert Item.objects.get(code=item.code).status == rules.ItemStatus.SUSPENDED, "a new version does not resume it"
    drafting.resume_item(actor=reviewer(), item_code=item.code, reason="检修完成", now=NOW)
    assert queries.current_version(item.code) is not None


def test_an_abolished_item_leaves_lists_search_and_figures_for_good() -> None:
    item, clerk = make_item(themes=["L08"]), clerk_of()
    refresh_figures()
    search.reindex(now=NOW)
    draft_id = make_draft(clerk, item.code)
    drafting.abolish_item(actor=reviewer(), item_code=item.code, reason="依据的法规废止", now=NOW)
    run_due_now()
    from hall.services.search.queries import search_items

    assert item.code not in [hit.code for hit in search_items(q=item.name).hits]
    assert queries.items(department="SD02").cards == () and _tallies() == {}
    assert queries.item_page(item.code) is not None
    assert page_of(clerk, draft_id).row.comment == "事项已取消：依据的法规废止"
    with pytest.raises(ItemAbolished):
        drafting.start_draft(actor=clerk, item_code=item.code, now=NOW)
    with pytest.raises(WrongStatus):
        drafting.resume_item(actor=reviewer(), item_code=item.code, reason="想恢复", now=NOW)


def test_no_file_brings_back_what_the_hall_suspended(tmp_path: Any) -> None:
    make_department()
    row = item_row()
    write_items(tmp_path, [row])
    import_folder(tmp_path)
    drafting.suspend_item(actor=reviewer(), item_code=row["code"], reason="设备检修", now=NOW)
    import_folder(tmp_path)
    write_items(tmp_path, [row | {"promised_days": 8}])
    import_folder(tmp_path)
    assert Item.objects.get(code=row["code"]).status == rules.ItemStatus.SUSPENDED


@pytest.mark.parametrize("command", [drafting.suspend_item, drafting.resume_item, drafting.abolish_item])
def test_the_state_of_an_item_is_the_halls_and_has_a_reason(command: Any) -> None:
    item = make_item()
    with pytest.raises(NotAllowed):
        command(actor=clerk_of(role=Role.LEADER), item_code=item.code, reason="理由", now=NOW)
    with pytest.raises(ReasonMissing):
        command(actor=reviewer(), item_code=item.code, reason=" \0", now=NOW)
    with pytest.raises(NotFound):
        command(actor=reviewer(), item_code="370100000000", reason="理由", now=NOW)


# --- what it costs ------------------------------------------------------------------------------------------------------------------


def test_lists_cost_one_statement_and_a_draft_nine() -> None:
    item, clerk, admin = make_item(), clerk_of(), reviewer()
    draft_id = make_submitted(clerk, item.code)

    def cost(call: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert call()
        return len(seen)

    assert cost(lambda: drafts.managed_items(clerk, q="核准", status="published", item_type="license").rows) == 1
    assert cost(lambda: drafts.managed_items(admin, department="SD02").rows) == 1
    assert cost(lambda: drafts.department_drafts(clerk).rows) == 1
    assert cost(lambda: drafts.drafts_to_review(admin).rows) == 1
    assert cost(lambda: drafts.draft_page(admin, draft_id)) <= 9
