"""One item becoming visible outside an import: its version, its links, and the figures that follow from it alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Max
from django.db.models.functions import Greatest

from hall.services.catalogue import rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.intake import versions
from hall.services.catalogue.intake.batch import Batch
from hall.services.catalogue.intake.items import ItemRecord
from hall.services.catalogue.models import (
    BundleItem,
    Item,
    ItemTheme,
    ItemVersion,
    Keyword,
    Relation,
    Situation,
    SynonymItem,
    Tally,
)
from hall.services.catalogue.naming import FILE_NAMES
from hall.support.refusals import Conflict

IMPORT_LOCK = 0x6361746C
_COUNTED = ("items", "applicable", "full_online")
Counts = dict[tuple[str, str], tuple[int, int, int]]


class ImportUnderWay(Conflict):
    sentence = "正在导入事项目录，一般几分钟就好。请稍后再操作，内容都还在。"


@dataclass(frozen=True, slots=True)
class Links:
    """What belongs to an item and not to a version of it. `related` are item codes by kind, as in items.jsonl."""

    themes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    related: Mapping[str, tuple[str, ...]] | None = None

    def as_line(self) -> dict[str, Any]:
        """In the shape of a line of items.jsonl, with the situations beside it."""
        related = {kind.value: list((self.related or {}).get(kind.value, ())) for kind in rules.RelationKind}
        return {"themes": list(self.themes), "keywords": list(self.keywords), "situations": list(self.situations), "related": related}


def keep_imports_out() -> None:
    """Let no import begin before this transaction ends; publications do not wait for one another. Raises: ImportUnderWay."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [IMPORT_LOCK])
        if not cursor.fetchone()[0]:
            raise ImportUnderWay


def links_of(code: str) -> Links:
    """The item's links as they are now. Four SQL queries."""
    related: dict[str, list[str]] = defaultdict(list)
    for kind, other in Relation.objects.filter(item=code).order_by("pk").values_list("kind", "to_item_id"):
        related[kind].append(other)
    said = Situation.objects.filter(item=code, is_off=False).order_by("order", "pk")
    return Links(
        themes=tuple(ItemTheme.objects.filter(item=code).order_by("pk").values_list("theme_id", flat=True)),
        keywords=tuple(Keyword.objects.filter(item=code).order_by("order", "word").values_list("word", flat=True)),
        situations=tuple(said.values_list("text", flat=True)),
        related={kind: tuple(codes) for kind, codes in related.items()},
    )


def line_of(code: str, version_id: int) -> dict[str, Any]:
    """A version as a line of items.jsonl, without links, state and forms. Two SQL queries."""
    content = versions.contents([version_id])[version_id]
    line: dict[str, Any] = {"code": code} | {FILE_NAMES.get(name, name): content[name] for name in versions.CONTENT}
    line["materials"] = [
        {FILE_NAMES.get(name, name): value for name, value in material.items() if name != "key" and value is not None}
        for material in content["materials"]
    ]
    return line


def publish_record(record: ItemRecord, situations: Sequence[str], *, now: datetime) -> ItemVersion:
    """Store a checked record as the item's next version, written in the hall, and everything that follows from it.

    The caller holds the item's row, where there is one, and `keep_imports_out`. Some 30 SQL statements.
    """
    before = counts_of(record.code)
    held = Item.objects.filter(code=record.code).annotate(newest=Max("versions__number")).values_list("status", "newest").first()
    if held is None:
        Item.objects.create(code=record.code, department_id=record.content["department_id"], status=rules.ItemStatus.DRAFT)
    status, newest = held or (rules.ItemStatus.DRAFT, 0)
    kept = {} if status == rules.ItemStatus.DRAFT else {record.code: status}
    stored = versions.store_versions([record], {record.code: newest or 0}, statuses=kept, now=now, origin=rules.Origin.HALL)
    versions.link(Batch(now), "", [record], {record.code})
    _say(record.code, situations)
    refresh_one(record.code, before)
    announce([record.code])
    return stored[0]


def _say(code: str, wanted: Sequence[str]) -> None:
    """What a file said and nobody wants any more is switched off, so that the next import does not bring it back."""
    held = {row.text: row for row in Situation.objects.filter(item=code)}
    gone = [row for text, row in held.items() if text not in wanted and not row.is_off]
    Situation.objects.filter(pk__in=[row.pk for row in gone if row.origin == rules.Origin.HALL]).delete()
    Situation.objects.filter(pk__in=[row.pk for row in gone if row.origin == rules.Origin.FILE]).update(is_off=True)
    again = [held[text].pk for text in wanted if text in held and held[text].is_off]
    Situation.objects.filter(pk__in=again).update(is_off=False)
    Situation.objects.bulk_create(
        [
            Situation(item_id=code, text=text, order=order, origin=rules.Origin.HALL)
            for order, text in enumerate(wanted, start=1)
            if text not in held
        ]
    )


# --- figures of one item ------------------------------------------------------------------------------------------------------------


def counts_of(code: str) -> Counts:
    """What the item adds to each tally. Two SQL queries at most."""
    columns = ("department_id", "current_version__applicable", "current_version__online_depth", "current_version__audience")
    item = Item.objects.filter(code=code, status__in=rules.LISTED).values_list(*columns).first()
    if item is None:
        return {}
    department, applicable, depth, audience = item
    one = (1, int(bool(applicable)), int(depth == rules.OnlineDepth.FULL))
    themes = ItemTheme.objects.filter(item=code).values_list("theme_id", flat=True)
    keys = [(rules.TallyScope.ALL.value, ""), (rules.TallyScope.DEPARTMENT.value, department)]
    keys += [(rules.TallyScope.THEME.value, theme) for theme in themes]
    keys += [(rules.TallyScope.AUDIENCE.value, word) for word in audience or ()]
    return dict.fromkeys(keys, one)


def refresh_one(code: str, before: Counts) -> None:
    """Bring order, tallies and bundles in line after one item changed; `before` are its counts before the change."""
    words = set(Keyword.objects.filter(item=code).values_list("word", flat=True))
    words |= set(SynonymItem.objects.filter(item=code).values_list("synonym__citizen_term", flat=True))
    Item.objects.filter(code=code).update(order=rules.order_of(len(words)))
    bundles = list(BundleItem.objects.filter(item=code).values_list("bundle_id", flat=True))
    if bundles:
        _recount_bundles(bundles)
    after = counts_of(code)
    # In one order everywhere, so that two publications never wait for each other in a circle; last, for everybody wants these rows.
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, (0, 0, 0)), after.get(key, (0, 0, 0))
        if old != new:
            _add_to_tally(key, [is_now - was for is_now, was in zip(new, old, strict=True)])


def _add_to_tally(key: tuple[str, str], added: Sequence[int]) -> None:
    scope, name = key
    found = Tally.objects.filter(scope=scope, key=name)
    # Never below nothing, also where nobody has counted yet: the next import counts afresh.
    more = {column: Greatest(F(column) + number, 0) for column, number in zip(_COUNTED, added, strict=True)}
    if not found.update(**more):
        Tally.objects.bulk_create([Tally(scope=scope, key=name, **dict.fromkeys(_COUNTED, 0))], ignore_conflicts=True)
        found.update(**more)


def _recount_bundles(codes: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_bundle b SET materials_total = m.total, materials_distinct = m.different FROM ("
            " SELECT bi.bundle_id, count(*) AS total, count(DISTINCT mat.name) AS different FROM catalogue_bundle_item bi"
            " JOIN catalogue_item i ON i.code = bi.item_id JOIN catalogue_material mat ON mat.version_id = i.current_version_id"
            " WHERE bi.bundle_id = ANY(%s) GROUP BY bi.bundle_id) m"
            " WHERE m.bundle_id = b.code AND (materials_total, materials_distinct) <> (m.total, m.different)",
            [list(codes)],
        )
