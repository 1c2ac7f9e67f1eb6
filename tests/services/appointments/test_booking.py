"""Booking, changing, cancelling: who gets a seat, who hears no and why, and that asking twice is harmless (§5.3.1, domain §7.1)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hall.services.appointments import commands, queries, rules
from hall.services.appointments.models import Appointment, Slot, Standing
from hall.services.appointments.shares import Channel, Priority
from hall.services.notices.queries import notices_of
from hall.support.access.actors import Actor, NotAllowed, Role, SignInNeeded
from hall.support.jobs.queue import run_due_now
from hall.support.refusals import Refusal
from tests.make.appointments import book, make_bookable_item, make_schedule, make_slot, other_slot, taken, visitor
from tests.make.cases import make_case
from tests.make.people import NOW, actor_for, enterprise_actor, make_citizen, make_id_number, staff_actor
from tests.make.regions import LIXIA

pytestmark = pytest.mark.django_db


def _refused(refusal: type[Refusal], actor: Actor, slot: Slot, **more: object) -> None:
    before = (Appointment.objects.count(), taken(slot))
    with pytest.raises(refusal):
        book(actor, slot, **more)  # type: ignore[arg-type]
    assert (Appointment.objects.count(), taken(slot)) == before, "a refusal changes nothing"


def test_the_last_seat_goes_to_one_person() -> None:
    slot = make_slot(seats=1)
    book(visitor(), slot)
    _refused(rules.SlotFull, visitor(), slot)
    assert taken(slot) == 1


def test_the_same_request_gets_the_same_booking_even_when_the_slot_is_full_or_over() -> None:
    slot, zhang = make_slot(seats=1), visitor()
    first = book(zhang, slot, key="once")
    again = book(zhang, slot, key="once", now=slot.starts_at)
    assert (again.code, again.is_new, taken(slot)) == (first.code, False, 1)


def test_another_wish_under_the_same_key_is_refused() -> None:
    slot, zhang = make_slot(seats=5), visitor()
    book(zhang, slot, key="once")
    with pytest.raises(rules.KeyReused):
        book(zhang, other_slot(slot), key="once")


def test_keys_of_two_people_do_not_meet() -> None:
    slot = make_slot(seats=5)
    assert book(visitor(), slot, key="1").code != book(visitor(), slot, key="1").code


@pytest.mark.parametrize("key", ["", "x" * 81, "钥匙", "a b"])
def test_a_key_that_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(rules.BadKey):
        commands.book_appointment(actor=visitor(), slot_id=make_slot().pk, item_code="x", request_key=key, now=NOW)


def test_only_signed_in_citizens_book() -> None:
    slot = make_slot()
    _refused(SignInNeeded, Actor(), slot)
    _refused(NotAllowed, staff_actor(Role.CLERK), slot)


def test_a_person_who_is_not_known_by_name_is_sent_to_do_that_first() -> None:
    slot = make_slot()
    _refused(rules.LevelTooLow, actor_for(make_citizen(id_number="")), slot)


def test_slots_open_and_end_at_their_times() -> None:
    slot = make_slot(seats=9)
    _refused(rules.NotYetOpen, visitor(), slot, now=slot.opens_at - timedelta(seconds=1))
    book(visitor(), slot, now=slot.opens_at)
    book(visitor(), slot, now=slot.book_until - timedelta(seconds=1))
    _refused(rules.SlotOver, visitor(), slot, now=slot.book_until)
    _refused(rules.SlotOver, visitor(), slot, now=slot.starts_at + timedelta(days=300))


def test_unknown_slots_and_items_are_refused() -> None:
    slot = make_slot()
    with pytest.raises(rules.SlotMissing):
        commands.book_appointment(actor=visitor(), slot_id=slot.pk + 999, item_code=slot.subject[5:], request_key="k", now=NOW)
    _refused(rules.ItemNotBookable, visitor(), slot, item_code="000000000000")
    _refused(rules.ItemNotHere, visitor(), slot, item_code=make_bookable_item().code)


def test_an_item_that_is_no_longer_bookable_takes_no_booking() -> None:
    slot = make_slot()
    make_bookable_item(code=slot.subject[5:], bookable=False)
    _refused(rules.ItemNotBookable, visitor(), slot)
    assert queries.places(item_code=slot.subject[5:], now=NOW) == []


def test_a_departments_schedule_serves_its_items_and_a_themes_those_of_the_theme() -> None:
    item, other = make_bookable_item(themes=["P01"]), make_bookable_item(department_code="SD21")
    of_department = make_schedule(item, kind="department", code="SD02", counter="1")
    slot = Slot.objects.filter(schedule_id=of_department.schedule_id, starts_at__gt=NOW + timedelta(hours=20)).earliest("starts_at")
    _refused(rules.ItemNotHere, visitor(), slot, item_code=other.code)
    book(visitor(), slot, item_code=item.code)
    of_theme = make_schedule(item, actor=staff_actor(Role.SYS_ADMIN), kind="theme", code="P01", counter="2")
    slot = Slot.objects.filter(schedule_id=of_theme.schedule_id, starts_at__gt=NOW + timedelta(hours=20)).earliest("starts_at")
    _refused(rules.ItemNotHere, visitor(), slot, item_code=other.code)
    book(visitor(), slot, item_code=item.code)


def test_one_live_booking_for_a_person_and_item() -> None:
    slot, zhang = make_slot(seats=9), visitor()
    booking = book(zhang, slot)
    _refused(rules.AlreadyBooked, zhang, other_slot(slot))
    commands.cancel_appointment(actor=zhang, code=booking.code, now=NOW)
    book(zhang, other_slot(slot))


def test_two_open_bookings_a_person_and_five_an_enterprise() -> None:
    slots = [make_slot(seats=9) for _ in range(6)]
    days = [other_slot(slot, places=1 + 2 * number) for number, slot in enumerate(slots)]
    zhang, company = visitor(), enterprise_actor()
    for slot in days[:2]:
        book(zhang, slot)
    _refused(rules.TooManyOpen, zhang, days[2])
    for slot in days[:5]:
        book(company, slot)
    _refused(rules.TooManyOpen, company, days[5])
    # The one who acts for it has limits of his own.
    book(replace(company, enterprise_id=None), days[0])


def test_a_person_is_not_booked_at_two_places_at_once_nor_three_times_a_day() -> None:
    first, second, zhang = make_slot(seats=9), make_slot(seats=9), visitor()
    book(zhang, first)
    _refused(rules.SameTime, zhang, second)
    company = enterprise_actor()
    book(company, first)
    book(company, second)


def test_channels_and_priority_have_seats_of_their_own() -> None:
    slot = make_slot(seats=4, reserved={"wechat": 1, "priority": 1, "onsite": 1})
    book(visitor(), slot)  # the one open seat
    _refused(rules.SlotFull, visitor(), slot, channel=Channel.WEB)
    book(visitor(), slot, channel=Channel.WECHAT)
    _refused(rules.SlotFull, visitor(), slot, channel=Channel.WECHAT)
    veteran = visitor()
    book(veteran, slot, priority=Priority.VETERAN)
    assert Appointment.objects.get(account_id=veteran.account_id).share == "priority"
    _refused(rules.SlotFull, visitor(), slot, priority=Priority.DISABLED)
    row = queries.slots_on(item_code=slot.subject[5:], day=slot.day, now=NOW)[0]
    assert (row.free, row.quota, row.state) == (0, 4, "full")


def test_the_elderly_are_known_by_their_identity_number() -> None:
    slot = make_slot(seats=2, reserved={"priority": 1})
    _refused(rules.NotElderly, visitor(), slot, priority=Priority.ELDERLY)
    book(actor_for(make_citizen(id_number=make_id_number("19560312"))), slot, priority=Priority.ELDERLY)


def test_a_visit_may_belong_to_ones_own_case_only() -> None:
    case = make_case(item=make_bookable_item())
    slot = make_slot(seats=9, item=case.item)
    _refused(rules.AppointmentMissing, visitor(), slot, case_serial=case.serial)
    booking = book(case.applicant, slot, case_serial=case.serial)
    found = queries.appointments_of_case(case.applicant, case.serial, now=NOW)
    assert [row.code for row in found] == [booking.code]
    assert queries.appointments_of_case(visitor(), case.serial, now=NOW) == []


def test_who_is_barred_books_nothing() -> None:
    slot, zhang = make_slot(), visitor()
    Standing.objects.create(holder=f"p:{zhang.account_id}", barred_until=NOW + timedelta(hours=1))
    _refused(rules.Barred, zhang, slot)
    book(zhang, slot, now=NOW + timedelta(hours=1))


def test_a_cancelled_seat_is_free_again_and_cancelling_twice_is_once() -> None:
    slot, zhang = make_slot(seats=1), visitor()
    booking = book(zhang, slot)
    with pytest.raises(rules.AppointmentMissing):
        commands.cancel_appointment(actor=visitor(), code=booking.code, now=NOW)
    for _ in range(2):
        commands.cancel_appointment(actor=zhang, code=booking.code, now=NOW)
    assert taken(slot) == 0
    book(visitor(), slot)


def test_a_booking_ends_no_more_shortly_before_its_time() -> None:
    slot, zhang = make_slot(seats=2), visitor()
    booking = book(zhang, slot)
    with pytest.raises(rules.TooLateToCancel):
        commands.cancel_appointment(actor=zhang, code=booking.code, now=slot.cancel_until)
    with pytest.raises(rules.TooLateToCancel):
        commands.change_appointment(actor=zhang, code=booking.code, slot_id=other_slot(slot).pk, request_key="c", now=slot.cancel_until)
    assert taken(slot) == 1


def test_a_booking_changes_once_and_its_seat_goes_along() -> None:
    slot, zhang = make_slot(seats=1), visitor()
    later, latest = other_slot(slot), other_slot(slot, places=2)
    booking = book(zhang, slot)
    changed = commands.change_appointment(actor=zhang, code=booking.code, slot_id=later.pk, request_key="c", now=NOW)
    again = commands.change_appointment(actor=zhang, code=booking.code, slot_id=later.pk, request_key="c", now=NOW)
    assert (again.code, again.is_new) == (changed.code, False)
    assert (taken(slot), taken(later)) == (0, 1)
    with pytest.raises(rules.KeyReused):
        commands.change_appointment(actor=zhang, code=booking.code, slot_id=latest.pk, request_key="c", now=NOW)
    with pytest.raises(rules.ChangedOnce):
        commands.change_appointment(actor=zhang, code=changed.code, slot_id=latest.pk, request_key="d", now=NOW)
    old, new = (queries.appointment(zhang, code, now=NOW) for code in (booking.code, changed.code))
    assert old is not None and new is not None
    assert (old.state, old.changed_to, new.changed_from, new.can_change, new.can_cancel) == (
        rules.State.RESCHEDULED, new.code, old.code, False, True,
    )  # fmt: skip


def test_who_finds_the_other_slot_full_keeps_the_old_one() -> None:
    slot, zhang = make_slot(seats=1), visitor()
    later = other_slot(slot)
    book(visitor(), later)
    booking = book(zhang, slot)
    with pytest.raises(rules.SlotFull):
        commands.change_appointment(actor=zhang, code=booking.code, slot_id=later.pk, request_key="c", now=NOW)
    with pytest.raises(rules.SameSlot):
        commands.change_appointment(actor=zhang, code=booking.code, slot_id=slot.pk, request_key="c", now=NOW)
    row = queries.appointment(zhang, booking.code, now=NOW)
    assert row is not None and row.state is rules.State.BOOKED and row.venue.code == LIXIA


def test_nobody_sees_anothers_bookings() -> None:
    slot, company = make_slot(seats=3), enterprise_actor()
    booking = book(company, slot)
    assert company.account_id is not None
    assert queries.appointment(visitor(), booking.code, now=NOW) is None
    assert queries.appointment(replace(company, enterprise_id=None), booking.code, now=NOW) is None
    assert [row.code for row in queries.my_appointments(company, now=NOW)] == [booking.code]
    assert queries.my_appointments(Actor(), now=NOW) == []


def test_people_are_told_what_happened_to_their_booking() -> None:
    slot, zhang = make_slot(seats=2), visitor()
    assert zhang.account_id is not None
    booking = book(zhang, slot)
    changed = commands.change_appointment(actor=zhang, code=booking.code, slot_id=other_slot(slot).pk, request_key="c", now=NOW)
    commands.cancel_appointment(actor=zhang, code=changed.code, now=NOW)
    run_due_now()
    notices = notices_of(zhang.account_id)
    assert [notice.title.partition("：")[0] for notice in reversed(notices)] == ["预约成功", "已改约", "预约已取消"]
    assert notices[-1].body == "您已预约 11 月 24 日 09:00 到历下区政务服务中心办理“社会保障卡申领”。请带好证件和材料，到场后签到取号。"
    assert notices[-1].link == f"/my/appointments/{booking.code}"


def test_the_list_of_slots_tells_how_each_stands(django_assert_num_queries: object) -> None:
    slot = make_slot(seats=1)
    book(visitor(), slot)
    item = slot.subject[5:]
    with django_assert_num_queries(2):  # type: ignore[operator]
        rows = queries.slots_on(item_code=item, day=slot.day, now=NOW)
    assert [(row.state, row.free) for row in rows] == [("full", 0), ("open", 1)]
    with django_assert_num_queries(3):  # type: ignore[operator]
        places = queries.places(item_code=item, now=NOW)
    assert places[0].venue.code == LIXIA and places[0].next_day == NOW.date()
    assert [row.state for row in queries.slots_on(item_code=item, day=slot.day, now=slot.starts_at)] == ["over", "open"]
