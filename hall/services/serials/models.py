from django.db import models
from django.db.models import F, Q


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


class SerialBlock(models.Model):
    """Consecutive numbers that a counter took along for when its network is away (脱网取号)."""

    department_code = models.CharField(max_length=12)
    channel = models.PositiveSmallIntegerField()
    request_key = models.CharField(max_length=120, unique=True)
    content_digest = models.CharField(max_length=64)
    counter = models.CharField(max_length=40)
    size = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "serials_block"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=(4, 5)), name="serial_block_channel"),
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=500), name="serial_block_size"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="serial_block_period"),
        ]


class OutsideSerial(models.Model):
    """A number of channel 4 or 5: what was taken in at a counter or by a department's own system, not by the web hall.

    A number of a block is `reserved` until the counter says that it was used (then `issued`, with the counter's own time) or not
    (`returned`), or the block ends without a word (`lapsed`). None of these ever goes back to the counter of numbers.
    """

    issued = models.OneToOneField(IssuedSerial, on_delete=models.PROTECT, primary_key=True, related_name="outside")
    department_code = models.CharField(max_length=12)
    channel = models.PositiveSmallIntegerField()
    issued_on = models.DateField()  # the day in the number
    item_code = models.CharField(max_length=12, blank=True)
    item_name = models.CharField(max_length=200, blank=True)
    content_digest = models.CharField(max_length=64)
    query_code = models.BinaryField()
    applicant_sealed = models.BinaryField(null=True)
    client_id = models.CharField(max_length=40, blank=True)  # who took it: a machine client,
    account_id = models.BigIntegerField(null=True)  # or a clerk
    block = models.ForeignKey(SerialBlock, on_delete=models.PROTECT, null=True)
    status = models.CharField(max_length=10, default="issued")
    handed_out_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "serials_outside"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=(4, 5)), name="outside_serial_channel"),
            models.CheckConstraint(
                condition=Q(status="issued", handed_out_at__isnull=False)
                | Q(status__in=("reserved", "returned", "lapsed"), block__isnull=False, handed_out_at__isnull=True),
                name="outside_serial_status",
            ),
        ]
        indexes = [
            models.Index(fields=["department_code", "issued_on", "issued"], name="outside_serial_day"),
            models.Index(fields=["block"], condition=Q(status="reserved"), name="outside_serial_reserved"),
        ]


class SerialState(models.Model):
    """One step of a number's progress, as the department's system told it. Never changed: the newest by `at` is what stands."""

    serial = models.ForeignKey(OutsideSerial, on_delete=models.PROTECT, related_name="states")
    event_id = models.CharField(max_length=64)
    state = models.CharField(max_length=20)
    at = models.DateTimeField()  # by the department's clock
    told_at = models.DateTimeField()
    client_id = models.CharField(max_length=40, blank=True)
    account_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "serials_state"
        constraints = [
            models.UniqueConstraint(fields=["serial", "event_id"], name="serial_state_event_once"),
            models.CheckConstraint(condition=~Q(event_id=""), name="serial_state_has_an_event"),
        ]


class FollowedSerial(models.Model):
    """A number that somebody, who knew its query code, keeps in the personal space."""

    serial = models.ForeignKey(OutsideSerial, on_delete=models.PROTECT)
    account_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "serials_followed"
        constraints = [models.UniqueConstraint(fields=["account_id", "serial"], name="followed_serial_once")]
