"""办事清单: any items together, with one list of materials and the order to do them in (§5.4)."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from hall.presentation.design.basket import bring_along, cookie_codes, is_from_own_page, item_codes, keep_cookie
from hall.presentation.design.plans import in_words, tall_graph, wide_graph
from hall.presentation.design.returning import safe_path
from hall.presentation.storefront.bundles import names_of
from hall.services.applications import baskets, joining
from hall.services.applications.planning import Plan
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue import together
from hall.services.catalogue.queries import ItemCard
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.refusals import NotFound, Refusal

_STAY = "/basket"


class ForeignPage(Refusal):
    """The browser says that the request came from a page that is not ours; nothing happened."""

    sentence = "没有放进清单。请在本站的事项页面再点一次“加入办事清单”。"
    status = 403


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _codes(request: HttpRequest) -> tuple[str, ...]:
    actor = _actor(request)
    return baskets.basket_of(actor) if actor.is_signed_in else cookie_codes(request)


def _keep(request: HttpRequest, response: HttpResponse, codes: tuple[str, ...]) -> None:
    """Put a visitor's basket into the cookie; a signed-in person's is kept already."""
    if not _actor(request).is_signed_in:
        keep_cookie(response, codes)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The basket. Posting takes an item out, keeps only the ticked ones in view, or applies for them. Seven SQL statements."""
    actor = _actor(request)
    if actor.is_signed_in and not actor.has(Role.CITIZEN):
        raise NotAllowed
    if request.method == "POST":
        return _act(request)
    codes = _codes(request)
    if actor.is_signed_in and cookie_codes(request):
        codes = baskets.put_in(actor=actor, codes=cookie_codes(request), now=timezone.now(), is_merge=True)
    cards = catalogue.item_cards(codes)
    wanted = set(item_codes(request.GET.getlist("item")))
    chosen = [card for card in cards if not wanted or card.code in wanted] or cards
    outline = joining.outline(chosen, is_enterprise=(actor.enterprise_id is not None) if actor.is_signed_in else None)
    names = names_of(outline)
    response = render(
        request,
        "storefront/basket/page.html",
        {
            "cards": cards,
            "chosen": {card.code for card in chosen},
            "outline": outline,
            "letters": {item.card.code: item.letter for item in outline.items},
            "problems": {item.card.code: item.problem for item in outline.items if item.problem},
            "wide": wide_graph(outline.plan, names),
            "tall": tall_graph(outline.plan, names),
            "sentence": in_words(outline.plan, names),
            "chain": " → ".join(names[code].letter for code in outline.plan.critical) if len(outline.plan.critical) > 1 else "",
            "missing": _missing(outline.plan),
            "rings": ["、".join(names[code].name for code in ring) for ring in outline.plan.circles],
            "added": next((card for card in cards if card.code == request.GET.get("added")), None),
            "back": safe_path(request.GET.get("back"), "/search"),
        },
    )
    if actor.is_signed_in:
        bring_along(request, response, actor, now=timezone.now())
    return response


def _missing(plan: Plan) -> list[ItemCard]:
    """Items that must be done before some in the basket, and are not in it."""
    codes = set(plan.order)
    before = [order.first for order in together.orders_around(codes) if order.then in codes and order.first not in codes] if codes else []
    return [card for card in catalogue.item_cards(before) if card.status == "published"]


def _act(request: HttpRequest) -> HttpResponse:
    ticked = item_codes(request.POST.getlist("item"))
    out = request.POST.get("out", "")
    if out:
        actor = _actor(request)
        held = (
            baskets.take_out(actor=actor, codes=[out], now=timezone.now())
            if actor.is_signed_in
            else tuple(code for code in _codes(request) if code != out)
        )
        response = HttpResponseRedirect(_STAY)
        _keep(request, response, held)
        return response
    query = urlencode([("item", code) for code in ticked])
    if request.POST.get("go") == "apply" and ticked:
        return HttpResponseRedirect(f"/my/joint/new?{query}")
    return HttpResponseRedirect(f"{_STAY}?{query}" if query else _STAY)


@csrf_exempt  # the button stands on pages kept for everybody, which hold no form token: the browser's word on where it came from is asked
@never_cache
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put one item in. Raises: NotFound, NotAllowed for staff, ForeignPage, TooManyTogether."""
    if not is_from_own_page(request):
        raise ForeignPage
    actor, codes = _actor(request), item_codes([request.POST.get("item", "")])
    if not catalogue.item_cards(codes):
        raise NotFound
    back = safe_path(request.headers.get("Referer", "").partition(request.get_host())[2], "/search")
    response = HttpResponseRedirect(f"{_STAY}?{urlencode({'added': codes[0], 'back': back})}")
    if actor.is_signed_in:
        baskets.put_in(actor=actor, codes=codes, now=timezone.now())
        bring_along(request, response, actor, now=timezone.now())
    else:
        keep_cookie(response, baskets.with_item(cookie_codes(request), codes[0]))
    return response
