"""Waiting for a seat (候补), draws (摇号) and times without booking: what stands between a wish and a visit (§5.3.1)."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hall.presentation.design import booking
from hall.presentation.myspace.appointments import Wished, wished_of
from hall.presentation.myspace.frame import applicant
from hall.services.appointments import drawing, queries, rush, standing, waiting
from hall.services.catalogue import bookable
from hall.services.catalogue import queries as catalogue
from hall.support.refusals import NotFound, Refusal


def _page(request: HttpRequest, wished: Wished, *, key: str, refusal: Refusal | None = None) -> HttpResponse:
    now = timezone.now()
    cards = catalogue.item_cards([wished.item_code])
    slot = next((one for one in wished.slots(now) if one.slot_id == wished.slot_id), None)
    if not cards or slot is None or wished.day is None:
        raise NotFound("没有找到这个预约时段，请重新选择。")
    context = {
        "card": cards[0],
        "wished": wished,
        "slot": slot,
        "venue": bookable.venues([slot.venue_code]).get(slot.venue_code),
        "day_names": booking.day_names(wished.day),
        "draw": drawing.draw_of_slot(slot.slot_id) if slot.state == "drawn" else None,
        "policy": queries.booking_policy(),
        "key": key,
        "refusal": refusal,
    }
    return render(request, "myspace/appointments/line.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Wait for a seat of a full slot, or enter the draw of one whose seats are drawn. Ten SQL statements to look."""
    actor, wished, now = applicant(request), wished_of(request), timezone.now()
    if request.method != "POST":
        return _page(request, wished, key=str(uuid4()))
    key = request.POST.get("key", "")[:80]
    try:
        rush.count_booking_try(actor, now=now)
        if request.POST.get("kind") == "draw":
            drawing.enter_draw(
                actor=actor,
                slot_id=wished.slot_id,
                item_code=wished.item_code,
                priority=wished.priority,
                case_serial=wished.case_serial,
                now=now,
            )
        else:
            waiting.join_waiting(
                actor=actor,
                slot_id=wished.slot_id,
                item_code=wished.item_code,
                request_key=key,
                priority=wished.priority,
                case_serial=wished.case_serial,
                now=now,
            )
    except Refusal as refusal:
        return _page(request, wished, key=key, refusal=refusal)
    return HttpResponseRedirect(f"{reverse('myspace:appointments')}#lines")


@require_POST
def take(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take the seat that is held for one; again leads to the same ticket."""
    booked = waiting.take_offer(actor=applicant(request), entry_id=entry_id, now=timezone.now())
    return redirect("myspace:appointment", booked.code)


@require_POST
def leave(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Wait no longer."""
    waiting.leave_waiting(actor=applicant(request), entry_id=entry_id, now=timezone.now())
    return redirect("myspace:appointments")


@require_POST
def leave_draw(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take an entry back before the draw closes."""
    drawing.leave_draw(actor=applicant(request), entry_id=entry_id, now=timezone.now())
    return redirect("myspace:appointments")


@require_POST
def appeal(request: HttpRequest, bar_id: int) -> HttpResponse:
    """Say why a time without booking should end."""
    standing.appeal_bar(actor=applicant(request), bar_id=bar_id, text=request.POST.get("text", "")[:1200], now=timezone.now())
    return HttpResponseRedirect(f"{reverse('myspace:appointments')}#bars")
