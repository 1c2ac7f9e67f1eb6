"""Telling people, and noting what they have read."""

from datetime import datetime

from django.db import transaction

from hall.services.notices import channels, delivery, rules
from hall.services.notices.models import Notice, NoticeDelivery
from hall.support.access.actors import Actor, SignInNeeded
from hall.support.jobs.queue import later


@transaction.atomic
def tell(*, account_id: int, serial: str, words: rules.Words, effect_key: str, now: datetime) -> bool:
    """Put a notice into a person's space and queue it on every channel that is set up; whether it was new.

    The same `effect_key` (printable ASCII, up to 80 signs) tells once, however often it is asked. Nothing is sent here: each
    channel has its own job, which exists only when this transaction commits. Source: §5.3.1 通知提醒.
    """
    # Two workers with the same fact: the second waits for the first's row, then finds it.
    notice, is_new = Notice.objects.get_or_create(
        effect_key=effect_key,
        defaults={
            "account_id": account_id,
            "serial": serial,
            "kind": words.kind,
            "title": rules.clip(words.title, rules.TITLE_LIMIT),
            "body": rules.clip(words.body, rules.BODY_LIMIT),
            "link": words.link,
            "created_at": now,
        },
    )
    if is_new and words.is_sent_out:
        for channel in channels.names():
            row = NoticeDelivery.objects.create(notice=notice, channel=channel, effect_key=f"{effect_key}/{channel}")
            later(delivery.deliver, delivery_id=row.pk)
    return is_new


def mark_read(*, actor: Actor, notice_id: int, now: datetime) -> None:
    """Note that the actor has read one of his notices; the first time counts. Raises: SignInNeeded, NoticeMissing."""
    mine = Notice.objects.filter(account_id=_account(actor), pk=notice_id)
    if not mine.filter(read_at__isnull=True).update(read_at=now) and not mine.exists():
        raise rules.NoticeMissing


def mark_all_read(*, actor: Actor, now: datetime, up_to: int | None = None) -> int:
    """Note that the actor has read everything, up to a notice id if given (what came later stays unread); how many. Raises: SignInNeeded."""
    unread = Notice.objects.filter(account_id=_account(actor), read_at__isnull=True)
    return (unread if up_to is None else unread.filter(pk__lte=up_to)).update(read_at=now)


def _account(actor: Actor) -> int:
    if actor.account_id is None:
        raise SignInNeeded
    return actor.account_id
