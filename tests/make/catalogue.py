"""Items of the catalogue: as rows of items.jsonl, as folders to import, and published in the database."""

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from hall.services.catalogue import commands, queries, rules
from hall.services.catalogue.intake.cells import Cells
from hall.services.catalogue.intake.items import Known, check_item
from hall.services.catalogue.models import CertType, Item, ItemTheme, ItemVersion, Keyword, Material, Relation, Theme
from hall.services.catalogue.report import ImportReport, Problem
from tests.make.people import NOW, SYSTEM, make_department

DATA = Path(__file__).resolve().parents[2] / "data"
ITEM_NAME = "企业投资项目核准"
FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "申请表",
    "additionalProperties": False,
    "x-sections": [{"title": "项目", "fields": ["project_name"]}],
    "required": ["project_name"],
    "properties": {"project_name": {"type": "string", "title": "项目名称", "maxLength": 60, "examples": ["示例项目"]}},
}
_numbers = count(1)


def make_code() -> str:
    """An item code that no other call gave."""
    return f"3701{next(_numbers):08d}"


def material_row(seq: int = 1, **changes: Any) -> dict[str, Any]:
    """A material of items.jsonl: one required PDF or picture."""
    row: dict[str, Any] = {
        "seq": seq,
        "name": f"项目申请书（{seq}）" if seq > 1 else "项目申请书",
        "kind": "form",
        "source": "applicant",
        "necessity": "required",
        "medium": "electronic_or_paper",
        "originals": 0,
        "copies": 1,
        "has_blank_form": True,
        "has_sample": True,
        "reusable": False,
        "accept": ["pdf", "jpg", "png"],
        "max_mb": 20,
    }
    return row | changes


def item_row(**changes: Any) -> dict[str, Any]:
    """A row of items.jsonl: a licence of 10 promised working days, wholly online, for people and organisations."""
    row: dict[str, Any] = {
        "code": changes.get("code") or make_code(),
        "name": ITEM_NAME,
        "type": "license",
        "dept_code": "SD02",
        "levels": ["province"],
        "audience": ["person", "org"],
        "themes": [],
        "legal_basis": ["《企业投资项目核准和备案管理条例》第三条"],
        "legal_basis_quality": "article",
        "statutory_days": 20,
        "promised_days": 10,
        "day_unit": "working",
        "handling_type": "promise",
        "online_depth": "full",
        "onsite_visits": 0,
        "applicable": True,
        "charged": False,
        "fee": "不收费",
        "conditions": ["项目列入政府核准的投资项目目录"],
        "conditions_quality": "written",
        "materials": [material_row()],
        "keywords": ["项目核准"],
        "region_scope": "local",
        "related": {"prerequisite": [], "followup": [], "parallel": [], "joint": []},
    }
    return row | changes


def make_theme(code: str = "L08", *, name: str = "", audience: str = "org") -> str:
    """A theme, or the one that has the code already. Returns the code."""
    Theme.objects.get_or_create(code=code, defaults={"name": name or f"主题{code}", "audience": audience, "stage": "发展期", "order": 1})
    return code


def make_cert_type(code: str = "BUSINESS_LICENSE", *, name: str = "营业执照") -> str:
    """A licence type, or the one that has the code already. Returns the code."""
    CertType.objects.get_or_create(code=code, defaults={"name": name, "holder": "person" if code == "ID_CARD" else "org"})
    return code


def make_item(
    *,
    code: str | None = None,
    name: str = ITEM_NAME,
    department_code: str = "SD02",
    form_schemas: Mapping[str, Any] | None = None,
    materials: Iterable[Mapping[str, Any]] | None = None,
    **changes: Any,
) -> queries.ItemVersionRow:
    """A published item with its department, themes, licence types, one form for each audience and one material.

    `changes` are fields of items.jsonl. The same code again publishes a new version. Returns the current version; tallies stay.
    """
    make_department(code=department_code)
    row = item_row(**({"code": code} if code else {}), name=name, dept_code=department_code, **changes)
    if materials is not None:
        row["materials"] = [dict(material) for material in materials]
    known = Known(
        departments={department_code, *row.get("co_departments", ())},
        themes={make_theme(theme, audience="person" if theme.startswith("P") else "org") for theme in row["themes"]},
        cert_types={make_cert_type(m["cert_type"], name=m["cert_type"]) for m in row["materials"] if m.get("cert_type")},
        items={other for codes in row["related"].values() for other in codes},
    )
    problems: list[Problem] = []
    record = check_item(Cells("items.jsonl", 1, row, problems), 1, known)
    assert not problems, [str(problem) for problem in problems]
    schemas = dict.fromkeys(record.content["audience"], FORM) if form_schemas is None else dict(form_schemas)
    item, _ = Item.objects.get_or_create(
        code=record.code, defaults={"department_id": department_code, "status": "draft", "order": rules.order_of(len(record.keywords))}
    )
    number = ItemVersion.objects.filter(item=item).count() + 1
    version = ItemVersion.objects.create(item=item, number=number, digest=record.digest, form_schemas=schemas, **record.content)
    Material.objects.bulk_create([Material(version=version, **material) for material in record.materials])
    ItemVersion.objects.filter(pk=version.pk).update(published_at=NOW)
    Item.objects.filter(pk=item.pk).update(current_version=version, status=record.status, department_id=department_code)
    for model in (ItemTheme, Keyword, Relation):
        model._default_manager.filter(item=item).delete()
    ItemTheme.objects.bulk_create([ItemTheme(item=item, theme_id=theme) for theme in record.themes])
    Keyword.objects.bulk_create([Keyword(item=item, word=word, order=order) for order, word in enumerate(record.keywords)])
    Relation.objects.bulk_create([Relation(item=item, kind=kind, to_item_id=other) for kind, other in record.relations])
    found = queries.item_version(version.pk)
    assert found is not None
    return found


# --- folders to import ------------------------------------------------------------------------------------------------------------


def write_items(folder: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """items.jsonl in the folder, and the two general forms beside it."""
    (folder / "forms").mkdir(parents=True, exist_ok=True)
    for audience in ("person", "org"):
        (folder / "forms" / f"{audience}.json").write_text(json.dumps(FORM, ensure_ascii=False), encoding="utf-8")
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_csv(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV file with the columns of its first row."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


SMALL_ITEMS = ("370102001000", "370102002000", "370107006000", "370707013000", "370707014000")


def write_small_data(folder: Path) -> Path:
    """A cut of the shipped data that hangs together: some 30 items, with everything that they refer to."""
    folder.mkdir(parents=True, exist_ok=True)
    bundles = _rows("bundles.jsonl")[:2]
    wanted = {*SMALL_ITEMS, *(code for bundle in bundles for code in bundle["items"])}
    items = [row for row in _rows("items.jsonl") if row["code"] in wanted or "P02" in row["themes"] or row["dept_code"] == "SD24"]
    codes = {row["code"] for row in items}
    for row in items:
        row["related"] = {kind: [code for code in others if code in codes] for kind, others in row["related"].items()}
    for name in ("departments.csv", "themes.csv", "cert_types.csv", "holidays_cn.csv"):
        shutil.copy(DATA / name, folder / name)
    for name, rows in (("items.jsonl", items), ("bundles.jsonl", bundles)):
        lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_csv(folder, "divisions_shandong.csv", [row for row in _table("divisions_shandong.csv") if row["level"] != "township"])
    synonyms = [(row, row["item_codes"].split()) for row in _table("synonyms.csv")]
    write_csv(folder, "synonyms.csv", [row for row, led_to in synonyms if led_to and codes.issuperset(led_to)])
    (folder / "forms").mkdir()
    for path in (DATA / "forms").iterdir():
        if path.name.split(".")[0] in codes | {"person", "org"}:
            shutil.copy(path, folder / "forms" / path.name)
    return folder


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def import_folder(folder: Path, *, dry_run: bool = False) -> ImportReport:
    """Import as the hall itself, on the day of the tests."""
    return commands.import_catalogue(folder=folder, dry_run=dry_run, actor=SYSTEM, now=NOW)
