"""Reading items as the cards of lists."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from hall.services.catalogue import implementing
from hall.services.catalogue.card_forms import blank_form_key
from hall.services.catalogue.models import Item
from hall.services.catalogue.rows import ItemCard

_CARD = (
    *("code", "current_version__name", "status", "department_id", "department__name", "department__short_name"),
    *(f"current_version__{name}" for name in ("online_depth", "promised_days", "statutory_days", "day_unit", "handling_type")),
    *(f"current_version__{name}" for name in ("onsite_visits", "audience", "item_type", "applicable", "charged", "bookable")),
    *("current_version__region_scope", "order"),
)


def told(items: QuerySet[Item], division_code: str, *, has_forms: bool = False) -> QuerySet[Item, tuple[Any, ...]]:
    """What a card tells of these items."""
    with_place = items.annotate(place=implementing.card_place(division_code), blank_form=blank_form_key(has_forms))
    return with_place.values_list(*_CARD, "place", "blank_form")


@lru_cache(maxsize=256)
def told_of_all(division_code: str, has_forms: bool) -> QuerySet[Item, tuple[Any, ...]]:
    """The same of all items, only to be narrowed: built once for a region, for building costs as much as asking."""
    return told(Item.objects.all(), division_code, has_forms=has_forms)


def read(rows: Iterable[tuple[Any, ...]], division_code: str) -> list[ItemCard]:
    """The cards of what `told` asked for, in its order."""
    audience = _CARD.index("current_version__audience")
    found = []
    for *values, place, key in rows:
        values[audience] = tuple(values[audience])
        found.append(replace(implementing.placed(ItemCard(*values), place, division_code), blank_form=key or ""))
    return found
