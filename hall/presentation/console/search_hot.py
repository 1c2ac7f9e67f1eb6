"""Hot words: what is searched most, what an administrator pins or bars (§5.2)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.console.search import tabs
from hall.services.search import hot
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

DECISIONS = {"pin": hot.pin_hot_word, "bar": hot.bar_hot_word, "free": hot.free_hot_word}
DONE = {
    "pin": "已置顶，首页一分钟内更新。",
    "bar": "已屏蔽，不再显示为热词；搜索不受影响。",
    "free": "已恢复，按实际搜索次数排。",
}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Words with their uses and what was decided. Five SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN))


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Pin a word, bar it, or leave it to its use again."""
    actor = console_actor(request, Role.SYS_ADMIN)
    decision = request.POST.get("decision", "")
    if decision not in DECISIONS:
        raise NotFound
    try:
        DECISIONS[decision](actor=actor, word=request.POST.get("word", "")[:100], now=timezone.now())
    except Refusal as refusal:
        return _page(request, actor, refusal)
    return HttpResponseRedirect(f"{reverse('console:hot_words')}?done={decision}")


def _page(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    now = timezone.now()
    context = {
        **console_frame(request, actor),
        "tabs": tabs("hot"),
        "rows": hot.hot_table(now=now),
        "shown": hot.hot_words(now=now),
        "typed": request.POST.get("word", "")[:40] if refusal else "",
        "errors": [(refusal.at_field or "word", refusal.shown)] if refusal else [],
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "console/search/hot.html", context, status=refusal.status if refusal else 200)
