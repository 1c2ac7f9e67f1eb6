"""Wires the table of reactions into the queue when the hall starts."""

from django.apps import AppConfig


class HallServices(AppConfig):
    name = "hall.services"
    label = "services"

    def ready(self) -> None:
        from hall.services import reactions  # noqa: PLC0415  (models are loaded only now)
        from hall.support.jobs import queue  # noqa: PLC0415

        queue.bind(reactions.REACTIONS)
