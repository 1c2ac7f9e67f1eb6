"""People keep their sheets: each once, only their own, sealed, and no more than the limit."""

import threading

import pytest
from django.db import connection

from hall.services.guidance import commands, queries, rules
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import SavedSheet
from hall.support.access.actors import VISITOR, Actor, NotAllowed, Role, SignInNeeded
from hall.support.refusals import NotFound
from tests.make.guidance import guided_item, make_guide
from tests.make.people import NOW, citizen_actor, staff_actor

DONE = {"q1": "a1", "q2": "a2"}


def keep(actor: Actor, code: str, choices: dict[str, str] | None = None) -> int:
    return commands.save_sheet(actor=actor, kind=Kinds.ITEM, code=code, choices=choices or DONE, now=NOW)


@pytest.mark.django_db
def test_a_sheet_is_kept_once_and_found_again() -> None:
    item, actor = guided_item(), citizen_actor()
    make_guide(item)
    sheet_id = keep(actor, item.code)
    assert keep(actor, item.code, {**DONE, "q3": "a1", "junk": "x"}) == sheet_id
    rows = queries.saved_sheets(actor)
    assert [(row.sheet_id, row.title, row.is_older) for row in rows] == [(sheet_id, "我要办这件事", False)]
    assert rows[0].href == f"/items/{item.code}/guide/sheet?q1=a1&q2=a2"
    make_guide(item)
    assert queries.saved_sheets(actor)[0].is_older


@pytest.mark.django_db
def test_choices_are_not_readable_in_the_table() -> None:
    item = guided_item()
    make_guide(item)
    keep(citizen_actor(), item.code)
    held = SavedSheet.objects.get()
    assert b"q1" not in bytes(held.choices)


@pytest.mark.django_db
def test_sheets_are_ones_own() -> None:
    item, actor = guided_item(), citizen_actor()
    make_guide(item)
    sheet_id = keep(actor, item.code)
    other = citizen_actor(name="李四")
    assert queries.saved_sheets(other) == []
    with pytest.raises(NotFound):
        commands.drop_sheet(actor=other, sheet_id=sheet_id)
    commands.drop_sheet(actor=actor, sheet_id=sheet_id)
    assert queries.saved_sheets(actor) == []


@pytest.mark.django_db
def test_an_unfinished_sheet_is_not_kept() -> None:
    item = guided_item()
    make_guide(item)
    with pytest.raises(rules.NotFinished):
        keep(citizen_actor(), item.code, {"q1": "a1"})
    with pytest.raises(NotFound):
        keep(citizen_actor(), "370199999999")
    for actor in (VISITOR, staff_actor(Role.CLERK)):
        with pytest.raises((NotAllowed, SignInNeeded)):
            keep(actor, item.code)


@pytest.mark.django_db
def test_fifty_are_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_SAVED", 1)
    item, actor = guided_item(), citizen_actor()
    make_guide(item)
    keep(actor, item.code)
    keep(actor, item.code)
    with pytest.raises(rules.TooManySheets):
        keep(actor, item.code, {"q1": "a2", "q2": "a2"})
    assert len(queries.saved_sheets(actor)) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_windows_keep_one_sheet() -> None:
    item, actor = guided_item(), citizen_actor()
    make_guide(item)
    barrier, found, faults = threading.Barrier(4), [], []

    def window() -> None:
        try:
            barrier.wait()
            found.append(keep(actor, item.code))
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    windows = [threading.Thread(target=window) for _ in range(4)]
    for one in windows:
        one.start()
    for one in windows:
        one.join()
    assert faults == []
    assert len(set(found)) == 1
    assert SavedSheet.objects.count() == 1
