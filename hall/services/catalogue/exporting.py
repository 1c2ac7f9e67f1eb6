"""Items as lines of items.jsonl, derived fields written out: imported again they change nothing."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from hall.services.catalogue import rules
from hall.services.catalogue.intake.versions import CONTENT, contents
from hall.services.catalogue.models import Item, ItemTheme, Keyword, Relation

_CHUNK = 500
_FILE_NAMES = {"department_id": "dept_code", "item_type": "type", "cert_type_id": "cert_type"}


def _exported(department: str, status: str) -> QuerySet[Item]:
    items = Item.objects.filter(current_version__isnull=False)
    if department:
        items = items.filter(department_id=department)
    return items.filter(status=status) if status else items


def item_count(*, department: str = "", status: str = "") -> int:
    """How many lines `item_lines` gives. One SQL query; it counts, so for jobs only."""
    return _exported(department, status).count()


def item_lines(*, department: str = "", status: str = "") -> Iterator[str]:
    """Every item that was ever published, as it is now, by code, without its forms; of one department or status if given.

    Six SQL queries for each 500 items.
    """
    last = ""
    while True:
        items = _exported(department, status).filter(code__gt=last).order_by("code")
        rows = list(items[:_CHUNK].values_list("code", "status", "current_version_id"))
        yield from _lines(rows)
        if len(rows) < _CHUNK:
            return
        last = rows[-1][0]


def _lines(rows: Sequence[tuple[str, str, int | None]]) -> Iterator[str]:
    codes = [code for code, _, _ in rows]
    held = contents([version for _, _, version in rows if version is not None])
    links: dict[str, dict[str, Any]] = {
        code: {"themes": [], "keywords": [], "related": {kind.value: [] for kind in rules.RelationKind}} for code in codes
    }
    for code, theme in ItemTheme.objects.filter(item__in=codes).order_by("pk").values_list("item_id", "theme_id"):
        links[code]["themes"].append(theme)
    for code, word in Keyword.objects.filter(item__in=codes).order_by("order").values_list("item_id", "word"):
        links[code]["keywords"].append(word)
    for code, kind, other in Relation.objects.filter(item__in=codes).order_by("pk").values_list("item_id", "kind", "to_item_id"):
        links[code]["related"][kind].append(other)
    for code, status, version in rows:
        if version is not None:
            content = held[version]
            line = {"code": code, "status": status} | {_FILE_NAMES.get(name, name): content[name] for name in CONTENT} | links[code]
            line["materials"] = [_material(material) for material in content["materials"]]
            yield json.dumps(line, ensure_ascii=False)


def _material(material: dict[str, Any]) -> dict[str, Any]:
    return {_FILE_NAMES.get(name, name): value for name, value in material.items() if name != "key" and value is not None}
