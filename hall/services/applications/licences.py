"""Materials that need not be handed in because the licence itself was found (免提交, §5.3.3): what a draft holds, and what it covers."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from hall.services.applications import rules
from hall.services.applications.models import Draft, DraftLicence
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.catalogue.rows import MaterialRow
from hall.services.licences import queries as licences
from hall.services.licences.rows import Looked
from hall.services.licences.rules import Standing


def licences_of(draft: Draft) -> dict[str, Looked]:
    """What was looked up for the draft, by type of licence, found or not. Two SQL queries, one when nothing was."""
    held = dict(DraftLicence.objects.filter(draft=draft).values_list("cert_type", "lookup_id"))
    looked = licences.looked_up(held.values())
    return {cert_type: looked[lookup_id] for cert_type, lookup_id in held.items()}


def covered(materials: tuple[MaterialRow, ...], held: Mapping[str, Looked], today: date) -> Counter[str]:
    """The materials, by key, that a licence valid today stands for."""
    valid = {cert_type for cert_type, looked in held.items() if looked.standing(today) is Standing.VALID}
    return Counter(material.key for material in materials if material.cert_type in valid)


def types_offered(version: ItemVersionRow, variant: str, *, is_enterprise: bool) -> dict[str, str]:
    """The types of licences, with their names, that the item asks for and this applicant may hold. One SQL query, none for none."""
    asked = {m.cert_type: m.cert_type_name for m in version.materials if m.cert_type and m.belongs_to(variant)}
    if not asked:
        return {}
    holders = {row.code: row.holder for row in catalogue.cert_types()}
    return {code: name for code, name in asked.items() if rules.may_hold(holders.get(code, ""), is_enterprise=is_enterprise)}
