"""What the processes of a crowd do. Imported before Django is set up there, so what needs it is imported inside."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadyDraft:
    """A draft that only has to be handed in."""

    account_id: int
    draft_id: int
    revision: int


def issue(run: str, client: int, count: int, departments: int) -> list[str]:
    """So many serial numbers, each in a transaction of its own."""
    from hall.services.serials import commands
    from hall.services.serials.rules import Channel

    return [
        commands.issue(
            division_code="370000",
            department_number=1 + client % departments,
            channel=Channel.WEB,
            request_id=f"{run}:{client}:{number}",
            now=NOW,
        )
        for number in range(count)
    ]


def issue_by_the_hundred(run: str, client: int, batches: int) -> list[str]:
    """So many transactions of a hundred serial numbers, all clients on one counter: what a department's batch costs at the database."""
    from django.db import transaction

    from hall.services.serials import commands
    from hall.services.serials.rules import Channel

    given: list[str] = []
    for batch in range(batches):
        with transaction.atomic():
            rows = commands.claim([f"{run}:{client}:{batch}:{row:02d}" for row in range(100)], now=NOW)
            given += commands.give_numbers(
                list(rows.values()), division_code="370000", department_number=900, channel=Channel.DEPARTMENT, now=NOW
            )
    return given


def bare_sequence(count: int) -> None:
    """So many rows numbered by a PostgreSQL sequence, each in a durable transaction of its own: what the machine gives at most."""
    from django.db import connection

    with connection.cursor() as cursor:
        for _ in range(count):
            cursor.execute("INSERT INTO bench_bare (number) VALUES (nextval('bench_bare_sequence'))")


def submit(drafts: Sequence[ReadyDraft]) -> tuple[list[float], float]:
    """Hand the drafts in through the real command; seconds of each, and seconds of processor that this process used for all."""
    from django.utils import timezone

    from hall.services.applications import commands
    from hall.support.identity import queries

    actors = {draft.account_id: queries.actor_of(draft.account_id) for draft in drafts}
    times = []
    used = time.process_time()
    for draft in drafts:
        actor = actors[draft.account_id]
        assert actor is not None
        began = time.perf_counter()
        commands.submit_application(actor=actor, draft_id=draft.draft_id, revision=draft.revision, now=timezone.now())
        times.append(time.perf_counter() - began)
    return times, time.process_time() - used


_INSERT = (
    "INSERT INTO appointments_appointment (code, booked_by, request_key, request_digest, slot_id, share, venue_code, day, holder,"
    " visitor_sealed, phone_digest, item_code, item_name, case_serial, channel, priority, state, booked_at, is_ended_by_hall, reason,"
    " ticket, called_to, reminded) SELECT %s, %s, %s, '', id, 'open', venue_code, day, %s, '', '', '', '', '', 'web', '', 'booked', now(),"
    " false, '', '', '', '{}' FROM appointments_slot WHERE id = %s ON CONFLICT (booked_by, request_key) DO NOTHING"
)
_LOCK = "SELECT quota, taken FROM appointments_slot_share WHERE slot_id = %s AND share = 'open' FOR UPDATE"
_TAKE = "UPDATE appointments_slot_share SET taken = taken + 1 WHERE slot_id = %s AND share = 'open' AND taken < quota"
# How a seat is taken: locked first, by SELECT … FOR UPDATE; counted last; and counted last with its lock let go before the disk has it.
LOCK_FIRST, COUNT_LAST, EARLY_RELEASE = "SELECT … FOR UPDATE first", "counted last", "counted last, let go early"


@dataclass(frozen=True, slots=True)
class Turn:
    """One design's turn of bookings, in turn of these slots."""

    design: str
    slots: tuple[int, ...]
    number: int


def take_seats(client: int, count: int, turn: Turn) -> list[float]:
    """So many bookings by the two bare statements, each durable before the next; seconds of each."""
    from django.db import connection, transaction

    from hall.support.commits import early_release

    times = []
    for number in range(count):
        slot_id = turn.slots[(client + number) % len(turn.slots)]
        key = f"{slot_id}-{client}-{turn.number}-{number}"
        began = time.perf_counter()
        with early_release() if turn.design == EARLY_RELEASE else transaction.atomic(), connection.cursor() as cursor:
            if turn.design == LOCK_FIRST:
                cursor.execute(_LOCK, [slot_id])
                quota, taken = cursor.fetchone()
                assert taken < quota
            cursor.execute(_INSERT, [key[-16:], client + 1, key, f"b:{key}"[:24], slot_id])
            cursor.execute(_TAKE, [slot_id])
            assert cursor.rowcount == 1
        times.append(time.perf_counter() - began)
    return times


def book(people: Sequence[int], count: int, turn: Turn) -> tuple[list[float], float]:
    """One booking for each of so many of the people, from the turn's number on, through the real command; seconds of each, and of processor for all.

    In the other designs it is the same command, inside a plain transaction, which may begin with SELECT … FOR UPDATE of the seat.
    """
    from django.db import connection, transaction
    from django.utils import timezone

    from hall.services.appointments import commands
    from hall.services.appointments.models import Slot
    from hall.support.identity import queries

    item = Slot.objects.values_list("subject", flat=True).get(pk=turn.slots[0])[5:]
    actors = [queries.actor_of(account_id) for account_id in people[turn.number * count :][:count]]
    times = []
    used = time.process_time()
    for number, actor in enumerate(actors):
        assert actor is not None
        slot_id, began = turn.slots[(number + people[0]) % len(turn.slots)], time.perf_counter()
        with contextlib.ExitStack() as held:
            if turn.design != EARLY_RELEASE:
                held.enter_context(transaction.atomic())
            if turn.design == LOCK_FIRST:
                held.enter_context(connection.cursor()).execute(_LOCK, [slot_id])
            commands.book_appointment(
                actor=actor, slot_id=slot_id, item_code=item, request_key=f"b{slot_id}-{actor.account_id}", now=timezone.now()
            )
        times.append(time.perf_counter() - began)
    return times, time.process_time() - used
