"""Whether a document is genuine, by its code, its QR picture or its number: for anybody (§4.4 of the domain, §5.3.3)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hall.services.cases import queries as cases
from hall.services.cases.rows import VerifiedDocument
from hall.services.catalogue import queries as catalogue
from hall.services.licences import queries as licences
from hall.support.access import throttles
from hall.support.access.actors import Actor
from hall.support.identity import masking
from hall.support.identity import queries as identity

TRIES, WINDOW_SECONDS = 60, 600
NOTHING_ASKED: dict[str, object] = {"typed": {"cert_type": "", "licence_number": "", "holder": ""}, "errors": [], "answer": None}


def _count(request: HttpRequest) -> None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    throttles.count_try(f"verify:{actor.address}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=timezone.now())


def context_of(**parts: object) -> dict[str, object]:
    """What the page shows, with nothing said yet. One SQL query where a licence service is set up."""
    types = [(row.code, row.name) for row in catalogue.cert_types()] if licences.is_ready() else []
    return {
        "typed": "",
        "document": None,
        "seal": "",
        "is_missing": False,
        "licence": NOTHING_ASKED,
        "picture": {"error": ""},
        "cert_types": types,
    } | parts


@require_safe
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """The form: a verification code or a document's number. Five SQL statements."""
    typed = request.GET.get("number", "").strip()[:80]
    if not typed:
        return render(request, "storefront/verify/page.html", context_of())
    _count(request)
    code = typed.upper().replace(" ", "")
    if len(code.replace("-", "")) == 16 and code.isascii():
        letters = code.replace("-", "")
        return redirect("storefront:verify_document", "-".join(letters[i : i + 4] for i in range(0, 16, 4)))
    return answer(request, typed, cases.verified_document(number=typed))


@require_safe
@never_cache
def show(request: HttpRequest, code: str) -> HttpResponse:
    """What a document's QR code leads to. Five SQL statements."""
    _count(request)
    return answer(request, code, cases.verified_document(code=code[:20]))


def answer(request: HttpRequest, typed: str, document: VerifiedDocument | None, *, seal: str = "") -> HttpResponse:
    """What is recorded of a document, beside what was found in its own signature (`seal`: "intact", "code" or nothing)."""
    if document is None:
        return render(request, "storefront/verify/page.html", context_of(typed=typed, is_missing=True), status=404)
    department = identity.department(document.department_code)
    holder = document.holder if document.is_organisation else masking.mask_name(document.holder)
    is_expired = document.valid_until is not None and document.valid_until < timezone.localdate()
    context = context_of(typed=typed, document=document, holder=holder, department=department, is_expired=is_expired, seal=seal)
    return render(request, "storefront/verify/page.html", context)
