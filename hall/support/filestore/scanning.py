"""Asking a virus scanner: the `INSTREAM` command of clamd, over TCP or a Unix socket. Without a scanner nothing is ever "clean"."""

import logging
import socket
import struct
from pathlib import Path

from django.conf import settings

from hall.support.filestore import rules
from hall.support.filestore.rows import ScanState

log = logging.getLogger("hall.filestore")
_CHUNK_BYTES = 256 * 1024
_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 30.0


def is_configured() -> bool:
    """Whether a scanner's address is set (`HALL_CLAMD`: host:port, or unix:/path)."""
    return bool(settings.CLAMD_ADDRESS)


def _connect(address: str) -> socket.socket:
    if address.startswith(("unix:", "/")):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(address.removeprefix("unix:"))
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS)


def _ask(path: Path) -> str:
    """clamd's answer for one file, such as `stream: OK`. Raises: OSError when it cannot be reached or falls silent."""
    with _connect(settings.CLAMD_ADDRESS) as connection, path.open("rb") as source:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.sendall(b"zINSTREAM\0")
            while chunk := source.read(_CHUNK_BYTES):
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # over its own size limit clamd answers and hangs up in the middle
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(4096)):
            answer += part
    return answer.rstrip(b"\0").decode("utf-8", errors="replace").strip()


def scan(path: Path) -> ScanState:
    """NOT_SCANNED without a scanner, HELD when it does not answer properly, CLEAN only by its own word.

    Raises: InfectedFile when it finds something.
    """
    if not is_configured():
        return ScanState.NOT_SCANNED
    try:
        answer = _ask(path)
    except OSError as fault:
        log.warning("event=scan.unreachable reason=%s", type(fault).__name__)
        return ScanState.HELD
    if answer == "stream: OK":
        return ScanState.CLEAN
    if answer.endswith(" FOUND"):
        log.warning("event=scan.infected found=%s", answer.removeprefix("stream: ").removesuffix(" FOUND")[:80].replace("\n", " "))
        raise rules.InfectedFile
    log.warning("event=scan.refused answer=%s", answer[:80].replace("\n", " "))
    return ScanState.HELD
