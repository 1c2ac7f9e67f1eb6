"""The doors of the hall: / /my /desk /console /api."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
handler404 = "hall.presentation.design.errors.not_found"
handler500 = "hall.presentation.design.errors.fault"
handler400 = "hall.presentation.design.errors.bad_request"
handler403 = "hall.presentation.design.errors.forbidden"
