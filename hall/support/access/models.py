from django.db import models


class Throttle(models.Model):
    """Tries under one key in one window of time; swept once expired."""

    key = models.CharField(max_length=120)
    window_number = models.BigIntegerField()
    tries = models.IntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_throttle"
        constraints = [models.UniqueConstraint(fields=["key", "window_number"], name="throttle_key_window")]
