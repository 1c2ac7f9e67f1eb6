"""Historic materials in applications (§5.3.4): what the applicant's library offers for a draft, and taking it on one click."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from hall.services.applications import applicants, commands, joining, joint, measuring, placing, rules
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.applications.merging import MergedMaterial
from hall.services.applications.models import Draft, DraftMaterial, JointDraft, JointDraftMaterial, JointDraftPart
from hall.services.applications.queries import DraftPage
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import MaterialRow
from hall.services.inspections import commands as inspections
from hall.services.materials import queries as library
from hall.services.materials import rules as rules_of_library
from hall.services.materials import using
from hall.services.materials.rows import Candidate
from hall.services.materials.rules import Offer, Wanted
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.refusals import NotFound

Offers = dict[str, list[Candidate]]
MOST_DRAFTS = 10


def wanted_of(material: MaterialRow, item_code: str) -> Wanted:
    """A material of one item, as the library looks for it."""
    return Wanted(
        key=material.key,
        name=material.name,
        kind=material.kind,
        cert_type=material.cert_type,
        item_codes=(item_code,),
        accept=material.accept,
        max_bytes=material.max_bytes,
        is_reusable=material.reusable,
        trust_grade=material.trust_grade,
    )


def wanted_of_merged(material: MergedMaterial) -> Wanted:
    """A document of the merged list, as the library looks for it: what suits must suit every item that needs it."""
    first = material.first
    return Wanted(
        key=material.key,
        name=material.name,
        kind=first.kind,
        cert_type=first.cert_type,
        item_codes=material.items,
        accept=material.accept,
        max_bytes=material.max_bytes,
        is_reusable=first.reusable,
        trust_grade=material.trust_grade,
    )


def offers_for(actor: Actor, page: DraftPage, *, today: date) -> Offers:
    """By material key what the library offers for each material that has no file yet, best first. One SQL query."""
    return _offers(actor, (wanted_of(m, page.version.code) for m in page.materials if not page.files_of(m.key)), today)


def offers_for_joint(actor: Actor, page: JointDraftPage, *, today: date) -> Offers:
    """The same for a joint draft. One SQL query."""
    return _offers(actor, (wanted_of_merged(m) for m in page.whole.materials if not page.files_of(m.key)), today)


def _offers(actor: Actor, wanted: Iterable[Wanted], today: date) -> Offers:
    asked = list(wanted)
    return library.candidates(actor, asked, today=today) if asked else {}


@transaction.atomic
def use_material(*, actor: Actor, draft_id: int, material_key: str, version_id: int, now: datetime) -> None:
    """Hang a material of the actor's library on a material of the draft; asked twice it hangs there once.

    Raises: NotFound, AlreadySubmitted, TooManyFiles, and what `materials.using.take` raises.
    """
    draft = commands.open_draft(actor, draft_id)
    version = catalogue.item_version(draft.item_version_id)
    assert version is not None
    material = next((one for one in version.materials if one.key == material_key and one.belongs_to(draft.variant)), None)
    if material is None:
        raise NotFound
    taken = using.take(
        actor=actor,
        version_id=version_id,
        wanted=wanted_of(material, version.code),
        place=placing.place_of(draft),
        item_name=draft.item_name,
        now=now,
    )
    held = list(DraftMaterial.objects.filter(draft=draft, material_key=material_key))
    DraftMaterial.objects.bulk_create(DraftMaterial(draft=draft, **row) for row in _rows(held, material_key, taken, material, now))
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)


@transaction.atomic
def use_material_jointly(*, actor: Actor, draft_id: int, material_key: str, version_id: int, now: datetime) -> None:
    """The same for a document of a joint draft's merged list. Raises: as `use_material`."""
    draft = joint.open_draft_of(actor, draft_id)
    whole = joining.whole_of(applicants.applicant_of(actor), joining.parts_of(draft))
    material = next((one for one in whole.materials if one.key == material_key), None)
    if material is None:
        raise NotFound
    taken = using.take(
        actor=actor,
        version_id=version_id,
        wanted=wanted_of_merged(material),
        place=placing.place_of(draft),
        item_name=draft.name,
        now=now,
    )
    held = list(JointDraftMaterial.objects.filter(draft=draft, material_key=material_key))
    JointDraftMaterial.objects.bulk_create(
        JointDraftMaterial(draft=draft, **row) for row in _rows(held, material_key, taken, material.first, now)
    )
    JointDraft.objects.filter(pk=draft.pk).update(saved_at=now)


def _rows(
    held: Sequence[DraftMaterial] | Sequence[JointDraftMaterial],
    material_key: str,
    taken: using.Taken,
    material: MaterialRow,
    now: datetime,
) -> list[dict[str, Any]]:
    """The files to hang there: none where they hang already. Raises: TooManyFiles."""
    if {source for source, _ in taken.files} <= {row.library_file_id for row in held}:
        for _, file in taken.files:
            store.forget_file(file.file_id)
        return []
    free = [position for position in range(1, rules.MOST_FILES + 1) if position not in {row.position for row in held}]
    if len(free) < len(taken.files):
        raise rules.TooManyFiles
    for _, file in taken.files:
        inspections.ask(file, material=material, now=now)
    return [
        {
            "material_key": material_key,
            "position": position,
            "file_id": file.file_id,
            "uploaded_at": now,
            "library_file_id": source,
            "grade": taken.grade,
        }
        for position, (source, file) in zip(free, taken.files, strict=False)
    ]


# --- from the library's side ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """A material of an open draft that has no file yet and that one of the library can be handed in for. `is_match`: it suits by kind or name."""

    draft_id: int
    is_joint: bool
    name: str
    material_key: str
    material_name: str
    is_match: bool


def openings_for(actor: Actor, offer: Offer, *, today: date) -> list[Opening]:
    """Where in the actor's latest open drafts a material of the library may be used, what it suits first.

    Five SQL queries, and two for each item version not held yet.
    """
    found = [
        Opening(draft_id, is_joint, name, wanted.key, wanted.name, rules_of_library.match(wanted, offer, today=today) is not None)
        for draft_id, is_joint, name, asked in (*_single(actor), *_joint(actor))
        for wanted in asked
        if not rules_of_library.why_not(wanted, offer, today=today)
    ]
    return sorted(found, key=lambda opening: not opening.is_match)


def _single(actor: Actor) -> Iterator[tuple[int, bool, str, list[Wanted]]]:
    open_drafts = Draft.objects.filter(submitted_at__isnull=True, **commands.own(actor)).order_by("-saved_at")[:MOST_DRAFTS]
    rows = list(open_drafts.values_list("pk", "item_version_id", "item_name", "variant"))
    given = (
        set(DraftMaterial.objects.filter(draft_id__in=[row[0] for row in rows]).values_list("draft_id", "material_key")) if rows else set()
    )
    for draft_id, version_id, name, variant in rows:
        version = catalogue.item_version(version_id)
        assert version is not None
        asked = [one for one in version.materials if one.belongs_to(variant) and (draft_id, one.key) not in given]
        yield draft_id, False, name, [wanted_of(one, version.code) for one in asked]


def _joint(actor: Actor) -> Iterator[tuple[int, bool, str, list[Wanted]]]:
    open_drafts = JointDraft.objects.filter(submitted_at__isnull=True, **commands.own(actor)).order_by("-saved_at")[:MOST_DRAFTS]
    names = dict(open_drafts.values_list("pk", "name"))
    parts = list(JointDraftPart.objects.filter(draft_id__in=names).order_by("draft_id", "position")) if names else []
    files = JointDraftMaterial.objects.filter(draft_id__in=names)
    given = set(files.values_list("draft_id", "material_key")) if names else set()
    for draft_id, name in names.items():
        merged = measuring.merged_of(measuring.versions_of(part for part in parts if part.draft_id == draft_id))
        yield draft_id, True, name, [wanted_of_merged(one) for one in merged if (draft_id, one.key) not in given]
