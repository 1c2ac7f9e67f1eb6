"""Applicants who hand in over HTTP, several at a time, and try again until they have an answer, as people do."""

import http.client
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from bench.load import Client
from hall.presentation.commandline.demo.filling import answers_for
from hall.services.applications import commands, queries
from tests.faults.ledger import Ledger
from tests.make import people
from tests.make.applications import make_file
from tests.make.catalogue import make_item

TOKEN = "c" * 32
PEOPLE = 6


@dataclass(frozen=True, slots=True)
class Ready:
    """A finished draft and the cookie of its owner's session."""

    draft_id: int
    revision: int
    cookie: str


def make_ready(count: int) -> list[Ready]:
    """So many finished drafts of `PEOPLE` applicants, one file each, made by the real commands."""
    versions = [make_item() for _ in range(-(-count // PEOPLE))]
    made: list[Ready] = []
    for _ in range(PEOPLE):
        account_id = people.make_citizen()
        actor = people.actor_for(account_id)
        session = people.signed_in(account_id).cookies[settings.SESSION_COOKIE_NAME].value
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        file = make_file(actor)
        for version in versions[: count - len(made)]:
            draft_id = commands.start_draft(actor=actor, item_code=version.code, now=people.NOW)
            page = queries.draft_page(actor, draft_id, now=people.NOW)
            assert page is not None
            answers = {**answers_for(page.definition, people.NOW.date()), **page.answers}
            saved = commands.save_draft(actor=actor, draft_id=draft_id, revision=page.revision, answers=answers, now=people.NOW)
            key = version.materials[0].key
            commands.add_material(actor=actor, draft_id=draft_id, material_key=key, file=file, now=people.NOW)
            made.append(Ready(draft_id, saved.revision, cookie))
    random.Random(7).shuffle(made)
    return made


def hand_in(address: str, draft: Ready, ledger: Ledger) -> bool:
    """One try. An acknowledgement is a redirect to the case's receipt; whether it came."""
    client = Client(address, cookie=draft.cookie, token=TOKEN)
    try:
        status, place = client.post(f"/my/applications/{draft.draft_id}/submit", {"version": draft.revision})
    except (OSError, http.client.HTTPException):
        ledger.unanswered()
        return False
    finally:
        client.close()
    if status == 302 and place.startswith("/my/cases/"):
        ledger.acknowledged(draft.draft_id, place.split("/")[3])
        return True
    ledger.unanswered(status)
    return False


class Submitters:
    """Threads that hand the drafts in. Whoever is done asks again for drafts already handed in, until `finish`."""

    def __init__(self, address: str, drafts: Sequence[Ready], *, clients: int = 6, seed: int = 1, pause: float = 0.01) -> None:
        self.ledger = Ledger()
        self._address, self._pause = address, pause
        self._is_over = threading.Event()
        shares = [drafts[place::clients] for place in range(clients)]
        self._threads = [
            threading.Thread(target=self._work, args=(own, random.Random(seed + at)), daemon=True) for at, own in enumerate(shares)
        ]

    def __enter__(self) -> "Submitters":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self, drafts: Sequence[Ready], chance: random.Random) -> None:
        for draft in drafts:
            while not hand_in(self._address, draft, self.ledger):
                time.sleep(0.05)
            time.sleep(self._pause)
        while not self._is_over.is_set():
            hand_in(self._address, chance.choice(drafts), self.ledger)
            time.sleep(self._pause)

    def finish(self, seconds: float = 60) -> Ledger:
        """Wait until every draft has been acknowledged, however often it took; the record."""
        self._is_over.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), f"not all were answered: {self.ledger.statuses}"
        return self.ledger

    def wait_for(self, acknowledgements: int, seconds: float = 30) -> None:
        """Until so many came in. Raises: AssertionError."""
        deadline = time.monotonic() + seconds
        while self.ledger.acknowledgements < acknowledgements:
            assert time.monotonic() < deadline, f"{self.ledger.acknowledgements} acknowledgements, {self.ledger.statuses}"
            time.sleep(0.02)
