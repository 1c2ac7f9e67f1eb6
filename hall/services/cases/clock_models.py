"""Tables of what moves a case's deadline beside pauses: one extension, one hearing; private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q


class CaseExtension(models.Model):
    """延期 (许可法 42): working days beyond the promise, asked for once and granted by the department's head. Not decided while `is_approved` is null."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="extension")
    days = models.PositiveSmallIntegerField()
    # The applicant reads it in the notice.
    reason = models.CharField(max_length=300)
    asked_by = models.BigIntegerField()
    asked_by_name = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    is_approved = models.BooleanField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    # Why it was refused; stays inside the department.
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "cases_extension"
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=10) & ~Q(reason=""), name="case_extension_days"),
            models.CheckConstraint(
                condition=Q(is_approved__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(is_approved__isnull=False, decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=models.F("asked_by")),
                name="case_extension_two_people",
            ),
        ]


class CaseHearing(models.Model):
    """听证 (许可法 47, 48): told, then asked for or waived until `ask_until`; asked for, it is held until `hold_until`."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="hearing")
    told_at = models.DateTimeField()
    ask_until = models.DateField()
    asked_at = models.DateTimeField(null=True)
    hold_until = models.DateField(null=True)
    arranged_for = models.DateTimeField(null=True)
    place = models.CharField(max_length=100, blank=True)
    waived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_hearing"
        constraints = [
            models.CheckConstraint(
                condition=Q(asked_at__isnull=True, hold_until__isnull=True, arranged_for__isnull=True)
                | Q(asked_at__isnull=False, hold_until__isnull=False, waived_at__isnull=True),
                name="case_hearing_asked_or_waived",
            ),
            models.CheckConstraint(
                condition=Q(arranged_for__isnull=True, place="") | Q(arranged_for__isnull=False) & ~Q(place=""), name="case_hearing_place"
            ),
        ]
        indexes = [models.Index(fields=["ask_until"], name="case_hearing_open", condition=Q(asked_at__isnull=True, ended_at__isnull=True))]
