"""Visits booked: one hot slot and many, at the database beside SELECT … FOR UPDATE, by the command, and over HTTP with a crowd"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import time as clock
from datetime import timedelta

from django.utils import timezone

from bench import acts
from bench.crowd import crowd
from bench.ground import Ground
from bench.load import Client, together
from bench.people import TOKEN, cookie_of, register
from bench.served import Served, cpu_seconds
from bench.table import Row, latency, percentile
from hall.presentation.commandline.demo.people import PASSWORD
from hall.services.appointments import scheduling
from hall.services.appointments.models import Slot
from hall.services.appointments.patterns import Pattern, Window
from hall.services.appointments.scheduling import ScheduleForm
from hall.services.catalogue.models import Item
from hall.support.access.actors import Actor, Role, system_actor
from hall.support.identity import commands as identity
from hall.support.identity import queries

PROCESSES, HOT_GOAL, HTTP_GOAL, WAITING, SEATS = 8, 1000, 150, 1000, 50


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """The database alone, the command, the whole way; and afterwards that every seat has one owner."""
    each = 30 if is_quick else 120
    admin, item = _admin(), _item()
    yield from _at_the_database(each * PROCESSES, each, _slots(admin, item, 4))
    yield from _by_command(ground, each, _slots(admin, item, 9))
    with ground.served() as hall:
        yield from _over_http(ground, hall, each, _slots(admin, item, 9))
        yield from _a_crowd(ground, hall, WAITING // 5 if is_quick else WAITING, _slots(admin, item, 1, seats=SEATS)[0])
    ((wrong,),) = ground.query(
        "SELECT count(*) FROM appointments_slot_share s WHERE taken <> (SELECT count(*) FROM appointments_appointment a"
        " WHERE a.slot_id = s.slot_id AND a.share = s.share)"
    )
    yield Row("slots whose count is not their bookings", str(wrong), "", "0", wrong == 0)


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


def _at_the_database(total: int, each: int, slots: Sequence[int]) -> Iterator[Row]:
    rates: dict[str, float] = {}
    for place, design in enumerate(("lock first", "conditional update last")):
        done, seconds = crowd(acts.take_seats, [(slots[place], client, each, design == "lock first") for client in range(PROCESSES)])
        rates[design] = total / seconds
        times = [second for own in done for second in own]
        beside = "" if place == 0 else f"{rates[design] / rates['lock first']:.2f} of lock first"
        goal = f"≥ {HOT_GOAL}/s" if place else ""
        figure = f"{rates[design]:,.0f}/s, {latency(times)}, p99 {percentile(times, 0.99) * 1000:.0f}"
        yield Row(f"one slot, {PROCESSES} clients: {design}", figure, beside, goal, rates[design] >= HOT_GOAL if place else None)


def _by_command(ground: Ground, each: int, slots: Sequence[int]) -> Iterator[Row]:
    people, hot = _people(ground.query, 2 * each * PROCESSES), 0.0
    for name, own in (("one slot", slots[:1]), ("8 slots", slots[1:])):
        shares = [people.pop() for _ in range(each * PROCESSES)]
        done, seconds = crowd(acts.book, [(shares[at::PROCESSES], own[at % len(own)]) for at in range(PROCESSES)])
        rate = each * PROCESSES / seconds
        beside = f"{rate / hot:.2f} of one slot" if hot else ""
        hot = hot or rate
        times = [second for times, _ in done for second in times]
        cpu = sum(used for _, used in done) * 1000 / len(times)
        yield Row(f"the command, {PROCESSES} processes, {name}", f"{rate:,.0f}/s, {latency(times)}, {cpu:.1f} ms CPU", beside)


def _over_http(ground: Ground, hall: Served, each: int, slots: Sequence[int]) -> Iterator[Row]:
    item = Slot.objects.values_list("subject", flat=True).get(pk=slots[0])[5:]
    for name, own, goal in (("one slot", slots[:1], HTTP_GOAL), ("8 slots", slots[1:], 0)):
        people = _people(ground.query, each * PROCESSES)
        cookies = {account_id: cookie_of(account_id) for account_id in people}
        shares = [people[at::PROCESSES] for at in range(PROCESSES)]

        def make(
            number: int, shares: list[list[int]] = shares, own: Sequence[int] = own, cookies: dict[int, str] = cookies
        ) -> Callable[[], bool]:
            left, client = iter(shares[number]), Client(hall.address, token=TOKEN)

            def call() -> bool:
                account_id = next(left, None)
                if account_id is None:
                    raise StopIteration
                client.be(cookies[account_id])
                body = {"slot_id": own[number % len(own)], "item": item}
                return client.post_json("/api/v1/appointments", body, key=f"bench-{account_id}")[0] == 201

            return call

        workers = hall.web_processes()
        used, servers = cpu_seconds(workers), ground.server_cpu_seconds()
        times, failures, seconds = together(PROCESSES, None, make)
        used, servers = cpu_seconds(workers) - used, ground.server_cpu_seconds() - servers
        rate = len(times) / seconds
        beside = f"{used * 1000 / len(times):.1f} ms ours + {servers * 1000 / len(times):.1f} ms PostgreSQL each"
        words = f"{rate:,.0f}/s, {latency(times)}, p99 {percentile(times, 0.99) * 1000:.0f}"
        yield Row(f"over HTTP, {PROCESSES} clients, {name}", words, beside, f"≥ {goal}/s" if goal else "", rate >= goal if goal else None)
        alone = (os.cpu_count() or 1) * 1000 / ((used + servers) * 1000 / len(times))
        yield Row("  on all processors, had it them alone", f"{alone:,.0f}/s")
        yield Row("  answers other than a booking", str(failures), "", "0", failures == 0)


def _a_crowd(ground: Ground, hall: Served, people: int, slot: int) -> Iterator[Row]:
    item = Slot.objects.values_list("subject", flat=True).get(pk=slot)[5:]
    ids = _people(ground.query, people)
    cookies = [cookie_of(account_id) for account_id in ids]
    told: list[tuple[int, float]] = [(0, 0.0)] * people
    barrier = threading.Barrier(people + 1)

    def one(place: int) -> None:
        client = Client(hall.address, cookie=cookies[place], token=TOKEN)
        barrier.wait()
        began = time.perf_counter()
        status, _ = client.post_json("/api/v1/appointments", {"slot_id": slot, "item": item}, key=f"crowd-{ids[place]}")
        told[place] = (status, time.perf_counter() - began)

    threads = [threading.Thread(target=one, args=(place,)) for place in range(people)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    times, won = [seconds for _, seconds in told], sum(status == 201 for status, _ in told)
    p95 = percentile(times, 0.95)
    yield Row(f"{people:,} people at one moment, {SEATS} seats", f"{latency(times)}, all within {took:.1f} s", "", "p95 < 1 s", p95 < 1)
    others = people - won - sum(status == 409 for status, _ in told)
    yield Row("  booked / told otherwise than full", f"{won} / {others}", "", f"{SEATS} / 0", won == SEATS and not others)
