"""Search and suggestions (§5.2). What is asked is counted after the answer, without a word about who asked."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of
from hall.presentation.storefront.shelves import goods
from hall.services.catalogue import queries as catalogue
from hall.services.search import commands, queries

PAGE_SIZE = 20


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """One page of hits with their facets; empty queries show where to begin. Eight SQL statements."""
    q = request.GET.get("q", "").strip()[:100]
    given = {name: request.GET.get(name) or None for name in ("audience", "department", "theme", "depth")}
    is_free = True if request.GET.get("is_free") == "1" else None
    page = queries.search_items(q=q, is_free=is_free, limit=PAGE_SIZE, after=request.GET.get("after"), **given)
    found = {
        good.card.code: good for good in goods(catalogue.item_cards([hit.code for hit in page.hits], division_code=division_of(request)))
    }
    if q and not request.GET.get("after") and not any(given.values()):
        commands.count_later(q, hits=page.total)
    context = {
        "q": q,
        "page": page,
        "goods": [(hit, found[hit.code]) for hit in page.hits if hit.code in found],
        "given": given,
        "is_free": is_free,
    }
    return render(request, "storefront/search/page.html", context)


KINDS = {"item": ("事项", "/items/"), "theme": ("主题", "/themes/"), "department": ("部门", "/departments/")}


@require_safe
@cacheable(seconds=60)
def suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions while typing: {"suggestions": [{"text", "kind", "href"}]}, eight at most. Two SQL statements."""
    q = request.GET.get("q", "").strip()[:50]
    found = queries.suggest(q, limit=8) if q else []
    rows = [{"text": one.text, "kind": KINDS[one.kind][0], "href": f"{KINDS[one.kind][1]}{one.code}"} for one in found]
    return JsonResponse({"suggestions": rows}, json_dumps_params={"ensure_ascii": False})
