"""The answer is lost after the commit, the person presses the button again: one case (trust.md §5, 2 and 13)."""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import QuerySet

from bench.served import Served
from hall.services.applications import commands, measuring
from hall.services.applications.models import Draft
from hall.services.cases.models import Case
from hall.services.inspections import commands as inspections
from hall.services.serials import commands as serials
from tests.faults.ledger import Ledger, faults
from tests.faults.submitters import hand_in, make_ready
from tests.make import people
from tests.make.crowds import at_once

LOST = 20


@contextmanager
def _cutting_proxy(port: int) -> Iterator[str]:
    """Passes one request on, waits for the hall's answer and then hangs up without a word of it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", port)) as hall:
                hall.sendall(_whole_request(client))
                hall.recv(65536)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def _whole_request(client: socket.socket) -> bytes:
    data = client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def test_whoever_asks_again_after_a_lost_answer_gets_the_same_case(hall: Served) -> None:
    drafts, ledger = make_ready(LOST), Ledger()
    with _cutting_proxy(hall.port) as cut:
        assert not any(hand_in(cut, draft, ledger) for draft in drafts)
    assert ledger.lost == LOST and not ledger.told
    made = dict(Draft.objects.filter(case__isnull=False).values_list("pk", "case__serial"))
    assert len(made) == LOST, "the answers were lost after the commit"
    assert all(hand_in(hall.address, draft, ledger) for draft in drafts)
    assert {draft: serials[0] for draft, serials in ledger.told.items()} == made
    assert faults(ledger, made) == []


def _press_at_once(times: int = 4) -> int:
    """So many submissions of one draft at the same moment; the number of cases that came of it."""
    (draft,) = make_ready(1)
    actor = people.actor_for(Draft.objects.values_list("account_id", flat=True).get(pk=draft.draft_id))

    def press() -> str:
        return commands.submit_application(actor=actor, draft_id=draft.draft_id, revision=draft.revision, now=people.NOW).serial

    before = Case.objects.count()
    at_once([press] * times)
    return Case.objects.count() - before


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_pressing_several_times_at_once_makes_one_case() -> None:
    assert [_press_at_once() for _ in range(5)] == [1] * 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_lock_and_request_key_pressing_twice_makes_two_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the guards taken away, the same presses make more than one case."""
    issue: Callable[..., str] = serials.issue
    together = threading.Barrier(4)

    def unkeyed(**given: Any) -> str:
        together.wait(10)
        return issue(**given | {"request_id": uuid.uuid4().hex})

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(serials, "issue", unkeyed)
    # The measure's row of a draft and the note of a file's use are unique: they would hold the others up too.
    monkeypatch.setattr(measuring, "note_single", lambda *_, **__: None)
    monkeypatch.setattr(inspections, "note_uses", lambda *_, **__: None)
    assert _press_at_once() > 1
