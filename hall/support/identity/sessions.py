"""Sessions: from a cookie to an actor. Works with django.contrib.auth's functions, without its app and its tables.

A session ends with the browser's cookie, after idle time (staff: 30 minutes), after 12 hours in any case, when the account is
disabled and when its password changes. Source: GB/T 22239 8.1.4.1.
"""

import ipaddress
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from hall.support.access.actors import Actor, NotAllowed
from hall.support.identity import queries
from hall.support.identity.models import Account

STAFF_IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# A session is written again at most this often, not with every request.
_RENEWED_EVERY = timedelta(minutes=5)
_ENTERPRISE, _STARTED, _SEEN = "enterprise_id", "started", "seen"
_ACTOR = "_hall_actor"


class AccountBackend:
    """What Django asks for an account by. It signs nobody in: `commands.sign_in` does, with its throttles and its trail."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> Account | None:
        return None

    def get_user(self, user_id: int) -> Account | None:
        """The enabled account, or None. One SQL query."""
        return queries.accounts_with_posts().filter(pk=user_id, is_enabled=True).first()


def client_address(request: HttpRequest) -> str:
    """The client's IP address; behind a proxy the last one that the proxy added. "" when there is none."""
    given = request.META.get("REMOTE_ADDR", "")
    if settings.IS_BEHIND_PROXY:
        given = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2] or given
    try:
        return str(ipaddress.ip_address(given.strip()))
    except ValueError:
        return ""


def start_session(request: HttpRequest, account_id: int) -> None:
    """Begin a session for an account that has just shown its password; the session key and the form token change.

    What the visitor kept in an anonymous session stays, another account's session is emptied. Raises: NotAllowed.
    """
    account = AccountBackend().get_user(account_id)
    if account is None:
        raise NotAllowed
    if auth.SESSION_KEY in request.session:
        request.session.flush()
    auth.login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.pop(_ENTERPRISE, None)
    request.session[_STARTED] = request.session[_SEEN] = int(timezone.now().timestamp())
    if getattr(account, "post", None) is not None:
        request.session.set_expiry(int(STAFF_IDLE.total_seconds()))
    request.__dict__.pop(_ACTOR, None)


def end_session(request: HttpRequest) -> None:
    """Sign out: the session is deleted, not only forgotten by the browser."""
    auth.logout(request)
    request.__dict__.pop(_ACTOR, None)


def choose_enterprise(request: HttpRequest, enterprise_id: int | None) -> Actor:
    """Act for an enterprise from now on, or (None) as oneself; returns the new actor.

    Whether the person still acts for it is checked with every request. Raises: SignInNeeded, NotAllowed.
    """
    before = request_actor(request)
    if enterprise_id is not None:
        actor = queries.actor_of(before.account_id, enterprise_id=enterprise_id) if before.account_id else None
        if actor is None or actor.enterprise_id != enterprise_id:
            raise NotAllowed("您没有为这家企业办事的授权，请联系企业的法定代表人或管理人员。")
    request.session[_ENTERPRISE] = enterprise_id
    request.__dict__.pop(_ACTOR, None)
    return request_actor(request)


def request_actor(request: HttpRequest) -> Actor:
    """Who makes this request. No SQL without a session cookie, three statements at most with one; kept on the request."""
    known = request.__dict__.get(_ACTOR)
    if isinstance(known, Actor):
        return known
    actor = _signed_in(request) or Actor(address=client_address(request))
    request.__dict__[_ACTOR] = actor
    return actor


def _signed_in(request: HttpRequest) -> Actor | None:
    session = getattr(request, "session", None)
    # A session made within this very request has no cookie yet.
    if session is None or (settings.SESSION_COOKIE_NAME not in request.COOKIES and session.session_key is None):
        return None
    try:
        account_id, seal = int(session[auth.SESSION_KEY]), session[auth.HASH_SESSION_KEY]
    except (KeyError, ValueError):
        return None
    now = int(timezone.now().timestamp())
    started = session.setdefault(_STARTED, now)  # absent when Django's own login() was called instead of start_session
    account = AccountBackend().get_user(account_id) if now - started < LONGEST.total_seconds() else None
    if account is None or not constant_time_compare(seal, account.get_session_auth_hash()):
        session.flush()
        return None
    _renew(session, now)
    return queries.actor_from(account, enterprise_id=session.get(_ENTERPRISE), address=client_address(request))


def _renew(session: SessionBase, now: int) -> None:
    if now - session.get(_SEEN, 0) >= _RENEWED_EVERY.total_seconds():
        session[_SEEN] = now  # writing it moves the expiry on
