"""Counting what is searched; part of `commands`."""

from datetime import date

from django.db import connection


def add_use(*, query: str, hits: int, day: str) -> None:
    """Count one use of a query on a day. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_use (day, query, uses, hits) VALUES (%s, %s, 1, %s)"
            " ON CONFLICT (day, query) DO UPDATE SET uses = search_use.uses + 1, hits = EXCLUDED.hits",
            [date.fromisoformat(day), query, hits],
        )
