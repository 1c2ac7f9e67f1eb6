"""Prepared requests over raw sockets from one thread: a load that takes little of the machine that it measures."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class _Line:
    connection: socket.socket
    began: float = 0.0
    place: int = -1
    answer: bytearray = field(default_factory=bytearray)


def posted(address: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One POST of JSON, ready to be sent."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def volley(address: str, requests: Sequence[bytes], *, connections: int) -> tuple[list[float], list[int], float]:
    """Send all requests over so many connections, each its next when its last was answered; seconds and status of each, and seconds in all.

    With as many connections as requests all are sent at one moment, and each connection is closed when it is answered, as by a crowd of
    people. Raises: TimeoutError, ConnectionError.
    """
    times, statuses = [0.0] * len(requests), [0] * len(requests)
    waiting, is_crowd = deque(range(len(requests))), connections >= len(requests)
    host, _, port = urlsplit(address).netloc.partition(":")
    with selectors.DefaultSelector() as selector:
        lines = [_Line(socket.create_connection((host, int(port)))) for _ in range(min(connections, len(requests)))]
        for line in lines:
            selector.register(line.connection, selectors.EVENT_READ, line)
        began = time.perf_counter()
        for line in lines:
            _send(line, requests, waiting.popleft())
        left = len(requests)
        while left:
            ready = selector.select(PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"{left} of {len(requests)} requests were not answered")
            for key, _ in ready:
                answered: _Line = key.data
                piece = answered.connection.recv(65536)
                if not piece:
                    raise ConnectionError(f"closed before the answer to request {answered.place}")
                answered.answer += piece
                if not _is_whole(answered.answer):
                    continue
                times[answered.place], statuses[answered.place] = time.perf_counter() - answered.began, int(answered.answer[9:12])
                left -= 1
                if waiting:
                    _send(answered, requests, waiting.popleft())
                elif is_crowd:
                    selector.unregister(answered.connection)
                    answered.connection.close()
        took = time.perf_counter() - began
        for line in lines:
            line.connection.close()
    return times, statuses, took


def _send(line: _Line, requests: Sequence[bytes], place: int) -> None:
    line.place, line.began = place, time.perf_counter()
    line.answer.clear()
    line.connection.sendall(requests[place])


def _is_whole(answer: bytearray) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    for name in head.lower().split(b"\r\n"):
        if name.startswith(b"content-length:"):
            return len(body) >= int(name.split(b":")[1])
    raise ConnectionError("an answer without a length")
