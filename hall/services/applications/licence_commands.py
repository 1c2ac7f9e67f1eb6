"""Fetching licences for a draft: asked for outside of every transaction, then hung on the draft by a command (§5.3.3)."""

import time
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from hall.services.applications import licences as drafts
from hall.services.applications import rules
from hall.services.applications.applicants import Applicant, applicant_of
from hall.services.applications.commands import open_draft, own
from hall.services.applications.models import Draft, DraftLicence
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
    require(actor, Role.CITIZEN)
    draft = Draft.objects.filter(pk=draft_id, **own(actor)).first()
    if draft is None:
        raise NotFound
    if draft.submitted_at is not None:
        raise rules.AlreadySubmitted
    version = catalogue.item_version(draft.item_version_id)
    assert version is not None
    offered = drafts.types_offered(version, draft.variant, is_enterprise=actor.enterprise_id is not None)
    if not set(cert_types) <= set(offered):
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
            wanted=Wanted(cert_type, offered[cert_type]),
            purpose=f"申办“{version.name}”",
            ground=ground,
            now=now,
            seconds=seconds,
            department_code=version.department_code,
        )
        _hang_on(actor, draft_id, looked, now)
        asked += 1
    return asked


def fetch_agreed_licences(*, actor: Actor, draft_id: int, now: datetime) -> int:
    """On a standing agreement: whatever the draft asks for and has not looked up yet. Returns how many were asked for; 0 without one.

    Raises: NotFound, AlreadySubmitted.
    """
    if not looking.is_ready() or looking.consent_given_at(actor) is None:
        return 0
    draft = Draft.objects.filter(pk=draft_id, **own(actor)).first()
    version = catalogue.item_version(draft.item_version_id) if draft is not None else None
    if draft is None or version is None:
        raise NotFound
    offered = drafts.types_offered(version, draft.variant, is_enterprise=actor.enterprise_id is not None)
    missing = [cert_type for cert_type in offered if cert_type not in drafts.licences_of(draft)]
    try:
        return fetch_licences(actor=actor, draft_id=draft_id, cert_types=missing, ground=Ground.STANDING, now=now)
    except rules.RealNameNeeded:
        return 0


@transaction.atomic
def _hang_on(actor: Actor, draft_id: int, looked: Looked, now: datetime) -> None:
    draft = open_draft(actor, draft_id)
    DraftLicence.objects.update_or_create(draft=draft, cert_type=looked.cert_type, defaults={"lookup_id": looked.lookup_id})
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)


@transaction.atomic
def drop_licence(*, actor: Actor, draft_id: int, cert_type: str, now: datetime) -> None:
    """Take a licence off the draft, to hand the material in oneself; twice is the same. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft(actor, draft_id)
    if DraftLicence.objects.filter(draft=draft, cert_type=cert_type).delete()[0]:
        Draft.objects.filter(pk=draft.pk).update(saved_at=now)
        trail.record(actor, "draft.licence_dropped", f"draft {draft.pk}", detail=cert_type, at=now)
