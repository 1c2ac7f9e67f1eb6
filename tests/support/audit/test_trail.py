"""The trail keeps what was done, in order, and shows every later change."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from hall.support.access.actors import Actor, Role
from hall.support.audit import jobs, trail
from hall.support.audit.models import TrailEntry, TrailSeal

CLERK = Actor(account_id=7, name="张磊", roles=frozenset({Role.CLERK, Role.REVIEWER}), department_code="SD26", address="10.0.0.7")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def _deeds(count: int) -> None:
    for number in range(count):
        trail.record(CLERK, "case.accepted", f"37000026{number:06}")


@contextmanager
def _as_a_villain() -> Iterator[None]:
    """Change tables as somebody with the database's own rights could: with the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_deed_is_kept_with_who_where_and_what_but_without_names() -> None:
    trail.record(CLERK, "case.accepted", "37000026000001", detail="x" * 500)
    (row,) = trail.entries_before(subject="37000026000001")
    assert (row.actor_id, row.actor_roles, row.department_code, row.address) == (7, "clerk,reviewer", "SD26", "10.0.0.7")
    assert (row.deed, row.outcome, len(row.detail)) == ("case.accepted", "done", 300)
    assert "张磊" not in repr(row)


def test_a_deed_vanishes_with_its_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _deeds(1)
        raise RuntimeError
    assert trail.entries_before() == []


def test_a_sealed_chain_holds_and_sealing_twice_changes_nothing() -> None:
    _deeds(5)
    assert trail.verify().unsealed == 5
    assert jobs.seal_trail(now=NOW) == 5
    assert jobs.seal_trail(now=NOW) == 0
    verdict = trail.verify()
    assert (verdict.entries, verdict.unsealed, verdict.faults) == (5, 0, ())
    assert verdict.head == trail.head() != trail.GENESIS


def test_an_entry_that_commits_late_is_chained_by_the_hourly_round() -> None:
    _deeds(1)
    late = TrailEntry.objects.get()
    with _as_a_villain():
        TrailEntry.objects.all().delete()
    _deeds(5)
    trail.seal()
    late.save(force_insert=True)
    assert trail.seal(lookback=2) == 0
    assert jobs.seal_stragglers(now=NOW) == 1
    assert trail.verify().faults == ()


def test_batches_of_any_size_give_the_same_chain() -> None:
    _deeds(7)
    while trail.seal(batch=2):
        pass
    assert trail.verify().faults == ()
    assert list(TrailSeal.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 8))


@pytest.mark.parametrize(
    "column, value", [("deed", "case.denied"), ("actor_id", 8), ("subject", "other"), ("address", ""), ("detail", "no")]
)
def test_a_changed_entry_is_found(column: str, value: object) -> None:
    _deeds(3)
    trail.seal()
    middle = TrailEntry.objects.order_by("pk")[1].pk
    with _as_a_villain(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", [value, middle])
    assert f"entry {middle}" in trail.verify().faults[0]


def test_a_removed_entry_is_found() -> None:
    _deeds(3)
    trail.seal()
    with _as_a_villain(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_seal WHERE position = 2")
        cursor.execute("DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)")
    assert any("seal 2 is missing" in fault for fault in trail.verify().faults)


def test_a_cut_tail_is_found_by_a_noted_head() -> None:
    _deeds(3)
    trail.seal()
    noted = trail.head()
    with _as_a_villain(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_seal WHERE position = 3")
        cursor.execute("DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)")
    assert trail.verify().faults == (), "the shortened chain holds in itself"
    assert trail.verify(expected_head=noted).faults != ()


def test_a_noted_head_stays_on_the_growing_chain() -> None:
    _deeds(2)
    trail.seal()
    noted = trail.head()
    _deeds(2)
    trail.seal()
    assert trail.verify(expected_head=noted).faults == ()


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_the_tables_refuse_every_change(statement: str, table: str) -> None:
    _deeds(1)
    trail.seal()
    text = statement.format(table).replace("SET id = id", "SET hash = hash" if table == "audit_seal" else "SET id = id")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text)


@pytest.mark.race
def test_sealers_at_once_make_one_chain() -> None:
    def seal(number: int) -> int:
        try:
            return trail.seal(batch=3)
        finally:
            connection.close()

    for _ in range(5):
        _deeds(20)
        with ThreadPoolExecutor(6) as sealers:
            list(sealers.map(seal, range(18)))
        trail.seal_all()
        assert trail.verify().faults == ()
    assert TrailSeal.objects.count() == 100
