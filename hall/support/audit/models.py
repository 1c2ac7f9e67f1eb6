from django.db import models


class TrailEntry(models.Model):
    """One deed. Written in the deed's own transaction; a trigger refuses every later change."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_roles = models.CharField(max_length=120)
    department_code = models.CharField(max_length=12)
    address = models.CharField(max_length=45)
    deed = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12)
    detail = models.CharField(max_length=300)

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(fields=["subject", "id"], name="audit_subject"),
            models.Index(fields=["actor_id", "id"], name="audit_actor"),
        ]


class TrailSeal(models.Model):
    """The entry's place in the hash chain: hash = SHA-256(previous hash, entry). Added by the sealing job, in order."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(TrailEntry, on_delete=models.PROTECT)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_seal"
