from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hall.services.materials.rules import Grade, Origin, Source


class Space(models.Model):
    """The library of one person, or of one enterprise; never of both."""

    account_id = models.BigIntegerField(null=True, unique=True)
    enterprise_id = models.BigIntegerField(null=True, unique=True)
    # Counted with every change by conditional UPDATE: many uploads at once cannot exceed the quota.
    used_bytes = models.BigIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    # Whether what is handed in with applications is kept for the next time; asked once, until withdrawn.
    agreed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "materials_space"
        constraints = [
            models.CheckConstraint(
                condition=Q(account_id__isnull=True, enterprise_id__isnull=False) | Q(account_id__isnull=False, enterprise_id__isnull=True),
                name="material_space_one_holder",
            ),
            models.CheckConstraint(condition=Q(used_bytes__gte=0), name="material_space_used"),
            models.CheckConstraint(condition=Q(agreed_at__isnull=True) | Q(withdrawn_at__isnull=True), name="material_space_one_mind"),
        ]


class Folder(models.Model):
    """自定义分类: a folder that the holder made."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE)
    name = models.CharField(max_length=20)

    class Meta:
        db_table = "materials_folder"
        constraints = [models.UniqueConstraint(fields=["space", "name"], name="material_folder_once")]


class Material(models.Model):
    """One document of a space. What it is now stands in its current version; earlier ones stay."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE)
    # Without a folder it lies under its source.
    folder = models.ForeignKey(Folder, on_delete=models.SET_NULL, null=True)
    source = models.CharField(max_length=12)
    origin = models.CharField(max_length=8)
    name = models.CharField(max_length=120)
    # The name as it is compared (`rules.same_name`).
    name_key = models.CharField(max_length=120)
    cert_type = models.CharField(max_length=40, blank=True)
    # The item that it was handed in with, or is the result of.
    item_code = models.CharField(max_length=12, blank=True)
    tags = ArrayField(models.CharField(max_length=12), default=list)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "materials_material"
        constraints = [
            models.CheckConstraint(condition=Q(source__in=[word.value for word in Source]), name="material_source_known"),
            models.CheckConstraint(condition=Q(origin__in=[word.value for word in Origin]), name="material_origin_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(name_key=""), name="material_has_name"),
            models.CheckConstraint(condition=Q(tags__len__lte=10), name="material_ten_tags"),
        ]
        indexes = [
            models.Index(fields=["space", "-id"], name="material_newest"),
            models.Index(fields=["space", "name_key"], name="material_name_key"),
            models.Index(fields=["space", "cert_type"], name="material_cert", condition=~Q(cert_type="")),
        ]


class Version(models.Model):
    """One version of a material, as it was given or issued; replacing adds one and keeps the old."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE)
    number = models.PositiveSmallIntegerField()
    is_current = models.BooleanField()
    grade = models.CharField(max_length=1)
    # Who issued or checked it, in words; empty for what only its holder vouches for.
    issuer = models.CharField(max_length=60, blank=True)
    # The case that it came from with its item, and the number of the document where the hall issued it.
    serial = models.CharField(max_length=24, blank=True)
    item_name = models.CharField(max_length=200, blank=True)
    document_number = models.CharField(max_length=60, blank=True)
    # The last day on which it is good; null: no end, or none known.
    valid_until = models.DateField(null=True)
    # The reminder that went out last, as days before the end.
    told_days = models.SmallIntegerField(null=True)
    counted_bytes = models.BigIntegerField()
    made_by = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "materials_version"
        constraints = [
            models.UniqueConstraint(fields=["material", "number"], name="material_version_number"),
            models.UniqueConstraint(fields=["material"], condition=Q(is_current=True), name="material_one_current"),
            models.UniqueConstraint(fields=["document_number"], condition=~Q(document_number=""), name="material_document_once"),
            models.CheckConstraint(condition=Q(grade__in=[word.value for word in Grade]), name="material_grade_known"),
        ]
        indexes = [
            models.Index(fields=["valid_until", "id"], name="material_ending", condition=Q(is_current=True, valid_until__isnull=False))
        ]


class VersionFile(models.Model):
    """One file of a version (both sides of a card are two). The row in the file store is the library's own, its content is shared."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField(unique=True)
    # As they were when it was kept: a file whose content differs is not handed on.
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    extension = models.CharField(max_length=8)
    size_bytes = models.BigIntegerField()

    class Meta:
        db_table = "materials_file"
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="material_file_place"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="material_file_five"),
        ]
        indexes = [models.Index(fields=["sha256"], name="material_file_sha256")]


class Use(models.Model):
    """Where a material was used: first on a draft, then with the number of the case that it was handed in with."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE)
    version_number = models.PositiveSmallIntegerField()
    # Which draft, in the words of its module, e.g. "draft:12"; "case:<serial>" where it came from a case.
    place = models.CharField(max_length=40)
    material_key = models.CharField(max_length=16)
    item_name = models.CharField(max_length=200)
    account_id = models.BigIntegerField()
    at = models.DateTimeField()
    serial = models.CharField(max_length=24, blank=True)

    class Meta:
        db_table = "materials_use"
        constraints = [models.UniqueConstraint(fields=["material", "place", "material_key"], name="material_use_once")]
        indexes = [models.Index(fields=["place"], name="material_use_place")]
