"""What comes into a library by itself: results of cases, and files handed in with them (§5.3.4). Called by `cases`, one floor up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from hall.services.catalogue import queries as catalogue
from hall.services.materials import commands, rules
from hall.services.materials.models import Material, Space, Use, Version, VersionFile
from hall.services.materials.rules import Grade, Origin, Source
from hall.services.materials.spaces import Holder, locked_space, take_room
from hall.support.access.actors import system_actor
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow


@dataclass(frozen=True, slots=True)
class FromCase:
    """The case that something comes from; `whole` is the number of what it was handed in with (一件事), if anything."""

    serial: str
    item_code: str
    item_name: str
    department: str  # short name
    submitted_at: datetime
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A result that a department issued in the hall."""

    name: str
    number: str
    file: FileRow
    valid_until: date | None
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A material as it was handed in. `is_checked`: a clerk saw the original and found it the same."""

    key: str
    name: str
    kind: str
    source: str
    cert_type: str
    files: tuple[FileRow, ...]
    is_checked: bool


@transaction.atomic
def keep_result(*, holder: Holder, case: FromCase, result: Result, now: datetime) -> bool:
    """Put a result into the holder's library, grade A; whether it was new. Its number is the key: twice is harmless.

    Results need no consent (they are the holder's own) and no room. Source: §5.5.3 政府审批结果材料.
    """
    space = locked_space(holder)
    if Version.objects.filter(document_number=result.number).exists():
        return False
    material = Material.objects.create(
        space=space,
        source=Source.GOV_RESULT,
        origin=Origin.RESULT,
        name=result.name[: rules.NAME_LENGTH],
        name_key=rules.name_key(result.name),
        cert_type=_cert_type_of(result.name),
        item_code=case.item_code,
        created_at=now,
    )
    Space.objects.filter(pk=space.pk).update(held=F("held") + 1)
    commands.add_version(
        material,
        [store.copy_file(result.file.file_id, actor=system_actor(), now=now)],
        number=1,
        grade=Grade.ISSUED,
        issuer=case.department,
        serial=case.serial,
        item_name=case.item_name,
        document_number=result.number,
        valid_until=result.valid_until,
        counted_bytes=0,
        made_by=None,
        now=result.issued_at,
    )
    trail.record(system_actor(), "material.result_kept", f"material {material.pk}", detail=case.serial, at=now)
    return True


def end_result(*, number: str, now: datetime) -> bool:
    """A result was taken back or made anew: the library's copy is good no longer, and is offered no more. Twice is harmless."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    still_good = Version.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=yesterday), document_number=number)
    return still_good.update(valid_until=yesterday) > 0


def _cert_type_of(name: str) -> str:
    """The type of licence that is called so, empty for none."""
    key = rules.same_name(name)
    return next((row.code for row in catalogue.cert_types() if key in map(rules.same_name, (row.name, *row.aliases))), "")


@transaction.atomic
def keep_handed_in(*, holder: Holder, case: FromCase, materials: Sequence[HandedIn], now: datetime) -> int:
    """Keep what was handed in with a case for the next time, where the holder agreed; how many materials are new.

    What the library holds already is only noted as used. What does not fit into the quota is left out. Twice is harmless.
    """
    space = locked_space(holder)
    if space.agreed_at is None:
        return 0
    added = 0
    for given in materials:
        if not given.files or given.kind in rules.NEVER_AGAIN:
            continue
        held = commands.same_material(space, given.files)
        if held is None:
            held = _keep(holder, space, case, given, now)
            added += held is not None
        if held is not None:
            _note_use(held, holder, case, given.key)
    return added


def _keep(holder: Holder, space: Space, case: FromCase, given: HandedIn, now: datetime) -> int | None:
    size = sum(file.size_bytes for file in given.files)
    try:
        take_room(holder, space, size_bytes=size)
    except rules.LibraryFull:
        return None
    material = Material.objects.create(
        space=space,
        source=rules.folder_of_kept(given.kind, given.source),
        origin=Origin.KEPT,
        name=given.name[: rules.NAME_LENGTH],
        name_key=rules.name_key(given.name),
        cert_type=given.cert_type,
        item_code=case.item_code,
        created_at=now,
    )
    commands.add_version(
        material,
        [store.copy_file(file.file_id, actor=system_actor(), now=now) for file in given.files],
        number=1,
        grade=rules.grade_given(given.kind, given.name, is_checked=given.is_checked),
        issuer=case.department if given.is_checked else "",
        serial=case.serial,
        item_name=case.item_name,
        valid_until=None,
        counted_bytes=size,
        made_by=holder.account_id,
        now=case.submitted_at,
    )
    return material.pk


def _note_use(material_id: int, holder: Holder, case: FromCase, key: str) -> None:
    """Where it was used: an attachment from the library has its row already, under the draft's name and this number."""
    uses = Use.objects.filter(material_id=material_id)
    if uses.filter(serial__in=[case.serial, case.whole or case.serial]).exists():
        return
    number = Version.objects.filter(material_id=material_id, is_current=True).values_list("number", flat=True).get()
    Use.objects.create(
        material_id=material_id,
        version_number=number,
        place=f"case:{case.serial}",
        material_key=key,
        item_name=case.item_name,
        account_id=holder.account_id,
        at=case.submitted_at,
        serial=case.serial,
    )


@transaction.atomic
def note_checked(*, holder: Holder, department: str, contents: Sequence[str], now: datetime) -> int:
    """A window compared these contents (sha256) with their originals: what the library holds of them becomes grade B; how many.

    Only what was uploaded rises: nobody's own word has an original. Twice is harmless. Source: domain.md §10.
    """
    space = Space.objects.select_for_update().filter(**holder.condition).first()
    if space is None or not contents:
        return 0
    near = Version.objects.filter(material__space=space, grade=Grade.UPLOADED, versionfile__sha256__in=contents)
    ids = [
        version_id
        for version_id in set(near.values_list("pk", flat=True))
        if set(VersionFile.objects.filter(version_id=version_id).values_list("sha256", flat=True)) <= set(contents)
    ]
    changed = Version.objects.filter(pk__in=ids).update(grade=Grade.CHECKED, issuer=department[:60])
    if changed:
        trail.record(system_actor(), "material.checked", f"space {space.pk}", detail=f"{changed} versions", at=now)
    return changed
