"""批量打标签: choose items, see which of them would change, then do exactly that; and which items nobody sorted yet (§5.1 主题分类)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, When

from hall.services.catalogue import rules
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.models import Item, ItemTheme, Tally, Theme
from hall.services.catalogue.publishing import keep_imports_out
from hall.services.catalogue.tag_models import ItemTag, Tag
from hall.services.catalogue.tagging_items import untag
from hall.services.catalogue.tagging_rules import BadText, MovedMeanwhile
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail

MOST_AT_ONCE = 20_000
MOST_CODES = 300
MOST_SHOWN = 200
MOST_COUNTED = 1000
LINK = "themes"
_STEP = 10


class NothingChosen(BadText):
    sentence = "请至少选一个条件，或者填写事项编码。"


class TooMany(BadText):
    sentence = f"一次最多改 {MOST_AT_ONCE:,} 个事项，请缩小范围。"


class UnknownItems(BadText):
    field = "codes"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items: all given conditions together. `codes` are item codes, `text` stands in the name, the others are codes and words."""

    department: str = ""
    theme: str = ""
    item_type: str = ""
    audience: str = ""
    text: str = ""
    codes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any((self.department, self.theme, self.item_type, self.audience, self.text, self.codes))

    def __str__(self) -> str:
        given = {name: getattr(self, name) for name in ("department", "theme", "item_type", "audience", "text")}
        words = [f"{name}={value}" for name, value in given.items() if value]
        return " ".join([*words, *([f"codes={len(self.codes)}"] if self.codes else [])])


@dataclass(frozen=True, slots=True)
class Target:
    """What is put on the items or taken from them: one tag or one theme."""

    kind: str
    code: str
    name: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class ChosenItem:
    """One item that would change."""

    code: str
    name: str
    department_short: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming would do: `changing` items of `matched` ones change; `token` names exactly these. Of them the first are shown."""

    target: Target
    is_adding: bool
    matched: int
    changing: int
    token: str
    items: tuple[ChosenItem, ...]


def codes_in(text: str) -> tuple[str, ...]:
    """Item codes out of what a person pasted, each once. Raises: UnknownItems for more than 300."""
    codes = tuple(dict.fromkeys(code for code in re.split(r"[\s,，;；、]+", text.replace("\0", " ").strip()) if code))
    if len(codes) > MOST_CODES:
        raise UnknownItems(f"一次最多填 {MOST_CODES} 个编码，现在是 {len(codes)} 个。")
    return codes


# --- preview ----------------------------------------------------------------------------------------------------------------------


def _target(target: Target) -> Target:
    if target.kind == "tag":
        row = Tag.objects.filter(pk=target.code, is_off=False, tag_set__is_off=False).values_list("name", "tag_set__name").first()
    elif target.kind == "theme":
        held = Theme.objects.filter(pk=target.code).values_list("name", "audience").first()
        row = (held[0], f"{rules.Audience(held[1]).label}主题") if held else None
    else:
        row = None
    if row is None:
        raise BadText("请选择标签或主题。", field="target")
    return Target(target.kind, target.code, *row)


def _chosen(choice: Choice) -> QuerySet[Item]:
    """Published and suspended items that fit. Raises: NothingChosen, UnknownItems."""
    if choice.is_empty:
        raise NothingChosen(field="department")
    items = Item.objects.filter(status__in=rules.LISTED)
    if choice.codes:
        known = set(items.filter(code__in=choice.codes).values_list("code", flat=True))
        unknown = [code[:20] for code in choice.codes if code not in known]
        if unknown:
            named = "、".join(unknown[:5])
            raise UnknownItems(f"没有这些编码的事项，或者已经取消：{named}{' 等' if len(unknown) > 5 else ''}。")
        items = items.filter(code__in=choice.codes)
    plain = {"department_id": choice.department, "current_version__item_type": choice.item_type, "itemtheme__theme_id": choice.theme}
    items = items.filter(**{name: value for name, value in plain.items() if value})
    if choice.audience:
        items = items.filter(current_version__audience__contains=[choice.audience])
    return items.filter(current_version__name__icontains=choice.text) if choice.text else items


def _changing(choice: Choice, target: Target, is_adding: bool) -> tuple[QuerySet[Item], QuerySet[Item]]:
    items = _chosen(choice)
    has = (
        Exists(ItemTag.objects.filter(item=OuterRef("pk"), tag=target.code, is_off=False))
        if target.kind == "tag"
        else Exists(ItemTheme.objects.filter(item=OuterRef("pk"), theme=target.code))
    )
    return items, items.filter(~has if is_adding else has)


def _codes(choice: Choice, changing: QuerySet[Item]) -> list[str]:
    """In the order that was pasted, else in the order of lists. Raises: TooMany."""
    order: list[str | Case] = ["order", "code"]
    if choice.codes:
        order = [Case(*(When(code=code, then=place) for place, code in enumerate(choice.codes)))]
    codes = list(changing.order_by(*order).values_list("code", flat=True)[: MOST_AT_ONCE + 1])
    if len(codes) > MOST_AT_ONCE:
        raise TooMany(field="department")
    return codes


def _token(target: Target, is_adding: bool, codes: Sequence[str]) -> str:
    return hashlib.sha256(repr((target.kind, target.code, is_adding, codes)).encode()).hexdigest()[:32]


def preview(*, actor: Actor, choice: Choice, target: Target, is_adding: bool) -> Preview:
    """What `apply` would do now; nothing is changed. Five SQL queries at most.

    Raises: NotAllowed, BadText (no tag, no condition, unknown codes, more than 20,000 items).
    """
    require(actor, Role.SYS_ADMIN)
    target = _target(target)
    matched, changing = _changing(choice, target, is_adding)
    codes = _codes(choice, changing)
    shown = Item.objects.filter(code__in=codes[:MOST_SHOWN]).values_list("code", "current_version__name", "department__short_name")
    named = {row[0]: ChosenItem(*row) for row in shown}
    items = tuple(named[code] for code in codes[:MOST_SHOWN])
    return Preview(target, is_adding, matched.count(), len(codes), _token(target, is_adding, codes), items)


# --- doing it ---------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def apply(*, actor: Actor, choice: Choice, target: Target, is_adding: bool, token: str, now: datetime) -> int:
    """Do what the preview with this token showed, to the item; returns how many items changed.

    Raises: NotAllowed, BadText as the preview, MovedMeanwhile (the items are no longer those of the preview), ImportUnderWay.
    """
    require(actor, Role.SYS_ADMIN)
    keep_imports_out()
    _hold(target)
    target = _target(target)
    codes = _codes(choice, _changing(choice, target, is_adding)[1])
    if _token(target, is_adding, codes) != token:
        raise MovedMeanwhile
    done = (_tag(target.code, codes, is_adding) if target.kind == "tag" else _theme(target.code, codes, is_adding)) if codes else 0
    deed = "added" if is_adding else "taken"
    trail.record(actor, f"{target.kind}.items_{deed}", target.code, detail=f"items={done} {choice}", at=now)
    if codes:
        announce(codes if target.kind == "theme" else ())
    return done


def _hold(target: Target) -> None:
    """Whoever changes what is under the same tag waits here: so what is counted afterwards is what is done."""
    held = Tag if target.kind == "tag" else Theme
    held._default_manager.select_for_update(no_key=True).filter(pk=target.code).first()


def _tag(tag: str, codes: Sequence[str], is_adding: bool) -> int:
    rows = dict(ItemTag.objects.filter(tag=tag, item__in=codes).values_list("item_id", "pk"))
    if not is_adding:
        untag(list(rows.values()))
        return len(rows)
    last = ItemTag.objects.filter(tag=tag).aggregate(last=Max("order"))["last"] or 0
    ItemTag.objects.filter(pk__in=rows.values()).update(is_off=False, origin=rules.Origin.HALL)
    fresh = [code for code in codes if code not in rows]
    made = [
        ItemTag(tag_id=tag, item_id=code, order=last + place * _STEP, origin=rules.Origin.HALL) for place, code in enumerate(fresh, start=1)
    ]
    ItemTag.objects.bulk_create(made, batch_size=2000)
    return len(rows) + len(made)


def _theme(theme: str, codes: Sequence[str], is_adding: bool) -> int:
    if is_adding:
        done = len(ItemTheme.objects.bulk_create([ItemTheme(item_id=code, theme_id=theme) for code in codes], batch_size=2000))
    else:
        done = ItemTheme.objects.filter(theme=theme, item__in=codes).delete()[0]
    for item in (unmarked := list(Item.objects.filter(code__in=codes).exclude(hall_links__contains=[LINK]).only("code", "hall_links"))):
        item.hall_links = sorted({*item.hall_links, LINK})
    Item.objects.bulk_update(unmarked, ["hall_links"], batch_size=2000)
    _recount(theme)
    return done


def _recount(theme: str) -> None:
    counted = Item.objects.filter(status__in=rules.LISTED, itemtheme__theme=theme).aggregate(
        items=Count("code"),
        applicable=Count("code", filter=Q(current_version__applicable=True)),
        full_online=Count("code", filter=Q(current_version__online_depth=rules.OnlineDepth.FULL)),
    )
    Tally.objects.update_or_create(scope=rules.TallyScope.THEME, key=theme, defaults=counted)
