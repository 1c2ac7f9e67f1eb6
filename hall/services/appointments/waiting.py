"""候补: waiting for a seat in a full slot. A freed seat is offered to the first in line for a time; who does not take it passes it on."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from hall.services.appointments import commands, finding, offering, rules
from hall.services.appointments.commands import Booking, Wish
from hall.services.appointments.models import Appointment, SlotShare, WaitingEntry
from hall.services.appointments.rules import WaitState
from hall.services.appointments.shares import Channel, Priority, shares_for
from hall.support.access.actors import Actor, Role
from hall.support.audit import trail
from hall.support.identity.rules import account_of
from hall.support.jobs.queue import publish
from hall.support.refusals import Conflict, NotFound, Refusal

MOST_WAITING = 3


class EntryMissing(NotFound):
    sentence = "没有找到这条候补登记。"


class StillFree(Refusal):
    sentence = "这个时段还有余号，可以直接预约。"


class AlreadyWaiting(Conflict):
    sentence = "您已在这个时段候补，有名额会通知您。"


class TooManyWaiting(Refusal):
    sentence = f"最多同时候补 {MOST_WAITING} 个时段，取消一个后再登记。"


class OfferOver(Conflict):
    sentence = "保留的名额已过时，已转给下一位候补的人。"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in line; `ahead` people wait before."""

    entry_id: int
    ahead: int
    is_new: bool = True


@transaction.atomic
def join_waiting(
    *, actor: Actor, slot_id: int, item_code: str, request_key: str, channel: Channel = Channel.WEB, priority: Priority | None = None,
    case_serial: str = "", now: datetime,
) -> Waiting:  # fmt: skip
    """Wait for a seat in a slot that is full for the actor. The same key again gets the same place.

    Raises: StillFree, AlreadyWaiting, TooManyWaiting, KeyReused, and what commands.book_appointment raises but SlotFull.
    """
    account_id = account_of(actor, Role.CITIZEN)
    rules.check_key(request_key)
    holder = rules.holder_of(account_id, actor.enterprise_id)
    standing = commands.lock_standing(holder)
    earlier = WaitingEntry.objects.filter(account_id=account_id, request_key=request_key).first()
    if earlier is not None:
        if (earlier.slot_id, earlier.item_code, earlier.priority, earlier.case_serial) != (slot_id, item_code, priority or "", case_serial):
            raise rules.KeyReused
        return Waiting(earlier.pk, _ahead(earlier), is_new=False)
    slot, policy = finding.slot_and_policy(slot_id)
    item, _ = finding.item_for(item_code, slot)
    if Appointment.objects.filter(holder=holder, item_code=item_code, state__in=rules.LIVE_STATES).exists():
        raise rules.AlreadyBooked
    wish = Wish(item_code, channel, priority, case_serial, request_key, "")
    held = commands.held_by(holder, slot)
    commands.check_wish(actor, slot, item, wish, finding.visitor_of(account_id), standing, policy, held, now)
    if WaitingEntry.objects.filter(holder=holder, state__in=[WaitState.WAITING, WaitState.OFFERED]).count() >= MOST_WAITING:
        raise TooManyWaiting
    wanted = shares_for(channel, has_priority=priority is not None)
    if any(quota > taken for quota, taken in SlotShare.objects.filter(slot_id=slot_id, share__in=wanted).values_list("quota", "taken")):
        raise StillFree
    try:
        entry = WaitingEntry.objects.create(
            slot_id=slot_id, account_id=account_id, enterprise_id=actor.enterprise_id, holder=holder, request_key=request_key,
            item_code=item.code, item_name=item.name, case_serial=case_serial, channel=channel, priority=priority or "", joined_at=now,
        )  # fmt: skip
    except IntegrityError as fault:
        raise AlreadyWaiting from fault
    trail.record(actor, "waiting.joined", f"slot {slot_id}", at=now)
    return Waiting(entry.pk, _ahead(entry))


@transaction.atomic
def take_offer(*, actor: Actor, entry_id: int, now: datetime) -> Booking:
    """Turn an offered seat into a booking. Again gets the same booking.

    Raises: EntryMissing, OfferOver, and what commands.book_appointment raises but SlotFull; the seat stays held until its time is over.
    """
    account_id = account_of(actor, Role.CITIZEN)
    standing = commands.lock_standing(rules.holder_of(account_id, actor.enterprise_id))
    entry = _own(actor, entry_id)
    if entry.state == WaitState.TAKEN:
        assert entry.appointment_id is not None
        made = Appointment.objects.select_related("slot").get(pk=entry.appointment_id)
        return Booking(made.pk, made.code, made.slot.starts_at, made.slot.ends_at, is_new=False)
    if entry.state != WaitState.OFFERED or entry.hold_until is None or now >= entry.hold_until:
        raise OfferOver
    slot, policy = finding.slot_and_policy(entry.slot_id)
    item, venue = finding.item_for(entry.item_code, slot)
    priority = Priority(entry.priority) if entry.priority else None
    key = f"offer-{entry.pk}"
    wish = Wish(entry.item_code, Channel(entry.channel), priority, entry.case_serial, key, rules.digest_of(key))
    visitor = finding.visitor_of(account_id)
    booking, held = commands.write_appointment(actor, slot, item, wish, visitor, now)
    commands.check_wish(actor, slot, item, wish, visitor, standing, policy, held, now)
    Appointment.objects.filter(pk=booking.appointment_id).update(share=entry.share)
    WaitingEntry.objects.filter(pk=entry.pk).update(state=WaitState.TAKEN, appointment_id=booking.appointment_id)
    trail.record(actor, "appointment.booked", booking.code, detail="from the waiting list", at=now)
    publish(finding.booked_fact(booking.appointment_id, booking.code, account_id, item.name, venue, slot, policy))
    return booking


@transaction.atomic
def leave_waiting(*, actor: Actor, entry_id: int, now: datetime) -> None:
    """Wait no longer; a seat that was offered goes on to the next. Again changes nothing. Raises: EntryMissing."""
    account_of(actor, Role.CITIZEN)
    entry = _own(actor, entry_id)
    if entry.state in {WaitState.WAITING, WaitState.OFFERED}:
        end_entry(entry, WaitState.LEFT, now)
        trail.record(actor, "waiting.left", f"slot {entry.slot_id}", at=now)


def end_entry(entry: WaitingEntry, state: WaitState, now: datetime) -> None:
    """For this module: end a locked entry that waits or holds a seat; the seat goes on. Two to seven SQL statements."""
    WaitingEntry.objects.filter(pk=entry.pk).update(state=state)
    if entry.state == WaitState.OFFERED:
        offering.give_back(slot_id=entry.slot_id, share=entry.share, now=now)


def _own(actor: Actor, entry_id: int) -> WaitingEntry:
    found = WaitingEntry.objects.select_for_update().filter(commands.own(actor), pk=entry_id).first()
    if found is None:
        raise EntryMissing
    return found


def _ahead(entry: WaitingEntry) -> int:
    return WaitingEntry.objects.filter(slot_id=entry.slot_id, state=WaitState.WAITING, pk__lt=entry.pk).count()


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One's own place in line, while it waits with how many are `ahead`. `hold_until` is set while a seat is offered; `booking` is the code
    of what came of it, or ""."""

    entry_id: int
    state: WaitState
    item_code: str
    item_name: str
    venue_code: str
    starts_at: datetime
    ends_at: datetime
    joined_at: datetime
    ahead: int
    hold_until: datetime | None
    booking: str


def my_waiting(actor: Actor, *, before: int | None = None, limit: int = 20) -> list[WaitingRow]:
    """One's own places in line and what came of them, newest first, before a row's `entry_id` (keyset). One SQL query."""
    found = WaitingEntry.objects.filter(commands.own(actor))
    if before is not None:
        found = found.filter(pk__lt=before)
    return _rows(found.order_by("-pk")[:limit])


def my_place(actor: Actor, entry_id: int) -> WaitingRow | None:
    """One of one's own places in line; None for any other. One SQL query."""
    return next(iter(_rows(WaitingEntry.objects.filter(commands.own(actor), pk=entry_id))), None)


def _rows(found: QuerySet[WaitingEntry]) -> list[WaitingRow]:
    before = WaitingEntry.objects.filter(slot=OuterRef("slot"), state=WaitState.WAITING, pk__lt=OuterRef("pk"))
    ahead = Subquery(before.order_by().values("slot").annotate(n=Count("pk")).values("n"))
    return [
        WaitingRow(
            entry_id=row.pk,
            state=WaitState(row.state),
            item_code=row.item_code,
            item_name=row.item_name,
            venue_code=row.slot.venue_code,
            starts_at=timezone.localtime(row.slot.starts_at),
            ends_at=timezone.localtime(row.slot.ends_at),
            joined_at=row.joined_at,
            ahead=row.before if row.state == WaitState.WAITING else 0,
            hold_until=timezone.localtime(row.hold_until) if row.hold_until and row.state == WaitState.OFFERED else None,
            booking=row.appointment.code if row.appointment else "",
        )
        for row in found.select_related("slot", "appointment").annotate(before=Coalesce(ahead, 0))
    ]
