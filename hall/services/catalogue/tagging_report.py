"""分类情况: which items nobody sorted yet, and how the sets that the standard fixes are used (§5.1 主题分类)."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from hall.services.catalogue import rules
from hall.services.catalogue.models import Item, ItemTheme
from hall.services.catalogue.tag_models import ItemTag
from hall.services.catalogue.tagging_bulk import ChosenItem

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class MissingPage:
    """A stretch of the items that lack something. `total` is exact up to 1,000."""

    total: int
    is_more_than_total: bool
    items: tuple[ChosenItem, ...]
    next_after: str | None


def _lacking(what: str) -> QuerySet[Item]:
    """Listed items without a theme ("themes"), without any tag ("tags"), or without a tag of one set (its code)."""
    listed = Item.objects.filter(status__in=rules.LISTED)
    if what == "themes":
        return listed.filter(~Exists(ItemTheme.objects.filter(item=OuterRef("pk"))))
    tags = ItemTag.objects.filter(item=OuterRef("pk"), is_off=False, tag__is_off=False, tag__tag_set__is_off=False)
    return listed.filter(~Exists(tags if what == "tags" else tags.filter(tag__tag_set=what)))


def lacking_counts(sets: Collection[str]) -> dict[str, int]:
    """How many listed items lack a theme, any tag, and a tag of each of these sets; counted up to 1,001. One SQL query for each."""
    return {what: len(_lacking(what).values_list("pk")[: MOST_COUNTED + 1]) for what in ("themes", "tags", *sets)}


def lacking(what: str, *, after: str = "", limit: int = 50) -> MissingPage:
    """Items that lack it, by code; `after` is a `next_after`. Two SQL queries."""
    found = _lacking(what)
    counted = len(found.values_list("pk")[: MOST_COUNTED + 1])
    rows = found.filter(code__gt=after.replace("\0", "")).order_by("code") if after else found.order_by("code")
    columns = ("code", "current_version__name", "department__short_name")
    items = tuple(ChosenItem(*row) for row in rows.values_list(*columns)[: limit + 1])
    shown = items[:limit]
    return MissingPage(min(counted, MOST_COUNTED), counted > MOST_COUNTED, shown, shown[-1].code if len(items) > limit else None)


@dataclass(frozen=True, slots=True)
class WordCount:
    """A word that the standard fixes, and how many listed items carry it."""

    word: str
    label: str
    items: int


_FIXED: tuple[tuple[str, str, type[rules.Word]], ...] = (
    ("事项类型", "item_type", rules.ItemType),
    ("网上办理深度", "online_depth", rules.OnlineDepth),
    ("服务对象", "audience", rules.Audience),
    ("行使层级", "levels", rules.Level),
)


def fixed_words() -> list[tuple[str, list[WordCount]]]:
    """The sets that the standard fixes, with their numbers of listed items. One SQL query."""
    names = [name for _, name, _ in _FIXED]
    listed = Item.objects.filter(status__in=rules.LISTED).order_by()
    # A few hundred combinations at most, however many items there are.
    rows = list(listed.values_list(*(f"current_version__{name}" for name in names)).annotate(items=Count("pk")))
    found = []
    for place, (title, _, words) in enumerate(_FIXED):
        counts: Counter[str] = Counter()
        for row in rows:
            held = row[place]
            counts.update(dict.fromkeys(held if isinstance(held, list) else [held], row[-1]))
        found.append((title, [WordCount(word.value, word.label, counts[word.value]) for word in words]))
    return found
