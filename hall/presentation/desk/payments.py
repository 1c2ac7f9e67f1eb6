"""缴费 at the desk (§6.3): the department's bills, opening and reducing one, taking money at the window, refunds with a second person."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.desk import cases as case_page
from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.catalogue.fee_rules import fen_of
from hall.services.payments import billing, papers, queries, refunding, rules, settling
from hall.services.payments.billing import Charge
from hall.services.payments.rows import BillFile
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The department's bills, newest first; or the refunds that wait for its head. Keyset. Four SQL statements."""
    actor = desk_actor(request)
    only, before = request.GET.get("only", ""), request.GET.get("before", "")
    only = only if only in {"open", "refunds"} else ""
    serial = request.GET.get("case", "")[:24].replace("\0", "")
    key = int(before) if before.isdecimal() and len(before) < 16 else None
    context = {
        **desk_frame(request, actor),
        "only": only,
        "serial": serial,
        "page": queries.desk_bills(actor, only=only, serial=serial, before=key, limit=PAGE_SIZE),
        "waiting": queries.refunds_waiting(actor),
    }
    return render(request, "desk/payments/index.html", context)


def _file(actor: Actor, bill_id: int) -> BillFile:
    found = queries.bill(actor, bill_id)
    if found is None:
        raise NotFound
    return found


def _page(request: HttpRequest, actor: Actor, bill_id: int, refusal: Refusal | None = None, at: str = "") -> HttpResponse:
    found = _file(actor, bill_id)
    context = {
        **desk_frame(request, actor),
        "file": found,
        "bill": found.row,
        "refusal": refusal,
        "at": at,
        "typed": request.POST if refusal else {},
        "is_clerk": actor.has(Role.CLERK),
        "is_head": actor.has(Role.LEADER),
        "key": uuid4().hex,
    }
    return render(request, "desk/payments/page.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, bill_id: int) -> HttpResponse:
    """One bill with everything that was tried to pay it. Seven SQL statements."""
    return _page(request, desk_actor(request), bill_id)


def _do(request: HttpRequest, bill_id: int, at: str, deed: Callable[[Actor], object]) -> HttpResponse:
    actor = desk_actor(request)
    _file(actor, bill_id)  # not there for other departments, whatever was asked
    try:
        deed(actor)
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return _page(request, actor, bill_id, refusal, at)
    return HttpResponseRedirect(f"/desk/payments/{bill_id}")


def _fen(text: str) -> int:
    return fen_of(text) or 0


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


@require_POST
def open_bill(request: HttpRequest, serial: str) -> HttpResponse:
    """Open the bill of a case with what was counted: one price and number for each of the item's fees, empty ones left out."""
    actor, post = desk_actor(request), request.POST
    charges = []
    for name, price in post.items():
        place = name.removeprefix("price-")
        if place != name and place.isascii() and place.isdecimal() and len(place) < 4 and str(price).strip():
            charges.append(Charge(int(place), _fen(str(price)), _number(post.get(f"quantity-{place}", "1").strip() or "1")))
    try:
        bill_id = billing.open_bill(actor=actor, serial=serial, charges=charges, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        file = case_page.open_case(actor, serial)
        context = case_page.case_context(request, actor, file) | {"refusal": refusal, "typed_bill": post}
        return render(request, "desk/cases/page.html", context, status=refusal.status)
    return HttpResponseRedirect(f"/desk/payments/{bill_id}")


@require_POST
def reduce(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Take something off one line."""

    def deed(actor: Actor) -> object:
        return billing.reduce_line(
            actor=actor,
            bill_id=bill_id,
            position=_number(request.POST.get("position", "")),
            reduced_fen=_fen(request.POST.get("amount", "")),
            reason=request.POST.get("reason", ""),
            now=timezone.now(),
        )

    return _do(request, bill_id, "reduce", deed)


@require_POST
def counter(request: HttpRequest, bill_id: int) -> HttpResponse:
    """The window took the money."""
    number = request.POST.get("number", "")
    return _do(
        request,
        bill_id,
        "counter",
        lambda actor: settling.record_counter_payment(actor=actor, bill_id=bill_id, receipt_number=number, now=timezone.now()),
    )


@require_POST
def cancel(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Take an unpaid bill back."""
    reason = request.POST.get("reason", "")
    return _do(
        request, bill_id, "cancel", lambda actor: billing.cancel_bill(actor=actor, bill_id=bill_id, reason=reason, now=timezone.now())
    )


@require_POST
def ask_refund(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Ask to give money back."""

    def deed(actor: Actor) -> object:
        return refunding.ask_refund(
            actor=actor,
            order_number=request.POST.get("order", ""),
            amount_fen=_fen(request.POST.get("amount", "")),
            reason=request.POST.get("reason", ""),
            request_key=request.POST.get("key", "")[:32],
            now=timezone.now(),
        )

    return _do(request, bill_id, "refund", deed)


@require_POST
def decide_refund(request: HttpRequest, bill_id: int, refund_id: int) -> HttpResponse:
    """The head approves or refuses a refund that somebody else asked for."""

    def deed(actor: Actor) -> object:
        verdict = request.POST.get("verdict", "")
        if verdict not in {"grant", "deny"}:
            raise rules.VerdictMissing
        answer = request.POST.get("answer", "")
        return refunding.decide_refund(actor=actor, refund_id=refund_id, is_approved=verdict == "grant", answer=answer, now=timezone.now())

    return _do(request, bill_id, f"refund-{refund_id}", deed)


@require_safe
def receipt(request: HttpRequest, bill_id: int) -> HttpResponse:
    """The receipt, to print at the window."""
    pdf = papers.receipt_pdf(desk_actor(request), bill_id, now=timezone.now())
    if pdf is None:
        raise NotFound
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="payment.pdf"'})
