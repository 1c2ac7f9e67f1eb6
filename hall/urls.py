"""The doors of the hall: / /my /desk /console /api."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hall.presentation.design.urls")),
    path("", include("hall.presentation.storefront.urls")),
    path("", include("hall.presentation.myspace.urls")),
    path("desk", include("hall.presentation.desk.urls")),
    path("console", include("hall.presentation.console.urls")),
    path("", include("hall.presentation.api.urls")),
]
handler404 = "hall.presentation.design.errors.not_found"
handler500 = "hall.presentation.design.errors.fault"
handler400 = "hall.presentation.design.errors.bad_request"
handler403 = "hall.presentation.design.errors.forbidden"
