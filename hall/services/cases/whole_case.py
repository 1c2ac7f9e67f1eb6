"""One case with everything that hangs on it; part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from hall.services.cases import clock, clock_rules, flow_stand, rules
from hall.services.cases.clock_rows import ClocksRow, ExtensionRow, HearingRow, PauseRow, changes_of, lamp_row
from hall.services.cases.instant_queries import instant_row
from hall.services.cases.licences import licences_of
from hall.services.cases.models import (
    Case,
    CaseDocument,
    CaseExtension,
    CaseHearing,
    CaseMaterial,
    CasePause,
    CaseStep,
    CorrectionFile,
    CorrectionPoint,
)
from hall.services.cases.moves import extension_state, facts_of, hearing_state, scope, terms_of, version_of
from hall.services.cases.rows import CaseFile, DocumentRow, JointBrief, MaterialRow, PointRow, StepRow, row_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from hall.support.identity import protection
from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import Calendar, Pause, Unit


@dataclass(frozen=True, slots=True)
class Around:
    """The calendar and the moment that a case is looked at in."""

    calendar: Calendar
    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


def case_file(actor: Actor, serial: str, *, now: datetime) -> CaseFile | None:
    """One case with everything that hangs on it; None outside the actor's scope. Nine SQL queries at most."""
    case = Case.objects.filter(scope(actor), serial=serial).select_related("joint", "extension", "hearing", "instant").first()
    if case is None:
        return None
    version = version_of(case)
    calendar, today = workdays.calendar(), timezone.localdate(now)
    steps = tuple(steps_of(case))
    taken = {step.action for step in steps}
    is_corrected = Action.CORRECT in taken
    was_paused = not taken.isdisjoint({Action.CORRECT, Action.SPECIAL, Action.HEARING, Action.AWAIT_PAYMENT})
    pauses = list(CasePause.objects.filter(case=case).order_by("pk")) if was_paused else []
    extension, hearing = getattr(case, "extension", None), getattr(case, "hearing", None)
    facts = facts_of(case, version, is_corrected_before=is_corrected, now=now, extension=extension, hearing=hearing)
    is_others = case.handler_id not in {None, actor.account_id} and not actor.has(Role.LEADER, Role.SUPERVISOR)
    return CaseFile(
        row=row_of(case, calendar, today),
        version=version,
        enterprise_id=case.enterprise_id,
        account_id=case.account_id,
        answers=protection.decrypt_json(bytes(case.answers)),
        unverified=tuple(case.unverified),
        steps=steps,
        materials=tuple(_materials(case)),
        points=tuple(_points(case)) if is_corrected else (),
        documents=tuple(_documents(case)),
        actions=() if is_others else rules.actions_for(facts, actor.roles, actor.account_id),
        opinion=case.opinion,
        is_grant_advised=case.is_grant_advised,
        is_granted=case.is_granted,
        accepted_at=case.accepted_at,
        decided_at=case.decided_at,
        query_code=protection.decrypt(bytes(case.query_code)),
        clocks=_clocks(case, version, steps, pauses, Around(calendar, now)),
        instant=instant_row(getattr(case, "instant", None)),
        flow=flow_stand.stand(
            version.flow,
            steps,
            [Pause(from_on=one.from_on, to_on=one.to_on) for one in pauses if one.is_after_acceptance and not one.is_after_decision],
            Unit(version.day_unit),
            is_granted=case.is_granted,
            calendar=calendar,
            today=today,
        ),
        second_opinion=case.second_opinion,
        is_second_grant_advised=case.is_second_grant_advised,
        variant=case.variant,
        licences=licences_of(case.pk),
        joint=JointBrief(case.joint.serial or "", case.joint.name) if case.joint else None,
        applicant_digest=case.applicant_digest,
        fee_due=facts.fee_due,
    )


def _clocks(case: Case, version: ItemVersionRow, steps: Sequence[StepRow], pauses: Sequence[CasePause], around: Around) -> ClocksRow:
    extension, hearing = getattr(case, "extension", None), getattr(case, "hearing", None)
    granted = extension.days if extension is not None and extension.is_approved else 0
    running = clock.clocks_of(case, terms_of(version), pauses, granted).running
    is_law = case.accepted_at is not None and case.decided_at is None and case.closed_at is None and version.statutory_days
    return ClocksRow(
        used=running.used(around.calendar, around.now) if running else None,
        allowed=running.allowed(around.calendar) if running else None,
        unit=running.unit if running else Unit.WORKING,
        statutory=lamp_row(case.statutory_due_on, around.calendar, around.today) if is_law else None,
        statutory_days=version.statutory_days,
        changes=changes_of(steps),
        extension=_extension(extension),
        hearing=_hearing(hearing, around),
        pause=next((_pause(one, around) for one in pauses if one.to_on is None), None),
    )


def _extension(found: CaseExtension | None) -> ExtensionRow | None:
    if found is None:
        return None
    state = extension_state(found)
    return ExtensionRow(state, found.days, found.reason, found.asked_by_name, found.asked_at, found.decided_by_name, found.answer)


def _hearing(found: CaseHearing | None, around: Around) -> HearingRow | None:
    if found is None:
        return None
    days = (
        clock_rules.hearing_days(today=around.today, hold_until=found.hold_until, calendar=around.calendar)
        if found.hold_until is not None and found.ended_at is None
        else None
    )
    return HearingRow(
        state=hearing_state(found, around.now),
        ask_until=found.ask_until,
        asked_at=found.asked_at,
        hold_until=found.hold_until,
        arranged_for=found.arranged_for,
        place=found.place,
        first_day=days.first if days else None,
        last_day=days.last if days else None,
    )


def _pause(found: CasePause, around: Around) -> PauseRow:
    expected_on = around.calendar.add(found.from_on, found.days) if found.days else None
    return PauseRow(found.what, found.from_on, expected_on, expected_on is not None and around.today > expected_on)


def steps_of(case: Case) -> list[StepRow]:
    """The timeline, oldest first. One SQL query."""
    rows = CaseStep.objects.filter(case=case).order_by("pk")
    return [
        StepRow(
            step_id=row.pk,
            at=row.at,
            action=row.action,
            from_state=None if row.from_state == "draft" else CaseState(row.from_state),
            to_state=CaseState(row.to_state),
            actor_name=row.actor_name,
            sentence=row.sentence,
            note=row.note,
            due_from=row.due_from,
            due_to=row.due_to,
            statutory_from=row.statutory_from,
            statutory_to=row.statutory_to,
            clock_reason=row.clock_reason,
        )
        for row in rows
    ]


def _materials(case: Case) -> list[MaterialRow]:
    columns = (
        "pk",
        "material_key",
        "material_name",
        "round",
        "position",
        "file_id",
        "file_name",
        "media_type",
        "size_bytes",
        "handed_in_at",
        "grade",
        "checked_at",
    )
    rows = CaseMaterial.objects.filter(case=case).order_by("material_key", "round", "position")
    return [MaterialRow(*row) for row in rows.values_list(*columns)]


def _points(case: Case) -> list[PointRow]:
    points = list(CorrectionPoint.objects.filter(case=case).order_by("pk"))
    files = CorrectionFile.objects.filter(point__case=case).order_by("position") if points else []
    by_point: dict[int, list[tuple[UUID, str, int]]] = {}
    for file in files:
        by_point.setdefault(file.point_id, []).append((file.file_id, file.file_name, file.size_bytes))
    return [
        PointRow(
            point_id=point.pk,
            kind=point.kind,
            target=point.target,
            target_name=point.target_name,
            sentence=point.sentence,
            new_value=protection.decrypt(bytes(point.new_value)) if point.new_value is not None else None,
            corrected_at=point.corrected_at,
            files=tuple(by_point.get(point.pk, ())),
        )
        for point in points
    ]


def _documents(case: Case) -> list[DocumentRow]:
    columns = (
        "pk", "kind", "title", "number", "verify_code", "version", "issued_at", "valid_until", "is_revoked",
        "signed_at", "revoked_at", "revoke_reason",
    )  # fmt: skip
    return [DocumentRow(*row) for row in CaseDocument.objects.filter(case=case).order_by("pk").values_list(*columns)]
