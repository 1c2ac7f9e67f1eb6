"""The table of items in the making; private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q

from hall.services.catalogue import rules


class ItemDraft(models.Model):
    """事项编制: an item as a department is writing it, in the shape of a line of items.jsonl, until the hall publishes it.

    One open draft for each item; `revision` rises with every save. What was decided on it stays readable.
    """

    item_code = models.CharField(max_length=12)
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    # The version that it began from; empty for a new item.
    based_on = models.ForeignKey("catalogue.ItemVersion", on_delete=models.PROTECT, null=True, related_name="+")
    content = models.JSONField()
    state = models.CharField(max_length=12, default=rules.DraftState.EDITING)
    revision = models.PositiveIntegerField(default=0)
    author_id = models.BigIntegerField()
    author_name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    reviewer_id = models.BigIntegerField(null=True)
    reviewer_name = models.CharField(max_length=60, blank=True)
    comment = models.CharField(max_length=1000, blank=True)

    class Meta:
        db_table = "catalogue_item_draft"
        constraints = [
            models.UniqueConstraint(
                fields=["item_code"], condition=Q(state__in=["editing", "submitted", "returned"]), name="item_draft_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in rules.DraftState]), name="item_draft_state"),
        ]
        indexes = [
            models.Index(fields=["department", "-saved_at", "-id"], name="item_draft_of_department"),
            models.Index(fields=["submitted_at", "id"], name="item_draft_to_review", condition=Q(state="submitted")),
        ]
