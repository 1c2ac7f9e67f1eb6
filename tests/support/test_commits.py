"""Locks let go at the commit, words after the disk: what early_release promises (tests/faults shows it with a killed database)."""

import threading

import pytest
from django.db import connection, transaction

from hall.support import commits
from hall.support.access.models import Throttle
from tests.make.people import NOW


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


def _row(key: str) -> None:
    Throttle.objects.create(key=key, window_number=1, tries=1, expires_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_commit_does_not_wait_and_the_word_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    real = commits.wait_for_disk
    monkeypatch.setattr(commits, "wait_for_disk", lambda: (seen.append((connection.in_atomic_block, _setting())), real()))
    before = _setting()
    with commits.early_release():
        assert _setting() == "off"
        _row("a")
    assert seen == [(False, before)] and Throttle.objects.filter(key="a").exists()


@pytest.mark.django_db(transaction=True)
def test_a_fault_takes_everything_back_and_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "wait_for_disk", lambda: pytest.fail("nothing was committed"))
    with pytest.raises(ZeroDivisionError), commits.early_release():
        _row("a")
        raise ZeroDivisionError
    assert not Throttle.objects.exists() and _setting() != "off"


@pytest.mark.django_db(transaction=True)
def test_within_another_transaction_it_is_a_part_of_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "wait_for_disk", lambda: pytest.fail("the outer transaction says when"))
    with transaction.atomic():
        with commits.early_release():
            assert _setting() != "off"
            _row("a")
        with pytest.raises(ZeroDivisionError), commits.early_release():
            _row("b")
            raise ZeroDivisionError
    assert list(Throttle.objects.values_list("key", flat=True)) == ["a"]


@pytest.mark.django_db(transaction=True)
def test_the_lock_is_free_while_the_word_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    _row("a")
    waits, goes = threading.Event(), threading.Event()
    monkeypatch.setattr(commits, "wait_for_disk", lambda: (waits.set(), goes.wait(10)))

    def first() -> None:
        with commits.early_release():
            Throttle.objects.filter(key="a").update(tries=2)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert waits.wait(10)
    with transaction.atomic():
        assert Throttle.objects.select_for_update(nowait=True).get(key="a").tries == 2
    goes.set()
    thread.join()
