"""Results as electronic licences (§5.3.3, domain §10): signed inside their file, revoked, replaced; published so that anybody can tell."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from hall.services import events
from hall.services.cases import paperwork, rules
from hall.services.cases.deciding import WrongValidity
from hall.services.cases.models import Case, CaseDocument, CaseStep
from hall.services.cases.moves import locked_case, scope, version_of
from hall.services.cases.rules import CaseState
from hall.services.papers.kinds import DocType
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require, system_actor
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.jobs.queue import publish
from hall.support.refusals import NotFound, Refusal
from hall.support.signing import papers
from hall.support.signing.keys import all_keys, signing_key

WITH_RESULT = frozenset({CaseState.PRINTING, CaseState.DELIVERING, CaseState.CLOSED})


class Replacement(StrEnum):
    """Why a result is made anew (domain §10)."""

    CHANGED = "change"  # 变更
    LOST = "lost"  # 补证


REPLACEMENT_NAMES = {Replacement.CHANGED: "变更", Replacement.LOST: "补证"}


class NotRevocable(Refusal):
    sentence = "这份结果已经撤销或换发，不能再操作。请刷新页面看最新状态。"
    status = 409


class NotDelivered(Refusal):
    sentence = "结果办结以后才能撤销。还没有送达的，请换发。"
    status = 409


class SignatureBroken(Exception):
    """A file came back from the store without a whole signature. A fault: the job tries again, the unsigned file stays."""


@dataclass(frozen=True, slots=True)
class NoLongerValid:
    """One line of the published list. `status` is "revoked" or "superseded"."""

    verify_code: str
    number: str
    version: int
    status: str
    at: datetime


def sign_result(*, document_id: int, now: datetime) -> bool:
    """Sign the file of a result and put the signed one in its place, once it was read back and found whole; False without a key.

    Some 0.1 s, outside of every transaction but the last. Asked again, nothing happens. Raises: DiskFull, SignatureBroken.
    """
    document = CaseDocument.objects.filter(pk=document_id, kind=DocType.RESULT).first()
    key = signing_key()
    if document is None or key is None or document.signed_at is not None:
        return False
    plain = store.open_file(document.file_id).read_bytes()
    signed = papers.sign_paper(plain, key, reason=document.title, now=now)
    file = store.store_bytes(content=signed, name=f"{document.title}.pdf", media_type="application/pdf", now=now)
    if papers.look_at(store.open_file(file.file_id).read_bytes(), all_keys()).seal is not papers.Seal.INTACT:
        raise SignatureBroken(f"document {document_id}")
    with transaction.atomic():
        done = CaseDocument.objects.filter(pk=document_id, signed_at__isnull=True).update(
            file_id=file.file_id, sha256=file.sha256, key_id=key.key_id, signed_at=now
        )
        if done:
            trail.record(system_actor(), "result.signed", f"document {document_id}", detail=key.key_id, at=now)
    return bool(done)


def _require(actor: Actor, role: Role, serial: str) -> None:
    """The role, for those who may see the case at all: outside of its department it does not exist, whatever one's role."""
    require(actor, *DEPARTMENT_ROLES)
    if not Case.objects.filter(scope(actor), serial=serial).exists():
        raise NotFound
    require(actor, role)


def _locked(actor: Actor, serial: str, document_id: int) -> tuple[Case, CaseDocument]:
    case = locked_case(actor, serial, revision=None)
    document = CaseDocument.objects.filter(case=case, kind=DocType.RESULT, pk=document_id).first()
    if document is None:
        raise NotFound
    is_later = CaseDocument.objects.filter(case=case, kind=DocType.RESULT, version__gt=document.version).exists()
    if document.is_revoked or is_later or CaseState(case.state) not in WITH_RESULT:
        raise NotRevocable
    return case, document


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise rules.ReasonMissing
    return text[:400]


@transaction.atomic
def revoke_result(*, actor: Actor, serial: str, document_id: int, reason: str, now: datetime) -> None:
    """The department's leader takes a result back; the holder is told, the verification page and the published list say so.

    Raises: NotFound outside the actor's department, NotAllowed, ReasonMissing, NotDelivered, NotRevocable (also when asked twice).
    Source: 许可法 69, 70.
    """
    _require(actor, Role.LEADER, serial)
    reason = _reason(reason)
    case, document = _locked(actor, serial, document_id)
    if case.state != CaseState.CLOSED:
        raise NotDelivered
    document.is_revoked, document.revoked_at, document.revoke_reason = True, now, reason
    document.save(update_fields=["is_revoked", "revoked_at", "revoke_reason"])
    _note(case, actor, "revoke_result", f"{document.title}（{document.number}）已被撤销，不再有效。理由：{reason}", now)
    publish(events.ResultRevoked(document.pk, serial, case.account_id, document.title, document.number, reason))


@transaction.atomic
def replace_result(
    *,
    actor: Actor,
    serial: str,
    document_id: int,
    kind: Replacement,
    reason: str,
    valid_until: date | None,
    now: datetime,
    facts: Sequence[tuple[str, str]] = (),
) -> CaseDocument:
    """Make a result anew under a new number (变更, 补证): the next version, which the earlier one yields to.

    Raises: NotFound outside the actor's department, NotAllowed, ReasonMissing, WrongValidity, NotRevocable (also when asked twice).
    """
    _require(actor, Role.CLERK, serial)
    reason = f"{REPLACEMENT_NAMES[kind]}，{_reason(reason)}"
    case, document = _locked(actor, serial, document_id)
    if valid_until is not None and valid_until <= timezone.localdate(now):
        raise WrongValidity
    fresh = paperwork.issue_result(
        case,
        result_name=version_of(case).result_name,
        facts=tuple(facts),
        valid_until=valid_until,
        now=now,
        version=document.version + 1,
    )
    _note(case, actor, "replace_result", f"{fresh.title}已换发，新编号 {fresh.number}，原来那一份不再有效。原因：{reason}", now)
    publish(events.ResultReplaced(fresh.pk, serial, case.account_id, fresh.title, fresh.number, reason))
    return fresh


def _note(case: Case, actor: Actor, action: str, sentence: str, now: datetime) -> None:
    """A line in the timeline and in the trail; the case's state stays."""
    CaseStep.objects.create(
        case=case,
        at=now,
        action=action,
        from_state=case.state,
        to_state=case.state,
        actor_id=actor.account_id,
        actor_name=actor.name,
        sentence=sentence[:600],
    )
    trail.record(actor, f"case.{action}", case.serial or "", at=now)


def no_longer_valid() -> list[NoLongerValid]:
    """Every result that was revoked or replaced, oldest first; for the published list. One SQL query."""
    later = CaseDocument.objects.filter(case_id=OuterRef("case_id"), kind=DocType.RESULT, version=OuterRef("version") + 1)
    rows = (
        CaseDocument.objects.filter(kind=DocType.RESULT)
        .annotate(is_replaced=Exists(later), replaced_at=later.values("issued_at")[:1])
        .filter(Q(is_revoked=True) | Q(is_replaced=True))
        .order_by("pk")
        .values_list("verify_code", "number", "version", "is_revoked", "revoked_at", "replaced_at")
    )
    found = []
    for code, number, version, is_revoked, revoked_at, replaced_at in rows:
        at = revoked_at if is_revoked else replaced_at
        assert at is not None  # a constraint, and the later row's own column
        found.append(NoLongerValid(code, number, version, "revoked" if is_revoked else "superseded", at))
    return found


def verify_code_of_file(content: bytes) -> str | None:
    """The code of the document whose file this is, to the byte; None for any other. One SQL query."""
    digest = hashlib.sha256(content).hexdigest()
    return CaseDocument.objects.filter(sha256=digest).values_list("verify_code", flat=True).first()
