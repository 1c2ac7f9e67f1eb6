"""Enterprises that a person acts for: register, choose, appoint others (§5.5)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.design.returning import safe_path
from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.support.access.actors import Actor
from hall.support.identity import enterprises as commands
from hall.support.identity import queries, sessions
from hall.support.refusals import NotFound, Refusal


def _page(request: HttpRequest, actor: Actor, *, typed: dict[str, str], errors: list[tuple[str, str]], status: int = 200) -> HttpResponse:
    assert actor.account_id is not None
    context = {
        "side": side_nav(request.path),
        "enterprises": queries.enterprises_of(actor.account_id),
        "typed": typed,
        "errors": errors,
        "next": safe_path(request.POST.get("next") or request.GET.get("next"), ""),
    }
    return render(request, "myspace/enterprises/page.html", context, status=status)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The enterprises, which one is acted for, and the form for one more. Four SQL statements."""
    return _page(request, applicant(request), typed={}, errors=[])


@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Register an enterprise and act for it from now on."""
    actor = applicant(request)
    typed = {name: request.POST.get(name, "")[:200] for name in ("uscc", "name", "legal_representative", "authority")}
    try:
        enterprise_id = commands.register_enterprise(actor=actor, now=timezone.now(), **typed)
    except Refusal as refusal:
        return _page(request, actor, typed=typed, errors=[(refusal.at_field or "uscc", refusal.shown)], status=refusal.status)
    sessions.choose_enterprise(request, enterprise_id)
    return HttpResponseRedirect(safe_path(request.POST.get("next"), "/my/enterprises"))


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Act for one enterprise, or for oneself (empty)."""
    applicant(request)
    given = request.POST.get("enterprise_id", "")
    sessions.choose_enterprise(request, number(given))
    return HttpResponseRedirect(safe_path(request.POST.get("next"), "/my"))


@require_http_methods(["GET", "HEAD", "POST"])
def agents(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Who acts for the enterprise; those who may appoint add and end agents here."""
    actor = applicant(request)
    assert actor.account_id is not None
    mine = next((row for row in queries.enterprises_of(actor.account_id) if row.enterprise_id == enterprise_id), None)
    if mine is None:
        raise NotFound
    typed = {name: request.POST.get(name, "")[:200] for name in ("phone", "name", "authority")}
    errors: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        ended = number(request.POST.get("end", ""))
        try:
            if ended is not None:
                commands.end_agency(actor=actor, enterprise_id=enterprise_id, account_id=ended, now=timezone.now())
            else:
                commands.appoint_agent(
                    actor=actor,
                    enterprise_id=enterprise_id,
                    phone=typed["phone"],
                    name=typed["name"],
                    authority=typed["authority"],
                    now=timezone.now(),
                )
        except Refusal as refusal:
            errors, status = [(refusal.at_field or "phone", refusal.shown)], refusal.status
        else:
            return redirect("myspace:agents", enterprise_id)
    context = {
        "side": side_nav("/my/enterprises"),
        "enterprise": mine,
        "agents": queries.agents_of(actor=actor, enterprise_id=enterprise_id),
        "typed": typed,
        "errors": errors,
    }
    return render(request, "myspace/enterprises/agents.html", context, status=status)
