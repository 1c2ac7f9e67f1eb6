"""items.jsonl row by row: every element of domain.md §3, checked, with the derived ones filled in. Pure."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hall.services.catalogue import elements, rules
from hall.services.catalogue.fee_rules import check_fees
from hall.services.catalogue.flow_rules import check_flow
from hall.services.catalogue.instant_rules import check_rules
from hall.services.catalogue.intake.cells import Cells
from hall.support.filestore.rules import FORMAT_NAMES

ITEM_CODE = (r"[0-9A-Z]{12}", "12 位数字或大写字母")
_MOST_DAYS = 3650
_MOST_TEXT = 5000
_LATER_OF_STEPS = frozenset({"kind", "role", "produces"})
_LATER = frozenset({"variants", "blank_form_id", "sample_id", "instant_rules", "instant_share", "trust_grade", *elements.STANDARD})


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One good row. `content` is what a version holds, by column; the links are not part of a version."""

    line: int
    code: str
    status: str
    content: Mapping[str, Any]
    materials: tuple[Mapping[str, Any], ...]
    themes: tuple[str, ...]
    keywords: tuple[str, ...]
    relations: tuple[tuple[str, str], ...]
    form_schemas: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 over everything that a version freezes. Elements that came later count once they say something."""
        content, *materials = (
            {k: v for k, v in part.items() if k not in _LATER or v is False or v not in (None, [], (), 0, "")}
            for part in (self.content, *self.materials)
        )
        whole = [content, materials, dict(self.form_schemas)]
        return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Known:
    """Codes that a row may refer to."""

    departments: Collection[str]
    themes: Collection[str]
    cert_types: Collection[str]
    items: Collection[str]


def check_item(cells: Cells, line: int, known: Known) -> ItemRecord:
    """The record of a row; usable only where `cells` found no fault."""
    code = cells.form("code", *ITEM_CODE)
    content = _content(cells, code, known)
    materials = _materials(cells, known, {variant["key"] for variant in content["variants"]})
    themes = cells.texts("themes", most=12)
    cells.known("themes", themes, known.themes, "主题")
    record = ItemRecord(
        line=line,
        code=code,
        status=cells.word("status", rules.PublicStatus, default=rules.PublicStatus.PUBLISHED),
        content=content,
        materials=materials,
        themes=tuple(themes),
        keywords=tuple(cells.texts("keywords", most=80, default=None)),
        relations=_relations(cells, code, known),
    )
    # The hall numbers versions itself; bundles.jsonl says which bundle holds what.
    cells.ignored("version", "bundles")
    cells.close()
    return record


def _content(cells: Cells, code: str, known: Known) -> dict[str, Any]:
    content = _head(cells, code, known) | _limits(cells) | _reach(cells)
    content |= _derived(cells, content) | _lists(cells, known)
    _check_together(cells, content)
    return content


def _head(cells: Cells, code: str, known: Known) -> dict[str, Any]:
    item_type = rules.ItemType(cells.word("type", rules.ItemType))
    for name, expected in (("type_code", rules.TYPE_CODES[item_type]), ("type_name", item_type.label)):
        if cells.text(name, most=40, default=expected) != expected:
            cells.fail(name, f"与 type={item_type} 不符，应为“{expected}”")
    department = cells.text("dept_code", most=12)
    cells.known("dept_code", [department], known.departments, "部门")
    impl_code = cells.form("impl_code", r"[0-9A-Z]{31}([0-9]{2})?", "31 或 33 位编码", default="")
    if impl_code and impl_code[19:31] != code:
        cells.fail("impl_code", f"第 20 至 31 位应为事项编码 {code}")
    return {
        "department_id": department,
        "impl_code": impl_code,
        "name": cells.text("name", most=200),
        "item_type": item_type.value,
        "levels": cells.words("levels", rules.Level),
        "audience": cells.words("audience", rules.Audience),
    }


def _limits(cells: Cells) -> dict[str, Any]:
    limits: dict[str, Any] = {
        "handling_type": cells.word("handling_type", rules.HandlingType),
        "statutory_days": cells.whole("statutory_days", most=_MOST_DAYS),
        "promised_days": cells.whole("promised_days", most=_MOST_DAYS),
        "day_unit": cells.word("day_unit", rules.DayUnit),
        "charged": cells.flag("charged"),
        "fee": cells.text("fee", most=300, default=""),
    }
    statutory, promised = limits["statutory_days"], limits["promised_days"]
    if promised > statutory > 0:
        cells.fail("promised_days", f"承诺 {promised} 天超过法定 {statutory} 天")
    if (limits["handling_type"] == rules.HandlingType.INSTANT) != (promised == 0):
        cells.fail("handling_type", "即办件的承诺天数是 0，承诺件至少 1 天")
    return limits


def _reach(cells: Cells) -> dict[str, Any]:
    return {
        "online_depth": cells.word("online_depth", rules.OnlineDepth),
        "onsite_visits": cells.whole("onsite_visits", most=20),
        "applicable": cells.flag("applicable"),
        "region_scope": cells.word("region_scope", rules.RegionScope),
    }


def _derived(cells: Cells, content: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that may be given and are derived by a rule where they are not (data/README.md names each)."""
    result_name, result_kind = rules.default_result(name=content["name"], item_type=content["item_type"])
    approval = rules.default_leader_approval(
        item_type=content["item_type"], handling_type=content["handling_type"], statutory_days=content["statutory_days"]
    )
    bookable = rules.default_bookable(applicable=content["applicable"], online_depth=content["online_depth"])
    # What came later stands in a step once it says something, so that older items are what they were.
    steps = [
        {name: value for name, value in step.items() if value or name not in _LATER_OF_STEPS}
        for step in cells.elements("flow_steps", elements.FlowStep)
    ]
    if not steps:
        derived = rules.default_flow_steps(
            applicable=content["applicable"], online_depth=content["online_depth"], promised_days=content["promised_days"]
        )
        steps = [{"name": step.name, "days": step.days, "note": step.note} for step in derived]
    return {
        "leader_approval": cells.flag("leader_approval", default=approval),
        "result_name": cells.text("result_name", most=260, default=result_name),
        "result_kind": cells.word("result_kind", rules.ResultKind, default=result_kind.value),
        "bookable": cells.flag("bookable", default=bookable),
        "mailable": cells.flag("mailable", default=False),
        "payable": cells.flag("payable", default=False),
        "flow_steps": steps,
    }


def _lists(cells: Cells, known: Known) -> dict[str, Any]:
    co_departments = cells.texts("co_departments", most=12, default=None)
    cells.known("co_departments", co_departments, known.departments, "部门")
    return {
        "legal_basis": cells.texts("legal_basis", most=_MOST_TEXT),
        "legal_basis_quality": cells.word("legal_basis_quality", rules.BasisQuality, default=rules.BasisQuality.UNVERIFIED),
        "conditions": cells.texts("conditions", most=_MOST_TEXT),
        "conditions_quality": cells.word("conditions_quality", rules.ConditionQuality, default=rules.ConditionQuality.WRITTEN),
        "authority_kind": cells.word("authority_kind", rules.AuthorityKind, default=""),
        "authority_scope": cells.text("authority_scope", most=_MOST_TEXT, default=""),
        "accept_org": cells.text("accept_org", most=200, default=""),
        "decide_org": cells.text("decide_org", most=200, default=""),
        "delegated_to": cells.texts("delegated_to", most=200, default=None),
        "co_departments": co_departments,
        "quota_limit": cells.text("quota_limit", most=300, default=""),
        "handling_forms": cells.words("handling_forms", rules.HandlingForm, default=None),
        "fees": cells.elements("fees", elements.Fee),
        "special_procedures": cells.elements("special_procedures", elements.SpecialProcedure),
        "intermediary_services": cells.elements("intermediary_services", elements.Intermediary),
        "places": cells.elements("places", elements.Place),
        "consult_contacts": cells.elements("consult_contacts", elements.Contact),
        "complaint_contacts": cells.elements("complaint_contacts", elements.Contact),
        "faqs": cells.elements("faqs", elements.Faq, most=_MOST_TEXT),
        "variants": _variants(cells),
        "instant_rules": cells.elements("instant_rules", elements.InstantRule, most=500),
        "instant_share": cells.whole("instant_share", most=100, default=0),
    }


def _check_together(cells: Cells, content: Mapping[str, Any]) -> None:
    if content["online_depth"] == rules.OnlineDepth.FULL and content["onsite_visits"]:
        cells.fail("onsite_visits", "全程网办的事项到现场次数应为 0")
    if not content["applicable"] and content["online_depth"] in rules.DECLARABLE_DEPTHS:
        cells.fail("online_depth", "不是依申请的事项，不能网上申报")
    if content["charged"] and not content["fee"] and not content["fees"]:
        cells.fail("fee", "收费的事项应写明收费标准")
    days = sum(step["days"] for step in content["flow_steps"])
    if days > content["promised_days"]:
        cells.fail("flow_steps", f"各环节共 {days} 天，超过承诺的 {content['promised_days']} 天")
    faults = check_flow(content["flow_steps"], handling_type=content["handling_type"], leader_approval=content["leader_approval"])
    for place, reason in (*faults, *check_rules(content["instant_rules"], content), *check_fees(content["fees"], content)):
        cells.fail(place, reason)


def _variants(cells: Cells) -> list[dict[str, Any]]:
    found = cells.elements("variants", elements.Variant)
    for place, variant in enumerate(found):
        if not re.fullmatch(r"v[0-9]{1,3}", variant["key"]):
            cells.fail(f"variants[{place}].key", f"“{variant['key']}”应为 v1、v2 这样的编号")
        if variant["kind"] not in [kind.value for kind in rules.VariantKind]:
            cells.fail(f"variants[{place}].kind", f"“{variant['kind']}”应是 {'、'.join(rules.VariantKind)} 之一")
        if variant["key"] in {before["key"] for before in found[:place]}:
            cells.fail(f"variants[{place}].key", f"编号 {variant['key']} 出现了两次")
    return found


def _materials(cells: Cells, known: Known, variants: Collection[str]) -> tuple[Mapping[str, Any], ...]:
    found, seen = [], set()
    for part in cells.parts("materials"):
        seq = part.whole("seq", least=1, most=999)
        if seq in seen:
            part.fail("seq", f"序号 {seq} 出现了两次")
        seen.add(seq)
        found.append(_material(part, seq, known, variants))
        cells.take(part)
    return tuple(sorted(found, key=lambda material: int(material["seq"])))


def _material(part: Cells, seq: int, known: Known, variants: Collection[str]) -> dict[str, Any]:
    of_variants = part.texts("variants", most=8, default=None)
    part.known("variants", of_variants, variants, "业务办理项")
    cert_type = part.text("cert_type", most=40, default="")
    part.known("cert_type", [cert_type], known.cert_types, "证照类型")
    accept = part.texts("accept", most=8)
    part.known("accept", accept, FORMAT_NAMES, "文件格式")
    if not accept and not part.is_bad:
        part.fail("accept", "至少要有一种文件格式")
    return {
        "seq": seq,
        "key": f"m{seq}",
        "name": part.text("name", most=200),
        "kind": part.form("kind", r"[a-z_]{2,16}", "小写英文单词"),
        "source": part.word("source", rules.MaterialSource),
        "necessity": part.word("necessity", rules.Necessity),
        "when": part.text("when", most=200, default=""),
        "medium": part.word("medium", rules.Medium),
        "originals": part.whole("originals", most=99),
        "copies": part.whole("copies", most=99),
        "has_blank_form": part.flag("has_blank_form", default=False),
        "has_sample": part.flag("has_sample", default=False),
        "reusable": part.flag("reusable", default=False),
        "accept": accept,
        "max_mb": part.whole("max_mb", least=1, most=200),
        "cert_type_id": cert_type or None,
        "issuer": part.text("issuer", most=120, default=""),
        "guideline": part.text("guideline", most=_MOST_TEXT, default=""),
        "variants": of_variants,
        "blank_form_id": _file_id(part, "blank_form_id"),
        "sample_id": _file_id(part, "sample_id"),
        "trust_grade": part.word("trust_grade", rules.TrustGrade, default=""),
        **_standard(part),
    }


_RANGES = {"most_pages": (1, 1000), "least_dpi": (72, 1200), "least_pixels": (100, 6000)}


def _standard(part: Cells) -> dict[str, int | bool | None]:
    """规范要求 (§5.3.2): what the department says; None where it says nothing."""
    found: dict[str, int | bool | None] = dict.fromkeys(elements.STANDARD)
    for name in elements.STANDARD:
        if part.has(name):
            least, most = _RANGES.get(name, (0, 0))
            found[name] = part.whole(name, least=least, most=most) if name in _RANGES else part.flag(name)
    return found


def _file_id(part: Cells, field: str) -> str | None:
    return part.form(field, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "文件编号", default="") or None


def _relations(cells: Cells, code: str, known: Known) -> tuple[tuple[str, str], ...]:
    part = cells.part("related", default=None)
    relations = []
    for kind in rules.RelationKind:
        codes = part.texts(kind.value, most=12, default=None)
        part.known(kind.value, codes, known.items, "事项")
        if code in codes:
            part.fail(kind.value, "不能与自己关联")
        relations += [(kind.value, to_item) for to_item in codes]
    cells.take(part)
    return tuple(relations)
