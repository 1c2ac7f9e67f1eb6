"""Tables of those who wait, of those who may not book for a time, and of draws."""

from django.db import models
from django.db.models import F, Q

from hall.services.appointments.rules import BarReason, EntryState, WaitState
from hall.services.appointments.schedule_models import Slot


class WaitingEntry(models.Model):
    """候补: a person's wish for a seat in a full slot. While a freed seat is offered, `share` names it and it stays counted as taken."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT)
    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    holder = models.CharField(max_length=24)
    request_key = models.CharField(max_length=80)
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    case_serial = models.CharField(max_length=24, blank=True)
    channel = models.CharField(max_length=8)
    priority = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=8, default=WaitState.WAITING)
    joined_at = models.DateTimeField()
    share = models.CharField(max_length=8, blank=True)
    hold_until = models.DateTimeField(null=True)
    appointment = models.OneToOneField("Appointment", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "appointments_waiting"
        constraints = [
            models.UniqueConstraint(fields=["account_id", "request_key"], name="waiting_request_once"),
            models.UniqueConstraint(fields=["slot", "holder"], condition=Q(state__in=["waiting", "offered"]), name="waiting_once_a_slot"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in WaitState]), name="waiting_state_known"),
            models.CheckConstraint(
                condition=~Q(state="offered") | (~Q(share="") & Q(hold_until__isnull=False)), name="waiting_offer_holds_a_seat"
            ),
            models.CheckConstraint(condition=~Q(state="taken") | Q(appointment__isnull=False), name="waiting_taken_is_booked"),
        ]
        indexes = [
            models.Index(fields=["slot", "id"], name="waiting_in_line", condition=Q(state="waiting")),
            models.Index(fields=["hold_until"], name="waiting_holds", condition=Q(state="offered")),
            models.Index(fields=["holder", "-id"], name="waiting_holder"),
        ]


class Bar(models.Model):
    """暂停预约: from when to when somebody may not book, why, and the appeal against it. The appeal's words are sealed."""

    holder = models.CharField(max_length=24)
    account_id = models.BigIntegerField()
    reason = models.CharField(max_length=8)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    appeal_sealed = models.BinaryField(null=True)
    appealed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.BigIntegerField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "appointments_bar"
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=[reason.value for reason in BarReason]), name="bar_reason_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="bar_period"),
            models.CheckConstraint(condition=Q(appeal_sealed__isnull=True) ^ Q(appealed_at__isnull=False), name="bar_appeal_whole"),
            models.CheckConstraint(condition=Q(answered_at__isnull=True) ^ ~Q(answer=""), name="bar_answer_whole"),
            models.CheckConstraint(condition=Q(answered_at__isnull=True) | Q(appealed_at__isnull=False), name="bar_answer_to_an_appeal"),
        ]
        indexes = [
            models.Index(fields=["holder", "-id"], name="bar_holder"),
            models.Index(fields=["id"], name="bar_to_answer", condition=Q(appealed_at__isnull=False, answered_at__isnull=True)),
        ]


class Draw(models.Model):
    """摇号 of one slot. `commitment` is SHA-256 of the seed, public before anybody enters; the seed itself is shown once drawn."""

    slot = models.OneToOneField(Slot, on_delete=models.PROTECT)
    code = models.CharField(max_length=16, unique=True)
    commitment = models.CharField(max_length=64)
    seed_sealed = models.BinaryField()
    closes_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)
    # As the draw was made, for whoever recomputes it: seats by share.
    seats = models.JSONField(default=dict)

    class Meta:
        db_table = "appointments_draw"
        indexes = [models.Index(fields=["closes_at"], name="draw_to_make", condition=Q(drawn_at__isnull=True))]


class DrawEntry(models.Model):
    """Somebody's entry in a draw. `code` is public and says nothing about who it is."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=16, unique=True)
    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    holder = models.CharField(max_length=24)
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    case_serial = models.CharField(max_length=24, blank=True)
    channel = models.CharField(max_length=8)
    priority = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=8, default=EntryState.ENTERED)
    entered_at = models.DateTimeField()
    place = models.PositiveIntegerField(null=True)
    share = models.CharField(max_length=8, blank=True)
    appointment = models.OneToOneField("Appointment", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "appointments_draw_entry"
        constraints = [
            models.UniqueConstraint(fields=["draw", "holder"], condition=~Q(state="left"), name="draw_entry_once"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in EntryState]), name="draw_entry_state_known"),
            models.CheckConstraint(condition=~Q(state="won") | Q(appointment__isnull=False), name="draw_entry_won_is_booked"),
        ]
        indexes = [models.Index(fields=["holder", "-id"], name="draw_entry_holder")]
