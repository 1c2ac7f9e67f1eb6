"""Tables of the guided conversation; private to this module. What people said and how to reach them is sealed."""

from django.db import models
from django.db.models import Q


class AskTalk(models.Model):
    """A conversation of nobody in particular, found by the digest of a token that only the browser holds; forgotten after a day.
    `turn` rises with every answer."""

    token_digest = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    turn = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "guidance_talk"


class AskRequest(models.Model):
    """请求回电: a question that a department answers by telephone. Name, phone, question and history are sealed in `content`, the
    staff's note in `note`; both are emptied some time after the request was closed."""

    reference = models.CharField(max_length=12, unique=True)
    request_key = models.UUIDField(unique=True)
    department_code = models.CharField(max_length=12)
    item_code = models.CharField(max_length=12, blank=True)
    content = models.BinaryField()
    created_at = models.DateTimeField()
    due_on = models.DateField()
    passed_on = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=12, blank=True)
    note = models.BinaryField(default=b"")
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=60, blank=True)
    is_emptied = models.BooleanField(default=False)

    class Meta:
        db_table = "guidance_ask"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True) | Q(outcome__in=["answered", "unreachable"], closed_at__isnull=False),
                name="ask_closed_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["department_code", "due_on", "id"], condition=Q(closed_at__isnull=True), name="ask_open_of_department"),
            models.Index(fields=["department_code", "-id"], name="ask_of_department"),
        ]
