"""The meaning process (`hall meaning`): holds the encoder and the vectors of all phrases once, answers the web processes over a local socket.

One line of JSON asks, one answers. It reads only what is public, and listens on the loopback address unless told otherwise.
"""

import json
import logging
import socketserver
import threading
from contextlib import AbstractContextManager
from functools import lru_cache
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection

from hall.services.search import rules
from hall.services.search.encoding import Encoder, Floats, Index, Phrase, packed
from hall.services.search.meaning import LONGEST_LINE
from hall.services.search.models import SearchStamp, SearchVector

log = logging.getLogger("hall.search")
_LOOK_SECONDS = 1.0
# Small portions: a query waits for the one that is being encoded.
_FILLED_AT_ONCE = 128


def fill(encoder: Encoder, guard: AbstractContextManager[object]) -> int:
    """Work out what phrases mean that are new, `guard` held while the encoder is busy; returns how many they were."""
    done = 0
    while rows := list(SearchVector.objects.filter(vector=b"").order_by("pk")[:_FILLED_AT_ONCE]):
        with guard:
            vectors = encoder.encode([row.text for row in rows])
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE search_vector v SET vector = n.vector FROM unnest(%s::bigint[], %s::bytea[]) AS n (id, vector) WHERE v.id = n.id",
                [[row.pk for row in rows], packed(vectors)],
            )
        done += len(rows)
    return done


class Keeper:
    """The index that is answered from, renewed when the search index has changed."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._encoding = threading.Lock()
        self._renewing = threading.Lock()
        self.index = Index("", [])
        self._meaning_of = lru_cache(maxsize=2000)(self._encoded)

    def _encoded(self, query: str) -> Floats:
        with self._encoding:
            vector: Floats = self._encoder.encode([query])[0]
        return vector

    def renew(self) -> bool:
        """Read the phrases anew if the search index has changed, and work out what the new ones mean; whether it had changed."""
        with self._renewing:
            stamp: UUID | None = SearchStamp.objects.values_list("value", flat=True).first()
            if stamp is None or str(stamp) == self.index.stamp:
                return False
            fill(self._encoder, self._encoding)
            rows = SearchVector.objects.exclude(vector=b"").values_list("entry_id", "kind", "text", "vector")
            self.index = Index(str(stamp), [Phrase(code, kind, text, bytes(vector)) for code, kind, text, vector in rows])
            log.info("event=search.meaning_renewed items=%d", len(self.index.codes))
            return True

    def answer(self, line: bytes) -> bytes:
        """The answer to one line; what is no question gets an empty one."""
        try:
            query = str(json.loads(line)["query"])
        except (ValueError, KeyError, TypeError):
            query = ""
        index = self.index
        near = index.near(query, self._meaning_of(query), most=rules.MOST_NEAR) if query and index.codes else []
        rows = [[one.code, one.score, one.said, one.nearest, one.middle, one.likeness, one.phrase] for one in near]
        return json.dumps({"stamp": index.stamp, "near": rows}, ensure_ascii=False).encode() + b"\n"


class _Door(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        keeper: Keeper = self.server.keeper  # type: ignore[attr-defined]
        while line := self.rfile.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                return
            self.wfile.write(keeper.answer(line))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def serve(host: str, port: int, wish: threading.Event) -> None:
    """Answer until `wish` is set. The first answers are empty until the phrases are read."""
    keeper = Keeper()
    with _Server((host, port), _Door) as server:
        server.keeper = keeper  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()
        while not wish.is_set():
            try:
                close_old_connections()
                keeper.renew()
            except DatabaseError as fault:
                log.warning("event=search.meaning_waits fault=%s", type(fault).__name__)
                connection.close()
            wish.wait(_LOOK_SECONDS if keeper.index.codes else 0.5)
        server.shutdown()
