"""The home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of, supplied, supply
from hall.presentation.storefront.shelves import Shop, categories, goods, shops
from hall.services.applications import queries as applications
from hall.services.cases import queries as cases
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor, Role
from hall.support.identity.masking import mask_name

HOT = 8


def _hot_codes() -> list[str]:
    busiest = cases.busiest_items(HOT)
    if len(busiest) < HOT:
        # A young hall has no counts yet: the catalogue's own order fills up.
        busiest += [card.code for card in catalogue.items(limit=HOT).cards if card.code not in busiest]
    return busiest[:HOT]


supply("home_shops", lambda: tuple(shops()[:4]))
supply("home_bundles", lambda: tuple(catalogue.bundles()[:4]))


@require_safe
@cacheable(seconds=30)
def show(request: HttpRequest) -> HttpResponse:
    """The home page. Nine SQL statements, eleven for the signed-in; shelves that hardly move are read once a minute."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown_shops: tuple[Shop, ...] = supplied("home_shops") or ()  # type: ignore[assignment]
    now = timezone.now()
    is_citizen = actor.has(Role.CITIZEN)
    return render(
        request,
        "storefront/home/page.html",
        {
            "categories": categories(),
            "goods": goods(catalogue.item_cards(_hot_codes(), division_code=division_of(request))),
            "whole": catalogue.whole_tally(),
            "bundles": supplied("home_bundles") or (),
            "life_events": supplied("life_events") or (),
            "shops": shown_shops,
            "finished": cases.recently_finished(6, now=now),
            "mask_name": mask_name,
            "counts": cases.my_counts(actor) if is_citizen else None,
            "drafts": applications.drafts_of(actor, limit=3) if is_citizen else (),
        },
    )
