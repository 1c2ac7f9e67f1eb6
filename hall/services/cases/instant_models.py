"""The table of what was decided by published rules (秒批); private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q


class CaseInstant(models.Model):
    """The rules of the item's version, asked once for each case: what they said, on which answers, and what a person found on looking again.

    `rules` are the conditions with their outcome; `inputs` the answers they looked at, encrypted. A sampled case has the seed and the
    lot that chose it, so that anybody can draw again (rules.drawn).
    """

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="instant")
    at = models.DateTimeField()
    version_number = models.PositiveIntegerField()
    rules = models.JSONField()
    inputs = models.BinaryField()
    is_granted = models.BooleanField()
    seed = models.CharField(max_length=32, blank=True)
    lot = models.PositiveSmallIntegerField(null=True)
    share = models.PositiveSmallIntegerField(default=0)
    is_sampled = models.BooleanField(default=False)
    is_right = models.BooleanField(null=True)
    checked_by = models.BigIntegerField(null=True)
    checked_by_name = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_instant"
        constraints = [
            models.CheckConstraint(condition=Q(is_sampled=False) | Q(is_granted=True) & ~Q(seed=""), name="case_instant_sample_granted"),
            models.CheckConstraint(
                condition=Q(is_right__isnull=True, checked_at__isnull=True, checked_by__isnull=True)
                | Q(is_right__isnull=False, checked_at__isnull=False, checked_by__isnull=False, is_sampled=True),
                name="case_instant_checked",
            ),
            models.CheckConstraint(condition=Q(revoked_at__isnull=True) | Q(is_right=False), name="case_instant_revoked"),
        ]
        indexes = [models.Index(fields=["is_right", "-id"], name="case_instant_sampled", condition=Q(is_sampled=True))]
