"""Halls and where items are handled: venues.csv and implementations.csv, both optional."""

from pathlib import Path

from hall.services.catalogue import implementing
from hall.services.catalogue.intake.batch import Batch, most, sync, unique
from hall.services.catalogue.intake.files import read_csv
from hall.services.catalogue.models import Division, Implementation, Item, Venue
from hall.services.catalogue.report import Diff, FileReport

VENUE_CODE = (r"[0-9A-Z][0-9A-Z-]{1,19}", "2 至 20 位大写字母、数字或短横线")
_PHONE = (r"[0-9+()\- 转、,，]{3,40}", "电话号码，例如 0531-12345")
_COLUMNS = ("venue_id", "counter", "phone", "promised_days")


def load_venues(batch: Batch, path: Path) -> None:
    """venues.csv; a hall whose code is a division's own is where that division handles what has no other place. Others stay."""
    columns = ("code", "division_code", "name", "address", "hours", "phone")
    rows, problems = read_csv(path, columns=columns, optional=("longitude", "latitude", "transport"))
    batch.problems += problems
    divisions = set(Division.objects.values_list("code", flat=True))
    records = {}
    for row in rows:
        cells = batch.cells(path, row)
        code = cells.form("code", *VENUE_CODE)
        record = {"division_id": cells.text("division_code", most=12), "name": cells.text("name", most=most(Venue, "name"))}
        cells.known("division_code", [record["division_id"]], divisions, "行政区划")
        for field in ("address", "hours", "longitude", "latitude", "transport"):
            record[field] = cells.text(field, most=most(Venue, field), default="")
        record["phone"] = cells.form("phone", *_PHONE, default="")
        for field, least, highest in (("longitude", 73, 136), ("latitude", 3, 54)):
            if not implementing.check_coordinate(record[field], least, highest):
                cells.fail(field, f"“{record[field]}”应是 {least} 至 {highest} 的十进制度数")
        if bool(record["longitude"]) != bool(record["latitude"]):
            cells.fail("longitude", "经度和纬度要一起填写")
        records[code] = record
    unique(batch, path, ((row, row.values["code"]) for row in rows), "编码", "code")
    if not batch.is_bad(path.name):
        sync(batch, path.name, Venue, records)


def load_implementations(batch: Batch, path: Path) -> None:
    """implementations.csv: what differs in one region; an empty `promised_days` means as the item says. Rows of other regions stay."""
    columns = ("item_code", "division_code", "venue_code", "counter", "phone", "promised_days")
    rows, problems = read_csv(path, columns=columns)
    batch.problems += problems
    statutory = dict(Item.objects.filter(current_version__isnull=False).values_list("code", "current_version__statutory_days"))
    regions = implementing.region_codes()
    venues = set(Venue.objects.values_list("code", flat=True))
    wanted: dict[tuple[str, str], tuple[str, str, str, int | None]] = {}
    for row in rows:
        cells = batch.cells(path, row)
        item, division = cells.text("item_code", most=12), cells.text("division_code", most=12)
        venue = cells.text("venue_code", most=20)
        cells.known("item_code", [item], statutory, "事项")
        cells.known("division_code", [division], regions, "省、市或县（市、区）")
        cells.known("venue_code", [venue], venues, "办事大厅")
        days = cells.whole("promised_days", most=3650) if row.values["promised_days"] else None
        limit = statutory.get(item, 0)
        if days is not None and limit and days > limit:
            cells.fail("promised_days", f"承诺时限 {days} 天超过了法定时限 {limit} 天")
        counter = cells.text("counter", most=most(Implementation, "counter"), default="")
        wanted[item, division] = (venue, counter, cells.form("phone", *_PHONE, default=""), days)
    unique(batch, path, ((row, f"{row.values['item_code']} {row.values['division_code']}") for row in rows), "事项和区划", "item_code")
    if not batch.is_bad(path.name):
        _store(batch, path.name, wanted)


def _store(batch: Batch, file: str, wanted: dict[tuple[str, str], tuple[str, str, str, int | None]]) -> None:
    items = {item for item, _ in wanted}
    rows = Implementation.objects.filter(item__in=items).values_list("item_id", "division_id", *_COLUMNS)
    held = {(item, division): tuple(rest) for item, division, *rest in rows}
    added = [key for key in wanted if key not in held]
    changed = [key for key in wanted if key in held and held[key] != wanted[key]]
    Implementation.objects.bulk_create(
        [Implementation(item_id=key[0], division_id=key[1], **dict(zip(_COLUMNS, wanted[key], strict=True))) for key in (*added, *changed)],
        batch_size=5000,
        update_conflicts=True,
        unique_fields=["item", "division"],
        update_fields=list(_COLUMNS),
    )
    batch.diffs += [Diff(file, f"{item} {division}", "", "", wanted[item, division][0]) for item, division in added]
    for key in changed:
        old, new = (dict(zip(_COLUMNS, values, strict=True)) for values in (held[key], wanted[key]))
        batch.differs(file, f"{key[0]} {key[1]}", old, new)
    batch.files.append(FileReport(file, len(added), len(changed), len(wanted) - len(added) - len(changed)))
