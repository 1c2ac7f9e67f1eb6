"""Life events as people walk through them: a person's life, an organisation's (智能导办: theme and life-event navigation)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q

from hall.services.catalogue import queries, rules
from hall.services.catalogue.intake.tags import LIFE_SETS
from hall.services.catalogue.models import Bundle, Material, Relation
from hall.services.catalogue.relation_rules import Edge
from hall.services.catalogue.rows import ItemCard, ItemLink
from hall.services.catalogue.tag_models import ItemTag, Tag

MOST_MATERIALS = 8
MOST_RELATED = 4
MOST_BUNDLES = 6
_AUDIENCES = {code: audience.value for audience, (code, _) in LIFE_SETS.items()}
_LISTED_ITEM = Q(itemtag__is_off=False, itemtag__item__status__in=rules.LISTED)


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One stop of the walk. `stage` is the stretch it belongs to, `items` how many listed items are under it."""

    code: str
    name: str
    audience: str
    stage: str
    note: str
    items: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stops of one stage, in order."""

    stage: str
    events: tuple[LifeEvent, ...]


@dataclass(frozen=True, slots=True)
class UsualMaterial:
    """A material that items of an event require, and how many of them do."""

    name: str
    items: int


@dataclass(frozen=True, slots=True)
class EventBundle:
    """一件事 most of whose items belong to an event: `items` in all, `shared` of them here."""

    code: str
    name: str
    items: int
    shared: int


@dataclass(frozen=True, slots=True)
class LifeEventPage:
    """One event: its items in doing order with those of them that come first, what goes with it, and the stops around it."""

    event: LifeEvent
    cards: tuple[ItemCard, ...]
    firsts: dict[str, tuple[ItemLink, ...]]
    bundles: tuple[EventBundle, ...]
    materials: tuple[UsualMaterial, ...]
    previous: LifeEvent | None
    next: LifeEvent | None
    related: tuple[LifeEvent, ...]

    @property
    def departments(self) -> int:
        return len({card.department_code for card in self.cards})

    @property
    def full_online(self) -> int:
        return sum(card.online_depth == rules.OnlineDepth.FULL for card in self.cards)


def life_events() -> list[LifeEvent]:
    """Every stop of both walks, people first, each walk in order. One SQL query."""
    tags = Tag.objects.filter(tag_set__in=_AUDIENCES, is_off=False, tag_set__is_off=False)
    counted = tags.annotate(items=Count("itemtag", filter=_LISTED_ITEM)).order_by("tag_set__order", "tag_set", "order", "code")
    rows = counted.values_list("code", "name", "tag_set_id", "stage", "note", "items")
    return [LifeEvent(code, name, _AUDIENCES[tag_set], stage, note, items) for code, name, tag_set, stage, note, items in rows]


def life_walk(events: Sequence[LifeEvent], audience: str) -> list[Stretch]:
    """The walk of one audience, stage after stage; a stage that comes again is a stretch of its own. No SQL."""
    stretches: list[Stretch] = []
    for event in events:
        if event.audience == audience:
            if stretches and stretches[-1].stage == event.stage:
                stretches[-1] = Stretch(event.stage, (*stretches[-1].events, event))
            else:
                stretches.append(Stretch(event.stage, (event,)))
    return stretches


def life_event(code: str) -> LifeEventPage | None:
    """One event with everything that its page shows; None where there is none. Seven SQL queries at most."""
    events = life_events()
    event = next((event for event in events if event.code == code), None)
    if event is None:
        return None
    walk = [other for other in events if other.audience == event.audience]
    place = walk.index(event)
    codes = ItemTag.objects.filter(tag=code, is_off=False).order_by("order", "pk").values_list("item_id", flat=True)
    cards = [card for card in queries.item_cards(codes) if card.status in rules.LISTED]
    return LifeEventPage(
        event=event,
        cards=tuple(cards),
        firsts=_firsts(cards),
        bundles=_bundles([card.code for card in cards]),
        materials=_materials([card.code for card in cards]),
        previous=walk[place - 1] if place else None,
        next=walk[place + 1] if place + 1 < len(walk) else None,
        related=_related(event, {other.code: other for other in walk}),
    )


def _firsts(cards: Sequence[ItemCard]) -> dict[str, tuple[ItemLink, ...]]:
    names = {card.code: card.name for card in cards}
    firsts: dict[str, dict[str, None]] = defaultdict(dict)
    for row in Relation.objects.filter(item__in=names, to_item__in=names).order_by("pk").values_list("item_id", "kind", "to_item_id"):
        step = Edge(*row).step
        if step:
            firsts[step[1]][step[0]] = None
    return {then: tuple(ItemLink(first, names[first]) for first in before) for then, before in firsts.items()}


def _bundles(codes: Collection[str]) -> tuple[EventBundle, ...]:
    counted = Bundle.objects.annotate(items=Count("bundleitem"), shared=Count("bundleitem", filter=Q(bundleitem__item__in=codes)))
    # Two of its items at least, and half of them: else it is another matter that happens to share something.
    found = counted.filter(shared__gte=2, items__lte=F("shared") * 2).order_by("-shared", "order", "code")
    return tuple(EventBundle(*row) for row in found.values_list("code", "name", "items", "shared")[:MOST_BUNDLES])


def _materials(codes: Collection[str]) -> tuple[UsualMaterial, ...]:
    asked = Material.objects.filter(version__current_of__in=codes, necessity=rules.Necessity.REQUIRED)
    counted = asked.values_list("name").annotate(items=Count("version", distinct=True)).filter(items__gte=2)
    return tuple(UsualMaterial(*row) for row in counted.order_by("-items", "name")[:MOST_MATERIALS])


def _related(event: LifeEvent, walk: dict[str, LifeEvent]) -> tuple[LifeEvent, ...]:
    shared = ItemTag.objects.filter(tag__in=walk, is_off=False, item__itemtag__tag=event.code, item__itemtag__is_off=False)
    rows = shared.exclude(tag=event.code).values_list("tag_id").annotate(shared=Count("pk"))
    # One item in common is chance.
    rows = rows.filter(shared__gte=2).order_by("-shared", "tag_id")
    return tuple(walk[tag] for tag, _ in rows[:MOST_RELATED])
