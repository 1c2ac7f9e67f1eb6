"""Filling in a draft's form from a photographed document (§5.3.2): read by a job, shown beside the fields, taken over as ticked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from hall.services.applications import commands
from hall.services.applications.commands import open_draft
from hall.services.applications.models import Draft
from hall.services.applications.placing import place_of
from hall.services.applications.queries import DraftPage
from hall.services.catalogue.queries import MaterialRow
from hall.services.recognition import commands as readings
from hall.services.recognition import queries as reading
from hall.services.recognition.queries import ReadingRow
from hall.services.recognition.rules import Stated
from hall.support.access.actors import Actor, Role, require
from hall.support.access.throttles import count_try
from hall.support.audit import trail
from hall.support.filestore import erasing, store
from hall.support.filestore.rows import FileRow
from hall.support.formrules import offering
from hall.support.formrules.offering import Offer
from hall.support.identity import protection
from hall.support.refusals import Conflict, NotFound, Refusal

ACCEPT, MAX_BYTES = ("jpg", "png"), 10 * 1024 * 1024
# Each picture costs some seconds of a processor.
TRIES, WINDOW_SECONDS = 30, 3600


class PictureChanged(Conflict):
    sentence = "照片刚刚换过，没有填入。请看现在这一张。"


@dataclass(frozen=True, slots=True)
class Reading:
    """The picture that is read for a draft, and what its form may take from it. `file` is the picture.

    `unsure` are values that the form takes too, and that failed their check.
    """

    row: ReadingRow
    file: FileRow
    offers: tuple[Offer, ...]
    unsure: tuple[str, ...]


def is_offered(page: DraftPage) -> bool:
    """Whether this form can be filled in from a picture here. No SQL."""
    return reading.is_ready() and bool(offering.taken(page.definition, page.locked))


def reading_of(page: DraftPage, *, today: date) -> Reading | None:
    """What is read for the draft, None without a picture. The page is the actor's own. Two SQL queries."""
    row = reading.reading_at(f"draft:{page.draft_id}")
    file = store.file_rows([row.file_id]).get(row.file_id) if row is not None else None
    if row is None or file is None:
        return None
    stated = row.stated or Stated(None)
    offers = offering.offers(page.definition, stated.values, page.answers, page.locked, today)
    taken = offering.taken(page.definition, page.locked)
    return Reading(row, file, tuple(offers), tuple(name for name in stated.unsure if name in taken))


def materials_for(page: DraftPage, file: FileRow) -> list[MaterialRow]:
    """The materials that the picture itself may be handed in for: identity documents and licences that take such files."""
    return [
        material
        for material in page.materials
        if material.kind in {"id", "license"} and file.extension in material.accept and file.size_bytes <= material.max_bytes
    ]


def ask_reading(*, actor: Actor, draft_id: int, stream: BinaryIO, declared_name: str, now: datetime) -> UUID:
    """Take a picture in and have it read for the draft, in place of an earlier one. Must not be called inside a transaction.

    Raises: NotFound, AlreadySubmitted, TooMany, and all that an upload raises; nothing of the picture stays behind a refusal.
    """
    require(actor, Role.CITIZEN)
    count_try(f"reading:{actor.account_id}", limit=TRIES, window_seconds=WINDOW_SECONDS, now=now)
    file = store.store_upload(actor=actor, stream=stream, declared_name=declared_name, accept=ACCEPT, max_bytes=MAX_BYTES, now=now)
    try:
        return _hang_on(actor, draft_id, file, now)
    except Refusal:
        with transaction.atomic():
            erasing.erase_file(file.file_id)
        raise


@transaction.atomic
def _hang_on(actor: Actor, draft_id: int, file: FileRow, now: datetime) -> UUID:
    draft = open_draft(actor, draft_id)
    trail.record(actor, "draft.photo_given", f"draft {draft.pk}", at=now)
    return readings.ask(place=place_of(draft), file=file, now=now)


@transaction.atomic
def take_read(*, actor: Actor, page: DraftPage, reading_id: UUID, names: Collection[str], material_key: str, now: datetime) -> int:
    """Write the ticked values into the form, and forget the picture unless it goes to a material; returns how many were written.

    `names` are the ticked fields. Asked twice, the second time there is nothing left to do. Nothing else is ever written.
    Raises: NotFound, AlreadySubmitted, TooManyFiles, PictureChanged.
    """
    draft = open_draft(actor, page.draft_id)
    found = reading_of(page, today=timezone.localdate(now))
    if found is None:  # confirmed or dropped before, perhaps by the first of two clicks
        return 0
    if found.row.reading_id != reading_id:
        raise PictureChanged
    given = {offer.field.name: offer.typed for offer in found.offers if offer.field.name in names}
    if material_key:
        if material_key not in {material.key for material in materials_for(page, found.file)}:
            raise NotFound
        commands.add_material(actor=actor, draft_id=draft.pk, material_key=material_key, file=found.file, now=now)
    readings.forget(place=place_of(draft), keep_picture=bool(material_key))
    if given:
        held = protection.decrypt_json(bytes(draft.answers))
        draft.answers, draft.revision, draft.saved_at = protection.encrypt_json({**held, **given}), draft.revision + 1, now
        draft.save(update_fields=["answers", "revision", "saved_at"])
    trail.record(actor, "draft.photo_taken", f"draft {draft.pk}", detail=f"fields={len(given)} kept={int(bool(material_key))}", at=now)
    return len(given)


@transaction.atomic
def drop_reading(*, actor: Actor, draft_id: int, now: datetime) -> None:
    """Take nothing over and forget the picture; twice is harmless. Raises: NotFound, AlreadySubmitted."""
    draft: Draft = open_draft(actor, draft_id)
    readings.forget(place=place_of(draft))
    trail.record(actor, "draft.photo_dropped", f"draft {draft.pk}", at=now)
