"""Tables of bookings; private to this module. A booking keeps its slot for good: changing it makes another one."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hall.services.appointments.rules import LIVE_STATES, State
from hall.services.appointments.schedule_models import Desk, Policy, Schedule, ScheduleWindow, Slot, SlotShare, SpecialDay
from hall.services.appointments.shares import Channel, Priority, Share
from hall.services.appointments.waiting_models import Bar, Draw, DrawEntry, WaitingEntry

# Django finds a module's tables here.
__all__ = [
    "Appointment",
    "Bar",
    "Desk",
    "Draw",
    "DrawEntry",
    "Policy",
    "Schedule",
    "ScheduleWindow",
    "Slot",
    "SlotShare",
    "SpecialDay",
    "Standing",
    "TicketCounter",
    "WaitingEntry",
]


class Standing(models.Model):
    """A person (`p:…`) or an enterprise (`e:…`) as one who books. Its row is locked while a booking of theirs is made or ended."""

    holder = models.CharField(max_length=24, primary_key=True)
    barred_until = models.DateTimeField(null=True)
    times_barred = models.PositiveSmallIntegerField(default=0)
    # What was counted before this moment is settled and counts no more.
    counted_from = models.DateTimeField(null=True)

    class Meta:
        db_table = "appointments_standing"


class Appointment(models.Model):
    """预约: one seat in a slot for one item. `code` stands on the ticket; whoever came on site without an account has no `account_id`."""

    code = models.CharField(max_length=16, unique=True)
    # Who booked and under which key, so that a repeat finds the first one; the digest tells a repeat from another wish.
    booked_by = models.BigIntegerField()
    request_key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, db_index=False)
    share = models.CharField(max_length=8, default=Share.OPEN)
    venue_code = models.CharField(max_length=20)
    day = models.DateField()
    account_id = models.BigIntegerField(null=True)
    enterprise_id = models.BigIntegerField(null=True)
    holder = models.CharField(max_length=24)
    # Name and phone of who comes, sealed; the digest finds them by phone at the counter.
    visitor_sealed = models.BinaryField()
    phone_digest = models.CharField(max_length=64, blank=True)
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    case_serial = models.CharField(max_length=24, blank=True)
    channel = models.CharField(max_length=8)
    priority = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=12, default=State.BOOKED)
    booked_at = models.DateTimeField()
    changed_from = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="changed_to")
    ended_at = models.DateTimeField(null=True)
    is_ended_by_hall = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    ticket = models.CharField(max_length=8, blank=True)
    checked_in_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)
    called_to = models.CharField(max_length=60, blank=True)
    # Minutes before the slot for which a reminder went out.
    reminded = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        db_table = "appointments_appointment"
        constraints = [
            models.UniqueConstraint(fields=["booked_by", "request_key"], name="appointment_request_once"),
            # One live booking for a person or an enterprise and item (trust.md §4, 17).
            models.UniqueConstraint(fields=["holder", "item_code"], condition=Q(state__in=LIVE_STATES), name="appointment_one_for_item"),
            models.UniqueConstraint(fields=["venue_code", "day", "ticket"], condition=~Q(ticket=""), name="appointment_ticket_once"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in State]), name="appointment_state_known"),
            models.CheckConstraint(condition=Q(share__in=[share.value for share in Share]), name="appointment_share_known"),
            models.CheckConstraint(condition=Q(channel__in=[channel.value for channel in Channel]), name="appointment_channel_known"),
            models.CheckConstraint(condition=Q(priority__in=["", *(kind.value for kind in Priority)]), name="appointment_priority_known"),
            models.CheckConstraint(
                condition=Q(state__in=LIVE_STATES, ended_at__isnull=True) | (~Q(state__in=LIVE_STATES) & Q(ended_at__isnull=False)),
                name="appointment_ended_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.CHECKED_IN, State.SERVED]) | (~Q(ticket="") & Q(checked_in_at__isnull=False)),
                name="appointment_ticket_at_checkin",
            ),
        ]
        indexes = [
            # The slot's own bookings; and whether one of them answered a request, asked before anybody is looked up.
            models.Index(fields=["slot", "request_key"], name="appointment_of_slot"),
            models.Index(fields=["holder", "-id"], name="appointment_holder"),
            models.Index(fields=["phone_digest", "day"], name="appointment_phone"),
            models.Index(fields=["day", "venue_code"], name="appointment_live", condition=Q(state__in=LIVE_STATES)),
            models.Index(fields=["case_serial"], name="appointment_case", condition=~Q(case_serial="")),
        ]


class TicketCounter(models.Model):
    """The last number (A001) given out in a hall on a day."""

    venue_code = models.CharField(max_length=20)
    day = models.DateField()
    letter = models.CharField(max_length=1)
    last = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "appointments_ticket_counter"
        constraints = [
            models.UniqueConstraint(fields=["venue_code", "day", "letter"], name="ticket_counter_key"),
            models.CheckConstraint(condition=Q(last__gte=1, last__lte=999), name="ticket_counter_three_digits"),
        ]
