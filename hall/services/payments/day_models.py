"""Tables of the daily file and of what it showed; private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q


class Statement(models.Model):
    """对账: one provider's file of one day, and what comparing it with our books gave."""

    provider = models.CharField(max_length=30)
    day = models.DateField()
    fetched_at = models.DateTimeField()
    theirs_count = models.PositiveIntegerField()
    theirs_fen = models.BigIntegerField()
    ours_count = models.PositiveIntegerField()
    ours_fen = models.BigIntegerField()
    equal_count = models.PositiveIntegerField()
    equal_fen = models.BigIntegerField()

    class Meta:
        db_table = "payments_statement"
        constraints = [models.UniqueConstraint(fields=["provider", "day"], name="statement_once")]


class StatementLine(models.Model):
    """One line of the file: money in (`amount_fen` above 0) or given back (below 0)."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    bank_txn_no = models.CharField(max_length=64)
    order_number = models.CharField(max_length=24)
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_statement_line"
        constraints = [models.UniqueConstraint(fields=["statement", "bank_txn_no"], name="statement_line_once")]


class Difference(models.Model):
    """差错: the bank has it and we do not (长款), we have it and the bank does not (短款), or the amounts differ. A person settles it."""

    class Kind(models.TextChoices):
        LONG = "long", "长款"
        SHORT = "short", "短款"
        DIFFERENT = "different", "金额不符"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="differences")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    bank_txn_no = models.CharField(max_length=64)
    order_number = models.CharField(max_length=24, blank=True)
    theirs_fen = models.BigIntegerField(null=True)
    ours_fen = models.BigIntegerField(null=True)
    resolution = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=300, blank=True)
    resolved_by = models.BigIntegerField(null=True)
    resolved_by_name = models.CharField(max_length=60, blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_difference"
        constraints = [
            models.UniqueConstraint(fields=["statement", "bank_txn_no"], name="difference_once"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution="", note="", resolved_by__isnull=True)
                | Q(resolved_at__isnull=False) & ~Q(resolution="") & ~Q(note=""),
                name="difference_resolved_says_how",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="difference_open", condition=Q(resolved_at__isnull=True))]
