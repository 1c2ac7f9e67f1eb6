"""Visits through the machine door: free slots for everybody, bookings for who signed in, one answer for one key (§5.8.2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.services.appointments import drawing, jobs, lots, rush
from hall.services.appointments.models import Appointment, Slot
from tests.make.appointments import make_bookable_item, make_slot, other_slot, taken
from tests.make.people import actor_for, make_citizen, make_enterprise, make_staff, signed_in
from tests.presentation.api.asking import matches, post

pytestmark = pytest.mark.django_db
BOOK = "/api/v1/appointments"


def _slot(seats: int = 3) -> Slot:
    return make_slot(seats=seats, now=timezone.now())


def test_everybody_sees_where_and_when_there_is_room() -> None:
    slot = _slot()
    item = slot.subject[5:]
    response = Client().get(f"{BOOK}/items/{item}/places")
    places = matches(f"{BOOK}/items/{{code}}/places", "get", response)["places"]
    assert [place["code"] for place in places] == [slot.venue_code]
    assert response.headers["Cache-Control"] == "public, max-age=2"
    response = Client().get(f"{BOOK}/items/{item}/slots", {"day": slot.day.isoformat(), "venue": slot.venue_code})
    rows = matches(f"{BOOK}/items/{{code}}/slots", "get", response)["slots"]
    assert [(row["slot_id"], row["free"], row["state"]) for row in rows][:1] == [(slot.pk, 3, "open")]
    assert rows[0]["starts_at"].endswith("T09:00:00+08:00")
    wrong = Client().get(f"{BOOK}/items/{item}/slots", {"day": "tomorrow"})
    assert matches(f"{BOOK}/items/{{code}}/slots", "get", wrong)["error"]["sentence"] == "day 填写不对。"
    assert Client().get(f"{BOOK}/items/nothing/places").json() == {"places": []}


def test_a_visit_is_booked_read_changed_and_cancelled() -> None:
    slot, client = _slot(), signed_in(make_citizen())
    body = {"slot_id": slot.pk, "item": slot.subject[5:]}
    first = post(client, BOOK, body)
    booked = matches(BOOK, "post", first)
    again = post(client, BOOK, body)
    assert (first.status_code, again.status_code) == (201, 201) and again.content == first.content
    other = post(client, BOOK, body | {"slot_id": other_slot(slot).pk})
    assert other.status_code == 422 and "请求编号相同" in other.json()["error"]["sentence"]
    mine = client.get(BOOK)
    rows = matches(BOOK, "get", mine)["appointments"]
    assert [(row["code"], row["state_name"], row["can_change"]) for row in rows] == [(booked["code"], "已预约", True)]
    assert "no-store" in mine.headers["Cache-Control"] and "ETag" not in mine.headers
    changed = post(client, f"{BOOK}/{booked['code']}/change", {"slot_id": other_slot(slot).pk}, key="k2")
    code = matches(f"{BOOK}/{{code}}/change", "post", changed)["code"]
    cancelled = post(client, f"{BOOK}/{code}/cancel", {"reason": "改日再来"}, key=None)
    assert matches(f"{BOOK}/{{code}}/cancel", "post", cancelled)["state"] == "cancelled"
    assert matches(f"{BOOK}/{{code}}", "get", client.get(f"{BOOK}/{booked['code']}"))["changed_to"] == code
    assert taken(slot) == 0
    assert Appointment.objects.get(code=code).channel == "mobile"


def test_own_bookings_are_read_in_stretches() -> None:
    slot, client = _slot(), signed_in(make_citizen())
    codes = []
    for number in range(3):
        made = post(client, BOOK, {"slot_id": slot.pk, "item": slot.subject[5:]}, key=f"k{number}").json()["code"]
        codes.append(made)
        post(client, f"{BOOK}/{made}/cancel")
    first = client.get(BOOK, {"limit": 2}).json()
    rest = client.get(BOOK, {"limit": 2, "before": first["next"]}).json()
    assert [row["code"] for row in first["appointments"] + rest["appointments"]] == codes[::-1] and rest["next"] is None


def test_without_session_token_or_key_nothing_happens() -> None:
    slot = _slot()
    body = {"slot_id": slot.pk, "item": slot.subject[5:]}
    assert matches(BOOK, "post", post(Client(), BOOK, body))["error"]["sentence"]
    assert post(Client(), BOOK, body).status_code == 401 == Client().get(BOOK).status_code
    strict = signed_in(make_citizen(), Client(enforce_csrf_checks=True))
    refused = post(strict, BOOK, body)
    assert refused.status_code == 403 and "X-CSRFToken" in matches(BOOK, "post", refused)["error"]["sentence"]
    missing = post(signed_in(make_citizen()), BOOK, body, key=None)
    assert missing.status_code == 422 and "Idempotency-Key" in matches(BOOK, "post", missing)["error"]["sentence"]
    assert post(signed_in(make_staff()), BOOK, body).status_code == 403
    assert taken(slot) == 0
    token = strict.get("/session/token").json()["token"]
    assert post(strict, BOOK, body, HTTP_X_CSRFTOKEN=token).status_code == 201


def test_nothing_else_can_be_set_from_outside() -> None:
    slot, client = _slot(), signed_in(make_citizen())
    body = {"slot_id": slot.pk, "item": slot.subject[5:]}
    fields = [field.attname for field in Appointment._meta.fields if field.attname not in {"slot_id", "priority"}]
    for name in (*fields, "channel", "enterprise", "account"):
        assert post(client, BOOK, body | {name: 1}).status_code == 422, name
    assert taken(slot) == 0


def test_anothers_booking_is_not_there() -> None:
    slot, owner, agent_id = _slot(), signed_in(make_citizen()), make_citizen()
    code = post(owner, BOOK, {"slot_id": slot.pk, "item": slot.subject[5:]}).json()["code"]
    enterprise_id = make_enterprise(agent_id=agent_id)
    agent = signed_in(agent_id)
    agent.post("/my/enterprises/choose", {"enterprise_id": enterprise_id})
    for stranger in (agent, signed_in(make_citizen())):
        answers = [
            stranger.get(f"{BOOK}/{code}"),
            post(stranger, f"{BOOK}/{code}/cancel"),
            post(stranger, f"{BOOK}/{code}/change", {"slot_id": other_slot(slot).pk}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert stranger.get(BOOK).json() == {"appointments": [], "next": None}
    assert taken(slot) == 1


def test_who_tries_again_and_again_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "TRIES", 2)
    monkeypatch.setattr(rush, "WINDOW_SECONDS", 10**9)
    slot, client = _slot(), signed_in(make_citizen())
    body = {"slot_id": slot.pk + 999, "item": slot.subject[5:]}
    responses = [post(client, BOOK, body, key=f"k{number}") for number in range(3)]
    assert [response.status_code for response in responses] == [404, 404, 429]
    assert matches(BOOK, "post", responses[2])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"book_until": timedelta(hours=-1)}, "slot_over"),
        ({"opens_at": timedelta(hours=1)}, "not_yet_open"),
        ({"is_closed": True}, "slot_closed"),
        ({"is_drawn": True}, "slot_drawn"),
        ({"subject": "item:000000000000"}, "item_not_here"),
    ],
)
def test_a_slot_that_cannot_be_booked_says_why_to_people_and_programs(changes: dict[str, Any], code: str) -> None:
    slot = _slot()
    now = timezone.now()
    Slot.objects.filter(pk=slot.pk).update(
        **{name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    )
    answer = post(signed_in(make_citizen()), BOOK, {"slot_id": slot.pk, "item": slot.subject[5:]})
    told = matches(BOOK, "post", answer)["error"]
    assert (answer.status_code, told["code"]) == (422, code) and told["sentence"].endswith("。")
    assert taken(slot) == 0 and not Appointment.objects.exists()


def test_an_item_that_is_not_bookable_says_so() -> None:
    slot = _slot()
    make_bookable_item(code=slot.subject[5:], bookable=False)
    answer = post(signed_in(make_citizen()), BOOK, {"slot_id": slot.pk, "item": slot.subject[5:]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "item_not_bookable") and taken(slot) == 0


@pytest.mark.parametrize("day", ["2026-12-03T00:00:00Z", "2026-12-03T23:30:00+08:00", "20261203", "1764700000", "2026-02-30", "", "明天"])
def test_a_day_is_a_day_and_no_moment_in_some_zone(day: str) -> None:
    slot = _slot()
    answer = Client().get(f"{BOOK}/items/{slot.subject[5:]}/slots", {"day": day})
    assert answer.status_code == 422 and answer.json()["error"]["sentence"] == "day 填写不对。"


ANYTHING = st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.sampled_from(["\0", 2**63, -1, "1", [], {}])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(st.sampled_from(["slot_id", "item", "priority", "case", "x"]), ANYTHING, max_size=5),
    key=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=90),
)
def test_whatever_is_sent_is_answered_as_documented(body: dict[str, Any], key: str) -> None:
    client = signed_in(make_citizen())
    matches(BOOK, "post", post(client, BOOK, body, key=key))
    assert not Appointment.objects.exists()


def test_a_draw_is_public_before_and_after_it_is_made() -> None:
    slot = make_slot(seats=1, now=timezone.now(), is_drawn=True, draw_hours=1)
    drawing.enter_draw(actor=actor_for(make_citizen()), slot_id=slot.pk, item_code=slot.subject[5:], now=timezone.now())
    found = drawing.draw_of_slot(slot.pk)
    assert found is not None
    path = f"{BOOK}/draws/{{code}}"
    before = matches(path, "get", Client().get(f"{BOOK}/draws/{found.code}"))
    assert (before["commitment"], before["seed"], before["entries"]) == (found.commitment, "", {})
    jobs.make_draws(now=found.closes_at)
    after = Client().get(f"{BOOK}/draws/{found.code}")
    assert len(matches(path, "get", after)["won"]) == 1
    assert lots.faults(after.content.decode(), commitment=found.commitment) == []
    assert Client().get(f"{BOOK}/draws/nothing").status_code == 404


def test_what_is_no_json_is_refused_in_the_same_shape() -> None:
    client = signed_in(make_citizen())
    response = client.post(BOOK, "{", content_type="application/json", headers={"idempotency-key": "k"})
    assert response.status_code == 400 and response.json() == {"error": {"sentence": "请求内容不是正确的 JSON。", "code": "unreadable"}}
