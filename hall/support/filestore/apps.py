from django.apps import AppConfig


class Filestore(AppConfig):
    name = "hall.support.filestore"

    def ready(self) -> None:
        from hall.support.filestore import jobs  # noqa: F401, PLC0415  (puts its jobs on the schedule)
