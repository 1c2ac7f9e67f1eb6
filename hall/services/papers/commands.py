"""Editing what papers say: a draft for each kind, published by the administrator as the next version (domain.md §4.4)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from hall.services.papers import queries, rules
from hall.services.papers.kinds import KINDS, DocType, PaperKind
from hall.services.papers.models import PaperDraft, PaperVersion
from hall.services.papers.rules import Wording
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.documents.wording import unprintable
from hall.support.refusals import NotFound


@transaction.atomic
def save_draft(*, actor: Actor, doc_type: DocType, revision: int, seen: int, parts: Mapping[str, str], now: datetime) -> int:
    """Keep a sound wording as the kind's draft; returns its new revision. The same text again changes nothing.

    `revision` is the draft's that the actor saw, 0 without one; `seen` the number of the version that was in force then.
    Raises: SignInNeeded, NotAllowed, BadWording, NothingNew, StaleDraft.
    """
    require(actor, Role.SYS_ADMIN)
    kind = KINDS[doc_type]
    wording = rules.tidied(kind, parts)
    _check(kind, wording)
    draft = PaperDraft.objects.select_for_update().filter(kind=doc_type).first()
    if draft is not None and queries.wording_of(draft) == wording:
        return draft.revision
    if (draft.revision if draft else 0) != revision or (draft is None and _last_number(doc_type) != seen):
        raise rules.StaleDraft
    return _keep(actor, kind, draft, wording, "paper.draft_saved", now)


def _last_number(doc_type: DocType) -> int:
    return PaperVersion.objects.filter(kind=doc_type).aggregate(last=Max("number"))["last"] or 0


def _check(kind: PaperKind, wording: Wording) -> None:
    rules.check(kind, wording)
    for part in kind.parts:
        strange = unprintable(getattr(wording, part))
        if strange:
            raise rules.BadWording(f"“{strange[0]}”印不出来，请换成别的字。", field=part)


def _keep(actor: Actor, kind: PaperKind, draft: PaperDraft | None, wording: Wording, deed: str, now: datetime, *, of: str = "") -> int:
    if draft is None and wording == queries.in_force(kind.doc_type).wording:
        raise rules.NothingNew
    draft = draft or PaperDraft(kind=kind.doc_type, revision=0)
    assert actor.account_id is not None
    for part, text in asdict(wording).items():
        setattr(draft, part, text)
    draft.revision += 1
    draft.saved_at, draft.saved_by, draft.saved_by_name = now, actor.account_id, actor.name
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        # Another window began one in the same moment.
        raise rules.StaleDraft from None
    trail.record(actor, deed, f"paper {kind.doc_type}", detail=of, at=now)
    return draft.revision


@transaction.atomic
def restore_version(*, actor: Actor, doc_type: DocType, number: int, now: datetime) -> int:
    """Put an earlier wording (0: the program's own) into a draft; returns the draft's revision.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftInTheWay, NothingNew, BadWording when the paper must contain more by now.
    """
    require(actor, Role.SYS_ADMIN)
    kind = KINDS[doc_type]
    version = queries.version_row(kind, number)
    if version is None:
        raise NotFound
    if PaperDraft.objects.filter(kind=doc_type).exists():
        raise rules.DraftInTheWay
    _check(kind, version.wording)
    return _keep(actor, kind, None, version.wording, "paper.restored", now, of=f"version {number}")


@transaction.atomic
def discard_draft(*, actor: Actor, doc_type: DocType, revision: int, now: datetime) -> None:
    """Give the draft up; what is in force stays. Raises: SignInNeeded, NotAllowed, StaleDraft."""
    _locked(actor, doc_type, revision).delete()
    trail.record(actor, "paper.draft_discarded", f"paper {doc_type}", at=now)


def _locked(actor: Actor, doc_type: DocType, revision: int) -> PaperDraft:
    require(actor, Role.SYS_ADMIN)
    draft = PaperDraft.objects.select_for_update().filter(kind=doc_type, revision=revision).first()
    if draft is None:
        raise rules.StaleDraft
    return draft


@transaction.atomic
def publish_draft(*, actor: Actor, doc_type: DocType, revision: int, note: str, now: datetime) -> int:
    """Make the draft the wording of every paper issued from now on; returns its version number. `note` says why, or is empty.

    Papers issued before stay as they are. Raises: SignInNeeded, NotAllowed, StaleDraft, NothingNew, BadWording.
    Source: §5.3 文书; domain.md §4.4.
    """
    draft = _locked(actor, doc_type, revision)
    wording = queries.wording_of(draft)
    _check(KINDS[doc_type], wording)
    if wording == queries.in_force(doc_type).wording:
        raise rules.NothingNew
    # The draft's lock makes publishers of one kind wait for one another; the unique number is the net.
    number = _last_number(doc_type) + 1
    assert actor.account_id is not None
    PaperVersion.objects.create(
        kind=doc_type,
        **asdict(wording),
        number=number,
        note=" ".join(note.replace("\0", "").split())[: rules.MOST_NOTE],
        published_at=now,
        published_by=actor.account_id,
        published_by_name=actor.name,
    )
    draft.delete()
    trail.record(actor, "paper.published", f"paper {doc_type}", detail=f"version {number}", at=now)
    return number
