"""财务 (§6.3, domain §13 reconcile): orders of all departments, each day beside the bank's file, differences and what became of them."""

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame, row_id
from hall.services.payments import day_queries, queries, reconciling
from hall.services.payments.rules import ORDER_NAMES
from hall.support.access.actors import Role
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
MOST_DAYS = 14


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Orders, newest first, by state or by number; keyset. Three SQL statements."""
    actor = console_actor(request, Role.FINANCE)
    state, number = request.GET.get("state", ""), request.GET.get("number", "").strip()[:64].replace("\0", "")
    context = {
        **console_frame(request, actor),
        "page": day_queries.ledger(actor, state=state, number=number, before=row_id(request.GET.get("before", "")), limit=PAGE_SIZE),
        "state": state if state in ORDER_NAMES else "",
        "number": number,
        "states": [(one.value, name) for one, name in ORDER_NAMES.items()],
        "departments": {department.code: department.short_name for department in identity.departments()},
    }
    return render(request, "console/payments/index.html", context)


def _days(request: HttpRequest, refusal: Refusal | None = None, at: int = 0) -> HttpResponse:
    actor = console_actor(request, Role.FINANCE)
    is_open = request.GET.get("tab", "") != "done"
    rows = day_queries.differences(actor, is_open=is_open, before=row_id(request.GET.get("before", "")), limit=PAGE_SIZE + 1)
    context = {
        **console_frame(request, actor),
        "days": day_queries.days(actor, limit=MOST_DAYS),
        "rows": rows[:PAGE_SIZE],
        "more": rows[PAGE_SIZE - 1].difference_id if len(rows) > PAGE_SIZE else "",
        "is_open": is_open,
        "held": day_queries.held(actor),
        "providers": queries.providers(),
        "refusal": refusal,
        "refused_at": at,
        "typed": request.POST if refusal else {},
    }
    return render(request, "console/payments/days.html", context, status=refusal.status if refusal else 200)


@require_safe
def days(request: HttpRequest) -> HttpResponse:
    """The last days beside the banks' files, and what differs. Six SQL statements."""
    return _days(request)


@require_POST
def ask_file(request: HttpRequest) -> HttpResponse:
    """Fetch the file of a day that is missing."""
    actor = console_actor(request, Role.FINANCE)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        day = None
    try:
        reconciling.ask_file(actor=actor, provider=request.POST.get("provider", ""), day=day, now=timezone.now())
    except Refusal as refusal:
        return _days(request, refusal)
    return HttpResponseRedirect("/console/payments/days")


@require_POST
def resolve(request: HttpRequest, difference_id: int) -> HttpResponse:
    """Settle one difference, with a note."""
    actor = console_actor(request, Role.FINANCE)
    post = request.POST
    try:
        reconciling.resolve(
            actor=actor, difference_id=difference_id, resolution=post.get("resolution", ""), note=post.get("note", ""), now=timezone.now()
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _days(request, refusal, difference_id)
    return HttpResponseRedirect("/console/payments/days")
