from django.db import models
from django.db.models import Q

from hall.services.licences.rules import CODES, Asker, Ground


class Consent(models.Model):
    """A holder's standing agreement that the hall looks licences up for the holder's own applications; open until withdrawn."""

    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "licences_consent"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "enterprise_id"],
                condition=Q(withdrawn_at__isnull=True),
                name="licence_consent_one_open",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=models.F("given_at")), name="licence_consent_period"
            ),
        ]


class Lookup(models.Model):
    """One question to the licence service and its answer: who asked, on what ground, what for. Never changed once it is answered."""

    request_id = models.UUIDField(unique=True)
    asked_at = models.DateTimeField()
    asker = models.CharField(max_length=8)
    ground = models.CharField(max_length=12)
    account_id = models.BigIntegerField(null=True)
    department_code = models.CharField(max_length=12, blank=True)
    purpose = models.CharField(max_length=200)
    cert_type = models.CharField(max_length=40)
    cert_name = models.CharField(max_length=80)
    # Keyed digests: whose it is (empty while nobody knows) and which number was asked for (empty when asked by holder).
    holder_digest = models.CharField(max_length=64, blank=True)
    number_digest = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=4, blank=True)
    answered_at = models.DateTimeField(null=True)
    # The licence as its source described it; encrypted whole.
    licence = models.BinaryField(null=True)
    # Whose answer was taken again instead of asking: the request named here.
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)

    class Meta:
        db_table = "licences_lookup"
        constraints = [
            models.CheckConstraint(
                condition=Q(code="", answered_at__isnull=True, licence__isnull=True) | Q(code__in=CODES, answered_at__isnull=False),
                name="licence_lookup_answered",
            ),
            models.CheckConstraint(condition=Q(asker__in=[one.value for one in Asker]), name="licence_lookup_asker"),
            models.CheckConstraint(condition=Q(ground__in=[one.value for one in Ground]) & ~Q(purpose=""), name="licence_lookup_ground"),
        ]
        indexes = [
            # Taking a fresh answer again.
            models.Index(fields=["holder_digest", "cert_type", "-id"], name="licence_lookup_again", condition=~Q(holder_digest="")),
            # 谁查看过我的信息.
            models.Index(fields=["holder_digest", "-id"], name="licence_lookup_holder", condition=~Q(holder_digest="")),
        ]
