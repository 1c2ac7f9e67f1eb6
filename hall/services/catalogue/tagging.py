"""标签: sets and tags as the console keeps them, the items of each in order, and the two trees of themes (§5.1 主题分类).

What is written here belongs to the hall from then on; files leave it alone. Removing keeps everything, so that it can come back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery

from hall.services.catalogue import rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.intake.tags import LIFE_SETS
from hall.services.catalogue.models import Tally, Theme
from hall.services.catalogue.publishing import keep_imports_out
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet
from hall.services.catalogue.tagging_rules import BadText, CodeTaken, NameTaken, StillUsed, clean, clean_code, moved
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import NotFound

_STEP = 10
_SHOWN = Q(itemtag__is_off=False, itemtag__item__status__in=rules.LISTED)
_LIFE = frozenset(code for code, _ in LIFE_SETS.values())


@dataclass(frozen=True, slots=True)
class TagSetRow:
    """标签组. `tags` and `items` count what is in use: tags that are not removed, listed items under them (an item counts once a tag)."""

    code: str
    name: str
    audience: str
    is_off: bool
    tags: int
    items: int

    @property
    def is_life(self) -> bool:
        """Whether its tags are the stops of a walk through life, each with a public page."""
        return self.code in _LIFE

    @property
    def audience_name(self) -> str:
        return rules.Audience(self.audience).label if self.audience else "不限"


@dataclass(frozen=True, slots=True)
class TagRow:
    """标签 with the number of listed items under it."""

    code: str
    tag_set: str
    name: str
    stage: str
    note: str
    is_off: bool
    items: int


@dataclass(frozen=True, slots=True)
class TaggedItem:
    """An item under a tag, in doing order; one that is not listed stays here and shows nowhere else."""

    code: str
    name: str
    status: str
    department_short: str

    @property
    def status_name(self) -> str:
        return rules.ItemStatus(self.status).label


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """主题 as the console shows it. `is_of_hall`: edited here, files leave it alone."""

    code: str
    name: str
    audience: str
    stage: str
    items: int
    is_of_hall: bool


# --- reading ----------------------------------------------------------------------------------------------------------------------


def tag_sets() -> list[TagSetRow]:
    """All sets, removed ones last, in order. One SQL query."""
    in_use = Q(tag__is_off=False)
    items = in_use & Q(tag__itemtag__is_off=False, tag__itemtag__item__status__in=rules.LISTED)
    counted = TagSet.objects.annotate(
        tags=Count("tag", filter=in_use, distinct=True), items=Count("tag__itemtag", filter=items, distinct=True)
    )
    rows = counted.order_by("is_off", "order", "code").values_list("code", "name", "audience", "is_off", "tags", "items")
    return [TagSetRow(*row) for row in rows]


def tags_of(tag_set: str) -> list[TagRow]:
    """The tags of a set, removed ones last, in order. One SQL query."""
    counted = Tag.objects.filter(tag_set=tag_set).annotate(items=Count("itemtag", filter=_SHOWN))
    columns = ("code", "tag_set_id", "name", "stage", "note", "is_off", "items")
    return [TagRow(*row) for row in counted.order_by("is_off", "order", "code").values_list(*columns)]


def tags_in_use() -> list[tuple[TagSetRow, list[TagRow]]]:
    """Every set that is in use with its tags in use, in order; numbers of items are not counted. Two SQL queries."""
    tags: dict[str, list[TagRow]] = {}
    rows = Tag.objects.filter(is_off=False).order_by("order", "code").values_list("code", "tag_set_id", "name", "stage", "note")
    for code, tag_set, name, stage, note in rows:
        tags.setdefault(tag_set, []).append(TagRow(code, tag_set, name, stage, note, False, 0))
    held = TagSet.objects.filter(is_off=False, pk__in=tags).order_by("order", "code").values_list("code", "name", "audience")
    return [(TagSetRow(code, name, audience, False, len(tags[code]), 0), tags[code]) for code, name, audience in held]


def tag(code: str) -> TagRow | None:
    """One tag, removed or not. One SQL query."""
    counted = Tag.objects.filter(pk=code).annotate(items=Count("itemtag", filter=_SHOWN))
    row = counted.values_list("code", "tag_set_id", "name", "stage", "note", "is_off", "items").first()
    return TagRow(*row) if row else None


def tagged_items(code: str, *, limit: int = 300) -> list[TaggedItem]:
    """The first items under a tag, in doing order. One SQL query."""
    rows = ItemTag.objects.filter(tag=code, is_off=False).order_by("order", "pk")
    columns = ("item_id", "item__current_version__name", "item__status", "item__department__short_name")
    return [TaggedItem(item, name or item, status, short) for item, name, status, short in rows.values_list(*columns)[:limit]]


def theme_lines(audience: str) -> list[ThemeLine]:
    """One tree of themes in order, with their numbers of listed items. One SQL query."""
    counted = Subquery(Tally.objects.filter(scope="theme", key=OuterRef("pk")).values("items")[:1])
    rows = Theme.objects.filter(audience=audience).annotate(counted=counted).order_by("order", "code")
    columns = ("code", "name", "audience", "stage", "counted", "origin")
    found = rows.values_list(*columns)
    return [ThemeLine(code, name, tree, stage, items or 0, origin == rules.Origin.HALL) for code, name, tree, stage, items, origin in found]


# --- sets -------------------------------------------------------------------------------------------------------------------------


def _begin(actor: Actor) -> None:
    require(actor, Role.SYS_ADMIN)
    keep_imports_out()


def _audience(text: str) -> str:
    if text not in {"", *(word.value for word in rules.Audience)}:
        raise BadText("请选择服务对象。", field="audience")
    return text


def _held_set(code: str) -> TagSet:
    held = TagSet.objects.select_for_update().filter(pk=code).first()
    if held is None:
        raise NotFound
    return held


def _check_set_name(name: str, *, but: str = "") -> None:
    other = TagSet.objects.filter(name=name).exclude(pk=but).values_list("is_off", flat=True).first()
    if other is not None:
        raise NameTaken(f"“{name}”已经移除，可以在下面恢复它。" if other else None)


def _held_tag(code: str) -> Tag:
    held = Tag.objects.select_for_update(no_key=True).filter(pk=code).first()
    if held is None:
        raise NotFound
    return held


@transaction.atomic
def create_tag_set(*, actor: Actor, code: str, name: str, audience: str, now: datetime) -> str:
    """A new set behind the others. Returns its code. Raises: NotAllowed, BadText, CodeTaken, NameTaken, ImportUnderWay."""
    _begin(actor)
    code, name, audience = clean_code(code), clean(name, field="name", title="名称", most=40), _audience(audience)
    if TagSet.objects.filter(pk=code).exists():
        raise CodeTaken
    _check_set_name(name)
    last = TagSet.objects.aggregate(last=Max("order"))["last"] or 0
    TagSet.objects.create(code=code, name=name, audience=audience, order=last + _STEP, origin=rules.Origin.HALL)
    trail.record(actor, "tag_set.created", code, at=now)
    return code


@transaction.atomic
def edit_tag_set(*, actor: Actor, code: str, name: str, audience: str, now: datetime) -> None:
    """Give a set another name or audience. Raises: NotAllowed, NotFound, BadText, NameTaken, ImportUnderWay."""
    _begin(actor)
    held = _held_set(code)
    held.name, held.audience, held.origin = clean(name, field="name", title="名称", most=40), _audience(audience), rules.Origin.HALL
    if code in _LIFE:
        held.audience = next(word.value for word, (life, _) in LIFE_SETS.items() if life == code)
    _check_set_name(held.name, but=code)
    held.save(update_fields=["name", "audience", "origin"])
    trail.record(actor, "tag_set.edited", code, at=now)
    announce()


@transaction.atomic
def move_tag_set(*, actor: Actor, code: str, step: int, now: datetime) -> None:
    """Put a set one place up (-1) or down (+1). Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    places = list(TagSet.objects.select_for_update().filter(is_off=False).order_by("order", "code").values_list("code", "order"))
    if code not in dict(places):
        raise NotFound
    for one, place in moved(places, code, step).items():
        TagSet.objects.filter(pk=one).update(order=place, origin=rules.Origin.HALL)
    trail.record(actor, "tag_set.moved", code, detail=f"{step:+d}", at=now)
    announce()


@transaction.atomic
def remove_tag_set(*, actor: Actor, code: str, told_tags: int, now: datetime) -> None:
    """Take a set out of use with all its tags; `told_tags` is how many the person was told are in it.

    Raises: NotAllowed, NotFound, StillUsed (tags in use, or another number of them), ImportUnderWay.
    """
    _begin(actor)
    held = _held_set(code)
    in_use = Tag.objects.filter(tag_set=code, is_off=False).count()
    if in_use != told_tags:
        raise StillUsed(f"“{held.name}”里还有 {in_use} 个标签在用。移除后，这些标签和它们的事项都不再显示，可以随时恢复。请再确认一次。")
    TagSet.objects.filter(pk=code).update(is_off=True, origin=rules.Origin.HALL)
    trail.record(actor, "tag_set.removed", code, detail=f"tags={in_use}", at=now)
    announce()


@transaction.atomic
def restore_tag_set(*, actor: Actor, code: str, now: datetime) -> None:
    """Bring a removed set back as it was. Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    _held_set(code)
    TagSet.objects.filter(pk=code).update(is_off=False, origin=rules.Origin.HALL)
    trail.record(actor, "tag_set.restored", code, at=now)
    announce()


# --- tags -------------------------------------------------------------------------------------------------------------------------


def _tag_texts(name: str, stage: str, note: str) -> dict[str, str]:
    return {
        "name": clean(name, field="name", title="名称", most=40),
        "stage": clean(stage, field="stage", title="阶段", most=20, is_required=False),
        "note": clean(note, field="note", title="说明", most=200, is_required=False),
    }


def _check_tag_name(tag_set: str, name: str, *, but: str = "") -> None:
    other = Tag.objects.filter(tag_set=tag_set, name=name).exclude(pk=but).values_list("is_off", flat=True).first()
    if other is not None:
        raise NameTaken(f"“{name}”已经移除，可以在下面恢复它。" if other else None)


@transaction.atomic
def create_tag(*, actor: Actor, tag_set: str, code: str, name: str, stage: str = "", note: str = "", now: datetime) -> str:
    """A new tag behind the others of its set. Returns its code.

    Raises: NotAllowed, NotFound (no such set, or removed), BadText, CodeTaken, NameTaken, ImportUnderWay.
    """
    _begin(actor)
    if _held_set(tag_set).is_off:
        raise NotFound
    code, texts = clean_code(code), _tag_texts(name, stage, note)
    if Tag.objects.filter(pk=code).exists():
        raise CodeTaken
    _check_tag_name(tag_set, texts["name"])
    last = Tag.objects.filter(tag_set=tag_set).aggregate(last=Max("order"))["last"] or 0
    Tag.objects.create(code=code, tag_set_id=tag_set, order=last + _STEP, origin=rules.Origin.HALL, **texts)
    trail.record(actor, "tag.created", code, detail=tag_set, at=now)
    announce()
    return code


@transaction.atomic
def edit_tag(*, actor: Actor, code: str, name: str, stage: str = "", note: str = "", now: datetime) -> None:
    """Give a tag other words. Raises: NotAllowed, NotFound, BadText, NameTaken, ImportUnderWay."""
    _begin(actor)
    held, texts = _held_tag(code), _tag_texts(name, stage, note)
    _check_tag_name(held.tag_set_id, texts["name"], but=code)
    Tag.objects.filter(pk=code).update(origin=rules.Origin.HALL, **texts)
    trail.record(actor, "tag.edited", code, at=now)
    announce()


@transaction.atomic
def move_tag(*, actor: Actor, code: str, step: int, now: datetime) -> None:
    """Put a tag one place up (-1) or down (+1) within its set. Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    _held_set(_held_tag(code).tag_set_id)
    others = Tag.objects.filter(tag_set__tag=code, is_off=False).order_by("order", "code")
    places = list(others.values_list("code", "order"))
    if code not in dict(places):
        raise NotFound
    for one, place in moved(places, code, step).items():
        Tag.objects.filter(pk=one).update(order=place, origin=rules.Origin.HALL)
    trail.record(actor, "tag.moved", code, detail=f"{step:+d}", at=now)
    announce()


@transaction.atomic
def remove_tag(*, actor: Actor, code: str, told_items: int, now: datetime) -> None:
    """Take a tag out of use; `told_items` is how many items the person was told are under it. The items stay noted for its return.

    Raises: NotAllowed, NotFound, StillUsed (items under it, or another number of them), ImportUnderWay.
    """
    _begin(actor)
    held = _held_tag(code)
    in_use = ItemTag.objects.filter(tag=code, is_off=False, item__status__in=rules.LISTED).count()
    if in_use != told_items:
        raise StillUsed(f"“{held.name}”下面还有 {in_use} 个事项。移除后，它们不再显示在这个标签下，可以随时恢复。请再确认一次。")
    Tag.objects.filter(pk=code).update(is_off=True, origin=rules.Origin.HALL)
    trail.record(actor, "tag.removed", code, detail=f"items={in_use}", at=now)
    announce()


@transaction.atomic
def restore_tag(*, actor: Actor, code: str, now: datetime) -> None:
    """Bring a removed tag back with its items. Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    _held_tag(code)
    Tag.objects.filter(pk=code).update(is_off=False, origin=rules.Origin.HALL)
    trail.record(actor, "tag.restored", code, at=now)
    announce()
