"""What people said about the department, and its answers (domain §6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.ratings import commands, queries
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20
KINDS = (("all", "全部"), ("unanswered", "待回复"), ("low", "差评"))


def _page(request: HttpRequest, actor: Actor, *, refusal: Refusal | None = None, at: int = 0, status: int = 200) -> HttpResponse:
    only, before = request.GET.get("only", "all"), request.GET.get("before", "")
    rows = queries.desk_reviews(actor, only=only, before=int(before) if before.isdecimal() and len(before) < 16 else None, limit=PAGE_SIZE)
    context = {
        **desk_frame(request, actor),
        "rows": rows,
        "only": only if only in dict(KINDS) else "all",
        "kinds": KINDS,
        "score": queries.department_score(actor.department_code or ""),
        "refusal": refusal,
        "refused_at": at,
        "typed": request.POST.get("text", ""),
        "page_size": PAGE_SIZE,
    }
    return render(request, "desk/ratings/page.html", context, status=status)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The department's ratings, keyset. Five SQL statements."""
    actor = desk_actor(request)
    require(actor, *DEPARTMENT_ROLES)
    return _page(request, actor)


@require_POST
def reply(request: HttpRequest, rating_id: int) -> HttpResponse:
    """Answer one rating, once; the answer is public."""
    actor = desk_actor(request)
    try:
        commands.reply_to_rating(actor=actor, rating_id=rating_id, text=request.POST.get("text", ""), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        require(actor, *DEPARTMENT_ROLES)
        return _page(request, actor, refusal=refusal, at=rating_id, status=refusal.status)
    return redirect("desk:ratings")
