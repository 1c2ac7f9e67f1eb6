"""办事清单 of a visitor: a signed cookie of item codes, moved into the account when the visitor signs in."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from hall.services.applications import baskets
from hall.services.applications.rules import MOST_TOGETHER
from hall.support.access.actors import Actor, Role

COOKIE = "hall_basket"
_SALT = "hall.basket"
_SECONDS = 90 * 24 * 3600


def item_codes(given: Iterable[str], most: int = 40) -> list[str]:
    """What can be codes of items or bundles among words that somebody sent, so many at most."""
    return [word for word in list(given)[:most] if word.isascii() and word.isalnum() and len(word) <= 12]


def cookie_codes(request: HttpRequest) -> tuple[str, ...]:
    """The codes in the visitor's cookie; a cookie that is not ours counts as empty."""
    try:
        codes = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return ()
    return tuple(item_codes(codes, MOST_TOGETHER)) if isinstance(codes, list) else ()


def keep_cookie(response: HttpResponseBase, codes: Iterable[str]) -> None:
    """Write the cookie; an empty basket needs none."""
    held = list(codes)
    if not held:
        forget_cookie(response)
        return
    value = signing.dumps(held, salt=_SALT, compress=True)
    response.set_cookie(COOKIE, value, max_age=_SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def forget_cookie(response: HttpResponseBase) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, samesite="Lax")


def bring_along(request: HttpRequest, response: HttpResponseBase, actor: Actor, *, now: datetime) -> None:
    """After signing in: what the visitor put into the basket becomes the account's. Nothing without a cookie, and for staff."""
    codes = cookie_codes(request)
    if codes and actor.has(Role.CITIZEN):
        baskets.put_in(actor=actor, codes=codes, now=now, is_merge=True)
    if COOKIE in request.COOKIES:
        forget_cookie(response)


def is_from_own_page(request: HttpRequest) -> bool:
    """Whether a browser says that this request came from a page of ours: for buttons on pages that are kept for everybody, which
    can hold no form token."""
    sent_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(sent_from).netloc == request.get_host()
