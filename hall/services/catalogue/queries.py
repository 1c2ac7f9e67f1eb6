"""Reading the catalogue. Everything here is public: what is published may be read by anybody."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from hall.services.catalogue import cards, elements, implementing, rules
from hall.services.catalogue.models import (
    Bundle,
    CatalogueStamp,
    CertType,
    Division,
    Item,
    ItemTheme,
    ItemVersion,
    Keyword,
    Material,
    Relation,
    Tally,
    Theme,
)
from hall.services.catalogue.relation_rules import SIDES
from hall.services.catalogue.rows import (
    BundlePage,
    BundleRow,
    CardPage,
    CertTypeRow,
    DepartmentBrief,
    DivisionRow,
    ItemCard,
    ItemLink,
    ItemPage,
    ItemVersionRow,
    MaterialRow,
    Neighbours,
    TallyRow,
    ThemeRow,
    ThemeShelf,
)
from hall.services.catalogue.searchable import SearchableItem, SynonymRow, searchable_items, synonyms

__all__ = [
    "BundlePage",
    "BundleRow",
    "CardPage",
    "DepartmentBrief",
    "ItemCard",
    "ItemPage",
    "ItemVersionRow",
    "MaterialRow",
    "SearchableItem",
    "SynonymRow",
    "ThemeRow",
    "ThemeShelf",
    "searchable_items",
    "synonyms",
]

MOST_COUNTED = 1000
MOST_KEPT = 300
_kept_versions: dict[int, ItemVersionRow] = {}

_MATERIAL = (
    *("key", "seq", "name", "kind", "source", "necessity", "when", "medium", "originals", "copies", "has_blank_form", "has_sample"),
    *("reusable", "accept", "max_mb", "cert_type_id", "cert_type__name", "cert_type__holder", "issuer", "guideline", "variants"),
    *("blank_form_id", "sample_id", "trust_grade"),
    *elements.STANDARD,
)
_MADE = ("accept", "cert_type", "variants")
# Columns of a version that hold lists, and what their members become.
_LISTS: dict[str, Any] = {
    **dict.fromkeys(("levels", "audience", "delegated_to", "co_departments", "handling_forms", "legal_basis", "conditions"), None),
    "flow_steps": elements.FlowStep,
    "fees": elements.Fee,
    "special_procedures": elements.SpecialProcedure,
    "intermediary_services": elements.Intermediary,
    "places": elements.Place,
    "consult_contacts": elements.Contact,
    "complaint_contacts": elements.Contact,
    "faqs": elements.Faq,
    "variants": elements.Variant,
    "instant_rules": elements.InstantRule,
}
_GIVEN_BY_KEY = {"version_id", "code", "department_code", "materials"}
_PLAIN = tuple(name for name in ItemVersionRow.__slots__ if name not in _LISTS and name not in _GIVEN_BY_KEY)


# --- versions ---------------------------------------------------------------------------------------------------------------------


def _materials(version_id: int) -> tuple[MaterialRow, ...]:
    rows = Material.objects.filter(version_id=version_id).order_by("seq").values(*_MATERIAL)
    return tuple(
        MaterialRow(
            **{name: value for name, value in row.items() if name not in elements.STANDARD and not name.startswith(_MADE)},
            standard=elements.Standard(**{name: row[name] for name in elements.STANDARD}),
            accept=tuple(row["accept"]),
            variants=tuple(row["variants"]),
            cert_type=row["cert_type_id"] or "",
            cert_type_name=row["cert_type__name"] or "",
            cert_type_holder=row["cert_type__holder"] or "",
        )
        for row in rows
    )


def _version_row(version: ItemVersion) -> ItemVersionRow:
    values: dict[str, Any] = {name: getattr(version, name) for name in _PLAIN}
    for name, kind in _LISTS.items():
        members = getattr(version, name)
        values[name] = tuple(members) if kind is None else tuple(kind(**member) for member in members)
    return ItemVersionRow(
        version_id=version.pk,
        code=version.item_id,
        department_code=version.department_id,
        materials=_materials(version.pk),
        **values,
    )


def item_version(version_id: int) -> ItemVersionRow | None:
    """One version, however old, as a case is pinned to it; None when there is none. Two SQL queries, none while it is kept.

    A published version never changes, so each process keeps the last few hundred.
    """
    kept = _kept_versions.get(version_id)
    if kept is not None:
        return kept
    version = ItemVersion.objects.filter(pk=version_id, published_at__isnull=False).first()
    if version is None:
        return None
    if len(_kept_versions) >= MOST_KEPT:
        _kept_versions.clear()
    _kept_versions[version_id] = _version_row(version)
    return _kept_versions[version_id]


def current_version(code: str) -> ItemVersionRow | None:
    """The version that a new application would be filed under; None for an unknown, suspended or abolished item.

    Three SQL queries, one while the version is kept: which one it is, is asked every time.
    """
    item = Item.objects.filter(code=code, status=rules.ItemStatus.PUBLISHED, current_version__isnull=False)
    version_id = item.values_list("current_version_id", flat=True).first()
    return item_version(version_id) if version_id is not None else None


def content_stamp() -> int:
    """A number that grows with every publication; part of the key of cached pages. One SQL query."""
    return CatalogueStamp.objects.values_list("value", flat=True).first() or 1


# --- the item page ----------------------------------------------------------------------------------------------------------------


def item_page(code: str, *, division_code: str = "") -> ItemPage | None:
    """Everything that the item's page shows in one region; None when it was never published. Six SQL queries at most."""
    item = (
        Item.objects.filter(code=code, current_version__isnull=False)
        .select_related("current_version", "department")
        .annotate(
            department_items=Subquery(Tally.objects.filter(scope="department", key=OuterRef("department_id")).values("items")[:1]),
            words=ArraySubquery(Keyword.objects.filter(item=OuterRef("pk")).order_by("order", "word").values("word")),
            place=implementing.place(division_code),
        )
        .first()
    )
    if item is None or item.current_version is None:
        return None
    version, department = _version_row(item.current_version), item.department
    hotline = elements.Contact("电话", settings.HOTLINE, "政务服务便民热线")
    phone = elements.Contact("电话", department.phone, department.short_name) if department.phone else hotline
    return ItemPage(
        version=version,
        status=item.status,
        department=DepartmentBrief(
            department.code, department.name, department.short_name, department.phone, department.address, item.department_items or 0
        ),
        themes=tuple(_theme_rows(Theme.objects.filter(itemtheme__item=code))),
        keywords=tuple(item.words),
        neighbours=neighbours(code),
        consult_contacts=version.consult_contacts or (phone,),
        complaint_contacts=version.complaint_contacts or (hotline,),
        published_at=item.current_version.published_at,
        place=implementing.place_row(code, item.place, division_code),
    )


def neighbours(code: str) -> Neighbours:
    """Items related to this one, whichever of the two names the other, and the bundles that hold it. Three SQL queries at most."""
    sides: dict[str, str] = {}
    relations = Relation.objects.filter(Q(item=code) | Q(to_item=code)).order_by("pk").values_list("item_id", "to_item_id", "kind")
    # What the item says itself goes before what others say of it.
    for item, to_item, kind in sorted(relations, key=lambda row: row[0] != code):
        forward, backward = SIDES[rules.RelationKind(kind)]
        sides.setdefault(to_item if item == code else item, forward if item == code else backward)
    found: dict[str, list[ItemCard]] = {"before": [], "together": [], "after": []}
    for card in item_cards(sides):
        if card.status in rules.LISTED:
            found[sides[card.code]].append(card)
    return Neighbours(
        before=tuple(found["before"]), together=tuple(found["together"]), after=tuple(found["after"]), bundles=tuple(_bundles(code))
    )


# --- lists ------------------------------------------------------------------------------------------------------------------------


def _listed() -> QuerySet[Item]:
    return Item.objects.filter(status__in=rules.LISTED)


def item_cards(codes: Iterable[str], *, division_code: str = "", has_forms: bool = False) -> list[ItemCard]:
    """Cards of these items in the given order, with places in a region or blank forms if asked; unknown codes are left out. One SQL query."""
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        return []
    known = cards.told_of_all(division_code, has_forms).filter(code__in=wanted, current_version__isnull=False)
    found = {card.code: card for card in cards.read(known, division_code)}
    return [found[code] for code in wanted if code in found]


def _behind(items: QuerySet[Item], after: str | None) -> QuerySet[Item]:
    order, _, code = (after or "").partition("-")
    if not (order.isascii() and order.isdigit() and len(order) < 10 and code and "\0" not in code):
        return items
    return items.filter(Q(order__gt=int(order)) | Q(order=int(order), code__gt=code))


def _page(items: QuerySet[Item], *, after: str | None, limit: int, total: int | None, division_code: str) -> CardPage:
    shown = cards.read(cards.told(_behind(items, after).order_by("order", "code")[: limit + 1], division_code), division_code)
    rest, shown = shown[limit:], shown[:limit]
    if total is None:
        total = len(items.values_list("pk")[: MOST_COUNTED + 1])
    last = shown[-1] if shown and rest else None
    return CardPage(
        total=min(total, MOST_COUNTED) if total == MOST_COUNTED + 1 else total,
        cards=tuple(shown),
        next_after=f"{last.order}-{last.code}" if last else None,
        is_more_than_total=total == MOST_COUNTED + 1,
    )


def items(
    *, department: str = "", theme: str = "", audience: str = "", online_depth: str = "", after: str | None = None, limit: int = 20,
    division_code: str = "",
) -> CardPage:  # fmt: skip
    """Listed items, most asked-for first, filtered by any of these, placed in a region; `after` is a `next_after`. Two SQL queries.

    The total comes from the tally where at most one of department, theme and audience filters, else it is counted up to 1,000.
    """
    found = _listed()
    if department:
        found = found.filter(department_id=department)
    if theme:
        found = found.filter(itemtheme__theme_id=theme)
    if audience:
        found = found.filter(current_version__audience__contains=[audience])
    if online_depth:
        found = found.filter(current_version__online_depth=online_depth)
    given = [(scope, key) for scope, key in (("department", department), ("theme", theme), ("audience", audience)) if key]
    total: int | None = None
    if len(given) <= 1 and not online_depth:
        scope, key = given[0] if given else ("all", "")
        total = Tally.objects.filter(scope=scope, key=key).values_list("items", flat=True).first() or 0
    return _page(found, after=after, limit=limit, total=total, division_code=division_code)


def items_of_department(code: str, *, after: str | None = None, limit: int = 20, division_code: str = "") -> CardPage:
    """A department's listed items. Two SQL queries."""
    return items(department=code, after=after, limit=limit, division_code=division_code)


def items_of_theme(code: str, *, audience: str = "", after: str | None = None, limit: int = 20, division_code: str = "") -> CardPage:
    """A theme's listed items, for one audience if given. Two SQL queries."""
    return items(theme=code, audience=audience, after=after, limit=limit, division_code=division_code)


# --- themes and counts ------------------------------------------------------------------------------------------------------------


def _theme_rows(found: QuerySet[Theme]) -> list[ThemeRow]:
    counted = Subquery(Tally.objects.filter(scope="theme", key=OuterRef("pk")).values("items")[:1])
    # The tree for people first.
    rows = found.order_by("-audience", "order", "code").annotate(counted=counted)
    columns = ("code", "name", "audience", "stage", "counted")
    return [ThemeRow(code, name, audience, stage, items or 0) for code, name, audience, stage, items in rows.values_list(*columns)]


def themes(*, audience: str = "") -> list[ThemeRow]:
    """Themes with their numbers of items, in order, of one tree if given. One SQL query."""
    return _theme_rows(Theme.objects.filter(audience=audience) if audience else Theme.objects.all())


def theme(code: str) -> ThemeRow | None:
    """One theme. One SQL query."""
    return next(iter(_theme_rows(Theme.objects.filter(pk=code))), None)


def theme_counts() -> dict[str, int]:
    """Listed items by theme code. One SQL query."""
    return dict(Tally.objects.filter(scope="theme").values_list("key", "items"))


def theme_shelves(*, audience: str = "", per_theme: int = 4) -> list[ThemeShelf]:
    """Every theme that holds items, each with its first few. Two SQL queries."""
    place = Window(RowNumber(), partition_by=F("theme_id"), order_by=(F("item__order").asc(), F("item_id").asc()))
    found = ItemTheme.objects.filter(item__status__in=rules.LISTED)
    if audience:
        found = found.filter(theme__audience=audience)
    top = found.annotate(place=place).filter(place__lte=per_theme).order_by("theme_id", "place")
    shelves: dict[str, list[ItemLink]] = {}
    for code, item, name in top.values_list("theme_id", "item_id", "item__current_version__name"):
        shelves.setdefault(code, []).append(ItemLink(item, name))
    return [ThemeShelf(row, tuple(shelves[row.code])) for row in themes(audience=audience) if row.code in shelves]


def department_tallies() -> dict[str, TallyRow]:
    """Listed items by department code; departments without items are absent. One SQL query."""
    rows = Tally.objects.filter(scope="department").values_list("key", "items", "applicable", "full_online")
    return {key: TallyRow(*counts) for key, *counts in rows}


def whole_tally() -> TallyRow:
    """Listed items of the whole catalogue. One SQL query."""
    counts = Tally.objects.filter(scope="all").values_list("items", "applicable", "full_online").first()
    return TallyRow(*counts) if counts else TallyRow(0, 0, 0)


# --- bundles ----------------------------------------------------------------------------------------------------------------------


def _bundle_rows(found: QuerySet[Bundle]) -> list[BundleRow]:
    counted = found.annotate(items=Count("bundleitem")).order_by("order", "code")
    columns = ("code", "name", "audience", "aliases", "items", "materials_total", "materials_distinct")
    return [
        BundleRow(code, name, audience, tuple(aliases), *rest) for code, name, audience, aliases, *rest in counted.values_list(*columns)
    ]


def _bundles(item: str) -> list[BundleRow]:
    return _bundle_rows(Bundle.objects.filter(pk__in=Bundle.objects.filter(bundleitem__item=item).values("pk")))


def bundles(*, audience: str = "") -> list[BundleRow]:
    """All bundles, in order, of one audience if given. One SQL query."""
    return _bundle_rows(Bundle.objects.filter(audience=audience) if audience else Bundle.objects.all())


def bundle(code: str, *, division_code: str = "") -> BundlePage | None:
    """One bundle with its items, in doing order. Two SQL queries."""
    row = next(iter(_bundle_rows(Bundle.objects.filter(pk=code))), None)
    if row is None:
        return None
    held = Item.objects.filter(bundleitem__bundle=code, current_version__isnull=False)
    return BundlePage(row, tuple(cards.read(cards.told(held.order_by("bundleitem__order"), division_code), division_code)))


# --- base tables ------------------------------------------------------------------------------------------------------------------

_DIVISION = ("code", "name", "level", "parent_code", "is_gb2260")


def divisions(*, parent_code: str = "") -> list[DivisionRow]:
    """The divisions right below one ("" for the top), by code. One SQL query."""
    return [DivisionRow(*row) for row in Division.objects.filter(parent_code=parent_code).order_by("code").values_list(*_DIVISION)]


def division(code: str) -> DivisionRow | None:
    """One division. One SQL query."""
    row = Division.objects.filter(pk=code).values_list(*_DIVISION).first()
    return DivisionRow(*row) if row else None


def cert_types() -> list[CertTypeRow]:
    """All types of licences, by code. One SQL query."""
    rows = CertType.objects.order_by("code").values_list("code", "name", "holder", "issuer", "number_field", "aliases")
    return [CertTypeRow(*row[:5], tuple(row[5])) for row in rows]
