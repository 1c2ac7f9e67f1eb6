"""Joint applications (一件事, and any combination out of the 办事清单): one draft, one form, one submission (§5.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from hall.services import events
from hall.services.applications import baskets, joining, licences, measuring, placing, recalling, rules
from hall.services.applications import commands as single
from hall.services.applications.applicants import Applicant, applicant_of, definition_of, locked_answers, prefilled
from hall.services.applications.commands import Saved, own
from hall.services.applications.joining import Answers, Part, Whole
from hall.services.applications.models import DraftMaterial, JointDraft, JointDraftMaterial, JointDraftPart
from hall.services.cases import joint as cases
from hall.services.cases import joint_queries
from hall.services.cases.commands import NewCase, NewLicence, NewMaterial
from hall.services.inspections import commands as inspections
from hall.services.licences.rows import Looked
from hall.services.serials.rules import Channel
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.identity import protection
from hall.support.jobs.queue import publish
from hall.support.refusals import NotFound


@dataclass(frozen=True, slots=True)
class JointSubmitted:
    """The whole that a joint draft became."""

    joint_id: int
    serial: str


def open_draft_of(actor: Actor, draft_id: int) -> JointDraft:
    """The actor's own open joint draft, locked until the transaction ends. Raises: NotFound, AlreadySubmitted."""
    require(actor, Role.CITIZEN)
    draft = JointDraft.objects.select_for_update().filter(pk=draft_id, **own(actor)).first()
    if draft is None:
        raise NotFound
    if draft.submitted_at is not None:
        raise rules.AlreadySubmitted
    return draft


def start_joint(
    *, actor: Actor, codes: Iterable[str], now: datetime, name: str, bundle_code: str = "", variants: Mapping[str, str] | None = None
) -> int:
    """The actor's open joint draft of these items, made if there is none: one for each bundle, one for any other combination.

    A draft that exists takes these items in place of those it had; answers and files stay. `variants` are variant keys by item. Items
    that cannot be applied for together are named in the draft as left out. Returns its id.

    Raises: NothingTogether, TooManyTogether.
    """
    require(actor, Role.CITIZEN)
    sifted = joining.sift(codes, is_enterprise=actor.enterprise_id is not None)
    if not sifted.versions:
        raise rules.NothingTogether
    open_drafts = JointDraft.objects.filter(bundle_code=bundle_code, submitted_at__isnull=True, **own(actor))
    draft_id = open_drafts.values_list("pk", flat=True).first()
    if draft_id is None:
        try:
            with transaction.atomic():
                draft_id = _new_draft(actor, name, bundle_code, now)
        except IntegrityError:
            # Two windows at once: the constraint let one through, both go on with it.
            draft_id = open_drafts.values_list("pk", flat=True).get()
    _choose(actor, draft_id, name, sifted, variants or {}, now)
    return draft_id


def _new_draft(actor: Actor, name: str, bundle_code: str, now: datetime) -> int:
    assert actor.account_id is not None
    draft = JointDraft.objects.create(
        account_id=actor.account_id,
        enterprise_id=actor.enterprise_id,
        bundle_code=bundle_code,
        name=name[:120],
        answers=protection.encrypt_json({}),
        created_at=now,
        saved_at=now,
    )
    trail.record(actor, "joint_draft.started", f"joint draft {draft.pk}", detail=bundle_code, at=now)
    return draft.pk


@transaction.atomic
def _choose(actor: Actor, draft_id: int, name: str, sifted: joining.Sifted, variants: Mapping[str, str], now: datetime) -> None:
    draft = open_draft_of(actor, draft_id)
    before = {row.item_code: row.variant for row in joining.parts_of(draft)}
    JointDraftPart.objects.filter(draft=draft).delete()
    stored, applicant = joining.stored_answers(draft), applicant_of(actor)
    new = [version for version in sifted.versions if version.code not in stored]
    earlier = recalling.earlier_of(actor, applicant, new, today=timezone.localdate(now))
    for position, version in enumerate(sifted.versions):
        chosen = rules.variant_for(version.variants, variants.get(version.code, ""), before.get(version.code, ""))
        JointDraftPart.objects.create(
            draft=draft, position=position, item_version_id=version.version_id, item_code=version.code, variant=chosen
        )
        definition = definition_of(applicant, version)
        begun = recalling.steady(definition, earlier.get(version.code, {}))
        stored[version.code] = {**begun, **prefilled(applicant, definition), **stored.get(version.code, {})}
    draft.name = name[:120]
    draft.left_out = [asdict(left) for left in sifted.left_out]
    draft.answers = protection.encrypt_json(stored)
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["name", "left_out", "answers", "revision", "saved_at"])


@transaction.atomic
def save_joint(*, actor: Actor, draft_id: int, revision: int, answers: Mapping[str, Any], now: datetime) -> Saved:
    """Keep what was typed into the one form, also when it is wrong yet; each answer goes to every item that uses it.

    Raises: NotFound, AlreadySubmitted, StaleDraft when another window saved in between (nothing is overwritten).
    """
    draft = open_draft_of(actor, draft_id)
    if draft.revision != revision:
        raise rules.StaleDraft
    applicant, today = applicant_of(actor), timezone.localdate(now)
    whole = joining.whole_of(applicant, joining.parts_of(draft))
    typed = whole.form.spread(answers)
    stored = joining.stored_answers(draft)
    for part in whole.parts:
        kept = part.definition.check_partial(typed.get(part.code, {}), today=today).values
        stored[part.code] = {**kept, **locked_answers(applicant, part.definition)}
    draft.answers = protection.encrypt_json(stored)
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["answers", "revision", "saved_at"])
    return Saved(draft.pk, draft.revision, now)


@transaction.atomic
def add_material(*, actor: Actor, draft_id: int, material_key: str, file: FileRow, now: datetime) -> None:
    """Hang a stored file on a document of the merged list. Raises: NotFound, AlreadySubmitted, TooManyFiles."""
    draft = open_draft_of(actor, draft_id)
    whole = joining.whole_of(applicant_of(actor), joining.parts_of(draft))
    material = next((material for material in whole.materials if material.key == material_key), None)
    if material is None:
        raise NotFound
    files = JointDraftMaterial.objects.filter(draft=draft, material_key=material_key)
    taken = set(files.values_list("position", flat=True))
    free = [position for position in range(1, rules.MOST_FILES + 1) if position not in taken]
    if not free:
        raise rules.TooManyFiles
    JointDraftMaterial.objects.create(draft=draft, material_key=material_key, position=free[0], file_id=file.file_id, uploaded_at=now)
    JointDraft.objects.filter(pk=draft.pk).update(saved_at=now)
    inspections.ask(file, material=material.first, now=now)


@transaction.atomic
def remove_material(*, actor: Actor, draft_id: int, file_id: UUID, now: datetime) -> None:
    """Take a file off the draft; taking it off twice is the same. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft_of(actor, draft_id)
    placing.take_off(draft, JointDraftMaterial.objects.filter(draft=draft, file_id=file_id).first())
    JointDraft.objects.filter(pk=draft.pk).update(saved_at=now)


@transaction.atomic
def discard_joint(*, actor: Actor, draft_id: int, now: datetime) -> None:
    """Throw the draft away. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft_of(actor, draft_id)
    draft.discarded_at = now
    draft.answers = protection.encrypt_json({})
    draft.save(update_fields=["discarded_at", "answers"])
    placing.forget(draft)
    trail.record(actor, "joint_draft.discarded", f"joint draft {draft.pk}", at=now)


@transaction.atomic
def renew_joint(*, actor: Actor, draft_id: int, now: datetime) -> None:
    """Carry the draft over to the items' present versions; items not handled any more are named and left out.

    Raises: NotFound, AlreadySubmitted, NothingTogether.
    """
    draft = open_draft_of(actor, draft_id)
    rows = joining.parts_of(draft)
    sifted = joining.sift([row.item_code for row in rows], is_enterprise=actor.enterprise_id is not None)
    if not sifted.versions:
        raise rules.NothingTogether
    _choose(actor, draft.pk, draft.name, sifted, {row.item_code: row.variant for row in rows}, now)


@transaction.atomic
def submit_joint(*, actor: Actor, draft_id: int, revision: int, channel: Channel = Channel.WEB, now: datetime) -> JointSubmitted:
    """Hand everything in: one number for the whole, a case for each item, all or none, however often it is asked.

    The joint draft is the idempotency key. Items that wait for others become cases when those are granted.

    Raises: NotFound, StaleDraft, StaleVersion, RealNameNeeded, NotComplete with every fault, SerialsUsedUp.
    Source: §5.4 一件事, one submission → one parent number and a case per department; §6.2.
    """
    require(actor, Role.CITIZEN)
    draft = JointDraft.objects.select_for_update().filter(pk=draft_id, **own(actor)).first()
    if draft is None:
        raise NotFound
    if draft.joint is not None:
        return JointSubmitted(draft.joint.pk, draft.joint.serial or "")
    if draft.revision != revision:
        raise rules.StaleDraft
    if actor.auth_level < rules.REAL_NAME_LEVEL:
        raise rules.RealNameNeeded
    rows = joining.parts_of(draft)
    if joining.outdated(rows):
        raise rules.StaleVersion
    applicant = applicant_of(actor)
    whole = joining.whole_of(applicant, rows)
    by_item = joining.answers_with_facts(applicant, whole, joining.stored_answers(draft))
    answers = whole.form.gathered(by_item)
    files = list(JointDraftMaterial.objects.filter(draft=draft).order_by("material_key", "position"))
    stored = store.file_rows([file.file_id for file in files])
    given = [(file.material_key, stored[file.file_id]) for file in files]
    held = licences.licences_of(draft)
    faults = joining.faults_of(whole, answers, given, timezone.localdate(now), held)
    if faults:
        raise rules.NotComplete(faults)
    keys = licences.covered_jointly(whole.materials, held, timezone.localdate(now))
    covered = {material.key: held[material.first.cert_type] for material in whole.materials if material.key in keys}
    new = _new_joint(draft, applicant, whole, whole.form.spread(answers), files, stored, covered, channel, now)
    opened = cases.open_joint(actor=actor, new=new, now=now)
    placing.note_handed_in(draft, files, opened.serial)
    _finish(actor, draft, whole, opened, new, now)
    measuring.note_joint(draft, [(part.version, part.variant) for part in whole.parts], whole.materials, files, held, now=now)
    return JointSubmitted(opened.joint_id, opened.serial)


def _finish(actor: Actor, draft: JointDraft, whole: Whole, opened: cases.OpenedJoint, new: cases.NewJoint, now: datetime) -> None:
    draft.submitted_at, draft.joint_id = now, opened.joint_id
    # The answers live on in the cases; a submitted draft keeps none.
    draft.answers = protection.encrypt_json({})
    draft.save(update_fields=["submitted_at", "joint_id", "answers"])
    baskets.take_out(actor=actor, codes=[part.code for part in whole.parts], now=now)
    trail.record(actor, "joint.submitted", opened.serial, detail=" ".join(part.code for part in whole.parts), at=now)
    assert actor.account_id is not None
    waiting = sum(bool(part.waits_for) for part in new.parts)
    publish(events.JointSubmitted(opened.joint_id, opened.serial, actor.account_id, draft.name, len(new.parts), waiting))


def _new_joint(
    draft: JointDraft,
    applicant: Applicant,
    whole: Whole,
    by_item: Answers,
    files: Sequence[JointDraftMaterial],
    rows: Mapping[UUID, FileRow],
    covered: Mapping[str, Looked],
    channel: Channel,
    now: datetime,
) -> cases.NewJoint:
    order = whole.plan.order
    parts = []
    for code in order:
        part = whole.part(code)
        checked = part.definition.check(by_item.get(code, {}), today=timezone.localdate(now))
        assert checked.is_valid, "what is right in the one form is right in each"
        case = _new_case(draft, applicant, part, checked.values, _materials(whole, code, files, rows), channel)
        case = replace(case, licences=_licences(whole, code, covered))
        parts.append(cases.NewPart(case, tuple(order.index(first) for first in whole.plan.forerunners(code))))
    return cases.NewJoint(draft.name, draft.bundle_code, f"joint-draft:{draft.pk}", channel, parts)


def _materials(whole: Whole, code: str, files: Sequence[JointDraftMaterial], rows: Mapping[UUID, FileRow]) -> list[NewMaterial]:
    """Every file that this item needs, under its own names."""
    found = []
    names = {material.key: material.name for material in whole.part(code).materials}
    for material in whole.materials:
        for own_key in (key for used_by, key in material.uses if used_by == code):
            given = [file for file in files if file.material_key == material.key]
            found += [NewMaterial(own_key, names[own_key], file.position, rows[file.file_id], file.grade) for file in given]
    return found


def _licences(whole: Whole, code: str, covered: Mapping[str, Looked]) -> list[NewLicence]:
    """Every licence that stands for a material of this item, under its own name. `covered` by the merged list's keys."""
    names = {material.key: material.name for material in whole.part(code).version.materials}
    return [
        NewLicence(own_key, names[own_key], covered[material.key].lookup_id)
        for material in whole.materials
        if material.key in covered
        for used_by, own_key in material.uses
        if used_by == code
    ]


def _new_case(
    draft: JointDraft, applicant: Applicant, part: Part, answers: dict[str, Any], materials: list[NewMaterial], channel: Channel
) -> NewCase:
    profile, enterprise = applicant.profile, applicant.enterprise
    return NewCase(
        version=part.version,
        department_number=part.department_number,
        account_id=profile.account_id,
        enterprise_id=enterprise.enterprise_id if enterprise else None,
        applicant_name=enterprise.name if enterprise else profile.name,
        applicant_key=enterprise.uscc if enterprise else profile.id_number,
        answers=answers,
        materials=materials,
        channel=channel,
        request_id=f"joint-draft:{draft.pk}:{part.code}",
        variant=part.variant,
    )


@transaction.atomic
def go_on_alone(*, actor: Actor, serial: str, position: int, now: datetime) -> int:
    """A draft of its own for a part of a whole that was left, with everything that was filled in and handed in. Returns its id.

    Raises: NotFound, NotApplicable, WrongAudience.
    """
    require(actor, Role.CITIZEN)
    part = joint_queries.left_part(actor, serial, position)
    if part is None:
        raise NotFound
    draft_id = single.start_draft(actor=actor, item_code=part.item_code, variant=part.variant, answers=part.answers, now=now)
    has = set(DraftMaterial.objects.filter(draft_id=draft_id).values_list("material_key", flat=True))
    rows = store.file_rows([file_id for _, file_id in part.files])
    for key, file_id in part.files:
        if key not in has:
            single.add_material(actor=actor, draft_id=draft_id, material_key=key, file=rows[file_id], now=now)
    return draft_id
