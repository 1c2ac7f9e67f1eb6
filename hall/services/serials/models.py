from django.db import models


class SerialCounter(models.Model):
    """The last sequence given out for one division, department, day and channel."""

    division_code = models.CharField(max_length=6)
    department_number = models.PositiveSmallIntegerField()
    issued_on = models.DateField()
    channel = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "serials_counter"
        constraints = [
            models.UniqueConstraint(fields=["division_code", "department_number", "issued_on", "channel"], name="serial_counter_key"),
            models.CheckConstraint(condition=models.Q(last__lte=99_999), name="serial_counter_five_digits"),
        ]


class IssuedSerial(models.Model):
    """One number and the request it was given to; the same request gets the same number."""

    request_id = models.CharField(max_length=120, unique=True)
    serial = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001  (null only inside the issuing transaction)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "serials_issued"
