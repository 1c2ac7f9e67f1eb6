"""The doors of the hall: / /my /desk /console /api."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hall.presentation.design.urls")),
    # Few and plain addresses, asked by programs: before the many that people have.
    path("", include("hall.presentation.api.urls")),
    path("", include("hall.presentation.storefront.urls")),
    path("", include("hall.presentation.myspace.urls")),
    path("desk", include("hall.presentation.desk.urls")),
    path("console", include("hall.presentation.console.urls")),
]
handler404 = "hall.presentation.design.errors.not_found"
handler500 = "hall.presentation.design.errors.fault"
handler400 = "hall.presentation.design.errors.bad_request"
handler403 = "hall.presentation.design.errors.forbidden"
