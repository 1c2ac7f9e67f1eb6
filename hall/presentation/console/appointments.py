"""Limits of booking visits, set by the administrator; appeals of those who may not book for a time (§5.3.1)."""

from dataclasses import fields

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from hall.presentation.console.frame import console_actor, console_frame, row_id
from hall.services.appointments import queries, scheduling, standing
from hall.services.appointments.policy import BOUNDS, NAMES, BadPolicy, PolicyRow
from hall.services.appointments.standing import JUDGES
from hall.support.access.actors import Role
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20
ROWS = tuple((name, NAMES[name], f"{least} 至 {most}") for name, (least, most) in BOUNDS.items())


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """The limits, times and reminders of every booking. Three SQL statements to look."""
    actor = console_actor(request, Role.SYS_ADMIN)
    refusal = None
    if request.method == "POST":
        try:
            scheduling.set_policy(actor=actor, policy=_policy_of(request), now=timezone.now())
        except Refusal as found:
            refusal = found
        else:
            return HttpResponseRedirect(f"{request.path}?done=1")
    now = queries.booking_policy()
    held = {field.name: getattr(now, field.name) for field in fields(PolicyRow)}
    held["remind_minutes"] = "、".join(str(minutes) for minutes in now.remind_minutes)
    context = {
        **console_frame(request, actor),
        "rows": ROWS,
        "typed": request.POST.dict() if refusal else held,
        "tells": request.POST.get("tell_booked") == "1" if refusal else now.tell_booked,
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "told": {refusal.at_field: refusal.shown} if refusal and refusal.at_field else {},
        "done": request.GET.get("done") == "1" and refusal is None,
    }
    return render(request, "console/appointments/policy.html", context, status=refusal.status if refusal else 200)


def _policy_of(request: HttpRequest) -> PolicyRow:
    def number(name: str, text: str) -> int:
        text = text.strip()
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            raise BadPolicy(f"“{NAMES[name]}”应是整数。", field=name)
        return int(text)

    numbers = {name: number(name, request.POST.get(name, "")) for name in BOUNDS}
    reminders = request.POST.get("remind_minutes", "")[:200].replace("，", "、").replace(",", "、").replace(" ", "、").split("、")
    minutes = tuple(number("remind_minutes", part) for part in reminders if part)
    return PolicyRow(**numbers, tell_booked=request.POST.get("tell_booked") == "1", remind_minutes=minutes)


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Appeals that wait for an answer, oldest first, keyset. Three SQL statements."""
    return _appeals(request)


def _appeals(request: HttpRequest, *, refusal: Refusal | None = None, at: int = 0) -> HttpResponse:
    actor = console_actor(request, *JUDGES)
    rows = standing.appeals(actor, now=timezone.now(), after=row_id(request.GET.get("after", "")) or 0, limit=PAGE_SIZE + 1)
    context = {
        **console_frame(request, actor),
        "rows": rows[:PAGE_SIZE],
        "more": rows[PAGE_SIZE - 1].bar_id if len(rows) > PAGE_SIZE else "",
        "refusal": refusal,
        "refused_at": at,
        "typed": request.POST.get("text", ""),
    }
    return render(request, "console/appointments/appeals.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["POST"])
def answer(request: HttpRequest, bar_id: int) -> HttpResponse:
    """Answer one appeal, once: end the time without booking, or keep it."""
    actor = console_actor(request, *JUDGES)
    try:
        standing.answer_appeal(
            actor=actor,
            bar_id=bar_id,
            is_lifted=request.POST.get("verdict") == "lift",
            text=request.POST.get("text", "")[:1200],
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _appeals(request, refusal=refusal, at=bar_id)
    return HttpResponseRedirect("/console/appointments/appeals")
