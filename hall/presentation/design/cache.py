"""The page cache: what anonymous visitors read, kept in memory of this process, at most 16 MB.

A key is path, query, display mode, region and the catalogue's content stamp, so a publication shows within a second; besides, each page says
how long it may be shown again (scores and counts move without a publication). Nothing that sets a cookie or carries a form token is kept:
such a page has the cookie of its token. The code version needs no place in the key: a new version is a new process.
"""

import gzip
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from hall.presentation.design.context import contrast_of, mode_of, region_of
from hall.services.catalogue import queries as catalogue

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]
Key = tuple[str, str, str, int]

LIMIT_BYTES = 16 * 1024 * 1024
LARGEST_PAGE = 512 * 1024
STAMP_SECONDS = 1.0
_MARK = "hall_keep_seconds"
_KEY = "hall_cache_key"
# Monitors ask here whether the process lives: no question to the database may stand before the answer.
_NEVER = frozenset({"/healthz", "/readyz"})
# Headers of the first answer that a kept page repeats; everything else is added anew by the layers around.
_REPEATED = ("Content-Type", "Content-Language", "Link")


def cacheable(seconds: float = 60) -> Callable[[View], View]:
    """Mark a view whose page is the same for every anonymous visitor; it may be shown again for so many seconds."""

    def decorate(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            setattr(response, _MARK, seconds)
            return response

        return marked

    return decorate


def is_marked(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the page cache will take care of this response, its compression included."""
    return getattr(request, _KEY, None) is not None and keepable_for(response) > 0


def keepable_for(response: HttpResponseBase) -> float:
    """Seconds for which the response may be kept, 0 for not at all."""
    seconds = float(getattr(response, _MARK, 0))
    if not seconds or response.streaming or response.status_code != 200 or response.cookies:
        return 0
    assert isinstance(response, HttpResponse)
    return seconds if len(response.content) <= LARGEST_PAGE else 0


@dataclass(frozen=True, slots=True)
class Kept:
    """One page as it goes out: plain and compressed."""

    body: bytes
    packed: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]
    until: float

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed) + 512

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The page, or 304 when the visitor's copy is still the same."""
        given = request.META.get("HTTP_IF_NONE_MATCH", "")
        if given and any(tag.removeprefix("W/") == self.etag for tag in parse_etags(given)):
            response: HttpResponse = HttpResponseNotModified()
        elif "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
            response = HttpResponse(self.packed)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = HttpResponse(self.body)
        if response.status_code == 200:
            for name, value in self.headers:
                response.headers[name] = value
            response.headers["Content-Length"] = str(len(response.content))
            if request.method == "HEAD":
                response.content = b""
        # The same address shows other things once signed in: browsers ask again each time, and a match costs no body.
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Cookie, Accept-Encoding"
        # Weak: plain and compressed bytes are two forms of one page.
        response.headers["ETag"] = f"W/{self.etag}"
        return response


def keepable(response: HttpResponseBase) -> Kept | None:
    """The response in the form in which it is kept; None when it must not be."""
    seconds = keepable_for(response)
    if not seconds:
        return None
    assert isinstance(response, HttpResponse)
    body = response.content
    return Kept(
        body=body,
        packed=gzip.compress(body, 6, mtime=0),
        etag=f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        headers=tuple((name, response.headers[name]) for name in _REPEATED if name in response.headers),
        until=time.monotonic() + seconds,
    )


def key_of(request: HttpRequest) -> Key | None:
    """Under which the page is kept; None for requests that the cache leaves alone: other methods, visitors with a session, fragments."""
    if request.method not in {"GET", "HEAD"} or settings.SESSION_COOKIE_NAME in request.COOKIES:
        return None
    if "HTTP_HX_REQUEST" in request.META or "HTTP_X_FRAGMENT" in request.META or "HTTP_RANGE" in request.META:
        return None
    if request.path in _NEVER:
        return None
    request.get_host()  # raises DisallowedHost for an unknown host before anything is looked up
    region = region_of(request)  # a known one or none: whatever else a cookie says makes no page of its own
    look = f"{mode_of(request)}/{contrast_of(request)}/{region.code if region else ''}"
    key = request.path, request.META.get("QUERY_STRING", ""), look, STAMP.value()
    setattr(request, _KEY, key)
    return key


class Pages:
    """Least recently used first out. Safe for many threads."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._pages: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()

    @property
    def held_bytes(self) -> int:
        return self._held

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Key) -> Kept | None:
        """The page, unless its time is over."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is None:
                return None
            if kept.until <= time.monotonic():
                self._drop(key)
                return None
            self._pages.move_to_end(key)
            return kept

    def put(self, key: Key, kept: Kept) -> None:
        """Keep the page; the ones not asked for longest make room."""
        with self._lock:
            self._drop(key)
            self._pages[key] = kept
            self._held += kept.size
            while self._held > self._limit:
                self._drop(next(iter(self._pages)))

    def clear(self) -> None:
        """Forget everything, for tests."""
        with self._lock:
            self._pages.clear()
            self._held = 0

    def _drop(self, key: Key) -> None:
        kept = self._pages.pop(key, None)
        if kept is not None:
            self._held -= kept.size


class Stamp:
    """The catalogue's content stamp, asked for at most once a second by one thread; the others go on with the last one."""

    def __init__(self, ask: Callable[[], int], seconds: float = STAMP_SECONDS) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asking = Lock()
        self._next = 0.0
        self._last = 0

    def value(self) -> int:
        """With the database away: the last one known, so that pages in memory are still served."""
        if time.monotonic() >= self._next and self._asking.acquire(blocking=False):
            try:
                self._last = self._ask()
            except Error as fault:
                logger.warning("event=cache.stamp_unknown fault=%s", type(fault).__name__)
            finally:
                self._next = time.monotonic() + self._seconds
                self._asking.release()
        return self._last

    def forget(self) -> None:
        """Ask again next time, for tests."""
        self._next = 0.0


PAGES = Pages()
STAMP = Stamp(catalogue.content_stamp)
