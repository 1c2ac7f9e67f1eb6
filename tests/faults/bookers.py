"""A crowd that wants few seats over HTTP, each with a key of their own, asking again until they have an answer; and the comparison afterwards."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings

from bench.load import Client
from hall.services.appointments.models import Appointment, Slot, SlotShare
from tests.make import people

TOKEN = "c" * 32
PATIENCE_SECONDS = 240


@dataclass
class Told:
    """What each of the crowd was told in the end: the code of a booking, or that the slot is full; and every other status on the way."""

    codes: dict[int, str] = field(default_factory=dict)
    full: set[int] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answers(self) -> int:
        with self.lock:
            return len(self.codes) + len(self.full)


def make_crowd(count: int) -> list[tuple[int, str]]:
    """So many citizens: account and cookie."""
    made = []
    for _ in range(count):
        account_id = people.make_citizen()
        session = people.signed_in(account_id).cookies[settings.SESSION_COOKIE_NAME].value
        made.append((account_id, f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"))
    return made


class Bookers:
    """Threads that share the crowd; each person asks until booked or full."""

    def __init__(self, address: str, slot: Slot, crowd: Sequence[tuple[int, str]], *, clients: int) -> None:
        self.told, self._address, self._slot = Told(), address, slot
        self._threads = [threading.Thread(target=self._work, args=(crowd[at::clients],), daemon=True) for at in range(clients)]

    def __enter__(self) -> "Bookers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(1)

    def _work(self, crowd: Sequence[tuple[int, str]]) -> None:
        for account_id, cookie in crowd:
            while not self._ask(account_id, cookie):
                time.sleep(0.3)

    def _ask(self, account_id: int, cookie: str) -> bool:
        client = Client(self._address, cookie=cookie, token=TOKEN)
        body = {"slot_id": self._slot.pk, "item": self._slot.subject[5:]}
        try:
            status, answer = client.post_json("/api/v1/appointments", body, key=f"crowd-{account_id}")
        except (OSError, http.client.HTTPException):
            status, answer = 0, {}
        finally:
            client.close()
        with self.told.lock:
            if status == 201:
                self.told.codes[account_id] = str(answer["code"])
            elif status == 409:
                self.told.full.add(account_id)
            else:
                self.told.statuses[status] += 1
        return status in {201, 409}

    def wait_for(self, answers: int) -> None:
        """Until so many have their answer. Raises: AssertionError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.told.answers < answers:
            assert time.monotonic() < deadline, f"{self.told.answers} answers, {self.told.statuses}"
            time.sleep(0.01)

    def finish(self) -> Told:
        """When everybody has an answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), f"not all were answered: {self.told.statuses}"
        return self.told


def crowd_faults(told: Told, slot: Slot, *, seats: int) -> list[str]:
    """Everything in which what people were told and the database disagree; empty when each seat has one owner, who knows it."""
    stored = dict(Appointment.objects.filter(slot=slot).values_list("account_id", "code"))
    found = [f"{account} was told {code}, the database has {stored.get(account)}" for account, code in told.codes.items()
             if stored.get(account) != code]  # fmt: skip
    found += [f"{account} has a seat and was told the slot is full" for account in told.full if account in stored]
    bookings = Appointment.objects.filter(slot=slot).count()
    taken = sum(SlotShare.objects.filter(slot=slot).values_list("taken", flat=True))
    if not bookings == taken == len(stored) == seats:
        found.append(f"{bookings} bookings of {len(stored)} people, {taken} counted, {seats} seats")
    return found
