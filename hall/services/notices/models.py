from django.db import models
from django.db.models import Q

from hall.services.notices.rules import DeliveryState, NoticeKind


class Notice(models.Model):
    """One thing that the hall told one person. Read or unread; never changed otherwise."""

    account_id = models.BigIntegerField()
    serial = models.CharField(max_length=24, blank=True)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=900)
    link = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # Names the cause: a reaction that runs twice finds its notice already there.
    effect_key = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "notices_notice"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in NoticeKind]), name="notice_kind_known"),
            models.CheckConstraint(condition=Q(link__startswith="/"), name="notice_link_inside"),
        ]
        indexes = [
            models.Index(fields=["account_id", "-id"], name="notice_account"),
            models.Index(fields=["account_id"], name="notice_unread", condition=Q(read_at__isnull=True)),
        ]


class NoticeDelivery(models.Model):
    """One notice on one channel. The address is not kept here: it is looked up when the message is sent."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE)
    channel = models.CharField(max_length=40)
    state = models.CharField(max_length=8, default=DeliveryState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    # A worker that is sending holds the row until then.
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=120, blank=True)
    # Goes out with the message, the same at every try.
    effect_key = models.CharField(max_length=130, unique=True)

    class Meta:
        db_table = "notices_delivery"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in DeliveryState]), name="delivery_state_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)), name="delivery_sent_when"
            ),
        ]
