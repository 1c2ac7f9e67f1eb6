"""Asking the meaning process: which items come near to what somebody typed. Without it search goes by words alone."""

import contextlib
import json
import logging
import math
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from hall.services.search.keeping import Kept

log = logging.getLogger("hall.search")

LONGEST_LINE = 4096
# A busy machine may take long over one answer; that is still better than an answer by words alone.
_SECONDS = 1.5
_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near one item comes. `score` is standardised over all items; `likeness` the cosine of its nearest `phrase` (text for the best few).

    `said`, `nearest` and `middle` are the parts of the score: shared words, nearest phrase, all phrases together.
    """

    score: float
    said: float
    nearest: float
    middle: float
    likeness: float
    phrase: str


@dataclass(slots=True)
class _Line:
    """This thread's connection, and since when the process is known to be away."""

    wire: Any = None


_line = threading.local()
_away_until = 0.0
_kept: Kept[Mapping[str, Nearness]] = Kept(most=500, seconds=math.inf)


def near(query: str, *, stamp: str) -> Mapping[str, Nearness]:
    """The items nearest to a query, by code; {} when the meaning process is not there or does not answer in time. No SQL."""
    global _away_until  # noqa: PLW0603  (one process, one knowledge of who is away)
    address = settings.MEANING_ADDRESS
    if not address or not query:
        return {}
    key = (stamp, query)
    if (known := _kept.get(key)) is not None:
        return known
    if time.monotonic() < _away_until:
        return {}
    try:
        answer = _ask(address, {"query": query, "stamp": stamp})
    except (OSError, ValueError) as fault:
        if not isinstance(fault, TimeoutError):
            _away_until = time.monotonic() + _PAUSE
        log.warning("event=search.meaning_away fault=%s", type(fault).__name__)
        return {}
    found = {code: Nearness(*rest) for code, *rest in answer["near"]}
    if answer["stamp"] == stamp:
        _kept.put(key, found)
    return found


def is_known(query: str, *, stamp: str) -> bool:
    """Whether what comes near to the query is known for this state of the index, or nothing is there to be known."""
    return not settings.MEANING_ADDRESS or not query or _kept.get((stamp, query)) is not None


def _ask(address: str, question: Mapping[str, str]) -> Any:
    line = (json.dumps(question) + "\n").encode()
    wire = getattr(_line, "wire", None)
    if wire is not None:
        try:
            return _said(wire, line)
        except (OSError, ValueError):
            # The process may have been started anew since: once more on a fresh connection.
            _hang_up()
    host, _, port = address.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _line.wire = connection.makefile("rwb")
    connection.close()  # the file keeps it open
    try:
        return _said(_line.wire, line)
    except (OSError, ValueError):
        _hang_up()
        raise


def _said(wire: Any, line: bytes) -> Any:
    wire.write(line)
    wire.flush()
    answer = wire.readline()
    if not answer.endswith(b"\n"):
        raise ConnectionResetError
    return json.loads(answer)


def _hang_up() -> None:
    wire, _line.wire = _line.wire, None
    with contextlib.suppress(OSError):
        wire.close()
