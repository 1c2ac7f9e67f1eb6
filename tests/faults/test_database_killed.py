"""kill -9 of PostgreSQL in the middle of submissions, and a database that is away for a while (trust.md §5, 3)."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from bench.load import Client
from bench.served import Served
from hall.services.applications import commands
from hall.services.applications.models import Draft
from hall.services.appointments.models import Appointment, Slot
from hall.support import commits
from hall.support.access.actors import Actor
from hall.support.operations.postgres import EmbeddedPostgres
from tests.faults.bookers import Bookers, Told, crowd_faults, make_crowd
from tests.faults.ledger import Ledger, faults
from tests.faults.submitters import Ready, Submitters, make_ready
from tests.faults.takers import Takers, serial_faults
from tests.make import people
from tests.make.appointments import book, make_coming_slot


@pytest.fixture
def hall(own_server: EmbeddedPostgres) -> Iterator[Served]:
    """With the job worker, so that /readyz has everything it asks for."""
    with Served(own_server.address, settings.VAR_DIR, with_worker=True, settings="tests.settings") as served:
        yield served


def kill(server: EmbeddedPostgres) -> None:
    """The postmaster dies without a word; its backends follow."""
    process = int((server.data_folder / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(process, signal.SIGKILL)


def recover(server: EmbeddedPostgres) -> None:
    """What `hall run` does when it sees that the server ended."""
    server.restart()
    connection.close()


def test_acknowledged_submissions_survive_a_killed_database(own_server: EmbeddedPostgres, hall: Served) -> None:
    drafts = make_ready(90)
    with Submitters(hall.address, drafts, pause=0.03) as crowd:
        for _ in range(2):
            crowd.wait_for(crowd.ledger.acknowledgements + 20)
            kill(own_server)
            recover(own_server)
        ledger = crowd.finish()
    assert ledger.lost > 0, "nobody was hit: the fault did not happen"
    assert set(ledger.statuses) <= {0, 503}, "whoever was hit got a friendly page or no answer, never another error"
    assert set(ledger.told) == {draft.draft_id for draft in drafts}
    assert faults(ledger, ledger.told, with_jobs=False) == []


def test_few_seats_go_to_as_many_people_though_web_and_database_are_killed(own_server: EmbeddedPostgres, hall: Served) -> None:
    book_through_kills(own_server, hall, people_count=100, seats=20, clients=12)


def book_through_kills(server: EmbeddedPostgres, hall: Served, *, people_count: int, seats: int, clients: int) -> None:
    """A crowd on few seats; a web process and then the database die while seats are given out."""
    slot, wanting = make_coming_slot(seats=seats), make_crowd(people_count)
    with Bookers(hall.address, slot, wanting, clients=clients) as crowd:
        crowd.wait_for(seats // 4)
        assert hall.kill_web()
        crowd.wait_for(seats // 2)
        kill(server)
        recover(server)
        told = crowd.finish()
    assert sum(told.statuses.values()) > 0, "nobody was hit: the fault did not happen"
    assert set(told.statuses) <= {0, 429, 503}
    assert crowd_faults(told, slot, seats=seats) == []
    assert len(told.codes) == seats and len(told.full) == people_count - seats
    # The control: a record that disagrees with the database is noticed.
    somebody = next(iter(told.codes))
    assert crowd_faults(Told({**told.codes, somebody: "LOST"}, told.full), slot, seats=seats)
    assert crowd_faults(Told(told.codes, {*told.full, somebody}), slot, seats=seats)
    assert crowd_faults(told, slot, seats=seats + 1)


def test_acknowledged_serial_numbers_survive_a_killed_database(own_server: EmbeddedPostgres) -> None:
    with Takers(clients=4, each=60) as takers:
        takers.wait_for(60)
        kill(own_server)
        recover(own_server)
        told = takers.finish()
    assert takers.hit > 0, "nobody was hit: the fault did not happen"
    assert serial_faults(told) == []
    sequences = sorted(int(serial[18:23]) for serial in told.values())
    assert sequences == list(range(1, 241)), "gapless through the fault"
    # The control: a number given twice, and one that the database does not know, are noticed.
    assert serial_faults({**told, "again": next(iter(told.values()))}) and serial_faults(
        {**told, next(iter(told)): "370000013202611231000018"}
    )


def test_an_absent_database_is_a_kind_page_and_a_red_light_until_it_is_back(own_server: EmbeddedPostgres, hall: Served) -> None:
    (draft,) = make_ready(1)
    assert hall.wait_for("/readyz", 200, seconds=20) >= 0
    kill(own_server)
    client = Client(hall.address, cookie=draft.cookie)
    assert client.get("/my") == 503
    assert "大厅正在恢复" in hall.text("/search?q=%E5%87%BA%E7%94%9F")
    assert hall.status("/readyz") == 503
    assert hall.status("/healthz") == 200, "an absent database is no reason to restart the web server"
    recover(own_server)
    assert client.get("/my") == 200, "the same connection goes on: nobody restarted anything"
    assert hall.wait_for("/readyz", 200, seconds=25) >= 0


def test_without_synchronous_commit_acknowledgements_would_be_lost(own_server: EmbeddedPostgres) -> None:
    """The control: the same kill, the guard taken away, and the comparison sees what is missing."""
    name = connection.settings_dict["NAME"]
    drafts, ledger = make_ready(60), Ledger()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    connection.close()
    try:
        threads = [threading.Thread(target=_hand_in_here, args=(drafts[at::3], ledger)) for at in range(3)]
        for thread in threads:
            thread.start()
        _wait_for(ledger, 25)
        kill(own_server)
        for thread in threads:
            thread.join()
        recover(own_server)
        assert [fault for fault in faults(ledger, ledger.told, with_jobs=False) if "the database has None" in fault]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} RESET synchronous_commit")
        connection.close()


def test_bookings_told_are_kept_though_their_locks_were_let_go_early(own_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = make_coming_slot(seats=900)
    told, lost = _book_until_killed(own_server, slot, people_count=240, acknowledgements=60)
    assert len(told) >= 60 and lost == []
    # The control: who is told before the disk has it, is told of bookings that are gone.
    monkeypatch.setattr(commits, "wait_for_disk", lambda: None)
    assert _book_until_killed(own_server, slot, people_count=240, acknowledgements=60)[1]


def _book_until_killed(server: EmbeddedPostgres, slot: Slot, *, people_count: int, acknowledgements: int) -> tuple[list[str], list[str]]:
    """The codes that people were told by the command itself until the database died, and those of them that it does not know afterwards."""
    told: list[str] = []

    def work(actors: list[Actor]) -> None:
        try:
            for actor in actors:
                told.append(book(actor, slot, now=timezone.now()).code)
        except DatabaseError:
            pass  # the database is gone
        finally:
            connection.close()

    actors = [people.actor_for(people.make_citizen()) for _ in range(people_count)]
    threads = [threading.Thread(target=work, args=(actors[at::3],)) for at in range(3)]
    for thread in threads:
        thread.start()
    while len(told) < acknowledgements and any(thread.is_alive() for thread in threads):
        time.sleep(0.001)
    kill(server)
    for thread in threads:
        thread.join()
    recover(server)
    known = set(Appointment.objects.filter(slot=slot).values_list("code", flat=True))
    return told, [code for code in told if code not in known]


def _hand_in_here(drafts: list[Ready], ledger: Ledger) -> None:
    """Through the command itself, as fast as it goes, until the database is gone."""
    try:
        for draft in drafts:
            account_id = Draft.objects.values_list("account_id", flat=True).get(pk=draft.draft_id)
            actor = people.actor_for(account_id)
            done = commands.submit_application(actor=actor, draft_id=draft.draft_id, revision=draft.revision, now=people.NOW)
            ledger.acknowledged(draft.draft_id, done.serial)
    except Exception:
        ledger.unanswered()
    finally:
        connection.close()


def _wait_for(ledger: Ledger, acknowledgements: int) -> None:
    while ledger.acknowledgements < acknowledgements and not ledger.lost:
        time.sleep(0.001)
