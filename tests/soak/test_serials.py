"""Serial numbers over a failover and over a restore (`make soak`): none is given twice, and without the rule some would be (§6.2; trust.md §5, 4 and 21)."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection
from django.utils import timezone

from hall.services.serials import restoring
from hall.support.operations.postgres import EmbeddedPostgres
from tests.faults.conftest import _place, own_server  # noqa: F401  (the same server that may be killed)
from tests.faults.takers import Takers, serial_faults
from tests.make.people import SYSTEM, make_department
from tests.soak.standby import Copy, ask_primary, caught_up, freeze_link, kill_all, synchronous

pytestmark = pytest.mark.soak
Told = Mapping[str, str]


@contextmanager
def moved_to(copy: Copy) -> Iterator[None]:
    """The hall talks to the copy now."""
    before, address = dict(connection.settings_dict), os.environ["HALL_DATABASE_URL"]
    connection.close()
    connection.settings_dict |= _place(copy.address())
    os.environ["HALL_DATABASE_URL"] = copy.address()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= before
        os.environ["HALL_DATABASE_URL"] = address


def take(run: str, *, each: int, department: int, now: datetime) -> dict[str, str]:
    with Takers(clients=8, each=each, run=run, department=department, now=now) as takers:
        return takers.finish()


def twice(*told: Told) -> list[str]:
    """Numbers that more than one request was told."""
    return [serial for serial, count in Counter(serial for one in told for serial in one.values()).items() if count > 1]


def test_nothing_acknowledged_is_given_again_when_the_standby_takes_over_from_a_frozen_link(own_server: EmbeddedPostgres) -> None:  # noqa: F811
    """The documented set-up: synchronous. What was told is on the standby, so its counters stand where they should."""
    now = timezone.now()
    make_department(code="SD81", number=81)
    copy = Copy(own_server, "sync_copy", follows=True).start()
    try:
        with synchronous(own_server, "sync_copy"):
            first = take("a", each=40, department=81, now=now)
            takers = Takers(clients=8, each=200, run="b", department=81, now=now)
            with takers:
                takers.wait_for(100)
                freeze_link(own_server, "sync_copy")
                takers.wait_still()
                kill_all(own_server)
                copy.promote()
                with moved_to(copy):
                    second = takers.finish()
                    assert takers.hit > 0, "nobody was hit: the fault did not happen"
                    third = take("c", each=40, department=81, now=now)
                    assert twice(first, second, third) == []
                    assert serial_faults({**first, **second, **third}) == []
    finally:
        copy.stop()
        own_server.restart()
        connection.close()


def test_an_asynchronous_standby_gives_numbers_again_and_the_head_room_keeps_it_from_that(own_server: EmbeddedPostgres) -> None:  # noqa: F811
    """The control: the same freeze without the synchronous set-up loses what was told. Then the rule, and nothing more is given twice."""
    now = timezone.now()
    make_department(code="SD82", number=82)
    copy = Copy(own_server, "async_copy", follows=True).start()
    try:
        first = take("a", each=20, department=82, now=now)
        caught_up(own_server, "async_copy")
        freeze_link(own_server, "async_copy")
        lost = take("b", each=40, department=82, now=now)
        kill_all(own_server)
        copy.promote()
        with moved_to(copy):
            assert serial_faults(lost), "the standby should not know what was told after the freeze"
            again = take("c", each=5, department=82, now=now)
            assert len(twice(first, lost, again)) == len(again), "without the rule every number is somebody's already"
            restoring.move_ahead(actor=SYSTEM, now=now)
            after = take("d", each=40, department=82, now=now)
            assert twice(first, lost, after) == [] and twice(again, after) == []
    finally:
        copy.stop()
        own_server.restart()
        connection.close()


def test_a_restored_base_backup_gives_no_number_again_after_the_command(own_server: EmbeddedPostgres) -> None:  # noqa: F811
    now = timezone.now()
    make_department(code="SD83", number=83)
    first = take("a", each=20, department=83, now=now)
    copy = Copy(own_server, "restored", follows=False)
    lost = take("b", each=40, department=83, now=now)
    ask_primary(own_server, "CHECKPOINT")
    copy.start()
    try:
        with moved_to(copy):
            assert serial_faults(first) == [] and len(serial_faults(lost)) == len(lost)
            again = take("c", each=1, department=83, now=now)
            assert twice(lost, again), "the control: without the rule the backup begins where it was"
            restoring.move_ahead(actor=SYSTEM, now=now)
            assert twice(first, lost, again, take("d", each=40, department=83, now=now)) == twice(lost, again)
    finally:
        copy.stop()
        connection.close()
