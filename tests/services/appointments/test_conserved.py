"""Seats are conserved: whatever people, jobs and staff do, one after another or all at once, taken = bookings that hold one + offers."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hall.services.appointments import commands, jobs, seats, waiting
from hall.services.appointments.models import Appointment, Slot, SlotShare, WaitingEntry
from hall.services.appointments.rules import FREEING_STATES, WaitState
from hall.services.appointments.shares import Channel, Priority
from hall.support.access.actors import Actor
from hall.support.refusals import Refusal
from tests.make.appointments import book, make_slot, other_slot, visitor
from tests.make.crowds import at_once
from tests.make.people import NOW

WHO, WHERE = st.integers(0, 4), st.integers(0, 1)


def faults() -> list[str]:
    """Every share whose count is not what its bookings and offers say."""
    held = Counter(Appointment.objects.exclude(state__in=FREEING_STATES).values_list("slot_id", "share"))
    held.update(WaitingEntry.objects.filter(state=WaitState.OFFERED).values_list("slot_id", "share"))
    return [
        f"slot {share.slot_id} {share.share}: {share.taken} taken, {held[share.slot_id, share.share]} held, of {share.quota}"
        for share in SlotShare.objects.all()
        if share.taken != held[share.slot_id, share.share] or share.taken > share.quota
    ]


class Crowd:
    """Five people, two slots of three seats in three shares; everything one may do with them."""

    def __init__(self) -> None:
        first = make_slot(seats=3, reserved={"wechat": 1, "priority": 1}, horizon_days=2)
        self.slots = [first, other_slot(first)]
        self.people = [visitor() for _ in range(5)]
        self.now = NOW
        self.keys = 0

    def act(self, deed: str, who: int, where: int, chance: int) -> None:
        actor, slot = self.people[who], self.slots[where]
        with suppress(Refusal):  # a no is an answer; it must leave the seats alone
            getattr(self, deed)(actor, slot, chance)

    def _wish(self, chance: int) -> dict[str, Any]:
        return {
            "channel": (Channel.WEB, Channel.WECHAT)[chance % 2],
            "priority": (None, Priority.VETERAN)[chance // 2 % 2],
            "now": self.now,
        }

    def book(self, actor: Actor, slot: Slot, chance: int) -> None:
        book(actor, slot, **self._wish(chance))

    def cancel(self, actor: Actor, slot: Slot, chance: int) -> None:
        commands.cancel_appointment(actor=actor, code=self._code(actor), now=self.now)

    def change(self, actor: Actor, slot: Slot, chance: int) -> None:
        commands.change_appointment(actor=actor, code=self._code(actor), slot_id=slot.pk, request_key=f"c{random.random()}", now=self.now)

    def wait(self, actor: Actor, slot: Slot, chance: int) -> None:
        item, key = slot.subject[5:], f"w{random.random()}"
        waiting.join_waiting(actor=actor, slot_id=slot.pk, item_code=item, request_key=key, **self._wish(chance))

    def take(self, actor: Actor, slot: Slot, chance: int) -> None:
        waiting.take_offer(actor=actor, entry_id=self._entry(actor), now=self.now)

    def leave(self, actor: Actor, slot: Slot, chance: int) -> None:
        waiting.leave_waiting(actor=actor, entry_id=self._entry(actor), now=self.now)

    def sweep(self, actor: Actor, slot: Slot, chance: int) -> None:
        jobs.pass_offers_on(now=self.now + timedelta(minutes=31 * (chance % 2)))

    def _code(self, actor: Actor) -> str:
        return Appointment.objects.filter(account_id=actor.account_id).values_list("code", flat=True).order_by("-pk").first() or "-"

    def _entry(self, actor: Actor) -> int:
        return WaitingEntry.objects.filter(account_id=actor.account_id).values_list("pk", flat=True).order_by("-pk").first() or 0


DEEDS = ("book", "book", "cancel", "change", "wait", "wait", "take", "leave", "sweep")


class Machine(RuleBasedStateMachine):
    """One deed after another."""

    def __init__(self) -> None:
        super().__init__()
        Appointment.objects.update(changed_from=None)
        for table in (WaitingEntry, Appointment):
            table.objects.all().delete()
        SlotShare.objects.update(taken=0)
        self.crowd = Crowd()

    @rule(deed=st.sampled_from(DEEDS), who=WHO, where=WHERE, chance=st.integers(0, 3))
    def act(self, deed: str, who: int, where: int, chance: int) -> None:
        self.crowd.act(deed, who, where, chance)

    @rule()
    def miss(self) -> None:
        """The slots' time comes: who booked and did not come keeps the seat used."""
        self.crowd.now = self.crowd.slots[1].ends_at
        jobs.end_missed(now=self.crowd.now)

    @invariant()
    def seats_are_conserved(self) -> None:
        assert faults() == []


@pytest.mark.django_db
def test_seats_are_conserved_whatever_is_done_in_whatever_order() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def _all_at_once(rounds: int) -> list[str]:
    found: list[str] = []
    for number in range(rounds):
        crowd, chance = Crowd(), random.Random(number)
        for who in range(5):
            crowd.act("book", who, who % 2, who)

        def busy(seed: int, crowd: Crowd = crowd) -> None:
            own = random.Random(seed)
            for _ in range(6):
                crowd.act(own.choice(DEEDS), own.randrange(5), own.randrange(2), own.randrange(4))

        outcomes = at_once([partial(busy, chance.randrange(10**9)) for _ in range(6)])
        assert outcomes == [None] * 6, outcomes
        found += faults()
    return found


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_seats_are_conserved_when_everything_happens_at_once() -> None:
    assert _all_at_once(6) == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_seats_given_back_by_reading_and_writing_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_then_write(*, slot_id: int, share: str) -> None:
        row = SlotShare.objects.get(slot_id=slot_id, share=share)
        SlotShare.objects.filter(pk=row.pk).update(taken=max(0, row.taken - 1))

    monkeypatch.setattr(seats, "free_seat", read_then_write)
    slot = make_slot(seats=50)
    for _ in range(6):
        people = [visitor() for _ in range(8)]
        codes = [book(person, slot).code for person in people]
        at_once([partial(commands.cancel_appointment, actor=one, code=code, now=NOW) for one, code in zip(people, codes, strict=True)])
    assert faults()
