"""Rating a finished case (§5.3.5, domain §6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hall.presentation.myspace.cases import own_case
from hall.services.ratings import commands, queries, rules
from hall.support.refusals import NotFound, Refusal

DIMENSIONS = (("guide", "指南准确"), ("attitude", "服务态度"), ("speed", "办理时效"))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) == 1 else 0


@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, serial: str) -> HttpResponse:
    """The rating form; once rated, the case page shows it. Eleven SQL statements."""
    actor, file = own_case(request, serial)
    if queries.rating_of_case(actor, serial) is not None or file.row.closed_at is None:
        return redirect("myspace:case", serial)
    errors: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        try:
            commands.rate_case(
                actor=actor,
                serial=serial,
                grade=_number(request.POST.get("grade", "")),
                dimensions={name: _number(request.POST.get(name, "")) for name, _ in DIMENSIONS},
                tags=request.POST.getlist("tags"),
                text=request.POST.get("text", "")[:500],
                is_anonymous=request.POST.get("is_anonymous") == "1",
                now=timezone.now(),
            )
        except NotFound:
            raise
        except Refusal as refusal:
            errors, status = [(refusal.at_field or "grade", refusal.shown)], refusal.status
        else:
            return redirect("myspace:case", serial)
    context = {
        "case": file.row,
        "errors": errors,
        "typed": request.POST,
        "dimensions": DIMENSIONS,
        "grades": rules.GRADE_NAMES,
        "tags": rules.TAGS,
    }
    return render(request, "myspace/cases/rating.html", context, status=status)


@require_POST
def supplement(request: HttpRequest, serial: str) -> HttpResponse:
    """Add to one's rating, once, within five working days."""
    actor, _ = own_case(request, serial)
    commands.supplement_rating(actor=actor, serial=serial, text=request.POST.get("text", "")[:500], now=timezone.now())
    return redirect("myspace:case", serial)
