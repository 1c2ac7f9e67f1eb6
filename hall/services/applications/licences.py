"""Materials that need not be handed in because the licence itself was found (免提交, §5.3.3): what a draft holds, and what it covers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from hall.services.applications import rules
from hall.services.applications.merging import MergedMaterial
from hall.services.applications.models import Draft, DraftLicence, JointDraft, JointDraftLicence
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.catalogue.rows import MaterialRow
from hall.services.licences import queries as licences
from hall.services.licences.rows import Looked
from hall.services.licences.rules import Standing


def licences_of(draft: Draft | JointDraft, version: ItemVersionRow | None = None) -> dict[str, Looked]:
    """What was looked up for the draft, by type of licence, found or not.

    Two SQL queries, one when nothing was; none when the version is given and asks for no licence.
    """
    if version is not None and not any(material.cert_type for material in version.materials):
        return {}
    rows = JointDraftLicence.objects.filter(draft=draft) if isinstance(draft, JointDraft) else DraftLicence.objects.filter(draft=draft)
    held = dict(rows.values_list("cert_type", "lookup_id"))
    looked = licences.looked_up(held.values())
    return {cert_type: looked[lookup_id] for cert_type, lookup_id in held.items()}


def _valid(held: Mapping[str, Looked], today: date) -> set[str]:
    return {cert_type for cert_type, looked in held.items() if looked.standing(today) is Standing.VALID}


def covered(materials: tuple[MaterialRow, ...], held: Mapping[str, Looked], today: date) -> Counter[str]:
    """The materials, by key, that a licence valid today stands for."""
    valid = _valid(held, today)
    return Counter(material.key for material in materials if material.cert_type in valid)


def covered_jointly(materials: Sequence[MergedMaterial], held: Mapping[str, Looked], today: date) -> Counter[str]:
    """The documents of a merged list, by its keys, that a licence valid today stands for."""
    valid = _valid(held, today)
    return Counter(material.key for material in materials if material.first.cert_type in valid)


def types_offered(version: ItemVersionRow, variant: str, *, is_enterprise: bool) -> dict[str, str]:
    """The types of licences, with their names, that the item asks for and this applicant may hold. No SQL."""
    return _holdable((m for m in version.materials if m.belongs_to(variant)), is_enterprise)


def types_offered_jointly(materials: Sequence[MergedMaterial], *, is_enterprise: bool) -> dict[str, str]:
    """The same for a merged list; what an item before brings about cannot be found yet. No SQL."""
    return _holdable((material.first for material in materials if not material.is_from_forerunner), is_enterprise)


def _holdable(materials: Iterable[MaterialRow], is_enterprise: bool) -> dict[str, str]:
    return {m.cert_type: m.cert_type_name for m in materials if rules.may_hold(m.cert_type_holder, is_enterprise=is_enterprise)}
