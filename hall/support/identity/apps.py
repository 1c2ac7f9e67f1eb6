"""Puts identity's nightly work on the schedule when the hall starts."""

from django.apps import AppConfig


class HallIdentity(AppConfig):
    name = "hall.support.identity"
    label = "identity"

    def ready(self) -> None:
        from hall.support.identity import jobs  # noqa: F401, PLC0415  (models are loaded only now)
