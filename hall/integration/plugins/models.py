from django.db import models
from django.db.models import F, Q


class Plugin(models.Model):
    """What the console says of one plugin. Without a row it stands as its environment has it: on, for the whole hall."""

    group = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    # Its settings, sealed whole: which of them are secret is for the plugin to say, and may change.
    settings = models.BinaryField(null=True)
    # Empty: the whole hall.
    departments = models.JSONField(default=list)
    is_paused = models.BooleanField(default=False)
    # Grows with every change and is never taken back; its sum over all rows is what processes look at to see whether anything changed.
    revision = models.IntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "plugins_plugin"
        constraints = [
            models.UniqueConstraint(fields=["group", "name"], name="plugin_group_name"),
            models.CheckConstraint(condition=Q(revision__gte=0), name="plugin_revision"),
        ]


class Exchange(models.Model):
    """One call of a plugin, masked: what was called, where, how long, what came of it. Never what was said."""

    group = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    method = models.CharField(max_length=40)
    host = models.CharField(max_length=120, blank=True)
    ms = models.IntegerField()
    outcome = models.CharField(max_length=10)
    status = models.IntegerField(null=True)
    sent_bytes = models.BigIntegerField(null=True)
    got_bytes = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    # The kind of fault and where it happened, in words of the hall's own.
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "plugins_exchange"
        indexes = [models.Index(fields=["group", "name", "-id"], name="exchange_newest")]
        constraints = [models.CheckConstraint(condition=Q(ms__gte=0), name="exchange_ms")]


class Minute(models.Model):
    """All calls of a plugin in one minute, over all processes."""

    group = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    minute = models.DateTimeField()
    calls = models.IntegerField()
    failures = models.IntegerField()
    ms_total = models.BigIntegerField()
    ms_most = models.IntegerField()

    class Meta:
        db_table = "plugins_minute"
        constraints = [
            models.UniqueConstraint(fields=["group", "name", "minute"], name="minute_once"),
            models.CheckConstraint(condition=Q(calls__gt=0, failures__gte=0, failures__lte=F("calls")), name="minute_counts"),
        ]


class Breaker(models.Model):
    """The circuit breaker of a plugin as one process knows it; gone when the process was silent for a while."""

    name = models.CharField(max_length=80)
    process = models.CharField(max_length=80)
    state = models.CharField(max_length=10)
    failures = models.IntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "plugins_breaker"
        constraints = [models.UniqueConstraint(fields=["name", "process"], name="breaker_once")]
