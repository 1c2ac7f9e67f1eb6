"""Borders of days and hours, whatever zone a clock is read in: Jinan's day counts, and no zone's summer time moves a visit (§5.3.1)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hall.services.appointments import counter, counter_queries, queries, rules
from hall.services.appointments.models import Appointment, Slot
from hall.support.access.actors import Role
from hall.support.workdays.rules import CHINA
from tests.make.appointments import TUESDAY, book, make_bookable_item, make_schedule, make_slot, other_slot, taken, visitor, weekdays
from tests.make.people import NOW, staff_actor
from tests.make.regions import LIXIA

pytestmark = pytest.mark.django_db
# Moscow keeps one time all year; New York and London change theirs; Chatham is off by a quarter of an hour.
ZONES = [UTC, *map(ZoneInfo, ("Asia/Shanghai", "America/New_York", "Europe/London", "Europe/Moscow", "Pacific/Chatham"))]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_slot_opens_and_ends_at_one_moment_in_every_zone(zone: ZoneInfo) -> None:
    slot = make_slot(seats=9)
    with pytest.raises(rules.NotYetOpen, match="11 月 10 日 08:00"):
        book(visitor(), slot, now=(slot.opens_at - timedelta(seconds=1)).astimezone(zone))
    book(visitor(), slot, now=slot.opens_at.astimezone(zone))
    with pytest.raises(rules.SlotOver):
        book(visitor(), slot, now=slot.book_until.astimezone(zone))
    (row,) = [row for row in queries.slots_on(item_code=slot.subject[5:], day=TUESDAY, now=NOW.astimezone(zone)) if row.slot_id == slot.pk]
    assert (row.day, row.starts_at) == (TUESDAY, datetime(2026, 11, 24, 9, tzinfo=CHINA)) and taken(slot) == 1


def test_the_hour_that_new_york_has_twice_is_two_hours_here() -> None:
    new_york = ZoneInfo("America/New_York")
    now = datetime(2026, 10, 31, 9, tzinfo=CHINA)
    twice = weekdays(starts=time(13), ends=time(15), quota=9)
    slot = Slot.objects.filter(
        schedule_id=make_schedule(make_bookable_item(), now=now, windows=twice, valid_from=now.date(), book_cutoff_minutes=0).schedule_id
    ).earliest("starts_at")
    # Monday, 2 November, 13:00 and 14:00 in Jinan. A day earlier the clocks of New York went back from 2:00 to 1:00.
    first, second = (datetime(2026, 11, 1, 1, 30, fold=fold, tzinfo=new_york) for fold in (0, 1))
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    Slot.objects.filter(pk=slot.pk).update(opens_at=datetime(2026, 11, 1, 14, tzinfo=CHINA))
    with pytest.raises(rules.NotYetOpen):
        book(visitor(), slot, now=first)
    book(visitor(), slot, now=second)


def test_the_day_of_a_visit_is_jinans_day_at_both_its_ends() -> None:
    late = weekdays(starts=time(0), ends=time(1), quota=5) + weekdays(starts=time(22), ends=time(23), quota=5)
    made = make_schedule(make_bookable_item(), windows=late, on_holidays=True)
    slots = list(Slot.objects.filter(schedule_id=made.schedule_id, day=TUESDAY).order_by("starts_at"))
    assert [slot.starts_at.astimezone(UTC).date() for slot in slots] == [date(2026, 11, 23), TUESDAY]
    assert [row.slot_id for row in queries.slots_on(item_code=slots[0].subject[5:], day=TUESDAY, now=NOW)] == [slot.pk for slot in slots]
    code = book(visitor(), slots[0], now=NOW).code
    assert Appointment.objects.get(code=code).day == TUESDAY
    clerk = staff_actor(Role.CLERK, department_code=slots[0].department_code)
    # Half past midnight in Jinan is still Monday in UTC: the counter's day is Tuesday.
    assert counter.check_in(actor=clerk, code=code, now=datetime(2026, 11, 23, 16, 5, tzinfo=UTC)).ticket == "A001"
    assert [row.code for row in counter_queries.waiting(clerk, venue_code=LIXIA, day=timezone.localdate(slots[0].starts_at))] == [code]


def test_visits_before_and_after_midnight_count_for_two_days() -> None:
    first, second, third = (make_slot(seats=9) for _ in range(3))
    zhang = visitor()
    for slot, hour in ((first, 15), (second, 17)):  # 23:00 on Tuesday and 1:00 on Wednesday in Jinan, one day in UTC
        starts_at = datetime(2026, 11, 24, hour, tzinfo=UTC)
        moved = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1), "day": timezone.localdate(starts_at)}
        Slot.objects.filter(pk=slot.pk).update(**moved)
        book(zhang, slot)
    days = Appointment.objects.filter(account_id=zhang.account_id).order_by("day").values_list("day", flat=True)
    assert list(days) == [TUESDAY, TUESDAY + timedelta(days=1)]
    with pytest.raises(rules.TooManyOpen):
        book(zhang, third)


def test_the_database_lets_a_desk_serve_one_slot_at_a_time_however_the_moment_is_written() -> None:
    slot = make_slot(seats=1)
    apart = other_slot(slot)
    half_past = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 9:30 in Jinan, within the first hour
    with pytest.raises(IntegrityError, match="slot_desk_serves_one"), transaction.atomic():
        Slot.objects.filter(pk=apart.pk).update(starts_at=half_past, ends_at=half_past + timedelta(hours=1), book_until=half_past)
