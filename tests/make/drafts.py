"""Drafts of items on their way from a department to the hall."""

from datetime import datetime
from typing import Any

from hall.services.catalogue import drafting, drafts
from hall.services.catalogue.models import ItemDraft
from hall.support.access.actors import Actor, Role
from tests.make.people import NOW, make_staff, staff_actor


def clerk_of(department_code: str = "SD02", role: Role = Role.CLERK) -> Actor:
    """A member of a department."""
    return staff_actor(role, department_code=department_code)


def reviewer() -> Actor:
    """Somebody of the hall who publishes items."""
    return staff_actor(Role.SYS_ADMIN)


def make_draft(actor: Actor, item_code: str, /, *, now: datetime = NOW, **changes: Any) -> int:
    """An open draft of a published item with these elements changed. Returns its id."""
    draft_id = drafting.start_draft(actor=actor, item_code=item_code, now=now)
    if changes:
        drafting.save_draft(actor=actor, draft_id=draft_id, revision=revision_of(draft_id), changes=changes, now=now)
    return draft_id


def make_submitted(actor: Actor, item_code: str, /, *, now: datetime = NOW, **changes: Any) -> int:
    """A draft handed in; by default it promises one day less. Returns its id."""
    draft_id = make_draft(actor, item_code, now=now, **(changes or {"promised_days": 9, "flow_steps": []}))
    drafting.submit_draft(actor=actor, draft_id=draft_id, revision=revision_of(draft_id), now=now)
    return draft_id


def revision_of(draft_id: int) -> int:
    return ItemDraft.objects.values_list("revision", flat=True).get(pk=draft_id)


def state_of(draft_id: int) -> str:
    return str(ItemDraft.objects.values_list("state", flat=True).get(pk=draft_id))


def page_of(actor: Actor, draft_id: int) -> drafts.DraftPage:
    page = drafts.draft_page(actor, draft_id)
    assert page is not None
    return page


__all__ = ["clerk_of", "make_draft", "make_staff", "make_submitted", "page_of", "reviewer", "revision_of", "state_of"]
