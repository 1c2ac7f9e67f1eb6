"""Hanging a file on a field of a draft's form (§5.3.2); it is taken off like any other file of the draft."""

from datetime import datetime

from django.db import transaction

from hall.services.applications import commands, form_files, placing, rules
from hall.services.applications.applicants import applicant_of, definition_of
from hall.services.applications.models import Draft, DraftMaterial
from hall.services.catalogue import queries as catalogue
from hall.services.inspections import commands as inspections
from hall.support.access.actors import Actor
from hall.support.filestore.rows import FileRow
from hall.support.refusals import NotFound


@transaction.atomic
def add_form_file(*, actor: Actor, draft_id: int, name: str, file: FileRow, now: datetime) -> None:
    """Hang a stored file on the field `name`, and have it measured; where only one is asked for, it takes the place of the one before.

    Raises: NotFound, AlreadySubmitted, TooManyFiles.
    """
    draft = commands.open_draft(actor, draft_id)
    version = catalogue.item_version(draft.item_version_id)
    assert version is not None
    field = definition_of(applicant_of(actor), version).field(name)
    if field is None or not field.takes_files:
        raise NotFound
    key = form_files.key_of(field)
    held = list(DraftMaterial.objects.filter(draft=draft, material_key=key).order_by("position"))
    if field.most_files == 1:
        for before in held:
            placing.take_off(draft, before)
        held = []
    free = [position for position in range(1, field.most_files + 1) if position not in {one.position for one in held}]
    if not free:
        raise rules.TooManyFiles
    DraftMaterial.objects.create(draft=draft, material_key=key, position=free[0], file_id=file.file_id, uploaded_at=now)
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)
    inspections.ask(file, now=now)
