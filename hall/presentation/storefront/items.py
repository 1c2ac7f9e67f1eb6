"""The item page: a product page whose tabs are guide, materials, flow and ratings (§5.1, §5.2)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of
from hall.presentation.storefront.guide import guided
from hall.presentation.storefront.relations import relation_graph
from hall.presentation.storefront.shelves import trio
from hall.services.applications import queries as applications
from hall.services.cases import queries as cases
from hall.services.catalogue import blanks
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemPage
from hall.services.ratings import queries as ratings
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound

REVIEWS = 3
PAGE_SIZE = 20


def _item(code: str, division_code: str = "") -> ItemPage:
    page = catalogue.item_page(code, division_code=division_code)
    if page is None:
        raise NotFound
    return page


@require_safe
@cacheable(seconds=60)
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One item. Ten SQL statements at most, twelve for the signed-in: who it is, and the own draft."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = _item(code, division_of(request))
    score, shop_score = ratings.scores_of(item=code, department=page.department.code)
    return render(
        request,
        "storefront/items/page.html",
        {
            "page": page,
            "item": page.version,
            "score": score,
            "relations": relation_graph(page.version.name, page.neighbours),
            "reviews": ratings.item_reviews(code, limit=REVIEWS),
            "papers": blanks.papers_of(page.version, timezone.localdate(page.published_at)),
            "handled": cases.item_tallies([code]).get(code, 0),
            "has_guide": code in guided(),
            "shop_scores": trio(shop_score),
            "draft": applications.open_draft(actor, code) if actor.has(Role.CITIZEN) else None,
        },
    )


@require_safe
@cacheable(seconds=30)
def reviews(request: HttpRequest, code: str) -> HttpResponse:
    """All ratings of one item, keyset. Eight SQL statements."""
    page = _item(code)
    before = request.GET.get("before", "")
    found = ratings.item_reviews(code, before=int(before) if before.isdecimal() and len(before) < 16 else None, limit=PAGE_SIZE)
    context = {"page": page, "item": page.version, "score": ratings.item_score(code), "reviews": found, "page_size": PAGE_SIZE}
    return render(request, "storefront/items/reviews.html", context)
