"""Bundles and synonyms, and the figures that follow from the whole: order, tallies, material counts of bundles."""

from collections import defaultdict
from pathlib import Path

from django.db import connection
from django.db.models import Count, Q

from hall.services.catalogue import rules
from hall.services.catalogue.intake.batch import Batch, most, sync, unique
from hall.services.catalogue.intake.files import read_csv, read_jsonl
from hall.services.catalogue.models import Bundle, BundleItem, Item, Keyword, Situation, Synonym, SynonymItem, Tally
from hall.services.catalogue.report import Diff, FileReport, Problem

_MOST_IN_BUNDLE = 100


def load_bundles(batch: Batch, path: Path) -> None:
    """bundles.jsonl; the order of its lines is the order on the pages. Material counts in the file are not used: they are counted."""
    rows, problems = read_jsonl(path)
    batch.problems += problems
    known = set(Item.objects.values_list("code", flat=True))
    records, members = {}, {}
    for order, row in enumerate(rows, start=1):
        cells = batch.cells(path, row)
        code = cells.form("code", r"[A-Z0-9]{3,12}", "3 至 12 位大写字母或数字")
        records[code] = {
            "name": cells.text("name", most=most(Bundle, "name")),
            "audience": cells.word("group", rules.Audience),
            "aliases": cells.texts("aliases", most=60, default=None),
            "order": order,
        }
        members[code] = cells.texts("items", most=12)
        cells.known("items", members[code], known, "事项")
        if not 2 <= len(members[code]) <= _MOST_IN_BUNDLE and not cells.is_bad:
            cells.fail("items", f"一件事应有 2 至 {_MOST_IN_BUNDLE} 个事项")
        cells.ignored("material_total", "material_distinct")
        cells.close()
    unique(batch, path, ((row, row.values.get("code")) for row in rows if isinstance(row.values.get("code"), str)), "编码", "code")
    unique(batch, path, ((row, row.values.get("name")) for row in rows if isinstance(row.values.get("name"), str)), "名称", "name")
    names = [record["name"] for record in records.values()]
    for code, name in Bundle.objects.filter(name__in=names).exclude(code__in=list(records)).values_list("code", "name"):
        batch.problems.append(Problem(path.name, 0, "name", f"名称“{name}”已经属于一件事 {code}"))
    if batch.is_bad(path.name) or not records:
        return
    before = len(batch.diffs)
    changed = sync(batch, path.name, Bundle, records)
    added = {diff.key for diff in batch.diffs[before:] if not diff.field}
    changed |= _fill_bundles(batch, path.name, members, added)
    batch.files[-1] = FileReport(path.name, len(added), len(changed), len(records) - len(added) - len(changed))


def _fill_bundles(batch: Batch, file: str, members: dict[str, list[str]], added: set[str]) -> set[str]:
    held = defaultdict(list)
    for bundle, item in BundleItem.objects.filter(bundle__in=members).order_by("bundle_id", "order").values_list("bundle_id", "item_id"):
        held[bundle].append(item)
    changed = {bundle for bundle in members if held[bundle] != members[bundle]}
    BundleItem.objects.filter(bundle__in=changed).delete()
    BundleItem.objects.bulk_create(
        [
            BundleItem(bundle_id=bundle, item_id=item, order=order)
            for bundle in members
            if bundle in changed
            for order, item in enumerate(members[bundle], start=1)
        ]
    )
    for bundle in sorted(changed - added):
        batch.differs(file, bundle, {"items": held[bundle]}, {"items": members[bundle]})
    return changed - added


_Key = tuple[str, str, str]


def load_synonyms(batch: Batch, path: Path) -> None:
    """synonyms.csv; afterwards the hall knows exactly these synonyms, and those that people added in the console."""
    rows, problems = read_csv(path, columns=("citizen_term", "official_term", "item_codes", "kind"))
    batch.problems += problems
    known = set(Item.objects.values_list("code", flat=True))
    wanted: dict[_Key, frozenset[str]] = {}
    for row in rows:
        cells = batch.cells(path, row)
        key = (
            cells.text("citizen_term", most=most(Synonym, "citizen_term")),
            cells.text("official_term", most=most(Synonym, "official_term")),
            cells.word("kind", rules.SynonymKind),
        )
        codes = cells.text("item_codes", most=2000, default="").split()
        cells.known("item_codes", codes, known, "事项")
        wanted[key] = frozenset(codes)
    unique(batch, path, ((row, tuple(row.values[n] for n in ("citizen_term", "official_term", "kind"))) for row in rows), "同义词", "")
    if not batch.is_bad(path.name):
        _store_synonyms(batch, path.name, wanted)


def _store_synonyms(batch: Batch, file: str, wanted: dict[_Key, frozenset[str]]) -> None:
    ids: dict[_Key, int] = {}
    held: dict[_Key, set[str]] = {}
    columns = ("pk", "citizen_term", "official_term", "kind", "origin", "synonymitem__item_id")
    of_people = set()
    for pk, term, official, kind, origin, code in Synonym.objects.order_by("pk").values_list(*columns):
        key = (term, official, kind)
        if origin == rules.Origin.HALL:
            of_people.add(key)
            continue
        ids[key] = pk
        held.setdefault(key, set()).update({code} if code else ())
    wanted = {key: codes for key, codes in wanted.items() if key not in of_people}
    gone = held.keys() - wanted.keys()
    added = [key for key in wanted if key not in held]
    changed = [key for key in wanted if key in held and held[key] != wanted[key]]
    Synonym.objects.filter(pk__in=[ids[key] for key in gone]).delete()
    SynonymItem.objects.filter(synonym__in=[ids[key] for key in changed]).delete()
    made = Synonym.objects.bulk_create([Synonym(citizen_term=t, official_term=o, kind=k) for t, o, k in added], batch_size=2000)
    ids |= {key: synonym.pk for key, synonym in zip(added, made, strict=True)}
    SynonymItem.objects.bulk_create(
        [SynonymItem(synonym_id=ids[key], item_id=code) for key in (*added, *changed) for code in sorted(wanted[key])], batch_size=2000
    )
    batch.diffs += [Diff(file, key[0], "", "", key[1]) for key in added]
    batch.diffs += [Diff(file, key[0], "", key[1], "") for key in sorted(gone)]
    for key in changed:
        batch.differs(file, key[0], {"item_codes": sorted(held[key])}, {"item_codes": sorted(wanted[key])})
    for key in (*added, *changed, *gone):
        batch.touched |= wanted.get(key, frozenset()) | held.get(key, set())
    batch.files.append(FileReport(file, len(added), len(changed), len(wanted) - len(added) - len(changed), len(gone)))


def load_situations(batch: Batch, path: Path) -> None:
    """situations.jsonl; afterwards the items named in it have exactly these situations, and those that people added in the console."""
    rows, problems = read_jsonl(path)
    batch.problems += problems
    known = set(Item.objects.values_list("code", flat=True))
    wanted: dict[str, list[str]] = {}
    for row in rows:
        cells = batch.cells(path, row)
        code = cells.text("code", most=12)
        cells.known("code", [code], known, "事项")
        wanted[code] = cells.texts("situations", most=most(Situation, "text"))
        cells.close()
    unique(batch, path, ((row, row.values.get("code")) for row in rows if isinstance(row.values.get("code"), str)), "编码", "code")
    if not batch.is_bad(path.name):
        _store_situations(batch, path.name, wanted)


def _store_situations(batch: Batch, file: str, wanted: dict[str, list[str]]) -> None:
    held: dict[str, list[str]] = {code: [] for code in wanted}
    of_people: dict[str, set[str]] = defaultdict(set)
    rows = Situation.objects.filter(item__in=wanted).order_by("item_id", "order", "pk")
    for code, text, origin, is_off in rows.values_list("item_id", "text", "origin", "is_off"):
        if origin == rules.Origin.HALL or is_off:
            of_people[code].add(text)
        else:
            held[code].append(text)
    wanted = {code: [text for text in texts if text not in of_people[code]] for code, texts in wanted.items()}
    changed = {code for code in wanted if held[code] != wanted[code]}
    Situation.objects.filter(item__in=changed, origin=rules.Origin.FILE, is_off=False).delete()
    Situation.objects.bulk_create(
        [Situation(item_id=code, text=text, order=order) for code in sorted(changed) for order, text in enumerate(wanted[code], start=1)],
        batch_size=2000,
    )
    added = {code for code in changed if not held[code]}
    batch.diffs += [Diff(file, code, "", "", f"{len(wanted[code])} 句") for code in sorted(added)]
    for code in sorted(changed - added):
        batch.differs(file, code, {"situations": held[code]}, {"situations": wanted[code]})
    batch.touched |= changed
    batch.files.append(FileReport(file, len(added), len(changed - added), len(wanted) - len(changed)))


def refresh_figures() -> None:
    """Recompute what follows from the whole catalogue. Some eight SQL statements, one more for each 1,000 items that moved."""
    _refresh_order()
    _refresh_tallies()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_bundle b SET materials_total = m.total, materials_distinct = m.different FROM ("
            " SELECT bi.bundle_id, count(*) AS total, count(DISTINCT mat.name) AS different FROM catalogue_bundle_item bi"
            " JOIN catalogue_item i ON i.code = bi.item_id JOIN catalogue_material mat ON mat.version_id = i.current_version_id"
            " GROUP BY bi.bundle_id) m WHERE m.bundle_id = b.code AND (materials_total, materials_distinct) <> (m.total, m.different)"
        )


def _refresh_order() -> None:
    words: dict[str, set[str]] = defaultdict(set)
    for code, word in Keyword.objects.values_list("item_id", "word"):
        words[code].add(word)
    for code, word in SynonymItem.objects.values_list("item_id", "synonym__citizen_term"):
        words[code].add(word)
    moved = []
    for item in Item.objects.only("code", "order"):
        order = rules.order_of(len(words[item.code]))
        if order != item.order:
            item.order = order
            moved.append(item)
    Item.objects.bulk_update(moved, ["order"], batch_size=1000)


def _refresh_tallies() -> None:
    counted = {
        "items": Count("code"),
        "applicable": Count("code", filter=Q(current_version__applicable=True)),
        "full_online": Count("code", filter=Q(current_version__online_depth=rules.OnlineDepth.FULL)),
    }
    listed = Item.objects.filter(status__in=rules.LISTED).order_by()
    rows = [("all", "", listed.aggregate(**counted))]
    for scope, column in ((rules.TallyScope.DEPARTMENT, "department_id"), (rules.TallyScope.THEME, "itemtheme__theme_id")):
        grouped = listed.filter(**{f"{column}__isnull": False}).values(column).annotate(**counted)
        rows += [(scope.value, str(row.pop(column)), row) for row in map(dict, grouped)]
    for audience in rules.Audience:
        audience_counts = listed.filter(current_version__audience__contains=[audience.value]).aggregate(**counted)
        rows.append((rules.TallyScope.AUDIENCE.value, audience.value, audience_counts))
    Tally.objects.all().delete()
    Tally.objects.bulk_create([Tally(scope=scope, key=key, **counts) for scope, key, counts in rows])
