"""Signing in and out, registering, one's own data (§5.8.5 个人中心)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from hall.presentation.design.basket import bring_along
from hall.presentation.design.returning import safe_path
from hall.presentation.myspace import second_factor
from hall.presentation.myspace.frame import applicant, side_nav
from hall.support.access.actors import Actor
from hall.support.identity import commands, masking, sessions
from hall.support.identity import queries as identity_queries
from hall.support.identity import second_factor as factor
from hall.support.identity.second_factor import Need
from hall.support.refusals import Refusal

Errors = list[tuple[str, str]]


def _at(refusal: Refusal, default: str) -> Errors:
    return [(refusal.at_field or default, refusal.shown)]


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """One form for phone or user name; afterwards the second step if the account has one, and back to where the visitor came from."""
    wanted = safe_path(request.POST.get("next") or request.GET.get("next"), "")
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        if actor.is_signed_in:
            return HttpResponseRedirect(wanted or second_factor.home_of(actor))
        return render(request, "myspace/accounts/sign_in.html", {"next": wanted, "login": "", "errors": []})
    login = request.POST.get("login", "")[:60]
    try:
        account_id = commands.sign_in(
            login=login, password=request.POST.get("password", "")[:200], address=sessions.client_address(request), now=timezone.now()
        )
    except Refusal as refusal:
        context = {"next": wanted, "login": login, "errors": _at(refusal, "login")}
        return render(request, "myspace/accounts/sign_in.html", context, status=refusal.status)
    need = factor.need_of(account_id)
    if need != Need.NOTHING:
        return second_factor.ask_for_it(request, account_id, need, wanted)
    sessions.start_session(request, account_id)
    actor = sessions.request_actor(request)
    response = HttpResponseRedirect(wanted or second_factor.home_of(actor))
    bring_along(request, response, actor, now=timezone.now())
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on the server and go home."""
    sessions.end_session(request)
    return redirect("storefront:home")


@sensitive_post_parameters("password", "id_number")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Make an account; the person is signed in at once."""
    wanted = safe_path(request.POST.get("next") or request.GET.get("next"), "")
    typed = {name: request.POST.get(name, "")[:80] for name in ("phone", "name", "id_number")}
    errors: Errors = []
    status = 200
    if request.method == "POST":
        password = request.POST.get("password", "")[:200]
        if request.POST.get("agree") != "1":
            errors.append(("agree", "请阅读并勾选“我已知道个人信息怎样使用”"))
            status = 422
        else:
            try:
                account_id = commands.register_citizen(
                    phone=typed["phone"],
                    password=password,
                    name=typed["name"],
                    id_number=typed["id_number"],
                    address=sessions.client_address(request),
                    now=timezone.now(),
                )
            except Refusal as refusal:
                errors, status = _at(refusal, "phone"), refusal.status
            else:
                sessions.start_session(request, account_id)
                response = HttpResponseRedirect(wanted or "/my")
                bring_along(request, response, sessions.request_actor(request), now=timezone.now())
                return response
    context = {"next": wanted, "typed": typed, "errors": errors, "is_agreed": request.POST.get("agree") == "1"}
    return render(request, "myspace/accounts/register.html", context, status=status)


def _profile_page(request: HttpRequest, actor: Actor, errors: Errors, status: int = 200) -> HttpResponse:
    assert actor.account_id is not None
    row = identity_queries.profile(actor.account_id)
    context = {
        "profile": row,
        "masked_phone": masking.mask_phone(row.phone),
        "masked_id_number": masking.mask_id_number(row.id_number) if row.id_number else "",
        "side": side_nav(request.path),
        "errors": errors,
        "done": request.session.pop("profile_done", ""),
    }
    return render(request, "myspace/accounts/profile.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own data, masked; the e-mail address for notices can be changed here. Four SQL statements."""
    actor = applicant(request)
    if request.method != "POST":
        return _profile_page(request, actor, [])
    given = request.POST.get("email", "")[:120]
    return _carried_out(request, actor, lambda: commands.set_email(actor=actor, email=given, now=timezone.now()), "email", "邮箱已保存")


@sensitive_post_parameters("current", "new")
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; other sessions of this account end."""
    actor = applicant(request)
    assert actor.account_id is not None
    current, new = request.POST.get("current", "")[:200], request.POST.get("new", "")[:200]
    answer = _carried_out(
        request, actor, lambda: commands.change_password(actor=actor, current=current, new=new, now=timezone.now()), "new", "密码已修改"
    )
    if answer.status_code == 302:
        chosen = actor.enterprise_id
        sessions.start_session(request, actor.account_id)
        if chosen is not None:
            sessions.choose_enterprise(request, chosen)
        request.session["profile_done"] = "密码已修改"
    return answer


@sensitive_post_parameters("id_number")
@require_POST
def identity(request: HttpRequest) -> HttpResponse:
    """Give the identity number later than at registration."""
    actor = applicant(request)
    given = request.POST.get("id_number", "")[:40]
    return _carried_out(
        request, actor, lambda: commands.verify_identity(actor=actor, id_number=given, now=timezone.now()), "id_number", "实名信息已保存"
    )


def _carried_out(request: HttpRequest, actor: Actor, deed: Callable[[], object], field: str, done: str) -> HttpResponse:
    try:
        deed()
    except Refusal as refusal:
        return _profile_page(request, actor, _at(refusal, field), refusal.status)
    request.session["profile_done"] = done
    return redirect("myspace:profile")
