"""网上预约 (§5.3.1): where, on which day and at what time a visit can be booked. Looking needs no sign-in; booking is in myspace."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.design import booking
from hall.presentation.design.context import division_of
from hall.services.appointments import board, drawing, queries
from hall.services.catalogue import bookable
from hall.services.catalogue import queries as catalogue
from hall.support.refusals import NotFound
from hall.support.workdays import queries as workdays


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The halls, days and times of one item (`item`), or how to find one. Nine SQL statements at most.

    `venue`, `day` and `priority` say what was chosen; `case` is carried on to the booking.
    """
    code = request.GET.get("item", "")[:12]
    if not code:
        return render(request, "storefront/appointments/start.html")
    cards = catalogue.item_cards([code], division_code=division_of(request))
    if not cards:
        raise NotFound
    now = timezone.now()
    priority = booking.priority_of(request.GET.get("priority", ""))
    places = queries.places(item_code=code, now=now, has_priority=priority is not None)
    place = booking.place_at(places, request.GET.get("venue", "")[:20], division_of(request))
    day = booking.day_of(request.GET.get("day", "")) or (place.next_day if place else None)
    slots = []
    if place is not None and day is not None:
        slots = queries.slots_on(item_code=code, day=day, now=now, venue_code=place.venue.code, has_priority=priority is not None)
    context = {
        "card": cards[0],
        "places": places,
        "place": place,
        "day": day,
        "day_names": booking.day_names(day) if day else "",
        "weeks": booking.weeks(place.days if place else (), today=timezone.localdate(now), chosen=day, calendar=workdays.calendar()),
        "halves": booking.halves(slots),
        "free": sum(slot.free for slot in slots if slot.is_open),
        "priority": priority,
        "case": request.GET.get("case", "")[:24],
        "policy": queries.booking_policy(),
    }
    return render(request, "storefront/appointments/page.html", context)


@require_safe
def screen(request: HttpRequest, venue: str, department: str) -> HttpResponse:
    """The big screen of a waiting room, or with `counter` the one over a counter. Numbers only, so it needs no sign-in and stays on all
    day; it looks again by itself. Two SQL statements.
    """
    now = timezone.now()
    place = bookable.venues([venue]).get(venue)
    if place is None:
        raise NotFound
    shown = board.board(venue_code=venue, department_code=department[:12], day=timezone.localdate(now))
    counter = " ".join(request.GET.get("counter", "").split())[:60]
    context = {"venue": place, "board": shown, "counter": counter, "number": shown.number_at(counter), "now": now}
    return render(request, "storefront/appointments/screen.html", context)


@require_safe
def draw(request: HttpRequest, code: str) -> HttpResponse:
    """A draw for everybody: what was promised before it, the seed and who won after it, how to recompute it. Six SQL statements."""
    row = drawing.draw(code[:16])
    if row is None:
        raise NotFound
    record = drawing.draw_record(row.code) if row.drawn_at else None
    context = {"draw": row, "venue": bookable.venues([row.venue_code]).get(row.venue_code), "record": record}
    return render(request, "storefront/appointments/draw.html", context)
