"""Telling the hall that the catalogue says something new: kept pages grow old at once, the search index follows."""

from collections.abc import Iterable

from django.db import connection

from hall.services import events
from hall.support.jobs.queue import publish

_PUBLISHED_AT_ONCE = 200


def announce(codes: Iterable[str] = ()) -> None:
    """Raise the content stamp, and publish these items; within the caller's transaction. One SQL statement, one more for each 200 items."""
    with connection.cursor() as cursor:
        # A missing row reads as 1 (queries.content_stamp).
        cursor.execute(
            "INSERT INTO catalogue_stamp (id, value) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET value = catalogue_stamp.value + 1"
        )
    touched = sorted(set(codes))
    for start in range(0, len(touched), _PUBLISHED_AT_ONCE):
        publish(events.ItemsPublished(codes=touched[start : start + _PUBLISHED_AT_ONCE]))
