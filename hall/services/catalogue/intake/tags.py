"""Life events and the items under each tag: life_events.csv and item_tags.csv. A file manages its own rows only."""

from collections import defaultdict
from pathlib import Path

from hall.services.catalogue import rules
from hall.services.catalogue.intake.batch import Batch, most, unique
from hall.services.catalogue.intake.files import read_csv
from hall.services.catalogue.models import Item
from hall.services.catalogue.report import Diff, FileReport, Problem
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet

TAG_CODE = (r"[a-z][a-z0-9-]{1,19}", "2 至 20 位小写字母、数字和短横线，字母开头")
# The two sets that the hall ships: the walk through a person's life, and through an organisation's.
LIFE_SETS = {rules.Audience.PERSON: ("life-person", "人生事件"), rules.Audience.ORG: ("life-org", "企业事件")}
# The console may put something between two rows of a file.
_STEP = 10


def load_life_events(batch: Batch, path: Path) -> None:
    """life_events.csv: the tags of the two sets of life events; the order of its lines is the order on the pages."""
    rows, problems = read_csv(path, columns=("code", "audience", "stage", "name", "note"))
    batch.problems += problems
    records: dict[str, dict[str, object]] = {}
    places: dict[str, int] = defaultdict(int)
    for row in rows:
        cells = batch.cells(path, row)
        audience = rules.Audience(cells.word("audience", rules.Audience))
        places[audience] += _STEP
        records[cells.form("code", *TAG_CODE)] = {
            "tag_set_id": LIFE_SETS[audience][0],
            "name": cells.text("name", most=most(Tag, "name")),
            "stage": cells.text("stage", most=most(Tag, "stage"), default=""),
            "note": cells.text("note", most=most(Tag, "note"), default=""),
            "order": places[audience],
        }
    unique(batch, path, ((row, row.values["code"]) for row in rows), "编码", "code")
    unique(batch, path, ((row, f"{row.values['audience']} {row.values['name']}") for row in rows), "名称", "name")
    names = {(record["tag_set_id"], record["name"]) for record in records.values()}
    others = Tag.objects.filter(tag_set__in=[code for code, _ in LIFE_SETS.values()]).exclude(
        code__in=list(records), origin=rules.Origin.FILE
    )
    for code, tag_set, name in others.values_list("code", "tag_set_id", "name"):
        if (tag_set, name) in names and code not in records:
            batch.problems.append(Problem(path.name, 0, "name", f"名称“{name}”已经属于标签 {code}"))
    if not batch.is_bad(path.name):
        _store_events(batch, path.name, records)


def _store_events(batch: Batch, file: str, records: dict[str, dict[str, object]]) -> None:
    for order, (audience, (code, name)) in enumerate(LIFE_SETS.items(), start=1):
        TagSet.objects.get_or_create(code=code, defaults={"name": name, "audience": audience, "order": order * _STEP})
    names = list(next(iter(records.values()), {}))
    held = {row["code"]: row for row in Tag.objects.filter(origin=rules.Origin.FILE).values("code", *names)}
    of_people = set(Tag.objects.filter(origin=rules.Origin.HALL).values_list("code", flat=True))
    wanted = {code: record for code, record in records.items() if code not in of_people}
    added = [code for code in wanted if code not in held]
    changed = [code for code in wanted if code in held and any(held[code][name] != wanted[code][name] for name in names)]
    gone = held.keys() - records.keys()
    # A tag that people use for items of their own is theirs from then on.
    used = set(ItemTag.objects.filter(tag__in=gone, origin=rules.Origin.HALL, is_off=False).values_list("tag_id", flat=True))
    Tag.objects.filter(pk__in=used).update(origin=rules.Origin.HALL)
    Tag.objects.filter(pk__in=gone - used).delete()
    Tag.objects.bulk_create(
        [Tag(code=code, **wanted[code]) for code in (*added, *changed)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=names,
    )
    batch.diffs += [Diff(file, code, "", "", str(wanted[code]["name"])) for code in added]
    batch.diffs += [Diff(file, code, "", str(held[code]["name"]), "") for code in sorted(gone - used)]
    for code in changed:
        batch.differs(file, code, held[code], wanted[code])
    same = len(records) - len(added) - len(changed)
    batch.files.append(FileReport(file, len(added), len(changed), same, len(gone - used)))


def load_item_tags(batch: Batch, path: Path) -> None:
    """item_tags.csv: the items under each tag, in the order in which people do them; names of items are for the file's readers."""
    rows, problems = read_csv(path, columns=("tag", "item_code"), optional=("item_name",))
    batch.problems += problems
    items = set(Item.objects.values_list("code", flat=True))
    tags = set(Tag.objects.values_list("code", flat=True))
    wanted: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        cells = batch.cells(path, row)
        tag, item = cells.text("tag", most=20), cells.text("item_code", most=12)
        cells.known("tag", [tag], tags, "标签")
        cells.known("item_code", [item], items, "事项")
        wanted[tag][item] = (len(wanted[tag]) + 1) * _STEP
    unique(batch, path, ((row, f"{row.values['tag']} {row.values['item_code']}") for row in rows), "标签和事项", "item_code")
    if not batch.is_bad(path.name):
        _store_item_tags(batch, path.name, wanted)


def _store_item_tags(batch: Batch, file: str, wanted: dict[str, dict[str, int]]) -> None:
    held: dict[str, dict[str, int]] = defaultdict(dict)
    of_people: dict[str, set[str]] = defaultdict(set)
    for tag, item, order, origin, is_off in ItemTag.objects.values_list("tag_id", "item_id", "order", "origin", "is_off"):
        if origin == rules.Origin.HALL or is_off:
            of_people[tag].add(item)
        else:
            held[tag][item] = order
    free = {tag: {item: order for item, order in found.items() if item not in of_people[tag]} for tag, found in wanted.items()}
    changed = {tag for tag in free.keys() | held.keys() if free.get(tag, {}) != held.get(tag, {})}
    ItemTag.objects.filter(tag__in=changed, origin=rules.Origin.FILE, is_off=False).delete()
    ItemTag.objects.bulk_create(
        [ItemTag(tag_id=tag, item_id=item, order=order) for tag in sorted(changed) for item, order in free.get(tag, {}).items()],
        batch_size=2000,
    )
    added, gone = {tag for tag in changed if not held.get(tag)}, {tag for tag in changed if not free.get(tag)}
    batch.diffs += [Diff(file, tag, "", "", f"{len(free[tag])} 个事项") for tag in sorted(added)]
    for tag in sorted(changed - added):
        batch.differs(file, tag, {"items": list(held[tag])}, {"items": list(free.get(tag, {}))})
    batch.files.append(FileReport(file, len(added), len(changed - added - gone), len(free.keys() - changed), len(gone)))
