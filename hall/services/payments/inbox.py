"""The door that providers knock at: signature first, then time and nonce, then kept as it came, and only then made something of."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils import timezone

from hall.integration.ports.payment import NotificationRefused, NotifyAnswer
from hall.services.payments import gateways, rules, settling
from hall.services.payments.models import Inbox
from hall.support.identity import protection
from hall.support.jobs.queue import later
from hall.support.refusals import Refusal

log = logging.getLogger("hall.payments")
MOST_BYTES = 64 * 1024
# Kept beside the body: what signatures of providers stand in. Never cookies or addresses.
KEPT_HEADERS = ("content-type", "wechatpay-signature", "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial")
HELD = frozenset({"order", "provider", "amount", "merchant", "txn"})


class NotTheirs(Refusal):
    sentence = "通知的签名不对。"
    status: ClassVar[int] = 401


class TooOld(Refusal):
    sentence = "通知的时间不在允许范围内，请重新签名再发。"
    status: ClassVar[int] = 400


class NonceUsed(Refusal):
    sentence = "通知的编号已经用过。"
    status: ClassVar[int] = 409


class TooLarge(Refusal):
    sentence = "通知太大。"
    status: ClassVar[int] = 413


class NoSuchProvider(Refusal):
    sentence = "没有这个支付渠道。"
    status: ClassVar[int] = 404


def take(*, provider: str, body: bytes, headers: Mapping[str, str], now: datetime) -> NotifyAnswer:
    """Keep one notification and queue what follows from it, in one transaction; what to answer once that is safe.

    The very same notification again is answered the same, and changes nothing. Raises: NoSuchProvider, TooLarge, NotTheirs, TooOld,
    NonceUsed; then nothing was kept.
    """
    gateway = gateways.gateway(provider)
    if gateway is None:
        raise NoSuchProvider
    if len(body) > MOST_BYTES:
        raise TooLarge
    try:
        settlement = gateway.read_callback(body=body, headers=headers)
    except NotificationRefused:
        log.warning("event=payment.forged provider=%s bytes=%d", provider, len(body))
        raise NotTheirs from None
    if not settlement.nonce:
        raise NotTheirs
    # A protocol without a time of its own is guarded by the nonce alone, and by booking each transaction once.
    if settlement.sent_at is not None and abs(now - settlement.sent_at) > rules.WINDOW:
        raise TooOld
    kept = {"body": body.decode("latin-1"), "headers": {name: headers[name][:1000] for name in KEPT_HEADERS if name in headers}}
    digest = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        row, is_new = Inbox.objects.get_or_create(
            provider=provider,
            nonce=settlement.nonce,
            defaults={
                "order_number": settlement.order_number,
                "received_at": now,
                "digest": digest,
                "sealed": protection.encrypt_json(kept),
            },
        )
        if not is_new and row.digest != digest and settlement.sent_at is not None:
            raise NonceUsed
        if is_new:
            later(process, inbox_id=row.pk)
    return gateway.taken


@transaction.atomic
def process(*, inbox_id: int, now: datetime | None = None) -> str:
    """Book what one kept notification says; a word for what came of it. What does not agree is held for a person. Twice is harmless."""
    now = now or timezone.now()
    row = Inbox.objects.select_for_update().get(pk=inbox_id)
    if row.state != Inbox.State.NEW:
        return row.outcome
    gateway = gateways.gateway(row.provider)
    if gateway is None:
        raise OSError(f"payment provider {row.provider} is not set up")
    # Read anew from what was kept: what is booked is what was signed.
    kept = protection.decrypt_json(bytes(row.sealed))
    settlement = gateway.read_callback(body=kept["body"].encode("latin-1"), headers=kept["headers"])
    outcome = settling.apply_settlement(provider=row.provider, settlement=settlement, now=now)
    row.state = Inbox.State.HELD if outcome in HELD else Inbox.State.DONE
    row.outcome = outcome
    row.save(update_fields=["state", "outcome"])
    if row.state == Inbox.State.HELD:
        log.warning("event=payment.held provider=%s order=%s why=%s", row.provider, row.order_number, outcome)
    return outcome
