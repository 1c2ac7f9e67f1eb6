from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # it could not be read; the person types instead


class Reading(models.Model):
    """One picture that is read to fill in a form, for as long as its person looks at it: an hour at most."""

    id = models.UUIDField(primary_key=True)
    # Where it is wanted, such as "draft:12": one at a time.
    place = models.CharField(max_length=40, unique=True)
    file_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # What was read, sealed: personal all of it.
    said = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    # When a worker took it; one that was killed loses its claim after a while.
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "recognition_reading"
        indexes = [
            models.Index(fields=["asked_at"], name="reading_waiting", condition=Q(state="waiting")),
            models.Index(fields=["asked_at"], name="reading_age"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="reading_state_known"),
            models.CheckConstraint(
                condition=Q(state="done", said__isnull=False) | (~Q(state="done") & Q(said__isnull=True)), name="reading_done_has_words"
            ),
        ]
