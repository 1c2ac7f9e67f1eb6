"""秒批抽查: people look at a share of what the published rules decided; the leader takes back what should not have been."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.cases import instant, instant_queries
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.identity.masking import mask_name
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20


class VerdictMissing(Refusal):
    sentence = "请先选择抽查结论。"
    field = "verdict"


def _page(request: HttpRequest, actor: Actor, *, refusal: Refusal | None = None, at: str = "", status: int = 200) -> HttpResponse:
    before = request.GET.get("before", "")
    only = "done" if request.GET.get("only") == "done" else "open"
    key = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    context = {
        **desk_frame(request, actor),
        "rows": instant_queries.samples(actor, only=only, before=key, limit=PAGE_SIZE),
        "only": only,
        "refusal": refusal,
        "refused_at": at,
        "typed": request.POST.get("note", request.POST.get("reason", ""))[:500],
        "page_size": PAGE_SIZE,
        "mask_name": mask_name,
        "may_check": actor.has(Role.REVIEWER, Role.LEADER),
        "may_revoke": actor.has(Role.LEADER),
    }
    return render(request, "desk/instant/page.html", context, status=status)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The department's samples, keyset. Four SQL statements."""
    actor = desk_actor(request)
    require(actor, *DEPARTMENT_ROLES)
    return _page(request, actor)


@require_POST
def check(request: HttpRequest, serial: str) -> HttpResponse:
    """Say whether a sampled decision was right, once."""
    actor = desk_actor(request)
    try:
        require(actor, Role.REVIEWER, Role.LEADER)
        verdict, note = request.POST.get("verdict", ""), request.POST.get("note", "")
        if verdict not in {"right", "wrong"}:
            instant.must_be_sampled(actor=actor, serial=serial)
            raise VerdictMissing
        instant.check_sample(actor=actor, serial=serial, is_right=verdict == "right", note=note, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        require(actor, *DEPARTMENT_ROLES)
        return _page(request, actor, refusal=refusal, at=serial, status=refusal.status)
    return redirect("desk:instant")


@require_POST
def revoke(request: HttpRequest, serial: str) -> HttpResponse:
    """Take back a decision that should not have been made by rule."""
    actor = desk_actor(request)
    try:
        instant.revoke_grant(actor=actor, serial=serial, reason=request.POST.get("reason", ""), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        require(actor, *DEPARTMENT_ROLES)
        return _page(request, actor, refusal=refusal, at=serial, status=refusal.status)
    return redirect("/desk/instant?only=done")
