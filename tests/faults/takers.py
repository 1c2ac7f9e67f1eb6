"""Systems that take serial numbers, each request asked again until it is answered; and the comparison afterwards."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import Error, connection

from hall.services.serials import commands
from hall.services.serials.models import IssuedSerial
from hall.services.serials.rules import Channel
from tests.make.people import NOW

PATIENCE_SECONDS = 120


class Takers:
    """Threads that take numbers of one counter by the real command; `told` is what each request was told."""

    def __init__(self, *, clients: int, each: int, department: int = 77, run: str = "", now: datetime = NOW) -> None:
        self.told: dict[str, str] = {}
        self.hit = 0
        self._lock, self._is_over, self._now = threading.Lock(), threading.Event(), now
        self._department = department
        names = [[f"{department}-{run}{client}-{number}" for number in range(each)] for client in range(clients)]
        self._threads = [threading.Thread(target=self._work, args=(own,), daemon=True) for own in names]

    def __enter__(self) -> "Takers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(10)

    def _work(self, requests: list[str]) -> None:
        for request in requests:
            while not self._ask(request):
                if self._is_over.is_set():
                    connection.close()
                    return
                time.sleep(0.02)
        connection.close()

    def _ask(self, request: str) -> bool:
        try:
            serial = commands.issue(
                division_code="370000", department_number=self._department, channel=Channel.DEPARTMENT, request_id=request, now=self._now
            )
        except Error:
            connection.close()
            with self._lock:
                self.hit += 1
            return False
        with self._lock:
            self.told[request] = serial
        return True

    def wait_for(self, count: int) -> None:
        """Until so many were told, or every thread gave up. Raises: AssertionError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.told) < count and any(thread.is_alive() for thread in self._threads):
            assert time.monotonic() < deadline, f"{len(self.told)} told"
            time.sleep(0.002)

    def wait_still(self, seconds: float = 1.5) -> None:
        """Until nobody was told anything for a while: commits wait for a standby that does not answer. Raises: AssertionError."""
        deadline, seen, since = time.monotonic() + PATIENCE_SECONDS, -1, 0.0
        while seen != len(self.told) or time.monotonic() - since < seconds:
            if seen != len(self.told):
                seen, since = len(self.told), time.monotonic()
            assert time.monotonic() < deadline, "the numbers go on"
            time.sleep(0.02)

    def finish(self) -> dict[str, str]:
        """When each request has its number."""
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        assert not any(thread.is_alive() for thread in self._threads)
        return dict(self.told)


def serial_faults(told: Mapping[str, str]) -> list[str]:
    """Everything in which what was told and the database disagree; empty when each request has one number, which is its alone."""
    stored = dict(IssuedSerial.objects.filter(request_id__in=list(told)).values_list("request_id", "serial"))
    found = [f"{request} was told {serial}, the database has {stored.get(request)}" for request, serial in told.items() if stored.get(request) != serial]  # fmt: skip
    return found + [f"{serial} was told to {count} requests" for serial, count in Counter(told.values()).items() if count > 1]
