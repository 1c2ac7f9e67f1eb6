"""What the search index reads of the catalogue; part of `queries`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from hall.services.catalogue import rules
from hall.services.catalogue.models import Item, ItemTheme, Keyword, Situation, Synonym

Member = TypeVar("Member")
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class SearchableItem:
    """What the search index knows of an item. `synonyms` are citizens' words for it, `situations` what happened to those who need it,
    `themes` codes, `theme_names` their names."""

    code: str
    name: str
    keywords: tuple[str, ...]
    synonyms: tuple[str, ...]
    situations: tuple[str, ...]
    department_code: str
    department_name: str
    department_short: str
    department_aliases: tuple[str, ...]
    themes: tuple[str, ...]
    theme_names: tuple[str, ...]
    audience: tuple[str, ...]
    item_type: str
    online_depth: str
    is_applicable: bool
    is_bookable: bool
    region_scope: str
    promised_days: int
    order: int


@dataclass(frozen=True, slots=True)
class SynonymRow:
    """A citizen's word, the official one, and the items it leads to (none: the word alone is replaced)."""

    citizen_term: str
    official_term: str
    kind: str
    item_codes: tuple[str, ...]


def searchable_items(codes: Iterable[str] | None = None) -> Iterator[SearchableItem]:
    """Listed items as the search index wants them, all or these, by code. Five SQL queries for each 1,000 items.

    A code asked for and not returned is no longer listed: take it out of the index.
    """
    wanted = None if codes is None else sorted(set(codes))
    last = ""
    while True:
        found = Item.objects.filter(status__in=rules.LISTED, code__gt=last)
        if wanted is not None:
            found = found.filter(code__in=wanted)
        columns = ("code", "current_version__name", "department_id", "department__name", "department__short_name", "department__aliases")
        own = ("audience", "item_type", "online_depth", "applicable", "bookable", "region_scope", "promised_days")
        rows = list(found.order_by("code")[:_CHUNK].values_list(*columns, *(f"current_version__{name}" for name in own), "order"))
        yield from _searchable(rows)
        if len(rows) < _CHUNK:
            return
        last = rows[-1][0]


def _searchable(rows: list[tuple[Any, ...]]) -> Iterator[SearchableItem]:
    codes = [row[0] for row in rows]
    keywords = _grouped(Keyword.objects.filter(item__in=codes).order_by("order", "word").values_list("item_id", "word"))
    said = Situation.objects.filter(item__in=codes, is_off=False).order_by("order", "pk")
    situations = _grouped(said.values_list("item_id", "text"))
    terms = Synonym.objects.filter(items__in=codes, is_off=False).order_by("citizen_term", "pk")
    synonyms = _grouped(terms.values_list("items__code", "citizen_term"))
    held = ItemTheme.objects.filter(item__in=codes).order_by("theme__order", "theme_id")
    themes_of = _grouped((item, (code, name)) for item, code, name in held.values_list("item_id", "theme_id", "theme__name"))
    for code, name, department, department_name, short, aliases, audience, item_type, depth, applicable, *rest, order in rows:
        bookable, region_scope, promised_days = rest
        yield SearchableItem(
            code=code,
            name=name,
            keywords=keywords.get(code, ()),
            synonyms=synonyms.get(code, ()),
            situations=situations.get(code, ()),
            department_code=department,
            department_name=department_name,
            department_short=short,
            department_aliases=tuple(aliases),
            themes=tuple(theme_code for theme_code, _ in themes_of.get(code, ())),
            theme_names=tuple(theme_name for _, theme_name in themes_of.get(code, ())),
            audience=tuple(audience),
            item_type=item_type,
            online_depth=depth,
            is_applicable=applicable,
            is_bookable=bookable,
            region_scope=region_scope,
            promised_days=promised_days,
            order=order,
        )


def _grouped(pairs: Iterable[tuple[str, Member]]) -> dict[str, tuple[Member, ...]]:
    groups: dict[str, dict[Member, None]] = {}
    for key, member in pairs:
        groups.setdefault(key, {})[member] = None
    return {key: tuple(members) for key, members in groups.items()}


def synonyms() -> list[SynonymRow]:
    """All synonyms, for replacing words in a query. One SQL query."""
    rows = Synonym.objects.filter(is_off=False).annotate(
        codes=ArrayAgg("items", filter=Q(items__isnull=False), default=[], order_by="items")
    )
    columns = ("citizen_term", "official_term", "kind", "codes")
    found = rows.order_by("citizen_term", "pk").values_list(*columns)
    return [SynonymRow(term, official, kind, tuple(codes)) for term, official, kind, codes in found]
