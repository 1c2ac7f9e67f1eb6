"""The applicant asks for a hearing, or waives it (许可法 47)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from hall.presentation.myspace.cases import own_case, show_case
from hall.presentation.myspace.frame import applicant
from hall.services.cases import hearings
from hall.services.cases.moves import Moved
from hall.support.refusals import NotFound, Refusal


def _answer(request: HttpRequest, serial: str, command: Callable[..., Moved]) -> HttpResponse:
    try:
        command(actor=applicant(request), serial=serial, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        actor, file = own_case(request, serial)
        return show_case(request, actor, file, refusal=refusal, status=refusal.status)
    return redirect("myspace:case", serial)


@require_POST
def ask(request: HttpRequest, serial: str) -> HttpResponse:
    """Ask for the hearing, within the days that the notice names."""
    return _answer(request, serial, hearings.ask_hearing)


@require_POST
def waive(request: HttpRequest, serial: str) -> HttpResponse:
    """Need no hearing: the review goes on at once."""
    return _answer(request, serial, hearings.waive_hearing)
