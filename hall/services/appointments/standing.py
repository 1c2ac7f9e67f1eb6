"""爽约和取消: who misses or cancels too often may not book for a time, is told why, and may appeal (domain §7.1 blacklist).

Walking in stays possible. What the hall cancelled never counts. Each booking made by somebody acting for an enterprise counts for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from hall.services import events
from hall.services.appointments import commands, policies
from hall.services.appointments.models import Appointment, Bar, Standing
from hall.services.appointments.rules import BarReason, State
from hall.support.access.actors import Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.identity.rules import account_of
from hall.support.jobs.queue import publish
from hall.support.refusals import Conflict, NotFound, Refusal

JUDGES = (Role.MEDIATOR, Role.SYS_ADMIN)
TEXT_LIMIT = 300
_APPEAL = "appointments.appeal"


class BarMissing(NotFound):
    sentence = "没有找到这条暂停预约的记录。"


class AlreadyAppealed(Conflict):
    sentence = "这条记录已经申诉过，请等待答复。"


class AlreadyAnswered(Conflict):
    sentence = "这条申诉已经答复过。"


class TextNeeded(Refusal):
    sentence = f"请填写说明，最多 {TEXT_LIMIT} 字。"
    field = "text"


@dataclass(frozen=True, slots=True)
class BarRow:
    """A time without booking. `appeal` is the person's words, for themselves and those who judge."""

    bar_id: int
    reason: BarReason
    started_at: datetime
    ends_at: datetime
    appeal: str
    appealed_at: datetime | None
    answer: str
    answered_at: datetime | None
    is_lifted: bool
    is_running: bool
    can_appeal: bool


@transaction.atomic
def count_against(*, appointment_id: int, now: datetime) -> int | None:
    """Look whether the end of a booking bars its holder; the new bar's id, or None. Twice bars once: what was counted counts no more."""
    ended = Appointment.objects.filter(pk=appointment_id, account_id__isnull=False).first()
    if ended is None or ended.account_id is None:
        return None
    policy, standing = policies.current(), commands.lock_standing(ended.holder)
    since = max(now - timedelta(days=policy.counted_days), standing.counted_from or datetime.min.replace(tzinfo=now.tzinfo))
    counted = Appointment.objects.filter(holder=ended.holder, ended_at__gt=since)
    counts = counted.aggregate(
        no_show=Count("pk", filter=Q(state=State.NO_SHOW)), cancel=Count("pk", filter=Q(state=State.CANCELLED, is_ended_by_hall=False))
    )
    if counts["no_show"] >= policy.no_show_limit:
        reason = BarReason.NO_SHOW
    elif counts["cancel"] >= policy.cancel_limit:
        reason = BarReason.CANCEL
    else:
        return None
    times = standing.times_barred + 1
    ends_at = now + timedelta(days=policy.barred_days_again if times >= 3 else policy.barred_days)
    Standing.objects.filter(pk=standing.pk).update(barred_until=ends_at, times_barred=times, counted_from=now)
    bar = Bar.objects.create(holder=ended.holder, account_id=ended.account_id, reason=reason, started_at=now, ends_at=ends_at)
    trail.record(system_actor(), "booking.barred", f"bar {bar.pk}", detail=reason.value, at=now)
    publish(events.BookingBarred(bar.pk, ended.account_id, reason.value, ends_at.isoformat()))
    return bar.pk


@transaction.atomic
def appeal_bar(*, actor: Actor, bar_id: int, text: str, now: datetime) -> None:
    """Say why it should not be, once; the same words again change nothing. Raises: BarMissing, AlreadyAppealed, TextNeeded."""
    account_of(actor, Role.CITIZEN)
    text = _check_text(text)
    bar = Bar.objects.select_for_update().filter(commands.own(actor), pk=bar_id).first()
    if bar is None or now >= bar.ends_at:
        raise BarMissing
    if bar.appeal_sealed is not None:
        if protection.decrypt(bar.appeal_sealed, purpose=_APPEAL) == text:
            return
        raise AlreadyAppealed
    Bar.objects.filter(pk=bar.pk).update(appeal_sealed=protection.encrypt(text, purpose=_APPEAL), appealed_at=now)
    trail.record(actor, "booking_bar.appealed", f"bar {bar.pk}", at=now)


@transaction.atomic
def answer_appeal(*, actor: Actor, bar_id: int, is_lifted: bool, text: str, now: datetime) -> None:
    """Answer an appeal, once; lifted, the person may book again at once. Raises: SignInNeeded, NotAllowed, BarMissing, AlreadyAnswered,
    TextNeeded."""
    require(actor, *JUDGES)
    text = _check_text(text)
    bar = Bar.objects.filter(pk=bar_id, appealed_at__isnull=False).first()
    if bar is None:
        raise BarMissing
    # The holder's row first, as a booking takes it.
    standing = commands.lock_standing(bar.holder)
    lifted_at = now if is_lifted else None
    answered = Bar.objects.filter(pk=bar.pk, answered_at__isnull=True)
    if not answered.update(answer=text, answered_at=now, answered_by=actor.account_id, lifted_at=lifted_at):
        raise AlreadyAnswered
    if is_lifted and standing.barred_until == bar.ends_at:
        Standing.objects.filter(pk=standing.pk).update(barred_until=None, times_barred=max(0, standing.times_barred - 1))
    trail.record(actor, "booking_bar.answered", f"bar {bar.pk}", detail="lifted" if is_lifted else "kept", at=now)
    publish(events.BarAnswered(bar.pk, bar.account_id, is_lifted, text))


def own_bars(actor: Actor, *, now: datetime, limit: int = 10) -> list[BarRow]:
    """One's own times without booking, newest first. One SQL query."""
    return [_row(bar, now) for bar in Bar.objects.filter(commands.own(actor)).order_by("-pk")[:limit]]


def own_bar(actor: Actor, bar_id: int, *, now: datetime) -> BarRow | None:
    """One of one's own; None for any other. One SQL query."""
    bar = Bar.objects.filter(commands.own(actor), pk=bar_id).first()
    return _row(bar, now) if bar else None


def appeals(actor: Actor, *, now: datetime, after: int = 0, limit: int = 50) -> list[BarRow]:
    """Appeals that wait for an answer, oldest first, behind an id (keyset). One SQL query. Raises: SignInNeeded, NotAllowed."""
    require(actor, *JUDGES)
    found = Bar.objects.filter(appealed_at__isnull=False, answered_at__isnull=True, pk__gt=after).order_by("pk")[:limit]
    return [_row(bar, now) for bar in found]


def _row(bar: Bar, now: datetime) -> BarRow:
    is_running = bar.lifted_at is None and now < bar.ends_at
    return BarRow(
        bar_id=bar.pk,
        reason=BarReason(bar.reason),
        started_at=timezone.localtime(bar.started_at),
        ends_at=timezone.localtime(bar.ends_at),
        appeal=protection.decrypt(bar.appeal_sealed, purpose=_APPEAL) if bar.appeal_sealed else "",
        appealed_at=bar.appealed_at,
        answer=bar.answer,
        answered_at=bar.answered_at,
        is_lifted=bar.lifted_at is not None,
        is_running=is_running,
        can_appeal=is_running and bar.appealed_at is None,
    )


def _check_text(text: str) -> str:
    # Forms send a line's end as two signs and count it as one.
    text = "".join(sign if sign.isprintable() else " " for sign in text.replace("\r\n", "\n")).strip()
    if not text or len(text) > TEXT_LIMIT:
        raise TextNeeded
    return text
