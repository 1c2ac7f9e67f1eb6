"""What booking a visit needs to know of the catalogue: whether an item can be booked, and the halls to go to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from hall.services.catalogue.models import Item, Theme, Venue
from hall.services.catalogue.rules import ItemStatus
from hall.support.identity import queries as identity


@dataclass(frozen=True, slots=True)
class BookableItem:
    """An item as something to book a visit for. `is_bookable`: published, and meant to be booked."""

    code: str
    name: str
    department_code: str
    is_bookable: bool
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A hall. Coordinates are decimal degrees in text; texts are empty where nothing is known."""

    code: str
    division_code: str
    name: str
    address: str
    hours: str
    phone: str
    longitude: str
    latitude: str
    transport: str


_VENUE = ("code", "division_id", "name", "address", "hours", "phone", "longitude", "latitude", "transport")


_ITEM = """
SELECT v.name, i.department_id, i.status = 'published' AND v.bookable,
       ARRAY(SELECT theme_id FROM catalogue_item_theme WHERE item_id = i.code ORDER BY theme_id),
       (SELECT name FROM catalogue_venue WHERE code = %s)
FROM catalogue_item i JOIN catalogue_item_version v ON v.id = i.current_version_id WHERE i.code = %s
"""


def bookable_item(code: str) -> BookableItem | None:
    """An item that was published once; None for any other code. One SQL query."""
    return item_at(code, "")[0]


def item_at(code: str, venue_code: str) -> tuple[BookableItem | None, str]:
    """The same, and the name of a hall, "" for one that is not known. One SQL query, for each booking, so in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEM, [venue_code, code])
        row = cursor.fetchone()
    if row is None:
        return None, ""
    name, department, is_bookable, themes, venue_name = row
    return BookableItem(code, name, department, is_bookable, tuple(themes)), venue_name or ""


def bookable_items(department_code: str) -> list[tuple[str, str]]:
    """Codes and names of a department's items that can be booked, by code. One SQL query."""
    found = Item.objects.filter(department_id=department_code, status=ItemStatus.PUBLISHED, current_version__bookable=True)
    return list(found.order_by("code").values_list("code", "current_version__name"))


def venues(codes: Iterable[str]) -> dict[str, VenueRow]:
    """Halls by code; unknown ones are absent. One SQL query."""
    return {row[0]: VenueRow(*row) for row in Venue.objects.filter(pk__in=set(codes)).values_list(*_VENUE)}


def all_venues() -> list[VenueRow]:
    """Every hall, by code, for choosing one. One SQL query."""
    return [VenueRow(*row) for row in Venue.objects.order_by("code").values_list(*_VENUE)]


def subject_names(subjects: Iterable[str]) -> dict[str, str]:
    """What `item:…`, `theme:…` and `department:…` are called; unknown ones are absent. Up to three SQL queries, one of each kind."""
    wanted: dict[str, set[str]] = {"item": set(), "theme": set(), "department": set()}
    for subject in subjects:
        kind, _, code = subject.partition(":")
        wanted[kind].add(code)
    names: dict[str, str] = {}
    if wanted["item"]:
        items = Item.objects.filter(pk__in=wanted["item"]).values_list("pk", "current_version__name")
        names |= {f"item:{code}": name for code, name in items}
    if wanted["theme"]:
        names |= {f"theme:{code}": name for code, name in Theme.objects.filter(pk__in=wanted["theme"]).values_list("pk", "name")}
    if wanted["department"]:
        rows = identity.departments()
        names |= {f"department:{row.code}": f"{row.name}全部可预约事项" for row in rows if row.code in wanted["department"]}
    return names
