"""What an applicant does with a case: open it (through applications), correct, withdraw; and the receipt.

The department's side stands in handling (up to acceptance) and deciding (after it); moves holds what they share.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hall.services.cases import clock, clock_rules, papering, rules
from hall.services.cases.models import Case, CaseLicence, CaseMaterial, CaseStep, CorrectionFile, CorrectionPoint, JointCase
from hall.services.cases.moves import Moved, check, locked_case, move, version_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.queries import ItemVersionRow, MaterialRow
from hall.services.forms import checking
from hall.services.inspections import commands as inspections
from hall.services.serials import commands as serials
from hall.services.serials.rules import Channel
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.formrules.answering import unpacked
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.vocabulary import FILE_KEY
from hall.support.identity import protection
from hall.support.refusals import NotFound, Refusal

MOST_FILES = 5
# A corrected value: room for a whole table.
MOST_VALUE = 100_000
FIRST_SENTENCE = "申请已提交，5 个工作日内告诉您是否受理。"


class WrongValue(Refusal):
    """A corrected field still breaks its rule; the sentence says how."""


class TooManyFiles(Refusal):
    sentence = f"每份材料最多上传 {MOST_FILES} 个文件，请先删除不需要的文件。"


@dataclass(frozen=True, slots=True)
class NewMaterial:
    """One file of one material, as handed in."""

    material_key: str
    material_name: str
    position: int
    file: FileRow
    grade: str = ""  # 可信等级, where it came out of the applicant's library


@dataclass(frozen=True, slots=True)
class NewLicence:
    """A licence that stands for one material: the look-up that found it."""

    material_key: str
    material_name: str
    lookup_id: int


@dataclass(frozen=True, slots=True)
class NewCase:
    """Everything that a submitted application brings along. `answers` are checked values by field name."""

    version: ItemVersionRow
    department_number: int
    account_id: int
    enterprise_id: int | None
    applicant_name: str
    applicant_key: str  # identity number or USCC, for the keyed digest only
    answers: Mapping[str, Any]
    materials: Sequence[NewMaterial]
    channel: Channel
    request_id: str
    variant: str = ""  # key of one of the version's variants
    applicant_digest: str = ""  # where the key itself is not at hand any more
    licences: Sequence[NewLicence] = ()
    unverified: Sequence[str] = ()  # what the form's checks could not find out


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """What the applicant gets at once."""

    case_id: int
    serial: str
    query_code: str


def open_case(*, actor: Actor, new: NewCase, now: datetime) -> OpenedCase:
    """Make the case of a submitted application, in the caller's transaction; the serial number is taken last.

    Raises: SerialsUsedUp. Source: §6.2 (1) 网上申报.
    """
    require(actor, Role.CITIZEN)
    case, query_code = write_case(actor=actor, new=new, now=now)
    case.serial = serials.issue(
        division_code=settings.DIVISION_CODE,
        department_number=new.department_number,
        channel=new.channel,
        request_id=new.request_id,
        now=now,
    )
    case.save(update_fields=["serial"])
    return OpenedCase(case.pk, case.serial, query_code)


def hold_applicant(item_code: str, applicant_key: str) -> None:
    """Let nobody else ask whether this applicant has an open case of the item until this transaction ends. One SQL statement."""
    number = int(protection.lookup_digest(f"{item_code} {applicant_key}", purpose="open_case")[:15], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def new_query_code() -> str:
    """Six digits that nobody can guess at the rate at which they may be tried."""
    return f"{secrets.randbelow(1_000_000):06d}"


def write_case(
    *, actor: Actor, new: NewCase, now: datetime, joint: JointCase | None = None, sentence: str = FIRST_SENTENCE
) -> tuple[Case, str]:
    """The case with its materials and first step, still without a number, and its query code. For this module and `joint` only."""
    query_code = new_query_code()
    version = new.version
    case = Case(
        item_version_id=version.version_id,
        item_code=version.code,
        item_name=version.name,
        department_code=version.department_code,
        variant=new.variant,
        unverified=list(new.unverified),
        joint=joint,
        channel=new.channel,
        account_id=new.account_id,
        enterprise_id=new.enterprise_id,
        applicant_name=new.applicant_name,
        applicant_digest=new.applicant_digest or protection.lookup_digest(new.applicant_key),
        answers=protection.encrypt_json(dict(new.answers)),
        query_code=protection.encrypt(query_code),
        submitted_at=now,
        moved_at=now,
    )
    case.due_on = clock.acceptance_due(now)
    case.queue_on = case.due_on
    case.save()
    CaseMaterial.objects.bulk_create(
        _material(case, m.material_key, m.material_name, 1, m.position, m.file, now, m.grade) for m in new.materials
    )
    CaseLicence.objects.bulk_create(
        CaseLicence(case=case, material_key=one.material_key, material_name=one.material_name[:200], lookup_id=one.lookup_id)
        for one in new.licences
    )
    inspections.note_uses([m.file for m in new.materials], holder_digest=case.applicant_digest, now=now)
    CaseStep.objects.create(
        case=case,
        at=now,
        action="submit",
        from_state="draft",
        to_state=CaseState.SUBMITTED,
        actor_id=actor.account_id,
        actor_name=actor.name,
        sentence=sentence,
        due_to=case.due_on,
        clock_reason=clock_rules.CLOCK_REASONS["submit"],
    )
    return case, query_code


def _material(case: Case, key: str, name: str, round_: int, position: int, file: FileRow, now: datetime, grade: str = "") -> CaseMaterial:
    return CaseMaterial(
        case=case,
        material_key=key,
        material_name=name[:200],
        round=round_,
        position=position,
        file_id=file.file_id,
        file_name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        handed_in_at=now,
        grade=grade,
    )


def _point(actor: Actor, serial: str, point_id: int, now: datetime) -> tuple[Case, CorrectionPoint]:
    require(actor, Role.CITIZEN)
    case = locked_case(actor, serial, revision=None)
    rules.step_for(Action.RESUBMIT, CaseState(case.state), actor.roles)
    if case.correction_due_on and timezone.localdate(now) > case.correction_due_on:
        raise rules.CorrectionOverdue
    point = CorrectionPoint.objects.filter(case=case, pk=point_id).first()
    if point is None:
        raise NotFound
    return case, point


@transaction.atomic
def correct_field(*, actor: Actor, serial: str, point_id: int, value: str, now: datetime) -> None:
    """Save a new value for one field of the notice, as `formrules.answering.packed` writes it. It is kept even when it is wrong.

    Raises: NotFound, StepNotAllowed, CorrectionOverdue.
    """
    _, point = _point(actor, serial, point_id, now)
    if point.kind != "field":
        raise NotFound
    point.new_value = protection.encrypt(value[:MOST_VALUE])
    point.corrected_at = now
    point.save(update_fields=["new_value", "corrected_at"])


@transaction.atomic
def correct_material(*, actor: Actor, serial: str, point_id: int, file: FileRow, now: datetime) -> None:
    """Add one file to a material of the notice. The file is stored already; nothing handed in before is taken away.

    Raises: NotFound, TooManyFiles, StepNotAllowed, CorrectionOverdue.
    """
    case, point = _point(actor, serial, point_id, now)
    if point.kind != "material":
        raise NotFound
    positions = list(CorrectionFile.objects.filter(point=point).values_list("position", flat=True))
    if len(positions) >= MOST_FILES:
        raise TooManyFiles
    CorrectionFile.objects.create(
        point=point,
        position=max(positions, default=0) + 1,
        file_id=file.file_id,
        file_name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
    )
    point.corrected_at = now
    point.save(update_fields=["corrected_at"])
    inspections.ask(file, material=_wanted(case, point), now=now)


def _wanted(case: Case, point: CorrectionPoint) -> MaterialRow | None:
    return next((one for one in version_of(case).materials if one.key == point.target), None)


@transaction.atomic
def remove_correction_file(*, actor: Actor, serial: str, point_id: int, file_id: str, now: datetime) -> None:
    """Take back a file of the correction that is not handed in yet. Raises: NotFound."""
    _, point = _point(actor, serial, point_id, now)
    CorrectionFile.objects.filter(point=point, file_id=file_id).delete()
    if not CorrectionFile.objects.filter(point=point).exists():
        point.corrected_at = None
        point.save(update_fields=["corrected_at"])


@transaction.atomic
def resubmit_case(*, actor: Actor, serial: str, now: datetime) -> Moved:
    """Hand the correction in: every point corrected, every value valid; the acceptance clock goes on from the next working day.

    Raises: NotCorrectedYet, WrongValue with the field's name, CorrectionOverdue, StepNotAllowed.
    """
    require(actor, Role.CITIZEN)
    case = locked_case(actor, serial, revision=None)
    version = version_of(case)
    check(case, version, Action.RESUBMIT, actor, now)
    if case.correction_due_on and timezone.localdate(now) > case.correction_due_on:
        raise rules.CorrectionOverdue
    points = list(CorrectionPoint.objects.filter(case=case).order_by("pk"))
    if any(point.corrected_at is None for point in points):
        raise rules.NotCorrectedYet
    _merge_fields(case, version, [p for p in points if p.kind == "field"], now)
    for point in points:
        if point.kind == "material":
            _merge_files(case, point, now)
    _merge_form_files(case, points)
    case.correction_due_on = None
    clock.resume(case, now)
    asked = CaseStep.objects.filter(case=case, action=Action.CORRECT).order_by("-pk").first()
    target = CaseState.RECEIVED if asked is not None and asked.from_state == CaseState.RECEIVED else CaseState.PRE_REVIEW
    sentence = "您已提交补正，部门继续审核。"
    return move(case, actor=actor, action=Action.RESUBMIT, target=target, sentence=sentence, now=now, version=version)


def _merge_fields(case: Case, version: ItemVersionRow, points: list[CorrectionPoint], now: datetime) -> None:
    if not points:
        return
    before = protection.decrypt_json(bytes(case.answers))
    answers, today = dict(before), timezone.localdate(now)
    definition = FormDefinition.from_schema(version.form_schemas["org" if case.enterprise_id else "person"])
    for point in points:
        assert point.new_value is not None
        field, text = definition.field(point.target), protection.decrypt(bytes(point.new_value))
        answers[point.target] = unpacked(field, text) if field is not None else text
    checked = definition.check(answers, today=today)
    corrected = {point.target for point in points}
    for error in checked.errors:
        if error.name.partition(".")[0] in corrected:
            raise WrongValue(error.sentence, field=error.name)
    # A correction breaks no check of the form that was kept before; what was wrong already, it need not mend.
    kept = {one.sentence for one in checking.run(definition, definition.check(before, today).values, checking.Nowhere(), today)}
    for one in checking.run(definition, checked.values, checking.Nowhere(), today):
        if not one.is_unknown and one.sentence not in kept:
            raise WrongValue(one.sentence, field=one.field)
    merged = {**answers, **checked.values}
    case.answers = protection.encrypt_json(merged)


def _merge_files(case: Case, point: CorrectionPoint, now: datetime) -> None:
    last = CaseMaterial.objects.filter(case=case, material_key=point.target).order_by("-round").first()
    round_ = last.round + 1 if last else 1
    files = list(CorrectionFile.objects.filter(point=point).order_by("position"))
    stored = store.file_rows([file.file_id for file in files])
    inspections.note_uses(stored.values(), holder_digest=case.applicant_digest, now=now)
    CaseMaterial.objects.bulk_create(
        CaseMaterial(
            case=case,
            material_key=point.target,
            material_name=point.target_name,
            round=round_,
            position=file.position,
            file_id=file.file_id,
            file_name=file.file_name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            handed_in_at=now,
        )
        for file in files
    )


def _merge_form_files(case: Case, points: list[CorrectionPoint]) -> None:
    """Files that the form itself asks for stand among its answers too."""
    handed = {point.target: point for point in points if point.kind == "material" and point.target.startswith(FILE_KEY)}
    if not handed:
        return
    answers = protection.decrypt_json(bytes(case.answers))
    for target, point in handed.items():
        files = CorrectionFile.objects.filter(point=point).order_by("position").values_list("file_id", "file_name", "size_bytes")
        answers[target.removeprefix(FILE_KEY)] = [{"id": str(file_id), "name": name, "size": size} for file_id, name, size in files]
    case.answers = protection.encrypt_json(answers)


@transaction.atomic
def withdraw_case(*, actor: Actor, serial: str, reason: str, now: datetime) -> Moved:
    """The applicant takes the application back, before the decision. Raises: TooLateToWithdraw, StepNotAllowed."""
    require(actor, Role.CITIZEN)
    case = locked_case(actor, serial, revision=None)
    version = version_of(case)
    check(case, version, Action.WITHDRAW, actor, now)
    clock.resume(case, now)
    papering.withdrawal(case, now=now)
    sentence = "您已撤回申请。材料仍保留在本办件中，可以随时重新申办。"
    note = reason.strip()[:300]
    return move(
        case, actor=actor, action=Action.WITHDRAW, target=CaseState.WITHDRAWN, sentence=sentence, note=note, now=now, version=version
    )


def record_reading(*, actor: Actor, serial: str, what: str, now: datetime) -> None:
    """Write into the trail that staff opened a case's content (GB/T 22239 8.1.4.3). One SQL statement."""
    trail.record(actor, "case.read", serial, detail=what, at=now)
