"""A crowd at a full slot is turned away at the door for one statement each; whoever has a right to another answer gets it (§5.3.1)."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hall.services.appointments import commands, rush
from hall.services.appointments.models import Appointment, Slot
from tests.make.appointments import book, make_slot, other_slot, taken
from tests.make.people import actor_for, make_citizen, signed_in
from tests.presentation.api.asking import matches, post

pytestmark = pytest.mark.django_db
BOOK = "/api/v1/appointments"


def _wish(slot: Slot, **more: Any) -> dict[str, Any]:
    return {"slot_id": slot.pk, "item": slot.subject[5:], **more}


@pytest.fixture
def full() -> Slot:
    """A slot whose one seat is gone, and somebody has run into that already."""
    slot = make_slot(seats=1, now=timezone.now())
    book(actor_for(make_citizen()), slot, now=timezone.now())
    assert post(signed_in(make_citizen()), BOOK, _wish(slot)).status_code == 409
    return slot


def test_who_comes_to_a_full_slot_is_told_so_for_one_statement(full: Slot, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = signed_in(make_citizen())
    with django_assert_num_queries(1):
        refused = post(client, BOOK, _wish(full))
    told = matches(BOOK, "post", refused)["error"]
    assert (refused.status_code, told["code"], told["sentence"]) == (409, "slot_full", "该时段已约满，请选择其他时段。")
    assert "no-store" in refused.headers["Cache-Control"] and refused.headers["X-Frame-Options"] == "DENY"
    assert refused.headers["Content-Length"] == str(len(refused.content)) and Appointment.objects.filter(slot=full).count() == 1


def test_who_got_the_seat_hears_of_it_again_however_full_it_is() -> None:
    slot, owner = make_slot(seats=1, now=timezone.now()), signed_in(make_citizen())
    first = post(owner, BOOK, _wish(slot))
    assert post(signed_in(make_citizen()), BOOK, _wish(slot), key="other").status_code == 409 and rush.was_full(slot.pk)
    again = post(owner, BOOK, _wish(slot))
    assert (again.status_code, again.content) == (201, first.content)
    # Somebody else under the same key is no repeat.
    assert post(signed_in(make_citizen()), BOOK, _wish(slot)).status_code == 409 and taken(slot) == 1


def test_a_freed_seat_is_booked_at_once_though_the_slot_was_full_a_moment_ago() -> None:
    slot, owner = make_slot(seats=1, now=timezone.now()), actor_for(make_citizen())
    code = book(owner, slot, now=timezone.now()).code
    client = signed_in(make_citizen())
    assert post(client, BOOK, _wish(slot)).status_code == 409
    commands.cancel_appointment(actor=owner, code=code, now=timezone.now())
    assert rush.was_full(slot.pk) and post(client, BOOK, _wish(slot)).status_code == 201


def test_seats_kept_for_people_with_priority_are_theirs() -> None:
    slot = make_slot(seats=2, reserved={"priority": 1}, now=timezone.now())
    book(actor_for(make_citizen()), slot, now=timezone.now())
    assert post(signed_in(make_citizen()), BOOK, _wish(slot)).status_code == 409
    assert post(signed_in(make_citizen()), BOOK, _wish(slot, priority="veteran")).status_code == 201
    assert post(signed_in(make_citizen()), BOOK, _wish(slot, priority="veteran")).status_code == 409


def test_what_is_no_plain_request_goes_in_and_is_answered_there(full: Slot) -> None:
    client = signed_in(make_citizen())
    assert post(client, BOOK, _wish(full), key=None).status_code == 422
    assert post(client, BOOK, _wish(full, state="booked")).status_code == 422
    assert post(client, BOOK, _wish(full, item="x" * 3000)).status_code == 422
    assert client.post(BOOK, "{", content_type="application/json", headers={"idempotency-key": "k"}).status_code == 400
    assert post(Client(), BOOK, _wish(other_slot(full))).status_code == 401
    assert client.get(BOOK).status_code == 200


def test_the_hint_forgets_and_never_grows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "_FULL", {})
    monkeypatch.setattr(rush, "MOST_NOTED", 3)
    for slot_id in range(7):
        rush.note_full(slot_id)
    assert len(rush._FULL) <= 3 and rush.was_full(6) and not rush.was_full(7)
    monkeypatch.setattr(rush, "NOTED_SECONDS", -1.0)
    rush.note_full(6)
    assert not rush.was_full(6)
