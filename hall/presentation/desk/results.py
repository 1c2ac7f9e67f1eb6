"""A result after it was made: the leader takes it back, the clerk makes it anew (变更, 补证)."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hall.presentation.desk import cases as case_page
from hall.presentation.desk.frame import desk_actor
from hall.services.cases import results
from hall.services.cases.results import REPLACEMENT_NAMES, Replacement
from hall.support.access.actors import Actor
from hall.support.refusals import NotFound, Refusal


class ResultForm(forms.Form):
    """What both forms send."""

    reason = forms.CharField(max_length=400, required=False)
    kind = forms.ChoiceField(choices=[(kind.value, name) for kind, name in REPLACEMENT_NAMES.items()], required=False)
    valid_until = forms.DateField(required=False)


class FormBroken(Refusal):
    sentence = "请按 2027-12-31 的样子填写有效期，理由不超过 400 个字。"


@require_POST
def revoke(request: HttpRequest, serial: str, document_id: int) -> HttpResponse:
    """Take the result back."""
    actor, now = desk_actor(request), timezone.now()
    try:
        reason = str(_cleaned(request)["reason"])
        results.revoke_result(actor=actor, serial=serial, document_id=document_id, reason=reason, now=now)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refused(request, actor, serial, refusal)
    return HttpResponseRedirect(f"/desk/cases/{serial}#result")


@require_POST
def replace(request: HttpRequest, serial: str, document_id: int) -> HttpResponse:
    """Make the result anew."""
    actor, now = desk_actor(request), timezone.now()
    try:
        given = _cleaned(request)
        until = given["valid_until"]
        results.replace_result(
            actor=actor,
            serial=serial,
            document_id=document_id,
            kind=Replacement(str(given["kind"] or Replacement.CHANGED)),
            reason=str(given["reason"]),
            valid_until=until if isinstance(until, date) else None,
            now=now,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _refused(request, actor, serial, refusal)
    return HttpResponseRedirect(f"/desk/cases/{serial}#result")


def _cleaned(request: HttpRequest) -> dict[str, object]:
    form = ResultForm(request.POST)
    if not form.is_valid():
        raise FormBroken
    return form.cleaned_data


def _refused(request: HttpRequest, actor: Actor, serial: str, refusal: Refusal) -> HttpResponse:
    if refusal.status == 403:
        raise refusal
    file = case_page.open_case(actor, serial)
    context = case_page.case_context(request, actor, file) | {"refusal": refusal, "typed": {}, "reason": request.POST.get("reason", "")}
    return render(request, "desk/cases/page.html", context, status=refusal.status)
