from django.db import models
from django.db.models import Q


class Draft(models.Model):
    """An application in the making: one open draft for each applicant and item, pinned to an item version."""

    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    item_version = models.ForeignKey("catalogue.ItemVersion", on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    # Which of the item's 业务办理项 it is; empty where the item has none.
    variant = models.CharField(max_length=8, blank=True, db_default="", default="")
    # As typed, also when wrong; identity numbers and phones among it, so encrypted whole.
    answers = models.BinaryField()
    # Rises with every save of the form; a page shows the revision that it edits.
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "applications_draft"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "enterprise_id", "item_code"],
                condition=Q(submitted_at__isnull=True, discarded_at__isnull=True),
                name="draft_one_open",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, case__isnull=True) | Q(submitted_at__isnull=False, case__isnull=False),
                name="draft_submitted_has_case",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account_id", "-saved_at"], name="draft_open", condition=Q(submitted_at__isnull=True, discarded_at__isnull=True)
            ),
            models.Index(fields=["saved_at"], name="draft_age", condition=Q(submitted_at__isnull=True, discarded_at__isnull=True)),
        ]


class DraftMaterial(models.Model):
    """One file uploaded for one material of a draft."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE)
    material_key = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField()
    uploaded_at = models.DateTimeField()

    class Meta:
        db_table = "applications_draft_material"
        constraints = [
            models.UniqueConstraint(fields=["draft", "material_key", "position"], name="draft_material_place"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="draft_material_five"),
        ]
