"""The machine door's addresses."""

from django.urls import path

from hall.presentation.api import appointment_lines, appointments, door, health, items, machines, payments, serials

app_name = "api"
# Importing them hangs their operations into the one door, in this order: appointments/waiting comes before appointments/{code}.
OPERATIONS = (items, appointment_lines, appointments, machines, serials)
urlpatterns = [
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/openapi.json", door.document, name="openapi"),
    path("api/v1/payments/<slug:provider>/notify", payments.notify, name="payment_notify"),
    path("api/v1/", door.api.urls),
]
