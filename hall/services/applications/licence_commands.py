"""Fetching licences for a draft: asked for outside of every transaction, then hung on the draft by a command (§5.3.3)."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from hall.services.applications import joining, rules
from hall.services.applications import licences as drafts
from hall.services.applications.applicants import Applicant, applicant_of
from hall.services.applications.commands import open_draft, own
from hall.services.applications.joint import open_draft_of
from hall.services.applications.models import Draft, DraftLicence, JointDraft, JointDraftLicence
from hall.services.catalogue import queries as catalogue
from hall.services.licences import commands as licences
from hall.services.licences import queries as looking
from hall.services.licences import source
from hall.services.licences.commands import Wanted
from hall.services.licences.rows import Holder, Looked
from hall.services.licences.rules import Ground
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import NotFound

_LEAST_SECONDS = 0.3
D = TypeVar("D", Draft, JointDraft)


def holder_of(applicant: Applicant) -> Holder:
    """Whose licences the applicant may fetch. Raises: RealNameNeeded before the person has given an identity number."""
    profile, enterprise = applicant.profile, applicant.enterprise
    if enterprise is not None:
        return Holder("org", enterprise.uscc, enterprise.name)
    if not profile.id_number:
        raise rules.RealNameNeeded
    return Holder("person", profile.id_number, profile.name)


def fetch_licences(*, actor: Actor, draft_id: int, cert_types: Collection[str], ground: Ground, now: datetime) -> int:
    """Look the applicant's licences of these types up and hang the answers on the draft; returns how many were asked for.

    Waits 1.8 seconds at most for all of them together; what there was no time for stays as it was. Doing it twice is harmless: a
    fresh answer is taken again. Must not be called inside a transaction.

    Raises: NotFound (also for a type that this draft does not ask for), AlreadySubmitted, RealNameNeeded.
    """
    wish = _wish(actor, _own(Draft, actor, draft_id))
    return _fetch(actor, wish, cert_types, ground, now)


def fetch_licences_jointly(*, actor: Actor, draft_id: int, cert_types: Collection[str], ground: Ground, now: datetime) -> int:
    """The same for a joint draft: a licence is looked up once, whichever items ask for it. Raises: as `fetch_licences`."""
    wish = _joint_wish(actor, _own(JointDraft, actor, draft_id))
    return _fetch(actor, wish, cert_types, ground, now)


def fetch_agreed_licences(*, actor: Actor, draft_id: int, now: datetime) -> int:
    """On a standing agreement: whatever the draft asks for and has not looked up yet. Returns how many were asked for; 0 without one.

    Raises: NotFound, AlreadySubmitted.
    """
    if not _has_agreed(actor):
        return 0
    return _fetch_missing(actor, _wish(actor, _own(Draft, actor, draft_id)), now)


def fetch_agreed_licences_jointly(*, actor: Actor, draft_id: int, now: datetime) -> int:
    """The same for a joint draft. Raises: NotFound, AlreadySubmitted."""
    if not _has_agreed(actor):
        return 0
    return _fetch_missing(actor, _joint_wish(actor, _own(JointDraft, actor, draft_id)), now)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A draft that may have licences looked up, for what, which types with their names, and by type the department that needs it."""

    draft: Draft | JointDraft
    purpose: str
    offered: dict[str, str]
    departments: dict[str, str]


def _own(table: type[D], actor: Actor, draft_id: int) -> D:
    require(actor, Role.CITIZEN)
    draft = table._default_manager.filter(pk=draft_id, **own(actor)).first()
    if draft is None:
        raise NotFound
    if draft.submitted_at is not None:
        raise rules.AlreadySubmitted
    return draft


def _wish(actor: Actor, draft: Draft) -> _Wish:
    version = catalogue.item_version(draft.item_version_id)
    assert version is not None
    offered = drafts.types_offered(version, draft.variant, is_enterprise=actor.enterprise_id is not None)
    return _Wish(draft, f"申办“{version.name}”", offered, dict.fromkeys(offered, version.department_code))


def _joint_wish(actor: Actor, draft: JointDraft) -> _Wish:
    whole = joining.whole_of(applicant_of(actor), joining.parts_of(draft))
    offered = drafts.types_offered_jointly(whole.materials, is_enterprise=actor.enterprise_id is not None)
    # A licence that several departments need is asked for as the first one's.
    departments = {m.first.cert_type: whole.part(m.items[0]).version.department_code for m in whole.materials}
    return _Wish(draft, f"申办“{draft.name}”", offered, departments)


def _has_agreed(actor: Actor) -> bool:
    return looking.is_ready() and looking.consent_given_at(actor) is not None


def _fetch_missing(actor: Actor, wish: _Wish, now: datetime) -> int:
    held = drafts.licences_of(wish.draft)
    try:
        return _fetch(actor, wish, [one for one in wish.offered if one not in held], Ground.STANDING, now)
    except rules.RealNameNeeded:
        return 0


def _fetch(actor: Actor, wish: _Wish, cert_types: Collection[str], ground: Ground, now: datetime) -> int:
    if not set(cert_types) <= set(wish.offered):
        raise NotFound
    holder = holder_of(applicant_of(actor))
    ends_at, asked = time.monotonic() + source.SECONDS, 0
    for cert_type in cert_types:
        seconds = ends_at - time.monotonic()
        if seconds < _LEAST_SECONDS:
            break
        looked = licences.look_up_own(
            actor=actor,
            holder=holder,
            wanted=Wanted(cert_type, wish.offered[cert_type]),
            purpose=wish.purpose,
            ground=ground,
            now=now,
            seconds=seconds,
            department_code=wish.departments[cert_type],
        )
        _hang_on(actor, wish.draft, looked, now)
        asked += 1
    return asked


@transaction.atomic
def _hang_on(actor: Actor, found: Draft | JointDraft, looked: Looked, now: datetime) -> None:
    answer = {"lookup_id": looked.lookup_id}
    if isinstance(found, JointDraft):
        joint_draft = open_draft_of(actor, found.pk)
        JointDraftLicence.objects.update_or_create(draft=joint_draft, cert_type=looked.cert_type, defaults=answer)
        JointDraft.objects.filter(pk=joint_draft.pk).update(saved_at=now)
        return
    draft = open_draft(actor, found.pk)
    DraftLicence.objects.update_or_create(draft=draft, cert_type=looked.cert_type, defaults=answer)
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)


@transaction.atomic
def drop_licence(*, actor: Actor, draft_id: int, cert_type: str, now: datetime) -> None:
    """Take a licence off the draft, to hand the material in oneself; twice is the same. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft(actor, draft_id)
    if DraftLicence.objects.filter(draft=draft, cert_type=cert_type).delete()[0]:
        Draft.objects.filter(pk=draft.pk).update(saved_at=now)
        trail.record(actor, "draft.licence_dropped", f"draft {draft.pk}", detail=cert_type, at=now)


@transaction.atomic
def drop_licence_jointly(*, actor: Actor, draft_id: int, cert_type: str, now: datetime) -> None:
    """The same for a joint draft. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft_of(actor, draft_id)
    if JointDraftLicence.objects.filter(draft=draft, cert_type=cert_type).delete()[0]:
        JointDraft.objects.filter(pk=draft.pk).update(saved_at=now)
        trail.record(actor, "joint_draft.licence_dropped", f"joint draft {draft.pk}", detail=cert_type, at=now)
