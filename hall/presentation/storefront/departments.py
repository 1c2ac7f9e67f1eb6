"""Departments as shops (§2 部门旗舰店)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of
from hall.presentation.storefront.shelves import Shop, goods, shops
from hall.services.catalogue import queries as catalogue
from hall.services.ratings import queries as ratings
from hall.support.identity import queries as identity
from hall.support.identity.queries import DepartmentRow
from hall.support.refusals import NotFound

PAGE_SIZE = 18


@require_safe
@cacheable()
def index(request: HttpRequest) -> HttpResponse:
    """Every department that offers items. Three SQL statements."""
    return render(request, "storefront/departments/index.html", {"shops": shops()})


def _shop(code: str) -> tuple[DepartmentRow, Shop | None, ratings.ScoreRow | None]:
    department = identity.department(code)
    if department is None:
        raise NotFound
    return department, next(iter(shops([department])), None), ratings.department_score(code)


@require_safe
@cacheable(seconds=30)
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One shop: its items and what people say. Nine SQL statements."""
    department, shop, score = _shop(code)
    page = catalogue.items_of_department(code, after=request.GET.get("after"), limit=PAGE_SIZE, division_code=division_of(request))
    return render(
        request,
        "storefront/departments/page.html",
        {
            "department": department,
            "shop": shop,
            "score": score,
            "page": page,
            "goods": goods(page.cards),
            "reviews": ratings.department_reviews(code, limit=4),
        },
    )


@require_safe
@cacheable(seconds=30)
def reviews(request: HttpRequest, code: str) -> HttpResponse:
    """All ratings of one department, keyset. Five SQL statements."""
    department, shop, score = _shop(code)
    before = request.GET.get("before", "")
    found = ratings.department_reviews(code, before=int(before) if before.isdecimal() and len(before) < 16 else None, limit=PAGE_SIZE)
    return render(
        request,
        "storefront/departments/reviews.html",
        {"department": department, "shop": shop, "score": score, "reviews": found, "page_size": PAGE_SIZE},
    )
