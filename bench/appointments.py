"""Visits booked: one hot slot and many, at the database beside SELECT … FOR UPDATE, by the command, and over HTTP with a crowd"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import time as clock
from datetime import timedelta

from django.utils import timezone

from bench import acts
from bench.acts import Turn
from bench.crowd import in_turns
from bench.ground import Ground
from bench.people import TOKEN, cookie_of, register
from bench.served import Served, cpu_seconds
from bench.table import Row, latency, percentile
from bench.volley import posted, volley
from hall.presentation.commandline.demo.people import PASSWORD
from hall.services.appointments import scheduling
from hall.services.appointments.models import Slot
from hall.services.appointments.patterns import Pattern, Window
from hall.services.appointments.scheduling import ScheduleForm
from hall.services.catalogue.models import Item
from hall.support.access.actors import Actor, Role, system_actor
from hall.support.identity import commands as identity
from hall.support.identity import queries

ROUNDS = 4
PROCESSES, HOT_GOAL, HTTP_GOAL, WAITING, SEATS = 8, 1000, 150, 1000, 50
DOOR = "/api/v1/appointments"
DESIGNS = (acts.LOCK_FIRST, acts.COUNT_LAST, acts.EARLY_RELEASE)
PLACES = (("one slot", slice(0, 1)), ("8 slots", slice(1, 9)))


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """The database alone, the command, the whole way; and afterwards that every seat has one owner."""
    each = 30 if is_quick else 120
    admin, item = _admin(), _item()
    yield _load()
    yield from _at_the_database(each // 4, [_slots(admin, item, 9) for _ in DESIGNS])
    yield _load()
    yield from _by_command(ground, each // 6, [_slots(admin, item, 9) for _ in DESIGNS])
    with ground.served() as hall:
        yield _load()
        yield from _over_http(ground, hall, each, _slots(admin, item, 9))
        yield _load()
        yield from _a_crowd(ground, hall, WAITING // 5 if is_quick else WAITING, _slots(admin, item, 1, seats=SEATS)[0])
    yield _load()
    ((wrong,),) = ground.query(
        "SELECT count(*) FROM appointments_slot_share s WHERE taken <> (SELECT count(*) FROM appointments_appointment a"
        " WHERE a.slot_id = s.slot_id AND a.share = s.share)"
    )
    yield Row("slots whose count is not their bookings", str(wrong), "", "0", wrong == 0)


def _load() -> Row:
    return Row("load of the machine", f"{os.getloadavg()[0]:.1f}")


def _admin() -> Actor:
    account_id = identity.create_staff(
        actor=system_actor(), username=f"bench{time.time_ns() % 10**9}", name="周排班", password=PASSWORD, department_code=None,
        roles=frozenset({Role.SYS_ADMIN}), now=timezone.now(),
    )  # fmt: skip
    actor = queries.actor_of(account_id)
    assert actor is not None
    return actor


def _item() -> tuple[str, str]:
    found = Item.objects.filter(status="published", current_version__bookable=True).order_by("code")
    return found.values_list("code", "department_id")[0]


def _slots(admin: Actor, item: tuple[str, str], number: int, *, seats: int = 1000) -> list[int]:
    """So many slots of a counter of their own, in five days."""
    today = timezone.localdate()
    windows = tuple(Window(clock(8), clock(8 + 9), seats, weekday=day) for day in range(1, 8))
    pattern = Pattern(today, None, 60, windows, release_at=clock(0), on_holidays=True)
    form = ScheduleForm("测量", "370000", "item", item[0], item[1], pattern, counter=f"{time.time_ns() % 10**9}")
    made = scheduling.create_schedule(actor=admin, form=form, request_key=form.counter, now=timezone.now())
    found = Slot.objects.filter(schedule_id=made.schedule_id, day=today + timedelta(days=5)).order_by("starts_at")
    return list(found.values_list("pk", flat=True)[:number])


def _people(query: Callable[[str], list[tuple[object, ...]]], count: int) -> list[int]:
    """Citizens like one who registered: a password takes longer to hash than a visit to book."""
    model = register(1, first=90_000 + time.time_ns() % 9_000)[0].account_id
    rows = query(
        "INSERT INTO identity_account (password, name, phone_sealed, phone_digest, id_number_sealed, id_number_digest, auth_level, is_enabled,"
        " is_demo, created_at, password_changed_at) SELECT password, name, phone_sealed, md5(random()::text), id_number_sealed,"
        f" md5(random()::text), auth_level, true, false, now(), now() FROM identity_account, generate_series(1, {count}) WHERE id = {model}"
        " RETURNING id"
    )
    return [int(str(row[0])) for row in rows]


def _words(times: Sequence[float], rate: float) -> str:
    return f"{rate:,.0f}/s, {latency(times)}, p99 {percentile(times, 0.99) * 1000:.0f}"


def _turns(slots: Sequence[Sequence[int]], part: slice) -> list[Turn]:
    """Every design in each of the rounds, each over slots of its own."""
    order = [(round_, place) for round_ in range(ROUNDS) for place in range(len(DESIGNS))]
    return [Turn(DESIGNS[place], tuple(slots[place][part]), number) for number, (_, place) in enumerate(order)]


def _at_the_database(each: int, slots: Sequence[Sequence[int]]) -> Iterator[Row]:
    """The two bare statements of a booking, in each design, over one slot and over eight; the designs take turns."""
    for name, part in PLACES:
        turns = _turns(slots, part)
        done, seconds = in_turns(acts.take_seats, [(client, each) for client in range(PROCESSES)], turns)
        first = 0.0
        for design in DESIGNS:
            mine = [number for number, turn in enumerate(turns) if turn.design == design]
            times = [second for number in mine for own in done[number] for second in own]
            rate = len(times) / sum(seconds[number] for number in mine)
            first = first or rate
            goal = HOT_GOAL if name == "one slot" and design == acts.EARLY_RELEASE else 0
            beside = f"{rate / first:.2f} of FOR UPDATE"
            reached = rate >= goal if goal else None
            yield Row(f"two statements, {name}: {design}", _words(times, rate), beside, f"≥ {goal}/s" if goal else "", reached)


def _by_command(ground: Ground, each: int, slots: Sequence[Sequence[int]]) -> Iterator[Row]:
    """The whole command as it is; beside it the same command in a plain transaction, and in one that locks the seat first."""
    for name, part in PLACES:
        turns = _turns(slots, part)
        people = _people(ground.query, each * len(turns) * PROCESSES)
        before = ground.server_cpu_seconds()
        done, seconds = in_turns(acts.book, [(people[at::PROCESSES], each) for at in range(PROCESSES)], turns)
        servers = (ground.server_cpu_seconds() - before) * 1000 / len(people)
        first = 0.0
        for design in DESIGNS:
            mine = [number for number, turn in enumerate(turns) if turn.design == design]
            times = [second for number in mine for own, _ in done[number] for second in own]
            rate = len(times) / sum(seconds[number] for number in mine)
            first = first or rate
            cpu = sum(used for number in mine for _, used in done[number]) * 1000 / len(times)
            beside = f"{rate / first:.2f} of FOR UPDATE; {cpu:.1f} ms ours"
            yield Row(f"the command, {name}: {design}", _words(times, rate), beside)
        yield Row("  PostgreSQL for each, all designs", f"{servers:.1f} ms")


def _wanted(hall: Served, ids: Sequence[int], cookies: Sequence[str], slots: Sequence[int], **headers: str) -> list[bytes]:
    item = Slot.objects.values_list("subject", flat=True).get(pk=slots[0])[5:]
    return [
        posted(
            hall.address, DOOR, json.dumps({"slot_id": slots[place % len(slots)], "item": item}).encode(),
            {"Cookie": cookie, "X-CSRFToken": TOKEN, "Idempotency-Key": f"bench-{account_id}", **headers},
        )
        for place, (account_id, cookie) in enumerate(zip(ids, cookies, strict=True))
    ]  # fmt: skip


def _over_http(ground: Ground, hall: Served, each: int, slots: Sequence[int]) -> Iterator[Row]:
    for name, part in PLACES:
        people = _people(ground.query, each * PROCESSES)
        requests = _wanted(hall, people, [cookie_of(account_id) for account_id in people], slots[part])
        workers = hall.web_processes()
        used, servers = cpu_seconds(workers), ground.server_cpu_seconds()
        times, statuses, seconds = volley(hall.address, requests, connections=PROCESSES)
        used, servers = cpu_seconds(workers) - used, ground.server_cpu_seconds() - servers
        rate, failures = len(times) / seconds, sum(status != 201 for status in statuses)
        goal = HTTP_GOAL if name == "one slot" else 0
        beside = f"{used * 1000 / len(times):.1f} ms ours + {servers * 1000 / len(times):.1f} ms PostgreSQL each"
        yield Row(
            f"over HTTP, {name}, {PROCESSES} clients", _words(times, rate), beside, f"≥ {goal}/s" if goal else "",
            rate >= goal if goal else None,
        )  # fmt: skip
        alone = (os.cpu_count() or 1) * len(times) / (used + servers)
        yield Row("  on all processors, had it them alone", f"{alone:,.0f}/s")
        yield Row("  answers other than a booking", str(failures), "", "0", failures == 0)


def _a_crowd(ground: Ground, hall: Served, people: int, slot: int) -> Iterator[Row]:
    """So many people who are signed in and ask for one slot at one moment, each over a connection of their own."""
    ids = _people(ground.query, people)
    requests = _wanted(hall, ids, [cookie_of(account_id) for account_id in ids], [slot], Connection="close")
    workers = hall.web_processes()
    used, servers, mine = cpu_seconds(workers), ground.server_cpu_seconds(), time.process_time()
    times, statuses, took = volley(hall.address, requests, connections=people)
    used, servers, mine = cpu_seconds(workers) - used, ground.server_cpu_seconds() - servers, time.process_time() - mine
    p95 = percentile(times, 0.95)
    words = f"{_words(times, people / took)}, all within {took:.1f} s"
    beside = f"{used:.1f} s ours + {servers:.1f} s PostgreSQL + {mine:.1f} s client"
    yield Row(f"{people:,} people at one moment, {SEATS} seats", words, beside, "p95 < 1 s", p95 < 1)
    won, others = statuses.count(201), sum(status not in {201, 409} for status in statuses)
    yield Row("  booked / told otherwise than full", f"{won} / {others}", "", f"{SEATS} / 0", won == SEATS and not others)
