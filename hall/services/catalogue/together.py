"""What several items at once need: their present versions, and the order between them (关联事项, domain.md §3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from hall.services.catalogue import rules
from hall.services.catalogue.models import Item, Relation
from hall.services.catalogue.queries import item_version
from hall.services.catalogue.rows import ItemVersionRow


@dataclass(frozen=True, slots=True)
class Order:
    """`first` is done before `then`: 前置 from one side, 后续 from the other."""

    first: str
    then: str


def current_versions(codes: Iterable[str]) -> dict[str, ItemVersionRow]:
    """The versions that new applications would be filed under, by code, in the given order; unknown, suspended and abolished items are absent.

    One SQL query, and two for each version that this process does not hold yet.
    """
    wanted = list(dict.fromkeys(codes))
    items = Item.objects.filter(code__in=wanted, status=rules.ItemStatus.PUBLISHED, current_version__isnull=False)
    ids = dict(items.values_list("code", "current_version_id"))
    found = {code: item_version(ids[code]) for code in wanted if code in ids}
    return {code: version for code, version in found.items() if version is not None}


def orders_around(codes: Iterable[str]) -> list[Order]:
    """Every order in which one of these items stands, also with items that are not among them. One SQL query."""
    wanted = list(codes)
    kinds = (rules.RelationKind.PREREQUISITE, rules.RelationKind.FOLLOWUP)
    relations = Relation.objects.filter(Q(item__in=wanted) | Q(to_item__in=wanted), kind__in=kinds).order_by("pk")
    return [
        Order(to_item, item) if kind == rules.RelationKind.PREREQUISITE else Order(item, to_item)
        for item, to_item, kind in relations.values_list("item_id", "to_item_id", "kind")
    ]
