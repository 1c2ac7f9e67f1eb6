"""事项编制: a department writes an item, the hall publishes it (§5.1). A draft holds a line of items.jsonl and is checked as the import
checks one; beside it stand the situations and `began_from`, what the item was when the draft began."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from hall.services.catalogue import publishing, rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.draft_contents import BEGAN_FROM, around, check, merged, named_files, objects_in, skeleton, storable
from hall.services.catalogue.draft_refusals import (
    CodeTaken,
    CommentMissing,
    DraftClosed,
    DraftOpen,
    ItemAbolished,
    NewerVersion,
    NotReady,
    OwnDraft,
    ReasonMissing,
    StaleDraft,
    WrongStatus,
)
from hall.services.catalogue.draft_standing import OPEN, WRITABLE, standing_of
from hall.services.catalogue.drafts import forms_of
from hall.services.catalogue.models import Item, ItemDraft, ItemVersion
from hall.services.catalogue.relation_checks import lock_relations
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.filestore.rows import FileRow
from hall.support.refusals import NotFound

MOST_COMMENT, MOST_REASON = 1000, 200
# A draft never moves to another item or department, and the state of an item is not the department's to set.
_FIXED = frozenset({"code", "dept_code", "status", "version", "bundles", BEGAN_FROM})


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save answers."""

    draft_id: int
    revision: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """The version that a draft became."""

    item_code: str
    version_id: int
    number: int


# --- the department -----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_draft(*, actor: Actor, item_code: str, number: int | None = None, now: datetime) -> int:
    """A draft of the department's item, from its present version or from version `number` (restored as a draft). Returns its id.

    From the present version the open draft is gone on with, if there is one; restoring an old one is refused then.
    Raises: NotAllowed, NotFound, ItemAbolished, DraftOpen.
    """
    require(actor, *DEPARTMENT_ROLES)
    item = Item.objects.filter(code=item_code, department=actor.department_code, current_version__isnull=False).first()
    if item is None or item.current_version_id is None:
        raise NotFound
    if item.status == rules.ItemStatus.ABOLISHED:
        raise ItemAbolished
    found = ItemVersion.objects.filter(item=item, published_at__isnull=False)
    wanted = found.filter(pk=item.current_version_id) if number is None else found.filter(number=number)
    version_id = wanted.values_list("pk", flat=True).first()
    if version_id is None:
        raise NotFound
    existing = ItemDraft.objects.filter(item_code=item_code, state__in=OPEN).first()
    if existing is not None:
        return _gone_on_with(existing, actor, is_restoring=number is not None)
    links = publishing.links_of(item_code).as_line()
    line = publishing.line_of(item_code, version_id) | links | {"dept_code": item.department_id}
    began_from = {"version_id": item.current_version_id, "links": links}
    try:
        with transaction.atomic():
            draft = _new_draft(actor, item_code, {**line, BEGAN_FROM: began_from}, based_on=version_id, now=now)
    except IntegrityError:
        # Two windows at once: the constraint let one through.
        return _gone_on_with(ItemDraft.objects.get(item_code=item_code, state__in=OPEN), actor, is_restoring=number is not None)
    return draft.pk


def _gone_on_with(draft: ItemDraft, actor: Actor, *, is_restoring: bool) -> int:
    if is_restoring or draft.department_id != actor.department_code:
        raise DraftOpen
    return draft.pk


@transaction.atomic
def start_new_item(*, actor: Actor, item_code: str, name: str, now: datetime) -> int:
    """A draft of an item that is not there yet. Returns its id. Raises: NotAllowed, CodeTaken, NotReady with what is wrong of the two."""
    require(actor, *DEPARTMENT_ROLES)
    assert actor.department_code is not None
    line = storable(skeleton(item_code.strip(), name.strip(), actor.department_code))
    faults = [fault for fault in check(line, around(line)).faults if fault.path in {"code", "name"}]
    if faults:
        raise NotReady(faults)
    taken = Item.objects.filter(code=line["code"]).values_list("current_version__name", flat=True).first()
    if taken is not None:
        raise CodeTaken(f"编码 {line['code']} 已经用于“{taken}”，请换一个编码。")
    try:
        with transaction.atomic():
            began_from = {"version_id": None, "links": publishing.Links().as_line()}
            draft = _new_draft(actor, line["code"], {**line, BEGAN_FROM: began_from}, based_on=None, now=now)
    except IntegrityError:
        raise CodeTaken(f"编码 {line['code']} 已经有一份草稿在编制，请换一个编码。") from None
    return draft.pk


def _new_draft(actor: Actor, item_code: str, content: dict[str, Any], *, based_on: int | None, now: datetime) -> ItemDraft:
    assert actor.account_id is not None
    draft = ItemDraft.objects.create(
        item_code=item_code,
        department_id=content["dept_code"],
        based_on_id=based_on,
        content=content,
        author_id=actor.account_id,
        author_name=actor.name,
        created_at=now,
        saved_at=now,
    )
    _record(actor, "item.draft_started", item_code, now, detail=f"draft={draft.pk}")
    return draft


def _record(actor: Actor, deed: str, item_code: str, now: datetime, *, detail: str = "") -> None:
    trail.record(actor, deed, f"item {item_code}", detail=detail, at=now)


def locked(draft_id: int, **scope: Any) -> ItemDraft:
    """The draft, held against everybody else until the transaction ends. Raises: NotFound."""
    draft = ItemDraft.objects.select_for_update().filter(pk=draft_id, **scope).first()
    if draft is None:
        raise NotFound
    return draft


def _own(actor: Actor, draft_id: int, revision: int) -> ItemDraft:
    """The department's draft, writable, as the actor saw it last."""
    require(actor, *DEPARTMENT_ROLES)
    draft = locked(draft_id, department=actor.department_code)
    if draft.state not in WRITABLE:
        raise DraftClosed
    if draft.revision != revision:
        raise StaleDraft
    return draft


@transaction.atomic
def save_draft(
    *, actor: Actor, draft_id: int, revision: int, changes: Mapping[str, Any], files: Iterable[FileRow] = (), now: datetime
) -> Saved:
    """Keep what was written in these elements, also when it is wrong yet; other elements stay as they are.

    A material names only stored files that it had before, or those of `files` that the actor uploaded himself.
    Raises: NotAllowed, NotFound, DraftClosed, StaleDraft (nothing is overwritten).
    """
    draft = _own(actor, draft_id, revision)
    known = named_files(draft.content) | {str(file.file_id) for file in files if file.uploaded_by == actor.account_id}
    kept = storable({name: value for name, value in changes.items() if name not in _FIXED})
    for _, material in objects_in(kept, "materials"):
        for name in ("blank_form_id", "sample_id"):
            if material.get(name) not in known:
                material.pop(name, None)
    draft.content = {**draft.content, **kept}
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["content", "revision", "saved_at"])
    _record(actor, "item.draft_saved", draft.item_code, now, detail=f"draft={draft.pk} {','.join(sorted(kept))}")
    return Saved(draft.pk, draft.revision, now)


@transaction.atomic
def catch_up(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> None:
    """Say that the version published in the meantime was looked at and the draft goes on as it stands.

    Raises: NotAllowed, NotFound, DraftClosed, StaleDraft.
    """
    draft = _own(actor, draft_id, revision)
    current = Item.objects.filter(code=draft.item_code).values_list("current_version_id", flat=True).first()
    draft.content = {**draft.content, BEGAN_FROM: {**draft.content[BEGAN_FROM], "version_id": current}}
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["content", "revision", "saved_at"])
    _record(actor, "item.draft_caught_up", draft.item_code, now, detail=f"draft={draft.pk}")


@transaction.atomic
def discard_draft(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> None:
    """Give the draft up; it stays readable. Raises: NotAllowed, NotFound, DraftClosed, StaleDraft."""
    draft = _own(actor, draft_id, revision)
    _close(draft, rules.DraftState.DISCARDED, now)
    _record(actor, "item.draft_discarded", draft.item_code, now, detail=f"draft={draft.pk}")


def _close(draft: ItemDraft, state: rules.DraftState, now: datetime) -> None:
    draft.state, draft.decided_at = state, now
    draft.save(update_fields=["state", "decided_at", "reviewer_id", "reviewer_name", "comment"])


@transaction.atomic
def submit_draft(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> None:
    """Hand the draft to the hall. Raises: NotAllowed, NotFound, DraftClosed, StaleDraft, NotReady with every fault."""
    draft = _own(actor, draft_id, revision)
    item = Item.objects.filter(code=draft.item_code).values_list("current_version_id", "status").first()
    faults = standing_of(draft, item).faults
    if faults:
        raise NotReady(faults)
    draft.state, draft.submitted_at = rules.DraftState.SUBMITTED, now
    draft.save(update_fields=["state", "submitted_at"])
    _record(actor, "item.draft_submitted", draft.item_code, now, detail=f"draft={draft.pk} revision={draft.revision}")


# --- the hall -----------------------------------------------------------------------------------------------------------------------


def _submitted(actor: Actor, draft_id: int, revision: int) -> ItemDraft:
    """A draft under review, as the reviewer saw it."""
    require(actor, Role.SYS_ADMIN)
    draft = locked(draft_id)
    if draft.state != rules.DraftState.SUBMITTED or draft.revision != revision:
        raise DraftClosed("这份草稿刚刚有人处理过，请刷新页面查看。")
    if draft.author_id == actor.account_id:
        raise OwnDraft
    draft.reviewer_id, draft.reviewer_name = actor.account_id, actor.name
    return draft


@transaction.atomic
def return_draft(*, actor: Actor, draft_id: int, revision: int, comment: str, now: datetime) -> None:
    """Give the draft back to the department with what is to be mended. Raises: NotAllowed, NotFound, DraftClosed, OwnDraft, CommentMissing."""
    draft = _submitted(actor, draft_id, revision)
    draft.comment = storable(comment).strip()[:MOST_COMMENT]
    if not draft.comment:
        raise CommentMissing
    _close(draft, rules.DraftState.RETURNED, now)
    _record(actor, "item.draft_returned", draft.item_code, now, detail=f"draft={draft.pk}")


@transaction.atomic
def publish_draft(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> Published:
    """Make the draft the item's next version: visible at once, findable with the next job. Cases keep the version they were filed under.

    The checks run again, for the catalogue may have moved on. Raises: NotAllowed, NotFound, DraftClosed, OwnDraft, NotReady,
    NewerVersion, ItemAbolished, CodeTaken, ImportUnderWay.
    """
    publishing.keep_imports_out()
    lock_relations()
    draft = _submitted(actor, draft_id, revision)
    began_from = draft.content[BEGAN_FROM]
    item = Item.objects.select_for_update(no_key=True).filter(code=draft.item_code).first()
    if item is not None and began_from["version_id"] is None:
        raise CodeTaken
    if item is not None and item.status == rules.ItemStatus.ABOLISHED:
        raise ItemAbolished
    if item is not None and item.current_version_id != began_from["version_id"]:
        raise NewerVersion
    present = publishing.links_of(draft.item_code).as_line()
    content = {**draft.content, **merged(began_from["links"], draft.content, present)}
    checked = check(content, around(content))
    if checked.faults:
        raise NotReady(checked.faults)
    record = checked.with_forms(forms_of(draft, checked.declarable_audience))
    version = publishing.publish_record(record, checked.situations, now=now)
    draft.comment = ""
    _close(draft, rules.DraftState.PUBLISHED, now)
    _record(actor, "item.published", draft.item_code, now, detail=f"draft={draft.pk} version={version.number}")
    return Published(draft.item_code, version.pk, version.number)


def suspend_item(*, actor: Actor, item_code: str, reason: str, now: datetime) -> None:
    """Take no new applications for the item until it is resumed; its page stays. Raises: NotAllowed, NotFound, ReasonMissing, WrongStatus."""
    _move(actor, item_code, rules.ItemStatus.SUSPENDED, reason, "item.suspended", now)


def resume_item(*, actor: Actor, item_code: str, reason: str, now: datetime) -> None:
    """Take applications again. Raises: NotAllowed, NotFound, ReasonMissing, WrongStatus."""
    _move(actor, item_code, rules.ItemStatus.PUBLISHED, reason, "item.resumed", now)


def abolish_item(*, actor: Actor, item_code: str, reason: str, now: datetime) -> None:
    """End the item for good: out of lists and search, its page says so; an open draft of it is closed.

    Raises: NotAllowed, NotFound, ReasonMissing, WrongStatus.
    """
    _move(actor, item_code, rules.ItemStatus.ABOLISHED, reason, "item.abolished", now)


_MOVES = {
    rules.ItemStatus.SUSPENDED: (rules.ItemStatus.PUBLISHED,),
    rules.ItemStatus.PUBLISHED: (rules.ItemStatus.SUSPENDED,),
    rules.ItemStatus.ABOLISHED: (rules.ItemStatus.PUBLISHED, rules.ItemStatus.SUSPENDED),
}


@transaction.atomic
def _move(actor: Actor, item_code: str, to: rules.ItemStatus, reason: str, deed: str, now: datetime) -> None:
    require(actor, Role.SYS_ADMIN)
    why = storable(reason).strip()[:MOST_REASON]
    if not why:
        raise ReasonMissing
    publishing.keep_imports_out()
    # Drafts before items, as publishing takes them.
    drafts = list(ItemDraft.objects.select_for_update().filter(item_code=item_code, state__in=OPEN).order_by("pk"))
    item = Item.objects.select_for_update(no_key=True).filter(code=item_code, current_version__isnull=False).first()
    if item is None:
        raise NotFound
    if item.status not in _MOVES[to]:
        raise WrongStatus
    before = publishing.counts_of(item_code)
    item.status, item.status_origin = to, rules.Origin.HALL
    item.save(update_fields=["status", "status_origin"])
    for draft in drafts if to == rules.ItemStatus.ABOLISHED else ():
        draft.reviewer_id, draft.reviewer_name, draft.comment = actor.account_id, actor.name, f"事项已取消：{why}"
        _close(draft, rules.DraftState.DISCARDED, now)
    publishing.refresh_one(item_code, before)
    announce([item_code])
    _record(actor, deed, item_code, now, detail=why)
