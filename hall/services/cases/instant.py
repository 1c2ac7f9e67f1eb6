"""秒批: granted at once by the item's published rules, a share of it looked at by people afterwards; never denied by a rule."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from hall.services import events
from hall.services.cases import deciding, handling, instant_rules, papering, rules
from hall.services.cases.deciding import DeliveryMethod
from hall.services.cases.instant_rules import CheckedAlready, NotWrong, RevokedAlready
from hall.services.cases.licences import licences_of
from hall.services.cases.models import Case, CaseDocument, CaseInstant, CaseMaterial
from hall.services.cases.moves import locked_case, scope, tell_and_write, version_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue import instant_rules as conditions
from hall.services.catalogue.flow_rules import FlowKind, FlowRole
from hall.services.catalogue.instant_rules import Outcome
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.papers.kinds import DocType
from hall.support.access.actors import Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.refusals import NotFound

RULES_ACTOR = "按规则自动办理"
WRITTEN = "按公开的规则自动办理"


def decide_by_rules(*, case_id: int, now: datetime) -> bool:
    """Ask the rules of the case's version once; all conditions true, the case is accepted, granted, made and delivered, or nothing is.

    One transaction: killed half way, nothing has happened, and the job asks again. Whether it was granted now.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update().filter(pk=case_id, serial__isnull=False).first()
        if case is None or case.state != CaseState.SUBMITTED or case.handler_id is not None:
            return False
        version = version_of(case)
        if not version.instant_rules or version.flow.decider is not FlowRole.CLERK or CaseInstant.objects.filter(case=case).exists():
            return False
        answers = protection.decrypt_json(bytes(case.answers))
        outcomes = conditions.evaluate(version.instant_rules, answers, _facts(case, version))
        is_granted = conditions.is_granted(outcomes)
        _keep(case, version, outcomes, answers, is_granted, now)
        if is_granted:
            _grant(case, version, now)
        return is_granted


def _facts(case: Case, version: ItemVersionRow) -> dict[str, bool]:
    licences = licences_of(case.pk)
    given = set(CaseMaterial.objects.filter(case=case).values_list("material_key", flat=True)) | {one.material_key for one in licences}
    wanted = {one.key for one in version.materials if one.is_required and one.belongs_to(case.variant)}
    today = timezone.localdate(case.submitted_at)
    are_valid = bool(licences) and all(instant_rules.is_valid(one.latest.code_on(today)) for one in licences)
    return {conditions.MATERIALS: wanted <= given, conditions.LICENCES: are_valid}


def _keep(
    case: Case, version: ItemVersionRow, outcomes: Sequence[Outcome], answers: dict[str, Any], is_granted: bool, now: datetime
) -> None:
    titles = conditions.titles_of(version.form_schemas)
    seed = secrets.token_hex(8) if is_granted and version.instant_share else ""
    lot = instant_rules.drawn(seed, case.serial or "") if seed else None
    CaseInstant.objects.create(
        case=case,
        at=now,
        version_number=version.number,
        rules=[{"words": conditions.in_words(one.rule, titles), "fact": one.rule.fact, "is_met": one.is_met} for one in outcomes],
        inputs=protection.encrypt_json({one.rule.fact: answers.get(one.rule.fact) for one in outcomes}),
        is_granted=is_granted,
        seed=seed,
        lot=lot,
        share=version.instant_share,
        is_sampled=lot is not None and lot < version.instant_share,
    )
    said = "granted" if is_granted else "to a person"
    trail.record(system_actor(RULES_ACTOR), "case.rules_asked", case.serial or "", detail=f"version={version.number} {said}", at=now)


def _grant(case: Case, version: ItemVersionRow, now: datetime) -> None:
    assert case.serial is not None
    actor, serial = system_actor(RULES_ACTOR), case.serial
    handling.accept_case(actor=actor, serial=serial, revision=None, basis=f"{WRITTEN}：材料齐全，符合公布的全部条件，予以受理。", now=now)
    deciding.decide_case(
        actor=actor, serial=serial, revision=None, is_granted=True, reason=f"{WRITTEN}（事项第 {version.number} 版）", now=now
    )
    if version.flow.has(FlowKind.MAKE):
        deciding.make_result(actor=actor, serial=serial, revision=None, valid_until=None, now=now)
    deciding.deliver_case(actor=actor, serial=serial, revision=None, method=DeliveryMethod.ELECTRONIC, now=now)


def must_be_sampled(*, actor: Actor, serial: str) -> None:
    """Raises: NotFound outside the actor's scope, and for a case that was not sampled. One SQL query."""
    if not CaseInstant.objects.filter(case__in=Case.objects.filter(scope(actor), serial=serial), is_sampled=True).exists():
        raise NotFound


@transaction.atomic
def check_sample(*, actor: Actor, serial: str, is_right: bool, note: str = "", now: datetime) -> None:
    """A person of the department looked at a sampled grant: confirmed, or it should not have been (which needs a note).

    Raises: NotAllowed, NotFound outside the scope and for what was not sampled, CheckedAlready, ReasonMissing.
    """
    require(actor, Role.REVIEWER, Role.LEADER)
    case = locked_case(actor, serial, revision=None)
    found = CaseInstant.objects.filter(case=case, is_sampled=True).first()
    if found is None:
        raise NotFound
    if found.is_right is not None:
        raise CheckedAlready
    note = note.strip()[:500]
    if not is_right and len(note) < 2:
        raise rules.ReasonMissing("请写明为什么不该自动办理。", field="note")
    found.is_right, found.checked_by, found.checked_by_name, found.checked_at, found.note = (
        is_right,
        actor.account_id,
        actor.name,
        now,
        note,
    )
    found.save()
    trail.record(actor, "case.sample_checked", serial, detail="right" if is_right else "wrong", at=now)


@transaction.atomic
def revoke_grant(*, actor: Actor, serial: str, reason: str, now: datetime) -> None:
    """The leader takes back what should not have been granted: the papers are void for whoever verifies them, the applicant is told why.

    The case stays ended; nothing of it is taken away. Raises: NotAllowed, NotFound, NotWrong, RevokedAlready, ReasonMissing.
    """
    require(actor, Role.LEADER)
    case = locked_case(actor, serial, revision=None)
    found = CaseInstant.objects.filter(case=case, is_sampled=True).first()
    if found is None:
        raise NotFound
    if found.is_right is not False:
        raise NotWrong
    if found.revoked_at is not None:
        raise RevokedAlready
    reason = reason.strip()[:500]
    if len(reason) < 2:
        raise rules.ReasonMissing
    CaseDocument.objects.filter(case=case, kind__in=(DocType.GRANT, DocType.RESULT), is_revoked=False).update(
        is_revoked=True, revoked_at=now, revoke_reason=reason
    )
    papering.revocation(case, granted_how=WRITTEN, reason=reason, now=now)
    found.revoked_at = now
    found.save(update_fields=["revoked_at"])
    sentence = f"此前{WRITTEN}的决定已撤销，有关文书和结果失效。理由：{reason}"
    tell_and_write(case, actor=actor, action=Action.REVOKE, sentence=sentence, now=now)


def on_submitted(fact: events.ApplicationSubmitted) -> None:
    """Ask the rules, after the submission is safe. Twice asks once."""
    decide_by_rules(case_id=fact.case_id, now=timezone.now())
