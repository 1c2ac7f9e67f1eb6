"""What the apply pages read: only the actor's own drafts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from hall.services.applications import around, commands, form_files, licences
from hall.services.applications.applicants import Applicant, applicant_of, definition_of, locked_answers
from hall.services.applications.models import Draft, DraftMaterial
from hall.services.applications.rules import Fault
from hall.services.cases.rows import variant_name
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemVersionRow, MaterialRow
from hall.services.licences.rows import Looked
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.formrules.definition import FormDefinition
from hall.support.identity import protection


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One open draft in a list."""

    draft_id: int
    item_code: str
    item_name: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class DraftFile:
    """One uploaded file of a draft."""

    material_key: str
    position: int
    file: FileRow
    grade: str = ""  # set where it came out of the library


@dataclass(frozen=True, slots=True)
class DraftPage:
    """Everything the apply pages show. `faults` are what still keeps it from being handed in; `is_outdated` when the item changed."""

    draft_id: int
    revision: int
    saved_at: datetime
    version: ItemVersionRow
    definition: FormDefinition
    answers: dict[str, Any]
    locked: frozenset[str]
    files: tuple[DraftFile, ...]
    faults: tuple[Fault, ...]
    is_outdated: bool
    serial: str | None
    applicant: Applicant
    variant: str = ""
    unverified: tuple[str, ...] = ()
    is_for_enterprise: bool = False
    licences: Mapping[str, Looked] = field(default_factory=dict)  # what was looked up, by type of licence
    covered: frozenset[str] = frozenset()  # the materials that a licence valid today stands for

    @property
    def materials(self) -> tuple[MaterialRow, ...]:
        """The materials that this variant asks for."""
        return tuple(material for material in self.version.materials if material.belongs_to(self.variant))

    @property
    def variant_name(self) -> str:
        return variant_name(self.version, self.variant)

    def files_of(self, key: str) -> list[DraftFile]:
        """The files of one material, in their order."""
        return [file for file in self.files if file.material_key == key]


def draft_page(actor: Actor, draft_id: int, *, now: datetime) -> DraftPage | None:
    """One draft of the actor, with form, files, licences and faults; None for anybody else's. Ten SQL queries at most."""
    draft = Draft.objects.filter(pk=draft_id, **commands.own(actor)).select_related("case").first()
    if draft is None or actor.account_id is None:
        return None
    version = catalogue.item_version(draft.item_version_id)
    assert version is not None
    applicant, rows = applicant_of(actor), commands.files_of(draft)
    definition = definition_of(applicant, version)
    locked = locked_answers(applicant, definition)
    held = licences.licences_of(draft, version)
    files = store.file_rows([row.file_id for row in rows])
    checked, faults = commands.faults_of(applicant, draft, version, rows, files, timezone.localdate(now), held)
    current = catalogue.current_version(draft.item_code)
    more, unverified = around.said(applicant, draft, version, checked, timezone.localdate(now))
    answers = {**protection.decrypt_json(bytes(draft.answers)), **locked}
    answers = form_files.with_files(definition, answers, ((row.material_key, files[row.file_id]) for row in rows))
    return DraftPage(
        draft_id=draft.pk,
        revision=draft.revision,
        saved_at=draft.saved_at,
        version=version,
        definition=definition,
        answers={**answers, **definition.computed(answers, timezone.localdate(now))},
        locked=frozenset(locked),
        files=tuple(DraftFile(row.material_key, row.position, files[row.file_id], row.grade) for row in rows),
        faults=(*faults, *more),
        unverified=unverified,
        is_outdated=current is None or current.version_id != draft.item_version_id,
        serial=draft.case.serial if draft.case else None,
        applicant=applicant,
        variant=draft.variant,
        is_for_enterprise=draft.enterprise_id is not None,
        licences=held,
        covered=frozenset(licences.covered(version.materials, held, timezone.localdate(now))),
    )


def drafts_of(actor: Actor, *, limit: int = 20) -> list[DraftRow]:
    """The actor's open drafts, last saved first. One SQL query."""
    rows = Draft.objects.filter(submitted_at__isnull=True, **commands.own(actor)).order_by("-saved_at")
    return [DraftRow(*row) for row in rows.values_list("pk", "item_code", "item_name", "saved_at")[:limit]]


def open_draft(actor: Actor, item_code: str) -> DraftRow | None:
    """The actor's open draft for one item, for the item page to offer. One SQL query."""
    if actor.account_id is None:
        return None
    row = (
        Draft.objects.filter(item_code=item_code, submitted_at__isnull=True, **commands.own(actor))
        .values_list("pk", "item_code", "item_name", "saved_at")
        .first()
    )
    return DraftRow(*row) if row else None


def draft_file(actor: Actor, draft_id: int, file_id: Any) -> Any:
    """The stored file's id, when it hangs on the actor's own draft; None otherwise. One SQL query."""
    drafts = Draft.objects.filter(pk=draft_id, **commands.own(actor))
    return DraftMaterial.objects.filter(draft__in=drafts, file_id=file_id).values_list("file_id", flat=True).first()
