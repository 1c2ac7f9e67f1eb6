"""The second step of signing in for staff, the phone that shows its codes, and the account of whoever works here (§7.1)."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from hall.presentation.design.returning import safe_path
from hall.support.access.actors import STAFF_ROLES, Actor, SignInNeeded, require
from hall.support.documents.qr import qr_svg
from hall.support.identity import commands, second_factor, sessions
from hall.support.identity.second_factor import Need
from hall.support.refusals import Refusal

_WAITING, _SECONDS = "second_factor", 600
Errors = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who has shown the password and not yet the code, and where to go then."""

    account_id: int
    wanted: str


def home_of(actor: Actor) -> str:
    """Where somebody begins who came from nowhere."""
    if not actor.is_staff:
        return "/my"
    return "/desk" if actor.department_code else "/console"


def ask_for_it(request: HttpRequest, account_id: int, need: Need, wanted: str) -> HttpResponse:
    """The password was right: keep so for ten minutes, which is no session yet, and go to the second step."""
    request.session.cycle_key()
    request.session[_WAITING] = {"account": account_id, "since": int(timezone.now().timestamp()), "next": wanted}
    return HttpResponseRedirect("/sign-in/code" if need == Need.CODE else "/sign-in/phone")


def _waiting(request: HttpRequest) -> _Waiting:
    """Raises: SignInNeeded."""
    kept: dict[str, Any] = request.session.get(_WAITING) or {}
    if not kept or timezone.now().timestamp() - kept["since"] > _SECONDS:
        raise SignInNeeded
    return _Waiting(kept["account"], kept["next"])


def _enter(request: HttpRequest, waiting: _Waiting) -> str:
    """Begin the session; where to go."""
    request.session.pop(_WAITING, None)
    sessions.start_session(request, waiting.account_id)
    return safe_path(waiting.wanted, "") or home_of(sessions.request_actor(request))


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code that the bound phone shows, or a recovery code."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.is_signed_in:
        return HttpResponseRedirect(home_of(actor))
    waiting = _waiting(request)
    errors: Errors = []
    status = 200
    if request.method == "POST":
        try:
            second_factor.check(
                account_id=waiting.account_id,
                code=request.POST.get("code", "")[:40],
                address=sessions.client_address(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            errors, status = [("code", refusal.shown)], refusal.status
        else:
            return HttpResponseRedirect(_enter(request, waiting))
    return render(request, "myspace/second_factor/code.html", {"errors": errors}, status=status)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Bind a phone because this account must have one; the session begins with it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.is_signed_in:
        return HttpResponseRedirect("/account" if actor.is_staff else "/my")
    waiting = _waiting(request)
    if second_factor.need_of(waiting.account_id) == Need.CODE:  # bound meanwhile, in another window
        return HttpResponseRedirect("/sign-in/code")
    return _bind(request, waiting.account_id, waiting)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def bind(request: HttpRequest) -> HttpResponse:
    """Bind a phone because one wants to."""
    actor = _member(request)
    assert actor.account_id is not None
    if second_factor.is_enrolled(actor.account_id):
        return HttpResponseRedirect("/account")
    return _bind(request, actor.account_id, None)


def _bind(request: HttpRequest, account_id: int, waiting: _Waiting | None) -> HttpResponse:
    errors: Errors = []
    status = 200
    if request.method == "POST":
        try:
            codes = second_factor.confirm(
                account_id=account_id,
                code=request.POST.get("code", "")[:40],
                address=sessions.client_address(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            errors, status = [("code", refusal.shown)], refusal.status
        else:
            goes_to = _enter(request, waiting) if waiting else "/account"
            return render(request, "myspace/second_factor/codes.html", {"codes": codes, "goes_to": goes_to})
    enrolment = second_factor.begin(account_id=account_id)
    context = {
        "errors": errors,
        "secret": " ".join(enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4)),
        "picture": Markup(qr_svg(enrolment.address, title="给身份验证器扫描的二维码")),  # noqa: S704  (our own drawing)
        "must": waiting is not None,
    }
    return render(request, "myspace/second_factor/phone.html", context, status=status)


def _member(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, *STAFF_ROLES)
    return actor


def _account_page(request: HttpRequest, actor: Actor, errors: Errors, status: int = 200) -> HttpResponse:
    assert actor.account_id is not None
    context = {
        "errors": errors,
        "is_bound": second_factor.is_enrolled(actor.account_id),
        "home": home_of(actor),
        "done": request.session.pop("account_done", ""),
    }
    return render(request, "myspace/second_factor/account.html", context, status=status)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """One's own account at work: the phone and the password. Three SQL statements."""
    return _account_page(request, _member(request), [])


@sensitive_post_parameters("current", "new")
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change the password that an administrator gave; other sessions of this account end."""
    actor = _member(request)
    assert actor.account_id is not None
    current, new = request.POST.get("current", "")[:200], request.POST.get("new", "")[:200]
    try:
        commands.change_password(actor=actor, current=current, new=new, now=timezone.now())
    except Refusal as refusal:
        return _account_page(request, actor, [("current" if refusal.at_field == "current" else "new", refusal.shown)], refusal.status)
    sessions.start_session(request, actor.account_id)
    request.session["account_done"] = "密码已修改"
    return HttpResponseRedirect("/account")
