"""请求回电 (§5.4): whom to ring up, what they ask and said before, and how it ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.desk.frame import desk_frame
from hall.services.guidance import ask_rules, asks
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
TABS = (("", "待回电"), ("closed", "已办完"))
DONE = {"closed": "已记录，这条请求办完了。", "tried": "已记一次没接通，过一会儿再打。", "passed": "已转给另一个部门，时限不变。"}


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, *DEPARTMENT_ROLES)
    return actor


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Requests of the department, the most urgent first; closed ones newest first; keyset. Six SQL statements."""
    actor, now = _actor(request), timezone.now()
    is_closed, after = request.GET.get("only") == "closed", request.GET.get("after", "")
    rows, mark = asks.desk_asks(actor, is_closed=is_closed, after=after, limit=PAGE_SIZE, now=now)
    context = {
        **desk_frame(request, actor, calls=asks.waiting(actor)),
        "rows": rows,
        "next_after": mark,
        "is_closed": is_closed,
        "is_later": bool(after),
        "tabs": TABS,
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "desk/asks/index.html", context)


@require_safe
def show(request: HttpRequest, ask_id: int) -> HttpResponse:
    """One request: number, question, the talk before; that it was read goes on record. Eight SQL statements."""
    return _page(request, ask_id)


def _page(request: HttpRequest, ask_id: int, refusal: Refusal | None = None) -> HttpResponse:
    actor = _actor(request)
    file = asks.read_ask(actor, ask_id, now=timezone.now())
    context = {
        **desk_frame(request, actor, calls=asks.waiting(actor)),
        "file": file,
        "row": file.row,
        "outcomes": [(outcome.value, outcome.label) for outcome in ask_rules.Outcome],
        "departments": [(row.code, row.short_name) for row in identity.departments() if row.code != actor.department_code],
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "typed": {name: request.POST.get(name, "") for name in ("outcome", "note", "department")},
        "most_note": ask_rules.MOST_NOTE,
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "desk/asks/page.html", context, status=refusal.status if refusal else 200)


@require_POST
def close(request: HttpRequest, ask_id: int) -> HttpResponse:
    """Note how the call went."""
    actor = _actor(request)
    try:
        asks.close_ask(
            actor=actor, ask_id=ask_id, outcome=request.POST.get("outcome", ""), note=request.POST.get("note", ""), now=timezone.now()
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, ask_id, refusal)
    return redirect("/desk/asks?done=closed")


@require_POST
def tried(request: HttpRequest, ask_id: int) -> HttpResponse:
    """Note that nobody answered."""
    actor = _actor(request)
    try:
        asks.note_try(actor=actor, ask_id=ask_id, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, ask_id, refusal)
    return redirect(f"/desk/asks/{ask_id}?done=tried")


@require_POST
def pass_on(request: HttpRequest, ask_id: int) -> HttpResponse:
    """Hand it to the department that it belongs to."""
    actor = _actor(request)
    try:
        asks.pass_ask_on(actor=actor, ask_id=ask_id, department_code=request.POST.get("department", ""), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, ask_id, refusal)
    return redirect("/desk/asks?done=passed")
