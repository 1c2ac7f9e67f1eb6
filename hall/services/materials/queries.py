"""What the pages read of a library: only the one of the holder for whom the actor acts; lists by keyset."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from hall.services.materials import rules, using
from hall.services.materials.models import Folder, Material, Space, Use, Version, VersionFile
from hall.services.materials.rows import (
    Candidate,
    FileLine,
    FolderRow,
    LibraryPage,
    MaterialPage,
    MaterialRow,
    Shelf,
    UseLine,
    VersionLine,
)
from hall.services.materials.rules import SOURCE_NAMES, Grade, Origin, Source, Wanted
from hall.services.materials.spaces import holder_of
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity

PAGE_SIZE = 20
MOST_USES = 50
MOST_OFFERS = 5
DUE = ("soon", "over")


def _current(actor: Actor) -> "QuerySet[Version]":
    spaces = Space.objects.filter(**holder_of(actor).condition)
    return Version.objects.filter(is_current=True, material__space__in=spaces).select_related("material")


def shelf(actor: Actor) -> Shelf:
    """Folders with their numbers, room, consent. Four SQL queries; what is counted is bounded by what a space may hold."""
    holder = holder_of(actor)
    space = Space.objects.filter(**holder.condition).first()
    counts: dict[str, int] = {}
    folders: list[tuple[int, str]] = []
    saved = 0
    if space is not None:
        for folder_id, source, number in (
            Material.objects.filter(space=space)
            .values("folder_id", "source")
            .annotate(n=Count("pk"))
            .values_list("folder_id", "source", "n")
        ):
            key = str(folder_id or source)
            counts[key] = counts.get(key, 0) + number
        folders = list(Folder.objects.filter(space=space).order_by("name").values_list("pk", "name"))
        saved = Use.objects.filter(material__space=space).exclude(serial="").exclude(place__startswith="case:").count()
    rows = [FolderRow(source.value, name, counts.get(source.value, 0), is_custom=False) for source, name in SOURCE_NAMES.items()]
    rows += [FolderRow(str(pk), name, counts.get(str(pk), 0), is_custom=True) for pk, name in folders]
    is_agreed = None if space is None or (space.agreed_at is None and space.withdrawn_at is None) else space.agreed_at is not None
    held, used = (space.held, space.used_bytes) if space else (0, 0)
    return Shelf(tuple(rows), held, used, holder.quota_bytes, is_agreed, saved)


def places(actor: Actor) -> list[tuple[str, str]]:
    """Where a holder may put a material, as (place, name): the two open sources, then the folders. One SQL query."""
    spaces = Space.objects.filter(**holder_of(actor).condition)
    own = [(source.value, SOURCE_NAMES[source]) for source in (Source.OWN, Source.OTHER)]
    return own + [(str(pk), name) for pk, name in Folder.objects.filter(space__in=spaces).order_by("name").values_list("pk", "name")]


def is_agreed(actor: Actor) -> bool | None:
    """Whether what is handed in is kept for the next time; None while nobody was asked yet. One SQL query."""
    row = Space.objects.filter(**holder_of(actor).condition).values_list("agreed_at", "withdrawn_at").first()
    return None if row is None or row == (None, None) else row[0] is not None


def library(
    actor: Actor, *, today: date, place: str = "", due: str = "", q: str = "", before: int | None = None, limit: int = PAGE_SIZE
) -> LibraryPage:
    """One page of the library, newest first. `place` is a source or folder, `due` one of `DUE`, `q` a part of a name or a number.

    Eight SQL queries.
    """
    found = _narrowed(_current(actor), today, place, due, q)
    if before is not None:
        found = found.filter(material_id__lt=before)
    versions = list(found.order_by("-material_id")[: limit + 1])
    rows = _with_uses(_rows(versions[:limit]))
    ending = _current(actor).filter(valid_until__gte=today, valid_until__lte=today + timedelta(days=rules.SOON_DAYS))
    soonest = _rows(list(ending.order_by("valid_until", "pk")[:1]))
    more = rows[-1].material_id if len(versions) > limit else None
    return LibraryPage(shelf(actor), tuple(rows), more, soonest[0] if soonest else None)


def _narrowed(found: "QuerySet[Version]", today: date, place: str, due: str, q: str) -> "QuerySet[Version]":
    if place in set(Source):
        found = found.filter(material__source=place, material__folder__isnull=True)
    elif place.isascii() and place.isdigit() and len(place) < 16:
        found = found.filter(material__folder_id=int(place))
    if due == "soon":
        found = found.filter(valid_until__gte=today, valid_until__lte=today + timedelta(days=rules.SOON_DAYS))
    elif due == "over":
        found = found.filter(valid_until__lt=today)
    if q.strip():
        words = q.strip()[: rules.NAME_LENGTH].replace("\0", "")
        named = Q(material__name__icontains=words) | Q(material__tags__contains=[words]) | Q(document_number__icontains=words)
        key = rules.same_name(words)
        found = found.filter(named | Q(material__name_key__contains=key) if key else named)
    return found


def _rows(versions: Sequence[Version]) -> list[MaterialRow]:
    files = _files(version.pk for version in versions)
    return [_row(version, files.get(version.pk, ())) for version in versions]


def _files(version_ids: Iterable[int]) -> dict[int, tuple[FileLine, ...]]:
    found: dict[int, tuple[FileLine, ...]] = {}
    ids = list(version_ids)
    rows = VersionFile.objects.filter(version_id__in=ids).order_by("version_id", "position") if ids else ()
    for file in rows:
        found[file.version_id] = (*found.get(file.version_id, ()), _line(file))
    return found


def _line(file: VersionFile) -> FileLine:
    return FileLine(file.file_id, file.name, file.extension, file.size_bytes, file.sha256)


def _row(version: Version, files: tuple[FileLine, ...], **more: Any) -> MaterialRow:
    material = version.material
    return MaterialRow(
        material_id=material.pk,
        version_id=version.pk,
        number=version.number,
        name=material.name,
        source=Source(material.source),
        folder_id=material.folder_id,
        origin=Origin(material.origin),
        cert_type=material.cert_type,
        tags=tuple(material.tags),
        grade=Grade(version.grade),
        issuer=version.issuer,
        serial=version.serial,
        item_name=version.item_name,
        document_number=version.document_number,
        valid_until=version.valid_until,
        made_at=version.made_at,
        files=files,
        **more,
    )


def _with_uses(rows: Sequence[MaterialRow]) -> list[MaterialRow]:
    ids = [row.material_id for row in rows]
    counted = Use.objects.filter(material_id__in=ids).values("material_id").annotate(n=Count("pk"), last=Max("pk")) if ids else ()
    uses = {use["material_id"]: (use["n"], use["last"]) for use in counted}
    names = dict(Use.objects.filter(pk__in=[last for _, last in uses.values()]).values_list("material_id", "item_name")) if uses else {}
    return [replace(row, uses=uses.get(row.material_id, (0, 0))[0], last_use=names.get(row.material_id, "")) for row in rows]


def material_page(actor: Actor, material_id: int) -> MaterialPage | None:
    """One material of the library; None for anybody else's. Five SQL queries."""
    version = _current(actor).filter(material_id=material_id).first()
    if version is None:
        return None
    history = list(Version.objects.filter(material_id=material_id).order_by("-number"))
    files = _files(one.pk for one in history)
    uses = list(Use.objects.filter(material_id=material_id).order_by("-pk")[:MOST_USES])
    names = identity.names_of({use.account_id for use in uses}) if uses else {}
    return MaterialPage(
        _row(version, files.get(version.pk, ())),
        using.offer_of(version.material, version, files.get(version.pk, ())),
        tuple(VersionLine(v.number, v.is_current, Grade(v.grade), v.valid_until, v.made_at, files.get(v.pk, ())) for v in history),
        tuple(
            UseLine(
                use.item_name, use.at, use.serial, use.version_number, names.get(use.account_id, ""), use.place.startswith("joint-draft:")
            )
            for use in uses
        ),
    )


def library_file(actor: Actor, material_id: int, file_id: UUID) -> UUID | None:
    """The stored file's id, when it belongs to a material of the actor's library, also to an earlier version. One SQL query."""
    spaces = Space.objects.filter(**holder_of(actor).condition)
    files = VersionFile.objects.filter(file_id=file_id, version__material_id=material_id, version__material__space__in=spaces)
    return files.values_list("file_id", flat=True).first()


def candidates(actor: Actor, wanted: Sequence[Wanted], *, today: date) -> dict[str, list[Candidate]]:
    """For each material that is asked for (by its key) what the library offers, best first, five at most. One SQL query for all.

    Looks on the disk for each file that may be offered. Source: §5.3.4 自动加载历史材料; domain.md §11.
    """
    certs, names = {one.cert_type for one in wanted if one.cert_type}, {one.name_key for one in wanted}
    spaces = Space.objects.filter(**holder_of(actor).condition)
    near = VersionFile.objects.filter(
        Q(version__material__cert_type__in=certs) | Q(version__material__name_key__in=names),
        Q(version__valid_until__isnull=True) | Q(version__valid_until__gte=today),
        version__is_current=True,
        version__material__space__in=spaces,
    )
    held: dict[int, list[VersionFile]] = {}
    for file in near.select_related("version__material").order_by("-version_id", "position")[:1000]:
        held.setdefault(file.version_id, []).append(file)
    return {one.key: _best(one, held.values(), today) for one in wanted}


def _best(wanted: Wanted, held: Iterable[list[VersionFile]], today: date) -> list[Candidate]:
    found = []
    for files in held:
        version = files[0].version
        matched = rules.match(wanted, using.offer_of(version.material, version, files), today=today)
        if matched is not None:
            lines = tuple(map(_line, files))
            found.append((matched, Grade(version.grade), version.pk, Candidate(_row(version, lines), matched)))
    return rules.best_first(found)[:MOST_OFFERS]
