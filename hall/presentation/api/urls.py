"""The machine door's addresses."""

from django.urls import path

from hall.presentation.api import door, health, items

app_name = "api"
urlpatterns = [
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/openapi.json", door.document, name="openapi"),
    path("api/v1/", items.api.urls),
]
