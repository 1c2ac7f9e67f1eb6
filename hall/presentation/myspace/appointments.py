"""Booking a visit and looking after it (§5.3.1, §5.8.2): confirm, ticket, change, cancel. Choosing a time is the storefront's page."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from hall.presentation.design import booking
from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.services.appointments import commands, drawing, queries, rules, rush, standing, tickets, waiting
from hall.services.appointments.rows import AppointmentRow, PlaceRow, SlotRow
from hall.services.appointments.rules import LIVE_STATES, WaitState
from hall.services.appointments.shares import Priority
from hall.services.cases import queries as cases
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor
from hall.support.documents.qr import qr_svg
from hall.support.refusals import NotFound, Refusal
from hall.support.workdays import queries as workdays

PAGE_SIZE = 20
OPEN_LINES = (WaitState.WAITING, WaitState.OFFERED)
MOST_CASES = 20
MOST_NEAR = 6


@dataclass(frozen=True, slots=True)
class Wished:
    """What the page before chose, as the address or the form carries it."""

    item_code: str
    venue_code: str
    day: date | None
    slot_id: int
    priority: Priority | None
    case_serial: str

    def slots(self, now: datetime) -> list[SlotRow]:
        """The slots of that hall and day. Two SQL queries."""
        if self.day is None:
            return []
        return queries.slots_on(
            item_code=self.item_code, day=self.day, now=now, venue_code=self.venue_code, has_priority=self.priority is not None
        )


def wished_of(request: HttpRequest) -> Wished:
    """What an address or a form carries of it; nothing is trusted."""
    sent = request.POST if request.method == "POST" else request.GET
    return Wished(
        item_code=sent.get("item", "")[:12],
        venue_code=sent.get("venue", "")[:20],
        day=booking.day_of(sent.get("day", "")),
        slot_id=number(sent.get("slot", "")) or 0,
        priority=booking.priority_of(sent.get("priority", "")),
        case_serial=sent.get("case", "")[:24],
    )


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """One's visits, newest first, keyset; on the first page places in line, draws entered, times without booking. Eight SQL statements."""
    actor = applicant(request)
    before = number(request.GET.get("before", ""))
    rows = queries.my_appointments(actor, now=timezone.now(), before=before, limit=PAGE_SIZE + 1)
    more = rows[PAGE_SIZE - 1].booking_id if len(rows) > PAGE_SIZE else None
    is_first = before is None
    context = {
        "side": side_nav(request.path),
        "rows": rows[:PAGE_SIZE],
        "more": more,
        "lines": [row for row in waiting.my_waiting(actor) if row.state in OPEN_LINES] if is_first else [],
        "entries": drawing.my_entries(actor, limit=5) if is_first else [],
        "bars": [row for row in standing.own_bars(actor, now=timezone.now()) if row.is_running or row.answer] if is_first else [],
    }
    return render(request, "myspace/appointments/index.html", context)


def _confirm_page(request: HttpRequest, actor: Actor, wished: Wished, *, key: str, refusal: Refusal | None = None) -> HttpResponse:
    now = timezone.now()
    cards = catalogue.item_cards([wished.item_code])
    slots = wished.slots(now)
    slot = next((one for one in slots if one.slot_id == wished.slot_id), None)
    if not cards or (slot is None and refusal is None):
        raise NotFound("没有找到这个预约时段，请重新选择。")
    places = queries.places(item_code=wished.item_code, now=now, has_priority=wished.priority is not None)
    place = next((one for one in places if one.venue.code == wished.venue_code), None)
    near = [one for one in slots if one.is_open and one.slot_id != wished.slot_id][:MOST_NEAR] if refusal is not None else []
    running = cases.my_cases(actor, tab="running", before=None, limit=MOST_CASES, now=now).rows
    context = {
        "card": cards[0],
        "wished": wished,
        "slot": slot,
        "place": place,
        "day_names": booking.day_names(wished.day) if wished.day else "",
        "priorities": [("", "不用优先号", "")] + [(one.value, one.label, PAPERS[one]) for one in Priority],
        "cases": [row for row in running if row.item_code == wished.item_code],
        "key": key,
        "policy": queries.booking_policy(),
        "refusal": refusal,
        "near": near,
        "lead": LEADS.get(type(refusal)) if refusal else None,
    }
    return render(request, "myspace/appointments/confirm.html", context, status=refusal.status if refusal else 200)


# Where a refusal leads on: address and words.
LEADS: dict[type[Refusal], tuple[str, str]] = {
    rules.LevelTooLow: ("/my/profile", "去实名认证"),
    **dict.fromkeys((rules.AlreadyBooked, rules.TooManyOpen, rules.SameTime), ("/my/appointments", "看我的预约")),
    rules.Barred: ("/my/appointments#bars", "看原因，或者申诉"),
}
PAPERS = {Priority.ELDERLY: "年满 60 周岁", Priority.DISABLED: "到场出示残疾人证", Priority.VETERAN: "到场出示优待证"}


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Confirm what was chosen, and book it. Whoever is not signed in signs in first and comes back. Twelve SQL statements to look."""
    actor, wished = applicant(request), wished_of(request)
    if request.method != "POST":
        return _confirm_page(request, actor, wished, key=str(uuid4()))
    key = request.POST.get("key", "")[:80]
    try:
        rush.count_booking_try(actor, now=timezone.now())
        booked = commands.book_appointment(
            actor=actor,
            slot_id=wished.slot_id,
            item_code=wished.item_code,
            request_key=key,
            priority=wished.priority,
            case_serial=wished.case_serial,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _confirm_page(request, actor, wished, key=key, refusal=refusal)
    return redirect("myspace:appointment", booked.code)


def _own(request: HttpRequest, code: str) -> tuple[Actor, AppointmentRow]:
    """One's own booking. Raises: SignInNeeded, NotFound."""
    actor = applicant(request)
    row = queries.appointment(actor, code[:16], now=timezone.now())
    if row is None:
        raise NotFound("没有找到这个预约，请核对后再试。")
    return actor, row


def _ticket(request: HttpRequest, row: AppointmentRow, *, refusal: Refusal | None = None) -> HttpResponse:
    version = catalogue.current_version(row.item_code)
    context = {
        "row": row,
        "day_names": booking.day_names(row.starts_at.date()),
        "is_over": row.state not in LIVE_STATES or row.ends_at < timezone.now(),
        "qr": Markup(qr_svg(row.code, title="预约码")),  # noqa: S704  (our own drawing of twelve letters)
        "originals": [material for material in version.materials if material.originals] if version else [],
        "policy": queries.booking_policy(),
        "refusal": refusal,
    }
    return render(request, "myspace/appointments/ticket.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The ticket: when, where, what to bring, the code for the counter. Eight SQL statements."""
    _, row = _own(request, code)
    return _ticket(request, row)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Choose another time for a booking, in any hall for the same item; posted, it is moved, or stays where it was."""
    actor, row = _own(request, code)
    if request.method != "POST":
        return _change_page(request, row)
    try:
        rush.count_booking_try(actor, now=timezone.now())
        moved = commands.change_appointment(
            actor=actor,
            code=row.code,
            slot_id=number(request.POST.get("slot", "")) or 0,
            request_key=request.POST.get("key", "")[:80],
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _change_page(request, row, refusal=refusal)
    return redirect("myspace:appointment", moved.code)


def _change_page(request: HttpRequest, row: AppointmentRow, *, refusal: Refusal | None = None) -> HttpResponse:
    if not row.can_change and refusal is None:
        return redirect("myspace:appointment", row.code)
    now = timezone.now()
    places = queries.places(item_code=row.item_code, now=now, has_priority=row.priority is not None)
    place = booking.place_at(places, request.GET.get("venue", "")[:20] or row.venue.code, row.venue.division_code)
    day = booking.day_of(request.GET.get("day", "")) or (place.next_day if place else None)
    context = {
        "row": row,
        "was": booking.day_names(row.starts_at.date()),
        "places": places,
        "place": place,
        "day": day,
        "day_names": booking.day_names(day) if day else "",
        "weeks": booking.weeks(place.days if place else (), today=timezone.localdate(now), chosen=day, calendar=workdays.calendar()),
        "halves": booking.halves(_free_slots(row, place, day, now)),
        "key": str(uuid4()),
        "refusal": refusal,
    }
    return render(request, "myspace/appointments/change.html", context, status=refusal.status if refusal else 200)


def _free_slots(row: AppointmentRow, place: PlaceRow | None, day: date | None, now: datetime) -> list[SlotRow]:
    if place is None or day is None:
        return []
    return queries.slots_on(item_code=row.item_code, day=day, now=now, venue_code=place.venue.code, has_priority=row.priority is not None)


@require_POST
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Give the visit up; the seat is free for others. Again changes nothing."""
    actor, row = _own(request, code)
    try:
        commands.cancel_appointment(actor=actor, code=row.code, reason=request.POST.get("reason", "")[:400], now=timezone.now())
    except Refusal as refusal:
        return _ticket(request, row, refusal=refusal)
    return redirect("myspace:appointment", row.code)


@require_safe
def ticket_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The ticket to print or keep. Five SQL statements."""
    pdf = tickets.ticket_pdf(applicant(request), code[:16], now=timezone.now())
    if pdf is None:
        raise NotFound
    return _file(pdf, "application/pdf", "预约凭证.pdf")


@require_safe
def ticket_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The visit for the telephone's own calendar. Five SQL statements."""
    text = tickets.ticket_calendar(applicant(request), code[:16], now=timezone.now())
    if text is None:
        raise NotFound
    return _file(text.encode(), "text/calendar; charset=utf-8", "预约.ics")


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
