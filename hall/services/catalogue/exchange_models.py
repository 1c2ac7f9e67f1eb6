"""Tables of catalogue files going in and out; private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q


class ItemExchange(models.Model):
    """导入导出: one file of items that somebody asked for or brought, and how far the hall has got with it.

    An import is checked first (`checked`) and written only once the same person confirms what was shown. `report` holds what
    the check found, as plain values (exchange.py). Rows and files go after a day.
    """

    account_id = models.BigIntegerField()
    account_name = models.CharField(max_length=60)
    direction = models.CharField(max_length=8)
    form = models.CharField(max_length=8)
    # What an export is narrowed to; empty: everything.
    department_code = models.CharField(max_length=12, blank=True)
    status = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=12)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    file_id = models.UUIDField(null=True)
    file_name = models.CharField(max_length=120)
    report = models.JSONField(null=True)
    sentence = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "catalogue_item_exchange"
        indexes = [
            models.Index(fields=["account_id", "-id"], name="item_exchange_of_account"),
            models.Index(fields=["created_at"], name="item_exchange_age"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=["export", "import"]), name="item_exchange_direction"),
            models.CheckConstraint(condition=Q(form__in=["xlsx", "jsonl"]), name="item_exchange_form"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "checked", "confirmed", "done", "refused", "failed"]),
                name="item_exchange_state",
            ),
        ]


class OpenRelease(models.Model):
    """开放数据: the published catalogue as files, at one time. `digest` is that of items.jsonl; `files` name, number, hash and size."""

    stamp = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    items = models.PositiveIntegerField()
    files = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "catalogue_open_release"
