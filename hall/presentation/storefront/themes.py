"""Browsing by theme, for people and for organisations (§5.1 主题分类)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of
from hall.presentation.storefront.shelves import goods
from hall.services.catalogue import queries as catalogue
from hall.support.refusals import NotFound

PAGE_SIZE = 20
AUDIENCES = {"personal": ("person", "个人办事"), "enterprise": ("org", "企业办事")}


@require_safe
@cacheable()
def index(request: HttpRequest) -> HttpResponse:
    """All themes of one tree, or of both, each with its first items. Two SQL statements a tree."""
    chosen = request.GET.get("audience", "")
    trees = [AUDIENCES[chosen]] if chosen in AUDIENCES else list(AUDIENCES.values())
    shelves = [(audience, title, catalogue.theme_shelves(audience=audience)) for audience, title in trees]
    title = trees[0][1] if len(trees) == 1 else "全部事项分类"
    return render(request, "storefront/themes/index.html", {"trees": shelves, "title": title, "chosen": chosen})


@require_safe
@cacheable()
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One theme's items, keyset. Six SQL statements."""
    theme = catalogue.theme(code)
    if theme is None:
        raise NotFound
    page = catalogue.items_of_theme(code, after=request.GET.get("after"), limit=PAGE_SIZE, division_code=division_of(request))
    return render(
        request,
        "storefront/themes/page.html",
        {
            "theme": theme,
            "page": page,
            "goods": goods(page.cards),
            "themes": catalogue.themes(audience=theme.audience),
        },
    )
