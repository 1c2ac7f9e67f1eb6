"""Tables of guidance; private to this module. A published version never changes; a draft lives until it is published or given up."""

from django.db import models
from django.db.models import Q

from hall.services.guidance.talk_models import AskRequest, AskTalk

# Django finds a module's tables here.
__all__ = ["AskRequest", "AskTalk", "Guide", "GuideDraft", "GuideVersion", "SavedSheet"]


class Guide(models.Model):
    """智能导办 of one item or bundle: the lasting identity; what it asks stands in its versions.

    `stale_findings` are what was wrong with the present version when its items were last published; empty while all is well.
    """

    kind = models.CharField(max_length=8)
    code = models.CharField(max_length=12)
    # Whose staff write it; empty for a bundle, whose guides the hall writes.
    department_code = models.CharField(max_length=12, blank=True)
    current_version = models.ForeignKey("GuideVersion", on_delete=models.PROTECT, null=True, related_name="+")
    is_off = models.BooleanField(default=False)
    stale_findings = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "guidance_guide"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="guide_once"),
            models.CheckConstraint(condition=Q(kind__in=["item", "bundle"]), name="guide_kind"),
        ]
        indexes = [models.Index(fields=["department_code", "id"], name="guide_of_department")]


class GuideVersion(models.Model):
    """One published version; a trigger refuses every change. `digest` is SHA-256 over the content."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=60)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    origin = models.CharField(max_length=8)
    author_name = models.CharField(max_length=60)
    published_by_name = models.CharField(max_length=60)
    published_at = models.DateTimeField()

    class Meta:
        db_table = "guidance_version"
        constraints = [
            models.UniqueConstraint(fields=["guide", "number"], name="guide_version_number"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(title=""), name="guide_version_named"),
            models.CheckConstraint(condition=Q(origin__in=["file", "hall"]), name="guide_version_origin"),
        ]


class GuideDraft(models.Model):
    """A guide in the making, one open draft for each; `revision` rises with every save."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="drafts")
    content = models.JSONField()
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, default="editing")
    author_id = models.BigIntegerField()
    author_name = models.CharField(max_length=60)
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "guidance_draft"
        constraints = [
            models.UniqueConstraint(fields=["guide"], condition=Q(closed_at__isnull=True), name="guide_draft_one_open"),
            models.CheckConstraint(
                condition=Q(state__in=["editing", "submitted", "returned"], closed_at__isnull=True)
                | Q(state__in=["published", "discarded"], closed_at__isnull=False),
                name="guide_draft_state",
            ),
        ]


class SavedSheet(models.Model):
    """办事单 that a person kept: which guide and which choices. Choices tell about a person, so they are encrypted."""

    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(GuideVersion, on_delete=models.PROTECT, related_name="+")
    choices = models.BinaryField()
    choices_digest = models.CharField(max_length=64)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "guidance_saved_sheet"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "enterprise_id", "guide", "choices_digest"], name="saved_sheet_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["account_id", "-id"], name="saved_sheet_of_person")]
