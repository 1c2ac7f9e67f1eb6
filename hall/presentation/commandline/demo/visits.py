"""Visits of the demo world: four schedules, a day at the counter some days ago, what is booked for the next days, a line and a draw."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.utils import timezone

from hall.presentation.commandline.demo.people import HEALTH, Cast
from hall.services.appointments import commands, counter, drawing, jobs, queries, scheduling, waiting
from hall.services.appointments.patterns import Pattern, Window
from hall.services.appointments.rows import SlotRow
from hall.services.appointments.scheduling import ScheduleForm
from hall.services.appointments.shares import Channel, Priority
from hall.services.catalogue import bookable
from hall.support.access.actors import Actor, Role

CLINIC, PASSPORT, MARRIAGE = "370121002000", "370107001000", "370708002000"  # 医疗机构执业登记, 普通护照签发, 内地居民结婚登记
POLICE, CIVIL = "SD07", "SD08"
PROVINCE, JINAN, QINGDAO, LIXIA = "370000", "370100", "370200", "370102"
DAYS_BACK = 9
# How many walk in at the first hours of a past day, so that the charts of use show a morning fuller than an afternoon.
WALKED_IN = (2, 2, 1, 0, 1)


def book_visits(*, cast: Cast, now: datetime) -> int:
    """Everything about visits; how many bookings were made, 0 where the catalogue has none of the items."""
    if not all((item := bookable.bookable_item(code)) and item.is_bookable for code in (CLINIC, PASSPORT, MARRIAGE)):
        return 0
    began = now - timedelta(days=DAYS_BACK)
    _write_schedules(cast, began)
    done = _past_day(cast, began, now) + _walked_in(cast, began, now)
    jobs.make_slots(now=now)
    done += _coming_days(cast, now)
    _draw(cast, now)
    return done


def _write_schedules(cast: Cast, began: datetime) -> None:
    admin, leader = cast.staff["", Role.SYS_ADMIN], cast.staff[HEALTH, Role.LEADER]
    _schedule(leader, began, "医疗机构登记窗口", PROVINCE, "item", CLINIC, HEALTH, quota=3, reserved={"onsite": 1}, counter="12 号窗口")
    _schedule(admin, began, "出入境窗口", JINAN, "theme", "P18", POLICE, quota=4, reserved={"priority": 1, "wechat": 1}, counter="6 号窗口")
    _schedule(admin, began, "公安综合窗口", QINGDAO, "department", POLICE, POLICE, quota=6, reserved={"priority": 2})
    _schedule(admin, began, "结婚登记（节日）", LIXIA, "item", MARRIAGE, CIVIL, quota=2, reserved={}, is_drawn=True)


def _schedule(
    actor: Actor, began: datetime, name: str, venue: str, kind: str, code: str, department: str, *, quota: int, reserved: dict[str, int],
    counter: str = "", is_drawn: bool = False,
) -> None:  # fmt: skip
    hours = ((time(9), time(12)), (time(13), time(17)))
    windows = tuple(Window(start, end, quota, weekday=day, reserved=reserved) for day in range(1, 6) for start, end in hours)
    pattern = Pattern(timezone.localdate(began), None, 60, windows, release_at=time(8))
    form = ScheduleForm(name, venue, kind, code, department, pattern, counter=counter, is_drawn=is_drawn, draw_hours=48)
    scheduling.create_schedule(actor=actor, form=form, request_key=f"demo-{venue}-{code}", now=began)


def _past_day(cast: Cast, began: datetime, now: datetime) -> int:
    """A working day of the last week: one served, one who did not come, one who cancelled, one who walked in and was served."""
    slot = _slots(CLINIC, began + timedelta(days=1), began, lambda found: found.ends_at < now - timedelta(hours=1))
    if slot is None:
        return 0
    clerk = cast.staff[HEALTH, Role.CLERK]
    served = _book(cast.citizen, slot, CLINIC, began, priority=Priority.ELDERLY)
    missed = _book(cast.neighbours[0], slot, CLINIC, began)
    counter.check_in(actor=clerk, code=served, now=slot.starts_at - timedelta(minutes=8))
    came = counter.walk_in(
        actor=clerk, slot_id=slot.slot_id, item_code=CLINIC, name="田桂芳", phone="13700000009", request_key="demo-walk-in",
        now=slot.starts_at,
    )  # fmt: skip
    for code in (served, came.code):
        counter.call_next(actor=clerk, venue_code=PROVINCE, counter="12 号窗口", now=slot.starts_at + timedelta(minutes=2))
        counter.serve(actor=clerk, code=code, now=slot.starts_at + timedelta(minutes=20))
    counter.mark_no_show(actor=clerk, code=missed, now=slot.ends_at)
    return 3


def _walked_in(cast: Cast, began: datetime, now: datetime) -> int:
    """Who came without a booking on the working days since, one day in two a little fewer."""
    clerk, done = cast.staff[HEALTH, Role.CLERK], 0
    for ahead in range(2, DAYS_BACK):
        day = timezone.localdate(began + timedelta(days=ahead))
        found = queries.slots_on(item_code=CLINIC, day=day, now=began, channel=Channel.ONSITE)
        slots = [row for row in found if row.ends_at < now - timedelta(hours=1)]
        for slot, people in zip(slots, WALKED_IN[ahead % 2 :], strict=False):
            for number in range(min(people, slot.free)):
                key = f"demo-{slot.slot_id}-{number}"
                counter.walk_in(
                    actor=clerk, slot_id=slot.slot_id, item_code=CLINIC, name="田桂芳", phone="", request_key=key, now=slot.starts_at
                )
                came = counter.call_next(actor=clerk, venue_code=PROVINCE, counter="12 号窗口", now=slot.starts_at)
                counter.serve(actor=clerk, code=came.code, now=slot.ends_at)
                done += 1
    return done


def _coming_days(cast: Cast, now: datetime) -> int:
    soon, later = now + timedelta(days=1), now + timedelta(days=3)
    done = 0
    first = _slots(CLINIC, soon, now)
    if first is not None:
        _book(cast.company, first, CLINIC, now)
        given_up = _book(cast.neighbours[1], first, CLINIC, now)
        _book(cast.neighbours[0], first, CLINIC, now) if first.free > 2 else None
        # The slot is full by now, so somebody waits; the seat that is given up is held for him.
        waiting.join_waiting(actor=cast.neighbours[2], slot_id=first.slot_id, item_code=CLINIC, request_key="demo-wait", now=now)
        commands.cancel_appointment(actor=cast.neighbours[1], code=given_up, reason="临时有事", now=now)
        done += 2
    for person, item in ((cast.citizen, PASSPORT), (cast.neighbours[3], PASSPORT)):
        slot = _slots(item, later, now)
        other = _slots(item, slot.starts_at + timedelta(days=1), now) if slot else None
        if slot is None or other is None:
            continue
        code = _book(person, slot, item, now)
        done += 1
        if person is not cast.citizen:
            commands.change_appointment(actor=person, code=code, slot_id=other.slot_id, request_key=f"demo-change-{code}", now=now)
    return done


def _draw(cast: Cast, now: datetime) -> None:
    """Three for two seats, drawn two days before."""
    slot = _slots(MARRIAGE, now + timedelta(days=6), now, lambda found: found.state == "drawn")
    if slot is not None:
        for person in cast.neighbours[:3]:
            drawing.enter_draw(actor=person, slot_id=slot.slot_id, item_code=MARRIAGE, now=now)


def _slots(item: str, from_: datetime, now: datetime, fits: Callable[[SlotRow], bool] = lambda found: found.is_open) -> SlotRow | None:
    """The first slot of the item, from a day on, that fits as seen at `now`."""
    for ahead in range(8):
        day = timezone.localdate(from_ + timedelta(days=ahead))
        for row in queries.slots_on(item_code=item, day=day, now=now):
            if fits(row):
                return row
    return None


def _book(actor: Actor, slot: SlotRow, item: str, now: datetime, *, priority: Priority | None = None) -> str:
    key = f"demo-{slot.slot_id}-{item}"
    return commands.book_appointment(
        actor=actor, slot_id=slot.slot_id, item_code=item, request_key=key, channel=Channel.WEB, priority=priority, now=now
    ).code
