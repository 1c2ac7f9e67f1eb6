"""一件事: several items as one matter."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of
from hall.presentation.storefront.shelves import goods
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
    """One bundle with its items in doing order. Four SQL statements."""
    found = catalogue.bundle(code, division_code=division_of(request))
    if found is None:
        raise NotFound
    return render(request, "storefront/bundles/page.html", {"bundle": found.bundle, "goods": goods(found.cards)})
