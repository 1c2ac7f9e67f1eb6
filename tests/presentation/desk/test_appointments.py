"""The hall's day at the desk: check in, call, serve, no-show, walk in; another department's visits are not there."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hall.services.appointments.models import Appointment, Slot
from hall.support.access.actors import Role
from tests.make.appointments import book, make_bookable_item, make_coming_slot, make_running_slot, taken
from tests.make.people import actor_for, make_citizen, make_staff, signed_in
from tests.make.regions import LIXIA, make_regions

pytestmark = pytest.mark.django_db
DEPARTMENT = "SD02"


@pytest.fixture
def slot() -> Slot:
    return make_running_slot(item=make_bookable_item(department_code=DEPARTMENT))


@pytest.fixture
def desk() -> Client:
    return signed_in(make_staff(Role.CLERK, department_code=DEPARTMENT))


def _visit(slot: Slot, phone: str = "13700001111") -> str:
    visitor = actor_for(make_citizen(phone=phone))
    return book(visitor, slot, now=slot.starts_at - timedelta(hours=3)).code


def _do(desk: Client, at: Slot, action: str, **sent: str) -> str:
    answer = desk.post(f"/desk/appointments/do/{action}", {"venue": at.venue_code, "counter": "3 号窗口", **sent}, follow=True)
    assert answer.status_code == 200, answer.content.decode()[:3000]
    return answer.content.decode()


def test_a_visitor_is_checked_in_by_code_called_and_served(slot: Slot, desk: Client) -> None:
    code = _visit(slot)
    assert "已签到，号码 A001。" in _do(desk, slot, "check-in", code=f" {code.lower()} ")
    assert "请 A001 到窗口。" in _do(desk, slot, "call")
    screen = Client().get(f"/screens/{slot.venue_code}/{DEPARTMENT}").content.decode()
    assert "A001" in screen
    assert "3 号窗口" in screen
    assert "*" not in re.sub(r"<[^>]+>", "", screen), "numbers only, no names"
    assert "A001" in Client().get(f"/screens/{slot.venue_code}/{DEPARTMENT}?counter=3 号窗口").content.decode()
    _do(desk, slot, "serve", code=code)
    assert Appointment.objects.get(code=code).state == "served"


def test_a_phone_number_checks_in_too(slot: Slot, desk: Client) -> None:
    _visit(slot, phone="13700002222")
    assert "号码 A001" in _do(desk, slot, "check-in", code="137 0000 2222")


def test_a_phone_number_with_two_visits_asks_which(slot: Slot, desk: Client) -> None:
    other = make_running_slot(item=make_bookable_item(department_code=DEPARTMENT), minutes_later=60)
    visitor = actor_for(make_citizen(phone="13700003333"))
    codes = [book(visitor, one, now=one.starts_at - timedelta(hours=3)).code for one in (slot, other)]
    page = _do(desk, slot, "check-in", code="13700003333")
    assert "今天有 2 个预约" in page
    assert all(f'value="{code}"' in page for code in codes)
    assert not Appointment.objects.filter(state="checked_in").exists()


def test_a_code_that_is_not_there_and_one_of_another_department_sound_alike(slot: Slot) -> None:
    code, stranger = _visit(slot), signed_in(make_staff(Role.CLERK, department_code="SD33"))
    answers = [stranger.post("/desk/appointments/do/check-in", {"code": given}) for given in (code, "NOTTHERE")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert Appointment.objects.get(code=code).state == "booked"


def test_who_walks_in_gets_a_number_once_however_often_it_is_sent(slot: Slot, desk: Client) -> None:
    sent = {"slot": str(slot.pk), "item": slot.subject.partition(":")[2], "name": "赵大爷", "phone": "", "key": "walk-1"}
    for _ in range(2):
        assert "已取号 B001。" in _do(desk, slot, "walk-in", **sent)
    assert taken(slot) == 1


@pytest.mark.parametrize("changes", [{"name": ""}, {"name": "<script>"}, {"slot": "999999"}, {"slot": "x"}, {"phone": "123"}, {"key": ""}])
def test_a_wrong_walk_in_is_told_and_takes_no_seat(slot: Slot, desk: Client, changes: dict[str, str]) -> None:
    sent = {"slot": str(slot.pk), "item": slot.subject.partition(":")[2], "name": "赵大爷", "phone": "", "key": "walk-1"} | changes
    answer = desk.post("/desk/appointments/do/walk-in", {"venue": slot.venue_code, **sent})
    assert answer.status_code in {404, 422}
    assert "没有办成" in answer.content.decode()
    assert taken(slot) == 0


def test_nobody_waiting_is_told_so(slot: Slot, desk: Client) -> None:
    answer = desk.post("/desk/appointments/do/call", {"venue": slot.venue_code, "counter": "3 号窗口"})
    assert answer.status_code == 404
    assert "现在没有等候的人" in answer.content.decode()


def test_the_list_shows_masked_names_and_numbers_only(slot: Slot, desk: Client) -> None:
    _visit(slot, phone="13700004444")
    page = desk.get("/desk/appointments").content.decode()
    assert "137****4444" in page
    assert "13700004444" not in page
    assert timezone.localdate().isoformat()[:4] not in re.findall(r"137\S+", page)


@pytest.fixture
def leader() -> Client:
    return signed_in(make_staff(Role.LEADER, department_code=DEPARTMENT))


def _schedule_form(item_code: str, **changes: object) -> dict[str, object]:
    make_regions()
    return {
        "name": "社保卡窗口", "subject": f"item:{item_code}", "venue_code": LIXIA, "counter": "", "key": "new-1",
        "valid_from": timezone.localdate().isoformat(), "valid_until": "", "slot_minutes": "30", "horizon_days": "14", "release_at": "00:00",
        "book_cutoff_minutes": "30", "cancel_cutoff_minutes": "60", "auth_level": "1", "draw_hours": "24",
        "days_0": ["1", "2", "3", "4", "5"], "starts_0": "09:00", "ends_0": "11:00", "quota_0": "4", "priority_0": "1",
    } | changes  # fmt: skip


def test_a_leader_writes_a_schedule_once_and_its_slots_stand(leader: Client) -> None:
    item = make_bookable_item(department_code=DEPARTMENT)
    for _ in range(2):
        answer = leader.post("/desk/appointments/schedules/new", _schedule_form(item.code))
        assert answer.status_code == 302, answer.content.decode()[-3000:]
    page = leader.get("/desk/appointments/schedules").content.decode()
    assert page.count('aria-label="修改：社保卡窗口"') == 1
    assert Slot.objects.filter(subject=f"item:{item.code}").count() >= 36


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ends_0": "09:00"}, "结束时间应晚于开始时间"),
        ({"ends_0": "10:50"}, "不能分成整数个 30 分钟的时段"),
        ({"quota_0": "0"}, "名额应是 1 至 1000 的整数"),
        ({"quota_0": "一百"}, "名额应是整数"),
        ({"priority_0": "9"}, "超过了时段名额"),
        ({"days_0": []}, "请在第 1 行勾选星期几"),
        ({"starts_0": "25:99"}, "应写成 09:00 这样"),
        ({"valid_until": "2020-01-01"}, "结束日期不能早于"),
        ({"valid_from": "昨天"}, "日期应写成"),
        ({"horizon_days": "9999"}, "提前开放的天数应是 1 至 90"),
        ({"venue_code": "nowhere"}, ""),
        ({"subject": "item:000000000000"}, ""),
        ({"days_1": ["1"], "starts_1": "10:00", "ends_1": "12:00", "quota_1": "2"}, "重叠"),
    ],
)
def test_a_wrong_schedule_is_told_and_what_was_typed_stays(leader: Client, changes: dict[str, object], sentence: str) -> None:
    item = make_bookable_item(department_code=DEPARTMENT)
    answer = leader.post("/desk/appointments/schedules/new", _schedule_form(item.code, **changes))
    page = answer.content.decode()
    assert answer.status_code in {404, 409, 422}
    assert sentence in page
    assert answer.status_code == 404 or 'value="社保卡窗口"' in page
    assert not Slot.objects.exists()


def test_a_clerk_looks_at_schedules_but_writes_none(desk: Client) -> None:
    item = make_bookable_item(department_code=DEPARTMENT)
    assert desk.get("/desk/appointments/schedules").status_code == 200
    assert desk.post("/desk/appointments/schedules/new", _schedule_form(item.code)).status_code == 403
    assert not Slot.objects.exists()


def test_a_closed_slot_tells_who_booked_it_why(leader: Client) -> None:
    slot = make_coming_slot(item=make_bookable_item(department_code=DEPARTMENT))
    visitor_id = make_citizen()
    code = book(actor_for(visitor_id), slot, now=timezone.now()).code
    path = f"/desk/appointments/schedules/{slot.schedule_id}"
    assert leader.post(f"{path}/close", {"slot": slot.pk, "reason": ""}).status_code == 422
    assert leader.post(f"{path}/close", {"slot": slot.pk, "reason": "设备检修"}).status_code == 302
    assert "停办：设备检修" in leader.get(f"{path}/slots").content.decode()
    ticket = signed_in(visitor_id).get(f"/my/appointments/{code}").content.decode()
    assert "大厅取消了这个时段" in ticket
    assert "设备检修" in ticket


def test_changing_hours_keeps_what_is_booked(leader: Client) -> None:
    slot = make_coming_slot(item=make_bookable_item(department_code=DEPARTMENT), seats=2)
    for _ in range(2):
        book(actor_for(make_citizen()), slot, now=timezone.now())
    path = f"/desk/appointments/schedules/{slot.schedule_id}"
    revision = re.findall(r'name="revision" value="(\d+)"', leader.get(path).content.decode())[0]
    form = _schedule_form("", revision=revision, slot_minutes="60", days_0=list("1234567"), on_holidays="1", priority_0="", quota_0="1")
    answer = leader.post(path, form)
    assert answer.status_code == 422
    assert "名额不能少于 2 个" in answer.content.decode()
    assert leader.post(path, form | {"quota_0": "5"}).status_code == 302
    assert taken(slot) == 2
