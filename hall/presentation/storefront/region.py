"""The region switch (§5.2): which city or county people want to have things done in; remembered in a cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design import context, returning
from hall.presentation.design.cache import cacheable
from hall.services.catalogue import implementing
from hall.services.catalogue.implementing import Region
from hall.services.search import text as texts

Group = tuple[Region, tuple[Region, ...]]
ALL = "all"
_YEAR = 365 * 24 * 3600


@require_safe
@cacheable(seconds=600)
def choose(request: HttpRequest) -> HttpResponse:
    """The list of cities and counties; `choose` keeps one ("all": none) and goes back to `next`. No SQL statement, one once a minute.

    Plain links and a plain form: it works without scripts and changes nothing but what the pages show.
    """
    back = returning.safe_path(request.GET.get("next"))
    if back.split("?")[0] == request.path:
        back = "/"
    wanted, known = request.GET.get("choose"), implementing.regions()
    if wanted == ALL:
        return _keep("", back)
    if wanted and known.choice(wanted):
        return _keep(wanted, back)
    q = request.GET.get("q", "").strip()[:40]
    found = _matching(known.cities, texts.solid(q))
    page = {"back": back, "q": q, "groups": found, "province": known.province, "is_unknown": wanted is not None}
    return render(request, "storefront/region/page.html", page, status=422 if wanted is not None else 200)


def _keep(code: str, back: str) -> HttpResponse:
    response = HttpResponseRedirect(back)
    if code:
        response.set_cookie(
            context.REGION_COOKIE, code, max_age=_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie(context.REGION_COOKIE, samesite="Lax")
    return response


def _matching(cities: tuple[Group, ...], wanted: str) -> list[Group]:
    """Whole cities whose name holds what was typed, and single counties of the others: 历下, 济南历下 and 济南市历下区 find the same."""
    found = []
    for city, counties in cities:
        if wanted in city.name:
            found.append((city, counties))
        else:
            short = city.name.removesuffix("市")
            fitting = tuple(county for county in counties if wanted in county.full_name or wanted in f"{short}{county.name}")
            if fitting:
                found.append((city, fitting))
    return found
