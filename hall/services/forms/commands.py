"""Designing forms: departments draft for their own items, the hall for any; whoever designed a form does not publish it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from hall.services.catalogue import forming
from hall.services.forms import checking, queries, rules
from hall.services.forms.models import FormDraft
from hall.support.access.actors import Actor, Role, require, require_department
from hall.support.audit import trail
from hall.support.formrules.soundness import findings
from hall.support.refusals import NotFound


def start_draft(*, actor: Actor, item_code: str, audience: str, number: int | None = None, now: datetime) -> int:
    """The open draft of an item's form for one audience, made from the form in use: the same however often one starts. Returns its id.

    With `number` the form of that version of the item is put into the draft, also over what stood there.
    Raises: SignInNeeded, NotAllowed, NoFormHere, NotFound.
    """
    item = forming.form_item(item_code)
    if item is None or audience not in item.forms:
        queries.visible(actor)
        raise rules.NoFormHere
    if not actor.has(Role.SYS_ADMIN):
        require_department(actor, item.department_code)
    present = item.forms[audience]
    wanted = present if number is None else forming.form_of_version(item_code, audience, number)
    if wanted is None:
        raise NotFound
    assert actor.account_id is not None
    new = FormDraft(
        item_code=item_code,
        audience=audience,
        department_code=item.department_code,
        content=wanted,
        began_from=rules.digest_of(present),
        author_id=actor.account_id,
        author_name=actor.name,
        saved_at=now,
    )
    try:
        with transaction.atomic():
            new.save()
            _record(actor, "form.draft_started", new, now)
    except IntegrityError:
        # There is one, or another window was quicker.
        open_draft = FormDraft.objects.get(item_code=item_code, audience=audience, closed_at__isnull=True)
        if number is not None:
            save_draft(actor=actor, draft_id=open_draft.pk, revision=open_draft.revision, schema=wanted, now=now)
        return open_draft.pk
    return new.pk


def _record(actor: Actor, deed: str, draft: FormDraft, now: datetime) -> None:
    trail.record(actor, deed, f"form {draft.pk}", detail=f"{draft.item_code} {draft.audience}", at=now)


def _open(actor: Actor, draft_id: int, revision: int, *states: str) -> FormDraft:
    """The draft, locked, as the actor saw it last. Raises: NotFound, DraftClosed, StaleDraft."""
    draft = queries.visible(actor).select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise NotFound
    if draft.state not in states:
        raise rules.DraftClosed
    if draft.revision != revision:
        raise rules.StaleDraft
    return draft


@transaction.atomic
def save_draft(*, actor: Actor, draft_id: int, revision: int, schema: Mapping[str, Any], now: datetime) -> int:
    """Keep the form as it is, also with faults; returns the new revision.

    Who saves is its author from then on: nobody publishes what he wrote the last word of.
    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, NotReadable when it is too large.
    """
    draft = _open(actor, draft_id, revision, "editing", "returned")
    rules.read_text(rules.written(schema))
    assert actor.account_id is not None
    draft.content, draft.state, draft.saved_at, draft.revision = dict(schema), "editing", now, draft.revision + 1
    draft.author_id, draft.author_name = actor.account_id, actor.name
    draft.save(update_fields=["content", "state", "saved_at", "revision", "author_id", "author_name"])
    return draft.revision


@transaction.atomic
def catch_up(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> None:
    """Say that the form published in the meantime was looked at, and this one goes on as it stands.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft.
    """
    draft = _open(actor, draft_id, revision, "editing", "returned")
    item = forming.form_item(draft.item_code)
    draft.began_from = rules.digest_of(item.forms.get(draft.audience)) if item else ""
    draft.revision += 1
    draft.save(update_fields=["began_from", "revision"])
    _record(actor, "form.caught_up", draft, now)


@transaction.atomic
def discard_draft(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> None:
    """Give the draft up. Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft."""
    draft = _open(actor, draft_id, revision, "editing", "returned")
    _close(draft, "discarded", now)
    _record(actor, "form.discarded", draft, now)


def _close(draft: FormDraft, state: str, now: datetime) -> None:
    draft.state, draft.closed_at = state, now
    draft.save(update_fields=["state", "closed_at"])


def _must_be_ready(draft: FormDraft) -> None:
    """Raises: NoFormHere, NewerForm, NothingNew, NotSound with the first fault."""
    item = forming.form_item(draft.item_code)
    if item is None or draft.audience not in item.forms:
        raise rules.NoFormHere
    present = rules.digest_of(item.forms[draft.audience])
    if present != draft.began_from:
        raise rules.NewerForm
    if present == rules.digest_of(draft.content):
        raise rules.NothingNew
    found = (*findings(draft.content), *checking.findings(draft.content))
    if found:
        raise rules.NotSound(f"检查没有通过，还有 {len(found)} 处要改。{found[0].sentence}。")


@transaction.atomic
def submit_draft(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> None:
    """Hand the draft in for publication.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, NoFormHere, NewerForm, NothingNew, NotSound.
    """
    draft = _open(actor, draft_id, revision, "editing", "returned")
    _must_be_ready(draft)
    draft.state, draft.submitted_at, draft.comment = "submitted", now, ""
    draft.save(update_fields=["state", "submitted_at", "comment"])
    _record(actor, "form.submitted", draft, now)


def _under_review(actor: Actor, draft_id: int, revision: int) -> FormDraft:
    require(actor, Role.SYS_ADMIN)
    draft = _open(actor, draft_id, revision, "submitted")
    if draft.author_id == actor.account_id:
        raise rules.OwnDraft
    return draft


@transaction.atomic
def return_draft(*, actor: Actor, draft_id: int, revision: int, comment: str, now: datetime) -> None:
    """Give the draft back with a reason. Raises: NotAllowed, NotFound, DraftClosed, StaleDraft, OwnDraft, CommentNeeded."""
    draft = _under_review(actor, draft_id, revision)
    draft.comment = comment.replace("\0", "").strip()[: rules.MOST_COMMENT]
    if not draft.comment:
        raise rules.CommentNeeded
    draft.state = "returned"
    draft.save(update_fields=["state", "comment"])
    _record(actor, "form.returned", draft, now)


@transaction.atomic
def publish_draft(*, actor: Actor, draft_id: int, revision: int, now: datetime) -> int:
    """Make the draft the form in use; returns the number of the item's version that holds it.

    Open applications and cases keep the form they have; an open application is told, and may be carried over with its answers.
    Raises: NotAllowed, NotFound, DraftClosed, StaleDraft, OwnDraft, NoFormHere, NewerForm, NothingNew, NotSound, ImportUnderWay.
    Source: §5.3.2 专业信息校验.
    """
    draft = _under_review(actor, draft_id, revision)
    _must_be_ready(draft)
    number = forming.publish_form(actor=actor, item_code=draft.item_code, audience=draft.audience, schema=draft.content, now=now)
    _close(draft, "published", now)
    return number
