from django.contrib.postgres.fields import ArrayField
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
    # A material's, or "form.<field>" where the form itself asks for the file.
    material_key = models.CharField(max_length=48)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField()
    uploaded_at = models.DateTimeField()
    # The file of the applicant's library that it is a copy of, and the grade that it had there; empty for an upload.
    library_file_id = models.UUIDField(null=True)
    grade = models.CharField(max_length=1, blank=True, db_default="", default="")

    class Meta:
        db_table = "applications_draft_material"
        constraints = [
            models.UniqueConstraint(fields=["draft", "material_key", "library_file_id"], name="draft_material_from_library_once"),
            models.UniqueConstraint(fields=["draft", "material_key", "position"], name="draft_material_place"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="draft_material_five"),
        ]


class DraftLicence(models.Model):
    """What was looked up at the licence service for a draft, one answer for each type of licence; found valid, it stands for the file."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE)
    cert_type = models.CharField(max_length=40)
    lookup = models.ForeignKey("licences.Lookup", on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "applications_draft_licence"
        constraints = [models.UniqueConstraint(fields=["draft", "cert_type"], name="draft_licence_once")]


class JointDraftLicence(models.Model):
    """The same for a joint draft: one answer for each type, whichever items ask for it."""

    draft = models.ForeignKey("JointDraft", on_delete=models.CASCADE)
    cert_type = models.CharField(max_length=40)
    lookup = models.ForeignKey("licences.Lookup", on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "applications_joint_licence"
        constraints = [models.UniqueConstraint(fields=["draft", "cert_type"], name="joint_draft_licence_once")]


class DraftLookup(models.Model):
    """What a register said of one name and number of a draft; the pair itself is kept as a keyed digest only."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE)
    register = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    match = models.CharField(max_length=8)
    looked_at = models.DateTimeField()

    class Meta:
        db_table = "applications_draft_lookup"
        constraints = [
            models.UniqueConstraint(fields=["draft", "register", "digest"], name="draft_lookup_once"),
            models.CheckConstraint(condition=Q(match__in=["yes", "no"]), name="draft_lookup_match"),
        ]


class JointDraft(models.Model):
    """Several items in the making, as one form: one open draft for each applicant and bundle, and one for any other combination."""

    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    bundle_code = models.CharField(max_length=12, blank=True)
    name = models.CharField(max_length=120)
    # By item, then by field: an item that is taken out and put in again finds its answers. Encrypted whole.
    answers = models.BinaryField()
    # Items that were asked for and are not part of it: [{"code", "name", "sentence"}].
    left_out = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)
    joint = models.OneToOneField("cases.JointCase", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "applications_joint_draft"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "enterprise_id", "bundle_code"],
                condition=Q(submitted_at__isnull=True, discarded_at__isnull=True),
                name="joint_draft_one_open",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, joint__isnull=True) | Q(submitted_at__isnull=False, joint__isnull=False),
                name="joint_draft_submitted_has_joint",
            ),
        ]
        indexes = [
            models.Index(fields=["saved_at"], name="joint_draft_age", condition=Q(submitted_at__isnull=True, discarded_at__isnull=True))
        ]


class JointDraftPart(models.Model):
    """One item of a joint draft, pinned to its version and variant."""

    draft = models.ForeignKey(JointDraft, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    item_version = models.ForeignKey("catalogue.ItemVersion", on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(max_length=12)
    variant = models.CharField(max_length=8, blank=True)

    class Meta:
        db_table = "applications_joint_part"
        constraints = [
            models.UniqueConstraint(fields=["draft", "position"], name="joint_draft_part_position"),
            models.UniqueConstraint(fields=["draft", "item_code"], name="joint_draft_part_item"),
        ]


class JointDraftMaterial(models.Model):
    """One file uploaded for one document of the merged list; `material_key` is merging's, whichever items need it."""

    draft = models.ForeignKey(JointDraft, on_delete=models.CASCADE)
    material_key = models.CharField(max_length=16)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField()
    uploaded_at = models.DateTimeField()
    # As in a single draft.
    library_file_id = models.UUIDField(null=True)
    grade = models.CharField(max_length=1, blank=True, db_default="", default="")

    class Meta:
        db_table = "applications_joint_material"
        constraints = [
            models.UniqueConstraint(fields=["draft", "material_key", "library_file_id"], name="joint_material_from_library_once"),
            models.UniqueConstraint(fields=["draft", "material_key", "position"], name="joint_draft_material_place"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="joint_draft_material_five"),
        ]


class Basket(models.Model):
    """办事清单: the items that a person means to do, in the order they were put in."""

    account_id = models.BigIntegerField(unique=True)
    codes = ArrayField(models.CharField(max_length=12), default=list)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "applications_basket"
        constraints = [models.CheckConstraint(condition=Q(codes__len__lte=20), name="basket_twenty")]


class ReuseRecord(models.Model):
    """Of the required materials of one application how many needed no upload; written once, with its submission."""

    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, null=True, related_name="+")
    joint_draft = models.ForeignKey(JointDraft, on_delete=models.PROTECT, null=True, related_name="+")
    item_code = models.CharField(max_length=12)
    department_code = models.CharField(max_length=12)
    submitted_on = models.DateField()
    required = models.PositiveSmallIntegerField()
    reused = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "applications_reuse"
        constraints = [
            models.UniqueConstraint(fields=["joint_draft", "item_code"], name="reuse_joint_item_once"),
            models.CheckConstraint(
                condition=Q(draft__isnull=True, joint_draft__isnull=False) | Q(draft__isnull=False, joint_draft__isnull=True),
                name="reuse_of_one_application",
            ),
            models.CheckConstraint(condition=Q(reused__lte=models.F("required")), name="reuse_within_required"),
        ]
        indexes = [
            models.Index(fields=["department_code", "submitted_on"], name="reuse_department"),
            models.Index(fields=["submitted_on"], name="reuse_day"),
        ]
