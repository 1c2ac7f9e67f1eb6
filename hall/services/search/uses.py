"""Counting what is searched, found and opened; part of `commands`."""

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


def add_miss(*, query: str, day: str) -> None:
    """Count one use of a query that led to nothing. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_miss (day, query, uses) VALUES (%s, %s, 1)"
            " ON CONFLICT (day, query) DO UPDATE SET uses = search_miss.uses + 1",
            [date.fromisoformat(day), query],
        )


def add_click(*, query: str, item_code: str, place: int, day: str) -> None:
    """Count one opening of an item from the results of a query, and the place where it stood. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_click (day, query, item_code, clicks, places) VALUES (%s, %s, %s, 1, %s)"
            " ON CONFLICT (day, query, item_code) DO UPDATE SET clicks = search_click.clicks + 1, places = search_click.places + EXCLUDED.places",
            [date.fromisoformat(day), query, item_code, place],
        )
