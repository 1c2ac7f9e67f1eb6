import uuid

from django.db import models

from hall.support.filestore.rows import ScanState


class StoredFile(models.Model):
    """One file that somebody gave or the hall made. Rows with the same content share one file on disk (`sha256`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    extension = models.CharField(max_length=8)
    size_bytes = models.BigIntegerField()
    pages = models.IntegerField(null=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    scan = models.CharField(max_length=12, choices=[(state.value, state.name) for state in ScanState])
    scanned_at = models.DateTimeField(null=True)
    # Of an earlier release; nobody reads it any more (services/inspections judges now). To be dropped in the next one.
    checks = models.JSONField(null=True)
    # Plain number: the support floor does not link to people.
    uploaded_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "filestore_file"
        indexes = [
            models.Index(fields=["sha256"], name="filestore_sha256"),
            # The rescan job's short list; clean files are not in it.
            models.Index(fields=["created_at"], name="filestore_to_scan", condition=models.Q(scan__in=["not_scanned", "held"])),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="filestore_sha256_form"),
            models.CheckConstraint(condition=models.Q(size_bytes__gt=0), name="filestore_not_empty"),
            models.CheckConstraint(condition=models.Q(scan__in=[state.value for state in ScanState]), name="filestore_scan_known"),
        ]
