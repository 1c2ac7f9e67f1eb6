"""摇号: scarce seats go by lot instead of to the quickest. Anybody can recompute the draw (docs/how-to/verify-a-draw.zh.md).

The seed is made and its SHA-256 published before the first entry, and shown after the draw. Entries are ordered by
SHA-256(seed:entry code), smallest first; in that order each takes a seat of the first of its shares that has one left.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from hall.services import events
from hall.services.appointments import commands, finding, lots, rules, seats
from hall.services.appointments.commands import ALPHABET, CODE_SIGNS, Wish
from hall.services.appointments.models import Appointment, Draw, DrawEntry, Slot, SlotShare, WaitingEntry
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rules import EntryState, SlotFacts
from hall.services.appointments.shares import Channel, Priority, Share, shares_for
from hall.services.catalogue import bookable
from hall.support.access.actors import Actor, Role, system_actor
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.identity import queries as identity
from hall.support.identity.rules import account_of
from hall.support.jobs.queue import publish
from hall.support.refusals import Conflict, NotFound, Refusal

_SEED = "appointments.draw"


class DrawMissing(NotFound):
    sentence = "没有找到这次摇号。"


class NotDrawn(Refusal):
    sentence = "这个时段不用摇号，可以直接预约。"


class DrawClosed(Refusal):
    sentence = "摇号登记已截止。"


class AlreadyEntered(Conflict):
    sentence = "您已登记过这次摇号。"


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry; `code` is public and found in the list of the draw."""

    entry_id: int
    code: str
    closes_at: datetime
    is_new: bool = True


def prepare(slot: Slot, *, draw_hours: int) -> Draw:
    """For this module: a slot's draw, its seed made and committed to. Before the slot opens. One SQL statement."""
    seed = secrets.token_hex(32)
    return Draw.objects.create(
        slot=slot,
        code=_code(),
        commitment=lots.commitment_of(seed),
        seed_sealed=protection.encrypt(seed, purpose=_SEED),
        closes_at=min(slot.starts_at - timedelta(hours=draw_hours), slot.book_until),
    )


@transaction.atomic
def enter_draw(
    *, actor: Actor, slot_id: int, item_code: str, channel: Channel = Channel.WEB, priority: Priority | None = None, case_serial: str = "",
    now: datetime,
) -> Entered:  # fmt: skip
    """Enter the draw of a slot; the same person again gets the same entry.

    Raises: NotDrawn, DrawClosed, AlreadyEntered (for another item) and what commands.book_appointment raises but SlotFull and SlotDrawn.
    """
    account_id = account_of(actor, Role.CITIZEN)
    standing = commands.lock_standing(rules.holder_of(account_id, actor.enterprise_id))
    slot, policy = finding.slot_and_policy(slot_id)
    # Kept from being drawn while somebody enters.
    draw = Draw.objects.select_for_update(no_key=True).filter(slot_id=slot_id).first()
    if draw is None:
        raise NotDrawn
    earlier = DrawEntry.objects.filter(draw=draw, holder=standing.holder).exclude(state=EntryState.LEFT).first()
    if earlier is not None:
        if earlier.item_code != item_code:
            raise AlreadyEntered
        return Entered(earlier.pk, earlier.code, draw.closes_at, is_new=False)
    if draw.drawn_at is not None or now >= draw.closes_at:
        raise DrawClosed
    item, _ = finding.item_for(item_code, slot)
    wish, held = Wish(item_code, channel, priority, case_serial, "", ""), commands.held_by(standing.holder, slot)
    commands.check_wish(actor, slot, item, wish, finding.visitor_of(account_id), standing, policy, held, now, is_draw=True)
    entry = DrawEntry.objects.create(
        draw=draw, code=_code(), account_id=account_id, enterprise_id=actor.enterprise_id, holder=standing.holder, item_code=item.code,
        item_name=item.name, case_serial=case_serial, channel=channel, priority=priority or "", entered_at=now,
    )  # fmt: skip
    trail.record(actor, "draw.entered", f"draw {draw.pk}", at=now)
    return Entered(entry.pk, entry.code, draw.closes_at)


@transaction.atomic
def leave_draw(*, actor: Actor, entry_id: int, now: datetime) -> None:
    """Take an entry back before the draw closes. Again changes nothing. Raises: DrawMissing, DrawClosed."""
    account_of(actor, Role.CITIZEN)
    entry = DrawEntry.objects.select_related("draw").filter(commands.own(actor), pk=entry_id).first()
    if entry is None:
        raise DrawMissing
    if entry.state == EntryState.LEFT:
        return
    draw = Draw.objects.select_for_update(no_key=True).get(pk=entry.draw_id)
    if draw.drawn_at is not None or now >= draw.closes_at:
        raise DrawClosed
    DrawEntry.objects.filter(pk=entry.pk).update(state=EntryState.LEFT)
    trail.record(actor, "draw.left", f"draw {entry.draw_id}", at=now)


@transaction.atomic
def make_draw(*, draw_id: int, now: datetime) -> int:
    """Draw, book for the winners, put the others in line by their place, open what is left to everybody; how many won. Twice is once.

    Whoever has booked elsewhere meanwhile or may not book is passed over (void), and the next in order takes the seat.
    """
    # Who enters locks himself first and then the draw; so do we, or we might wait for one another.
    holders = sorted(set(DrawEntry.objects.filter(draw_id=draw_id, state=EntryState.ENTERED).values_list("holder", flat=True)))
    for holder in holders:
        commands.lock_standing(holder)
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw_id)
    if draw.drawn_at is not None or now < draw.closes_at:
        return 0
    slot, policy = finding.slot_and_policy(draw.slot_id)
    rows = SlotShare.objects.select_for_update().filter(slot_id=draw.slot_id)
    free = {share.share: share.quota - share.taken for share in rows.order_by("pk")}
    free = dict.fromkeys(free, 0) if slot.is_closed else free
    seed = protection.decrypt(draw.seed_sealed, purpose=_SEED)
    entries = {entry.code: entry for entry in DrawEntry.objects.filter(draw=draw, state=EntryState.ENTERED)}
    won, left = 0, dict(free)
    for place, code in enumerate(lots.in_order(seed, list(entries)), start=1):
        entry = entries[code]
        share = lots.first_free(left, shares_of(entry))
        state = EntryState.LOST if share is None else _book(entry, slot, policy, share, now)
        if state is EntryState.WON and share is not None:
            left[share], won = left[share] - 1, won + 1
        _settle(entry, slot, state, place, (share or "") if state is EntryState.WON else "", now)
    Draw.objects.filter(pk=draw.pk).update(drawn_at=now, seats=free)
    Slot.objects.filter(pk=draw.slot_id).update(is_drawn=False)
    trail.record(system_actor(), "draw.made", f"draw {draw.pk}", detail=f"{won} of {len(entries)}", at=now)
    return won


def shares_of(entry: DrawEntry) -> list[str]:
    """For this module: the shares from which an entry may win."""
    return [share.value for share in shares_for(Channel(entry.channel), has_priority=bool(entry.priority))]


def _book(entry: DrawEntry, slot: SlotFacts, policy: PolicyRow, share: str, now: datetime) -> EntryState:
    actor = identity.actor_of(entry.account_id, enterprise_id=entry.enterprise_id)
    item = bookable.bookable_item(entry.item_code)
    if actor is None or item is None or actor.enterprise_id != entry.enterprise_id:
        return EntryState.VOID
    priority = Priority(entry.priority) if entry.priority else None
    key = f"draw-{entry.pk}"
    wish = Wish(entry.item_code, Channel(entry.channel), priority, entry.case_serial, key, rules.digest_of(key))
    visitor = finding.visitor_of(entry.account_id)
    try:
        with transaction.atomic():
            standing = commands.lock_standing(entry.holder)
            booking, held = commands.write_appointment(actor, slot, item, wish, visitor, now)
            commands.check_wish(actor, slot, item, wish, visitor, standing, policy, held, now, is_draw=True)
            seats.take_seat(slot_id=slot.slot_id, shares=[Share(share)], appointment_id=booking.appointment_id)
    except Refusal:
        return EntryState.VOID
    entry.appointment = Appointment.objects.get(pk=booking.appointment_id)
    trail.record(actor, "appointment.booked", booking.code, detail="by draw", at=now)
    return EntryState.WON


def _settle(entry: DrawEntry, slot: SlotFacts, state: EntryState, place: int, share: str, now: datetime) -> None:
    DrawEntry.objects.filter(pk=entry.pk).update(state=state, place=place, share=share, appointment=entry.appointment)
    if state is EntryState.VOID:
        return
    code = entry.appointment.code if entry.appointment else ""
    venue = finding.venue_name(slot.venue_code)
    publish(events.DrawEnded(entry.pk, entry.account_id, code, entry.item_name, venue, slot.starts_at.isoformat()))
    if state is EntryState.LOST and now < slot.book_until:
        try:
            with transaction.atomic():
                WaitingEntry.objects.create(
                    slot_id=slot.slot_id, account_id=entry.account_id, enterprise_id=entry.enterprise_id, holder=entry.holder,
                    request_key=f"draw-{entry.pk}", item_code=entry.item_code, item_name=entry.item_name, case_serial=entry.case_serial,
                    channel=entry.channel, priority=entry.priority, joined_at=now,
                )  # fmt: skip
        except IntegrityError:
            return  # already in this line


def _code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_SIGNS))


# --- what everybody may see -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A draw as everybody sees it. Before it is made there is no seed and no entry in it; `entries` counts them."""

    code: str
    slot_id: int
    venue_code: str
    starts_at: datetime
    opens_at: datetime
    closes_at: datetime
    drawn_at: datetime | None
    commitment: str
    entries: int


@dataclass(frozen=True, slots=True)
class MyEntry:
    """One's own entry. `booking` is the code of what was won, or ""."""

    entry_id: int
    code: str
    draw_code: str
    state: EntryState
    item_name: str
    starts_at: datetime
    closes_at: datetime
    place: int | None
    booking: str


def draw_of_slot(slot_id: int) -> DrawRow | None:
    """The draw of a slot; None where seats are not drawn. Two SQL queries."""
    return _draw_row(Draw.objects.select_related("slot").filter(slot_id=slot_id).first())


def draw(code: str) -> DrawRow | None:
    """A draw by its public code. Two SQL queries."""
    return _draw_row(Draw.objects.select_related("slot").filter(code=code).first())


def draw_record(code: str) -> Mapping[str, object] | None:
    """Everything that is needed to recompute a draw, as the file for `hall appointments draw-verify`; None before it is made. Two SQL queries.

    Nobody is named in it: entries are codes, which their owners know.
    """
    made = Draw.objects.select_related("slot").filter(code=code, drawn_at__isnull=False).first()
    if made is None:
        return None
    entries = list(DrawEntry.objects.filter(draw=made).exclude(state=EntryState.LEFT).order_by("place"))
    return lots.record(
        draw=made.code,
        slot=timezone.localtime(made.slot.starts_at).isoformat(),
        commitment=made.commitment,
        seed=protection.decrypt(made.seed_sealed, purpose=_SEED),
        seats=made.seats,
        entries={entry.code: shares_of(entry) for entry in entries},
        void=[entry.code for entry in entries if entry.state == EntryState.VOID],
        won={entry.code: entry.share for entry in entries if entry.state == EntryState.WON},
    )


def my_entries(actor: Actor, *, before: int | None = None, limit: int = 20) -> Sequence[MyEntry]:
    """One's own entries, newest first, before a row's `entry_id` (keyset). One SQL query."""
    found = DrawEntry.objects.filter(commands.own(actor))
    if before is not None:
        found = found.filter(pk__lt=before)
    return _entries(found.order_by("-pk")[:limit])


def my_entry(actor: Actor, entry_id: int) -> MyEntry | None:
    """One of one's own entries; None for any other. One SQL query."""
    return next(iter(_entries(DrawEntry.objects.filter(commands.own(actor), pk=entry_id))), None)


def _entries(found: QuerySet[DrawEntry]) -> list[MyEntry]:
    return [
        MyEntry(
            entry_id=row.pk,
            code=row.code,
            draw_code=row.draw.code,
            state=EntryState(row.state),
            item_name=row.item_name,
            starts_at=timezone.localtime(row.draw.slot.starts_at),
            closes_at=timezone.localtime(row.draw.closes_at),
            place=row.place,
            booking=row.appointment.code if row.appointment else "",
        )
        for row in found.select_related("draw__slot", "appointment")
    ]


def _draw_row(found: Draw | None) -> DrawRow | None:
    if found is None:
        return None
    slot = found.slot
    return DrawRow(
        code=found.code,
        slot_id=slot.pk,
        venue_code=slot.venue_code,
        starts_at=timezone.localtime(slot.starts_at),
        opens_at=timezone.localtime(slot.opens_at),
        closes_at=timezone.localtime(found.closes_at),
        drawn_at=found.drawn_at,
        commitment=found.commitment,
        entries=DrawEntry.objects.filter(draw=found).exclude(state=EntryState.LEFT).count(),
    )
