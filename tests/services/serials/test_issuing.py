"""Issuing numbers: gapless, once per request, also in a crowd (§6.2)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from hall.services.serials import commands, rules
from hall.services.serials.models import IssuedSerial, SerialCounter
from hall.services.serials.rules import Channel

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def issue(request_id: str, *, now: datetime = NOW, channel: Channel = Channel.WEB) -> str:
    return commands.issue(division_code="370000", department_number=13, channel=channel, request_id=request_id, now=now)


@pytest.mark.django_db
def test_numbers_of_a_day_follow_one_another_without_gaps() -> None:
    numbers = [issue(f"r{i}") for i in range(5)]
    assert [n[18:23] for n in numbers] == ["00001", "00002", "00003", "00004", "00005"]
    assert all(rules.is_valid(n) for n in numbers)


@pytest.mark.django_db
def test_the_same_request_gets_the_same_number() -> None:
    assert issue("r1") == issue("r1")
    assert issue("r2")[18:23] == "00002"


@pytest.mark.django_db
def test_day_and_channel_count_on_their_own() -> None:
    issue("r1")
    assert issue("r2", channel=Channel.WINDOW)[18:23] == "00001"
    assert issue("r3", now=NOW + timedelta(days=1))[18:23] == "00001"


@pytest.mark.django_db
def test_the_day_is_chinas() -> None:
    assert issue("late", now=datetime(2026, 11, 23, 16, 30, tzinfo=UTC))[9:17] == "20261124"


@pytest.mark.django_db
def test_a_rolled_back_application_leaves_no_gap() -> None:
    def fail() -> None:
        with transaction.atomic():
            issue("r1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert issue("r2")[18:23] == "00001"


@pytest.mark.django_db
def test_a_full_day_is_refused_and_changes_nothing() -> None:
    SerialCounter.objects.create(division_code="370000", department_number=13, issued_on=NOW.date(), channel=Channel.WEB, last=99_999)
    with pytest.raises(rules.SerialsUsedUp), transaction.atomic():
        issue("r1")
    assert not IssuedSerial.objects.exists()


def crowd(calls: list[Callable[[], str]]) -> list[str]:
    """Run the calls at once, each on a connection of its own."""
    start, results = threading.Barrier(len(calls)), [""] * len(calls)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = calls[place]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_crowd_gets_different_numbers_without_gaps() -> None:
    for round_ in range(12):
        numbers = crowd([lambda key=f"{round_}-{i}": issue(key) for i in range(8)])  # type: ignore[misc]
        assert len(set(numbers)) == 8
    assert SerialCounter.objects.get().last == 96


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twins_of_one_request_get_one_number() -> None:
    for round_ in range(12):
        numbers = crowd([lambda key=f"twin-{round_}": issue(key) for _ in range(8)])  # type: ignore[misc]
        assert len(set(numbers)) == 1
    assert SerialCounter.objects.get().last == 12


def careless_issue(key: str) -> str:
    """The control: read the counter, think, write it back."""
    with transaction.atomic():
        counter, _ = SerialCounter.objects.get_or_create(
            division_code="370000", department_number=13, issued_on=NOW.date(), channel=Channel.WEB, defaults={"last": 0}
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.002)")
        SerialCounter.objects.filter(pk=counter.pk).update(last=counter.last + 1)
        return str(counter.last + 1)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_crowd_gets_the_same_number_twice() -> None:
    SerialCounter.objects.create(division_code="370000", department_number=13, issued_on=NOW.date(), channel=Channel.WEB, last=0)
    rounds = [crowd([lambda: careless_issue("x") for _ in range(8)]) for _ in range(5)]
    assert any(len(set(numbers)) < 8 for numbers in rounds)
