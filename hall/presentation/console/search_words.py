"""The words of people for one item: synonyms and situations, added, switched off and on (§5.2)."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import LARGEST_ID, console_actor, console_frame
from hall.presentation.console.search import tabs
from hall.services.catalogue import wording
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

DONE = {
    "term": "俗称已添加，几秒后就能搜到。",
    "text": "情形已添加，几秒后就能搜到。",
    "off": "已停用，几秒后不再起作用。",
    "on": "已启用，几秒后就能搜到。",
}


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """What people call one item. Six SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), code)


@require_POST
def add_term(request: HttpRequest, code: str) -> HttpResponse:
    """Let a word lead to the item."""
    actor, term = console_actor(request, Role.SYS_ADMIN), request.POST.get("term", "")[:200]
    return _done(request, actor, code, "term", lambda: wording.add_synonym(actor=actor, code=code, term=term, now=timezone.now()))


@require_POST
def add_text(request: HttpRequest, code: str) -> HttpResponse:
    """Add a sentence of somebody who needs the item."""
    actor, text = console_actor(request, Role.SYS_ADMIN), request.POST.get("text", "")[:400]
    return _done(request, actor, code, "text", lambda: wording.add_situation(actor=actor, code=code, text=text, now=timezone.now()))


@require_POST
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Switch a synonym or a situation off or on."""
    actor = console_actor(request, Role.SYS_ADMIN)
    number, is_off = request.POST.get("id", ""), request.POST.get("is_off") == "1"
    if not (number.isascii() and number.isdecimal() and int(number[:20]) <= LARGEST_ID):
        raise NotFound
    if request.POST.get("kind") == "situation":
        command = partial(wording.switch_situation, situation_id=int(number))
    else:
        command = partial(wording.switch_synonym, synonym_id=int(number))
    now = timezone.now()
    return _done(request, actor, code, "off" if is_off else "on", lambda: command(actor=actor, is_off=is_off, now=now))


def _done(request: HttpRequest, actor: Actor, code: str, deed: str, command: Callable[[], object]) -> HttpResponse:
    try:
        command()
    except Refusal as refusal:
        return _page(request, actor, code, refusal)
    return HttpResponseRedirect(f"{reverse('console:wording', args=[code])}?done={deed}")


def _page(request: HttpRequest, actor: Actor, code: str, refusal: Refusal | None = None) -> HttpResponse:
    found = wording.item_wording(actor, code.replace("\0", ""))
    if found is None:
        raise NotFound
    context = {
        **console_frame(request, actor),
        "tabs": tabs("try"),
        "item": found,
        "typed": {name: request.POST.get(name, "")[:200] if refusal else "" for name in ("term", "text")},
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "console/search/words.html", context, status=refusal.status if refusal else 200)
