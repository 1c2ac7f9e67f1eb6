"""请求回电 (§5.4): the conversation handed over to a person. A phone number to ring now, or a form that a department answers by telephone."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hall.presentation.design.context import division_of
from hall.presentation.storefront.ask import token_of
from hall.services.guidance import ask_rules, asks, talks
from hall.services.guidance.dialogue_state import Talk
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

# Not so much of the talk that the field is full: people add to it.
MOST_FILLED_IN = 300


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form, filled in from the talk; posting leaves the request. Six SQL statements."""
    talk = talks.talk_of(token_of(request), now=timezone.now())
    if request.method != "POST":
        return _page(request, talk, _from_talk(request, talk))
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = {
        name: request.POST.get(name, "")
        for name in ("request_key", "department", "item", "name", "phone", "question", "history", "consent")
    }
    try:
        made = asks.ask_for_call(
            actor=actor,
            request_key=_key(given["request_key"]),
            department_code=given["department"],
            item_code=given["item"],
            name=given["name"],
            phone=given["phone"],
            question=given["question"],
            history=talk.record if talk and given["history"] else "",
            is_agreed=bool(given["consent"]),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _page(request, talk, given, refusal)
    return HttpResponseRedirect(f"/ask/person/{made.reference}")


def _key(text: str) -> UUID:
    """The form's own key. Raises: FormTooOld."""
    try:
        return UUID(text)
    except ValueError:
        raise FormTooOld from None


class FormTooOld(Refusal):
    sentence = "页面打开得太久了，请再点一次“请给我回电话”。"


def _from_talk(request: HttpRequest, talk: Talk | None) -> dict[str, str]:
    item = request.GET.get("item", "")
    kind, code = talk.topic if talk else ("", "")
    item = item if item.isascii() and item.isalnum() and len(item) <= 12 else ""
    about = Talk(topic=("item", item)) if item else talk
    return {
        "request_key": "",
        "department": talks.department_of(about, division_code=division_of(request)) if about else "",
        "item": item or (code if kind == "item" else ""),
        "name": "",
        "phone": "",
        "question": talks.question_of(talk, MOST_FILLED_IN) if talk else "",
        "history": "1",
        "consent": "",
    }


def _page(request: HttpRequest, talk: Talk | None, given: dict[str, str], refusal: Refusal | None = None) -> HttpResponse:
    is_fresh = refusal is None or isinstance(refusal, FormTooOld)
    context: dict[str, Any] = {
        "given": given | ({"request_key": str(uuid4())} if is_fresh else {}),
        "errors": [(fault.at_field or "", fault.shown) for fault in getattr(refusal, "faults", [refusal] if refusal else [])],
        "departments": [(row.code, row.short_name) for row in identity.departments()],
        "record": talk.record if talk and talk.own_words else "",
        "rules": ask_rules,
        "item_name": talks.topic_name(Talk(topic=("item", given["item"]))) if given["item"] else "",
    }
    return render(request, "storefront/ask/person.html", context, status=refusal.status if refusal else 200)


@require_safe
@never_cache
def asked(request: HttpRequest, reference: str) -> HttpResponse:
    """What was left with whom, and when they will call. Two SQL statements."""
    found = asks.asked(reference)
    if found is None:
        raise NotFound
    return render(request, "storefront/ask/asked.html", {"asked": found})
