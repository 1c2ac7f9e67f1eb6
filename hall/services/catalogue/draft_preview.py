"""The item's page as a draft would make it."""

import dataclasses
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from hall.services.catalogue import elements, queries, rules
from hall.services.catalogue.draft_contents import ALL_KNOWN, check
from hall.services.catalogue.drafts import own_draft
from hall.services.catalogue.models import CertType, ItemDraft
from hall.services.catalogue.rows import DepartmentBrief, ItemPage, ItemVersionRow, MaterialRow, Neighbours
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity

_ELEMENTS: dict[str, Any] = {
    "flow_steps": elements.FlowStep,
    "fees": elements.Fee,
    "special_procedures": elements.SpecialProcedure,
    "intermediary_services": elements.Intermediary,
    "places": elements.Place,
    "consult_contacts": elements.Contact,
    "complaint_contacts": elements.Contact,
    "faqs": elements.Faq,
    "variants": elements.Variant,
    "instant_rules": elements.InstantRule,
}


def draft_preview(actor: Actor, draft_id: int) -> ItemPage | None:
    """The item's page as the draft would make it, faults or not. Nine SQL queries at most."""
    draft = own_draft(actor, draft_id)
    if draft is None:
        return None
    checked = check(draft.content, ALL_KNOWN)
    version = _version_of(draft, checked.record.content, checked.record.materials, set(checked.declarable_audience))
    page = queries.item_page(draft.item_code)
    if page is None:
        page = _page_of_new_item(draft, version)
    return dataclasses.replace(
        page,
        version=version,
        themes=tuple(row for row in queries.themes() if row.code in checked.record.themes) if checked.record.themes else (),
        keywords=checked.record.keywords,
        consult_contacts=version.consult_contacts or page.consult_contacts,
        complaint_contacts=version.complaint_contacts or page.complaint_contacts,
    )


def _page_of_new_item(draft: ItemDraft, version: ItemVersionRow) -> ItemPage:
    department = identity.department(draft.department_id)
    assert department is not None
    hotline = elements.Contact("电话", settings.HOTLINE, "政务服务便民热线")
    brief = DepartmentBrief(department.code, department.name, department.short_name, department.phone, department.address, 0)
    return ItemPage(
        version=version,
        status=rules.ItemStatus.PUBLISHED,
        department=brief,
        themes=(),
        keywords=(),
        neighbours=Neighbours(),
        consult_contacts=(elements.Contact("电话", department.phone, department.short_name) if department.phone else hotline,),
        complaint_contacts=(hotline,),
        published_at=timezone.now(),
    )


def _version_of(draft: ItemDraft, content: Any, materials: Any, declared: set[str]) -> ItemVersionRow:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
    for name, kind in _ELEMENTS.items():
        values[name] = tuple(kind(**member) for member in content[name])
    cert_types = {material["cert_type_id"] for material in materials if material["cert_type_id"]}
    names = dict(CertType.objects.filter(pk__in=cert_types).values_list("code", "name")) if cert_types else {}
    return ItemVersionRow(
        version_id=0,
        code=draft.item_code,
        number=0,
        department_code=values.pop("department_id"),
        form_schemas={audience: {} for audience in declared},
        materials=tuple(_material_of(material, names) for material in materials),
        **values,
    )


def _material_of(material: Any, names: dict[str, str]) -> MaterialRow:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in material.items()
        if name != "cert_type_id" and name not in elements.STANDARD
    }
    values["standard"] = elements.Standard(**{name: material[name] for name in elements.STANDARD})
    for name in ("blank_form_id", "sample_id"):
        values[name] = UUID(values[name]) if values[name] else None
    code = material["cert_type_id"] or ""
    return MaterialRow(**values, cert_type=code, cert_type_name=names.get(code, ""))
