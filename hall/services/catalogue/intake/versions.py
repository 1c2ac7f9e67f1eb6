"""Storing items: a new version where the content changed, links and status beside it, nothing where nothing changed."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max, Model

from hall.services.catalogue import relation_checks, rules
from hall.services.catalogue.elements import STANDARD
from hall.services.catalogue.intake.batch import Batch, unique
from hall.services.catalogue.intake.files import read_jsonl
from hall.services.catalogue.intake.items import ItemRecord, Known, check_item
from hall.services.catalogue.models import CertType, Item, ItemTheme, ItemVersion, Keyword, Material, Relation, Theme
from hall.services.catalogue.report import Diff, FileReport, Problem
from hall.support.formrules.definition import BadForm
from hall.support.formrules.files import Forms, load_forms
from hall.support.identity import queries as identity

CONTENT = (
    *("department_id", "impl_code", "name", "item_type", "levels", "audience", "handling_type", "statutory_days", "promised_days"),
    *("day_unit", "charged", "fee", "online_depth", "onsite_visits", "applicable", "region_scope", "leader_approval", "result_name"),
    *("result_kind", "bookable", "mailable", "payable", "flow_steps", "legal_basis", "legal_basis_quality", "conditions"),
    *("conditions_quality", "authority_kind", "authority_scope", "accept_org", "decide_org", "delegated_to", "co_departments"),
    *("quota_limit", "handling_forms", "fees", "special_procedures", "intermediary_services", "places", "consult_contacts"),
    *("complaint_contacts", "faqs", "variants", "instant_rules", "instant_share"),
)
MATERIAL = (
    *("seq", "key", "name", "kind", "source", "necessity", "when", "medium", "originals", "copies", "has_blank_form", "has_sample"),
    *("reusable", "accept", "max_mb", "cert_type_id", "issuer", "guideline", "variants", "blank_form_id", "sample_id"),
    "trust_grade",
    *STANDARD,
)
_NONE_KEPT: Mapping[str, Sequence[str]] = {}
_HELD = ("code", "status", "current_version_id", "current_version__digest", "newest", "current_version__origin", "status_origin")


@dataclasses.dataclass(frozen=True, slots=True)
class _Held:
    """An item as the database has it."""

    code: str
    status: str
    version_id: int
    digest: str
    newest: int
    origin: str
    status_origin: str


def load_items(batch: Batch, path: Path, forms_folder: Path) -> None:
    """items.jsonl, with the forms of `forms_folder`."""
    records = _checked(batch, path)
    forms = _forms(batch, forms_folder, {record.code for record in records})
    if forms is None:
        batch.problems.append(Problem(path.name, 0, "", f"没有导入：{forms_folder.name} 里的表单有问题"))
    if batch.is_bad(path.name) or forms is None:
        return
    records = [dataclasses.replace(record, form_schemas=_schemas(forms, record)) for record in records]
    codes = [record.code for record in records]
    rows = Item.objects.filter(code__in=codes).annotate(newest=Max("versions__number")).values_list(*_HELD)
    held = {row[0]: _Held(*row) for row in rows}
    # What a department wrote at its desk is newer than any file.
    own = {code for code, row in held.items() if row.origin == rules.Origin.HALL}
    batch.kept += [record.code for record in records if record.code in own]
    records = [record for record in records if record.code not in own]
    if not _stand_in_order(batch, path, records):
        return
    added = [record for record in records if record.code not in held]
    revised = [record for record in records if record.code in held and held[record.code].digest != record.digest]
    changed = {record.code for record in revised}
    _report(batch, path.name, held, added, revised)
    Item.objects.bulk_create(
        [Item(code=r.code, department_id=r.content["department_id"], status=rules.ItemStatus.DRAFT) for r in added], batch_size=1000
    )
    statuses = {code: row.status for code, row in held.items() if row.status_origin == rules.Origin.HALL}
    store_versions(added + revised, {code: row.newest for code, row in held.items()}, statuses=statuses, now=batch.now)
    batch.versions += len(added) + len(revised)
    changed |= _move_status(batch, path.name, records, held)
    # What the console set of themes and relations is newer than any file.
    kept = dict(Item.objects.filter(code__in=codes).exclude(hall_links=[]).values_list("code", "hall_links"))
    changed |= link(batch, path.name, records, {record.code for record in added}, kept)
    batch.touched |= {record.code for record in added} | changed
    batch.files.append(FileReport(path.name, len(added), len(changed), len(records) - len(added) - len(changed)))
    missing = Item.objects.filter(status__in=rules.LISTED).exclude(code__in=codes)
    batch.missing += missing.order_by("code").values_list("code", flat=True)


def _checked(batch: Batch, path: Path) -> list[ItemRecord]:
    raw, problems = read_jsonl(path)
    batch.problems += problems
    in_file = {row.values["code"] for row in raw if isinstance(row.values.get("code"), str)}
    known = Known(
        departments={row.code for row in identity.departments()},
        themes=set(Theme.objects.values_list("code", flat=True)),
        cert_types=set(CertType.objects.values_list("code", flat=True)),
        items=in_file | set(Item.objects.values_list("code", flat=True)),
    )
    records = [check_item(batch.cells(path, row), row.line, known) for row in raw]
    unique(batch, path, [(row, record.code) for row, record in zip(raw, records, strict=True) if record.code], "编码", "code")
    return records


def _stand_in_order(batch: Batch, path: Path, records: Sequence[ItemRecord]) -> bool:
    """Whether the file's relations close no circle, among themselves or with those of other items."""
    relation_checks.lock_relations()
    lines = {record.code: record.line for record in records}
    names = {record.code: str(record.content["name"]) for record in records}
    circles = relation_checks.circles_in({record.code: record.relations for record in records}, names)
    batch.problems += [Problem(path.name, lines[code], "related", sentence) for code, sentence in circles]
    return not circles


def _forms(batch: Batch, folder: Path, in_file: set[str]) -> Forms | None:
    """The forms, all sound and each belonging to an item; None after noting what is wrong."""
    try:
        forms = load_forms(folder)
    except BadForm as bad:
        batch.problems.append(Problem(f"{folder.name}/{bad.path}", 0, "", bad.reason))
        return None
    unknown = forms.item_codes - in_file
    unknown -= set(Item.objects.filter(code__in=unknown).values_list("code", flat=True))
    batch.problems += [Problem(folder.name, 0, code, "没有这个编码的事项") for code in sorted(unknown)]
    return None if unknown else forms


def _schemas(forms: Forms, record: ItemRecord) -> Mapping[str, Any]:
    if not record.content["applicable"] or record.content["online_depth"] not in rules.DECLARABLE_DEPTHS:
        return {}
    return forms.schemas_for(record.code, record.content["audience"])


def _report(batch: Batch, file: str, held: Mapping[str, _Held], added: Iterable[ItemRecord], revised: Sequence[ItemRecord]) -> None:
    batch.diffs += [Diff(file, record.code, "", "", record.content["name"]) for record in added]
    old = contents([held[record.code].version_id for record in revised])
    for record in revised:
        before, after = old[held[record.code].version_id], whole_content(record)
        batch.differs(file, record.code, before, after)


def whole_content(record: ItemRecord) -> dict[str, Any]:
    """A record's content as `contents` gives a stored version's."""
    return {**record.content, "materials": [dict(m) for m in record.materials], "form_schemas": dict(record.form_schemas)}


def contents(version_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The frozen content of versions. Two SQL queries."""
    found = ItemVersion.objects.filter(pk__in=version_ids).values("pk", *CONTENT, "form_schemas")
    versions: dict[int, dict[str, Any]] = {row.pop("pk"): {**row, "materials": []} for row in map(dict, found)}
    materials = Material.objects.filter(version__in=version_ids).order_by("version_id", "seq").values("version_id", *MATERIAL)
    for row in map(dict, materials):
        row |= {name: str(row[name]) for name in ("blank_form_id", "sample_id") if row[name]}
        versions[row.pop("version_id")]["materials"].append(row)
    return versions


def store_versions(
    records: Sequence[ItemRecord],
    newest: Mapping[str, int],
    *,
    statuses: Mapping[str, str],
    now: datetime,
    origin: rules.Origin = rules.Origin.FILE,
) -> list[ItemVersion]:
    """New versions with their materials; published last, for from then on the database refuses every change to them.

    The items take the records' status, or the one of `statuses`.
    """
    if not records:
        return []
    versions = ItemVersion.objects.bulk_create(
        [
            ItemVersion(
                item_id=record.code,
                number=newest.get(record.code, 0) + 1,
                digest=record.digest,
                form_schemas=record.form_schemas,
                origin=origin,
                **record.content,
            )
            for record in records
        ],
        batch_size=200,
    )
    Material.objects.bulk_create(
        [Material(version=version, **material) for version, record in zip(versions, records, strict=True) for material in record.materials],
        batch_size=2000,
    )
    ItemVersion.objects.filter(pk__in=[version.pk for version in versions]).update(published_at=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_item i SET current_version_id = v.id, department_id = v.department_id, status = given.status"
            " FROM unnest(%s::bigint[], %s::text[]) AS given (version_id, status) JOIN catalogue_item_version v ON v.id = given.version_id"
            " WHERE i.code = v.item_id",
            [[version.pk for version in versions], [statuses.get(record.code, record.status) for record in records]],
        )
    return versions


def _move_status(batch: Batch, file: str, records: Iterable[ItemRecord], held: Mapping[str, _Held]) -> set[str]:
    free = [record for record in records if record.code in held and held[record.code].status_origin == rules.Origin.FILE]
    moved = [record for record in free if held[record.code].status != record.status]
    for record in moved:
        batch.differs(file, record.code, {"status": held[record.code].status}, {"status": record.status})
        Item.objects.filter(code=record.code).update(status=record.status)
    return {record.code for record in moved}


def link(
    batch: Batch, file: str, records: Sequence[ItemRecord], added: set[str], kept: Mapping[str, Sequence[str]] = _NONE_KEPT
) -> set[str]:
    """Bring themes, keywords and relations in line; returns the items whose links changed, new items aside.

    `kept` are links that stay as they are, by item: "themes", "related".
    """
    themes = {record.code: [(theme,) for theme in record.themes] for record in records if "themes" not in kept.get(record.code, ())}
    keywords = {record.code: [(word, order) for order, word in enumerate(record.keywords)] for record in records}
    relations = {record.code: sorted(record.relations) for record in records if "related" not in kept.get(record.code, ())}
    return (
        _link_one(batch, file, "themes", ItemTheme, ("theme_id",), themes, added)
        | _link_one(batch, file, "keywords", Keyword, ("word", "order"), keywords, added)
        | _link_one(batch, file, "related", Relation, ("kind", "to_item_id"), relations, added)
    )


def _link_one(
    batch: Batch,
    file: str,
    name: str,
    model: type[Model],
    columns: tuple[str, ...],
    wanted: Mapping[str, Sequence[tuple[Any, ...]]],
    added: set[str],
) -> set[str]:
    manager = model._default_manager
    held: dict[str, list[tuple[Any, ...]]] = {code: [] for code in wanted}
    for code, *values in manager.filter(item__in=list(wanted)).order_by("pk").values_list("item_id", *columns):
        held[code].append(tuple(values))
    changed = {code for code, rows in wanted.items() if held[code] != list(rows)}
    manager.filter(item__in=changed).delete()
    manager.bulk_create(
        [model(item_id=code, **dict(zip(columns, row, strict=True))) for code in wanted if code in changed for row in wanted[code]],
        batch_size=2000,
    )
    for code in sorted(changed - added):
        # The order column of keywords says nothing to a reader.
        old, new = ([" ".join(value for value in row if isinstance(value, str)) for row in rows[code]] for rows in (held, wanted))
        batch.differs(file, code, {name: old}, {name: new})
    return changed - added
