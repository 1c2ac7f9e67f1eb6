"""Tables of form design; private to this module. A published form stands in a version of its item, which never changes."""

from django.db import models
from django.db.models import Q


class CodeTable(models.Model):
    """代码表: what the codes of a profession stand for; `rows` holds the attributes by value, `columns` their names in order."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=60)
    # Whose staff keep it; empty for the hall's own.
    department_code = models.CharField(max_length=12, blank=True)
    columns = models.JSONField()
    rows = models.JSONField()
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "forms_code_table"
        constraints = [models.CheckConstraint(condition=~Q(code="") & ~Q(title=""), name="code_table_named")]
        indexes = [models.Index(fields=["department_code", "code"], name="code_table_of_department")]


class FieldGroup(models.Model):
    """字段组: fields kept under a name as a form of one section; `version` rises when they change. Forms hold copies, never the group itself."""

    key = models.CharField(max_length=10, unique=True)
    title = models.CharField(max_length=60)
    # Whose staff keep it; empty for the hall's own, which all may use.
    department_code = models.CharField(max_length=12, blank=True)
    content = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    author_name = models.CharField(max_length=60)
    saved_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "forms_field_group"
        constraints = [
            models.CheckConstraint(condition=~Q(key="") & ~Q(title="") & Q(version__gte=1), name="field_group_named"),
            models.UniqueConstraint(
                fields=["department_code", "title"], condition=Q(retired_at__isnull=True), name="field_group_title_once"
            ),
        ]


class FormDraft(models.Model):
    """A form in the making: of one item for one audience, one open draft each; `revision` rises with every save.

    `began_from` is the digest of the published form that it began from, empty where there was none.
    """

    item_code = models.CharField(max_length=12)
    audience = models.CharField(max_length=8)
    department_code = models.CharField(max_length=12)
    content = models.JSONField()
    began_from = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, default="editing")
    author_id = models.BigIntegerField()
    author_name = models.CharField(max_length=60)
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "forms_draft"
        constraints = [
            models.UniqueConstraint(fields=["item_code", "audience"], condition=Q(closed_at__isnull=True), name="form_draft_one_open"),
            models.CheckConstraint(condition=Q(audience__in=["person", "org"]), name="form_draft_audience"),
            models.CheckConstraint(
                condition=Q(state__in=["editing", "submitted", "returned"], closed_at__isnull=True)
                | Q(state__in=["published", "discarded"], closed_at__isnull=False),
                name="form_draft_state",
            ),
        ]
        indexes = [
            models.Index(fields=["department_code", "-id"], name="form_draft_of_department", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["-id"], name="form_draft_open", condition=Q(closed_at__isnull=True)),
        ]
