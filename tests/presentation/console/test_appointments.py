"""The limits of booking and the appeals against a time without booking."""

import pytest
from django.test import Client
from django.utils import timezone

from hall.services.appointments import queries, standing
from hall.services.appointments.models import Bar
from hall.support.access.actors import Role
from tests.make.appointments import book, make_coming_slot
from tests.make.people import actor_for, make_citizen, make_staff, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN))


def _form(**changes: str) -> dict[str, str]:
    held = queries.booking_policy()
    names = [name for name in held.__dataclass_fields__ if name not in {"remind_minutes", "tell_booked"}]
    return {name: str(getattr(held, name)) for name in names} | {"remind_minutes": "1440、120", "tell_booked": "1"} | changes


def test_the_administrator_sets_the_limits(admin: Client) -> None:
    assert admin.post("/console/appointments", _form(max_per_day="3", remind_minutes="2880，60")).status_code == 302
    held = queries.booking_policy()
    assert (held.max_per_day, held.remind_minutes, held.tell_booked) == (3, (2880, 60), True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"max_per_day": "0"}, "应是 1 至 20 的整数"),
        ({"max_per_day": "二"}, "应是整数"),
        ({"barred_days": "9" * 50}, "应是整数"),
        ({"remind_minutes": "1、2"}, "提醒最多 5 次"),
        ({"remind_minutes": "<script>"}, "应是整数"),
    ],
)
def test_wrong_limits_are_told_and_change_nothing(admin: Client, changes: dict[str, str], sentence: str) -> None:
    before = queries.booking_policy()
    answer = admin.post("/console/appointments", _form(**changes))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert queries.booking_policy() == before


def test_an_appeal_is_answered_once_and_its_writer_reads_the_answer(admin: Client) -> None:
    citizen_id = make_citizen()
    actor, now = actor_for(citizen_id), timezone.now()
    slot = make_coming_slot()
    book(actor, slot, now=now)
    bar = Bar.objects.create(holder=f"p:{citizen_id}", account_id=citizen_id, reason="no_show", started_at=now, ends_at=slot.starts_at)
    standing.appeal_bar(actor=actor, bar_id=bar.pk, text="那天下大雪，公交停了。", now=now)
    assert "那天下大雪" in admin.get("/console/appointments/appeals").content.decode()
    path = f"/console/appointments/appeals/{bar.pk}"
    assert admin.post(path, {"verdict": "lift", "text": ""}).status_code == 422
    assert admin.post(path, {"verdict": "lift", "text": "情况属实，已恢复。"}).status_code == 302
    assert admin.post(path, {"verdict": "keep", "text": "又想了想。"}).status_code == 409
    page = signed_in(citizen_id).get("/my/appointments").content.decode()
    assert "情况属实，已恢复。" in page
    assert "没有待答复的申诉" in admin.get("/console/appointments/appeals").content.decode()
