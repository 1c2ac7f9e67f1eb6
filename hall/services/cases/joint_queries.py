"""What the pages read of several cases handed in together (一件事), always within the viewer's scope."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from hall.services.cases import joint as commands
from hall.services.cases.joining import Outcome, PartState
from hall.services.cases.models import CaseStep, JointCase, JointPart, JointPartFile
from hall.services.cases.moves import scope
from hall.services.cases.rows import CaseRow, row_of
from hall.services.cases.rules import CaseState
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor, Role
from hall.support.identity import protection
from hall.support.workdays import queries as workdays

PART_NAMES = {PartState.WAITING: "等前一件", PartState.LEFT: "没有提交"}


@dataclass(frozen=True, slots=True)
class PartRow:
    """One item of a whole. `case` is None while it waits, and for good when it was left (then `sentence` says why)."""

    position: int
    item_code: str
    item_name: str
    department_code: str
    promised_days: int
    state: PartState
    waits_for: tuple[int, ...]
    sentence: str
    outcome: Outcome
    case: CaseRow | None

    @property
    def state_name(self) -> str:
        return self.case.state_name if self.case else PART_NAMES[self.state]

    @property
    def tone(self) -> str:
        """How it is coloured: wait, run, act (the applicant's turn), ok, bad."""
        if self.case is None:
            return "wait" if self.state is PartState.WAITING else "bad"
        if self.case.state in {CaseState.CORRECTION, CaseState.PAYMENT}:
            return "act"
        if self.case.state is CaseState.CLOSED:
            return "ok" if self.case.close_kind == "granted" else "bad"
        return "bad" if self.case.closed_at else "run"


@dataclass(frozen=True, slots=True)
class JointRow:
    """A whole in a list, with its parts in doing order."""

    joint_id: int
    serial: str
    name: str
    bundle_code: str
    department_code: str
    submitted_at: datetime
    closed_at: datetime | None
    parts: tuple[PartRow, ...]

    def count(self, *tones: str) -> int:
        """How many parts have one of these tones."""
        return sum(part.tone in tones for part in self.parts)

    @property
    def progress(self) -> str:
        """Where the whole stands, in one sentence."""
        words = [
            f"{number} 件{word}"
            for number, word in (
                (self.count("ok"), "已办好"),
                (self.count("act"), "等您处理"),
                (self.count("run"), "办理中"),
                (self.count("wait"), "等前一件"),
                (self.count("bad"), "没有办成"),
            )
            if number
        ]
        return f"共 {len(self.parts)} 件：" + "，".join(words) + "。"


@dataclass(frozen=True, slots=True)
class JointStep:
    """One line of the joint timeline."""

    at: datetime
    item_name: str
    serial: str
    sentence: str


@dataclass(frozen=True, slots=True)
class JointFile:
    """A whole with all that happened to its parts, newest first."""

    row: JointRow
    query_code: str
    steps: tuple[JointStep, ...]


@dataclass(frozen=True, slots=True)
class JointPage:
    """One page of wholes; `before` is the key to go on from, None at the end."""

    rows: tuple[JointRow, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class LeftPart:
    """What was filled in and handed in for a part that never became a case: to go on with it alone."""

    item_code: str
    variant: str
    answers: dict[str, Any]
    files: tuple[tuple[str, UUID], ...]


def _rows(joints: Sequence[JointCase], now: datetime) -> tuple[JointRow, ...]:
    calendar, today = workdays.calendar(), timezone.localdate(now)
    parts: dict[int, list[PartRow]] = {joint.pk: [] for joint in joints}
    for part in JointPart.objects.filter(joint__in=parts).select_related("case").order_by("joint_id", "position") if joints else ():
        version = catalogue.item_version(part.item_version_id)
        parts[part.joint_id].append(
            PartRow(
                position=part.position,
                item_code=part.item_code,
                item_name=part.item_name,
                department_code=part.department_code,
                promised_days=version.promised_days if version else 0,
                state=PartState(part.state),
                waits_for=tuple(part.waits_for),
                sentence=part.sentence,
                outcome=commands.fact_of(part).outcome,
                case=row_of(part.case, calendar, today) if part.case else None,
            )
        )
    return tuple(
        JointRow(
            joint_id=joint.pk,
            serial=joint.serial or "",
            name=joint.name,
            bundle_code=joint.bundle_code,
            department_code=joint.department_code,
            submitted_at=joint.submitted_at,
            closed_at=joint.closed_at,
            parts=tuple(parts[joint.pk]),
        )
        for joint in joints
    )


def my_joints(actor: Actor, *, tab: str = "all", before: str | None = None, limit: int = 10, now: datetime) -> JointPage:
    """The applicant's own wholes, newest first, keyset; "running" leaves out those that ended. Two SQL queries and the calendar.

    Versions that this process does not hold yet cost two more each.
    """
    if not actor.has(Role.CITIZEN):
        return JointPage((), None)
    found = JointCase.objects.filter(scope(actor), serial__isnull=False)
    if tab == "running":
        found = found.filter(closed_at__isnull=True)
    if before and before.isascii() and before.isdigit() and len(before) < 16:
        found = found.filter(pk__lt=int(before))
    joints = list(found.order_by("-pk")[: limit + 1])
    rows = _rows(joints[:limit], now)
    return JointPage(rows, str(rows[-1].joint_id) if len(joints) > limit else None)


def joint_file(actor: Actor, serial: str, *, now: datetime) -> JointFile | None:
    """One whole with everything; None outside the actor's scope. Three SQL queries and the calendar."""
    if not actor.has(Role.CITIZEN):
        return None
    joint = JointCase.objects.filter(scope(actor), serial=serial).first()
    if joint is None:
        return None
    row = _rows([joint], now)[0]
    serials = {part.case.case_id: part.case.serial for part in row.parts if part.case}
    names = {part.case.case_id: part.item_name for part in row.parts if part.case}
    steps = [
        JointStep(at, names[case_id], serials[case_id], sentence)
        for case_id, at, sentence in CaseStep.objects.filter(case__in=serials)
        .order_by("-pk")
        .values_list("case_id", "at", "sentence")[:200]
    ]
    left = JointPart.objects.filter(joint=joint, state=PartState.LEFT).values_list("moved_at", "item_name", "sentence")
    if any(part.state is PartState.LEFT for part in row.parts):
        steps += [JointStep(at, name, "", sentence) for at, name, sentence in left]
        steps.sort(key=lambda step: step.at, reverse=True)
    return JointFile(row, protection.decrypt(bytes(joint.query_code)), tuple(steps))


def public_joint(*, serial: str, query_code: str, now: datetime) -> JointRow | None:
    """A whole by its number and query code, for anybody who holds both; a wrong code and an unknown number look the same.

    Two SQL queries and the calendar.
    """
    joint = JointCase.objects.filter(serial=serial).first()
    stored = protection.decrypt(bytes(joint.query_code)) if joint is not None else protection.decrypt(protection.encrypt("no case"))
    if not hmac.compare_digest(stored.encode(), query_code.encode()) or joint is None:
        return None
    return _rows([joint], now)[0]


def left_part(actor: Actor, serial: str, position: int) -> LeftPart | None:
    """A part of the applicant's own whole that was left; None otherwise. Two SQL queries."""
    if not actor.has(Role.CITIZEN):
        return None
    joints = JointCase.objects.filter(scope(actor), serial=serial)
    part = JointPart.objects.filter(joint__in=joints, position=position, state=PartState.LEFT).first()
    if part is None:
        return None
    files = JointPartFile.objects.filter(part=part).order_by("material_key", "position").values_list("material_key", "file_id")
    return LeftPart(part.item_code, part.variant, protection.decrypt_json(bytes(part.answers)), tuple(files))
