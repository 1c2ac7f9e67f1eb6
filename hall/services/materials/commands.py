"""What a holder does with the library: upload, describe, replace, delete, folders, consent (§5.5.3, §5.8.5).

What comes into it by itself is in `keeping`, what goes from it into applications in `using`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from hall.services import events
from hall.services.catalogue import queries as catalogue
from hall.services.materials import rules
from hall.services.materials.models import Folder, Material, Space, Version, VersionFile
from hall.services.materials.rules import Grade, Origin, Source
from hall.services.materials.spaces import Holder, give_room, holder_of, locked_space, take_room
from hall.support.access.actors import Actor
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.jobs.queue import publish


@dataclass(frozen=True, slots=True)
class Description:
    """What a holder says about a material, as typed. `place` is a source word or the number of a folder, `tags` stand on one line."""

    name: str
    place: str = Source.OWN
    cert_type: str = ""
    valid_until: str = ""
    tags: str = ""
    is_own_word: bool = False


def upload_material(*, actor: Actor, files: Sequence[tuple[BinaryIO, str]], said: Description, now: datetime) -> int:
    """Keep up to five files as one material of the holder's library; the same files under the same name are kept once. Returns its id.

    `files` are streams with the names that the browser sent. Call outside of transactions: the files are stored first, and forgotten
    when the library refuses. Raises: NotAllowed, NoFile, TooManyFiles, WrongName, WrongTags, WrongDate, WrongFolder, LibraryFull and what
    `store_upload` raises. Source: §5.5.3.
    """
    holder = holder_of(actor)
    _checked(said, now)
    with _stored(actor, files, now) as rows:
        return _add(actor, holder, rows, said, now)


def _checked(said: Description, now: datetime, *, before: date | None = None) -> tuple[str, list[str], date | None]:
    """Name, tags and end as they are kept; an end that stood there before is left alone, also when it has passed."""
    today = timezone.localdate(now)
    is_as_before = before is not None and said.valid_until.strip() == before.isoformat()
    end = before if is_as_before else rules.checked_end(said.valid_until, today=today)
    return rules.checked_name(said.name), rules.checked_tags(said.tags), end


@contextmanager
def _stored(actor: Actor, files: Sequence[tuple[BinaryIO, str]], now: datetime) -> Iterator[list[FileRow]]:
    if not files:
        raise rules.NoFile
    if len(files) > rules.MOST_FILES:
        raise rules.TooManyFiles
    rows: list[FileRow] = []
    try:
        for stream, name in files:
            rows.append(
                store.store_upload(actor=actor, stream=stream, declared_name=name, accept=rules.ACCEPT, max_bytes=rules.MAX_BYTES, now=now)
            )
        yield rows
    except BaseException:
        for row in rows:
            store.forget_file(row.file_id)
        raise


@transaction.atomic
def _add(actor: Actor, holder: Holder, rows: Sequence[FileRow], said: Description, now: datetime) -> int:
    space = locked_space(holder)
    name, tags, end = _checked(said, now)
    before = same_material(space, rows, name_key=rules.name_key(name))
    if before is not None:
        for row in rows:
            store.forget_file(row.file_id)
        return before
    size = sum(row.size_bytes for row in rows)
    take_room(holder, space, size_bytes=size)
    folder, source = _place(space, said.place)
    material = Material.objects.create(
        space=space,
        folder=folder,
        source=source,
        origin=Origin.UPLOADED,
        name=name,
        name_key=rules.name_key(name),
        cert_type=_cert_type(said),
        tags=tags,
        created_at=now,
    )
    grade = Grade.OWN_WORD if said.is_own_word else Grade.UPLOADED
    add_version(material, rows, number=1, grade=grade, valid_until=end, counted_bytes=size, made_by=actor.account_id, now=now)
    trail.record(actor, "material.uploaded", f"material {material.pk}", at=now)
    return material.pk


def same_material(space: Space, rows: Sequence[FileRow], *, name_key: str | None = None) -> int | None:
    """The material of the space that is these files already: now and under this name, or ever, where no name is given. Two SQL queries."""
    hashes = [row.sha256 for row in rows]
    near = VersionFile.objects.filter(version__material__space=space, sha256__in=hashes)
    if name_key is not None:
        near = near.filter(version__is_current=True, version__material__name_key=name_key)
    versions = dict(near.order_by("version_id").values_list("version_id", "version__material_id"))
    held: dict[int, list[str]] = {}
    for version_id, sha256 in VersionFile.objects.filter(version_id__in=versions).values_list("version_id", "sha256"):
        held.setdefault(version_id, []).append(sha256)
    return next((versions[key] for key, content in held.items() if rules.is_same_content(content, hashes)), None)


def add_version(
    material: Material,
    rows: Sequence[FileRow],
    *,
    number: int,
    grade: Grade,
    valid_until: date | None,
    counted_bytes: int,
    made_by: int | None,
    now: datetime,
    issuer: str = "",
    serial: str = "",
    item_name: str = "",
    document_number: str = "",
) -> Version:
    """Write the next version and make it the current one; for this module and `keeping`. Three SQL statements."""
    Version.objects.filter(material=material, is_current=True).update(is_current=False)
    version = Version.objects.create(
        material=material,
        number=number,
        is_current=True,
        grade=grade,
        issuer=issuer[:60],
        serial=serial,
        item_name=item_name[:200],
        document_number=document_number,
        valid_until=valid_until,
        counted_bytes=counted_bytes,
        made_by=made_by,
        made_at=now,
    )
    VersionFile.objects.bulk_create(
        VersionFile(
            version=version,
            position=position,
            file_id=row.file_id,
            sha256=row.sha256,
            name=row.name,
            extension=row.extension,
            size_bytes=row.size_bytes,
        )
        for position, row in enumerate(rows, start=1)
    )
    return version


def _place(space: Space, place: str) -> tuple[Folder | None, Source]:
    if place in {Source.OWN, Source.OTHER}:
        return None, Source(place)
    number = int(place) if place.isascii() and place.isdigit() and len(place) < 16 else 0
    folder = Folder.objects.filter(pk=number, space=space).first()
    if folder is None:
        raise rules.WrongFolder("请选择放在哪里。")
    return folder, Source.OWN


def _cert_type(said: Description) -> str:
    known = {row.code for row in catalogue.cert_types()} if said.cert_type else set()
    return said.cert_type if said.cert_type in known and not said.is_own_word else ""


def _own_material(holder: Holder, material_id: int) -> tuple[Space, Material]:
    space = locked_space(holder)
    material = Material.objects.filter(pk=material_id, space=space).first()
    if material is None:
        raise rules.NotThere
    return space, material


@transaction.atomic
def describe_material(*, actor: Actor, material_id: int, said: Description, now: datetime) -> None:
    """Rename, move, tag; and say how long it is good, where nobody else vouches for that. Twice is the same.

    A result keeps its place, type and dates. Raises: NotAllowed, NotThere, WrongName, WrongTags, WrongDate, WrongFolder.
    """
    space, material = _own_material(holder_of(actor), material_id)
    current = Version.objects.get(material=material, is_current=True)
    name, tags, end = _checked(said, now, before=current.valid_until)
    material.name, material.name_key, material.tags = name, rules.name_key(name), tags
    if material.origin != Origin.RESULT:
        material.folder, source = _place(space, said.place)
        material.source = source if material.folder is None else material.source
        material.cert_type = _cert_type(said)
    material.save(update_fields=["name", "name_key", "tags", "folder", "source", "cert_type"])
    if current.grade in {Grade.UPLOADED, Grade.OWN_WORD} and current.valid_until != end:
        Version.objects.filter(pk=current.pk).update(valid_until=end, told_days=None)
    trail.record(actor, "material.described", f"material {material.pk}", at=now)


def replace_material(
    *, actor: Actor, material_id: int, number: int, files: Sequence[tuple[BinaryIO, str]], valid_until: str, now: datetime
) -> int:
    """Put a new version in place of the one the holder saw (`number`); the old one stays. Returns the new number.

    It is worth what an upload is worth. Call outside of transactions. Raises: NotAllowed, NotThere, NotReplaceable, NoFile,
    TooManyFiles, VersionChanged, LibraryFull and what `store_upload` raises.
    """
    holder = holder_of(actor)
    if not Material.objects.filter(pk=material_id, space__in=Space.objects.filter(**holder.condition)).exists():
        raise rules.NotThere
    end = rules.checked_end(valid_until, today=timezone.localdate(now))
    with _stored(actor, files, now) as rows:
        return _replace(actor, holder, material_id, number, rows, end, now)


@transaction.atomic
def _replace(
    actor: Actor, holder: Holder, material_id: int, number: int, rows: Sequence[FileRow], valid_until: date | None, now: datetime
) -> int:
    space, material = _own_material(holder, material_id)
    if material.origin == Origin.RESULT:
        raise rules.NotReplaceable
    current = Version.objects.get(material=material, is_current=True)
    if current.number != number:
        raise rules.VersionChanged
    size = sum(row.size_bytes for row in rows)
    take_room(holder, space, size_bytes=size, materials=0)
    grade = Grade.OWN_WORD if current.grade == Grade.OWN_WORD else Grade.UPLOADED
    add_version(
        material, rows, number=number + 1, grade=grade, valid_until=valid_until, counted_bytes=size, made_by=actor.account_id, now=now
    )
    # The holder's own now: it stays when the consent to keep handed-in files is withdrawn.
    Material.objects.filter(pk=material.pk).update(origin=Origin.UPLOADED)
    trail.record(actor, "material.replaced", f"material {material.pk}", detail=f"version {number + 1}", at=now)
    return number + 1


@transaction.atomic
def delete_material(*, actor: Actor, material_id: int, now: datetime) -> None:
    """Take a material with all its versions out of the library. What drafts and cases hold are copies of their own and stay.

    Raises: NotAllowed, NotThere.
    """
    space, material = _own_material(holder_of(actor), material_id)
    remove(space, [material.pk])
    trail.record(actor, "material.deleted", f"material {material_id}", at=now)


def remove(space: Space, material_ids: Sequence[int]) -> None:
    """Drop these materials of a locked space, their files and their bytes; for this module and `keeping`."""
    versions = Version.objects.filter(material_id__in=material_ids, material__space=space)
    size = sum(versions.values_list("counted_bytes", flat=True))
    files = list(VersionFile.objects.filter(version__in=versions).values_list("file_id", flat=True))
    Material.objects.filter(pk__in=material_ids, space=space).delete()
    for file_id in files:
        store.forget_file(file_id)
    give_room(space.pk, size_bytes=size, materials=len(material_ids))


@transaction.atomic
def make_folder(*, actor: Actor, name: str, now: datetime) -> int:
    """A folder of the holder's own; the same name gives the same folder. Returns its id. Raises: NotAllowed, WrongFolder."""
    space = locked_space(holder_of(actor))
    name = rules.checked_folder(name)
    found = Folder.objects.filter(space=space, name=name).first()
    if found is not None:
        return found.pk
    if Folder.objects.filter(space=space).count() >= rules.MOST_FOLDERS:
        raise rules.WrongFolder(f"最多建 {rules.MOST_FOLDERS} 个文件夹，请先删除不用的。")
    folder = Folder.objects.create(space=space, name=name)
    trail.record(actor, "material_folder.made", f"folder {folder.pk}", at=now)
    return folder.pk


def _own_folder(space: Space, folder_id: int) -> Folder:
    folder = Folder.objects.filter(pk=folder_id, space=space).first()
    if folder is None:
        raise rules.NotThere("没有找到这个文件夹，它可能已被删除。")
    return folder


@transaction.atomic
def rename_folder(*, actor: Actor, folder_id: int, name: str, now: datetime) -> None:
    """Give a folder another name. Raises: NotAllowed, NotThere, WrongFolder also for a name that another folder has."""
    space = locked_space(holder_of(actor))
    folder, name = _own_folder(space, folder_id), rules.checked_folder(name)
    if Folder.objects.filter(space=space, name=name).exclude(pk=folder.pk).exists():
        raise rules.WrongFolder(f"已经有叫“{name}”的文件夹，请换一个名称。")
    Folder.objects.filter(pk=folder.pk).update(name=name)
    trail.record(actor, "material_folder.renamed", f"folder {folder.pk}", at=now)


@transaction.atomic
def delete_folder(*, actor: Actor, folder_id: int, now: datetime) -> None:
    """Take a folder away; what lies in it goes back under its source. Raises: NotAllowed, NotThere."""
    space = locked_space(holder_of(actor))
    _own_folder(space, folder_id).delete()
    trail.record(actor, "material_folder.deleted", f"folder {folder_id}", at=now)


@transaction.atomic
def agree_to_keep(*, actor: Actor, now: datetime) -> None:
    """Let the hall keep what is handed in with applications, for the next time; earlier cases included. Twice is the same.

    Source: 个人信息保护法 13, 14; domain.md §16.
    """
    holder = holder_of(actor)
    space = locked_space(holder)
    if space.agreed_at is not None:
        return
    Space.objects.filter(pk=space.pk).update(agreed_at=now, withdrawn_at=None)
    trail.record(actor, "material_consent.given", f"space {space.pk}", at=now)
    publish(events.KeepingAgreed(account_id=holder.account_id, enterprise_id=holder.enterprise_id))


@transaction.atomic
def stop_keeping(*, actor: Actor, now: datetime) -> int:
    """Withdraw the consent, or say no when asked: nothing more is kept, and what was kept leaves the library; cases keep their own.

    What the holder uploaded or replaced, and results, stay. Returns how many materials left. Source: 个人信息保护法 15, 47.
    """
    space = locked_space(holder_of(actor))
    if space.withdrawn_at is not None:
        return 0
    Space.objects.filter(pk=space.pk).update(agreed_at=None, withdrawn_at=now)
    kept = list(Material.objects.filter(space=space, origin=Origin.KEPT).order_by("pk").values_list("pk", flat=True))
    remove(space, kept)
    trail.record(actor, "material_consent.withdrawn", f"space {space.pk}", detail=f"removed {len(kept)}", at=now)
    return len(kept)
