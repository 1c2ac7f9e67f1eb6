"""What the pages of a joint application read: only the actor's own drafts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils import timezone

from hall.services.applications import joining, licences
from hall.services.applications.applicants import Applicant, applicant_of
from hall.services.applications.commands import own
from hall.services.applications.joining import LeftOut, Whole
from hall.services.applications.models import JointDraft, JointDraftLicence, JointDraftMaterial
from hall.services.applications.queries import DraftFile
from hall.services.applications.rules import Fault
from hall.services.licences.queries import looked_up
from hall.services.licences.rows import Looked
from hall.support.access.actors import Actor
from hall.support.filestore import store


@dataclass(frozen=True, slots=True)
class JointDraftRow:
    """One open joint draft in a list."""

    draft_id: int
    name: str
    bundle_code: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class JointDraftPage:
    """Everything the pages show. `answers` are those of the one form; `is_outdated` when an item changed or is not handled any more."""

    draft_id: int
    name: str
    bundle_code: str
    revision: int
    saved_at: datetime
    whole: Whole
    left_out: tuple[LeftOut, ...]
    answers: dict[str, Any]
    locked: frozenset[str]
    files: tuple[DraftFile, ...]
    faults: tuple[Fault, ...]
    is_outdated: bool
    serial: str | None
    applicant: Applicant
    is_for_enterprise: bool = False
    licences: Mapping[str, Looked] = field(default_factory=dict)  # what was looked up, by type of licence
    covered: frozenset[str] = frozenset()  # the documents that a licence valid today stands for

    def files_of(self, key: str) -> list[DraftFile]:
        """The files of one document, in their order."""
        return [file for file in self.files if file.material_key == key]


def joint_draft_page(actor: Actor, draft_id: int, *, now: datetime) -> JointDraftPage | None:
    """One joint draft of the actor; None for anybody else's. Ten SQL queries at most, and two for each version not held yet."""
    lookups = JointDraftLicence.objects.filter(draft=OuterRef("pk")).values("lookup_id")
    drafts = JointDraft.objects.annotate(lookup_ids=ArraySubquery(lookups))
    draft = drafts.filter(pk=draft_id, **own(actor)).select_related("joint").first()
    if draft is None or actor.account_id is None:
        return None
    applicant, parts = applicant_of(actor), joining.parts_of(draft)
    whole = joining.whole_of(applicant, parts)
    rows = list(JointDraftMaterial.objects.filter(draft=draft).order_by("material_key", "position"))
    answers = whole.form.gathered(joining.answers_with_facts(applicant, whole, joining.stored_answers(draft)))
    answers |= whole.form.definition.computed(answers, timezone.localdate(now))
    shown = {material.key for material in whole.materials}
    files = store.file_rows([row.file_id for row in rows])
    held = {looked.cert_type: looked for looked in looked_up(draft.lookup_ids).values()}
    given, today = [(row.material_key, files[row.file_id]) for row in rows], timezone.localdate(now)
    faults = joining.faults_of(whole, answers, given, today, held)
    return JointDraftPage(
        draft_id=draft.pk,
        name=draft.name,
        bundle_code=draft.bundle_code,
        revision=draft.revision,
        saved_at=draft.saved_at,
        whole=whole,
        left_out=tuple(LeftOut(**left) for left in draft.left_out),
        answers=answers,
        locked=joining.locked_names(applicant, whole),
        files=tuple(DraftFile(row.material_key, row.position, files[row.file_id], row.grade) for row in rows if row.material_key in shown),
        faults=tuple(faults),
        is_outdated=draft.joint is None and joining.outdated(parts),
        serial=draft.joint.serial if draft.joint else None,
        applicant=applicant,
        is_for_enterprise=draft.enterprise_id is not None,
        licences=held,
        covered=frozenset(licences.covered_jointly(whole.materials, held, today)),
    )


def joint_drafts_of(actor: Actor, *, limit: int = 10) -> list[JointDraftRow]:
    """The actor's open joint drafts, last saved first. One SQL query."""
    rows = JointDraft.objects.filter(submitted_at__isnull=True, **own(actor)).order_by("-saved_at")
    return [JointDraftRow(*row) for row in rows.values_list("pk", "name", "bundle_code", "saved_at")[:limit]]


def open_joint_draft(actor: Actor, bundle_code: str) -> JointDraftRow | None:
    """The actor's open joint draft of one bundle ("" for any other combination). One SQL query."""
    return next((row for row in joint_drafts_of(actor, limit=50) if row.bundle_code == bundle_code), None)


def joint_draft_file(actor: Actor, draft_id: int, file_id: UUID) -> UUID | None:
    """The stored file's id, when it hangs on the actor's own joint draft; None otherwise. One SQL query."""
    drafts = JointDraft.objects.filter(pk=draft_id, **own(actor))
    return JointDraftMaterial.objects.filter(draft__in=drafts, file_id=file_id).values_list("file_id", flat=True).first()
