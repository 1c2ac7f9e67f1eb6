"""Help, accessibility statement, privacy notice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable


@require_safe
@cacheable(seconds=3600)
def guide(request: HttpRequest) -> HttpResponse:
    """How to use the hall, step by step."""
    return render(request, "storefront/about/help.html")


@require_safe
@cacheable(seconds=3600)
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "storefront/about/accessibility.html")


@require_safe
@cacheable(seconds=3600)
def privacy(request: HttpRequest) -> HttpResponse:
    """What the hall keeps of people, why, and how long (个人信息保护法 17)."""
    return render(request, "storefront/about/privacy.html")
