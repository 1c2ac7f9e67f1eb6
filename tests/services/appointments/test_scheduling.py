"""Schedules and their slots: made ahead, again and again alike, and never at the cost of what is booked (§5.3.1)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, time, timedelta

import pytest
from django.utils import timezone

from hall.services.appointments import counter, counter_queries, jobs, queries, rules, scheduling
from hall.services.appointments.models import Appointment, Schedule, Slot
from hall.services.appointments.patterns import BadSchedule, SchedulesOverlap, Window
from hall.services.appointments.policy import BadPolicy, PolicyRow
from hall.services.appointments.scheduling import ScheduleChanged, ScheduleMissing
from hall.services.appointments.shares import BadQuota
from hall.support.access.actors import NotAllowed, Role
from hall.support.workdays import commands as workdays
from hall.support.workdays import queries as calendars
from hall.support.workdays.rows import HolidayRow
from tests.make.appointments import (
    TUESDAY,
    book,
    make_bookable_item,
    make_form,
    make_schedule,
    make_slot,
    revision_of,
    taken,
    visitor,
    weekdays,
)
from tests.make.people import NOW, staff_actor
from tests.make.regions import SHIZHONG, make_regions

pytestmark = pytest.mark.django_db
LEADER = Role.LEADER


@pytest.fixture(autouse=True)
def _no_holidays_of_other_tests() -> Iterator[None]:
    calendars.forget_calendar()
    yield
    calendars.forget_calendar()


def _slots(schedule_id: int) -> list[Slot]:
    return list(Slot.objects.filter(schedule_id=schedule_id).order_by("starts_at"))


def _days(schedule_id: int) -> set[date]:
    return {slot.day for slot in _slots(schedule_id) if not slot.is_closed}


def test_slots_stand_for_the_open_days_and_the_next_one_and_the_job_adds_only_what_is_new() -> None:
    made = make_schedule(make_bookable_item(), horizon_days=7)
    assert _days(made.schedule_id) == {date(2026, 11, day) for day in (23, 24, 25, 26, 27, 30)} | {date(2026, 12, 1)}
    assert len(_slots(made.schedule_id)) == made.made.added == 13, "of today's two slots the one at nine has begun"
    before = [slot.pk for slot in _slots(made.schedule_id)]
    assert jobs.make_slots(now=NOW) == 0
    assert jobs.make_slots(now=NOW + timedelta(days=1)) == 2
    assert [slot.pk for slot in _slots(made.schedule_id)][: len(before)] == before
    opens = {timezone.localtime(slot.opens_at).strftime("%d %H:%M") for slot in _slots(made.schedule_id) if slot.day == TUESDAY}
    assert opens == {"17 08:00"}


def test_holidays_close_and_weekends_worked_instead_follow_the_week() -> None:
    rows = [HolidayRow(date(2026, 11, 25), "off", "节"), HolidayRow(date(2026, 11, 28), "work", "调休")]
    workdays.load_holidays(rows)
    made = make_schedule(make_bookable_item(), horizon_days=5)
    assert _days(made.schedule_id) == {date(2026, 11, day) for day in (23, 24, 26, 27, 28)}
    on_holidays = make_schedule(make_bookable_item(), horizon_days=5, on_holidays=True)
    assert date(2026, 11, 25) in _days(on_holidays.schedule_id)


def test_a_holiday_announced_later_closes_what_nobody_booked_and_keeps_the_rest() -> None:
    slot = make_slot(seats=2)
    booking = book(visitor(), slot)
    workdays.load_holidays([HolidayRow(slot.day, "off", "节")])
    jobs.make_slots(now=NOW)
    slots = [one for one in _slots(slot.schedule_id) if one.day == slot.day]
    assert all(one.is_closed for one in slots)
    assert Appointment.objects.get(code=booking.code).state == rules.State.BOOKED
    with pytest.raises(rules.SlotClosed):
        book(visitor(), slot)


def test_a_special_day_has_its_own_hours_or_none() -> None:
    item, leader = make_bookable_item(), staff_actor(LEADER)
    made = make_schedule(item, actor=leader)
    closed = scheduling.set_special_day(
        actor=leader, schedule_id=made.schedule_id, revision=made.revision, day=TUESDAY, reason="设备检修", now=NOW
    )
    assert TUESDAY not in _days(made.schedule_id) and closed.made.closed == 2
    saturday = date(2026, 11, 28)
    hours = (Window(time(14), time(16), 5),)
    opened = scheduling.set_special_day(
        actor=leader, schedule_id=made.schedule_id, revision=closed.revision, day=saturday, windows=hours, reason="周末延时", now=NOW
    )
    assert [timezone.localtime(s.starts_at).hour for s in _slots(made.schedule_id) if s.day == saturday] == [14, 15]
    file = counter_queries.schedule(leader, made.schedule_id)
    assert file is not None and [(row.day, row.reason) for row in file.special_days] == [(TUESDAY, "设备检修"), (saturday, "周末延时")]
    again = scheduling.remove_special_day(actor=leader, schedule_id=made.schedule_id, revision=opened.revision, day=TUESDAY, now=NOW)
    assert TUESDAY in _days(made.schedule_id) and again.made.changed == 2


def test_fewer_seats_than_booked_are_refused_and_nothing_changes() -> None:
    item, leader = make_bookable_item(), staff_actor(LEADER)
    made = make_schedule(item, actor=leader, windows=weekdays(quota=3))
    slot = next(slot for slot in _slots(made.schedule_id) if slot.day == TUESDAY)
    for _ in range(2):
        book(visitor(), slot)
    form = make_form(item, windows=weekdays(quota=1))
    with pytest.raises(BadQuota, match="11 月 24 日 09:00 已约 2 个（不分渠道），名额不能少于 2 个。"):
        scheduling.change_schedule(actor=leader, schedule_id=made.schedule_id, revision=made.revision, form=form, now=NOW)
    assert revision_of(leader, made.schedule_id) == made.revision
    rows = counter_queries.schedule_slots(leader, made.schedule_id, from_day=TUESDAY, to_day=TUESDAY)
    assert [(row.quota, row.taken) for row in rows] == [(3, 2), (3, 0)]
    fit = make_form(item, windows=weekdays(quota=2))
    scheduling.change_schedule(actor=leader, schedule_id=made.schedule_id, revision=made.revision, form=fit, now=NOW)
    with pytest.raises(rules.SlotFull):
        book(visitor(), slot)


def test_new_hours_leave_booked_slots_as_they_are_and_do_not_cross_them() -> None:
    item, leader = make_bookable_item(), staff_actor(LEADER)
    made = make_schedule(item, actor=leader)
    nine = next(slot for slot in _slots(made.schedule_id) if slot.day == TUESDAY)
    booking = book(visitor(), nine)
    form = make_form(item, windows=weekdays(starts=time(9, 30), ends=time(11)), slot_minutes=30)
    changed = scheduling.change_schedule(actor=leader, schedule_id=made.schedule_id, revision=made.revision, form=form, now=NOW)
    assert changed.made.kept == 1
    times = [
        (f"{timezone.localtime(s.starts_at):%H:%M}", f"{timezone.localtime(s.ends_at):%H:%M}", s.is_closed, taken(s))
        for s in _slots(made.schedule_id)
        if s.day == TUESDAY
    ]
    # 9:30 would stand across the booked hour; 10:00 to 11:00 was nobody's and became half an hour.
    assert times == [("09:00", "10:00", True, 1), ("10:00", "10:30", False, 0), ("10:30", "11:00", False, 0)]
    assert Appointment.objects.get(code=booking.code).slot_id == nine.pk
    back = make_form(item)
    scheduling.change_schedule(actor=leader, schedule_id=made.schedule_id, revision=changed.revision, form=back, now=NOW)
    book(visitor(), nine)


def test_schedules_of_one_counter_never_cross() -> None:
    item, leader = make_bookable_item(), staff_actor(LEADER)
    make_schedule(item, actor=leader, counter="3 号窗口")
    other = make_bookable_item()
    with pytest.raises(SchedulesOverlap, match="周一 10:00-12:00 与同一窗口的排班“社保卡窗口”（周一 09:00-11:00）重叠"):
        make_schedule(other, actor=leader, counter="3 号窗口", windows=weekdays(starts=time(10), ends=time(12)))
    make_schedule(other, actor=leader, counter="3 号窗口", windows=weekdays(starts=time(11), ends=time(12)))
    make_schedule(other, actor=leader, counter="4 号窗口")
    make_schedule(other, actor=leader, counter="3 号窗口", venue_code=SHIZHONG)
    # The database holds the line too, where a rule of ours were missing.
    assert Schedule.objects.count() == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_until": date(2026, 11, 22)}, "valid_until"),
        ({"valid_from": date(2026, 12, 3), "valid_until": date(2026, 12, 2)}, "valid_until"),
        ({"slot_minutes": 0}, "slot_minutes"),
        ({"slot_minutes": 45}, "windows"),
        ({"horizon_days": 91}, "horizon_days"),
        ({"book_cutoff_minutes": -1}, "book_cutoff_minutes"),
        ({"horizon_days": 1, "book_cutoff_minutes": 3 * 1440}, "book_cutoff_minutes"),
        ({"release_at": time(8, tzinfo=UTC)}, "release_at"),
        ({"windows": (Window(time(9, tzinfo=UTC), time(11), 1, weekday=1),)}, "windows"),
        ({"windows": (Window(time(11), time(9), 1, weekday=1),)}, "windows"),
        ({"windows": (Window(time(9), time(11), 1, weekday=8),)}, "windows"),
        ({"windows": (Window(time(9), time(11), 1),)}, "windows"),
        ({"windows": (Window(time(9), time(11), 1, weekday=1), Window(time(10), time(12), 1, weekday=1))}, "windows"),
        ({"windows": (Window(time(9), time(11), 0, weekday=1),)}, "quota"),
        ({"windows": (Window(time(9), time(11), 2, weekday=1, reserved={"web": 3}),)}, "quota"),
        ({"windows": (Window(time(9), time(11), 2, weekday=1, reserved={"friends": 1}),)}, "quota"),
        ({"windows": (Window(time(9), time(11), 2, weekday=1, reserved={"web": -1}),)}, "quota"),
        ({"name": " "}, "name"),
        ({"auth_level": 0}, "auth_level"),
        ({"venue_code": "NOWHERE"}, "venue_code"),
        ({"code": "000000000000"}, "code"),
        ({"kind": "department", "code": "SD21"}, "code"),
        ({"kind": "street", "code": "SD02"}, "kind"),
        ({"is_drawn": True, "draw_hours": 0}, "draw_hours"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    item = make_bookable_item()
    with pytest.raises((BadSchedule, BadQuota, SchedulesOverlap)) as caught:
        make_schedule(item, **changes)
    assert caught.value.at_field == field and caught.value.shown.endswith("。")
    assert not Schedule.objects.exists() and not Slot.objects.exists()


def test_an_item_that_is_not_bookable_gets_no_schedule() -> None:
    with pytest.raises(rules.ItemNotBookable):
        make_schedule(make_bookable_item(bookable=False))


def test_only_the_departments_leader_and_the_administrator_write_schedules() -> None:
    item = make_bookable_item()
    for stranger in (staff_actor(LEADER, department_code="SD21"), staff_actor(Role.CLERK), visitor(), staff_actor(Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            make_schedule(item, actor=stranger)
    with pytest.raises(NotAllowed):
        make_schedule(make_bookable_item(themes=["P01"]), actor=staff_actor(LEADER), kind="theme", code="P01")
    made = make_schedule(item, actor=staff_actor(Role.SYS_ADMIN))
    stranger = staff_actor(LEADER, department_code="SD21")
    values = {"schedule_id": made.schedule_id, "revision": made.revision, "now": NOW}
    for write in (
        lambda: scheduling.change_schedule(actor=stranger, form=make_form(item), **values),
        lambda: scheduling.end_schedule(actor=stranger, **values),
        lambda: scheduling.set_special_day(actor=stranger, day=TUESDAY, reason="x", **values),
        lambda: scheduling.close_slot(actor=stranger, slot_id=_slots(made.schedule_id)[0].pk, reason="x", now=NOW),
        lambda: counter.cancel_slot(actor=stranger, slot_id=_slots(made.schedule_id)[0].pk, reason="x", now=NOW),
    ):
        with pytest.raises((ScheduleMissing, rules.SlotMissing)) as caught:
            write()
        assert caught.value.status == 404
    assert counter_queries.schedule(stranger, made.schedule_id) is None
    assert counter_queries.schedule_slots(stranger, made.schedule_id, from_day=TUESDAY, to_day=TUESDAY) == []


def test_an_old_page_does_not_write_over_a_newer_one_and_the_same_key_is_one_schedule() -> None:
    item, leader = make_bookable_item(), staff_actor(LEADER)
    make_regions()
    form = make_form(item)
    first, second = (scheduling.create_schedule(actor=leader, form=form, request_key="once", now=NOW) for _ in range(2))
    assert first.schedule_id == second.schedule_id and Schedule.objects.count() == 1
    values = {"actor": leader, "schedule_id": first.schedule_id, "revision": first.revision, "now": NOW}
    scheduling.change_schedule(form=replace(form, name="新名称"), **values)
    with pytest.raises(ScheduleChanged):
        scheduling.end_schedule(**values)
    with pytest.raises(BadSchedule):
        scheduling.change_schedule(
            **(values | {"revision": revision_of(leader, first.schedule_id)}), form=replace(form, venue_code=SHIZHONG)
        )


def test_a_closed_slot_takes_nobody_until_it_is_opened_again_and_the_job_leaves_it_closed() -> None:
    slot, leader = make_slot(seats=2), staff_actor(LEADER)
    book(visitor(), slot)
    scheduling.close_slot(actor=leader, slot_id=slot.pk, reason="停电", now=NOW)
    jobs.make_slots(now=NOW)
    with pytest.raises(rules.SlotClosed):
        book(visitor(), slot)
    assert queries.slots_on(item_code=slot.subject[5:], day=slot.day, now=NOW)[0].state == "closed"
    scheduling.reopen_slot(actor=leader, slot_id=slot.pk, now=NOW)
    book(visitor(), slot)


def test_an_ended_schedule_offers_nothing_and_keeps_what_is_booked() -> None:
    slot, leader = make_slot(seats=2), staff_actor(LEADER)
    booking = book(visitor(), slot)
    revision = revision_of(leader, slot.schedule_id)
    scheduling.end_schedule(actor=leader, schedule_id=slot.schedule_id, revision=revision, now=NOW)
    assert jobs.make_slots(now=NOW + timedelta(days=2)) == 0
    assert queries.places(item_code=slot.subject[5:], now=NOW) == []
    assert Appointment.objects.get(code=booking.code).state == rules.State.BOOKED


@pytest.mark.parametrize(
    "wrong", [{"max_open_per_person": 0}, {"hold_minutes": 1}, {"remind_minutes": (5,)}, {"remind_minutes": (60, 61, 62, 63, 64, 65)}]
)
def test_limits_are_the_administrators_and_within_reason(wrong: dict[str, object]) -> None:
    admin = staff_actor(Role.SYS_ADMIN)
    with pytest.raises(BadPolicy):
        scheduling.set_policy(actor=admin, policy=replace(PolicyRow(), **wrong), now=NOW)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        scheduling.set_policy(actor=staff_actor(LEADER), policy=PolicyRow(), now=NOW)
    scheduling.set_policy(actor=admin, policy=PolicyRow(max_open_per_person=1, remind_minutes=(60, 600)), now=NOW)
    assert queries.booking_policy() == PolicyRow(max_open_per_person=1, remind_minutes=(600, 60))
    slot, zhang = make_slot(), visitor()
    book(zhang, slot)
    with pytest.raises(rules.TooManyOpen):
        book(zhang, make_slot())
