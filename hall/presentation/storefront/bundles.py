"""一件事: several items as one matter — what to bring, in which order, how long (§5.4)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.basket import item_codes
from hall.presentation.design.cache import cacheable
from hall.presentation.design.plans import Named, in_words, lane_heads, lanes
from hall.presentation.storefront.guide import guided
from hall.services.applications import joining
from hall.services.applications.joining import Outline
from hall.services.catalogue import queries as catalogue
from hall.support.refusals import NotFound


@require_safe
@cacheable()
def index(request: HttpRequest) -> HttpResponse:
    """All bundles. One SQL statement."""
    return render(request, "storefront/bundles/index.html", {"bundles": catalogue.bundles()})


@require_safe
@cacheable()
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One bundle: `item` in the address narrows it to what is wanted of it. Six SQL statements at most."""
    found = catalogue.bundle(code)
    if found is None:
        raise NotFound
    wanted = set(item_codes(request.GET.getlist("item")))
    is_enterprise = found.bundle.audience == "org"
    whole = joining.outline(found.cards, is_enterprise=is_enterprise)
    chosen = [card for card in found.cards if not wanted or card.code in wanted]
    now = joining.outline(chosen, is_enterprise=is_enterprise) if len(chosen) < len(found.cards) else whole
    names = names_of(now)
    context = {
        "bundle": found.bundle,
        "whole": whole,
        "outline": now,
        "chosen": {card.code for card in chosen},
        "lanes": lanes(now.plan, names),
        "heads": lane_heads(now.plan),
        "sentence": in_words(now.plan, names),
        "is_enterprise": is_enterprise,
        "has_guide": code in guided(),
    }
    return render(request, "storefront/bundles/page.html", context)


def names_of(outline: Outline) -> dict[str, Named]:
    """How the items are called in pictures, by code."""
    return {
        item.card.code: Named(
            item.letter,
            item.card.name,
            item.card.department_short,
            outline.plan.ends[item.card.code] - outline.plan.starts[item.card.code],
        )
        for item in outline.items
    }
