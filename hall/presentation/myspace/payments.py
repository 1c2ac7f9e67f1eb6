"""我的缴费 (§6.3): bills, paying at a provider, what became of it, receipts. The bank's way back is never proof: the page only asks us."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.services.payments import commands, papers, queries
from hall.services.payments.rows import BillFile
from hall.support.documents.qr import qr_svg
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everything that was to be paid, newest first, keyset. Three SQL statements."""
    page = queries.my_bills(applicant(request), before=number(request.GET.get("before", "")), limit=PAGE_SIZE)
    return render(request, "myspace/payments/index.html", {"side": side_nav(request.path), "page": page})


def _own(request: HttpRequest, bill_id: int) -> BillFile:
    found = queries.bill(applicant(request), bill_id)
    if found is None:
        raise NotFound
    return found


def _page(request: HttpRequest, found: BillFile, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "file": found,
        "bill": found.row,
        "department": identity.department(found.row.department_code),
        "providers": queries.providers(),
        "chosen": request.POST.get("provider", ""),
        "refusal": refusal,
    }
    return render(request, "myspace/payments/page.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, bill_id: int) -> HttpResponse:
    """One bill (缴费通知单): what for, how much, and how to pay; paid, what was paid. Seven SQL statements."""
    return _page(request, _own(request, bill_id))


@require_POST
def start(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Begin to pay at the chosen provider."""
    actor = applicant(request)
    try:
        order = commands.start_payment(actor=actor, bill_id=bill_id, provider=request.POST.get("provider", ""), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, _own(request, bill_id), refusal)
    return redirect("myspace:order", order)


@require_safe
def order(request: HttpRequest, order_number: str) -> HttpResponse:
    """One try to pay: where to go, then whether the money has arrived. The bank sends people back here. Seven SQL statements.

    While it is open the page looks again by itself, as a fragment.
    """
    found = queries.bill_of_order(applicant(request), order_number)
    if found is None:
        raise NotFound
    tried = next(one for one in found.orders if one.number == order_number)
    code = tried.qr_text or tried.pay_url
    context = {
        "file": found,
        "bill": found.row,
        "order": tried,
        "qr": Markup(qr_svg(code, title="用手机扫码付款")) if tried.is_open and code else "",  # noqa: S704  (our own drawing)
        "now": timezone.now(),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "myspace/payments/_order.html" if is_part else "myspace/payments/order.html", context)


@require_POST
def ask(request: HttpRequest, order_number: str) -> HttpResponse:
    """The payer says that he has paid: have the bank asked now."""
    commands.ask_at_once(actor=applicant(request), order_number=order_number, now=timezone.now())
    return redirect("myspace:order", order_number)


@require_safe
def receipt(request: HttpRequest, bill_id: int) -> HttpResponse:
    """The receipt as a PDF. Raises: NotFound for a bill that is not paid."""
    pdf = papers.receipt_pdf(applicant(request), bill_id, now=timezone.now())
    if pdf is None:
        raise NotFound
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="payment.pdf"'
    return response
