"""Load: wrk for throughput where it is installed, and a client of our own that keeps every latency."""

import contextlib
import http.client
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from bench.served import Served, cpu_seconds

CONNECTIONS = 16


@dataclass(slots=True)
class Load:
    """What a load run came to: answers a second, CPU of the answering processes for each, latencies where they were kept."""

    requests: int
    seconds: float
    cpu_ms: float
    failures: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Client:
    """One keep-alive connection of one visitor."""

    def __init__(self, address: str, *, cookie: str = "", token: str = "") -> None:
        self._host = urlsplit(address).netloc
        self._headers = {"Cookie": cookie} if cookie else {}
        self._headers["Accept-Encoding"] = "gzip"
        self._token = token
        self._connection = http.client.HTTPConnection(self._host, timeout=30)

    def get(self, path: str) -> int:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def post(self, path: str, fields: dict[str, object]) -> tuple[int, str]:
        """Status and Location of a form's answer. Raises: OSError, http.client.HTTPException when no answer came."""
        body = urlencode({"csrfmiddlewaretoken": self._token, **fields})
        try:
            self._connection.request("POST", path, body, {**self._headers, "Content-Type": "application/x-www-form-urlencoded"})
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return answer.status, answer.headers.get("Location", "")

    def post_json(self, path: str, body: dict[str, object], *, key: str) -> tuple[int, dict[str, object]]:
        """Status and answer of the machine door, asked under a request key. Raises: OSError, http.client.HTTPException when none came."""
        headers = {**self._headers, "Content-Type": "application/json", "X-CSRFToken": self._token, "Idempotency-Key": key}
        try:
            self._connection.request("POST", path, json.dumps(body), {**headers, "Accept-Encoding": "identity"})
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(text) if is_json else {}

    def be(self, cookie: str) -> None:
        """Go on as somebody else, over the same connection."""
        self._headers["Cookie"] = cookie

    def close(self) -> None:
        self._connection.close()


def together(clients: int, seconds: float | None, make: Callable[[int], Callable[[], bool]]) -> tuple[list[float], int, float]:
    """Let so many clients call what `make(number)` gives them until the time is up; latencies, failures, seconds it took.

    Without a time the calls end by raising StopIteration, and none is spent on warming up.
    """
    times: list[list[float]] = [[] for _ in range(clients)]
    failures = [0] * clients
    barrier = threading.Barrier(clients + 1)

    def run(number: int) -> None:
        call = make(number)
        if seconds is not None:
            call()
        barrier.wait()
        until = time.perf_counter() + (seconds or 600)
        with contextlib.suppress(StopIteration):
            while (began := time.perf_counter()) < until:
                failures[number] += not call()
                times[number].append(time.perf_counter() - began)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return [one for own in times for one in own], sum(failures), time.perf_counter() - began


def gets(hall: Served, paths: Sequence[str], *, clients: int, seconds: float, cookie: str = "") -> Load:
    """Our own client: each visitor asks for the paths in turn, beginning elsewhere."""

    def make(number: int) -> Callable[[], bool]:
        client = Client(hall.address, cookie=cookie)
        turn = _round(paths, number)
        return lambda: client.get(next(turn)) == 200

    workers = hall.web_processes()
    before = cpu_seconds(workers)
    times, failures, took = together(clients, seconds, make)
    return Load(len(times), took, (cpu_seconds(workers) - before) * 1000 / max(1, len(times)), failures, times)


def _round(paths: Sequence[str], number: int) -> Iterator[str]:
    while True:
        yield paths[number % len(paths)]
        number += 1


def hammer(hall: Served, path: str, *, seconds: float) -> Load:
    """As many answers as can be had from one address, over `CONNECTIONS` connections."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return gets(hall, [path], clients=CONNECTIONS, seconds=seconds)
    workers = hall.web_processes()
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-H", "Accept-Encoding: gzip", hall.address + path]
    before = cpu_seconds(workers)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(workers) - before
    found = re.search(r"(\d+) requests in ([\d.]+)(m?s)", told)
    assert found, told
    requests, took = int(found[1]), float(found[2]) / (1000 if found[3] == "ms" else 1)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return Load(requests, took, used * 1000 / max(1, requests), int(wrong[1]) if wrong else 0)


def loader() -> str:
    return "wrk" if shutil.which("wrk") else "own client"
