"""Tables of what can be booked: schedules, their weekly windows and special days, the slots made from them and their seats."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from hall.services.appointments.policy import DEFAULTS
from hall.services.appointments.shares import Share

_SUBJECT = r"^(item|theme|department):[0-9A-Z_-]{2,20}$"


def _range(function: str, first: str, last: str, bounds: str, output_field: models.Field) -> Func:  # type: ignore[type-arg]
    return Func(F(first), F(last), Value(bounds), function=function, output_field=output_field)


class Policy(models.Model):
    """The one row of rules that hold for every booking (domain §7.1); without it the defaults hold."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    max_open_per_person = models.PositiveSmallIntegerField(default=DEFAULTS.max_open_per_person)
    max_open_per_org = models.PositiveSmallIntegerField(default=DEFAULTS.max_open_per_org)
    max_per_day = models.PositiveSmallIntegerField(default=DEFAULTS.max_per_day)
    checkin_early_minutes = models.PositiveSmallIntegerField(default=DEFAULTS.checkin_early_minutes)
    checkin_late_minutes = models.PositiveSmallIntegerField(default=DEFAULTS.checkin_late_minutes)
    hold_minutes = models.PositiveSmallIntegerField(default=DEFAULTS.hold_minutes)
    counted_days = models.PositiveSmallIntegerField(default=DEFAULTS.counted_days)
    no_show_limit = models.PositiveSmallIntegerField(default=DEFAULTS.no_show_limit)
    cancel_limit = models.PositiveSmallIntegerField(default=DEFAULTS.cancel_limit)
    barred_days = models.PositiveSmallIntegerField(default=DEFAULTS.barred_days)
    barred_days_again = models.PositiveSmallIntegerField(default=DEFAULTS.barred_days_again)
    tell_booked = models.BooleanField(default=DEFAULTS.tell_booked)
    remind_minutes = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        db_table = "appointments_policy"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="policy_only_one")]


class Desk(models.Model):
    """What can serve one slot at a time: a named counter of a hall, or, without a name, what a hall offers for one subject."""

    venue = models.ForeignKey("catalogue.Venue", on_delete=models.PROTECT, related_name="+")
    counter = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "appointments_desk"
        constraints = [
            models.UniqueConstraint(fields=["venue", "counter", "subject"], name="desk_once"),
            models.CheckConstraint(condition=Q(counter="") ^ Q(subject=""), name="desk_counter_or_subject"),
        ]


class Schedule(models.Model):
    """When a desk serves what. `subject` is one item, a theme (类别) or everything that a department offers: `item:…`, `theme:…`, `department:…`."""

    name = models.CharField(max_length=80)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT)
    department = models.ForeignKey("identity.Department", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=32)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    slot_minutes = models.PositiveSmallIntegerField()
    horizon_days = models.PositiveSmallIntegerField()
    release_at = models.TimeField()
    book_cutoff_minutes = models.PositiveSmallIntegerField()
    cancel_cutoff_minutes = models.PositiveSmallIntegerField()
    auth_level = models.PositiveSmallIntegerField()
    on_holidays = models.BooleanField(default=False)
    # Scarce seats are drawn (摇号) so many hours before the slot instead of going to the quickest.
    is_drawn = models.BooleanField(default=False)
    draw_hours = models.PositiveSmallIntegerField(default=24)
    is_ended = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    request_key = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "appointments_schedule"
        constraints = [
            models.CheckConstraint(condition=Q(subject__regex=_SUBJECT), name="schedule_subject_form"),
            models.CheckConstraint(condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="schedule_period"),
            models.CheckConstraint(condition=Q(slot_minutes__gte=5, slot_minutes__lte=480), name="schedule_slot_minutes"),
            models.CheckConstraint(condition=Q(horizon_days__gte=1, horizon_days__lte=90), name="schedule_horizon"),
            models.CheckConstraint(condition=Q(auth_level__gte=1, auth_level__lte=4), name="schedule_auth_level"),
        ]
        indexes = [models.Index(fields=["department", "id"], name="schedule_of_department")]


class ScheduleWindow(models.Model):
    """Hours of a schedule on a weekday (1 Monday to 7 Sunday) or on one special day, with the seats of each slot in them.

    `reserved` are seats kept for a channel or for people with priority, by share; the rest is open to all.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="windows")
    weekday = models.PositiveSmallIntegerField(null=True)
    day = models.DateField(null=True)
    starts = models.TimeField()
    ends = models.TimeField()
    quota = models.PositiveSmallIntegerField()
    reserved = models.JSONField(default=dict)

    class Meta:
        db_table = "appointments_window"
        constraints = [
            models.UniqueConstraint(fields=["schedule", "weekday", "day", "starts"], nulls_distinct=False, name="window_once"),
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7, day__isnull=True) | Q(weekday__isnull=True, day__isnull=False),
                name="window_weekday_or_day",
            ),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="window_hours"),
            models.CheckConstraint(condition=Q(quota__gte=1, quota__lte=1000), name="window_quota"),
        ]


class SpecialDay(models.Model):
    """A day on which a schedule differs: closed when no window names it, else open as those say."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="special_days")
    day = models.DateField()
    reason = models.CharField(max_length=80)

    class Meta:
        db_table = "appointments_special_day"
        constraints = [models.UniqueConstraint(fields=["schedule", "day"], name="special_day_once")]


class Slot(models.Model):
    """A stretch of time at a desk. Made from a schedule; once somebody has booked it, its times never change.

    Bookable from `opens_at` until `book_until`, while it is not closed.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, db_index=False)
    department_code = models.CharField(max_length=12)
    venue_code = models.CharField(max_length=20)
    subject = models.CharField(max_length=32)
    day = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    book_until = models.DateTimeField()
    cancel_until = models.DateTimeField()
    auth_level = models.PositiveSmallIntegerField()
    is_drawn = models.BooleanField(default=False)
    is_closed = models.BooleanField(default=False)
    close_reason = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "appointments_slot"
        constraints = [
            models.UniqueConstraint(fields=["schedule", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_hours"),
            models.CheckConstraint(condition=Q(book_until__lte=F("starts_at")) & Q(opens_at__lt=F("book_until")), name="slot_booking_time"),
            # Ranges compare without an extension, also the desk's: a desk serves one slot at a time.
            ExclusionConstraint(
                name="slot_desk_serves_one",
                expressions=[
                    (_range("int8range", "desk_id", "desk_id", "[]", BigIntegerRangeField()), RangeOperators.OVERLAPS),
                    (_range("tstzrange", "starts_at", "ends_at", "[)", DateTimeRangeField()), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_closed=False),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "day", "starts_at"], name="slot_of_subject"),
            models.Index(fields=["department_code", "day", "venue_code"], name="slot_of_department"),
        ]


class SlotShare(models.Model):
    """The seats of a slot for one channel, for people with priority, or open to all. `taken` moves by conditional updates only."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="shares", db_index=False)
    share = models.CharField(max_length=8)
    quota = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "appointments_slot_share"
        constraints = [
            models.UniqueConstraint(fields=["slot", "share"], name="slot_share_once"),
            models.CheckConstraint(condition=Q(share__in=[share.value for share in Share]), name="slot_share_known"),
            # The net below the conditional update: even a mistake of ours cannot sell a seat twice.
            models.CheckConstraint(condition=Q(taken__lte=F("quota")), name="slot_share_never_oversold"),
        ]
