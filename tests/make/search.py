"""A catalogue for search: the shipped items with their words, or a few of one's own, as rows; then the index over them."""

import csv
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from hall.services.catalogue.models import Item, ItemTheme, ItemVersion, Keyword, Synonym, SynonymItem, Theme
from hall.services.search.models import SearchEntry, SearchStamp
from hall.support.identity.models import Department

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
_numbers = count(1)


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shipped_items() -> list[dict[str, Any]]:
    """The items as they stand in the file; tests marked `shipped` have them in the database, indexed."""
    return [json.loads(line) for line in (DATA / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def make_departments(rows: Iterable[dict[str, str]]) -> None:
    for row in rows:
        Department.objects.get_or_create(
            code=row["dept_code"],
            defaults={
                "number": int(row["dept_no"]),
                "name": row["name"],
                "short_name": row["short_name"],
                "category": row["category"],
                "duties": row["duties"],
                "aliases": [alias for alias in row["aliases"].split(",") if alias],
                "division_code": row["division_code"],
            },
        )


def make_item(name: str, *, keywords: Iterable[str] = (), themes: Iterable[str] = (), **changes: Any) -> str:
    """A published item of 山东省公安厅 by default, not indexed yet; returns its code."""
    number = next(_numbers)
    item = {
        "code": f"3799{number:05d}000",
        "name": name,
        "dept_code": "SD07",
        "type": "confirmation",
        "audience": ["person"],
        "themes": list(themes),
        "keywords": list(keywords),
        "online_depth": "full",
        "charged": False,
        "applicable": True,
    }
    item.update(changes)
    make_departments(row for row in _table("departments.csv") if row["dept_code"] == item["dept_code"])
    for theme in item["themes"]:
        Theme.objects.get_or_create(code=theme, defaults={"name": f"主题{theme}", "audience": "person", "order": 1})
    _make([item])
    return str(item["code"])


def _make(rows: list[dict[str, Any]]) -> None:
    Item.objects.bulk_create(
        Item(code=row["code"], department_id=row["dept_code"], status="draft", order=1000 - len(row["keywords"])) for row in rows
    )
    versions = ItemVersion.objects.bulk_create(_version(row) for row in rows)
    for row, version in zip(rows, versions, strict=True):
        Item.objects.filter(pk=row["code"]).update(status=row.get("status", "published"), current_version=version)
    Keyword.objects.bulk_create(
        Keyword(item_id=row["code"], word=keyword, order=order) for row in rows for order, keyword in enumerate(row["keywords"])
    )
    ItemTheme.objects.bulk_create(ItemTheme(item_id=row["code"], theme_id=theme) for row in rows for theme in row["themes"])


def _version(row: dict[str, Any]) -> ItemVersion:
    return ItemVersion(
        item_id=row["code"],
        number=1,
        digest=hashlib.sha256(row["name"].encode()).hexdigest(),
        published_at=NOW,
        department_id=row["dept_code"],
        name=row["name"],
        item_type=row["type"],
        levels=["province"],
        audience=row["audience"],
        handling_type="promise",
        statutory_days=20,
        promised_days=5,
        day_unit="working",
        online_depth=row["online_depth"],
        onsite_visits=0,
        applicable=row["applicable"],
        charged=row["charged"],
        region_scope="local",
        bookable=False,
        mailable=False,
        payable=False,
        leader_approval=False,
        result_name=row["name"],
        result_kind="proof",
        legal_basis_quality="named",
        conditions_quality="written",
    )


def make_status(code: str, status: str) -> None:
    """Suspend, abolish or publish an item, as a publication would; the index is told by the caller."""
    Item.objects.filter(pk=code).update(status=status)


def make_synonym(citizen_term: str, official_term: str, codes: Iterable[str], *, kind: str = "word") -> None:
    synonym = Synonym.objects.create(citizen_term=citizen_term, official_term=official_term, kind=kind)
    for code in codes:
        SynonymItem.objects.create(synonym=synonym, item_id=code)


def make_figures(code: str, **columns: object) -> None:
    """What the index holds about an item beside its words: popularity, score, promised_days, is_bookable, region_scope …"""
    SearchEntry.objects.filter(pk=code).update(**columns)
    SearchStamp.objects.update(value=uuid4())
