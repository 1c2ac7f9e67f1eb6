"""Waiting lists, draws, appeals and limits through the machine door: the same rules and commands as the pages (§5.3.1, §5.8.2)."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from hall.services.appointments import commands, drawing, jobs, queries, rush, standing
from hall.services.appointments.models import Bar, Slot, Standing, WaitingEntry
from hall.services.appointments.policy import PolicyRow
from hall.support.access.actors import Role
from tests.make.appointments import book, make_coming_slot, make_slot, taken
from tests.make.people import actor_for, make_citizen, make_enterprise, make_staff, signed_in
from tests.presentation.api.asking import document, matches, post

pytestmark = pytest.mark.django_db
BASE = "/api/v1/appointments"
WAITING, ENTRIES, BARS, POLICY = f"{BASE}/waiting", f"{BASE}/entries", f"{BASE}/bars", f"{BASE}/policy"


def _wish(slot: Slot, **more: Any) -> dict[str, Any]:
    return {"slot_id": slot.pk, "item": slot.subject[5:], **more}


def _full_slot() -> tuple[Slot, Any, str]:
    """A slot whose one seat somebody has, who that is, and under which code."""
    slot, owner = make_slot(seats=1, now=timezone.now()), actor_for(make_citizen())
    return slot, owner, book(owner, slot, now=timezone.now()).code


def _code(answer: Any) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def test_a_place_in_line_is_taken_offered_and_turned_into_a_visit() -> None:
    slot, owner, code = _full_slot()
    first, second = signed_in(make_citizen()), signed_in(make_citizen())
    joined = post(first, WAITING, _wish(slot))
    place = matches(WAITING, "post", joined)
    assert (joined.status_code, place["state"], place["ahead"], place["hold_until"]) == (201, "waiting", 0, None)
    assert post(first, WAITING, _wish(slot)).json() == place
    assert matches(WAITING, "post", post(second, WAITING, _wish(slot)))["ahead"] == 1
    early = post(first, f"{WAITING}/{place['entry']}/take")
    assert (early.status_code, _code(early)) == (409, "offer_over")
    commands.cancel_appointment(actor=owner, code=code, now=timezone.now())
    (held,) = matches(WAITING, "get", first.get(WAITING))["places"]
    assert held["state"] == "offered" and held["hold_until"].endswith("+08:00")
    made, again = (post(first, f"{WAITING}/{place['entry']}/take") for _ in range(2))
    booked = matches(f"{WAITING}/{{entry}}/take", "post", made)
    assert (made.status_code, again.json()) == (201, booked)
    assert first.get(f"{BASE}/{booked['code']}").json()["state"] == "booked"
    assert first.get(WAITING).json()["places"][0]["booking"] == booked["code"]
    assert "no-store" in first.get(WAITING).headers["Cache-Control"]


def test_who_leaves_the_line_lets_the_next_have_the_seat() -> None:
    slot, owner, code = _full_slot()
    first, second = signed_in(make_citizen()), signed_in(make_citizen())
    entries = [post(client, WAITING, _wish(slot)).json()["entry"] for client in (first, second)]
    commands.cancel_appointment(actor=owner, code=code, now=timezone.now())
    left = post(first, f"{WAITING}/{entries[0]}/leave", key=None)
    assert matches(f"{WAITING}/{{entry}}/leave", "post", left)["state"] == "left"
    assert post(first, f"{WAITING}/{entries[0]}/leave", key=None).json()["state"] == "left"
    assert second.get(WAITING).json()["places"][0]["state"] == "offered" and taken(slot) == 1


def test_what_stands_against_waiting_is_told_by_code() -> None:
    slot, _, _ = _full_slot()
    free = make_slot(seats=1, now=timezone.now())
    client = signed_in(make_citizen())
    assert _code(post(client, WAITING, _wish(free))) == "still_free"
    post(client, WAITING, _wish(slot))
    assert _code(post(client, WAITING, _wish(slot), key="k2")) == "already_waiting"
    for other in (_wish(free), _wish(slot, priority="veteran")):
        refused = post(client, WAITING, other)
        assert (refused.status_code, _code(refused)) == (422, "key_reused")
    assert _code(post(client, WAITING, _wish(slot, state="offered"))) == "invalid"
    assert _code(post(client, WAITING, _wish(slot), key=None)) == "invalid"
    assert WaitingEntry.objects.count() == 1


def test_places_in_line_are_read_in_stretches() -> None:
    slot, client = _full_slot()[0], signed_in(make_citizen())
    entries = []
    for number in range(3):
        entries.append(post(client, WAITING, _wish(slot), key=f"k{number}").json()["entry"])
        post(client, f"{WAITING}/{entries[-1]}/leave")
    first = client.get(WAITING, {"limit": 2}).json()
    rest = client.get(WAITING, {"limit": 2, "before": first["next"]}).json()
    assert [row["entry"] for row in first["places"] + rest["places"]] == entries[::-1] and rest["next"] is None


def test_a_draw_is_entered_once_and_its_outcome_read() -> None:
    slot = make_coming_slot(seats=1, is_drawn=True, draw_hours=1)
    clients = [signed_in(make_citizen()) for _ in range(2)]
    public = matches(f"{BASE}/slots/{{slot_id}}/draw", "get", Client().get(f"{BASE}/slots/{slot.pk}/draw"))
    assert public["registered"] == 0 and public["commitment"] and not public["seed"]
    for client in clients:
        made = post(client, ENTRIES, _wish(slot))
        entry = matches(ENTRIES, "post", made)
        assert (made.status_code, entry["state"], entry["draw"]) == (201, "entered", public["draw"])
        assert post(client, ENTRIES, _wish(slot)).json() == entry
    left = post(clients[1], f"{ENTRIES}/{entry['entry']}/leave")
    assert matches(f"{ENTRIES}/{{entry}}/leave", "post", left)["state"] == "left"
    post(clients[1], ENTRIES, _wish(slot))
    draw = drawing.draw_of_slot(slot.pk)
    assert draw is not None
    jobs.make_draws(now=draw.closes_at)
    outcomes = []
    for client in clients:
        (row, *_) = matches(ENTRIES, "get", client.get(ENTRIES))["entries"]
        assert matches(f"{ENTRIES}/{{entry}}", "get", client.get(f"{ENTRIES}/{row['entry']}")) == row
        outcomes.append((row["state"], row["place"], bool(row["booking"])))
    assert sorted(outcomes) == [("lost", 2, False), ("won", 1, True)]
    assert _code(post(signed_in(make_citizen()), ENTRIES, _wish(slot))) == "draw_closed"
    assert _code(post(clients[0], ENTRIES, _wish(make_slot(now=timezone.now())))) == "not_drawn"
    assert Client().get(f"{BASE}/slots/{slot.pk + 999}/draw").status_code == 404


def test_who_is_barred_reads_why_and_appeals_once() -> None:
    account_id, now = make_citizen(), timezone.now()
    client, holder = signed_in(account_id), f"p:{account_id}"
    ends_at = now + timedelta(days=30)
    bar = Bar.objects.create(holder=holder, account_id=account_id, reason="no_show", started_at=now, ends_at=ends_at)
    Standing.objects.create(holder=holder, barred_until=ends_at, times_barred=1)
    assert _code(post(client, BASE, _wish(make_slot(now=now)))) == "barred"
    (row,) = matches(BARS, "get", client.get(BARS))["bars"]
    assert (row["reason_name"], row["can_appeal"], row["is_running"]) == ("约了没来次数多", True, True)
    path = f"{BARS}/{bar.pk}/appeal"
    for wrong in ("", "长" * 301):
        refused = post(client, path, {"text": wrong})
        assert (refused.status_code, _code(refused)) == (422, "text_needed")
    told = matches(f"{BARS}/{{bar}}/appeal", "post", post(client, path, {"text": "当天住院"}))
    assert (told["appeal"], told["can_appeal"]) == ("当天住院", False)
    assert post(client, path, {"text": "当天住院"}).json() == told
    assert _code(post(client, path, {"text": "别的话"})) == "already_appealed"
    standing.answer_appeal(actor=actor_for(make_staff(Role.MEDIATOR)), bar_id=bar.pk, is_lifted=True, text="情况属实", now=timezone.now())
    (row,) = client.get(BARS).json()["bars"]
    assert (row["is_lifted"], row["answer"], row["is_running"]) == (True, "情况属实", False)


def test_limits_and_reminders_are_read_by_all_and_set_by_the_administrator() -> None:
    values = matches(POLICY, "get", Client().get(POLICY))
    assert values["remind_minutes"] == [1440, 120]
    admin = signed_in(make_staff(Role.SYS_ADMIN))
    assert post(signed_in(make_citizen()), POLICY, values).status_code == 403
    changed = post(admin, POLICY, values | {"remind_minutes": [60, 2880], "tell_booked": False})
    assert matches(POLICY, "post", changed)["remind_minutes"] == [2880, 60]
    refused = post(admin, POLICY, values | {"hold_minutes": 1})
    assert (refused.status_code, _code(refused)) == (422, "bad_policy") and "保留分钟数" in refused.json()["error"]["sentence"]
    assert _code(post(admin, POLICY, {"hold_minutes": 30})) == "invalid"
    assert queries.booking_policy() == PolicyRow(remind_minutes=(2880, 60), tell_booked=False)
    assert set(values) == set(asdict(PolicyRow()))


def test_anothers_place_entry_and_bar_are_not_there() -> None:
    slot, now = _full_slot()[0], timezone.now()
    owner_id, agent_id = make_citizen(), make_citizen()
    owner = signed_in(owner_id)
    place = post(owner, WAITING, _wish(slot)).json()["entry"]
    entry = post(owner, ENTRIES, _wish(make_coming_slot(is_drawn=True))).json()["entry"]
    bar = Bar.objects.create(holder=f"p:{owner_id}", account_id=owner_id, reason="cancel", started_at=now, ends_at=now + timedelta(days=1))
    agent = signed_in(agent_id)
    agent.post("/my/enterprises/choose", {"enterprise_id": make_enterprise(agent_id=agent_id)})
    for stranger in (agent, signed_in(make_citizen())):
        answers = [post(stranger, f"{WAITING}/{place}/{deed}") for deed in ("take", "leave")]
        answers += [stranger.get(f"{ENTRIES}/{entry}"), post(stranger, f"{ENTRIES}/{entry}/leave")]
        answers.append(post(stranger, f"{BARS}/{bar.pk}/appeal", {"text": "x"}))
        assert [answer.status_code for answer in answers] == [404] * 5
        assert (stranger.get(WAITING).json()["places"], stranger.get(ENTRIES).json()["entries"]) == ([], [])
        assert stranger.get(BARS).json() == {"bars": []}


def test_waiting_and_draws_count_as_tries_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "TRIES", 2)
    monkeypatch.setattr(rush, "WINDOW_SECONDS", 10**9)
    client, body = signed_in(make_citizen()), {"slot_id": 2**62, "item": "x"}
    answers = [post(client, WAITING, body), post(client, ENTRIES, body), post(client, WAITING, body, key="k3")]
    assert [answer.status_code for answer in answers] == [404, 404, 429] and _code(answers[2]) == "too_many"


def test_every_operation_on_visits_is_documented_with_its_refusals_and_good_examples() -> None:
    told = document()
    visits = {path: operations for path, operations in told["paths"].items() if path.startswith(BASE)}
    for path, operations in visits.items():
        for method, operation in operations.items():
            assert operation["summary"] and operation["description"], path
            for status, answer in operation["responses"].items():
                schema = {**answer["content"]["application/json"]["schema"], "components": told["components"]}
                for code, example in answer["content"]["application/json"].get("examples", {}).items():
                    Draft202012Validator(schema).validate(example["value"])
                    assert example["value"]["error"]["code"] == code and int(status) >= 400
            if method == "post":
                assert {"401", "403", "429"} <= {status for status, answer in operation["responses"].items() if "examples" in str(answer)}
    for name, schema in told["components"]["schemas"].items():
        for example in schema.get("examples", []):
            Draft202012Validator({**schema, "components": told["components"]}).validate(example)
        assert name not in {"BookRequest", "ChangeRequest", "CancelRequest", "LineRequest", "AppealRequest"} or schema.get("examples"), name
