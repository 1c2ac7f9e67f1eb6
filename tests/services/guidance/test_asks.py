"""请求回电: a question and a number reach one department, are seen by nobody else, and end once (§5.4)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet

from hall.services.guidance import ask_rules as rules
from hall.services.guidance import asks, talk_jobs
from hall.services.guidance.models import AskRequest
from hall.support.access.actors import Actor, NotAllowed, Role, SignInNeeded
from hall.support.access.throttles import TooMany
from hall.support.audit.models import TrailEntry
from hall.support.refusals import NotFound
from hall.support.workdays.rules import Lamp
from tests.make.asks import QUESTION, make_ask
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.people import NOW, citizen_actor, staff_actor

ROUNDS, CONTROL_ROUNDS = 4, 30


@pytest.fixture
def clerk(db: None) -> Actor:
    return staff_actor(Role.CLERK)


def close(actor: Actor, ask_id: int, **changes: str) -> None:
    asks.close_ask(actor=actor, ask_id=ask_id, now=NOW, **{"outcome": "answered", "note": "说清楚了。", **changes})


@pytest.mark.django_db
def test_a_request_reaches_its_department_with_everything_that_was_written(clerk: Actor) -> None:
    item = make_item(name="护照签发")
    made = make_ask(item_code=item.code, phone="139 0000 4321", history="办事人：护照")
    assert (made.department_name, made.due_on) == ("省发展改革委", date(2026, 11, 24))
    rows, mark = asks.desk_asks(clerk, now=NOW)
    assert [(row.reference, row.item_name, row.excerpt, row.lamp) for row in rows] == [(made.reference, "护照签发", QUESTION, Lamp.YELLOW)]
    assert mark == "" and asks.waiting(clerk) == 1
    file = asks.read_ask(clerk, rows[0].ask_id, now=NOW)
    assert (file.phone, file.question, file.history, file.row.name) == ("13900004321", QUESTION, "办事人：护照", "王女士")


@pytest.mark.django_db
def test_that_a_number_was_read_goes_on_record_without_the_number(clerk: Actor) -> None:
    made = make_ask(phone="13900004321")
    asks.read_ask(clerk, made.ask_id, now=NOW)
    deeds = list(TrailEntry.objects.order_by("pk").values_list("deed", "subject", "detail"))
    assert deeds == [("ask.made", made.reference, ""), ("ask.read", made.reference, "")]


@pytest.mark.django_db
def test_nothing_personal_is_readable_in_the_table(clerk: Actor) -> None:
    make_ask(phone="13900004321", name="王女士")
    with connection.cursor() as cursor:
        cursor.execute("SELECT guidance_ask::text FROM guidance_ask")
        (row,) = cursor.fetchone()
    assert "13900004321" not in row and "王女士" not in row and QUESTION not in row
    assert b"13900004321".hex() not in row


@pytest.mark.django_db
def test_others_do_not_see_it() -> None:
    made = make_ask()
    other = staff_actor(Role.CLERK, department_code="SD33")
    assert asks.desk_asks(other, now=NOW) == ([], "") and asks.waiting(other) == 0
    for deed in (
        lambda: asks.read_ask(other, made.ask_id, now=NOW),
        lambda: close(other, made.ask_id),
        lambda: asks.note_try(actor=other, ask_id=made.ask_id, now=NOW),
        lambda: asks.pass_ask_on(actor=other, ask_id=made.ask_id, department_code="SD33", now=NOW),
    ):
        with pytest.raises(NotFound):
            deed()
    for nobody, refusal in ((citizen_actor(), NotAllowed), (Actor(), SignInNeeded), (staff_actor(Role.SUPERVISOR), NotAllowed)):
        with pytest.raises(refusal):
            asks.read_ask(nobody, made.ask_id, now=NOW)


@pytest.mark.django_db
def test_the_same_form_sent_twice_leaves_one_request() -> None:
    key = uuid4()
    made = make_ask(request_key=key)
    assert make_ask(request_key=key, question="另外一个问题，写错了") == made
    assert AskRequest.objects.count() == 1
    assert asks.asked(made.reference) == made and asks.asked("X" * 13) is None and asks.asked("没有") is None


@pytest.mark.django_db
def test_one_number_is_not_rung_up_without_end() -> None:
    for _ in range(asks.CALLS):
        make_ask(phone="13900004321")
    with pytest.raises(TooMany):
        make_ask(phone="139-0000-4321")
    make_ask(phone="13900004322")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"phone": "123", "question": "？"}, ["question", "phone"]),
        ({"phone": "", "name": "长" * 31, "is_agreed": False}, ["phone", "name", "consent"]),
        ({"question": "长" * 1001}, ["question"]),
        ({"question": "\0 \n\t"}, ["question"]),
    ],
)
@pytest.mark.django_db
def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_kept(changes: dict[str, object], fields: list[str]) -> None:
    with pytest.raises(rules.AskRefused) as refused:
        make_ask(**changes)
    assert [fault.at_field for fault in refused.value.faults] == fields
    assert not AskRequest.objects.exists()


@pytest.mark.django_db
def test_an_unknown_department_or_item_is_not_taken_over() -> None:
    made = make_ask(item_code="999999999999")
    assert AskRequest.objects.get(pk=made.ask_id).item_code == ""
    with pytest.raises(rules.AskRefused) as refused:
        asks.ask_for_call(
            actor=Actor(), request_key=uuid4(), department_code="SD99\0", item_code="", name="", phone="13900004321", question=QUESTION,
            history="", is_agreed=True, now=NOW,
        )  # fmt: skip
    assert [fault.at_field for fault in refused.value.faults] == ["department"]


# --- at the desk ------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_request_ends_once_with_a_note(clerk: Actor) -> None:
    made = make_ask()
    asks.note_try(actor=clerk, ask_id=made.ask_id, now=NOW)
    with pytest.raises(rules.NoteMissing):
        close(clerk, made.ask_id, note=" ")
    with pytest.raises(rules.OutcomeMissing):
        close(clerk, made.ask_id, outcome="gone")
    close(clerk, made.ask_id, outcome="unreachable", note="两次没人接。")
    file = asks.read_ask(clerk, made.ask_id, now=NOW)
    assert (file.row.outcome_name, file.note, file.row.tries, file.row.lamp) == ("联系不上", "两次没人接。", 1, Lamp.NONE)
    for deed in (lambda: close(clerk, made.ask_id), lambda: asks.note_try(actor=clerk, ask_id=made.ask_id, now=NOW)):
        with pytest.raises(rules.AskClosed):
            deed()
    assert [row.reference for row in asks.desk_asks(clerk, is_closed=True, now=NOW)[0]] == [made.reference]
    assert asks.desk_asks(clerk, now=NOW)[0] == []


@pytest.mark.django_db
def test_a_request_is_passed_on_with_its_date_but_not_for_ever(clerk: Actor) -> None:
    made = make_ask()
    departments = {"SD02": clerk, "SD33": staff_actor(Role.CLERK, department_code="SD33")}
    with pytest.raises(rules.SameDepartment):
        asks.pass_ask_on(actor=clerk, ask_id=made.ask_id, department_code="SD02", now=NOW)
    with pytest.raises(rules.NoSuchDepartment):
        asks.pass_ask_on(actor=clerk, ask_id=made.ask_id, department_code="", now=NOW)
    for number in range(rules.MOST_PASSED):
        here, there = ("SD02", "SD33") if number % 2 == 0 else ("SD33", "SD02")
        asks.pass_ask_on(actor=departments[here], ask_id=made.ask_id, department_code=there, now=NOW + timedelta(days=number))
    with pytest.raises(rules.PassedTooOften):
        asks.pass_ask_on(actor=departments["SD33"], ask_id=made.ask_id, department_code="SD02", now=NOW)
    assert asks.read_ask(departments["SD33"], made.ask_id, now=NOW).row.due_on == made.due_on


@pytest.mark.django_db
def test_lists_go_on_behind_their_mark(clerk: Actor) -> None:
    made = [make_ask(now=NOW + timedelta(days=day % 3)) for day in range(5)]
    seen: list[str] = []
    mark = ""
    for _ in range(4):
        rows, mark = asks.desk_asks(clerk, after=mark, limit=2, now=NOW)
        seen += [row.reference for row in rows]
        if not mark:
            break
    assert seen == [one.reference for one in sorted(made, key=lambda one: (one.due_on, one.ask_id))]
    for odd in ("x", "2026-11-24", "2026-11-24_x", "2026-11-24_99999999999999999999", "\0_1"):
        assert len(asks.desk_asks(clerk, after=odd, now=NOW)[0]) == 5


@pytest.mark.django_db
def test_a_closed_request_is_emptied_after_a_month(clerk: Actor) -> None:
    made, young = make_ask(), make_ask()
    close(clerk, made.ask_id)
    assert talk_jobs.empty_asks(now=NOW + timedelta(days=rules.KEPT_DAYS)) == 0
    later = NOW + timedelta(days=rules.KEPT_DAYS, seconds=1)
    assert talk_jobs.empty_asks(now=later) == 1 and talk_jobs.empty_asks(now=later) == 0
    file = asks.read_ask(clerk, made.ask_id, now=later)
    assert file.is_emptied and not any((file.phone, file.question, file.note, file.row.name)) and file.row.outcome_name == "已答复"
    assert asks.read_ask(clerk, young.ask_id, now=later).phone


# --- many hands -------------------------------------------------------------------------------------------------------------------


def _send_by_many() -> bool:
    """One form sent by four clicks at once: one request, and everybody is told the same."""
    key = uuid4()
    told = at_once([lambda: make_ask(request_key=key, phone="13900004321", department_code="SD02")] * 4)
    kept = list(AskRequest.objects.filter(request_key=key).values_list("reference", flat=True))
    AskRequest.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM access_throttle")
    return len(kept) == 1 and all(getattr(one, "reference", "") in kept for one in told[: asks.CALLS])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_form_sent_many_times_at_once_leaves_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "CALLS", 10)
    for _ in range(ROUNDS):
        assert _send_by_many()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_unique_key_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "CALLS", 10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'guidance_ask'::regclass AND conname LIKE '%request_key%'")
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE guidance_ask DROP CONSTRAINT {name}")
    try:
        assert any(not _send_by_many() for _ in range(CONTROL_ROUNDS))
    finally:
        AskRequest.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE guidance_ask ADD CONSTRAINT {name} UNIQUE (request_key)")


def _close_by_two() -> bool:
    """Two of the staff note different ends at once: one counts, the other hears that it was done."""
    clerks = [staff_actor(Role.CLERK), staff_actor(Role.CLERK)]
    made = make_ask()
    ends = ("answered", "unreachable")
    told = at_once(
        [lambda clerk=clerk, end=end: close(clerk, made.ask_id, outcome=end, note=end) for clerk, end in zip(clerks, ends, strict=True)]
    )  # type: ignore[misc]
    done = [end for end, one in zip(ends, told, strict=True) if one is None]
    file = asks.read_ask(clerks[0], made.ask_id, now=NOW)
    return done == [file.row.outcome] == [file.note] and sum(isinstance(one, rules.AskClosed) for one in told) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_close_one_request_at_once() -> None:
    for _ in range(ROUNDS):
        assert _close_by_two()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_lock_two_close_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_, **__: rows)
    assert any(not _close_by_two() for _ in range(CONTROL_ROUNDS))
