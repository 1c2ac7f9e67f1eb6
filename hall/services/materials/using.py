"""What goes from a library into applications (§5.3.4): taken on one click, noted, never by itself. Called by `applications`, two floors up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from hall.services.materials import rules
from hall.services.materials.models import Material, Use, Version, VersionFile
from hall.services.materials.rows import FileLine
from hall.services.materials.rules import Grade, Offer, OfferedFile, Origin, Wanted
from hall.services.materials.spaces import holder_of, locked_space
from hall.support.access.actors import Actor
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow


@dataclass(frozen=True, slots=True)
class Taken:
    """The files of a material, copied for the one who takes them, each with the id of the library's own that it is a copy of."""

    grade: Grade
    files: tuple[tuple[UUID, FileRow], ...]


def offer_of(material: Material, version: Version, files: Iterable[VersionFile | FileLine]) -> Offer:
    """A material as matching sees it. No SQL; looks on the disk for each file."""
    return Offer(
        name_key=material.name_key,
        cert_type=material.cert_type,
        item_code=material.item_code,
        origin=Origin(material.origin),
        grade=Grade(version.grade),
        valid_until=version.valid_until,
        files=tuple(OfferedFile(file.extension, file.size_bytes, store.is_there(file.sha256)) for file in files),
    )


@transaction.atomic
def take(*, actor: Actor, version_id: int, wanted: Wanted, place: str, item_name: str, now: datetime) -> Taken:
    """Copy a material of the actor's library for a draft, and note that it is used there (`place`, e.g. "draft:12").

    The holder chooses, so the name need not match; everything else must. The content is read and compared with its hash.
    Raises: NotAllowed, NotThere for another holder's, VersionChanged for an old version, NotUsable with the reason, FileMissing.
    """
    # The space's lock keeps it from being deleted, replaced or withdrawn meanwhile.
    space = locked_space(holder_of(actor))
    version = Version.objects.filter(pk=version_id, material__space=space).select_related("material").first()
    if version is None:
        raise rules.NotThere
    if not version.is_current:
        raise rules.VersionChanged
    files = list(VersionFile.objects.filter(version=version).order_by("position"))
    problem = rules.why_not(wanted, offer_of(version.material, version, files), today=timezone.localdate(now))
    if problem:
        raise rules.NotUsable(problem)
    copies = tuple((file.file_id, store.copy_file(file.file_id, actor=actor, now=now)) for file in files)
    assert actor.account_id is not None
    Use.objects.get_or_create(
        material=version.material,
        place=place,
        material_key=wanted.key,
        defaults={"version_number": version.number, "item_name": item_name[:200], "account_id": actor.account_id, "at": now},
    )
    trail.record(actor, "material.taken", f"material {version.material_id}", detail=f"{place} {wanted.key}", at=now)
    return Taken(Grade(version.grade), copies)


def put_back(*, place: str, library_file_id: UUID, material_key: str) -> None:
    """A material, named by one of its files, was taken off a draft again: it was not used there. Twice is harmless. One SQL statement."""
    materials = VersionFile.objects.filter(file_id=library_file_id).values("version__material_id")
    Use.objects.filter(material__in=materials, place=place, material_key=material_key, serial="").delete()


def note_handed_in(*, place: str, serial: str) -> None:
    """The draft was handed in under this number. One SQL statement."""
    Use.objects.filter(place=place, serial="").update(serial=serial)


def forget_places(*, places: list[str]) -> None:
    """These drafts were thrown away. One SQL statement."""
    Use.objects.filter(place__in=places, serial="").delete()
