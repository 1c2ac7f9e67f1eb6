"""Booking a visit from the pages: look without signing in, confirm, ticket, change, cancel; whatever goes wrong, nothing is half done."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hall.services.appointments import commands, queries
from hall.services.appointments.models import Appointment, Slot
from tests.make.appointments import book, make_bookable_item, make_coming_slot, other_slot, taken
from tests.make.people import actor_for, citizen_actor, make_citizen, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot() -> Slot:
    return make_coming_slot(seats=2)


def _chosen(slot: Slot, **more: str) -> dict[str, str]:
    item_code = slot.subject.partition(":")[2]
    return {"item": item_code, "venue": slot.venue_code, "day": slot.day.isoformat(), "slot": str(slot.pk), **more}


def _key(page: str) -> str:
    return re.findall(r'name="key" value="([^"]+)"', page)[0]


def _book(client: Client, slot: Slot, **more: str) -> str:
    key = _key(client.get("/my/appointments/new", _chosen(slot)).content.decode())
    answer = client.post("/my/appointments/new", _chosen(slot, key=key, **more))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer["Location"].rsplit("/", 1)[1]


def test_anybody_sees_halls_days_and_times_with_the_seats_left(slot: Slot) -> None:
    page = Client().get("/appointments", {"item": slot.subject.partition(":")[2], "day": slot.day.isoformat()}).content.decode()
    assert "历下区政务服务中心" in page
    assert "余 4" in page  # the day: two times of two seats
    assert page.count('name="slot"') == 2


def test_whoever_is_not_signed_in_comes_back_to_the_chosen_time(slot: Slot) -> None:
    answer = Client().get("/my/appointments/new", _chosen(slot))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=%2Fmy%2Fappointments%2Fnew%3F")
    assert f"slot%3D{slot.pk}" in answer["Location"]


def test_one_confirmation_sent_twice_is_one_visit(slot: Slot) -> None:
    client = signed_in(make_citizen())
    sent = _chosen(slot, key=_key(client.get("/my/appointments/new", _chosen(slot)).content.decode()))
    places = {client.post("/my/appointments/new", sent)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert taken(slot) == 1
    ticket = client.get(places.pop()).content.decode()
    assert "到场请出示这个码" in ticket
    assert "提前 30 分钟起" in ticket


def test_a_time_that_filled_up_meanwhile_offers_the_others_of_that_day(slot: Slot) -> None:
    client = signed_in(make_citizen())
    sent = _chosen(slot, key=_key(client.get("/my/appointments/new", _chosen(slot)).content.decode()))
    for _ in range(2):
        book(citizen_actor(), slot, now=timezone.now())
    answer = client.post("/my/appointments/new", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "该时段已约满" in page
    assert f"slot={other_slot(slot).pk}" in page
    assert Appointment.objects.count() == 2


@pytest.mark.parametrize(
    "changes", [{"slot": "999999999"}, {"slot": "x" * 5000}, {"day": "2026-02-31"}, {"item": "<script>"}, {"venue": "nowhere"}]
)
def test_a_time_that_is_not_there_is_told_so(slot: Slot, changes: dict[str, str]) -> None:
    assert signed_in(make_citizen()).get("/my/appointments/new", _chosen(slot) | changes).status_code == 404


def test_somebody_elses_case_cannot_be_named(slot: Slot) -> None:
    client = signed_in(make_citizen())
    key = _key(client.get("/my/appointments/new", _chosen(slot)).content.decode())
    answer = client.post("/my/appointments/new", _chosen(slot, key=key, case="370000013202611231000018"))
    assert answer.status_code == 404
    assert taken(slot) == 0


def test_a_visit_is_moved_once_and_its_old_seat_is_free(slot: Slot) -> None:
    client, later = signed_in(make_citizen()), other_slot(slot)
    code = _book(client, slot)
    page = client.get(f"/my/appointments/{code}/change", {"day": later.day.isoformat()}).content.decode()
    moved = client.post(f"/my/appointments/{code}/change", {"slot": str(later.pk), "key": _key(page)})["Location"]
    assert (taken(slot), taken(later)) == (0, 1)
    assert "已改到别的时间" in client.get(f"/my/appointments/{code}").content.decode()
    # The moved one cannot be moved again: its page leads back to the ticket.
    assert client.get(f"{moved}/change")["Location"] == moved


def test_a_refused_move_keeps_the_old_time_and_the_day_that_was_looked_at(slot: Slot) -> None:
    client, later = signed_in(make_citizen()), other_slot(slot)
    code = _book(client, slot)
    for _ in range(2):
        book(citizen_actor(), later, now=timezone.now())
    answer = client.post(f"/my/appointments/{code}/change?day={later.day.isoformat()}", {"slot": str(later.pk), "key": "k1"})
    assert answer.status_code == 409
    assert "没有改成，原来的预约还在" in answer.content.decode()
    assert taken(slot) == 1


def test_cancelling_frees_the_seat_and_again_changes_nothing(slot: Slot) -> None:
    client = signed_in(make_citizen())
    code = _book(client, slot)
    for _ in range(2):
        assert client.post(f"/my/appointments/{code}/cancel", {"reason": "<script>alert(1)</script>"}).status_code == 302
    assert taken(slot) == 0
    assert "<script>alert" not in client.get(f"/my/appointments/{code}").content.decode()


def test_another_persons_ticket_is_not_there(slot: Slot) -> None:
    code = _book(signed_in(make_citizen()), slot)
    stranger = signed_in(make_citizen(name="李四"))
    assert stranger.get(f"/my/appointments/{code}").status_code == 404
    assert stranger.post(f"/my/appointments/{code}/cancel").status_code == 404
    assert taken(slot) == 1


def test_a_refusal_leads_to_what_can_be_done_about_it(slot: Slot) -> None:
    client = signed_in(make_citizen())
    _book(client, slot)
    answer = client.post("/my/appointments/new", _chosen(other_slot(slot), key="again"))
    assert answer.status_code == 409
    assert '<a href="/my/appointments">看我的预约</a>' in answer.content.decode()


def test_the_list_goes_on_page_by_page(slot: Slot) -> None:
    account_id = make_citizen()
    client = signed_in(account_id)
    for _ in range(21):
        code = book(actor_for(account_id), slot, now=timezone.now()).code
        client.post(f"/my/appointments/{code}/cancel")
    first = client.get("/my/appointments").content.decode()
    assert first.count('class="stub ') == 20
    following = re.findall(r'href="(/my/appointments\?before=\d+)"', first)
    assert client.get(following[0]).content.decode().count('class="stub ') == 1


def test_an_item_without_times_says_what_else_one_can_do() -> None:
    page = Client().get("/appointments", {"item": make_bookable_item().code}).content.decode()
    assert "现在没有可以预约的号" in page


def test_today_past_days_and_holidays_are_no_links(slot: Slot) -> None:
    page = Client().get("/appointments", {"item": slot.subject.partition(":")[2]}).content.decode()
    assert f"day={(timezone.localdate() - timedelta(days=1)).isoformat()}" not in page


def test_a_full_time_takes_people_into_line_once_and_a_freed_seat_is_held_for_the_first(slot: Slot) -> None:
    first, waiting = signed_in(make_citizen()), signed_in(make_citizen())
    code = _book(first, slot)
    book(citizen_actor(), slot, now=timezone.now())
    chosen = _chosen(slot)
    key = _key(waiting.get("/my/appointments/line", chosen).content.decode())
    for _ in range(2):
        assert waiting.post("/my/appointments/line", {**chosen, "key": key, "kind": "line"}).status_code == 302
    assert waiting.get("/my/appointments").content.decode().count("候补中") == 1
    first.post(f"/my/appointments/{code}/cancel")
    page = waiting.get("/my/appointments").content.decode()
    assert "号已留给您" in page
    take = re.findall(r'action="(/my/appointments/line/\d+/take)"', page)[0]
    assert first.post(take).status_code == 404, "somebody else's place in line"
    tickets = {waiting.post(take)["Location"] for _ in range(2)}
    assert len(tickets) == 1
    assert taken(slot) == 2


def test_a_time_that_is_free_needs_no_line(slot: Slot) -> None:
    client = signed_in(make_citizen())
    answer = client.post("/my/appointments/line", {**_chosen(slot), "key": "k", "kind": "line"})
    assert answer.status_code == 422
    assert "可以直接预约" in answer.content.decode()


def test_a_ticket_goes_to_paper_and_calendar_for_its_owner_only(slot: Slot) -> None:
    client, stranger = signed_in(make_citizen()), signed_in(make_citizen())
    code = _book(client, slot)
    assert client.get(f"/my/appointments/{code}/ticket.pdf").content.startswith(b"%PDF")
    assert b"BEGIN:VCALENDAR" in client.get(f"/my/appointments/{code}/visit.ics").content
    assert [stranger.get(f"/my/appointments/{code}/{name}").status_code for name in ("ticket.pdf", "visit.ics")] == [404, 404]


def test_a_drawn_time_is_entered_and_its_draw_is_public() -> None:
    slot = make_coming_slot(is_drawn=True)
    client = signed_in(make_citizen())
    assert "登记摇号" in client.get("/my/appointments/line", _chosen(slot)).content.decode()
    for _ in range(2):
        assert client.post("/my/appointments/line", {**_chosen(slot), "kind": "draw"}).status_code == 302
    page = client.get("/my/appointments").content.decode()
    assert page.count("已登记，等摇号") == 1
    public = Client().get(re.findall(r'href="(/draws/[^"]+)"', page)[0]).content.decode()
    assert re.search(r"\b[0-9a-f]{64}\b", public)
    assert "还没有摇号" in public
    assert Client().get("/draws/nothing").status_code == 404


def test_an_account_that_tries_without_end_is_slowed_down(slot: Slot) -> None:
    client = signed_in(make_citizen())
    answers = [client.post("/my/appointments/new", _chosen(slot, key=f"k{number}") | {"slot": "999999"}) for number in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {404}
    assert answers[30].status_code == 429


def test_the_front_page_shows_the_next_visit_of_ones_own(slot: Slot) -> None:
    account_id, client = make_citizen(), Client()
    signed_in(account_id, client)
    assert "没有要来的预约" in client.get("/my").content.decode()
    person = actor_for(account_id)
    later = book(person, other_slot(make_coming_slot(), places=2), now=timezone.now())
    first = book(person, slot, now=timezone.now())
    book(citizen_actor(), slot, now=timezone.now())
    page = client.get("/my").content.decode()
    assert f"/my/appointments/{first.code}" in page and f"/my/appointments/{later.code}" not in page
    assert "历下区政务服务中心" in page and f"{slot.day.day}</b>" in page
    codes = [queries.next_visit(person, now=slot.ends_at + timedelta(seconds=moved)) for moved in (-1, 0)]
    assert [row and row.code for row in codes] == [first.code, later.code], "a visit that is over is no visit to come"
    commands.cancel_appointment(actor=person, code=first.code, reason="", now=timezone.now())
    assert f"/my/appointments/{later.code}" in client.get("/my").content.decode()
