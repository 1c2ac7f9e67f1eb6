from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # it could not be measured; people look at it themselves


class Reading(models.TextChoices):
    """Whether the words of a picture are wanted and were recognised."""

    NONE = "none"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # it could not be read; people compare it themselves


class Inspection(models.Model):
    """What is known of one content, whichever stored files have it. Facts only: what they mean depends on the material and the day."""

    sha256 = models.CharField(max_length=64, unique=True)
    extension = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=State.choices)
    # Numbers of `FileFacts`, a list of pages; nothing personal.
    pages = models.JSONField(null=True)
    # The words of the file, sealed; null where it holds none and none were recognised.
    words = models.BinaryField(null=True)
    reading = models.CharField(max_length=8, choices=Reading.choices, default=Reading.NONE, db_default=Reading.NONE)
    asked_at = models.DateTimeField()
    # When a worker took it; one that was killed loses its claim after a while.
    claimed_at = models.DateTimeField(null=True)
    reading_claimed_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inspections_inspection"
        indexes = [
            models.Index(fields=["id"], name="inspection_waiting", condition=Q(state="waiting")),
            models.Index(fields=["id"], name="inspection_unread", condition=Q(reading="waiting")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="inspection_sha256_form"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="inspection_state_known"),
            models.CheckConstraint(condition=Q(reading__in=Reading.values), name="inspection_reading_known"),
            models.CheckConstraint(
                condition=Q(state="done", pages__isnull=False, measured_at__isnull=False) | (~Q(state="done") & Q(pages__isnull=True)),
                name="inspection_done_has_facts",
            ),
        ]


class Use(models.Model):
    """That an applicant (by keyed digest) handed in this content in some case. Only ever asked as "somebody else too?"."""

    sha256 = models.CharField(max_length=64)
    holder_digest = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        db_table = "inspections_use"
        constraints = [models.UniqueConstraint(fields=["sha256", "holder_digest"], name="use_once_a_holder")]
