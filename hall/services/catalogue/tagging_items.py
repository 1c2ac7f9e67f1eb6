"""The items under one tag, and the words and places of themes, changed one at a time in the console."""

from datetime import datetime

from django.db import transaction

from hall.services.catalogue import rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.models import ItemTheme, Theme
from hall.services.catalogue.publishing import keep_imports_out
from hall.services.catalogue.tag_models import ItemTag, Tag
from hall.services.catalogue.tagging_rules import NameTaken, clean, moved
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import NotFound


def _begin(actor: Actor) -> None:
    require(actor, Role.SYS_ADMIN)
    keep_imports_out()


@transaction.atomic
def move_item(*, actor: Actor, tag: str, item: str, step: int, now: datetime) -> None:
    """Put an item one place up (-1) or down (+1) under a tag. Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    _hold(tag)
    rows = ItemTag.objects.filter(tag=tag, is_off=False).order_by("order", "pk")
    places = list(rows.values_list("item_id", "order"))
    if item not in dict(places):
        raise NotFound
    for one, place in moved(places, item, step).items():
        ItemTag.objects.filter(tag=tag, item=one).update(order=place, origin=rules.Origin.HALL)
    trail.record(actor, "tag.item_moved", tag, detail=f"{item} {step:+d}", at=now)
    announce()


@transaction.atomic
def drop_item(*, actor: Actor, tag: str, item: str, now: datetime) -> None:
    """Take an item from under a tag; no file brings it back. Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    _hold(tag)
    row = ItemTag.objects.filter(tag=tag, item=item, is_off=False).first()
    if row is None:
        raise NotFound
    untag([row.pk])
    trail.record(actor, "tag.item_dropped", tag, detail=item, at=now)
    announce()


def untag(rows: list[int]) -> None:
    """Take these rows away: what people set goes, what a file set is switched off. Two SQL statements."""
    ItemTag.objects.filter(pk__in=rows, origin=rules.Origin.HALL).delete()
    ItemTag.objects.filter(pk__in=rows, origin=rules.Origin.FILE).update(is_off=True)


def _hold(tag: str) -> None:
    if Tag.objects.select_for_update(no_key=True).filter(pk=tag).first() is None:
        raise NotFound


@transaction.atomic
def edit_theme(*, actor: Actor, code: str, name: str, stage: str, now: datetime) -> None:
    """Give a theme another name or stage; its items are found by the new name within seconds.

    Raises: NotAllowed, NotFound, BadText, NameTaken, ImportUnderWay.
    """
    _begin(actor)
    held = Theme.objects.select_for_update(no_key=True).filter(pk=code).first()
    if held is None:
        raise NotFound
    held.name = clean(name, field="name", title="名称", most=40)
    held.stage = clean(stage, field="stage", title="阶段", most=20, is_required=False)
    held.origin = rules.Origin.HALL
    if Theme.objects.filter(audience=held.audience, name=held.name).exclude(pk=code).exists():
        raise NameTaken
    held.save(update_fields=["name", "stage", "origin"])
    trail.record(actor, "theme.edited", code, at=now)
    announce(ItemTheme.objects.filter(theme=code).values_list("item_id", flat=True))


@transaction.atomic
def move_theme(*, actor: Actor, code: str, step: int, now: datetime) -> None:
    """Put a theme one place up (-1) or down (+1) in its tree. Raises: NotAllowed, NotFound, ImportUnderWay."""
    _begin(actor)
    audience = Theme.objects.filter(pk=code).values_list("audience", flat=True).first()
    if audience is None:
        raise NotFound
    rows = Theme.objects.select_for_update(no_key=True).filter(audience=audience).order_by("order", "code")
    for one, place in moved(list(rows.values_list("code", "order")), code, step).items():
        Theme.objects.filter(pk=one).update(order=place, origin=rules.Origin.HALL)
    trail.record(actor, "theme.moved", code, detail=f"{step:+d}", at=now)
    announce()
