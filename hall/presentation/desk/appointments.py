"""The hall's day (§5.3.1): who comes, check in, call, serve, note who did not come, take people who walk in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.appointments import counter, counter_queries
from hall.services.appointments.rows import VisitRow
from hall.services.appointments.rules import State
from hall.services.appointments.shares import Priority
from hall.services.catalogue import bookable
from hall.services.catalogue.bookable import VenueRow
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 50
FILTERS = (("", "全部"), ("booked", "还没到"), ("checked_in", "等候中"), ("served", "已办理"), ("no_show", "未到场"))
DONE = {
    "check-in": "已签到，号码 {0}。",
    "call": "请 {0} 到窗口。",
    "serve": "已登记办理。",
    "no-show": "已登记未到场。",
    "walk-in": "已取号 {0}。",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the member of staff sits, as the address says it: hall, day and counter."""

    venues: list[VenueRow]
    venue: VenueRow | None
    day: date
    counter: str

    def query(self, **more: str) -> str:
        """The address query that keeps the place."""
        held = {"venue": self.venue.code if self.venue else "", "counter": self.counter, **more}
        return urlencode({name: value for name, value in held.items() if value})


def staff_of(request: HttpRequest) -> Actor:
    """The signed-in member of a department. Raises: SignInNeeded, NotAllowed."""
    actor = desk_actor(request)
    require(actor, *DEPARTMENT_ROLES)
    return actor


def _place(request: HttpRequest, actor: Actor, now: datetime) -> Place:
    sent = request.POST if request.method == "POST" else request.GET
    day = timezone.localdate(now)
    venues = counter_queries.venues_on(actor, day)
    wanted = sent.get("venue", "")[:20]
    venue = next((one for one in venues if one.code == wanted), venues[0] if venues else None)
    return Place(venues, venue, day, " ".join(sent.get("counter", "").split())[:60])


def _after(text: str) -> tuple[datetime, int] | None:
    moment, _, number = text[:60].partition("_")
    try:
        found = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None and 0 <= found[1] < 2**63 else None


def _page(
    request: HttpRequest, actor: Actor, *, refusal: Refusal | None = None, deed: str = "", found: list[VisitRow] | None = None
) -> HttpResponse:
    now = timezone.now()
    place = _place(request, actor, now)
    only = request.GET.get("only", "") if request.GET.get("only", "") in dict(FILTERS) else ""
    context = {
        **desk_frame(request, actor),
        "place_at": place,
        "only": only,
        "filters": FILTERS,
        "refusal": refusal,
        "deed": deed,
        "typed": request.POST,
        "found": found,
        "key": str(uuid4()),
        "priorities": [("", "没有")] + [(one.value, one.label) for one in Priority],
        "done": "" if refusal or found else DONE.get(request.GET.get("done", ""), "").format(request.GET.get("ticket", "")[:8]),
        "figures": None,
        "rows": [],
    }
    if place.venue is not None:
        venue, day = place.venue.code, place.day
        rows = counter_queries.visits(
            actor,
            venue_code=venue,
            day=day,
            states=[State(only)] if only else (),
            after=_after(request.GET.get("after", "")),
            limit=PAGE_SIZE + 1,
        )
        waiting = counter_queries.waiting(actor, venue_code=venue, day=day)
        context |= {
            "figures": counter_queries.day_figures(actor, venue_code=venue, day=day),
            "rows": rows[:PAGE_SIZE],
            "more": f"{rows[PAGE_SIZE - 1].starts_at.isoformat()}_{rows[PAGE_SIZE - 1].booking_id}" if len(rows) > PAGE_SIZE else "",
            "waiting": [row for row in waiting if not row.called_to],
            "called": next((row for row in waiting if row.called_to and row.called_to == place.counter), None),
            "items": bookable.bookable_items(actor.department_code or ""),
            "slots": counter_queries.walk_in_slots(actor, venue_code=venue, now=now),
        }
    return render(request, "desk/appointments/page.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The day of one hall, for the department's counters; the list by keyset. Twelve SQL statements at most."""
    return _page(request, staff_of(request))


@require_POST
def act(request: HttpRequest, action: str) -> HttpResponse:
    """One deed at the counter: check-in, call, serve, no-show, walk-in. Refused, the page says why and keeps what was typed."""
    actor = staff_of(request)
    deed = DEEDS.get(action)
    if deed is None:
        raise NotFound
    try:
        told = deed(request, actor, timezone.now())
    except Refusal as refusal:
        return _page(request, actor, refusal=refusal, deed=action)
    if isinstance(told, list):
        return _page(request, actor, deed=action, found=told)
    place = _place(request, actor, timezone.now())
    return HttpResponseRedirect(f"{reverse('desk:appointments')}?{place.query(done=action, ticket=told)}")


Told = str | list[VisitRow]


def _check_in(request: HttpRequest, actor: Actor, now: datetime) -> Told:
    said = "".join(request.POST.get("code", "").split()).upper()[:40]
    if said.isdigit():
        by_phone = counter_queries.visits_by_phone(actor, phone=said, day=timezone.localdate(now))
        open_ones = [row for row in by_phone if row.state is State.BOOKED]
        if len(open_ones) > 1:
            return open_ones
        said = open_ones[0].code if open_ones else (by_phone[0].code if by_phone else said)
    return counter.check_in(actor=actor, code=said, now=now).ticket


def _call(request: HttpRequest, actor: Actor, now: datetime) -> Told:
    place = _place(request, actor, now)
    return counter.call_next(actor=actor, venue_code=place.venue.code if place.venue else "", counter=place.counter, now=now).ticket


def _serve(request: HttpRequest, actor: Actor, now: datetime) -> Told:
    counter.serve(actor=actor, code=request.POST.get("code", "")[:40], now=now)
    return ""


def _no_show(request: HttpRequest, actor: Actor, now: datetime) -> Told:
    counter.mark_no_show(actor=actor, code=request.POST.get("code", "")[:40], now=now)
    return ""


def _walk_in(request: HttpRequest, actor: Actor, now: datetime) -> Told:
    slot, priority = request.POST.get("slot", ""), request.POST.get("priority", "")
    return counter.walk_in(
        actor=actor,
        slot_id=int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 16 else 0,
        item_code=request.POST.get("item", "").strip()[:12],
        name=request.POST.get("name", "")[:60],
        phone=request.POST.get("phone", "").strip()[:20],
        request_key=request.POST.get("key", "")[:80],
        priority=Priority(priority) if priority in set(Priority) else None,
        now=now,
    ).ticket


DEEDS: dict[str, Callable[[HttpRequest, Actor, datetime], Told]] = {
    "check-in": _check_in,
    "call": _call,
    "serve": _serve,
    "no-show": _no_show,
    "walk-in": _walk_in,
}
