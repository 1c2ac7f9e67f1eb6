"""A new form for an item: its next version, with everything else as it was (§5.3.2). Drafts and cases keep the version they have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.fields.json import KT
from django.db.models.functions import MD5

from hall.services.catalogue import publishing, rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.intake import versions
from hall.services.catalogue.intake.items import ItemRecord
from hall.services.catalogue.models import Item, ItemVersion
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.formrules.definition import FormDefinition
from hall.support.refusals import NotFound


@dataclass(frozen=True, slots=True)
class FormVersionRow:
    """One version of an item whose form differs from the one before it."""

    number: int
    published_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class FormItemRow:
    """An item with forms, as its department or the hall looks after it. `forms` holds the present form by audience."""

    code: str
    name: str
    department_code: str
    version_number: int
    forms: Mapping[str, Any]


@transaction.atomic
def publish_form(*, actor: Actor, item_code: str, audience: str, schema: Mapping[str, Any], now: datetime) -> int:
    """Make the form part of the item's next version; returns its number. The caller asked for four eyes, and whether it is the newest.

    Raises: NotAllowed, NotFound, BadForm, ImportUnderWay.
    """
    require(actor, Role.SYS_ADMIN)
    FormDefinition.from_schema(schema)
    publishing.keep_imports_out()
    item = (
        Item.objects.select_for_update(no_key=True).filter(code=item_code, status__in=rules.LISTED, current_version__isnull=False).first()
    )
    if item is None or item.current_version_id is None:
        raise NotFound
    content = versions.contents([item.current_version_id])[item.current_version_id]
    materials, forms = tuple(content.pop("materials")), content.pop("form_schemas")
    if audience not in forms:
        raise NotFound
    record = ItemRecord(0, item_code, item.status, content, materials, (), (), (), {**forms, audience: dict(schema)})
    newest = ItemVersion.objects.filter(item=item).aggregate(newest=Max("number"))["newest"]
    (version,) = versions.store_versions(
        [record], {item_code: newest}, statuses={item_code: item.status}, now=now, origin=rules.Origin.HALL
    )
    trail.record(actor, "item.form_published", f"item {item_code}", detail=f"{audience} version={version.number}", at=now)
    announce([item_code])
    return version.number


def form_item(item_code: str) -> FormItemRow | None:
    """An item that people fill in a form for; None for any other. One SQL query."""
    return next(iter(_rows(Item.objects.filter(code=item_code.replace("\0", "")))), None)


def form_items(*, department_code: str = "", after: str = "", name: str = "", limit: int = 30) -> list[FormItemRow]:
    """Items with forms, of one department or of all, by code. One SQL query."""
    items = Item.objects.filter(code__gt=after) if after.isascii() and "\0" not in after else Item.objects.none()
    if department_code:
        items = items.filter(department=department_code)
    if name:
        items = items.filter(current_version__name__contains=name.replace("\0", ""))
    return list(_rows(items.order_by("code"), limit))


def _rows(items: Any, limit: int = 1) -> list[FormItemRow]:
    found = items.filter(status__in=rules.LISTED, current_version__isnull=False).exclude(current_version__form_schemas={})
    columns = ("code", "current_version__name", "department_id", "current_version__number", "current_version__form_schemas")
    return [FormItemRow(*row) for row in found.values_list(*columns)[:limit]]


def form_versions(item_code: str, audience: str, *, limit: int = 20) -> list[FormVersionRow]:
    """The versions in which this form changed, newest first, among the item's last 60. One SQL query."""
    found = ItemVersion.objects.filter(item=item_code, published_at__isnull=False).annotate(form=MD5(KT(f"form_schemas__{audience}")))
    rows = list(found.order_by("-number").values_list("number", "published_at", "pk", "form")[:60])
    kept = [
        row for row, before in zip(rows, [*rows[1:], None], strict=True) if row[3] is not None and (before is None or before[3] != row[3])
    ]
    newest = kept[0][0] if kept else 0
    return [FormVersionRow(number, at, number == newest) for number, at, _, _ in kept[:limit] if at is not None]


def form_of_version(item_code: str, audience: str, number: int) -> dict[str, Any] | None:
    """The form of one published version; None where there is none. One SQL query."""
    found = (
        ItemVersion.objects.filter(item=item_code, number=number, published_at__isnull=False).values_list("form_schemas", flat=True).first()
    )
    form: dict[str, Any] | None = (found or {}).get(audience)
    return form
