"""Several cases under one number (一件事, §5.4): handed in at once, opened in order; one that fails does not sink the others.

The number is a unified serial number of the leading department, the department of the part that comes first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from hall.services import events
from hall.services.cases import joining, rules
from hall.services.cases.commands import NewCase, NewLicence, NewMaterial, new_query_code, write_case
from hall.services.cases.joining import Leaving, Opening, Outcome, PartFact, PartState
from hall.services.cases.models import Case, CaseDocument, JointCase, JointPart, JointPartFile, JointPartLicence
from hall.services.cases.moves import scope
from hall.services.cases.rules import CaseState
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.papers.kinds import DocType
from hall.services.serials import commands as serials
from hall.services.serials.rules import Channel
from hall.support.access.actors import Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.identity import protection
from hall.support.jobs.queue import publish
from hall.support.refusals import NotFound

_MOST_FILES = 5


@dataclass(frozen=True, slots=True)
class NewPart:
    """One item of the whole. `waits_for` are places in the list of parts that must be granted first."""

    case: NewCase
    waits_for: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NewJoint:
    """Everything that a joint submission brings along. The first part's department leads; `request_key` makes it happen once."""

    name: str
    bundle_code: str
    request_key: str
    channel: Channel
    parts: Sequence[NewPart]


@dataclass(frozen=True, slots=True)
class OpenedJoint:
    """What the applicant gets at once."""

    joint_id: int
    serial: str
    query_code: str


def open_joint(*, actor: Actor, new: NewJoint, now: datetime) -> OpenedJoint:
    """Write the whole with its parts, and open every part that waits for nothing, in the caller's transaction: all or none.

    Raises: SerialsUsedUp. Source: §5.4 一件事, one submission; §6.2.
    """
    require(actor, Role.CITIZEN)
    query_code, first = new_query_code(), new.parts[0].case
    digest = protection.lookup_digest(first.applicant_key)
    joint = JointCase.objects.create(
        request_key=new.request_key,
        name=new.name[:120],
        bundle_code=new.bundle_code,
        department_code=first.version.department_code,
        channel=new.channel,
        account_id=first.account_id,
        enterprise_id=first.enterprise_id,
        applicant_name=first.applicant_name,
        applicant_digest=digest,
        query_code=protection.encrypt(query_code),
        submitted_at=now,
    )
    opened: list[Case] = []
    numbers: list[_Number] = [_Number(first.department_number, new.channel, f"joint:{new.request_key}", joint)]
    for position, part in enumerate(new.parts):
        row = JointPart(
            joint=joint,
            position=position,
            waits_for=list(part.waits_for),
            item_version_id=part.case.version.version_id,
            item_code=part.case.version.code,
            item_name=part.case.version.name,
            department_code=part.case.version.department_code,
            department_number=part.case.department_number,
            variant=part.case.variant,
            answers=protection.encrypt_json({}),
            moved_at=now,
        )
        if part.waits_for:
            row.answers = protection.encrypt_json(dict(part.case.answers))
            row.save()
            _keep(row, part.case)
            continue
        row.state = PartState.OPEN
        row.case, _ = write_case(actor=actor, new=part.case, now=now, joint=joint)
        row.save()
        opened.append(row.case)
        numbers.append(_Number(part.case.department_number, new.channel, part.case.request_id, row.case))
    _number(numbers, now)
    assert joint.serial is not None
    for case in opened:
        _tell_submitted(case, joint_serial=joint.serial)
    return OpenedJoint(joint.pk, joint.serial, query_code)


def _keep(part: JointPart, case: NewCase) -> None:
    """What was handed in for a part that waits."""
    JointPartFile.objects.bulk_create(
        JointPartFile(part=part, material_key=m.material_key, material_name=m.material_name, position=m.position, file_id=m.file.file_id)
        for m in case.materials
    )
    JointPartLicence.objects.bulk_create(
        JointPartLicence(part=part, material_key=one.material_key, material_name=one.material_name[:200], lookup_id=one.lookup_id)
        for one in case.licences
    )


@dataclass(frozen=True, slots=True)
class _Number:
    department_number: int
    channel: int
    request_id: str
    row: JointCase | Case


def _number(wanted: Sequence[_Number], now: datetime) -> None:
    """Numbers last, and by department: two wholes over the same departments never wait for each other in a ring."""
    for one in sorted(wanted, key=lambda one: one.department_number):
        one.row.serial = serials.issue(
            division_code=settings.DIVISION_CODE,
            department_number=one.department_number,
            channel=Channel(one.channel),
            request_id=one.request_id,
            now=now,
        )
        one.row.save(update_fields=["serial"])


def _tell_submitted(case: Case, *, joint_serial: str = "") -> None:
    assert case.serial is not None
    publish(
        events.ApplicationSubmitted(
            case_id=case.pk,
            serial=case.serial,
            account_id=case.account_id,
            item_code=case.item_code,
            item_name=case.item_name,
            department_code=case.department_code,
            joint_serial=joint_serial,
        )
    )


# --- going on ---------------------------------------------------------------------------------------------------------------------


def fact_of(part: JointPart) -> PartFact:
    """What a part means for those that wait for it."""
    case = part.case
    if case is None:
        word = "没有提交" if part.state == PartState.LEFT else ""
        return PartFact(part.position, part.item_name, PartState(part.state), tuple(part.waits_for), Outcome.NONE, word)
    outcome = joining.outcome_of(CaseState(case.state), case.is_granted)
    word = rules.CLOSE_NAMES.get(case.close_kind, "") if outcome is Outcome.ENDED else ""
    return PartFact(part.position, part.item_name, PartState.OPEN, tuple(part.waits_for), outcome, word)


def _locked(joint_id: int) -> tuple[JointCase, list[JointPart]]:
    joint = JointCase.objects.select_for_update().get(pk=joint_id)
    parts = JointPart.objects.filter(joint=joint).select_related("case").order_by("position")
    return joint, list(parts)


@transaction.atomic
def go_on(*, joint_id: int, now: datetime) -> int:
    """Do what follows from how the parts stand: open those that are free, leave those that cannot go on; returns how many.

    Asked again, it does nothing more. Source: §5.4 in parallel or in order; one rejected part does not sink the others.
    """
    joint, parts = _locked(joint_id)
    by_position = {part.position: part for part in parts}
    steps = joining.next_steps([fact_of(part) for part in parts])
    numbers = []
    for step in steps:
        part = by_position[step.position]
        if isinstance(step, Leaving):
            _leave(joint, part, step.sentence, now)
        elif isinstance(step, Opening):
            version = catalogue.item_version(part.item_version_id)
            if version is None or not _is_still_handled(version.code):
                _leave(joint, part, f"“{part.item_name}”已停止办理，这一件没有提交。需要时请拨打 {settings.HOTLINE} 咨询。", now)
                continue
            numbers.append(_open(joint, part, version, by_position, now))
    _number(numbers, now)
    for number in numbers:
        assert isinstance(number.row, Case)
        _tell_submitted(number.row)
    if any(isinstance(step, Leaving) for step in steps) or len(numbers) < len(steps):
        # A part left just now may have been waited for.
        return len(steps) + go_on(joint_id=joint_id, now=now)
    _close_when_done(joint, parts, now)
    return len(steps)


def _is_still_handled(code: str) -> bool:
    current = catalogue.current_version(code)
    return current is not None and current.applicable


def _leave(joint: JointCase, part: JointPart, sentence: str, now: datetime) -> None:
    part.state, part.sentence, part.moved_at = PartState.LEFT, sentence[:400], now
    part.save(update_fields=["state", "sentence", "moved_at"])
    assert joint.serial is not None
    publish(
        events.JointPartLeft(
            part_id=part.pk,
            serial=joint.serial,
            account_id=joint.account_id,
            name=joint.name,
            item_name=part.item_name,
            sentence=part.sentence,
        )
    )


def _open(joint: JointCase, part: JointPart, version: ItemVersionRow, parts: dict[int, JointPart], now: datetime) -> _Number:
    forerunners = [parts[position] for position in part.waits_for]
    names = "、".join(f"“{one.item_name}”" for one in forerunners)
    held = JointPartLicence.objects.filter(part=part).order_by("pk").values_list("material_key", "material_name", "lookup_id")
    licences = [NewLicence(*row) for row in held]
    new = NewCase(
        version=version,
        department_number=part.department_number,
        account_id=joint.account_id,
        enterprise_id=joint.enterprise_id,
        applicant_name=joint.applicant_name,
        applicant_key="",
        applicant_digest=joint.applicant_digest,
        answers=protection.decrypt_json(bytes(part.answers)),
        materials=_materials(part, version, forerunners, {one.material_key for one in licences}),
        licences=licences,
        channel=Channel(joint.channel),
        request_id=f"joint-part:{part.pk}",
        variant=part.variant,
    )
    sentence = f"{names}已办好，这一件已自动提交，5 个工作日内告诉您是否受理。"
    case, _ = write_case(actor=system_actor(), new=new, now=now, joint=joint, sentence=sentence[:600])
    part.state, part.case, part.moved_at = PartState.OPEN, case, now
    # The answers live on in the case.
    part.answers = protection.encrypt_json({})
    part.save(update_fields=["state", "case", "moved_at", "answers"])
    return _Number(part.department_number, joint.channel, new.request_id, case)


def _materials(part: JointPart, version: ItemVersionRow, forerunners: Sequence[JointPart], covered: Collection[str]) -> list[NewMaterial]:
    """What was handed in, and the forerunners' results for the documents that only they could bring, those `covered` excepted."""
    given = list(JointPartFile.objects.filter(part=part).order_by("material_key", "position"))
    results = list(
        CaseDocument.objects.filter(case__in=[one.case_id for one in forerunners], kind=DocType.RESULT, is_revoked=False)
        .order_by("case_id", "-version")
        .distinct("case_id")
        .values_list("file_id", flat=True)
    )
    files = store.file_rows([*(row.file_id for row in given), *results])
    found = [NewMaterial(row.material_key, row.material_name, row.position, files[row.file_id]) for row in given]
    has = {row.material_key for row in given} | set(covered)
    for material in version.materials:
        if material.key not in has and material.belongs_to(part.variant) and joining.may_come_from_forerunner(material):
            found += [
                NewMaterial(material.key, material.name, position, files[file_id])
                for position, file_id in enumerate(results[:_MOST_FILES], 1)
            ]
    return found


def _close_when_done(joint: JointCase, parts: Sequence[JointPart], now: datetime) -> None:
    ended = {part.position: part.case is not None and part.case.closed_at is not None for part in parts}
    if joint.closed_at is None and joining.is_closed([fact_of(part) for part in parts], ended):
        joint.closed_at = now
        joint.save(update_fields=["closed_at"])


@transaction.atomic
def leave_part(*, actor: Actor, serial: str, position: int, now: datetime) -> None:
    """The applicant does without a part that still waits. Raises: NotFound, PartNotWaiting."""
    require(actor, Role.CITIZEN)
    found = JointCase.objects.filter(scope(actor), serial=serial).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    joint, parts = _locked(found)
    part = next((part for part in parts if part.position == position), None)
    if part is None:
        raise NotFound
    if part.state == PartState.LEFT:
        return
    if part.state != PartState.WAITING:
        raise joining.PartNotWaiting
    part.state, part.moved_at = PartState.LEFT, now
    part.sentence = "您已取消这一件。以后要办，可以点“接着办这一件”，填过的内容和材料会带过去。"
    part.save(update_fields=["state", "sentence", "moved_at"])
    trail.record(actor, "joint.part_left", serial, detail=part.item_code, at=now)
    go_on(joint_id=joint.pk, now=now)
