"""Drafts and their submission (§5.3.2). One open draft for each applicant and item; files are kept the moment they arrive."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from hall.services import events
from hall.services.applications import around, form_files, licences, measuring, placing, recalling, rules
from hall.services.applications.applicants import Applicant, applicant_of, definition_of, locked_answers, prefilled
from hall.services.applications.models import Draft, DraftMaterial
from hall.services.applications.rules import Fault
from hall.services.cases import commands as cases
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.inspections import commands as inspections
from hall.services.inspections.rules import asked_of, refusal_of
from hall.services.licences.rows import Looked
from hall.services.serials.rules import Channel
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.identity import protection
from hall.support.identity import queries as identity
from hall.support.jobs.queue import publish
from hall.support.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save answers: the new revision and when."""

    draft_id: int
    revision: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    """The case that a draft became."""

    case_id: int
    serial: str


def own(actor: Actor) -> dict[str, Any]:
    """The condition of "the actor's own drafts": the person, or the enterprise acted for by this person."""
    return {"account_id": actor.account_id, "enterprise_id": actor.enterprise_id, "discarded_at": None}


def open_draft(actor: Actor, draft_id: int) -> Draft:
    """The actor's own open draft, locked until the transaction ends. Raises: NotFound, AlreadySubmitted."""
    require(actor, Role.CITIZEN)
    draft = Draft.objects.select_for_update().filter(pk=draft_id, **own(actor)).first()
    if draft is None:
        raise NotFound
    if draft.submitted_at is not None:
        raise rules.AlreadySubmitted
    return draft


def start_draft(*, actor: Actor, item_code: str, now: datetime, answers: Mapping[str, Any] | None = None, variant: str = "") -> int:
    """The actor's open draft for the item, made if there is none: the same draft however often one starts. Returns its id.

    A new draft begins with what the hall knows of the applicant and with steady answers of an earlier case, where the form says so.
    `answers` fill fields of the form that are still empty, also with what breaks a rule (the form then says so); verified facts and
    what was typed stay, and names that no field has are passed over. `variant` is the key of one of the item's variants; a draft
    of an item with variants always has one, the first where none is known.

    Raises: NotFound, NotApplicable, WrongAudience.
    """
    require(actor, Role.CITIZEN)
    version = catalogue.current_version(item_code)
    if version is None:
        raise NotFound
    if not version.applicable or version.online_depth not in {"prelim", "full"}:
        raise rules.NotApplicable
    rules.check_audience(version.audience, is_enterprise=actor.enterprise_id is not None)
    existing = Draft.objects.filter(item_code=item_code, submitted_at__isnull=True, **own(actor)).values_list("pk", flat=True).first()
    if existing is None:
        existing, is_new = _new_draft(actor, version, answers or {}, variant, now)
        if is_new:
            return existing
    if answers or variant:
        _fill_draft(actor, existing, answers or {}, variant, now)
    return existing


def _new_draft(actor: Actor, version: ItemVersionRow, answers: Mapping[str, Any], variant: str, now: datetime) -> tuple[int, bool]:
    assert actor.account_id is not None
    applicant = applicant_of(actor)
    definition = definition_of(applicant, version)
    today = timezone.localdate(now)
    given = definition.check_partial(answers, today=today).values
    earlier = recalling.steady(definition, recalling.earlier_answers(actor, applicant, version, today=today))
    try:
        with transaction.atomic():
            draft = Draft.objects.create(
                account_id=actor.account_id,
                enterprise_id=actor.enterprise_id,
                item_version_id=version.version_id,
                item_code=version.code,
                item_name=version.name,
                variant=rules.variant_for(version.variants, variant),
                answers=protection.encrypt_json({**earlier, **given, **prefilled(applicant, definition)}),
                created_at=now,
                saved_at=now,
            )
            trail.record(actor, "draft.started", f"draft {draft.pk}", detail=version.code, at=now)
    except IntegrityError:
        # Two windows at once: the constraint let one through, both go on with it.
        open_drafts = Draft.objects.filter(item_code=version.code, submitted_at__isnull=True, **own(actor))
        return open_drafts.values_list("pk", flat=True).get(), False
    return draft.pk, True


@transaction.atomic
def _fill_draft(actor: Actor, draft_id: int, answers: Mapping[str, Any], variant: str, now: datetime) -> None:
    """Put answers into empty fields of a draft that exists, and choose its variant; the revision rises only when something changed."""
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    if draft.submitted_at is not None or draft.discarded_at is not None:
        return
    version = _pinned(draft)
    held = protection.decrypt_json(bytes(draft.answers))
    given = definition_of(applicant_of(actor), version).check_partial(answers, today=timezone.localdate(now)).values
    missing = {name: value for name, value in given.items() if not held.get(name)}
    chosen = rules.variant_for(version.variants, variant, draft.variant)
    if not missing and chosen == draft.variant:
        return
    draft.variant = chosen
    draft.answers = protection.encrypt_json({**held, **missing})
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["variant", "answers", "revision", "saved_at"])


@transaction.atomic
def save_draft(*, actor: Actor, draft_id: int, revision: int, answers: Mapping[str, Any], step: int | None = None, now: datetime) -> Saved:
    """Keep what was typed, also when it is wrong yet; read-only facts of the hall stay as they are.

    `step` is the page of the form that was filled in, from 1: the answers of the other pages stay. None for the whole form.
    Raises: NotFound, AlreadySubmitted, StaleDraft when another window saved in between (nothing is overwritten).
    """
    draft = open_draft(actor, draft_id)
    if draft.revision != revision:
        raise rules.StaleDraft
    version = _pinned(draft)
    applicant = applicant_of(actor)
    definition = definition_of(applicant, version)
    kept = definition.check_partial(answers, today=timezone.localdate(now)).values
    if step is not None:
        kept = definition.of_step(step, kept, protection.decrypt_json(bytes(draft.answers)))
    draft.answers = protection.encrypt_json({**kept, **locked_answers(applicant, definition)})
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["answers", "revision", "saved_at"])
    return Saved(draft.pk, draft.revision, now)


def _pinned(draft: Draft) -> ItemVersionRow:
    version = catalogue.item_version(draft.item_version_id)
    assert version is not None
    return version


@transaction.atomic
def add_material(*, actor: Actor, draft_id: int, material_key: str, file: FileRow, now: datetime) -> None:
    """Hang a stored file on a material of the draft and have it measured. Raises: NotFound, AlreadySubmitted, TooManyFiles."""
    draft = open_draft(actor, draft_id)
    material = next((material for material in _pinned(draft).materials if material.key == material_key), None)
    if material is None:
        raise NotFound
    taken = set(DraftMaterial.objects.filter(draft=draft, material_key=material_key).values_list("position", flat=True))
    free = [position for position in range(1, rules.MOST_FILES + 1) if position not in taken]
    if not free:
        raise rules.TooManyFiles
    DraftMaterial.objects.create(draft=draft, material_key=material_key, position=free[0], file_id=file.file_id, uploaded_at=now)
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)
    inspections.ask(file, material=material, now=now)


@transaction.atomic
def remove_material(*, actor: Actor, draft_id: int, file_id: UUID, now: datetime) -> None:
    """Take a file off the draft; taking it off twice is the same. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft(actor, draft_id)
    placing.take_off(draft, DraftMaterial.objects.filter(draft=draft, file_id=file_id).first())
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)


@transaction.atomic
def discard_draft(*, actor: Actor, draft_id: int, now: datetime) -> None:
    """Throw the draft away. Raises: NotFound, AlreadySubmitted."""
    draft = open_draft(actor, draft_id)
    draft.discarded_at, draft.answers = now, protection.encrypt_json({})
    draft.save(update_fields=["discarded_at", "answers"])
    placing.forget(draft)
    trail.record(actor, "draft.discarded", f"draft {draft.pk}", at=now)


@transaction.atomic
def renew_draft(*, actor: Actor, draft_id: int, now: datetime) -> bool:
    """Carry the draft over to the item's present version, keeping every answer that still fits; True when it moved.

    Raises: NotFound, AlreadySubmitted, ItemGone.
    """
    draft = open_draft(actor, draft_id)
    current = catalogue.current_version(draft.item_code)
    if current is None or not current.applicable:
        raise rules.ItemGone
    if current.version_id == draft.item_version_id:
        return False
    old = _pinned(draft)
    same_names = {m.name: m.key for m in current.materials}
    for material in old.materials:
        new_key = same_names.get(material.name)
        files = DraftMaterial.objects.filter(draft=draft, material_key=material.key)
        if new_key is not None and new_key != material.key:
            files.update(material_key=f"+{new_key}")
    for material in current.materials:
        DraftMaterial.objects.filter(draft=draft, material_key=f"+{material.key}").update(material_key=material.key)
    draft.variant = rules.renewed_variant(old.variants, current.variants, draft.variant)
    draft.item_version_id, draft.item_name = current.version_id, current.name
    draft.revision += 1
    draft.saved_at = now
    draft.save(update_fields=["item_version_id", "item_name", "variant", "revision", "saved_at"])
    return True


def faults_of(
    applicant: Applicant,
    draft: Draft,
    version: ItemVersionRow,
    files: Iterable[DraftMaterial],
    stored: Mapping[UUID, FileRow],
    today: date,
    held: Mapping[str, Looked],
) -> tuple[dict[str, Any], list[Fault]]:
    """The checked answers and everything that still keeps the draft, with these files and licences, from being handed in. No SQL.

    `stored` are the rows of the files by their id.
    """
    definition = definition_of(applicant, version)
    files = list(files)
    held_answers = {**protection.decrypt_json(bytes(draft.answers)), **locked_answers(applicant, definition)}
    answers = form_files.with_files(definition, held_answers, ((file.material_key, stored[file.file_id]) for file in files))
    checked = definition.check(answers, today=today)
    faults = [Fault(error.name, error.sentence) for error in checked.errors]
    given = Counter(file.material_key for file in files) + licences.covered(version.materials, held, today)
    asked = [(m.key, m.name, m.necessity) for m in version.materials if m.belongs_to(draft.variant)]
    faults += rules.missing_materials(asked, given)
    wanted = {m.key: m for m in (*version.materials, *form_files.materials_of(definition)) if m.belongs_to(draft.variant)}
    refused = [
        (file.material_key, wanted[file.material_key].name, refusal_of(asked_of(wanted[file.material_key], stored[file.file_id])))
        for file in files
        if file.material_key in wanted
    ]
    return checked.values, faults + rules.refused_files(refused)


def files_of(draft: Draft) -> list[DraftMaterial]:
    """The draft's files, by material and place. One SQL query."""
    return list(DraftMaterial.objects.filter(draft=draft).order_by("material_key", "position"))


@transaction.atomic
def submit_application(*, actor: Actor, draft_id: int, revision: int, channel: Channel = Channel.WEB, now: datetime) -> Submitted:
    """Hand the draft in: one case, one serial number, however often it is asked (the draft is the idempotency key).

    Raises: NotFound, StaleDraft, StaleVersion, ItemGone, RealNameNeeded, NotComplete with every fault, SerialsUsedUp.
    Source: §5.3.2, §6.2 (1).
    """
    require(actor, Role.CITIZEN)
    draft = Draft.objects.select_for_update().filter(pk=draft_id, **own(actor)).first()
    if draft is None:
        raise NotFound
    if draft.case_id is not None:
        return Submitted(draft.case_id, _serial_of(draft.case_id))
    if draft.revision != revision:
        raise rules.StaleDraft
    if actor.auth_level < rules.REAL_NAME_LEVEL:
        raise rules.RealNameNeeded
    version = _pinned(draft)
    current = catalogue.current_version(draft.item_code)
    if current is None or not current.applicable:
        raise rules.ItemGone
    if current.version_id != version.version_id:
        raise rules.StaleVersion
    applicant, files, held = applicant_of(actor), files_of(draft), licences.licences_of(draft, version)
    stored = store.file_rows([file.file_id for file in files])
    answers, faults = faults_of(applicant, draft, version, files, stored, timezone.localdate(now), held)
    if definition_of(applicant, version).checks:
        cases.hold_applicant(version.code, applicant.key)
    more, unverified = around.said(applicant, draft, version, answers, timezone.localdate(now))
    if faults or more:
        raise rules.NotComplete([*faults, *more])
    new = _new_case(applicant, draft, version, files, stored, answers, channel)
    measuring.note_single(draft, version, files, held, now=now)
    opened = cases.open_case(
        actor=actor, new=replace(new, licences=_new_licences(draft, version, held, now), unverified=unverified), now=now
    )
    draft.submitted_at, draft.case_id = now, opened.case_id
    # The answers live on in the case; a submitted draft keeps none.
    draft.answers = protection.encrypt_json({})
    draft.save(update_fields=["submitted_at", "case_id", "answers"])
    placing.note_handed_in(draft, files, opened.serial)
    trail.record(actor, "application.submitted", opened.serial, at=now)
    assert actor.account_id is not None
    publish(
        events.ApplicationSubmitted(
            case_id=opened.case_id,
            serial=opened.serial,
            account_id=actor.account_id,
            item_code=version.code,
            item_name=version.name,
            department_code=version.department_code,
        )
    )
    return Submitted(opened.case_id, opened.serial)


def _serial_of(case_id: int) -> str:
    return Draft.objects.filter(case_id=case_id).values_list("case__serial", flat=True).get() or ""


def _new_licences(draft: Draft, version: ItemVersionRow, held: Mapping[str, Looked], now: datetime) -> list[cases.NewLicence]:
    """The licences that stand for materials; what was looked up and not found valid stays with the draft."""
    asked = tuple(material for material in version.materials if material.belongs_to(draft.variant))
    keys = licences.covered(asked, held, timezone.localdate(now))
    return [cases.NewLicence(m.key, m.name, held[m.cert_type].lookup_id) for m in asked if m.key in keys]


def _new_case(
    applicant: Applicant,
    draft: Draft,
    version: ItemVersionRow,
    given: list[DraftMaterial],
    stored: Mapping[UUID, FileRow],
    answers: dict[str, Any],
    channel: Channel,
) -> cases.NewCase:
    profile, enterprise = applicant.profile, applicant.enterprise
    department = identity.department(version.department_code)
    assert department is not None
    names = {material.key: material.name for material in version.materials if material.belongs_to(draft.variant)}
    asked = (field for field in definition_of(applicant, version).fields if field.takes_files and field.name in answers)
    names |= {form_files.key_of(field): field.title for field in asked}
    return cases.NewCase(
        version=version,
        department_number=department.number,
        account_id=profile.account_id,
        enterprise_id=enterprise.enterprise_id if enterprise else None,
        applicant_name=enterprise.name if enterprise else profile.name,
        applicant_key=enterprise.uscc if enterprise else profile.id_number,
        answers=answers,
        materials=[
            cases.NewMaterial(r.material_key, names[r.material_key], r.position, stored[r.file_id], r.grade)
            for r in given
            if r.material_key in names
        ],
        channel=channel,
        request_id=f"draft:{draft.pk}",
        variant=draft.variant,
    )
