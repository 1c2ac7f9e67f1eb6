"""Whether relations that a file, a draft or the console brings may stand beside those there are (§5.1 关联事项)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection

from hall.services.catalogue import rules
from hall.services.catalogue.models import Item, Relation
from hall.services.catalogue.relation_rules import Edge, KnownItem, Problem, ProblemKind, check_relations

LINK = "related"
_RELATIONS_LOCK = 0x72656C73
# Relations that are walked from any of the given items on, in doing order: every circle through one of them is among these.
_WALK = """
WITH RECURSIVE reached (code) AS (
  SELECT unnest(%s::text[])
  UNION
  SELECT step.second FROM reached JOIN (
    SELECT to_item_id AS first, item_id AS second FROM catalogue_relation WHERE kind = 'prerequisite'
    UNION ALL SELECT item_id, to_item_id FROM catalogue_relation WHERE kind = 'followup'
  ) step ON step.first = reached.code
)
SELECT r.item_id, r.kind, r.to_item_id FROM catalogue_relation r WHERE r.item_id IN (SELECT code FROM reached)
   OR r.to_item_id IN (SELECT code FROM reached)
"""


def known_items(codes: Iterable[str]) -> dict[str, KnownItem]:
    """What the check knows of these items; unknown codes are left out. One SQL query."""
    rows = Item.objects.filter(code__in=set(codes)).values_list("code", "current_version__name", "status")
    return {code: KnownItem(name or code, status) for code, name, status in rows}


def as_edges(found: Iterable[tuple[str, str, str]]) -> list[Edge]:
    """Rows of (item, kind, other item)."""
    return [Edge(*row) for row in found]


def lock_relations() -> None:
    """Let nobody else change relations until the transaction ends: two that are harmless alone may close a circle together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RELATIONS_LOCK])


def walked(codes: Collection[str]) -> list[Edge]:
    """The relations that touch these items or what comes after them, however far. One SQL query."""
    with connection.cursor() as cursor:
        cursor.execute(_WALK, [sorted(codes)])
        return as_edges(cursor.fetchall())


def problems_of(code: str, related: Mapping[str, Sequence[str]], *, name: str = "") -> list[Problem]:
    """What would be wrong if the item had exactly these relations (by kind, as in items.jsonl); nothing is changed.

    The item may be new: then `name` stands for it. To be sure until the end of a transaction, call `lock_relations` first. Two SQL queries.
    """
    new = [Edge(code, rules.RelationKind(kind).value, other) for kind, others in related.items() for other in others]
    edges = [edge for edge in walked({code, *(edge.to_item for edge in new)}) if edge.item != code]
    items = known_items({code, *(end for edge in (*edges, *new) for end in (edge.item, edge.to_item))})
    if name or code not in items:
        items[code] = KnownItem(name or code, items[code].status if code in items else rules.ItemStatus.DRAFT)
    return check_relations(edges, items=items, new=new)


def circles_in(relations: Mapping[str, Iterable[tuple[str, str]]], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Circles that would be closed if each of these items had exactly its (kind, other item) pairs: (code of an item of ours, sentence).

    Items whose relations the hall set keep those. For the import, which holds the lock. Three SQL queries.
    """
    kept = set(Item.objects.filter(hall_links__contains=[LINK], code__in=list(relations)).values_list("code", flat=True))
    new = [Edge(code, kind, other) for code, pairs in relations.items() if code not in kept for kind, other in pairs]
    ours = {edge.item for edge in new}
    replaced = relations.keys() - kept
    others = [edge for edge in as_edges(Relation.objects.values_list("item_id", "kind", "to_item_id")) if edge.item not in replaced]
    found = [problem for problem in check_relations(others, new=new) if problem.kind == ProblemKind.CIRCLE]
    if not found:
        return []
    items = known_items(code for problem in found for code in problem.codes) | {code: KnownItem(name) for code, name in names.items()}
    circles = [problem for problem in check_relations(others, new=new, items=items) if problem.kind == ProblemKind.CIRCLE]
    return [(next(edge.item for edge in circle.edges if edge.item in ours), circle.sentence) for circle in circles]
