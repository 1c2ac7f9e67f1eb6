"""The day in the hall: check in, call, serve, walk in, miss; and what happens by itself (domain §7.1)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hall.services.appointments import commands, counter, counter_queries, jobs, rules, scheduling, usage
from hall.services.appointments.models import Appointment, Slot
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rows import Used
from hall.services.appointments.rules import State
from hall.services.appointments.scheduling import close_slot
from hall.services.appointments.shares import Priority
from hall.services.notices.queries import notices_of
from hall.support.access.actors import NotAllowed, Role
from hall.support.identity import queries as identity
from hall.support.jobs.queue import run_due_now
from tests.make.appointments import book, make_slot, other_slot, taken, visitor
from tests.make.people import NOW, staff_actor
from tests.make.regions import LIXIA

pytestmark = pytest.mark.django_db


def _state(code: str) -> str:
    return Appointment.objects.get(code=code).state


def _come(slot: Slot, *, minutes: int = 0, **more: object) -> str:
    booking = book(visitor(), slot, **more)  # type: ignore[arg-type]
    counter.check_in(actor=staff_actor(Role.CLERK), code=booking.code, now=slot.starts_at + timedelta(minutes=minutes))
    return booking.code


def test_checking_in_gives_a_number_of_hall_and_day_once() -> None:
    slot, clerk = make_slot(seats=3), staff_actor(Role.CLERK)
    codes = [book(visitor(), slot).code for _ in range(2)]
    first = counter.check_in(actor=clerk, code=codes[1], now=slot.starts_at)
    again = counter.check_in(actor=clerk, code=codes[1], now=slot.starts_at + timedelta(hours=2))
    second = counter.check_in(actor=clerk, code=codes[0], now=slot.starts_at)
    assert (first.ticket, again.ticket, again.is_new, second.ticket) == ("A001", "A001", False, "A002")


def test_one_checks_in_from_half_an_hour_before_to_a_quarter_after() -> None:
    slot, clerk = make_slot(seats=9), staff_actor(Role.CLERK)
    code = book(visitor(), slot).code
    with pytest.raises(rules.TooEarly, match="11 月 24 日 08:30 起可以签到"):
        counter.check_in(actor=clerk, code=code, now=slot.starts_at - timedelta(minutes=31))
    with pytest.raises(rules.TooLate):
        counter.check_in(actor=clerk, code=code, now=slot.starts_at + timedelta(minutes=15, seconds=1))
    counter.check_in(actor=clerk, code=code, now=slot.starts_at - timedelta(minutes=30))


def test_another_department_and_the_administrator_see_and_do_nothing() -> None:
    slot = make_slot()
    zhang = visitor()
    code = book(zhang, slot).code
    stranger = staff_actor(Role.CLERK, department_code="SD21")
    for deed in (counter.check_in, counter.serve, counter.mark_no_show):
        with pytest.raises(rules.AppointmentMissing):
            deed(actor=stranger, code=code, now=slot.starts_at)
        with pytest.raises(NotAllowed):
            deed(actor=staff_actor(Role.SYS_ADMIN), code=code, now=slot.starts_at)
        with pytest.raises(NotAllowed):
            deed(actor=zhang, code=code, now=slot.starts_at)
    with pytest.raises(rules.SlotMissing):
        _walk_in(slot, actor=stranger)
    assert counter_queries.visits(stranger, venue_code=LIXIA, day=slot.day) == []
    assert counter_queries.visit(stranger, code) is None
    assert counter_queries.venues_on(stranger, slot.day) == []
    with pytest.raises(NotAllowed):
        counter_queries.visits(staff_actor(Role.SYS_ADMIN), venue_code=LIXIA, day=slot.day)
    assert counter_queries.day_figures(stranger, venue_code=LIXIA, day=slot.day).quota == 0


def test_who_waits_longest_is_called_and_a_second_press_calls_the_same() -> None:
    slot, clerk = make_slot(seats=9), staff_actor(Role.CLERK)
    first, second, veteran = _come(slot), _come(slot, minutes=1), _come(slot, minutes=2, priority=Priority.VETERAN)
    now, values = slot.starts_at, {"actor": clerk, "venue_code": LIXIA, "now": slot.starts_at}
    assert counter.call_next(counter="1 号窗口", **values).code == veteran
    again = counter.call_next(counter="1 号窗口", **values)
    assert (again.code, again.is_new) == (veteran, False)
    assert counter.call_next(counter="2 号窗口", **values).code == first
    counter.serve(actor=clerk, code=veteran, now=now)
    counter.serve(actor=clerk, code=veteran, now=now)
    assert counter.call_next(counter="1 号窗口", **values).code == second
    counter.mark_no_show(actor=clerk, code=second, now=now)
    with pytest.raises(rules.NobodyWaits):
        counter.call_next(counter="1 号窗口", **values)
    with pytest.raises(counter.BadCounter):
        counter.call_next(counter=" ", **values)
    assert (_state(veteran), _state(first), _state(second)) == (State.SERVED, State.CHECKED_IN, State.NO_SHOW)


def test_only_who_has_checked_in_is_served_and_only_who_is_called_can_miss_it() -> None:
    slot, clerk = make_slot(seats=9), staff_actor(Role.CLERK)
    booked = book(visitor(), slot).code
    with pytest.raises(rules.NotCheckedIn):
        counter.serve(actor=clerk, code=booked, now=slot.starts_at)
    with pytest.raises(rules.TooEarly):
        counter.mark_no_show(actor=clerk, code=booked, now=slot.starts_at + timedelta(minutes=15))
    with pytest.raises(rules.AlreadyEnded, match="请先叫号"):
        counter.mark_no_show(actor=clerk, code=_come(slot), now=slot.starts_at)
    counter.mark_no_show(actor=clerk, code=booked, now=slot.starts_at + timedelta(minutes=16))
    with pytest.raises(rules.AlreadyEnded):
        counter.check_in(actor=clerk, code=booked, now=slot.starts_at)


def _walk_in(slot: Slot, *, actor: object = None, key: str = "w", phone: str = "13812345678", now: object = None) -> counter.Ticket:
    return counter.walk_in(
        actor=actor or staff_actor(Role.CLERK),  # type: ignore[arg-type]
        slot_id=slot.pk,
        item_code=slot.subject[5:],
        name="孙大娘",
        phone=phone,
        request_key=key,
        now=now or slot.starts_at,  # type: ignore[arg-type]
    )


def test_people_who_walk_in_take_from_the_same_seats() -> None:
    slot, clerk = make_slot(seats=2, reserved={"wechat": 1}), staff_actor(Role.CLERK)
    first = _walk_in(slot, actor=clerk)
    again = _walk_in(slot, actor=clerk)
    assert (first.ticket, again.ticket, again.is_new, taken(slot)) == ("B001", "B001", False, 1)
    with pytest.raises(rules.SlotFull):
        _walk_in(slot, actor=clerk, key="other", phone="")
    with pytest.raises(rules.KeyReused):
        _walk_in(slot, actor=clerk, phone="13812345679")
    assert counter.call_next(actor=clerk, venue_code=LIXIA, counter="1", now=slot.starts_at).ticket == "B001"
    counter.serve(actor=clerk, code=first.code, now=slot.starts_at)


def test_walking_in_is_for_slots_of_today_that_are_not_over() -> None:
    slot = make_slot(seats=9)
    with pytest.raises(rules.NotYetOpen):
        _walk_in(slot, now=NOW)
    with pytest.raises(rules.SlotOver):
        _walk_in(slot, now=slot.ends_at)
    assert taken(slot) == 0
    rows = counter_queries.walk_in_slots(staff_actor(Role.CLERK), venue_code=LIXIA, now=slot.starts_at)
    assert [row.slot_id for row in rows] == [slot.pk, other_slot(slot).pk]


def test_the_list_of_the_day_is_masked_and_found_by_phone(django_assert_num_queries: object) -> None:
    slot, zhang, clerk = make_slot(seats=3), visitor(), staff_actor(Role.CLERK)
    assert zhang.account_id is not None
    code = book(zhang, slot).code
    phone = identity.profile(zhang.account_id).phone
    with django_assert_num_queries(1):  # type: ignore[operator]
        rows = counter_queries.visits(clerk, venue_code=LIXIA, day=slot.day)
    assert [(row.code, row.visitor, row.phone) for row in rows] == [(code, "张*", f"{phone[:3]}****{phone[-4:]}")]
    assert [row.code for row in counter_queries.visits_by_phone(clerk, phone=phone, day=slot.day)] == [code]
    assert counter_queries.visits_by_phone(clerk, phone="电话", day=slot.day) == []
    assert counter_queries.visits_by_phone(clerk, phone=phone, day=date(2026, 11, 30)) == []
    sealed = Appointment.objects.get(code=code).visitor_sealed
    assert phone.encode() not in bytes(sealed) and "张三".encode() not in bytes(sealed)


def test_the_hall_cancels_a_slot_and_tells_everybody_why() -> None:
    slot, zhang, leader = make_slot(seats=3), visitor(), staff_actor(Role.LEADER)
    assert zhang.account_id is not None
    book(zhang, slot)
    other = book(visitor(), slot).code
    counter.cancel_for_hall(actor=staff_actor(Role.CLERK), code=other, reason="经办人员请假", now=NOW)
    with pytest.raises(rules.ReasonNeeded):
        counter.cancel_slot(actor=leader, slot_id=slot.pk, reason=" ", now=NOW)
    assert counter.cancel_slot(actor=leader, slot_id=slot.pk, reason="大厅停电", now=NOW) == 1
    assert counter.cancel_slot(actor=leader, slot_id=slot.pk, reason="大厅停电", now=NOW) == 0
    assert taken(slot) == 0
    run_due_now()
    assert "由大厅取消：大厅停电。这次取消不计入" in notices_of(zhang.account_id)[0].body
    with pytest.raises(rules.SlotClosed):
        book(visitor(), slot)


def test_figures_count_what_became_of_the_day() -> None:
    slot, leader = make_slot(seats=4), staff_actor(Role.LEADER)
    counter.serve(actor=leader, code=_come(slot), now=slot.starts_at)
    _come(slot)
    zhang = visitor()
    commands.cancel_appointment(actor=zhang, code=book(zhang, slot).code, now=NOW)
    missed = book(visitor(), slot).code
    counter.mark_no_show(actor=leader, code=missed, now=slot.ends_at)
    figures = counter_queries.day_figures(leader, venue_code=LIXIA, day=slot.day)
    assert (figures.quota, figures.taken, figures.used_percent) == (8, 3, 38)
    assert (figures.served, figures.waiting, figures.missed, figures.cancelled, figures.booked) == (1, 1, 1, 1, 0)
    that_day, whole = {"from_day": slot.day, "to_day": slot.day}, Used(8, 3, served=1, missed=1, cancelled=1)
    assert usage.by_day(leader, **that_day) == {slot.day: whole}
    assert usage.by_hour(leader, **that_day) == {(2, 9): Used(4, 3), (2, 10): Used(4, 0)}
    assert [row.used for row in usage.by_schedule(leader, **that_day)] == [whole]
    close_slot(actor=leader, slot_id=slot.pk, reason="停电", now=NOW)
    assert usage.by_day(staff_actor(Role.SUPERVISOR), **that_day)[slot.day].quota == 7, "a closed slot offers what was taken of it"
    assert usage.by_day(staff_actor(Role.SUPERVISOR), department_code="SD21", **that_day) == {}
    stranger = staff_actor(Role.LEADER, department_code="SD21")
    assert (usage.by_day(stranger, **that_day), usage.by_schedule(stranger, **that_day)) == ({}, [])
    with pytest.raises(NotAllowed):
        usage.by_hour(visitor(), **that_day)


def test_who_does_not_come_in_time_has_missed_it_and_yesterdays_numbers_expire() -> None:
    slot = make_slot(seats=9)
    missed, came = book(visitor(), slot).code, _come(slot)
    assert jobs.end_missed(now=slot.starts_at + timedelta(minutes=15)) == 0
    assert [jobs.end_missed(now=slot.starts_at + timedelta(minutes=16)) for _ in range(2)] == [1, 0]
    assert jobs.end_unserved(now=slot.ends_at) == 0
    assert [jobs.end_unserved(now=slot.starts_at + timedelta(days=1)) for _ in range(2)] == [1, 0]
    assert (_state(missed), _state(came), taken(slot)) == (State.NO_SHOW, State.EXPIRED, 2)


def test_reminders_go_out_once_at_each_time_and_never_for_what_was_cancelled() -> None:
    slot, zhang, li = make_slot(seats=9), visitor(), visitor()
    assert zhang.account_id is not None and li.account_id is not None
    early = slot.starts_at - timedelta(days=2)
    slot_opened = max(early, slot.opens_at)
    book(zhang, slot, now=slot_opened)
    cancelled = book(li, slot, now=slot_opened)
    commands.cancel_appointment(actor=li, code=cancelled.code, now=slot_opened)
    assert jobs.remind(now=slot.starts_at - timedelta(hours=25)) == 0
    day_before, two_hours = slot.starts_at - timedelta(hours=24), slot.starts_at - timedelta(hours=2)
    assert [jobs.remind(now=day_before) for _ in range(2)] == [1, 0]
    assert [jobs.remind(now=two_hours) for _ in range(2)] == [1, 0]
    assert jobs.remind(now=slot.starts_at) == 0
    assert [notice.title for notice in notices_of(zhang.account_id)] == ["预约提醒：社会保障卡申领"] * 2
    assert notices_of(li.account_id) == []


def test_who_books_late_gets_only_the_reminders_still_ahead_and_a_late_job_sends_the_nearest() -> None:
    slot, zhang, li = make_slot(seats=9), visitor(), visitor()
    assert zhang.account_id is not None and li.account_id is not None
    book(zhang, slot, now=slot.starts_at - timedelta(hours=3))
    assert jobs.remind(now=slot.starts_at - timedelta(hours=3)) == 0
    assert jobs.remind(now=slot.starts_at - timedelta(hours=2)) == 1
    book(li, slot, now=slot.opens_at)
    assert jobs.remind(now=slot.starts_at - timedelta(hours=1)) == 1, "the worker was away: one reminder, not two"
    scheduling.set_policy(actor=staff_actor(Role.SYS_ADMIN), policy=replace(PolicyRow(), remind_minutes=(), tell_booked=False), now=NOW)
    wang = visitor()
    assert wang.account_id is not None
    book(wang, slot)
    run_due_now()
    assert jobs.remind(now=slot.starts_at - timedelta(minutes=30)) == 0
    assert notices_of(wang.account_id) == []
