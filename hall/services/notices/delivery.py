"""Sending one notice on one channel."""

from datetime import datetime

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from hall.integration.plugins import breaker
from hall.integration.ports.message import ChannelKind, Message, MessageChannel, MessageRejected
from hall.services.notices import channels, rules
from hall.services.notices.models import Notice, NoticeDelivery
from hall.services.notices.rules import DeliveryState
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound

# A channel promises 30 seconds; one that hangs longer costs its own threads, not the worker's.
SECONDS = 32.0


class StillSending(OSError):
    """Another worker holds this message just now; the queue looks again later."""


def deliver(*, delivery_id: int, now: datetime | None = None) -> None:
    """Send one message, unless it is sent, given up or impossible already.

    The row is claimed and committed before the message leaves and marked afterwards, so only a crash between the two lets it
    leave again, with the same key. Raises: OSError to be tried again by the queue.
    """
    now = now or timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    mine = NoticeDelivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED)
    if not mine.filter(free).update(tries=F("tries") + 1, claimed_until=now + rules.CLAIM):
        if mine.exists():
            raise StillSending("another worker is sending this message")
        return
    delivery = NoticeDelivery.objects.select_related("notice").get(pk=delivery_id)
    try:
        channel = channels.named(delivery.channel)
    except channels.Paused:
        # Not tried: a message that waits for an administrator loses none of its tries.
        NoticeDelivery.objects.filter(pk=delivery_id).update(tries=F("tries") - 1, claimed_until=None)
        raise
    to = _address(delivery.notice.account_id, channel) if channel else ""
    if not rules.is_worth_trying(tries=delivery.tries - 1, created_at=delivery.notice.created_at, now=now):
        _close(delivery, DeliveryState.FAILED, delivery.fault or "too old")
    elif channel is None:
        _close(delivery, DeliveryState.SKIPPED, "channel no longer set up")
    elif not to:
        _close(delivery, DeliveryState.SKIPPED, "no address")
    else:
        _send(channel, delivery, to, now)


def _send(channel: MessageChannel, delivery: NoticeDelivery, to: str, now: datetime) -> None:
    message = _message(channel.kind, delivery, to)
    try:
        outside = breaker.of(delivery.channel, SECONDS)
        outside.call(lambda: channel.send(message), known=(MessageRejected,), request_id=message.key[:64])
    except MessageRejected as never:
        _close(delivery, DeliveryState.FAILED, str(never))
    except OSError as later:
        if rules.is_worth_trying(tries=delivery.tries, created_at=delivery.notice.created_at, now=now):
            NoticeDelivery.objects.filter(pk=delivery.pk).update(claimed_until=None, fault=str(later)[:120])
            raise
        _close(delivery, DeliveryState.FAILED, str(later))
    else:
        _close(delivery, DeliveryState.SENT, "", sent_at=now)


def _close(delivery: NoticeDelivery, state: DeliveryState, fault: str, *, sent_at: datetime | None = None) -> None:
    NoticeDelivery.objects.filter(pk=delivery.pk).update(state=state, fault=fault[:120], sent_at=sent_at, claimed_until=None)


def _address(account_id: int, channel: MessageChannel) -> str:
    try:
        profile = identity.profile(account_id)
    except NotFound:
        return ""
    return channels.address_of(profile, channel.kind)


def _message(kind: ChannelKind, delivery: NoticeDelivery, to: str) -> Message:
    notice: Notice = delivery.notice
    address = f"{settings.PUBLIC_ADDRESS}{notice.link}"
    if kind == ChannelKind.SMS:
        text = rules.sms_text(hall_name=settings.HALL_NAME, body=notice.body, address=address)
    else:
        text = rules.mail_text(
            hall_name=settings.HALL_NAME, body=notice.body, serial=notice.serial, address=address, hotline=settings.HOTLINE
        )
    return Message(to=to, subject=notice.title, text=text, key=delivery.effect_key)
