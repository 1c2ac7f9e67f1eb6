"""Relations between items: what is wrong with them, and an item's own, added and removed (§5.1 关联事项)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.console.tags import posted
from hall.services.catalogue import relating
from hall.services.catalogue.relation_rules import ProblemKind
from hall.services.catalogue.rules import RelationKind
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

KINDS = tuple((kind.value, kind.label) for kind in RelationKind)
DONE = {"added": "关系已添加，公开页面立即更新。", "removed": "关系已去掉，公开页面立即更新。"}
SIDES = (("before", "先办"), ("together", "一起办"), ("after", "后办"))


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What the check finds now, and the way to an item. Six SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:60]
    found = relating.findings()
    counts = relating.relation_counts()
    context = {
        **console_frame(request, actor),
        "groups": [(kind.label, [one for one in found if one.problem.kind == kind]) for kind in ProblemKind],
        "findings": len(found),
        "counts": [(label, counts[kind]) for kind, label in KINDS],
        "total": sum(counts.values()),
        "wanted": wanted,
        "candidates": relating.items_like(wanted, limit=20),
    }
    return render(request, "console/relations/index.html", context)


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One item's relations, and candidates for another one. Four SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), code)


def _page(request: HttpRequest, actor: Actor, code: str, refusal: Refusal | None = None) -> HttpResponse:
    item = relating.item_relations(code)
    if item is None:
        raise NotFound
    wanted = (request.POST if refusal else request.GET).get("q", "").replace("\0", "").strip()[:60]
    context = {
        **console_frame(request, actor),
        "item": item,
        "sides": [(title, [row for row in item.relations if row.side == side]) for side, title in SIDES],
        "kinds": KINDS,
        "kind": request.POST.get("kind", "") if refusal else "",
        "wanted": wanted,
        "candidates": relating.items_like(wanted),
        "errors": [("q", refusal.shown)] if refusal else [],
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "console/relations/item.html", context, status=refusal.status if refusal else 200)


@require_POST
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Add a relation; one that closes a circle is refused with the circle's name."""
    actor = console_actor(request, Role.SYS_ADMIN)
    kind, other = posted(request, "kind", 12), posted(request, "to_item", 12)
    try:
        relating.add_relation(actor=actor, code=code, kind=kind, to_item=other, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, code, refusal)
    return HttpResponseRedirect(f"{reverse('console:item_relations', args=[code])}?done=added")


@require_POST
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Take away how another item stands to this one, whichever of the two says so; then back to the item."""
    actor = console_actor(request, Role.SYS_ADMIN)
    other, side = posted(request, "other", 12), posted(request, "side", 12)
    relating.remove_relation(actor=actor, code=code, other=other, side=side, now=timezone.now())
    return HttpResponseRedirect(f"{reverse('console:item_relations', args=[code])}?done=removed")
