"""Reading one's own notices."""

from dataclasses import dataclass
from datetime import datetime

from hall.services.notices.models import Notice, NoticeDelivery
from hall.services.notices.rules import UNREAD_CAP, NoticeKind


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice. `link` is a path within the hall; `serial` is "" when no case belongs to it."""

    notice_id: int
    kind: NoticeKind
    title: str
    body: str
    link: str
    serial: str
    created_at: datetime
    read_at: datetime | None

    @property
    def is_unread(self) -> bool:
        return self.read_at is None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """How far one notice got on one channel."""

    channel: str
    state: str
    tries: int
    sent_at: datetime | None
    fault: str


def unread_count(account_id: int) -> int:
    """How many notices are unread, counted up to 100 (show 99+). One SQL query that reads 100 index entries at most."""
    return Notice.objects.filter(account_id=account_id, read_at__isnull=True).values("pk")[:UNREAD_CAP].count()


def notices_of(account_id: int, *, before: int | None = None, limit: int = 20) -> list[NoticeRow]:
    """A person's notices, newest first, before a notice id (keyset). One SQL query."""
    notices = Notice.objects.filter(account_id=account_id).order_by("-pk")
    if before is not None:
        notices = notices.filter(pk__lt=before)
    return [
        NoticeRow(
            notice_id=notice.pk,
            kind=NoticeKind(notice.kind),
            title=notice.title,
            body=notice.body,
            link=notice.link,
            serial=notice.serial,
            created_at=notice.created_at,
            read_at=notice.read_at,
        )
        for notice in notices[:limit]
    ]


def deliveries_of(notice_id: int) -> list[DeliveryRow]:
    """What became of one notice on each channel. One SQL query."""
    rows = NoticeDelivery.objects.filter(notice_id=notice_id).order_by("channel")
    return [DeliveryRow(*row) for row in rows.values_list("channel", "state", "tries", "sent_at", "fault")]
