"""Writing guides: departments draft for their own items, the hall publishes; people keep their sheets."""

from datetime import datetime

from django.db import transaction

from hall.services.catalogue import queries as catalogue
from hall.services.guidance import queries, reading, rules
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide, GuideDraft, GuideVersion, SavedSheet
from hall.services.guidance.tree import Choices, Tree, walk
from hall.support.access.actors import Actor, Role, require, require_department
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.refusals import NotFound

SKELETON = Tree(title="")


def _seen(actor: Actor, guide_id: int) -> Guide:
    """The guide, locked. Raises: SignInNeeded, NotAllowed, NotFound outside the actor's scope."""
    guide = queries.visible(actor).select_for_update().filter(pk=guide_id).first()
    if guide is None:
        raise NotFound
    return guide


def _open_draft(guide: Guide, revision: int) -> GuideDraft:
    draft = GuideDraft.objects.select_for_update().filter(guide=guide, closed_at__isnull=True).first()
    if draft is None:
        raise rules.DraftClosed
    if draft.revision != revision:
        raise rules.StaleDraft
    return draft


@transaction.atomic
def start_draft(*, actor: Actor, kind: Kinds, code: str, now: datetime) -> int:
    """The guide of an item or bundle with an open draft, made where there is none: the same however often one starts. Returns its id.

    The draft begins from the published version. A department's staff start for their own items; the hall for any, and for bundles.

    Raises: SignInNeeded, NotAllowed, NoGuideHere. Source: §5.4 智能导办.
    """
    department = ""
    if kind == Kinds.ITEM:
        card = next(iter(catalogue.item_cards([code])), None)
        if card is None or card.status != "published":
            queries.visible(actor)
            raise rules.NoGuideHere
        department = card.department_code
    if not actor.has(Role.SYS_ADMIN):
        require_department(actor, department)
    if kind == Kinds.BUNDLE and catalogue.bundle(code) is None:
        raise rules.NoGuideHere
    guide, _ = Guide.objects.get_or_create(kind=kind, code=code, defaults={"department_code": department})
    guide = Guide.objects.select_for_update().get(pk=guide.pk)
    if not GuideDraft.objects.filter(guide=guide, closed_at__isnull=True).exists():
        current = guide.versions.order_by("-number").first()
        _begin(actor, guide, current.content if current else reading.write_tree(SKELETON), now)
    return guide.pk


def _begin(actor: Actor, guide: Guide, content: object, now: datetime) -> GuideDraft:
    assert actor.account_id is not None
    draft = GuideDraft.objects.create(guide=guide, content=content, author_id=actor.account_id, author_name=actor.name, saved_at=now)
    trail.record(actor, "guide.draft_started", f"guide {guide.pk}", detail=guide.code, at=now)
    return draft


@transaction.atomic
def save_draft(*, actor: Actor, guide_id: int, revision: int, tree: Tree, now: datetime) -> int:
    """Keep the tree as it is, also with faults; returns the new revision. A draft that was handed in is being written again.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, reading.BadTree.
    """
    draft = _open_draft(_seen(actor, guide_id), revision)
    content = reading.write_tree(tree)
    reading.read_tree(content)
    draft.content, draft.state, draft.saved_at, draft.revision = content, "editing", now, draft.revision + 1
    draft.save(update_fields=["content", "state", "saved_at", "revision"])
    return draft.revision


def _must_be_sound(guide: Guide, draft: GuideDraft) -> Tree:
    tree = reading.read_tree(draft.content)
    facts = queries.facts_of(Kinds(guide.kind), guide.code, tree)
    if facts is None:
        raise rules.NoGuideHere
    found = rules.blocking(rules.check(tree, facts))
    if found:
        raise rules.NotSound(f"检查没有通过，还有 {len(found)} 处要改：{found[0].sentence}")
    return tree


@transaction.atomic
def submit_draft(*, actor: Actor, guide_id: int, revision: int, now: datetime) -> None:
    """Hand the draft in for publication. Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, NotSound, NoGuideHere."""
    guide = _seen(actor, guide_id)
    draft = _open_draft(guide, revision)
    _must_be_sound(guide, draft)
    draft.state, draft.submitted_at, draft.comment = "submitted", now, ""
    draft.save(update_fields=["state", "submitted_at", "comment"])
    trail.record(actor, "guide.submitted", f"guide {guide.pk}", detail=guide.code, at=now)


@transaction.atomic
def return_draft(*, actor: Actor, guide_id: int, revision: int, comment: str, now: datetime) -> None:
    """Give the draft back with a reason. Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, CommentNeeded."""
    require(actor, Role.SYS_ADMIN)
    guide = _seen(actor, guide_id)
    draft = _open_draft(guide, revision)
    if not comment.strip():
        raise rules.CommentNeeded
    draft.state, draft.comment = "returned", comment.strip()[:500]
    draft.save(update_fields=["state", "comment"])
    trail.record(actor, "guide.returned", f"guide {guide.pk}", detail=guide.code, at=now)


@transaction.atomic
def publish_draft(*, actor: Actor, guide_id: int, revision: int, now: datetime) -> int:
    """Make the draft the published version; returns its number.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, NotSound, NoGuideHere. Source: §5.4; issue "checked before publishing".
    """
    require(actor, Role.SYS_ADMIN)
    guide = _seen(actor, guide_id)
    draft = _open_draft(guide, revision)
    tree = _must_be_sound(guide, draft)
    number = store_version(guide, tree, origin="hall", author=draft.author_name, publisher=actor.name, now=now)
    draft.state, draft.closed_at = "published", now
    draft.save(update_fields=["state", "closed_at"])
    trail.record(actor, "guide.published", f"guide {guide.pk}", detail=f"{guide.code} {number}", at=now)
    return number


def store_version(guide: Guide, tree: Tree, *, origin: str, author: str, publisher: str, now: datetime) -> int:
    """A new published version that was checked by the caller; in the caller's transaction, with the guide locked."""
    number = (guide.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    guide.current_version = GuideVersion.objects.create(
        guide=guide,
        number=number,
        title=tree.title,
        content=reading.write_tree(tree),
        digest=reading.digest_of(tree),
        origin=origin,
        author_name=author,
        published_by_name=publisher,
        published_at=now,
    )
    guide.stale_findings, guide.checked_at = [], now
    guide.save(update_fields=["current_version", "stale_findings", "checked_at"])
    return number


@transaction.atomic
def discard_draft(*, actor: Actor, guide_id: int, revision: int, now: datetime) -> None:
    """Give the draft up. Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft."""
    guide = _seen(actor, guide_id)
    draft = _open_draft(guide, revision)
    draft.state, draft.closed_at = "discarded", now
    draft.save(update_fields=["state", "closed_at"])
    trail.record(actor, "guide.discarded", f"guide {guide.pk}", detail=guide.code, at=now)


@transaction.atomic
def restore_version(*, actor: Actor, guide_id: int, number: int, now: datetime) -> None:
    """Begin a draft from an older version. Raises: SignInNeeded, NotAllowed, NotFound, DraftOpen."""
    guide = _seen(actor, guide_id)
    version = GuideVersion.objects.filter(guide=guide, number=number).first()
    if version is None:
        raise NotFound
    if GuideDraft.objects.filter(guide=guide, closed_at__isnull=True).exists():
        raise rules.DraftOpen
    _begin(actor, guide, version.content, now)


@transaction.atomic
def switch_guide(*, actor: Actor, guide_id: int, is_off: bool, now: datetime) -> None:
    """Take a guide off the public pages, or show it again; doing it twice is the same. Raises: SignInNeeded, NotAllowed, NotFound."""
    require(actor, Role.SYS_ADMIN)
    guide = _seen(actor, guide_id)
    if guide.is_off != is_off:
        guide.is_off = is_off
        guide.save(update_fields=["is_off"])
        trail.record(actor, "guide.switched_off" if is_off else "guide.switched_on", f"guide {guide.pk}", detail=guide.code, at=now)


# --- kept sheets ------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_sheet(*, actor: Actor, kind: Kinds, code: str, choices: Choices, now: datetime) -> int:
    """Keep a finished sheet; the same one again is kept once. Returns its id. One person has MOST_SAVED at most.

    Raises: SignInNeeded, NotAllowed, NotFound, NotFinished, TooManySheets.
    """
    require(actor, Role.CITIZEN)
    guide = queries.guide_of(kind, code)
    if guide is None:
        raise NotFound
    walked = walk(guide.tree, choices)
    if not walked.is_done:
        raise rules.NotFinished
    digest = protection.lookup_digest(repr(sorted(walked.choices.items())), purpose=queries.SEALED_FOR)
    # Seen again under a newer version it is that version's sheet.
    values = {
        "version_id": guide.version_id,
        "choices": protection.encrypt_json(walked.choices, purpose=queries.SEALED_FOR),
        "saved_at": now,
    }
    sheet, is_new = SavedSheet.objects.update_or_create(
        **queries.own(actor), guide_id=guide.guide_id, choices_digest=digest, defaults=values
    )
    if is_new and len(SavedSheet.objects.filter(**queries.own(actor)).values_list("pk")[: rules.MOST_SAVED + 1]) > rules.MOST_SAVED:
        raise rules.TooManySheets
    return sheet.pk


@transaction.atomic
def drop_sheet(*, actor: Actor, sheet_id: int) -> None:
    """Throw a kept sheet away; one that is not the actor's looks like none. Raises: SignInNeeded, NotAllowed, NotFound."""
    require(actor, Role.CITIZEN)
    if not SavedSheet.objects.filter(pk=sheet_id, **queries.own(actor)).delete()[0]:
        raise NotFound
