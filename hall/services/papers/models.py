"""Tables of the papers' wordings; private to this module. A published version never changes: triggers see to it."""

from django.db import models
from django.db.models import Q

from hall.services.papers.kinds import DocType


class WordingColumns(models.Model):
    """The parts of a wording, as typed; empty where the kind has no such part."""

    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=60, blank=True)
    opening = models.TextField(blank=True)
    details = models.TextField(blank=True)
    body = models.TextField(blank=True)
    closing = models.TextField(blank=True)
    remedies = models.TextField(blank=True)

    class Meta:
        abstract = True


class PaperVersion(WordingColumns):
    """A published wording. The highest number of a kind is in force; number 0 is in the program (`defaults`)."""

    number = models.PositiveIntegerField()
    note = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField()
    published_by = models.BigIntegerField()
    published_by_name = models.CharField(max_length=60)

    class Meta:
        db_table = "papers_version"
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="paper_version_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="paper_version_counts_from_one"),
            models.CheckConstraint(condition=Q(kind__in=[str(one) for one in DocType]), name="paper_version_kind"),
        ]


class PaperDraft(WordingColumns):
    """A wording in the making: one for each kind. `revision` rises with every save."""

    kind = models.CharField(max_length=20, unique=True)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.BigIntegerField()
    saved_by_name = models.CharField(max_length=60)

    class Meta:
        db_table = "papers_draft"
        constraints = [models.CheckConstraint(condition=Q(kind__in=[str(one) for one in DocType]), name="paper_draft_kind")]
