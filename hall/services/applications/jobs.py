"""Drafts live thirty days; after that they are emptied."""

from datetime import datetime, timedelta

from hall.services.applications.models import Draft, DraftMaterial, JointDraft, JointDraftMaterial
from hall.services.applications.rules import DRAFT_DAYS
from hall.services.materials import using
from hall.support.identity import protection
from hall.support.jobs.queue import every


@every("37 3 * * *")
def expire_drafts(*, now: datetime) -> int:
    """Discard drafts that nobody touched for thirty days; returns how many."""
    old = Draft.objects.filter(submitted_at__isnull=True, discarded_at__isnull=True, saved_at__lt=now - timedelta(days=DRAFT_DAYS))
    ids = list(old.order_by("saved_at").values_list("pk", flat=True)[:1000])
    DraftMaterial.objects.filter(draft_id__in=ids).delete()
    using.forget_places(places=[f"draft:{pk}" for pk in ids])
    return Draft.objects.filter(pk__in=ids).update(discarded_at=now, answers=protection.encrypt_json({}))


@every("41 3 * * *")
def expire_joint_drafts(*, now: datetime) -> int:
    """The same for joint drafts; returns how many."""
    old = JointDraft.objects.filter(submitted_at__isnull=True, discarded_at__isnull=True, saved_at__lt=now - timedelta(days=DRAFT_DAYS))
    ids = list(old.order_by("saved_at").values_list("pk", flat=True)[:1000])
    JointDraftMaterial.objects.filter(draft_id__in=ids).delete()
    using.forget_places(places=[f"joint-draft:{pk}" for pk in ids])
    return JointDraft.objects.filter(pk__in=ids).update(discarded_at=now, answers=protection.encrypt_json({}))
