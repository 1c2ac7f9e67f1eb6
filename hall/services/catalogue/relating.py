"""Relations between items: reading them, mending them in the console, and holding off circles (§5.1 关联事项).

The console's word counts for an item once it has touched its relations: the import leaves them alone from then on (`Item.hall_links`).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from hall.services.catalogue import rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.models import Item, Relation
from hall.services.catalogue.publishing import keep_imports_out
from hall.services.catalogue.relation_checks import LINK, as_edges, circles_in, known_items, lock_relations, problems_of, walked
from hall.services.catalogue.relation_rules import SIDES, Edge, KnownItem, Problem, ProblemKind, check_relations
from hall.services.catalogue.rows import ItemLink
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import NotFound, Refusal

__all__ = ["Edge", "KnownItem", "Problem", "ProblemKind", "check_relations", "circles_in", "lock_relations", "problems_of"]

_MOST_FOUND = 8


class RelationRefused(Refusal):
    """The relation would close a circle, or leads nowhere; the sentence names the items."""

    sentence = "这条关系不成立。"


class RelationThere(Refusal):
    """The item has this relation already."""

    sentence = "已经有这条关系了。"
    field = "to_item"


@dataclass(frozen=True, slots=True)
class RelationRow:
    """How another item stands to this one: `side` is before, together or after. `said` are the kinds that this item gives it,
    `said_there` those that it gives this item; mostly both say the same."""

    other: ItemLink
    status: str
    side: str
    said: tuple[str, ...]
    said_there: tuple[str, ...]

    @property
    def words(self) -> str:
        own = [f"它是本事项的{rules.RelationKind(kind).label}" for kind in self.said]
        return "；".join([*own, *(f"本事项是它的{rules.RelationKind(kind).label}" for kind in self.said_there)])

    @property
    def status_name(self) -> str:
        return rules.ItemStatus(self.status).label


@dataclass(frozen=True, slots=True)
class ItemRelations:
    """An item with all relations that touch it. `is_of_hall`: the console set them, files no longer do."""

    code: str
    name: str
    status: str
    is_of_hall: bool
    relations: tuple[RelationRow, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with the items in question, by name."""

    problem: Problem
    items: tuple[ItemLink, ...]


# --- reading ----------------------------------------------------------------------------------------------------------------------


def item_relations(code: str) -> ItemRelations | None:
    """One item with the relations that it names and that others name of it; None for an unknown item. Two SQL queries."""
    held = Item.objects.filter(pk=code).values_list("code", "current_version__name", "status", "hall_links").first()
    if held is None:
        return None
    touching = Relation.objects.filter(Q(item=code) | Q(to_item=code)).order_by("kind", "pk")
    own = ("to_item_id", "to_item__current_version__name", "to_item__status")
    theirs = ("item_id", "item__current_version__name", "item__status")
    links: dict[tuple[str, str], ItemLink] = {}
    states: dict[str, str] = {}
    said: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for kind, item, *names in touching.values_list("kind", "item_id", *own, *theirs):
        is_own = item == code
        other, name, status = names[:3] if is_own else names[3:]
        key = SIDES[rules.RelationKind(kind)][0 if is_own else 1], other
        links[key], states[other] = ItemLink(other, name or other), status
        said.setdefault(key, ([], []))[0 if is_own else 1].append(kind)
    relations = tuple(RelationRow(links[key], states[key[1]], key[0], tuple(own), tuple(there)) for key, (own, there) in said.items())
    return ItemRelations(code, held[1] or code, held[2], LINK in held[3], relations)


def findings() -> list[Finding]:
    """What is wrong with the relations of the whole catalogue, now. Three SQL queries."""
    rows = Relation.objects.values_list("item_id", "kind", "to_item_id")
    # Names are asked for only where something is wrong: there may be a hundred thousand relations.
    wrong = {edge for problem in check_relations(as_edges(rows)) for edge in problem.edges}
    to_history = rows.filter(to_item__status=rules.ItemStatus.ABOLISHED).exclude(item__status=rules.ItemStatus.ABOLISHED)
    edges = wrong.union(as_edges(to_history))
    items = known_items(code for edge in edges for code in (edge.item, edge.to_item))
    return [
        Finding(problem, tuple(ItemLink(code, items[code].name if code in items else code) for code in problem.codes))
        for problem in check_relations(edges, items=items)
    ]


def relation_counts() -> dict[str, int]:
    """How many relations there are, by kind. One SQL query."""
    counted = dict(Relation.objects.values_list("kind").annotate(Count("pk")).order_by())
    return {kind.value: counted.get(kind.value, 0) for kind in rules.RelationKind}


def items_like(text: str, *, limit: int = _MOST_FOUND) -> list[ItemLink]:
    """Items whose code is the text or whose name holds it, for choosing one; nothing for an empty text. One SQL query."""
    wanted = text.replace("\0", "").strip()[:200]
    if not wanted:
        return []
    found = Item.objects.filter(Q(code=wanted) | Q(current_version__name__icontains=wanted), current_version__isnull=False)
    rows = found.exclude(status=rules.ItemStatus.ABOLISHED).order_by("order", "code").values_list("code", "current_version__name")
    return [ItemLink(*row) for row in rows[:limit]]


# --- mending ----------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_relation(*, actor: Actor, code: str, kind: str, to_item: str, now: datetime) -> None:
    """Let `to_item` be a prerequisite, followup … of the item; from now on the item's relations are the hall's.

    Raises: NotAllowed, NotFound (no such item), RelationThere, RelationRefused (a circle, named; an abolished or unknown item).
    Source: §5.1 关联事项.
    """
    require(actor, Role.SYS_ADMIN)
    keep_imports_out()
    lock_relations()
    edge = Edge(code, _kind(kind), to_item)
    item = Item.objects.select_for_update(no_key=True).filter(pk=code, current_version__isnull=False).first()
    if item is None:
        raise NotFound
    if Relation.objects.filter(item=code, kind=edge.kind, to_item=to_item).exists():
        raise RelationThere
    edges = walked({code, to_item})
    items = known_items({code, to_item, *(end for one in edges for end in (one.item, one.to_item))})
    problems = check_relations(edges, items=items, new=[edge])
    if problems:
        raise RelationRefused(problems[0].sentence, field="to_item")
    Relation.objects.create(item_id=code, kind=edge.kind, to_item_id=to_item)
    _take_over(item)
    trail.record(actor, "relation.added", code, detail=f"{edge.kind} {to_item}", at=now)
    announce([code, to_item])


@transaction.atomic
def remove_relation(*, actor: Actor, code: str, other: str, side: str, now: datetime) -> None:
    """Let the other item stand before, after or together with this one no longer, whichever of the two said so.

    From now on the relations of whoever said so are the hall's, so that no file brings this one back. Raises: NotAllowed, NotFound,
    ImportUnderWay.
    """
    require(actor, Role.SYS_ADMIN)
    keep_imports_out()
    lock_relations()
    between = Q(item=code, to_item=other) | Q(item=other, to_item=code)
    held = [
        (pk, item)
        for pk, item, kind in Relation.objects.filter(between).values_list("pk", "item_id", "kind")
        if SIDES[rules.RelationKind(kind)][0 if item == code else 1] == side
    ]
    if not held:
        raise NotFound("这条关系已经不在了。")
    Relation.objects.filter(pk__in=[pk for pk, _ in held]).delete()
    for item in Item.objects.select_for_update(no_key=True).filter(pk__in={item for _, item in held}).order_by("pk"):
        _take_over(item)
    trail.record(actor, "relation.removed", code, detail=f"{side} {other}", at=now)
    announce([code, other])


def _kind(text: str) -> str:
    if text not in {kind.value for kind in rules.RelationKind}:
        raise RelationRefused("请选择关系的种类。", field="kind")
    return text


def _take_over(item: Item) -> None:
    if LINK not in item.hall_links:
        item.hall_links = sorted({*item.hall_links, LINK})
        item.save(update_fields=["hall_links"])
