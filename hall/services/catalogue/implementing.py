"""Who carries an item out where (实施, §5.2): regions, halls (办事大厅) and the place of an item for one region.

An item needs no row for each division: at the levels where it is exercised, the hall of the division itself is the place. Rows of
`Implementation` say what differs. The nearest division of county → city → province decides.
"""

import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import Error, transaction
from django.db.models import JSONField, Value
from django.db.models.expressions import Combinable, RawSQL

from hall.services.catalogue.announcing import announce
from hall.services.catalogue.intake.batch import most
from hall.services.catalogue.models import Division, Implementation, Item, Venue
from hall.services.catalogue.places import ImplementationRow, Region, Regions
from hall.services.catalogue.rows import ItemCard
from hall.services.catalogue.rules import DivisionLevel
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, NotAllowed, Role, require
from hall.support.audit import trail
from hall.support.refusals import NotFound, Refusal

__all__ = ["ImplementationRow", "Region", "Regions", "implementation_of", "implementations_for", "regions"]

logger = logging.getLogger("hall.catalogue")

# Divisions change once in years; another process learns of it within a minute.
KEEP_SECONDS = 60.0
_LEVELS = (DivisionLevel.PROVINCE, DivisionLevel.CITY, DivisionLevel.COUNTY)
# Levels of items (rules.Level), the widest first.
_WIDEST_FIRST = ("state", "province", "city", "county", "town", "village")


class PromiseTooLong(Refusal):
    sentence = "承诺时限不能超过这个事项的法定时限。"
    field = "promised_days"


class NoSuchRegion(Refusal):
    sentence = "没有这个地区，请从列表中选择省、市或县（市、区）。"
    field = "division_code"


class NoSuchVenue(Refusal):
    sentence = "没有这个办事大厅，请先登记大厅再安排事项。"
    field = "venue_code"


class BadVenue(Refusal):
    sentence = "办事大厅的信息不完整。"


# --- regions ----------------------------------------------------------------------------------------------------------------------


_kept: list[tuple[float, Regions]] = []  # one entry or none
_lock = Lock()


def regions() -> Regions:
    """All regions. One SQL query a minute and process, else none; with the database away the last ones known."""
    kept = _kept[0] if _kept else None
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    # One thread asks; the others go on with the old ones, if there are any.
    if not _lock.acquire(blocking=kept is None):
        assert kept is not None
        return kept[1]
    try:
        fresh = _read_regions()
    except Error as fault:
        if kept is None:
            raise
        logger.warning("event=regions.unknown fault=%s", type(fault).__name__)
        fresh = kept[1]
    finally:
        _lock.release()
    _kept[:] = [(time.monotonic() + KEEP_SECONDS, fresh)]
    return fresh


def forget_regions() -> None:
    """Read the table anew at the next call of `regions`."""
    _kept.clear()


def region_codes() -> set[str]:
    """Codes of the province, its cities and counties, as the table says now. One SQL query."""
    return set(Division.objects.filter(is_gb2260=True, level__in=_LEVELS).values_list("code", flat=True))


def _read_regions() -> Regions:
    rows = Division.objects.filter(is_gb2260=True, level__in=_LEVELS).order_by("code").values_list("code", "name", "level", "parent_code")
    held = {code: (name, level, parent) for code, name, level, parent in rows}

    def lineage(code: str) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        while code in held and len(found) < len(_LEVELS):
            found.append((code, held[code][1]))
            code = held[code][2]
        return tuple(found)

    def full_name(code: str) -> str:
        name, level, parent = held[code]
        return held[parent][0] + name if level == DivisionLevel.COUNTY and parent in held else name

    return Regions({code: Region(code, *held[code], full_name(code), lineage(code)) for code in held})


# --- the place of an item ---------------------------------------------------------------------------------------------------------


# The nearest division that has a row of its own or exercises the item at its level; failing that the one asked for.
_PLACE = """(
  SELECT to_jsonb(found) FROM (
    SELECT c.division AS division_code, COALESCE(m.promised_days, v.promised_days) AS promised_days, v.promised_days AS item_promised_days,
           v.day_unit, v.levels, m.id IS NOT NULL OR c.level = ANY (v.levels) AS fits, m.id IS NOT NULL AS has_row, COALESCE(m.counter, '') AS counter,
           COALESCE(NULLIF(m.phone, ''), n.phone, '') AS phone, n.code AS venue_code, n.name AS venue_name, n.address, n.hours,
           n.longitude, n.latitude, n.transport
    FROM catalogue_item_version v
    CROSS JOIN unnest(%s::text[], %s::text[]) WITH ORDINALITY AS c (division, level, place)
    LEFT JOIN catalogue_implementation m ON m.item_id = catalogue_item.code AND m.division_id = c.division
    LEFT JOIN catalogue_venue n ON n.code = COALESCE(m.venue_id, c.division)
    WHERE v.id = catalogue_item.current_version_id
    ORDER BY fits DESC, c.place LIMIT 1
  ) found
)"""


def place(division_code: str) -> RawSQL:
    """The place of each item of a query over items, as a JSON column for `place_row`; it costs that query no statement more."""
    known = regions()
    region = known.by_code.get(division_code) or known.province
    lineage = region.lineage if region else ()
    return RawSQL(_PLACE, [[code for code, _ in lineage], [level for _, level in lineage]], output_field=JSONField())  # noqa: S611


def place_row(item_code: str, found: Mapping[str, Any] | None, division_code: str) -> ImplementationRow | None:
    """What `place` found as a row; None while no divisions are loaded."""
    if found is None:
        return None
    known = regions()
    region = known.by_code.get(division_code) or known.province
    holder = known.by_code.get(found["division_code"])
    assert region is not None
    texts = ("venue_code", "venue_name", "address", "hours", "phone", "counter", "longitude", "latitude", "transport")
    below = _WIDEST_FIRST[_WIDEST_FIRST.index(region.level) + 1 :]
    return ImplementationRow(
        item_code=item_code,
        division_code=found["division_code"],
        division_name=holder.name if holder else "",
        division_level=holder.level if holder else "",
        region_code=region.code,
        promised_days=found["promised_days"],
        item_promised_days=found["item_promised_days"],
        day_unit=found["day_unit"],
        has_row=found["has_row"],
        is_below=not found["fits"] and not set(found["levels"]).isdisjoint(below),
        **{name: found[name] or "" for name in texts},
    )


def card_place(division_code: str) -> Combinable:
    """The same for lists, where nothing is looked up unless a region was asked for."""
    return place(division_code) if division_code else Value(None, output_field=JSONField())


def placed(card: ItemCard, found: Mapping[str, Any] | None, division_code: str) -> ItemCard:
    """The card with its place and time limit in the region."""
    row = place_row(card.code, found, division_code)
    return replace(card, place=row, promised_days=row.promised_days) if row else card


def implementations_for(codes: Iterable[str], division_code: str) -> dict[str, ImplementationRow]:
    """The places of these items for one region ("" for the province), unknown items left out. One SQL query, none for no codes."""
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        return {}
    items = Item.objects.filter(code__in=wanted, current_version__isnull=False).annotate(place=place(division_code))
    rows = ((code, place_row(code, found, division_code)) for code, found in items.values_list("code", "place"))
    return {code: row for code, row in rows if row is not None}


def implementation_of(code: str, division_code: str) -> ImplementationRow | None:
    """The place of one item for a region, resolved county → city → province; None for an item never published. One SQL query.

    Source: §5.2; domain.md §3 办理地点、时间.
    """
    return implementations_for([code], division_code).get(code)


# --- writing ----------------------------------------------------------------------------------------------------------------------

_PHONE = re.compile(r"[0-9+()\- 转、,，]{3,40}")


def check_coordinate(text: str, least: float, most: float) -> bool:
    """Whether the text is a decimal number in the range, or empty."""
    return not text or (bool(re.fullmatch(r"\d{1,3}(\.\d{1,8})?", text)) and least <= float(text) <= most)


@transaction.atomic
def set_venue(
    *, actor: Actor, code: str, division_code: str, name: str, address: str = "", hours: str = "", phone: str = "", longitude: str = "",
    latitude: str = "", transport: str = "", now: datetime,
) -> None:  # fmt: skip
    """Register a hall or change it. The hall whose code is a division's own is where that division handles what has no other place.

    The administrator sets any; a department's staff only halls of its own, whose codes begin with the department's and a hyphen.

    Raises: NotAllowed, SignInNeeded, NoSuchRegion, BadVenue. Source: §5.2; domain.md §3 办理地点.
    """
    _require_venue(actor, code)
    values = {"name": name, "address": address, "hours": hours, "phone": phone, "longitude": longitude, "latitude": latitude}
    values = {field: text.strip() for field, text in (values | {"transport": transport}).items()}
    _check_venue(code, values)
    if division_code not in region_codes():
        raise NoSuchRegion
    Venue.objects.update_or_create(code=code, defaults={"division_id": division_code, **values})
    announce()
    trail.record(actor, "venue.set", code, at=now)


def _require_venue(actor: Actor, code: str) -> None:
    require(actor, Role.SYS_ADMIN, *DEPARTMENT_ROLES)
    if not actor.has(Role.SYS_ADMIN) and not (actor.department_code and code.startswith(f"{actor.department_code}-")):
        raise NotAllowed


def _check_venue(code: str, values: Mapping[str, str]) -> None:
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z-]{1,19}", code):
        raise BadVenue("大厅编码应为 2 至 20 位大写字母、数字或短横线。", field="code")
    if not values["name"]:
        raise BadVenue("请填写大厅名称。", field="name")
    for field, text in values.items():
        if len(text) > most(Venue, field):
            raise BadVenue(f"最多 {most(Venue, field)} 个字，现在是 {len(text)} 个。", field=field)
    _check_phone(values["phone"])
    if not check_coordinate(values["longitude"], 73, 136) or not check_coordinate(values["latitude"], 3, 54):
        raise BadVenue("经纬度应为我国范围内的十进制度数，例如 117.0009 和 36.6758。", field="longitude")
    if bool(values["longitude"]) != bool(values["latitude"]):
        raise BadVenue("经度和纬度要一起填写。", field="longitude")


def _check_phone(phone: str) -> None:
    if phone and not _PHONE.fullmatch(phone):
        raise BadVenue(f"电话“{phone[:40]}”应为号码，例如 0531-12345。", field="phone")


@transaction.atomic
def set_implementation(
    *, actor: Actor, item_code: str, division_code: str, venue_code: str, counter: str = "", phone: str = "",
    promised_days: int | None = None, now: datetime,
) -> None:  # fmt: skip
    """Say where and how fast an item is handled in one region, instead of the region's own hall. Empty and None: as hall and item say.

    By the item's department or the administrator.

    Raises: NotAllowed, SignInNeeded, NotFound, NoSuchRegion, NoSuchVenue, PromiseTooLong, BadVenue.
    Source: §5.2; domain.md §3 承诺办结时限 ≤ 法定办结时限.
    """
    _require_item(actor, item_code)
    if division_code not in region_codes():
        raise NoSuchRegion
    if not Venue.objects.filter(pk=venue_code).exists():
        raise NoSuchVenue
    counter, phone = counter.strip(), phone.strip()
    _check_phone(phone)
    if len(counter) > 60:
        raise BadVenue(f"窗口最多 60 个字，现在是 {len(counter)} 个。", field="counter")
    statutory = Item.objects.filter(pk=item_code).values_list("current_version__statutory_days", flat=True).get()
    check_promise(promised_days, statutory or 0)
    values = {"venue_id": venue_code, "counter": counter, "phone": phone, "promised_days": promised_days}
    Implementation.objects.update_or_create(item_id=item_code, division_id=division_code, defaults=values)
    announce()
    trail.record(actor, "implementation.set", f"{item_code} {division_code}", at=now)


def check_promise(promised_days: int | None, statutory_days: int) -> None:
    """A region's time limit keeps to the law; 0 statutory days mean that the law sets none. Raises: PromiseTooLong."""
    if promised_days is None:
        return
    if not 0 <= promised_days <= 3650:
        raise PromiseTooLong("承诺时限应是 0 至 3650 的整数。")
    if statutory_days and promised_days > statutory_days:
        raise PromiseTooLong(f"承诺时限 {promised_days} 天超过了法定时限 {statutory_days} 天。")


@transaction.atomic
def remove_implementation(*, actor: Actor, item_code: str, division_code: str, now: datetime) -> None:
    """Let a region's own hall be the item's place again; nothing happens where no row was. Raises: NotAllowed, SignInNeeded, NotFound."""
    _require_item(actor, item_code)
    removed, _ = Implementation.objects.filter(item_id=item_code, division_id=division_code).delete()
    if removed:
        announce()
        trail.record(actor, "implementation.removed", f"{item_code} {division_code}", at=now)


def _require_item(actor: Actor, item_code: str) -> None:
    require(actor, Role.SYS_ADMIN, *DEPARTMENT_ROLES)
    department = Item.objects.filter(pk=item_code).values_list("department_id", flat=True).first()
    if department is None:
        raise NotFound
    if not actor.has(Role.SYS_ADMIN) and actor.department_code != department:
        raise NotAllowed
