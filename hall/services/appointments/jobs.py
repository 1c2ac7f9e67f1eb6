"""What happens to appointments by themselves: slots ahead, reminders, missed visits, the end of the day. Each may run twice."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from hall.services import events
from hall.services.appointments import commands, drawing, finding, making, offering, policies, rules, standing, waiting
from hall.services.appointments.models import Appointment, Draw, Schedule, SlotShare, WaitingEntry
from hall.services.appointments.rules import State, WaitState
from hall.services.notices import appointments as words
from hall.services.notices import commands as notices
from hall.support.access.actors import system_actor
from hall.support.jobs.queue import every
from hall.support.refusals import Refusal

log = logging.getLogger("hall.appointments")
BATCH = 500


@every("*/10 * * * *")
def make_slots(*, now: datetime) -> int:
    """Let every schedule's slots stand up to its horizon; returns how many are new. Holidays loaded meanwhile are followed."""
    added = 0
    for schedule_id in list(Schedule.objects.filter(is_ended=False).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            schedules = Schedule.objects.select_for_update(of=("self",)).select_related("desk")
            schedule = schedules.prefetch_related("windows", "special_days").get(pk=schedule_id)
            try:
                with transaction.atomic():
                    added += making.make_slots_of(schedule, now=now).added
            except Refusal as refusal:
                # The other schedules go on; the page of this one says the same when somebody saves it.
                log.warning("event=appointments.not_made schedule=%d refusal=%s", schedule_id, type(refusal).__name__)
    return added


@every("* * * * *")
def remind(*, now: datetime) -> int:
    """Remind of the visits that are near, once for each time that the policy names; returns how many were reminded.

    A cancelled visit is never reminded of: its row is locked and looked at again, in the transaction that tells.
    """
    done = 0
    for minutes in policies.current().remind_minutes:
        near = Appointment.objects.filter(
            state=State.BOOKED,
            account_id__isnull=False,
            day__lte=timezone.localdate(now + timedelta(minutes=minutes)),
            slot__starts_at__gt=now,
            slot__starts_at__lte=now + timedelta(minutes=minutes),
        ).exclude(reminded__contains=[minutes])
        for appointment_id in list(near.order_by("pk").values_list("pk", flat=True)[:BATCH]):
            done += _remind(appointment_id, minutes, now)
    return done


@transaction.atomic
def _remind(appointment_id: int, minutes: int, now: datetime) -> bool:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("slot")
    appointment = rows.filter(pk=appointment_id, state=State.BOOKED).exclude(reminded__contains=[minutes]).first()
    if appointment is None or appointment.account_id is None:
        return False
    starts_at = appointment.slot.starts_at
    # Whoever booked later than this reminder would have gone out has just been told; a nearer one makes it needless.
    is_late = appointment.booked_at > starts_at - timedelta(minutes=minutes)
    is_overtaken = any(other < minutes and now >= starts_at - timedelta(minutes=other) for other in policies.current().remind_minutes)
    Appointment.objects.filter(pk=appointment_id).update(reminded=sorted({*appointment.reminded, minutes}))
    if is_late or is_overtaken:
        return False
    return notices.tell(
        account_id=appointment.account_id,
        serial="",
        words=words.reminder(
            code=appointment.code,
            item_name=appointment.item_name,
            venue_name=finding.venue_name(appointment.venue_code),
            starts_at=starts_at.isoformat(),
        ),
        effect_key=f"booking-soon:{appointment_id}:{minutes}",
        now=now,
    )


@every("*/5 * * * *")
def end_missed(*, now: datetime) -> int:
    """Note who did not check in in time; returns how many."""
    late = timedelta(minutes=policies.current().checkin_late_minutes)
    missed = Q(state=State.BOOKED, day__lte=timezone.localdate(now), slot__starts_at__lt=now - late)
    return _end(missed, State.NO_SHOW, now)


@every("13 * * * *")
def end_unserved(*, now: datetime) -> int:
    """Let yesterday's numbers that nobody called expire; returns how many. It counts against nobody."""
    return _end(Q(state=State.CHECKED_IN, day__lt=timezone.localdate(now)), State.EXPIRED, now)


def _end(which: Q, state: State, now: datetime) -> int:
    done = 0
    for appointment_id in list(Appointment.objects.filter(which).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            rows = Appointment.objects.select_for_update(of=("self",)).select_related("slot")
            appointment = rows.filter(which, pk=appointment_id).first()
            if appointment is None:
                continue
            try:
                commands.end_appointment(system_actor(), appointment, state, reason="", is_by_hall=True, now=now)
            except rules.AlreadyEnded:
                continue
            done += 1
    return done


@every("* * * * *")
def pass_offers_on(*, now: datetime) -> int:
    """Let offers lapse that nobody took in time, and offer what became free beside the line; returns how many seats went on."""
    done = 0
    late = WaitingEntry.objects.filter(state=WaitState.OFFERED, hold_until__lte=now)
    for entry_id in list(late.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            entry = late.select_for_update(skip_locked=True).filter(pk=entry_id).first()
            if entry is not None:
                waiting.end_entry(entry, WaitState.LAPSED, now)
                done += 1
    over = WaitingEntry.objects.filter(state=WaitState.WAITING, slot__book_until__lte=now)
    over.update(state=WaitState.LAPSED)
    free = SlotShare.objects.filter(slot=OuterRef("slot"), taken__lt=F("quota"))
    lined_up = WaitingEntry.objects.filter(Exists(free), state=WaitState.WAITING, slot__is_closed=False, slot__book_until__gt=now)
    for entry_id in list(lined_up.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            entry = WaitingEntry.objects.select_for_update(skip_locked=True).filter(pk=entry_id, state=WaitState.WAITING).first()
            share = offering.take_free(entry) if entry is not None else None
            if entry is not None and share is not None:
                offering.offer(entry, entry.slot, share, now)
                done += 1
    return done


@every("* * * * *")
def make_draws(*, now: datetime) -> int:
    """Make the draws whose time has come; returns how many people won."""
    due = Draw.objects.filter(drawn_at__isnull=True, closes_at__lte=now).order_by("pk").values_list("pk", flat=True)
    return sum(drawing.make_draw(draw_id=draw_id, now=now) for draw_id in list(due[:BATCH]))


def count_missed(fact: events.AppointmentMissed) -> None:
    """Somebody did not come: perhaps too often."""
    standing.count_against(appointment_id=fact.appointment_id, now=timezone.now())


def count_cancelled(fact: events.AppointmentCancelled) -> None:
    """Somebody cancelled: perhaps too often. What the hall cancelled counts against nobody."""
    if not fact.is_by_hall:
        standing.count_against(appointment_id=fact.appointment_id, now=timezone.now())
