"""窗口办件 (§6.2): what one handed in at a counter or to a department's own system, kept in view by number and query code."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace.frame import applicant, side_nav
from hall.services.serials import progress, queries, rules
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity
from hall.support.refusals import Refusal

MOST = 100
DONE = {"added": "已加入，有了新进展就显示在这里。", "removed": "已移出。号码还有效，可以再加回来。"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The numbers that one keeps in view, newest first, and the form for one more. Five SQL statements."""
    return _page(request, applicant(request))


def _page(request: HttpRequest, actor: Actor, errors: list[tuple[str, str]] | None = None, status: int = 200) -> HttpResponse:
    context = {
        "side": side_nav("/my/serials"),
        "rows": queries.followed_serials(actor, limit=MOST),
        "departments": {row.code: row.short_name for row in identity.departments()},
        "channel_names": rules.CHANNEL_NAMES,
        "state_names": rules.STATE_NAMES,
        "errors": errors or [],
        "typed": {name: request.POST.get(name, "")[:60] for name in ("serial", "code")},
        "done": "" if errors else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "myspace/serials/index.html", context, status=status)


@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Keep one more number in view; wrong and unknown get the same sentence."""
    actor, now = applicant(request), timezone.now()
    serial, code = rules.normalised(request.POST.get("serial", "")[:60]), request.POST.get("code", "").strip()[:12]
    errors = [("serial", f"{fault}请对照回执核对。")] if (fault := rules.fault_of(serial)) else []
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        errors.append(("code", "查询码是回执上的 6 位数字。"))
    if errors:
        return _page(request, actor, errors, 422)
    progress.count_look(address=actor.address, serial=serial, now=now)
    try:
        progress.follow_serial(actor=actor, serial=serial, query_code=code, now=now)
    except Refusal as refusal:
        # 422, not 404: the page is there; and the same answer whatever was wrong.
        return _page(request, actor, [("serial", refusal.shown)], 422)
    return redirect("/my/serials?done=added")


@require_POST
def remove(request: HttpRequest, serial: str) -> HttpResponse:
    """Take a number out of the list; the number itself stays."""
    progress.unfollow_serial(actor=applicant(request), serial=rules.normalised(serial[:60]), now=timezone.now())
    return redirect("/my/serials?done=removed")
