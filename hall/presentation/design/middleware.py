"""What happens around every view, from the outside in: outage, headers, page cache, compression, actor, refusals.

Django turns an exception into a response at every layer on its way out, so a database failure is recognised in two places: in the
view (`outage.process_exception`) and, for layers such as sessions, in `errors.fault`, the hall's handler of status 500.
"""

import logging
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from hall.presentation.design import cache, errors
from hall.support.access.actors import VISITOR, SignInNeeded
from hall.support.identity import sessions
from hall.support.refusals import Refusal

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'; frame-src 'self'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class outage:
    """Answer with a 503 page that needs no database when the database is away; nothing of the request has happened then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        except Exception as fault:
            if not errors.is_outage(fault):
                raise
            return with_headers(request, errors.away(request, fault))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A view failed: say so kindly when it was the database."""
        return errors.away(request, exception) if errors.is_outage(exception) else None


def headers(get_response: GetResponse) -> GetResponse:
    """The same protection on every answer, errors included; a view may set a stricter policy of its own, e.g. for a file."""

    def layer(request: HttpRequest) -> HttpResponseBase:
        return with_headers(request, get_response(request))

    return layer


def with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Put on what is missing: protection, and for everything not meant to be kept "no-store"."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.SECURE_HSTS_SECONDS:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
    if response.cookies or "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def page_cache(get_response: GetResponse) -> GetResponse:
    """Serve what anonymous visitors read again and again from memory; see cache.py."""

    def layer(request: HttpRequest) -> HttpResponseBase:
        key = cache.key_of(request)
        if key is None:
            return get_response(request)
        kept = cache.PAGES.get(key)
        if kept is None:
            response = get_response(request)
            kept = cache.keepable(response)
            if kept is None:
                return response
            cache.PAGES.put(key, kept)
        return kept.answer(request)

    return layer


class compress:
    """gzip for what was made for one visitor. Django's layer adds bytes of random length, so a secret in the page cannot be guessed
    from the page's size (BREACH). Pages for the cache are compressed there, once."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.gzip = GZipMiddleware(lambda request: HttpResponse())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if cache.is_marked(request, response) or not response.headers.get("Content-Type", "").startswith(
            ("text/", "application/json", "image/svg")
        ):
            return response
        return self.gzip.process_response(request, response)


def actor(get_response: GetResponse) -> GetResponse:
    """request.actor, for views and templates. No SQL for visitors without a session cookie."""

    def layer(request: HttpRequest) -> HttpResponseBase:
        request.actor = sessions.request_actor(request)  # type: ignore[attr-defined]
        return get_response(request)

    return layer


class refusals:
    """A refusal that a view did not answer itself becomes a page, a fragment or JSON with its own sentence and status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Nothing for other exceptions."""
        if not isinstance(exception, Refusal):
            return None
        if isinstance(exception, SignInNeeded) and request.method in {"GET", "HEAD"} and errors.wanted(request) == "page":
            response = HttpResponseRedirect(f"/sign-in?next={quote(request.get_full_path(), safe='')}")
            patch_vary_headers(response, ["Cookie"])
            return response
        if exception.status >= 500:
            logger.warning("event=request.refused refusal=%s path=%s", type(exception).__name__, request.path)
        return errors.refused(request, exception, getattr(request, "actor", VISITOR))
